package screen

import (
	"fmt"

	"wasl/internal/platform/op"
	"wasl/internal/platform/ui"
)

// enumText is the word of an enumerated value.
func (v *View) enumText(c op.Column, value any) string {
	word := fmt.Sprintf("%s", value)
	if word == "" {
		return ""
	}
	name := c.EnumName
	if e, ok := value.(op.Enum); ok {
		name = e.EnumName()
	}
	return v.Say("enum." + name + "." + word)
}

// status is the badge of a state; nil for values that are no state. Red is
// kept for what is wrong (screens page).
func (v *View) status(c op.Column, value any) *ui.Status {
	if c.Type != op.Choice || (c.Name != "state" && c.Name != "status") {
		return nil
	}
	word := fmt.Sprintf("%s", value)
	if word == "" {
		return nil
	}
	return &ui.Status{Label: v.enumText(c, value), Tone: ToneOf(word)}
}

// ToneOf is the tint of a state's word; unknown ones are neutral.
func ToneOf(word string) ui.Tone {
	switch word {
	case "active", "open", "done", "approved", "current", "applied", "enabled", "issued":
		return ui.Settled
	case "waiting", "pending", "queued", "running", "cancelling", "future", "invited", "planned", "computed", "issuing":
		return ui.Waits
	case "failed", "locked", "declined", "conflict", "rejected", "refused":
		return ui.Wrong
	}
	return ui.Neutral
}
