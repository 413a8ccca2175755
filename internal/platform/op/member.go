package op

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash/fnv"
	"slices"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
)

// member is one change on its way through a transaction. Its run may be called
// again by a retry, so every call starts from what change prepared.
type member struct {
	runner *Runner
	def    *Def
	req    Request
	actor  Actor
	// recalled says that the actor comes from memory: the transaction asks again.
	recalled bool
	in       any
	input    []byte
	hash     []byte
	key      string
	salt     *salted

	res     Result
	refusal error
	written written
	// last is what the run before this one answered: if its commit was made and only
	// the word of it lost, that is the answer, with what is told once.
	last answered
}

// answered is the answer of one run, known by its audit row.
type answered struct {
	audit   int64
	res     Result
	refusal error
}

// run is begin → idempotency key → lock → scope and limits → four eyes →
// handler → audit and outbox; the database commits after it.
func (m *member) run(ctx context.Context, tx db.Tx) error {
	m.res, m.refusal, m.written, m.salt.used = Result{}, nil, written{}, false
	r, d := m.runner, m.def
	ahead, err := m.lock(ctx, tx)
	if err != nil {
		return err
	}
	stored, err := r.opening().read(ctx, tx, m.actor.UserID, m.key)
	if err != nil {
		return err
	}
	if m.recalled {
		if m.actor, _, err = r.entry(ctx, tx, d, m.req); err != nil {
			return err
		}
	}
	if stored != nil && stored.Audit == m.last.audit {
		m.res, m.refusal = m.last.res, m.last.refusal
		return nil
	}
	if stored != nil && stored.Outcome == Refused && !slices.Equal(stored.InputHash, m.hash) {
		// What was refused may be corrected and sent again under its key.
		if err := forgetKey(ctx, tx, m.actor.UserID, m.key); err != nil {
			return err
		}
		stored = nil
	}
	if stored != nil {
		return m.replay(stored)
	}
	var rights *Rights
	if d.Access == Granted && m.actor.Channel != System {
		if rights, err = r.guardOf(m.actor).RightsOf(ctx, tx, m.actor.UserID); err != nil {
			return err
		}
		if !rights.Has(d.Name) {
			return fault.New(fault.Forbidden, "right.missing", "right", d.Name)
		}
	}
	x := r.exec(tx, tx, d, m.req, m.actor, rights)
	x.written, x.salt, x.Ahead = &m.written, m.salt, ahead
	targets, err := x.allowed(ctx, m.in, m.actor.UserID, rights, d.Name)
	if err != nil {
		return err
	}
	if d.FourEyes && !m.req.DryRun {
		direct, err := x.mayActAlone(ctx)
		if err != nil {
			return err
		}
		if !direct {
			return m.propose(ctx, x, targets)
		}
	}
	return m.carryOut(ctx, x, targets)
}

// lock takes the locks and puts the questions of the operation that go along.
func (m *member) lock(ctx context.Context, tx db.Tx) (ahead any, err error) {
	// Two requests with one key at the same time: the second waits for the first
	// and finds its answer, instead of meeting its half-made rows. The locks of the
	// records go along, after it because it is below zero: who asks held the right a
	// moment ago.
	locks := []int64{m.keyLock()}
	if m.def.locks != nil {
		locks = append(locks, m.def.locks(m.in)...)
	}
	if err := tx.Lock(ctx, locks...); err != nil || m.def.ahead == nil {
		return nil, err
	}
	return m.def.ahead(ctx, tx, m.actor.UserID, m.in)
}

// keyLock is the number two requests with one key meet at: below zero, where no row
// and no other lock is.
func (m *member) keyLock() int64 {
	h := fnv.New64a()
	_, _ = h.Write(binary.BigEndian.AppendUint64(nil, uint64(m.actor.UserID)))
	_, _ = h.Write([]byte(m.key))
	return -1 - int64(h.Sum64()>>1)
}

// replay answers with what the key answered before.
func (m *member) replay(s *storedAnswer) error {
	if !slices.Equal(s.InputHash, m.hash) {
		return fault.New(fault.Conflict, "key.other_input")
	}
	if s.Outcome == Refused {
		m.res = Result{Outcome: Refused}
		refusal, err := readRefusal(s.Response)
		m.refusal = refusal
		return err
	}
	m.res = Result{Outcome: Replayed}
	if s.Outcome == Proposed {
		var p proposalAnswer
		if err := json.Unmarshal([]byte(s.Response), &p); err != nil {
			return fault.Wrap(err, fault.Internal, "internal")
		}
		m.res.Proposal, m.res.Number = p.Proposal, p.Number
	}
	m.res.JSON = json.RawMessage(s.Response)
	return nil
}

// carryOut runs the handler and records what it did.
func (m *member) carryOut(ctx context.Context, x *Exec, targets []Target) error {
	unit, err := x.unitOf(ctx, targets)
	if err != nil {
		return err
	}
	x.unit = unit
	out, outcome, err := x.perform(ctx, m.in, m.input)
	var kept Refusal
	if errors.As(err, &kept) {
		m.refusal, outcome = kept.Err, Refused
	} else if err != nil {
		return err
	}
	stored, err := m.def.storable(out)
	if err != nil {
		return err
	}
	if unit == 0 { // the operation has just made the first unit
		if unit, err = x.unitOf(ctx, targets); err != nil {
			return err
		}
	}
	audit, err := x.writeAudit(ctx, outcome, unit, m.input)
	if err != nil {
		return err
	}
	if err := x.writeEvents(ctx, unit); err != nil {
		return err
	}
	m.res = Result{Outcome: outcome, Out: out, JSON: stored, Changes: x.changes}
	if m.req.DryRun {
		m.res.Outcome = DryRun
	}
	if outcome == Refused { // so that a commit without an answer does not count it twice
		if stored, err = writeRefusal(m.refusal); err != nil {
			return err
		}
	}
	return saveKey(ctx, x.Tx, m, string(stored), outcome, audit)
}

// perform calls the handler, or hands a job to the queue.
func (x *Exec) perform(ctx context.Context, in any, input []byte) (any, Outcome, error) {
	if x.Def.Kind == Job {
		id, err := x.runner.Queue.Enqueue(ctx, x, input, in)
		return QueuedJob{Job: id}, Queued, err
	}
	out, err := x.Def.do(ctx, x, in)
	return out, Done, err
}

// QueuedJob is the answer of a job operation.
type QueuedJob struct {
	Job ID `json:"job"`
}

// allowed finds what the operation touches and whether the rights reach it.
func (x *Exec) allowed(ctx context.Context, in any, user int64, rights *Rights, right string) ([]Target, error) {
	d := x.Def
	if d.Access != Granted || x.Actor.Channel == System {
		return nil, nil
	}
	var targets []Target
	if d.targets != nil {
		var err error
		if targets, err = d.targets(ctx, x, in); err != nil {
			return nil, err
		}
	}
	if d.Central || (d.Kind.Changes() && len(targets) == 0) {
		targets = append(targets, Target{})
	}
	for i := range targets {
		if targets[i].Unit == 0 {
			top, err := x.runner.Places.Top(ctx, x.R)
			if err != nil {
				return nil, err
			}
			targets[i].Unit = top
		}
		if err := x.reaches(ctx, rights.Roots(right), targets[i]); err != nil {
			return nil, err
		}
	}
	return targets, nil
}

// reaches says whether one of the roots covers the target and its amount.
func (x *Exec) reaches(ctx context.Context, roots []Root, t Target) error {
	overLimit := false
	for _, root := range roots {
		in, err := x.runner.Places.Within(ctx, x.R, t.Unit, root.Unit, x.Today)
		if err != nil {
			return err
		}
		if !in {
			continue
		}
		if t.Amount == nil || root.Limit == nil || absAtMost(*t.Amount, *root.Limit) {
			return nil
		}
		overLimit = true
	}
	if overLimit {
		return fault.New(fault.Forbidden, "scope.over_limit", "amount", *t.Amount)
	}
	return fault.New(fault.Forbidden, "scope.outside", "unit", ID(t.Unit))
}

// enter narrows a query to the unit chosen and checks its targets.
func (x *Exec) enter(ctx context.Context, in any, right string) error {
	if x.Actor.Channel == System {
		top, err := x.runner.Places.Top(ctx, x.R)
		x.scope = &Scope{Roots: []int64{top}, On: x.Today}
		return err
	}
	if x.Def.Access != Granted {
		return nil
	}
	_, err := x.allowed(ctx, in, x.Actor.UserID, x.Rights, right)
	return err
}

// Narrow restricts the scope of a query to one unit: what of it lies within
// the rights. A unit that touches nothing is refused.
func (x *Exec) Narrow(ctx context.Context, unit int64) error {
	if unit == 0 {
		return nil
	}
	var roots []int64
	for _, root := range x.scope.Roots {
		in, err := x.runner.Places.Within(ctx, x.R, unit, root, x.Today)
		if err != nil {
			return err
		}
		if in {
			x.scope.Roots = []int64{unit}
			return nil
		}
		below, err := x.runner.Places.Within(ctx, x.R, root, unit, x.Today)
		if err != nil {
			return err
		}
		if below {
			roots = append(roots, root)
		}
	}
	if len(roots) == 0 {
		return fault.New(fault.Forbidden, "scope.outside", "unit", ID(unit))
	}
	x.scope.Roots = roots
	return nil
}

// Unit is the unit a change is filed under: the first it touches, or the top.
func (x *Exec) Unit() int64 { return x.unit }

// unitOf is the unit an audit row is filed under: the first target, or the top.
func (x *Exec) unitOf(ctx context.Context, targets []Target) (int64, error) {
	if len(targets) > 0 {
		return targets[0].Unit, nil
	}
	return x.runner.Places.Top(ctx, x.R)
}
