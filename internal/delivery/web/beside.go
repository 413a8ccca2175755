package web

import (
	"maps"
	"slices"
	"strings"

	g "maragu.dev/gomponents"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// notYet is why an operation cannot be done as things stand, in words; empty for what is
// wrong with values that nobody has chosen yet.
func notYet(v *visit, chosen bool, refusal error) string {
	message, fields := v.Texts.Error(refusal)
	if fault.KindOf(refusal) != fault.Invalid {
		return message
	}
	if !chosen {
		return ""
	}
	words := slices.Sorted(maps.Values(fields))
	return strings.Join(words, " ")
}

// beside is what stands beside a form: the record it is about, and what would happen with
// what is known already, so that nobody decides about a reason field alone. A form that
// shows its effect or its faults says that itself.
func (s *Server) beside(v *visit, d *op.Def, state *screen.FormState) (g.Node, error) {
	ctx := v.Request.Context()
	told := state.Message != "" || len(state.Faults) > 0
	about, err := v.About(ctx, d, state.Values)
	if err != nil && told {
		// The form says what is wrong; a record that cannot be looked up does not take its place.
		about, err = nil, nil
	}
	if err != nil {
		return nil, err
	}
	var nodes g.Group
	if about != nil {
		nodes = append(nodes, about)
	}
	if state.Effect == nil && !told {
		changes, refusal := v.Ahead(ctx, d, state.Values)
		if refusal != nil {
			if text := notYet(v, state.Again, refusal); text != "" {
				nodes = append(nodes, v.Env.Notice(ui.Notice{Tone: ui.Waits, Title: v.Say("form.not_yet"), Text: text}))
			}
		}
		if len(changes) > 0 {
			diff, err := v.Changes(ctx, changes)
			if err != nil {
				return nil, err
			}
			nodes = append(nodes, v.Panel(ui.Panel{Title: v.Say("form.ahead"), Body: diff}))
		}
	}
	if len(nodes) == 0 {
		return nil, nil
	}
	return nodes, nil
}
