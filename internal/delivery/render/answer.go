package render

import (
	"encoding/json"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/op"
)

// Waiting is the answer when a second person must approve.
type Waiting struct {
	Proposal op.ID       `json:"proposal"`
	Number   string      `json:"number"`
	Changes  []op.Change `json:"changes"`
}

// Trial is the answer of a trial: what would change and what would come out.
type Trial struct {
	Changes []op.Change     `json:"changes"`
	Result  json.RawMessage `json:"result"`
}

// Answer is the JSON of what a command, a job or a get came to, the same for
// every delivery. Later says that it is not done yet: proposed or queued.
func Answer(d *op.Def, res op.Result) (body []byte, later bool, err error) {
	switch {
	case res.Outcome == op.DryRun:
		trial := Trial{Changes: orNone(res.Changes), Result: res.JSON}
		if d.Kind == op.Job {
			trial.Result = nil // the job was never queued
		}
		body, err = json.Marshal(trial)
	case res.Proposal != 0:
		later = true
		body, err = json.Marshal(Waiting{res.Proposal, res.Number, orNone(res.Changes)})
	case res.Out != nil:
		later = d.Kind == op.Job
		body, err = json.Marshal(res.Out)
	case len(res.JSON) > 0:
		return res.JSON, d.Kind == op.Job, nil
	default:
		return []byte("{}"), false, nil
	}
	if err != nil {
		err = fault.Wrap(err, fault.Internal, "internal")
	}
	return body, later, err
}

// orNone makes an empty list of a nil one: JSON then says [] and not null.
func orNone(changes []op.Change) []op.Change {
	if changes == nil {
		return []op.Change{}
	}
	return changes
}
