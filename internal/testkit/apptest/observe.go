package apptest

import (
	"slices"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/op"
)

// Event is how one request ended, as the runner saw it.
type Event struct {
	Engine    string
	Operation string
	Channel   op.Channel
	// Outcome is empty when the request was refused.
	Outcome op.Outcome
	// Kind and Code are those of the refusal; Path is the first field at fault.
	Kind fault.Kind
	Code string
	Path string
}

// note keeps an event, each kind once.
func (k *Kit) note(engine string, e op.Event) {
	seen := Event{Engine: engine, Operation: e.Def.Name, Channel: e.Channel, Outcome: e.Outcome}
	if f := fault.As(e.Err); f != nil {
		seen.Outcome, seen.Kind, seen.Code = "", f.Kind, f.Code
		if len(f.Fields) > 0 {
			seen.Path = f.Fields[0].Path
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if !slices.Contains(k.events, seen) {
		k.events = append(k.events, seen)
	}
}

// Seen says whether a request ended in a way.
func (k *Kit) Seen(match func(Event) bool) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.ContainsFunc(k.events, match)
}
