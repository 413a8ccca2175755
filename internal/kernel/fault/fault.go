// Package fault is the one error type of wasl. An error says its kind (for
// machines: HTTP status, exit code), its code (also the key of the French
// text), the fields at fault and the internal cause, which is logged and never
// shown to a user.
package fault

import (
	"errors"
	"fmt"
	"strings"
)

// Kind is the closed set of ways a request can fail.
type Kind string

// The kinds. Delivery maps each one to a status, an exit code and a page.
const (
	// Invalid: the input itself is wrong; Fields says where.
	Invalid Kind = "invalid"
	// NotFound: the thing asked for does not exist or may not be seen.
	NotFound Kind = "not_found"
	// Conflict: the state of the data refuses the change (duplicate, stale
	// version, other input under the same key).
	Conflict Kind = "conflict"
	// Forbidden: the actor is known and has no right to do this, here or now.
	Forbidden Kind = "forbidden"
	// Unauthenticated: nobody, or nobody any more, is behind the request.
	Unauthenticated Kind = "unauthenticated"
	// Precondition: something must be done first.
	Precondition Kind = "precondition"
	// Limit: a named bound was passed (size, rate, amount, attempts).
	Limit Kind = "limit"
	// Unavailable: a passing failure; the same request may succeed later.
	Unavailable Kind = "unavailable"
	// Internal: a defect or a broken environment.
	Internal Kind = "internal"
)

// Args are the values that complete a text, by placeholder name.
type Args map[string]any

// Field is one fault of one input field.
type Field struct {
	// Path is the field's JSON name, with [i] for an element of a list and
	// line:column for a file.
	Path string `json:"path"`
	// Code is the key of the text, without the prefix "error.".
	Code string `json:"code"`
	// Args complete the text.
	Args Args `json:"args,omitempty"`
}

// Error is the error every package of wasl returns across its boundary.
type Error struct {
	Kind   Kind
	Code   string
	Args   Args
	Fields []Field
	Cause  error
}

// New makes an error of a kind. The code is the key of its text without the
// prefix "error."; pairs are placeholder names and values, alternating.
func New(kind Kind, code string, pairs ...any) *Error {
	return &Error{Kind: kind, Code: code, Args: argsOf(pairs)}
}

// Wrap is New with the internal cause, which is logged and never shown.
func Wrap(cause error, kind Kind, code string, pairs ...any) *Error {
	return &Error{Kind: kind, Code: code, Args: argsOf(pairs), Cause: cause}
}

// InvalidFields makes an Invalid error out of field faults; nil when there are
// none, so that validators can end with it.
func InvalidFields(fields []Field) error {
	if len(fields) == 0 {
		return nil
	}
	return &Error{Kind: Invalid, Code: "input.invalid", Fields: fields, Args: Args{"count": len(fields)}}
}

// InvalidField makes an Invalid error with one field fault.
func InvalidField(path, code string, pairs ...any) error {
	return InvalidFields([]Field{{Path: path, Code: code, Args: argsOf(pairs)}})
}

// Error is the line for logs: kind, code, arguments, fields and cause.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(string(e.Kind) + " " + e.Code)
	if len(e.Args) > 0 {
		fmt.Fprintf(&b, " %v", map[string]any(e.Args))
	}
	for _, f := range e.Fields {
		fmt.Fprintf(&b, "; %s: %s", f.Path, f.Code)
		if len(f.Args) > 0 {
			fmt.Fprintf(&b, " %v", map[string]any(f.Args))
		}
	}
	if e.Cause != nil {
		b.WriteString(": " + e.Cause.Error())
	}
	return b.String()
}

// Unwrap gives the cause to errors.Is and errors.As.
func (e *Error) Unwrap() error { return e.Cause }

// As finds the *Error in a chain; any other error becomes Internal.
// It returns nil for nil.
func As(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Kind: Internal, Code: "internal", Cause: err}
}

// KindOf is the kind of an error; empty for nil, Internal for a foreign one.
func KindOf(err error) Kind {
	if err == nil {
		return ""
	}
	return As(err).Kind
}

// CodeOf is the code of an error; empty for nil.
func CodeOf(err error) string {
	if err == nil {
		return ""
	}
	return As(err).Code
}

// argsOf pairs names with values. An odd or misnamed list is a programmer's
// error; it is kept visible instead of being dropped.
func argsOf(pairs []any) Args {
	if len(pairs) == 0 {
		return nil
	}
	args := make(Args, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok || i+1 >= len(pairs) {
			args[fmt.Sprintf("!bad%d", i)] = pairs[i]
			continue
		}
		args[name] = pairs[i+1]
	}
	return args
}
