package shop

import (
	"context"
	"iter"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/op"
)

// Filter narrows the list of things.
type Filter struct {
	Kind Kind   `json:"kind"`
	Name string `json:"name" in:"personal"`
}

// Ref points at a thing.
type Ref struct {
	ID op.ID `json:"id" in:"required"`
}

// Create is the input of a new thing, with a field of every type.
type Create struct {
	Code   string       `json:"code" in:"required,pattern=code"`
	Name   string       `json:"name" in:"required,min=2,max=40"`
	Amount money.Amount `json:"amount"`
	Count  int64        `json:"count" in:"min=0,max=1000"`
	Kind   Kind         `json:"kind" in:"required"`
	Since  *day.Date    `json:"since"`
	Active bool         `json:"active"`
	Unit   op.ID        `json:"unit"`
	Tags   []string     `json:"tags" in:"max=20"`
	Note   string       `json:"note" in:"lines,max=500"`
}

// Validate is the rule across fields.
func (c *Create) Validate() []fault.Field {
	if c.Kind == "tool" && c.Count > 10 {
		return []fault.Field{{Path: "count", Code: "input.range", Args: fault.Args{"min": 0, "max": 10}}}
	}
	return nil
}

// Rename is the input of a change of name.
type Rename struct {
	ID      op.ID  `json:"id" in:"required"`
	Version int64  `json:"version" in:"required,min=1"`
	Name    string `json:"name" in:"required,max=40"`
}

// Upload is the input of an import.
type Upload struct {
	File  op.Upload `json:"file" in:"required"`
	Label string    `json:"label"`
}

// Received says what a file was.
type Received struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"`
}

// Login is the input of signing in.
type Login struct {
	Login    string `json:"login" in:"required,pattern=login"`
	Password string `json:"password" in:"required,secret"`
}

// Token is a secret handed over once.
type Token struct {
	ID    op.ID  `json:"id"`
	Token string `json:"token" out:"secret"`
}

// Broken asks for a failure of one kind.
type Broken struct {
	Kind string `json:"kind" in:"required"`
	Wait int64  `json:"wait"`
}

// Rows asks for numbered rows, of which one may fail.
type Rows struct {
	Count  int64 `json:"count" in:"required"`
	FailAt int64 `json:"fail_at"`
}

// Row is a numbered row.
type Row struct {
	N    int64  `json:"n"`
	Text string `json:"text"`
}

// Work is the input of a job.
type Work struct {
	Count  int64 `json:"count" in:"required,min=1"`
	FailAt int64 `json:"fail_at"`
}

// Worked is its checkpoint and summary.
type Worked struct {
	Done int64 `json:"done"`
}

// Measure holds one number of each decimal type; it comes back as it was read.
type Measure struct {
	Price  money.Price    `json:"price"`
	Volume money.Quantity `json:"volume"`
	Share  money.Rate     `json:"share"`
}

// Nothing is an input without fields.
type Nothing struct{}

// Registry holds the operations of the office.
func Registry() *op.Registry {
	r := op.NewRegistry()
	op.RegisterList(r, op.Spec{Name: "shop.thing.list", Path: "/things", Duties: []string{"DRI-01"}, Example: Filter{Kind: "tool"}},
		op.ListHandler[Filter, Thing]{Sorts: []string{"code", "-noted_at"}, Rows: list})
	op.RegisterList(r, op.Spec{Name: "shop.kind.things", Path: "/kinds/{kind}/things"}, op.ListHandler[Filter, Thing]{Sorts: []string{"code"}, Rows: list})
	op.RegisterGet(r, op.Spec{Name: "shop.thing.show", Path: "/things/{id}", Example: Ref{ID: 42}}, op.GetHandler[Ref, Thing]{
		Targets: unitOf, Do: func(ctx context.Context, x *op.Exec, in Ref) (Thing, error) { return find(ctx, x.R, in.ID) },
	})
	op.RegisterCommand(r, op.Spec{
		Name: "shop.thing.create", Path: "/things", Duties: []string{"DRI-01", "DRI-02"},
		Example: Create{Code: "M-1", Name: "Marteau", Amount: 12_50, Kind: "tool", Tags: []string{"atelier"}},
	}, op.CommandHandler[Create, Thing]{
		Targets: func(_ context.Context, _ *op.Exec, in Create) ([]op.Target, error) {
			return []op.Target{{Unit: int64(in.Unit)}}, nil
		},
		Do: create,
	})
	op.RegisterCommand(r, op.Spec{Name: "shop.thing.rename", Path: "/things/{id}/rename", Versioned: true}, op.CommandHandler[Rename, Thing]{
		Targets: func(ctx context.Context, x *op.Exec, in Rename) ([]op.Target, error) {
			return unitOf(ctx, x, Ref{in.ID})
		},
		Do: renameThing,
	})
	op.RegisterCommand(r, op.Spec{Name: "shop.thing.retire", Path: "/things/{id}/retire", FourEyes: true}, op.CommandHandler[Ref, Thing]{
		Targets: unitOf, Do: retire,
	})
	registerOdd(r)
	op.RegisterApprovals(r, op.Policy{})
	op.RegisterAudit(r)
	return r
}

// registerOdd registers what is unusual: files, secrets, failures, jobs.
func registerOdd(r *op.Registry) {
	op.RegisterCommand(r, op.Spec{Name: "shop.file.send", Path: "/files", Access: op.Signed}, op.CommandHandler[Upload, Received]{
		Do: func(_ context.Context, _ *op.Exec, in Upload) (Received, error) {
			return Received{in.File.Name, in.File.SHA256, in.File.Size}, nil
		},
	})
	op.RegisterCommand(r, op.Spec{Name: "shop.session.open", Path: "/session", Access: op.Anyone}, op.CommandHandler[Login, Token]{
		Do: func(_ context.Context, _ *op.Exec, in Login) (Token, error) {
			if in.Password != "sesame" {
				return Token{}, fault.New(fault.Unauthenticated, "unauthenticated")
			}
			return Token{ID: Head, Token: TokenHead}, nil
		},
	})
	op.RegisterCommand(r, op.Spec{Name: "shop.secret.make", Path: "/secrets", Access: op.Signed}, op.CommandHandler[Nothing, Token]{
		Do: func(_ context.Context, x *op.Exec, _ Nothing) (Token, error) {
			return Token{ID: op.ID(x.Actor.UserID), Token: "hidden"}, nil
		},
	})
	op.RegisterGet(r, op.Spec{Name: "shop.measure.echo", Path: "/measures", Access: op.Anyone}, op.GetHandler[Measure, Measure]{
		Do: func(_ context.Context, _ *op.Exec, in Measure) (Measure, error) { return in, nil },
	})
	op.RegisterGet(r, op.Spec{Name: "shop.system.broken", Path: "/broken", Access: op.Anyone}, op.GetHandler[Broken, Nothing]{Do: broken})
	op.RegisterList(r, op.Spec{Name: "shop.system.rows", Path: "/rows", Access: op.Anyone}, op.ListHandler[Rows, Row]{
		Rows: func(_ context.Context, _ *op.Exec, in Rows) iter.Seq2[Row, error] { return numbered(in) },
	})
	op.RegisterCommand(r, op.Spec{Name: "shop.system.purge", Path: "/purge", ConsoleOnly: true, Central: true}, op.CommandHandler[Nothing, Nothing]{
		Do: func(context.Context, *op.Exec, Nothing) (Nothing, error) { return Nothing{}, nil },
	})
	op.RegisterJob(r, op.Spec{Name: "shop.work.run", Path: "/works", Central: true, Example: Work{Count: 10}}, op.JobHandler[Work, Worked]{
		Plan: func(_ context.Context, _ *op.Exec, in Work) (Worked, int64, error) { return Worked{}, in.Count, nil },
		Chunk: func(_ context.Context, _ *op.Exec, in Work, s *Worked) (int64, bool, error) {
			if s.Done++; s.Done == in.FailAt {
				return s.Done, false, fault.New(fault.Precondition, "approval.expired", "since", time.Time{})
			}
			return s.Done, s.Done >= in.Count, nil
		},
		Finish: func(_ context.Context, _ *op.Exec, _ Work, s Worked) (any, error) { return s, nil },
	})
}

func unitOf(ctx context.Context, x *op.Exec, in Ref) ([]op.Target, error) {
	t, err := find(ctx, x.R, in.ID)
	return []op.Target{{Unit: int64(t.Unit)}}, err
}

func create(ctx context.Context, x *op.Exec, in Create) (Thing, error) {
	id, err := x.Tx.NewID(ctx)
	if err != nil {
		return Thing{}, err
	}
	t := Thing{
		ID: op.ID(id), Code: in.Code, Name: in.Name, Amount: in.Amount, Count: in.Count, Kind: in.Kind, NotedAt: x.Now,
		Active: in.Active, Unit: in.Unit, Version: 1, Tags: in.Tags,
	}
	if in.Since != nil {
		t.Since = *in.Since
	}
	if t.Unit == 0 {
		t.Unit = TopUnit
	}
	if err := insert(ctx, x.Tx, t); err != nil {
		return Thing{}, err
	}
	return t, x.Change("thing", id, t.Code, nil, map[string]any{"code": t.Code, "amount": t.Amount})
}

func renameThing(ctx context.Context, x *op.Exec, in Rename) (Thing, error) {
	t, err := find(ctx, x.R, in.ID)
	if err != nil {
		return t, err
	}
	if err := op.CheckVersion(t.Version, in.Version); err != nil {
		return t, err
	}
	before := map[string]any{"name": t.Name}
	t.Name = in.Name
	if err := rename(ctx, x.Tx, t); err != nil {
		return t, err
	}
	t.Version++
	return t, x.Change("thing", int64(t.ID), t.Code, before, map[string]any{"name": t.Name})
}

func retire(ctx context.Context, x *op.Exec, in Ref) (Thing, error) {
	t, err := find(ctx, x.R, in.ID)
	if err != nil {
		return t, err
	}
	t.Active = false
	if err := rename(ctx, x.Tx, t); err != nil {
		return t, err
	}
	return t, x.Change("thing", int64(t.ID), t.Code, map[string]any{"active": true}, map[string]any{"active": false})
}

func broken(_ context.Context, _ *op.Exec, in Broken) (Nothing, error) {
	kind := fault.Kind(in.Kind)
	if in.Wait > 0 {
		return Nothing{}, fault.New(kind, "shop.broken", "wait", time.Duration(in.Wait)*time.Second)
	}
	return Nothing{}, fault.New(kind, "shop.broken", "password", "never-shown")
}

func numbered(in Rows) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for n := range in.Count {
			if n+1 == in.FailAt {
				yield(Row{}, fault.New(fault.Precondition, "shop.broken"))
				return
			}
			if !yield(Row{N: n + 1, Text: "=1+1"}, nil) {
				return
			}
		}
	}
}
