package billing_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"wasl/internal/app"
	"wasl/internal/module/billing"
	"wasl/internal/platform/auth"
	"wasl/internal/platform/config"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
	"wasl/internal/testkit/dbtest"
)

// childEnv tells a copy of this test program to carry out a job and to die at some call.
const childEnv = "WASL_BILLING_CHILD"

// victim is what a child is told.
type victim struct {
	DSN    string    `json:"dsn"`
	Folder string    `json:"folder"`
	Now    time.Time `json:"now"`
	Job    op.ID     `json:"job"`
	// Commits lets the child die at a commit, Calls at any call; 0 lets it live. After is
	// right after the engine did it, and not before.
	Commits int64 `json:"commits"`
	Calls   int64 `json:"calls"`
	After   bool  `json:"after"`
	// Pair lets it die when two parts have written everything and one of them is committed.
	Pair bool `json:"pair"`
}

// axe kills the process at a call inside a write.
type axe struct {
	victim
	calls, commits atomic.Int64
	// ends are the parts that came to their last statement; both is closed by the second.
	ends atomic.Int64
	both chan struct{}
}

// pairPatience is how long a part waits for another one: the last one has none.
const pairPatience = 3 * time.Second

// pair holds the first part that comes to its last statement for good, once there is a
// second one, and lets that commit.
func (a *axe) pair(c db.Call) {
	if !strings.Contains(c.SQL, "SET done = done + ") {
		return
	}
	if a.ends.Add(1) > 1 {
		close(a.both)
		return
	}
	select {
	case <-a.both:
		select {} // the other one kills the process
	case <-time.After(pairPatience):
	}
}

func (a *axe) strike(c db.Call) bool {
	if !c.Write {
		return false
	}
	calls, commits := a.calls.Add(1), int64(0)
	if c.Kind == db.CallCommit {
		commits = a.commits.Add(1)
	}
	return a.Calls > 0 && calls == a.Calls || a.Commits > 0 && commits == a.Commits
}

// Before implements db.Interceptor.
func (a *axe) Before(_ context.Context, c db.Call) error {
	if a.Pair {
		a.pair(c)
	}
	if !a.victim.After && a.strike(c) {
		return syscall.Kill(os.Getpid(), syscall.SIGKILL)
	}
	return nil
}

func (a *axe) after(c db.Call) error {
	if a.Pair && c.Write && c.Kind == db.CallCommit && a.ends.Load() > 1 {
		return syscall.Kill(os.Getpid(), syscall.SIGKILL)
	}
	if a.victim.After && a.strike(c) {
		return syscall.Kill(os.Getpid(), syscall.SIGKILL)
	}
	return nil
}

// interceptor gives the axe the method whose name its field has.
type interceptor struct{ *axe }

// After implements db.Interceptor.
func (i interceptor) After(_ context.Context, c db.Call, err error) error {
	return errors.Join(err, i.after(c))
}

// child carries out a job. The exit code is that of a process that lived to its end.
func child(told string) int {
	a := &axe{both: make(chan struct{})}
	if err := json.Unmarshal([]byte(told), &a.victim); err != nil {
		return childBroken
	}
	cfg, err := config.Load(map[string]string{"db": a.DSN, "data-dir": a.Folder, "pool-connections": "6"}, nil)
	if err != nil {
		return childBroken
	}
	ctx := context.Background()
	w, err := app.Open(ctx, cfg, app.Options{Now: dbtest.NewClock(a.Now).Now, Password: auth.TestParams(), Version: "test", Intercept: interceptor{a}})
	if err != nil {
		return childBroken
	}
	if err := w.Queue.RunJob(ctx, a.Job); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return childBroken
	}
	return 0
}

const childBroken = 3

// killed starts a child and says whether it was killed; otherwise it lived to its end.
func killed(t *testing.T, w *apptest.World, v victim) bool {
	t.Helper()
	w.Clock.Advance(2 * time.Hour) // the lease of the one before has ended
	v.DSN, v.Folder, v.Now = w.App.Config.DB, w.App.Config.DataDir, w.Clock.Now()
	told, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+string(told))
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signal() == syscall.SIGKILL {
			return true
		}
	}
	if err != nil {
		t.Fatalf("the child ended with %v: %s", err, out)
	}
	return false
}

// queued asks for a job and leaves it to others.
func queued(w *apptest.World, name string, run op.ID) op.ID {
	w.Helper()
	job, ok := w.Must(apptest.Console(apptest.Admin), name, op.Input{"id": run.String()}).Out.(op.QueuedJob)
	if !ok {
		w.Fatal("no job")
	}
	return job.Job
}

// billsHash is the hash of everything that is printed on the bills of a run, in order.
func billsHash(w *apptest.World, run op.ID) (hash string, count int) {
	w.Helper()
	h := sha256.New()
	err := w.App.DB.Read(w.Context(), func(ctx context.Context, r db.Reader) error {
		return db.Each(ctx, r, func(rows db.Rows) error {
			var number, contract, document, taxes, split string
			var total, ordinal int64
			err := rows.Scan(&ordinal, &number, &contract, &total, &taxes, &document, &split)
			fmt.Fprintln(h, ordinal, number, contract, total, taxes, document, split)
			count++
			return err
		}, `SELECT b.ordinal, b.number, b.contract_code, b.total, b.taxes, b.document, COALESCE(i.split, '') FROM bill b LEFT JOIN open_item i
			ON i.receivable_account_id = b.receivable_account_id AND i.id = b.id WHERE b.run_id = $1 ORDER BY b.ordinal`, run)
	})
	if err != nil {
		w.Fatal(err)
	}
	return hex.EncodeToString(h.Sum(nil)), count
}

// prepareOnly makes a run of the town.
func prepareOnly(w *apptest.World, size string) op.ID {
	w.Helper()
	w.Watered()
	saved, ok := w.Must(apptest.Console(apptest.Admin), "billing.run.prepare", op.Input{
		"unit": w.Units["C21"].String(), "from_month": apptest.BillMonth, "chunk_size": size, "allow_missing": true,
	}).Out.(billing.RunSaved)
	if !ok {
		w.Fatal("no run")
	}
	return saved.ID
}

func accept(w *apptest.World, run op.ID) {
	w.Helper()
	w.Approved(w.Must(apptest.Console(apptest.Admin), "billing.run.approve", op.Input{"id": run.String(), "sha256": w.RunCard(run).SHA256}))
}

const (
	// killBills in parts of killChunk are more steps than there are kills.
	killBills = 130
	killChunk = "1"
	// killsDrafts and killsIssue are random kills: four in five while issuing. callsMax is
	// about what two steps of a job take: some children die in the step they began with.
	killsDrafts, killsIssue = 10, 42
	callsMax                = 60
)

// plain is the run nobody interrupts.
func plain(t *testing.T, engine string) (sha, bills string) {
	w := kit.Open(t, engine, apptest.Options{})
	town(w, killBills)
	run := prepareOnly(w, "10000")
	w.Worked("billing.run.compute", op.Input{"id": run.String()})
	accept(w, run)
	w.Worked("billing.run.issue", op.Input{"id": run.String()})
	bills, n := billsHash(w, run)
	if n != killBills {
		t.Fatalf("%d bills", n)
	}
	return w.RunCard(run).SHA256, bills
}

// TestKilledRuns kills the process of a run with SIGKILL: at each commit of a small run,
// before it and after it, and then at any call of a long one, most often while it issues.
// What comes of it is byte for byte the run that nobody interrupted, in parts of another
// size. While the issue is dead, what it was priced from is changed: it is frozen.
func TestKilledRuns(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{dbtest.SQLite, dbtest.Postgres} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			sha, bills := plain(t, engine)
			for name, how := range map[string]func(*testing.T, *apptest.World){"checkpoints": atCheckpoints, "random": atRandom} {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					w := kit.Open(t, engine, apptest.Options{})
					town(w, killBills)
					how(t, w)
					run := onlyRun(t, w)
					card := w.RunCard(run.ID)
					if card.State != billing.Issued || card.SHA256 != sha || card.Issued != card.Chunks {
						t.Fatalf("the run is %s, %d of %d parts are out, hash %s, want %s", card.State, card.Issued, card.Chunks, card.SHA256, sha)
					}
					if got, n := billsHash(w, run.ID); got != bills || n != killBills {
						t.Errorf("%d bills hash to %s, want %d to %s", n, got, killBills, bills)
					}
					w.Sound()
				})
			}
		})
	}
}

// TestKilledWithTwoPartsInFlight kills the process of an issue, again and again, when two parts
// have written all their bills beside each other and one of them is committed, most often the
// later one: what comes of it is the run that nobody interrupted. SQLite has one writer; a
// part that is made meanwhile is killed by TestKilledRuns.
func TestKilledWithTwoPartsInFlight(t *testing.T) {
	t.Parallel()
	const engine = dbtest.Postgres
	sha, bills := plain(t, engine)
	w := kit.Open(t, engine, apptest.Options{})
	town(w, killBills)
	run := prepareOnly(w, "20") // 7 parts
	w.Worked("billing.run.compute", op.Input{"id": run.String()})
	accept(w, run)
	job, kills, holes := queued(w, "billing.run.issue", run), int64(0), 0
	for killed(t, w, victim{Job: job, Pair: true}) {
		kills++
		card := w.RunCard(run)
		if card.State != billing.Issuing || card.Issued != kills {
			t.Fatalf("after %d kills the run is %s with %d parts out", kills, card.State, card.Issued)
		}
		holes += int(countOf(t, w, `SELECT count(*) FROM billing_chunk c WHERE run_id = $1 AND issued AND chunk_no =
			(SELECT min(chunk_no) + 1 FROM billing_chunk o WHERE o.run_id = c.run_id AND NOT o.issued)`, run))
		disturb(t, w)
	}
	card := w.RunCard(run)
	if card.State != billing.Issued || card.SHA256 != sha || kills != card.Chunks-1 || holes == 0 {
		t.Fatalf("after %d kills with %d holes the run is %s, %d of %d parts are out, hash %s, want %s",
			kills, holes, card.State, card.Issued, card.Chunks, card.SHA256, sha)
	}
	if got, n := billsHash(w, run); got != bills || n != killBills {
		t.Errorf("%d bills hash to %s, want %d to %s", n, got, killBills, bills)
	}
	w.Sound()
}

// countOf is one number.
func countOf(t *testing.T, w *apptest.World, sql string, args ...any) (n int64) {
	t.Helper()
	err := w.App.DB.Read(t.Context(), func(ctx context.Context, r db.Reader) (err error) {
		n, err = db.Value[int64](ctx, r, sql, args...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// onlyRun is the one run of a world.
func onlyRun(t *testing.T, w *apptest.World) (run billing.Run) {
	t.Helper()
	for _, row := range apptest.Rows[billing.RunRow](w, "billing.run.list", nil) {
		run = row.Run
	}
	if run.ID == 0 {
		t.Fatal("no run")
	}
	return run
}

// atCheckpoints dies around each commit of the drafts and of the issue. A child that dies
// before its second commit, or after its first, has gone one step forward.
func atCheckpoints(t *testing.T, w *apptest.World) {
	run := prepareOnly(w, "40")
	for i, name := range []string{"billing.run.compute", "billing.run.issue"} {
		if i == 1 {
			accept(w, run)
		}
		job, kills := queued(w, name, run), 0
		for n := 0; ; n++ {
			v := victim{Job: job, Commits: 2, After: n%2 == 1} // the first commit is the claim
			if !v.After {
				v.Commits++
			}
			if !killed(t, w, v) {
				break
			}
			kills++
			if i == 1 && w.RunCard(run).State == billing.Issuing {
				disturb(t, w)
			}
		}
		if parts := int(w.RunCard(run).Chunks); kills < parts {
			t.Errorf("%s: %d kills for %d parts", name, kills, parts)
		}
	}
}

// atRandom dies at any call.
func atRandom(t *testing.T, w *apptest.World) {
	drafts, issue := killsDrafts, killsIssue
	if testing.Short() {
		drafts, issue = 2, 8
	}
	random := rand.New(rand.NewPCG(20260304, uint64(len(w.Engine)))) //nolint:gosec // a drawing that repeats
	run := prepareOnly(w, killChunk)
	for i, name := range []string{"billing.run.compute", "billing.run.issue"} {
		wanted := drafts
		if i == 1 {
			accept(w, run)
			wanted = issue
		}
		job, kills := queued(w, name, run), 0
		if i == 1 { // the claim, the plan, and the numbers: from then on it is being issued
			if !killed(t, w, victim{Job: job, Commits: 3, After: true}) || w.RunCard(run).State != billing.Issuing {
				t.Fatal("the numbers were not taken")
			}
		}
		for kills < wanted {
			if !killed(t, w, victim{Job: job, Calls: 1 + random.Int64N(callsMax), After: random.IntN(2) == 0}) {
				if jobError(w, job) != "job.attempts" {
					t.Fatalf("%s ended after %d kills", name, kills)
				}
				// Killed too often in one step, it waits for a person to take it up again.
				w.Must(apptest.Console(apptest.Admin), "job.retry", op.Input{"id": job.String()})
				continue
			}
			kills++
			if i == 1 {
				disturb(t, w)
			}
		}
		if killed(t, w, victim{Job: job}) {
			t.Fatal("a child that nobody kills was killed")
		}
		if code := jobError(w, job); code != "" {
			t.Fatalf("%s: %s", name, code)
		}
	}
}

// disturb changes what the consumptions were and what was agreed for them.
func disturb(t *testing.T, w *apptest.World) {
	t.Helper()
	err := w.App.DB.Write(t.Context(), db.WriteOptions{}, func(ctx context.Context, tx db.Tx) error {
		for _, sql := range []string{`UPDATE consumption SET quantity = quantity + 1000 WHERE unit_id = $1`, `UPDATE contract_terms SET households = households + 1
			WHERE receivable_account_id IN (SELECT receivable_account_id FROM contract WHERE unit_id = $1)`} {
			if _, err := tx.Exec(ctx, sql, int64(w.Units["C21"])); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestOneMoreBeforeTheIssue: a consumption that was put aside while the drafts were made, and is
// back since, makes a full part fuller; the run takes no number.
func TestOneMoreBeforeTheIssue(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *apptest.World) {
		town(w, 20)
		w.Watered()
		set := func(state string) {
			err := w.App.DB.Write(t.Context(), db.WriteOptions{}, func(ctx context.Context, tx db.Tx) error {
				n, err := tx.Exec(ctx, `UPDATE consumption SET state = $1 WHERE unit_id = $2 AND quantity = 2000`, state, int64(w.Units["C21"]))
				if err == nil && n != 1 {
					t.Errorf("%d consumptions of 2 m³", n)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		set("cancelled")
		run := prepareOnly(w, "7")
		w.Worked("billing.run.compute", op.Input{"id": run.String()})
		if card := w.RunCard(run); card.Bills != 19 {
			t.Fatalf("%d bills", card.Bills)
		}
		accept(w, run)
		set("normal")
		job := queued(w, "billing.run.issue", run)
		if err := w.App.Queue.RunJob(t.Context(), job); err != nil {
			t.Fatal(err)
		}
		if got := jobError(w, job); got != "billing.inputs_changed" || w.RunCard(run).State != billing.Approved {
			t.Errorf("refused with %q, the run is %s", got, w.RunCard(run).State)
		}
	})
}

// TestWhatChangesBeforeTheIssue: a run whose consumptions changed after its approval takes
// no number, and can be computed again.
func TestWhatChangesBeforeTheIssue(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *apptest.World) {
		town(w, 20)
		run := prepareOnly(w, "7")
		w.Worked("billing.run.compute", op.Input{"id": run.String()})
		before := w.RunCard(run).SHA256
		accept(w, run)
		disturb(t, w)
		job := queued(w, "billing.run.issue", run)
		if err := w.App.Queue.RunJob(t.Context(), job); err != nil {
			t.Fatal(err)
		}
		if card := w.RunCard(run); card.State != billing.Approved || card.Issued != 0 {
			t.Errorf("the run is %s", card.State)
		}
		if got := jobError(w, job); got != "billing.inputs_changed" {
			t.Errorf("refused with %q", got)
		}
		w.Worked("billing.run.compute", op.Input{"id": run.String()})
		if after := w.RunCard(run).SHA256; after == before {
			t.Error("other consumptions, the same hash")
		}
		accept(w, run)
		w.Worked("billing.run.issue", op.Input{"id": run.String()})
		w.Sound()
	})
}
