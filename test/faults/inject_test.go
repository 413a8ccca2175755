package faults

import (
	"context"
	"errors"
	"slices"
	"testing"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/dbtest"
)

// callsMax bounds the calls of one operation: beyond it something loops.
const callsMax = 400

// engines are those whose transactions differ.
func engines() []string { return []string{dbtest.SQLite, dbtest.Postgres} }

// Every changing operation has a scenario, and no scenario is left over.
func TestEveryChangeHasAScenario(t *testing.T) {
	t.Parallel()
	known := scenarios()
	w := openRig(t, dbtest.SQLite, false)
	for _, d := range w.App.Registry.All() {
		if _, there := known[d.Name]; d.Kind.Changes() && !there {
			t.Errorf("%s has no scenario in test/faults", d.Name)
		}
		delete(known, d.Name)
	}
	for name := range known {
		t.Errorf("%s is no operation", name)
	}
}

// Whatever database call of an operation fails or times out, the answer is an
// error and nothing has changed, or it is the success of a retry and everything
// has changed once. After all these failures the same request under the same key
// succeeds. A commit without an answer is one change.
func TestEveryCallFails(t *testing.T) {
	t.Parallel()
	for name, s := range scenarios() {
		for _, engine := range engines() {
			t.Run(name+"/"+engine, func(t *testing.T) {
				t.Parallel()
				(&trial{T: t, name: name, engine: engine, s: s}).run()
			})
		}
	}
}

// trial is one operation on one engine.
type trial struct {
	*testing.T
	name, engine string
	s            scenario

	r      *rig
	a      attempt
	names  []string
	before map[string][]string
	digest string
	// want is what the operation does when nothing fails.
	want string
}

// fresh opens another copy and prepares the request on it.
func (c *trial) fresh() {
	c.Helper()
	c.r = openRig(c.T, c.engine, c.s.empty)
	c.a = c.s.make(c.r.World)
	c.names = c.r.tables()
	c.before = c.r.Dump()
	c.digest = c.r.digest(c.names)
}

func (c *trial) ask() (op.Result, error) {
	return c.r.app.Runner.Run(c.Context(), op.Request{Name: c.name, Credential: c.a.as, Input: c.a.in, Key: "fault", RequestID: "test"})
}

func (c *trial) delta() string { return delta(c.r.World, c.before, c.r.Dump()) }

func (c *trial) run() {
	c.fresh()
	var retried []string
	calls := 0
	for n := 1; ; n++ {
		if n > callsMax {
			c.Fatalf("more than %d calls", callsMax)
		}
		done, failed := false, ""
		for _, cause := range []error{errors.New("the storage burns"), context.DeadlineExceeded} {
			c.r.eye.arm(n, "", false, cause)
			_, err := c.ask()
			call := c.r.eye.disarm()
			switch {
			case call == "" && err != nil:
				c.Fatalf("after %d failed attempts: %v", n-1, err)
			case call == "":
				done = true
			case err == nil:
				retried = append(retried, call+": "+c.delta())
				c.fresh()
				failed = ""
			default:
				c.refused(call, err)
				failed = call
			}
			if done {
				break
			}
		}
		if done {
			break
		}
		if failed != "" {
			c.unchanged(failed)
		}
		calls = n
	}
	c.want = c.delta()
	if c.want == "" || calls < 4 {
		c.Fatalf("%d calls, changed %q", calls, c.want)
	}
	for _, got := range retried {
		if _, changed, _ := cutCall(got); changed != c.want {
			c.Errorf("retried after %s\nwant %s", got, c.want)
		}
	}
	c.replayed()
	verifies(c, c.r.App, nil)
	c.noAnswer()
	if c.engine == dbtest.SQLite {
		c.lost(calls)
	}
}

func cutCall(s string) (call, changed string, ok bool) {
	for i := range len(s) - 1 {
		if s[i:i+2] == ": " {
			return s[:i], s[i+2:], true
		}
	}
	return s, "", false
}

// refused checks that a refusal is one of the machine.
func (c *trial) refused(call string, err error) {
	c.Helper()
	if kind := fault.KindOf(err); kind != fault.Internal && kind != fault.Unavailable {
		c.Errorf("%s failed: told as %v", call, err)
	}
}

// unchanged checks that the failures of a call left nothing.
func (c *trial) unchanged(call string) {
	c.Helper()
	if c.r.digest(c.names) != c.digest {
		c.Fatalf("%s failed, and left\n%s", call, c.delta())
	}
}

// replayed asks again under the same key: nothing more changes.
func (c *trial) replayed() {
	c.Helper()
	if c.r.App.Registry.Find(c.name).Access == op.Anyone || slices.Contains([]string{"me.password", "access.logout"}, c.name) {
		return // a stranger has no key of his own; the session used is over
	}
	res, err := c.ask()
	if err != nil || res.Outcome != op.Replayed {
		c.Errorf("asked again: %v, %v", res.Outcome, err)
	}
	if now := c.delta(); now != c.want {
		c.Errorf("asked again, it left\n%s\nwant\n%s", now, c.want)
	}
}

// noAnswer: the commit is made and its answer lost.
func (c *trial) noAnswer() {
	c.Helper()
	c.fresh()
	c.r.eye.arm(1, db.CallCommit, true, db.ErrNoAnswer)
	res, err := c.ask()
	if c.r.eye.disarm() == "" {
		c.Fatal("no commit was seen")
	}
	// It is no replay to who asked once: what is told once is told.
	if err != nil || res.Outcome == op.Replayed || res.Out == nil && res.Proposal == 0 {
		c.Errorf("commit without an answer: %+v, %v", res, err)
	}
	if now := c.delta(); now != c.want {
		c.Errorf("a commit without an answer left\n%s\nwant\n%s", now, c.want)
	}
	c.replayed()
	verifies(c, c.r.App, nil)
}

// lost: the connection is cut, or the database is busy, in the middle.
func (c *trial) lost(calls int) {
	c.Helper()
	for _, f := range []struct {
		n     int
		only  db.CallKind
		cause error
	}{{1, db.CallCommit, db.ErrLost}, {1, db.CallBegin, db.ErrBusy}, {max(calls/6, 2), db.CallQuery, db.ErrSerialization}} {
		c.fresh()
		c.r.eye.arm(f.n, f.only, false, f.cause)
		_, err := c.ask()
		call := c.r.eye.disarm()
		if err != nil {
			c.Errorf("%v at %s: %v", f.cause, call, err)
		}
		if now := c.delta(); now != c.want {
			c.Errorf("%v at %s left\n%s\nwant\n%s", f.cause, call, now, c.want)
		}
	}
}
