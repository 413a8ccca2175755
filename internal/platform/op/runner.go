package op

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"slices"
	"sync"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/file"
)

// Outcome says what a request came to.
type Outcome string

// The outcomes.
const (
	Done     Outcome = "done"
	Replayed Outcome = "replayed"
	DryRun   Outcome = "dry_run"
	Proposed Outcome = "proposed"
	Queued   Outcome = "queued"
	// Refused is a refusal that leaves a trace in the audit.
	Refused Outcome = "refused"
)

// Request is one operation asked for.
type Request struct {
	Name       string
	Credential Credential
	Input      Input
	// Key is the idempotency key made by the client; empty makes one.
	Key    string
	DryRun bool
	// Unit narrows a query to one unit and what is below it; 0 is all.
	Unit      int64
	Page      Page
	RequestID string
}

// Result is the answer of a command, a get or a job.
type Result struct {
	Outcome Outcome
	// Out is the typed output; nil when replayed or proposed.
	Out any
	// JSON is the output as stored for a replay (secrets left out).
	JSON json.RawMessage
	// Changes are what was, or would be, changed.
	Changes []Change
	// Proposal is the id of what waits for a second person.
	Proposal ID
	// Number is the proposal's legal number.
	Number string
	Actor  Actor
}

// KeyMax is the longest idempotency key, in bytes.
const KeyMax = 100

// Event tells an observer how a request ended: used by tests to record which
// outcomes each operation has shown, and by metrics.
type Event struct {
	Def     *Def
	Channel Channel
	Outcome Outcome
	Err     error
	Engine  db.Engine
	Took    time.Duration
}

// Runner carries out operations. Its fields are set once, in app.New.
type Runner struct {
	DB       *db.DB
	Registry *Registry
	Guard    Guard
	Places   Places
	Queue    Queue
	Log      *slog.Logger
	Now      func() time.Time
	Observe  func(Event)
	// Files keeps what is handed in; nil where no operation takes a file.
	Files FileStore
	// Node is part of legal numbers.
	Node int64
	// Random is the source of salts and keys; nil is crypto/rand.
	Random io.Reader
	// Pepper keys the digests of secret inputs, so that the database alone is of no use
	// to guess a password. Nil draws one: then a key sent again after a restart, with
	// the same secret, is taken for another input.
	Pepper []byte

	// shapes are those of record types, by reflect.Type.
	shapes sync.Map
	uses   knownUses
	first  struct {
		once sync.Once
		opening
		pepper []byte
	}
}

// FileStore keeps files by content. The file package implements it.
type FileStore interface {
	Put(ctx context.Context, source io.Reader, limit int64) (file.Ref, error)
}

// keepUploads stores the files of an input before any lock: a job reads them
// later by their content's digest.
func (r *Runner) keepUploads(ctx context.Context, d *Def, in any) error {
	for _, f := range d.Fields {
		if f.Type != File {
			continue
		}
		for _, up := range uploadsOf(f.value(in)) {
			if len(up.Data) == 0 || r.Files == nil {
				continue
			}
			if _, err := r.Files.Put(ctx, bytes.NewReader(up.Data), f.FileMax()); err != nil {
				return err
			}
		}
	}
	return nil
}

// uploadsOf are the files of a field: one, or several.
func uploadsOf(value any) []Upload {
	switch v := value.(type) {
	case Upload:
		return []Upload{v}
	case []Upload:
		return v
	}
	return nil
}

// Queue takes jobs. The job package implements it.
type Queue interface {
	Enqueue(ctx context.Context, x *Exec, input []byte, prepared any) (ID, error)
}

// Run carries out one operation other than a list.
func (r *Runner) Run(ctx context.Context, q Request) (res Result, err error) {
	d := r.Registry.Find(q.Name)
	if d == nil || d.Kind == List {
		return Result{}, fault.New(fault.NotFound, "operation.unknown", "name", q.Name)
	}
	start := r.Now()
	defer func() { r.observe(d, q, res.Outcome, err, start) }()
	if d.ConsoleOnly && q.Credential.Channel != Console && q.Credential.Channel != System && q.Credential.Channel != JobRun {
		return Result{}, fault.New(fault.Forbidden, "operation.console_only")
	}
	if q.DryRun && d.Access == Anyone {
		// A trial of a password that leaves no trace would be guessing for free.
		return Result{}, fault.New(fault.Invalid, "operation.no_dry_run")
	}
	if d.Kind == Get {
		return r.get(ctx, d, q)
	}
	return r.change(ctx, d, q)
}

// opening is the first statement of a change, made once: the parts of a runner do
// not change.
func (r *Runner) opening() opening {
	r.first.once.Do(r.begin)
	return r.first.opening
}

func (r *Runner) begin() {
	r.first.opening = openingOf(r.Guard, r.Places)
	if r.first.pepper = r.Pepper; len(r.Pepper) == 0 {
		r.first.pepper = []byte(rand.Text())
	}
}

// entry authenticates and checks that the right is held somewhere.
func (r *Runner) entry(ctx context.Context, rd db.Reader, d *Def, q Request) (Actor, *Rights, error) {
	actor, err := r.Guard.Authenticate(ctx, rd, q.Credential)
	if d.Access == Anyone && fault.KindOf(err) == fault.Unauthenticated {
		// Signing in with an old session is signing in without one.
		return Actor{Channel: q.Credential.Channel}, nil, nil
	}
	if err != nil {
		return actor, nil, err
	}
	if d.Access == Anyone || actor.Channel == System {
		return actor, nil, nil
	}
	if actor.Anonymous() {
		return actor, nil, fault.New(fault.Unauthenticated, "unauthenticated")
	}
	if actor.MustChangePassword && d.Access != Signed {
		return actor, nil, fault.New(fault.Precondition, "password.change_first")
	}
	if d.Access == Signed {
		return actor, nil, nil
	}
	rights, err := r.guardOf(actor).RightsOf(ctx, rd, actor.UserID)
	if err == nil && !rights.Has(d.Name) {
		err = fault.New(fault.Forbidden, "right.missing", "right", d.Name)
	}
	return actor, rights, err
}

// recall gives from memory who asks, when he may ask for this: then the change goes
// straight to its transaction, which authenticates again. Work that is slow, or
// leaves something behind, is done for nobody but who was asked for anew.
func (r *Runner) recall(d *Def, q Request) (Actor, bool) {
	memory, ok := r.Guard.(Recaller)
	if !ok || d.Access != Granted || d.prepare != nil || d.takesFiles() {
		return Actor{}, false
	}
	actor, rights, known := memory.Recall(q.Credential, r.Now())
	return actor, known && !actor.MustChangePassword && rights.Has(d.Name)
}

// takesFiles says that the input of an operation may hold a file.
func (d *Def) takesFiles() bool {
	return slices.ContainsFunc(d.Fields, func(f Field) bool { return f.Type == File })
}

// enter authenticates in a snapshot of its own.
func (r *Runner) enter(ctx context.Context, d *Def, q Request) (actor Actor, err error) {
	err = r.DB.Read(ctx, func(ctx context.Context, rd db.Reader) (err error) {
		actor, _, err = r.entry(ctx, rd, d, q)
		return err
	})
	return actor, err
}

// change is the road of commands and jobs, in the order of architecture §2.
func (r *Runner) change(ctx context.Context, d *Def, q Request) (Result, error) {
	actor, recalled := r.recall(d, q)
	var err error
	if !recalled {
		if actor, err = r.enter(ctx, d, q); err != nil {
			return Result{}, err
		}
	}
	in, err := d.decodeBy(q.Input, handOf(q.Credential.Channel))
	if err != nil {
		if recalled { // who may not ask is not told what is wrong with his input
			var refused error
			if actor, refused = r.enter(ctx, d, q); refused != nil {
				return Result{}, refused
			}
		}
		return Result{Actor: actor}, err
	}
	m := &member{runner: r, def: d, req: q, actor: actor, recalled: recalled, in: in}
	if m.input, err = d.canonical(in); err != nil {
		return Result{Actor: actor}, fault.Wrap(err, fault.Internal, "internal")
	}
	if m.key, err = r.keyFor(q, actor); err != nil {
		return Result{Actor: actor}, err
	}
	if m.salt, err = r.newSalt(); err != nil {
		return Result{Actor: actor}, err
	}
	if m.hash, err = r.identity(d, in, m.input); err != nil {
		return Result{Actor: actor}, err
	}
	if err := r.keepUploads(ctx, d, in); err != nil {
		return Result{Actor: actor}, err
	}
	if d.prepare != nil {
		p := &Prep{Actor: actor, Now: r.Now().UTC(), Address: q.Credential.Address, Read: r.DB.Read}
		if err := d.prepare(ctx, p, in); err != nil {
			return Result{Actor: actor}, err
		}
	}
	err = r.DB.Write(ctx, db.WriteOptions{DryRun: q.DryRun, Keyed: true}, m.run)
	m.res.Actor = m.actor
	if err == nil {
		r.uses.keep(m.written.uses, m.written.on)
		err = m.refusal
	}
	if err != nil {
		return Result{Actor: actor, Outcome: m.res.Outcome}, r.differing(ctx, d, q, err)
	}
	return m.res, nil
}

// keyFor gives the request's idempotency key. An anonymous caller has none of
// his own: two strangers must never share an answer.
func (r *Runner) keyFor(q Request, actor Actor) (string, error) {
	if len(q.Key) > KeyMax {
		return "", fault.New(fault.Invalid, "key.too_long", "max", KeyMax)
	}
	for _, b := range []byte(q.Key) {
		if b < 0x21 || b > 0x7e {
			return "", fault.New(fault.Invalid, "key.shape")
		}
	}
	if q.Key == "" || actor.Anonymous() {
		return r.NewKey(), nil
	}
	return q.Key, nil
}

// NewKey makes an idempotency key nobody else has, for a form being rendered.
func (r *Runner) NewKey() string {
	src := r.Random
	if src == nil {
		src = rand.Reader
	}
	var b [16]byte
	if _, err := io.ReadFull(src, b[:]); err != nil {
		return rand.Text()
	}
	const hexDigits = "0123456789abcdef"
	out := make([]byte, 0, 2*len(b))
	for _, c := range b {
		out = append(out, hexDigits[c>>4], hexDigits[c&15])
	}
	return string(out)
}

// get reads one record in a snapshot.
func (r *Runner) get(ctx context.Context, d *Def, q Request) (res Result, err error) {
	err = r.DB.Read(ctx, func(ctx context.Context, rd db.Reader) error {
		actor, rights, err := r.entry(ctx, rd, d, q)
		if err != nil {
			return err
		}
		in, err := d.decodeBy(q.Input, handOf(q.Credential.Channel))
		if err != nil {
			return err
		}
		x := r.exec(rd, nil, d, q, actor, rights)
		if err := x.enter(ctx, in, d.Name); err != nil {
			return err
		}
		out, err := d.do(ctx, x, in)
		res = Result{Outcome: Done, Out: out, Actor: actor}
		return err
	})
	if err != nil {
		return Result{}, err
	}
	res.JSON, err = json.Marshal(res.Out)
	return res, err
}

// ListMeta goes before the rows of a list.
type ListMeta struct {
	Def   *Def
	Actor Actor
	Today day.Date
}

// Rows runs a list in one snapshot and hands each row to yield as it comes.
// It returns whether more rows follow after the page's limit.
func (r *Runner) Rows(ctx context.Context, q Request, begin func(ListMeta) error, yield func(row any) error) (more bool, err error) {
	d := r.Registry.Find(q.Name)
	if d == nil || d.Kind != List {
		return false, fault.New(fault.NotFound, "operation.unknown", "name", q.Name)
	}
	start := r.Now()
	defer func() { r.observe(d, q, Done, err, start) }()
	if err := d.sortOf(&q.Page); err != nil {
		return false, err
	}
	err = r.DB.Read(ctx, func(ctx context.Context, rd db.Reader) error {
		actor, rights, err := r.entry(ctx, rd, d, q)
		if err != nil {
			return err
		}
		in, err := d.decodeBy(q.Input, handOf(q.Credential.Channel))
		if err != nil {
			return err
		}
		x := r.exec(rd, nil, d, q, actor, rights)
		if err := x.enter(ctx, in, d.Name); err != nil {
			return err
		}
		// What is one's own, or waits for one's decision, is not narrowed by the unit
		// chosen: no right gives it a scope.
		if d.Access == Granted || actor.Channel == System {
			if err := x.Narrow(ctx, q.Unit); err != nil {
				return err
			}
		}
		if begin != nil {
			if err := begin(ListMeta{Def: d, Actor: actor, Today: x.Today}); err != nil {
				return err
			}
		}
		more, err = x.drain(ctx, in, yield)
		return err
	})
	return more, err
}

// drain hands out the rows of a list up to the limit.
func (x *Exec) drain(ctx context.Context, in any, yield func(any) error) (more bool, err error) {
	n := 0
	for row, err := range x.Def.list(ctx, x, in) {
		if err != nil {
			return false, err
		}
		if x.Page.Limit > 0 && n == x.Page.Limit {
			return true, nil
		}
		n++
		if err := yield(row); err != nil {
			return false, err
		}
	}
	return false, nil
}

func (r *Runner) exec(rd db.Reader, tx db.Tx, d *Def, q Request, actor Actor, rights *Rights) *Exec {
	now := rd.Now()
	return &Exec{
		Tx: tx, R: rd, Actor: actor, Def: d, Rights: rights, Now: now, Today: day.Of(now),
		Page: q.Page, RequestID: q.RequestID, Address: q.Credential.Address, DryRun: q.DryRun, runner: r,
		scope: &Scope{On: day.Of(now), Roots: unitsOf(rights.Roots(d.Name))},
	}
}

func (r *Runner) observe(d *Def, q Request, o Outcome, err error, start time.Time) {
	took := r.Now().Sub(start)
	if err != nil && fault.KindOf(err) == fault.Internal && r.Log != nil {
		r.Log.Error("operation failed", "operation", d.Name, "request", q.RequestID, "error", err.Error())
	}
	if r.Observe != nil {
		r.Observe(Event{Def: d, Channel: q.Credential.Channel, Outcome: o, Err: err, Engine: r.DB.Engine(), Took: took})
	}
}

func unitsOf(roots []Root) []int64 {
	out := make([]int64, len(roots))
	for i, r := range roots {
		out[i] = r.Unit
	}
	return out
}

// Look authenticates and reads in one snapshot what the frame of a page needs
// to know of the person: it is no operation and shows no record.
func (r *Runner) Look(ctx context.Context, c Credential, fn func(ctx context.Context, x *Exec) error) error {
	return r.DB.Read(ctx, func(ctx context.Context, rd db.Reader) error {
		actor, err := r.Guard.Authenticate(ctx, rd, c)
		if err != nil {
			return err
		}
		if actor.Anonymous() {
			return fault.New(fault.Unauthenticated, "unauthenticated")
		}
		rights, err := r.guardOf(actor).RightsOf(ctx, rd, actor.UserID)
		if err != nil {
			return err
		}
		return fn(ctx, r.exec(rd, nil, &Def{}, Request{Credential: c}, actor, rights))
	})
}
