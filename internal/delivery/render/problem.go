package render

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"wasl/internal/kernel/fault"
)

// ProblemPrefix begins the type of every problem; the code follows.
const ProblemPrefix = "urn:wasl:error:"

// RetryAfterDefault is what a client is asked to wait when a passing failure
// does not say how long, in seconds.
const RetryAfterDefault = 2

// RetryAfterMax bounds what a client is asked to wait, in seconds.
const RetryAfterMax = 24 * 60 * 60

// Problem is an error as shown to a program: RFC 9457, with members of our
// own. Internal causes never reach it.
type Problem struct {
	// Type is ProblemPrefix and the code.
	Type string `json:"type"`
	// Title names the kind of error, in the language asked for.
	Title string `json:"title"`
	// Status is the HTTP status.
	Status int `json:"status"`
	// Detail is the sentence for people.
	Detail string `json:"detail"`
	// Code is the stable code of the error.
	Code string `json:"code"`
	// Kind is one of fault.Kind.
	Kind fault.Kind `json:"kind"`
	// Errors are the faults of the fields of the input, all of them.
	Errors []FieldProblem `json:"errors,omitempty"`
	// RequestID finds the request in the logs and in the audit.
	RequestID string `json:"request_id,omitempty"`
}

// FieldProblem is what is wrong with one field.
type FieldProblem struct {
	// Path is the field's name, with [i] for an element of a list.
	Path string `json:"path"`
	// Code is the stable code of the fault.
	Code string `json:"code"`
	// Message is the sentence for people.
	Message string `json:"message"`
}

// NewProblem describes an error. Anything that is not a fault, and every
// internal one, is shown as "internal" and nothing more.
func NewProblem(w Words, err error, requestID string) Problem {
	e := fault.As(err)
	if e.Kind == fault.Internal {
		e = &fault.Error{Kind: fault.Internal, Code: "internal"}
	}
	p := Problem{
		Type: ProblemPrefix + e.Code, Title: w.T("api.kind." + string(e.Kind)), Status: Status(e), Code: e.Code, Kind: e.Kind,
		Detail: w.Error(e), RequestID: requestID,
	}
	for _, f := range e.Fields {
		p.Errors = append(p.Errors, FieldProblem{Path: f.Path, Code: f.Code, Message: w.FieldFault(f)})
	}
	return p
}

// Line is the problem as one line for people: the sentence, then each field.
func (p Problem) Line() string {
	var b strings.Builder
	b.WriteString(p.Detail)
	for _, f := range p.Errors {
		b.WriteString(" · " + f.Path + " : " + f.Message)
	}
	return OneLine(b.String())
}

// Status maps an error to its HTTP status, for the API and the web. A few codes
// that HTTP itself has a word for come first. Precondition and Conflict are both 409: 412
// speaks of conditional headers, and 409 says that the caller can resolve the
// state and send again; the member "kind" tells them apart. Limit is 429 when
// the error says how long to wait, 413 for a size, otherwise 422.
func Status(err error) int {
	e := fault.As(err)
	if e == nil {
		return http.StatusOK
	}
	if status := statusOfCode(e.Code); status != 0 {
		return status
	}
	switch e.Kind {
	case fault.Invalid:
		return http.StatusUnprocessableEntity
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Conflict, fault.Precondition:
		return http.StatusConflict
	case fault.Forbidden:
		return http.StatusForbidden
	case fault.Unauthenticated:
		return http.StatusUnauthorized
	case fault.Limit:
		return limitStatus(e)
	case fault.Unavailable:
		return http.StatusServiceUnavailable
	case fault.Internal:
		return http.StatusInternalServerError
	}
	return http.StatusInternalServerError
}

// statusOfCode is the status of the codes that are about HTTP itself; 0 for
// every other code.
func statusOfCode(code string) int {
	switch code {
	case "input.json", "input.utf8", "api.form", "api.query", "api.header", "api.deep":
		return http.StatusBadRequest
	case "api.media_type":
		return http.StatusUnsupportedMediaType
	case "api.method":
		return http.StatusMethodNotAllowed
	}
	return 0
}

func limitStatus(e *fault.Error) int {
	if strings.HasSuffix(e.Code, "too_large") {
		return http.StatusRequestEntityTooLarge
	}
	if _, told := waitOf(e); told {
		return http.StatusTooManyRequests
	}
	return http.StatusUnprocessableEntity
}

// RetryAfter is the value of the Retry-After header, in whole seconds; empty
// when trying again is of no use.
func RetryAfter(err error) string {
	e := fault.As(err)
	if e == nil {
		return ""
	}
	seconds, told := waitOf(e)
	if !told {
		if e.Kind != fault.Unavailable {
			return ""
		}
		seconds = RetryAfterDefault
	}
	return strconv.FormatInt(min(max(seconds, 1), RetryAfterMax), 10)
}

// waitOf reads how long an error asks to wait: the argument "wait", a
// duration, or "seconds", a whole number.
func waitOf(e *fault.Error) (seconds int64, told bool) {
	if wait, ok := e.Args["wait"].(time.Duration); ok {
		return int64((wait + time.Second - 1) / time.Second), true
	}
	switch n := e.Args["seconds"].(type) {
	case int:
		return int64(n), true
	case int64:
		return n, true
	}
	return 0, false
}

// The exit codes of the command line.
const (
	// ExitOK: done, proposed or queued.
	ExitOK = 0
	// ExitFailed: refused or failed; the reason is on the error output.
	ExitFailed = 1
	// ExitUsage: the command line itself is wrong.
	ExitUsage = 2
)

// UsagePrefix begins the codes of errors of the command line itself.
const UsagePrefix = "cli.usage."

// ExitCode maps an error to the exit code of the process.
func ExitCode(err error) int {
	switch {
	case err == nil:
		return ExitOK
	case strings.HasPrefix(fault.CodeOf(err), UsagePrefix):
		return ExitUsage
	}
	return ExitFailed
}
