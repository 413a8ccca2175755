package op

import (
	"context"
	"reflect"
	"slices"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/db"
)

// Channel is the way a request came in; it is in the audit.
type Channel string

// The channels.
const (
	Web     Channel = "web"
	API     Channel = "api"
	Console Channel = "console"
	JobRun  Channel = "job"
	System  Channel = "system"
)

// Credential is what a delivery knows of who is asking.
type Credential struct {
	Channel Channel
	// Token is the secret text of a session or an API token.
	Token string
	// Login is the acting user of the local command line.
	Login string
	// UserID is the owner of a job.
	UserID int64
	// Address is the remote address, for throttling; empty locally.
	Address string
}

// Actor is who is behind a request once authenticated.
type Actor struct {
	UserID    int64
	Login     string
	Name      string
	Channel   Channel
	SessionID int64
	TokenID   int64
	// Only is what a restricted API token may use; nil is every right of the user.
	Only *RightSet
	Lang string
	// MustChangePassword allows nothing but changing it.
	MustChangePassword bool
}

// Anonymous says that nobody is authenticated.
func (a Actor) Anonymous() bool { return a.UserID == 0 && a.Channel != System }

// Root is a place where a right holds: a unit with all below it.
type Root struct {
	Unit int64
	// Limit is the most that may be decided, in centimes; nil is no limit.
	Limit *money.Amount
}

// Rights are what one person may do today.
type Rights struct{ byRight map[string][]Root }

// NewRights makes rights out of places by right.
func NewRights(byRight map[string][]Root) *Rights { return &Rights{byRight: byRight} }

// Has says whether the right holds anywhere.
func (r *Rights) Has(right string) bool { return r != nil && len(r.byRight[right]) > 0 }

// Roots are the places where the right holds.
func (r *Rights) Roots(right string) []Root {
	if r == nil {
		return nil
	}
	return r.byRight[right]
}

// Names are the rights held, sorted.
func (r *Rights) Names() []string {
	var names []string
	if r != nil {
		for n := range r.byRight {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	return names
}

// Guard knows users and grants. The access module implements it.
type Guard interface {
	// Authenticate finds who is behind a credential; an empty one is anonymous.
	// It returns Unauthenticated when the credential is wrong or has ended.
	Authenticate(ctx context.Context, r db.Reader, c Credential) (Actor, error)
	// RightsOf gives what a user may do at the reader's instant.
	RightsOf(ctx context.Context, r db.Reader, userID int64) (*Rights, error)
	// SecondApprover says whether somebody else than the user could approve with the
	// right, anywhere, or ever could.
	SecondApprover(ctx context.Context, r db.Reader, right string, userID int64) (bool, error)
}

// Stamped is a Guard or Places with a memory keyed by a stamp of the database. The
// runner reads the stamps of both in the first statement of a change.
type Stamped interface {
	// Stamps are read once in a transaction.
	Stamps() []Stamp
}

// Stamp is the name under which db.Remember keeps a stamp for the rest of the
// transaction and the scalar subquery that reads it.
type Stamp struct {
	Key any
	SQL string
}

// Recaller is a Guard that remembers whom it authenticated. What it says is good
// enough to prepare a change, whose transaction authenticates again.
type Recaller interface {
	// Recall gives who a credential stood for, and what he could do, a moment ago;
	// false when that is not known.
	Recall(c Credential, now time.Time) (Actor, *Rights, bool)
}

// Places knows the organisation. The org module implements it.
type Places interface {
	// Within says whether a unit is the root or below it on a date.
	Within(ctx context.Context, r db.Reader, unit, root int64, on day.Date) (bool, error)
	// Top is the unit above all others; 0 before there is one.
	Top(ctx context.Context, r db.Reader) (int64, error)
	// Filter adds to a condition that the column's unit lies in the scope.
	Filter(w *db.Where, column string, s Scope)
}

// Scope is the part of the organisation a query may show.
type Scope struct {
	// Roots are units, each with all below it; none is nothing at all.
	Roots []int64
	// On is the date at which "below" is meant.
	On day.Date
}

// Exec is one operation being carried out: the transaction, who, when, where.
type Exec struct {
	// Tx is nil in a query.
	Tx db.Tx
	// R reads: the transaction of a command, the snapshot of a query.
	R     db.Reader
	Actor Actor
	// Approver is the second person when a proposal is being applied.
	Approver *Actor
	Def      *Def
	Rights   *Rights
	// Now is fixed for the transaction, UTC; Today is its business day.
	Now   time.Time
	Today day.Date
	// Ahead is what CommandHandler.Ahead gave; nil where it was not asked, as when a
	// proposal is applied.
	Ahead any
	// Page is where a list starts and how it is ordered.
	Page Page
	// RequestID runs through logs and audit.
	RequestID string
	// Address is the remote address; empty locally.
	Address string
	// DryRun says that everything will be rolled back.
	DryRun bool
	// Job is the job whose step is carried out; 0 outside jobs.
	Job int64

	unit    int64
	scope   *Scope
	runner  *Runner
	changes []Change
	events  []event
	// written is nil where nobody remembers the uses of rights after the commit.
	written *written
	// salt is for the first audit row; nil where it was not made beforehand.
	salt *salted
}

// Page is the part of a list asked for.
type Page struct {
	// Limit is the number of rows; 0 means all (an export).
	Limit int
	// Sort is one of the operation's orders.
	Sort string
	// Desc turns the order around.
	Desc bool
	// After is the key of the last row seen, empty at the start.
	After []string
}

// Change is one record before and after, for the audit and the effect shown to
// the second person. Before is nil for something new, After for a removal.
type Change struct {
	Kind   string         `json:"kind"`
	ID     ID             `json:"id"`
	Label  string         `json:"label"`
	Before map[string]any `json:"before,omitempty"`
	After  map[string]any `json:"after,omitempty"`
}

// Change says what the operation does to a record. Before and after are
// structs or maps; only what differs is kept when both are given.
func (x *Exec) Change(kind string, id int64, label string, before, after any) error {
	if bv, av := structOf(before), structOf(after); bv.IsValid() && av.IsValid() && bv.Type() == av.Type() {
		b, a, err := x.runner.differences(bv, av)
		x.changes = append(x.changes, Change{Kind: kind, ID: ID(id), Label: label, Before: b, After: a})
		return err
	}
	b, err := x.runner.record(before)
	if err != nil {
		return err
	}
	a, err := x.runner.record(after)
	if err != nil {
		return err
	}
	if b != nil && a != nil {
		onlyDifferent(b, a)
	}
	x.changes = append(x.changes, Change{Kind: kind, ID: ID(id), Label: label, Before: b, After: a})
	return nil
}

// structOf is the struct behind a value; invalid when there is none.
func structOf(v any) reflect.Value {
	rv := reflect.ValueOf(v)
	for rv.Kind() == reflect.Pointer {
		rv = rv.Elem()
	}
	if rv.Kind() != reflect.Struct {
		return reflect.Value{}
	}
	return rv
}

// ScopeOf is where the actor holds a right, narrowed to the unit chosen.
func (x *Exec) ScopeOf() Scope {
	if x.scope == nil {
		return Scope{On: x.Today}
	}
	return *x.scope
}

// Filter narrows a condition to the operation's scope.
func (x *Exec) Filter(w *db.Where, column string) {
	x.runner.Places.Filter(w, column, x.ScopeOf())
}

// Places gives the organisation to a module that may not import it.
func (x *Exec) Places() Places { return x.runner.Places }

// Guard gives users and grants; of the actor's own rights those he may use here.
func (x *Exec) Guard() Guard { return x.runner.guardOf(x.Actor) }

// Registry gives the operations.
func (x *Exec) Registry() *Registry { return x.runner.Registry }

// Saved is the answer of a change of a record with a version.
type Saved struct {
	ID      ID    `json:"id"`
	Version int64 `json:"version"`
}

// Set puts a field that was given in the place of what stands; one left out (nil)
// leaves it.
func Set[T any](field, given *T) {
	if given != nil {
		*field = *given
	}
}

// CheckVersion refuses a stale edit.
func CheckVersion(have, given int64) error {
	if have != given {
		return fault.New(fault.Conflict, CodeStale, "version", have, "given", given)
	}
	return nil
}

// Prep is what slow work before the transaction may use.
type Prep struct {
	Actor Actor
	Now   time.Time
	// Address is the remote address; empty locally.
	Address string
	// Read runs fn in a snapshot.
	Read func(ctx context.Context, fn func(context.Context, db.Reader) error) error
}
