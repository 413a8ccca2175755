package faults

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
	"wasl/internal/testkit/dbtest"
)

// slowly marks the context of a request whose writes wait until its time is over.
type slowly struct{}

// crowd is several requests made at the same moment.
type crowd struct {
	r    *rig
	held chan struct{}
	open chan struct{}
	once sync.Once
}

// before holds the SQLite writer at its first transaction until everybody waits
// behind it, and the slow request at its first change of a row.
func (c *crowd) before(ctx context.Context, call db.Call) error {
	if call.Kind == db.CallBegin && call.Write && c.r.Engine == dbtest.SQLite {
		c.once.Do(func() {
			close(c.held)
			<-c.open
		})
	}
	if ctx.Value(slowly{}) != nil && call.Kind == db.CallExec {
		<-ctx.Done()
		return ctx.Err()
	}
	return nil
}

type member struct {
	ctx    context.Context
	q      op.Request
	cancel context.CancelFunc
	res    op.Result
	err    error
}

// together runs the members at once: on SQLite all of them wait for one commit.
func (c *crowd) together(t *testing.T, members []*member) {
	t.Helper()
	c.r.eye.mu.Lock()
	c.r.eye.before = c.before
	c.r.eye.mu.Unlock()
	var all sync.WaitGroup
	for i, m := range members {
		all.Go(func() { m.res, m.err = c.r.app.Runner.Run(m.ctx, m.q) })
		if c.r.Engine != dbtest.SQLite {
			continue
		}
		if i == 0 {
			<-c.held
		}
		for c.r.app.DB.Stats().Waiting < int64(i) {
			runtime.Gosched()
		}
	}
	for _, m := range members {
		if m.cancel != nil {
			m.cancel()
		}
	}
	close(c.open)
	all.Wait()
	c.r.eye.mu.Lock()
	c.r.eye.before = nil
	c.r.eye.mu.Unlock()
}

// A dry run, a failing, a cancelled and a slow request among sixteen good ones,
// waiting for the same commit: the good ones succeed, the others leave nothing.
func TestNeighbours(t *testing.T) {
	t.Parallel()
	onRigs(t, func(t *testing.T, r *rig) {
		add := func(login string) *member {
			return &member{ctx: t.Context(), q: op.Request{
				Name: "access.user.add", Credential: apptest.Console(apptest.Actor), Key: "key-" + login, RequestID: "test",
				Input: about("login", login, "name", "Personne "+login, "unit", r.At[apptest.Own].Unit),
			}}
		}
		var good, members []*member
		for i := range 16 {
			good = append(good, add(fmt.Sprintf("bon%02d", i)))
		}
		dry, failing, cancelled, slow := add("essai"), add(apptest.Nobody), add("parti"), add("lent")
		dry.q.DryRun = true
		cancelled.ctx, cancelled.cancel = context.WithCancel(t.Context())
		slow.ctx = context.WithValue(t.Context(), slowly{}, true)
		members = append(members, good[:4]...)
		members = append(members, dry, failing)
		members = append(members, good[4:10]...)
		members = append(members, cancelled, slow)
		members = append(members, good[10:]...)
		(&crowd{r: r, held: make(chan struct{}), open: make(chan struct{})}).together(t, members)
		for _, m := range good {
			if m.err != nil || m.res.Outcome != op.Done {
				t.Errorf("%s: %s, %v", m.q.Key, m.res.Outcome, m.err)
			}
		}
		if dry.err != nil || dry.res.Outcome != op.DryRun {
			t.Errorf("dry run: %s, %v", dry.res.Outcome, dry.err)
		}
		if kind := fault.KindOf(failing.err); kind != fault.Conflict && kind != fault.Invalid {
			t.Errorf("failing: %v", failing.err)
		}
		if fault.CodeOf(slow.err) != "db.timeout" {
			t.Errorf("slow: %v", slow.err)
		}
		if cancelled.err != nil && fault.CodeOf(cancelled.err) != "db.cancelled" {
			t.Errorf("cancelled: %v", cancelled.err)
		}
		want := []string{}
		for _, m := range good {
			want = append(want, m.q.Input["login"].(string))
		}
		if cancelled.err == nil {
			want = append(want, "parti")
		}
		if got := logins(r); !slices.Equal(got, want) {
			t.Errorf("users %v, want %v", got, want)
		}
		if n := r.CountKeys(r.Users[apptest.Actor], "key-"); n != int64(len(want)) {
			t.Errorf("%d keys, want %d", n, len(want))
		}
		verifies(t, r.App, []string{"key-bon00", "key-bon15"})
	})
}

// logins are those of the users made by the members.
func logins(r *rig) []string {
	r.Helper()
	out := []string{}
	err := r.App.DB.Read(r.Context(), func(ctx context.Context, rd db.Reader) (err error) {
		out, err = db.All(ctx, rd, func(rows db.Rows) (s string, err error) {
			err = rows.Scan(&s)
			return s, err
		}, `SELECT login FROM app_user WHERE login LIKE 'bon%' OR login IN ('essai', 'parti', 'lent') ORDER BY login`)
		return err
	})
	if err != nil {
		r.Fatal(err)
	}
	return out
}

// One key sent by many at once is one change, and everybody is given its answer.
func TestOneKeyManyTimesAtOnce(t *testing.T) {
	t.Parallel()
	onRigs(t, func(t *testing.T, r *rig) {
		answers := make([]op.Result, 12)
		errs := make([]error, len(answers))
		var all sync.WaitGroup
		for i := range answers {
			all.Go(func() {
				answers[i], errs[i] = r.app.Runner.Run(t.Context(), op.Request{
					Name: "org.unit.add", Credential: apptest.Console(apptest.Actor), Key: "same",
					Input: about("code", "N-1", "kind", "centre", "name", "Lieu nouveau", "parent", r.At[apptest.Own].Unit, "opened_on", "2026-01-01"),
				})
			})
		}
		all.Wait()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
		done := 0
		for _, a := range answers {
			if a.Outcome == op.Done {
				done++
			}
			if string(a.JSON) != string(answers[0].JSON) || !strings.Contains(string(a.JSON), `"id"`) {
				t.Errorf("answers %s and %s", a.JSON, answers[0].JSON)
			}
		}
		if done != 1 {
			t.Errorf("%d did it", done)
		}
		verifies(t, r.App, []string{"same"})
	})
}

// failures is how many failed logins are counted in all.
func (r *rig) failures() (n int64) {
	r.Helper()
	err := r.App.DB.Read(r.Context(), func(ctx context.Context, rd db.Reader) (err error) {
		n, err = db.Value[int64](ctx, rd, `SELECT CAST(coalesce(sum(failed), 0) AS {int}) FROM login_failure`)
		return err
	})
	if err != nil {
		r.Fatal(err)
	}
	return n
}

// A refusal that leaves a trace leaves all of it or none, wherever a call fails.
func TestEveryCallOfARefusalFails(t *testing.T) {
	t.Parallel()
	onRigs(t, func(t *testing.T, r *rig) {
		names := r.tables()
		before := r.digest(names)
		ask := func() error {
			_, err := r.app.Runner.Run(t.Context(), op.Request{
				Name: "access.login", Credential: op.Credential{Channel: op.Web, Address: apptest.Address}, Input: about("login", apptest.Actor, "password", "faux mot de passe"),
			})
			return err
		}
		for n := 1; n <= callsMax; n++ {
			content, counted := r.Dump(), r.failures()
			r.eye.arm(n, "", false, context.DeadlineExceeded)
			err := ask()
			call := r.eye.disarm()
			switch fault.KindOf(err) {
			case fault.Unauthenticated: // refused as it should, perhaps by a retry
				// A failure is counted by login, by address and by both.
				failed, audited := r.failures()-counted, len(r.Dump()["audit"])-len(content["audit"])
				if failed != 3 || audited != 1 {
					t.Errorf("after %q: %d failures counted, %d audit rows", call, failed, audited)
				}
				if call == "" {
					return
				}
				before = r.digest(names)
			case fault.Unavailable, fault.Internal:
				if now := r.digest(names); now != before {
					t.Fatalf("%s failed with %v, and left\n%s", call, err, delta(r.World, content, r.Dump()))
				}
			default:
				t.Fatalf("%s: %v", call, err)
			}
		}
		t.Error("it never ended")
	})
}

// The digest that everything here compares sees a change of any process, and nothing else.
func TestTheDigestSeesAChange(t *testing.T) {
	t.Parallel()
	onRigs(t, func(t *testing.T, r *rig) {
		names := r.tables()
		for i, run := range []*op.Runner{r.World.App.Runner, r.app.Runner} {
			before := r.digest(names)
			if r.digest(names) != before {
				t.Error("two digests of one content differ")
			}
			_, err := run.Run(t.Context(), op.Request{Name: "access.user.add", Credential: apptest.Console(apptest.Actor), Input: about(
				"login", fmt.Sprint("lu", i), "name", "Personne", "unit", r.At[apptest.Own].Unit)})
			if err != nil {
				t.Fatal(err)
			}
			if r.digest(names) == before {
				t.Errorf("process %d: the change is not seen", i)
			}
		}
	})
}
