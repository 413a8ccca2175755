// Package op is the one road of wasl. Every change and every query a user can
// ask for is an operation registered once; the REST route, the OpenAPI entry,
// the command-line verb, the form, the line in the rights matrix, the job and
// the audit entry all come from that registration, and Runner.Run is the only
// way to carry one out.
package op

import (
	"context"
	"io"
	"iter"
	"reflect"

	"wasl/internal/kernel/money"
	"wasl/internal/platform/db"
)

// Kind says how an operation is carried out.
type Kind string

// The kinds of operation.
const (
	// Command changes data in one transaction.
	Command Kind = "command"
	// List streams rows, page by page or whole for an export.
	List Kind = "list"
	// Get reads one record.
	Get Kind = "get"
	// Job is planned in one transaction and carried out in resumable chunks.
	Job Kind = "job"
)

// Changes says whether the kind writes.
func (k Kind) Changes() bool { return k == Command || k == Job }

// Access says who may ask.
type Access string

// The levels of access.
const (
	// Granted: a role that contains the operation, over the units concerned.
	Granted Access = "granted"
	// Signed: any authenticated user, for what is his own.
	Signed Access = "signed"
	// Anyone: nobody need be authenticated (signing in).
	Anyone Access = "anyone"
)

// Spec is what a module declares of an operation besides its code.
type Spec struct {
	// Name is module.noun.verb; it is also the right, the prefix of the text
	// keys (op.NAME, op.NAME.help) and the command line (wasl module noun verb).
	Name string
	// Path is the REST path below /api/v1, with {field} for path parameters.
	Path string
	// Access defaults to Granted.
	Access Access
	// Duties are the codes of mission/attributions the operation serves.
	Duties []string
	// Central says that the right must be held at the top of the organisation:
	// the operation belongs to no unit.
	Central bool
	// FourEyes says that a second person must approve.
	FourEyes bool
	// SoleAllowed lets a four-eyes operation run at once while the utility has
	// never had a second approver (see docs/adr/0007).
	SoleAllowed bool
	// Versioned says the input carries the row version it was read at.
	Versioned bool
	// ConsoleOnly keeps an operation off the network (backup, restore).
	ConsoleOnly bool
	// Unsafe keeps an operation out of the generic web form because its own page is needed (file upload, secret shown once).
	Hidden bool
	// Refused is the list operation that gives the rows a job refused, by the field
	// batch of the job's summary; empty for a job that refuses none.
	Refused string
	// Conflicts are rights that one person should not hold with this one over
	// the same unit (separation of duties).
	Conflicts []string
	// Formats are forms of a list besides JSON and CSV, by the word that asks for
	// them; such a list is given whole.
	Formats map[string]Format
	// Example is a valid input, for the documentation and the command-line help.
	Example any
}

// Format is a form of a list besides JSON and CSV.
type Format struct {
	Open func(io.Writer) RowFormat
	// Sort is the order that the form is written in when none is asked for; empty is the
	// list's own.
	Sort string
}

// RowFormat writes the rows of a list in a form of its own.
type RowFormat interface {
	Begin() error
	Row(row any) error
	End() error
}

// Def is a registered operation.
type Def struct {
	Spec
	Kind   Kind
	Fields []Field
	In     reflect.Type
	// Out is the result of a Command or Get, the row of a List.
	Out     reflect.Type
	Columns []Column
	Sorts   []string

	prepare func(context.Context, *Prep, any) error
	locks   func(any) []int64
	ahead   func(ctx context.Context, tx db.Tx, user int64, in any) (any, error)
	targets func(context.Context, *Exec, any) ([]Target, error)
	do      func(context.Context, *Exec, any) (any, error)
	list    func(context.Context, *Exec, any) iter.Seq2[any, error]
	job     *jobFuncs
}

// ApproveRight is the right to approve what others propose with this operation.
func (d *Def) ApproveRight() string { return d.Name + ApproveSuffix }

// ApproveSuffix turns an operation's right into the right to approve it.
const ApproveSuffix = ".approve"

// Rights are the rights the operation brings into the matrix.
func (d *Def) Rights() []string {
	if d.Access != Granted {
		return nil
	}
	if d.FourEyes {
		return []string{d.Name, d.ApproveRight()}
	}
	return []string{d.Name}
}

// Module is the first part of the name.
func (d *Def) Module() string { return firstPart(d.Name) }

// Target is one thing an operation touches: a unit and, when money is decided,
// an amount compared with the grant's limit.
type Target struct {
	// Unit is the id of the unit; 0 means the top of the organisation.
	Unit int64
	// Amount in centimes; nil when no money is decided.
	Amount *money.Amount
}

// CommandHandler is the code of a command. Do is required.
type CommandHandler[In, Out any] struct {
	// Prepare does slow work before any lock; it may complete the input.
	Prepare func(ctx context.Context, p *Prep, in *In) error
	// Locks are the ids of the rows whose changes must be serialised.
	Locks func(in In) []int64
	// Ahead puts questions (db.Ask) under these locks that Targets and Do will want
	// answered, so that they share a round trip with what the runner asks. It is given
	// who asks as he was known a moment ago and may change nothing; what it gives is in
	// Exec.Ahead.
	Ahead func(ctx context.Context, tx db.Tx, user int64, in In) (any, error)
	// Targets are the units and amounts touched; required unless the operation
	// is Central or not Granted.
	Targets func(ctx context.Context, x *Exec, in In) ([]Target, error)
	// Do makes the change and says it with Exec.Change.
	Do func(ctx context.Context, x *Exec, in In) (Out, error)
}

// RegisterCommand registers a command.
func RegisterCommand[In, Out any](r *Registry, s Spec, h CommandHandler[In, Out]) {
	d := newDef[In, Out](s, Command)
	if h.Prepare != nil {
		d.prepare = func(ctx context.Context, p *Prep, in any) error { return h.Prepare(ctx, p, in.(*In)) }
	}
	if h.Locks != nil {
		d.locks = func(in any) []int64 { return h.Locks(*in.(*In)) }
	}
	if h.Ahead != nil {
		d.ahead = func(ctx context.Context, tx db.Tx, user int64, in any) (any, error) {
			return h.Ahead(ctx, tx, user, *in.(*In))
		}
	}
	if h.Targets != nil {
		d.targets = func(ctx context.Context, x *Exec, in any) ([]Target, error) { return h.Targets(ctx, x, *in.(*In)) }
	}
	if h.Do != nil {
		d.do = func(ctx context.Context, x *Exec, in any) (any, error) { return h.Do(ctx, x, *in.(*In)) }
	}
	r.add(d)
}

// GetHandler is the code of a query for one record.
type GetHandler[In, Out any] struct {
	// Targets are the units concerned; nil when Do narrows by Exec.Scope itself.
	Targets func(ctx context.Context, x *Exec, in In) ([]Target, error)
	Do      func(ctx context.Context, x *Exec, in In) (Out, error)
}

// RegisterGet registers a query for one record.
func RegisterGet[In, Out any](r *Registry, s Spec, h GetHandler[In, Out]) {
	d := newDef[In, Out](s, Get)
	if h.Targets != nil {
		d.targets = func(ctx context.Context, x *Exec, in any) ([]Target, error) { return h.Targets(ctx, x, *in.(*In)) }
	}
	if h.Do != nil {
		d.do = func(ctx context.Context, x *Exec, in any) (any, error) { return h.Do(ctx, x, *in.(*In)) }
	}
	r.add(d)
}

// ListHandler is the code of a query for many records.
type ListHandler[In, Row any] struct {
	// Sorts are the orders offered; the first is the default.
	Sorts []string
	// Rows gives the rows in order, already narrowed to Exec.Scope and starting
	// after Exec.Page; it stops by itself at the page's limit plus one.
	Rows func(ctx context.Context, x *Exec, in In) iter.Seq2[Row, error]
}

// RegisterList registers a query for many records.
func RegisterList[In, Row any](r *Registry, s Spec, h ListHandler[In, Row]) {
	d := newDef[In, Row](s, List)
	d.Sorts = h.Sorts
	if h.Rows != nil {
		d.list = func(ctx context.Context, x *Exec, in any) iter.Seq2[any, error] {
			return func(yield func(any, error) bool) {
				for row, err := range h.Rows(ctx, x, *in.(*In)) {
					if !yield(row, err) {
						return
					}
				}
			}
		}
	}
	r.add(d)
}

func newDef[In, Out any](s Spec, k Kind) *Def {
	if s.Access == "" {
		s.Access = Granted
	}
	in := reflect.TypeFor[In]()
	return &Def{Spec: s, Kind: k, In: in, Out: reflect.TypeFor[Out](), Fields: fieldsOf(in), Columns: columnsOf(reflect.TypeFor[Out]())}
}
