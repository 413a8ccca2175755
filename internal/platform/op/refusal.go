package op

import (
	"bytes"
	"encoding/json"

	"wasl/internal/kernel/fault"
)

// Refusal carries an error that refuses the request and yet keeps what the
// handler wrote (a failed login is counted). Wrap it with Keep.
type Refusal struct{ Err error }

// Error is the text of the refusal itself.
func (k Refusal) Error() string { return k.Err.Error() }

// Unwrap gives the refusal.
func (k Refusal) Unwrap() error { return k.Err }

// Keep refuses a request and commits what was written so far, with an audit row.
func Keep(err error) error { return Refusal{Err: err} }

// storedRefusal is a kept refusal as its key answers it. The cause is not told.
type storedRefusal struct {
	Kind   fault.Kind    `json:"kind"`
	Code   string        `json:"code"`
	Args   fault.Args    `json:"args,omitempty"`
	Fields []fault.Field `json:"fields,omitempty"`
}

func writeRefusal(err error) (json.RawMessage, error) {
	f := fault.As(err)
	body, failed := json.Marshal(storedRefusal{f.Kind, f.Code, f.Args, f.Fields})
	if failed != nil {
		return nil, fault.Wrap(failed, fault.Internal, "internal")
	}
	return body, nil
}

// readRefusal gives the refusal a key answered, and what went wrong reading it.
func readRefusal(body string) (refusal, err error) {
	var s storedRefusal
	dec := json.NewDecoder(bytes.NewReader([]byte(body)))
	dec.UseNumber()
	if err := dec.Decode(&s); err != nil {
		return nil, fault.Wrap(err, fault.Internal, "internal")
	}
	return &fault.Error{Kind: s.Kind, Code: s.Code, Args: s.Args, Fields: s.Fields}, nil
}
