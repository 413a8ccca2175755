package op

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/db"
)

// dispatch hands out what is due and says how many.
func (e *env) dispatch() int {
	e.Helper()
	n, err := e.run.DispatchEvents(e.Context(), 100)
	if err != nil {
		e.Fatal(err)
	}
	return n
}

func (e *env) seen(id ID) int64 {
	e.Helper()
	return e.number(`SELECT coalesce(max(times), 0) FROM thing_seen WHERE thing_id = $1`, id)
}

// An event has its effect once, however many dispatchers run.
func TestOutboxExactlyOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(e *env) {
		var ids []ID
		for i := range 12 {
			ids = append(ids, e.add(10, fmt.Sprint(i)))
		}
		var wg sync.WaitGroup
		errs := make([]error, 4)
		for i := range errs {
			wg.Go(func() { _, errs[i] = e.run.DispatchEvents(e.Context(), 100) })
		}
		wg.Wait()
		if err := errors.Join(errs...); err != nil {
			e.Fatal(err)
		}
		for _, id := range ids {
			if n := e.seen(id); n != 1 {
				e.Errorf("%s: seen %d times", id, n)
			}
		}
		if n := e.number(`SELECT count(*) FROM outbox WHERE state = 'done' AND attempts = 1 AND done_at IS NOT NULL`); n != 12 {
			e.Errorf("%d done", n)
		}
		if n := e.dispatch(); n != 0 {
			e.Errorf("%d more", n)
		}
	})
}

// A refused operation and a dry run tell nobody.
func TestOutboxOnlyAfterCommit(t *testing.T) {
	t.Parallel()
	onEach(t, func(e *env) {
		e.shop.inside = func(context.Context, *Exec) error { return fault.New(fault.Precondition, "shop.closed") }
		_, err := e.ask(admin, "shop.thing.add", Input{"unit": "10", "name": "x"})
		e.refused("closed", err, fault.Precondition, "shop.closed")
		e.shop.inside = nil
		if _, err := e.run.Run(e.Context(), Request{Name: "shop.thing.add", Credential: as(admin), Input: Input{"unit": "10", "name": "x"}, DryRun: true}); err != nil {
			e.Error(err)
		}
		if n := e.number(`SELECT count(*) FROM outbox`); n != 0 {
			e.Errorf("%d events", n)
		}
	})
}

// A failing consumer leaves no trace of its own; the event comes back after 1, 2,
// 4 … seconds, is given up after eight attempts, and a person may revive it.
func TestOutboxRetry(t *testing.T) {
	t.Parallel()
	onEach(t, func(e *env) {
		id := e.add(11, "x")
		e.shop.fail(fault.New(fault.Unavailable, "shop.tired"))
		for attempt := 1; attempt <= EventAttempts; attempt++ {
			if n := e.dispatch(); n != 1 {
				e.Fatalf("attempt %d: %d events", attempt, n)
			}
			if n := e.seen(id); n != 0 {
				e.Fatalf("attempt %d left a trace", attempt)
			}
			wait := time.Second << (attempt - 1)
			e.clock.Advance(wait - time.Microsecond)
			if n := e.dispatch(); n != 0 {
				e.Fatalf("attempt %d came %v after the one before", attempt+1, wait-time.Microsecond)
			}
			e.clock.Advance(time.Microsecond)
		}
		if n := e.dispatch(); n != 0 {
			e.Errorf("an event given up is tried again")
		}
		state := e.texts(`SELECT state || ' ' || attempts || ' ' || error FROM outbox`)
		if !reflect.DeepEqual(state, []string{"failed 8 shop.tired"}) {
			e.Fatalf("event %q", state)
		}
		var rows []OutboxEntry
		_, err := e.run.Rows(e.Context(), Request{Name: "outbox.event.list", Credential: as(clerk), Input: Input{"state": "failed"}}, nil, func(row any) error {
			rows = append(rows, row.(OutboxEntry))
			return nil
		})
		if err != nil || len(rows) != 1 || rows[0].Topic != "shop.added" || rows[0].Consumer != "seen" {
			e.Fatalf("%+v, %v", rows, err)
		}
		_, err = e.ask(sibling, "outbox.event.retry", Input{"id": rows[0].ID.String()})
		e.refused("another unit", err, fault.Forbidden, "scope.outside")
		_, err = e.ask(admin, "outbox.event.retry", Input{"id": "77"})
		e.refused("unknown", err, fault.NotFound, "outbox.unknown")
		e.must(clerk, "outbox.event.retry", Input{"id": rows[0].ID.String()})
		_, err = e.ask(clerk, "outbox.event.retry", Input{"id": rows[0].ID.String()})
		e.refused("twice", err, fault.Precondition, "outbox.not_failed")
		e.shop.fail(nil)
		if n := e.dispatch(); n != 1 || e.seen(id) != 1 {
			e.Errorf("revived: %d events, seen %d times", n, e.seen(id))
		}
	})
}

// One failing event delays no other.
func TestOutboxNeighbours(t *testing.T) {
	t.Parallel()
	onEach(t, func(e *env) {
		a := e.add(10, "a")
		e.exec(`UPDATE outbox SET consumer = 'nobody'`)
		b := e.add(10, "b")
		if n := e.dispatch(); n != 2 || e.seen(a) != 0 || e.seen(b) != 1 {
			e.Errorf("%d events, seen %d and %d", n, e.seen(a), e.seen(b))
		}
		if got := e.texts(`SELECT error FROM outbox WHERE state = 'pending'`); !reflect.DeepEqual(got, []string{"outbox.no_consumer"}) {
			e.Errorf("error %q", got)
		}
	})
}

// The commit of a delivery without an answer is no second effect.
func TestOutboxCommitWithoutAnswer(t *testing.T) {
	t.Parallel()
	onEach(t, func(e *env) {
		id := e.add(10, "a")
		var once sync.Once
		e.hooks.set(nil, func(c db.Call, err error) error {
			if c.Kind == db.CallCommit && err == nil {
				once.Do(func() { err = db.ErrNoAnswer })
			}
			return err
		})
		e.dispatch()
		e.hooks.set(nil, nil)
		if n := e.seen(id); n != 1 {
			e.Errorf("seen %d times", n)
		}
	})
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	for attempts, want := range map[int64]time.Duration{0: time.Second, 1: 2 * time.Second, 7: 128 * time.Second, 10: 1024 * time.Second, 63: 1024 * time.Second} {
		if got := eventBackoff(attempts); got != want {
			t.Errorf("after %d: %v, want %v", attempts, got, want)
		}
	}
}

// step carries out one step of the last job queued.
func (e *env) step(step Step, state []byte) (res StepResult, err error) {
	in := e.queue.kept[len(e.queue.kept)-1]
	in.State = state
	err = e.run.Within(e.Context(), func(ctx context.Context, x *Exec) (err error) {
		res, err = x.JobStep(ctx, step, in)
		return err
	})
	return res, err
}

func TestJobSteps(t *testing.T) {
	t.Parallel()
	onEach(t, func(e *env) {
		res := e.must(admin, "shop.bulk", Input{"count": "3", "part": "12,50"})
		if res.Outcome != Queued || string(res.JSON) != fmt.Sprintf(`{"job":"%s"}`, res.Out.(QueuedJob).Job) || string(e.queue.kept[0].Input) != `{"count":3,"part":"12.50"}` {
			e.Fatalf("%+v %s", res, e.queue.kept[0].Input)
		}
		plan, err := e.step(StepPlan, nil)
		if err != nil || plan.Total != 3 || string(plan.State) != `{"at":0}` {
			e.Fatalf("%+v, %v", plan, err)
		}
		state := plan.State
		for n := int64(1); n <= 3; n++ {
			part, err := e.step(StepChunk, state)
			if err != nil || part.Done != n || part.Last != (n == 3) {
				e.Fatalf("chunk %d: %+v, %v", n, part, err)
			}
			state = part.State
		}
		end, err := e.step(StepFinish, state)
		if err != nil || string(end.Summary) != `{"made":3}` {
			e.Fatalf("%s, %v", end.Summary, err)
		}
		if n := e.number(`SELECT count(*) FROM thing WHERE amount = 1250 AND unit_id = 10`); n != 3 {
			e.Errorf("%d things", n)
		}
		// One row for the request, one per chunk that changed something, one for the end.
		if n := e.number(`SELECT count(*) FROM audit WHERE operation = 'shop.bulk' AND actor_id = 1`); n != 5 {
			e.Errorf("%d audit rows", n)
		}
		if n := e.number(`SELECT count(*) FROM outbox WHERE topic = 'shop.added'`); n != 3 {
			e.Errorf("%d events", n)
		}
		if _, err := e.step(StepCancel, state); err != nil {
			e.Error(err)
		}
		if n := e.number(`SELECT count(*) FROM thing`); n != 0 {
			e.Errorf("%d things after the cancel", n)
		}
	})
}

func TestJobStepErrors(t *testing.T) {
	t.Parallel()
	onEach(t, func(e *env) {
		e.must(admin, "shop.bulk", Input{"count": "2"})
		before := e.dump()
		e.shop.inside = func(context.Context, *Exec) error { return fault.New(fault.Unavailable, "shop.tired") }
		_, err := e.step(StepChunk, []byte(`{"at":0}`))
		e.refused("chunk", err, fault.Unavailable, "shop.tired")
		_, err = e.step(StepChunk, []byte(`{"at":`))
		e.refused("damaged checkpoint", err, fault.Internal, "internal")
		e.queue.kept[0].Operation = "shop.thing.add"
		_, err = e.step(StepPlan, nil)
		e.refused("no job any more", err, fault.Precondition, "job.operation_gone")
		e.queue.kept[0].Operation = "shop.gone"
		_, err = e.step(StepPlan, nil)
		e.refused("gone", err, fault.Precondition, "job.operation_gone")
		e.queue.kept[0].Operation, e.queue.kept[0].Input = "shop.bulk", []byte(`{`)
		_, err = e.step(StepPlan, nil)
		e.refused("damaged input", err, fault.Internal, "internal")
		if after := e.dump(); after != before {
			e.Errorf("changed\n%s\nto\n%s", before, after)
		}
	})
}

// Input read back from the queue is the input that was decoded.
func TestJobInputComesBack(t *testing.T) {
	t.Parallel()
	d := defOf[every](t)
	in := &every{Text: "é", Amount: -5, Limit: new(money.Amount), Owners: []ID{1, 1<<53 - 1}, Sizes: []size{"small"}, Names: []string{"<a>&"}, Word: "secret"}
	stored, err := d.canonical(in)
	if err != nil {
		t.Fatal(err)
	}
	back := &every{}
	if err := json.Unmarshal(stored, back); err != nil {
		t.Fatal(err)
	}
	want := *in
	want.Word = ""
	if !reflect.DeepEqual(*back, want) {
		t.Errorf("got %+v, want %+v", *back, want)
	}
}
