package intake_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"pgregory.net/rapid"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/intake"
	"wasl/internal/platform/job"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/dbtest"
)

// big is a file of several chunks.
const bigRows = 2*intake.ChunkRows + 500

// A batch is invisible until its end, whoever looks and however often it stops.
func TestNothingHalfVisible(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, e *env) {
		takes := 0
		e.hold = func(ctx context.Context, rows []*intake.Row) error {
			takes++
			if got := e.visible(t); len(got) != 0 {
				t.Errorf("before chunk %d, %d rows are visible", takes, len(got))
			}
			if takes == 2 {
				return fault.New(fault.Internal, "internal")
			}
			return nil
		}
		id := e.enqueue(t, input(some(bigRows)))
		if err := e.queue.RunJob(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		if j := e.job(t, id); j.State != job.Failed || j.Done != intake.ChunkRows {
			t.Fatalf("job %s after %d rows", j.State, j.Done)
		}
		if n := e.stored(t); n != intake.ChunkRows || len(e.visible(t)) != 0 {
			t.Fatalf("%d rows stored, %d visible", n, len(e.visible(t)))
		}
		// Meanwhile another import of the kind has to wait: it would not see these rows.
		other := e.enqueue(t, input(some(3)))
		if err := e.queue.RunJob(t.Context(), other); err != nil {
			t.Fatal(err)
		}
		if j := e.job(t, other); j.ErrorCode != "import.running" {
			t.Fatalf("the other import: %s %s", j.State, j.ErrorCode)
		}
		if _, err := e.ask(t.Context(), "job.retry", op.Input{"id": id.String()}); err != nil {
			t.Fatal(err)
		}
		if err := e.queue.RunJob(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		if r := e.report(t, id); r.Created != bigRows || r.State != intake.Applied {
			t.Fatalf("after the retry: %+v", r)
		}
		if n := len(e.visible(t)); n != bigRows {
			t.Fatalf("%d rows visible; want %d", n, bigRows)
		}
		e.sound(t)
	})
}

// A cancelled import leaves nothing, in parts.
func TestCancel(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, e *env) {
		id := e.enqueue(t, input(some(bigRows)))
		takes := 0
		e.hold = func(ctx context.Context, _ []*intake.Row) error {
			if takes++; takes == 3 {
				return fault.New(fault.Internal, "internal")
			}
			return nil
		}
		if err := e.queue.RunJob(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		if _, err := e.ask(t.Context(), "job.cancel", op.Input{"id": id.String()}); err != nil {
			t.Fatal(err)
		}
		if err := e.queue.RunJob(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		if j := e.job(t, id); j.State != job.Cancelled {
			t.Fatalf("job %s %s", j.State, j.ErrorCode)
		}
		if n := e.stored(t); n != 0 {
			t.Fatalf("%d rows left", n)
		}
		if states := e.texts(t, `SELECT state FROM import_batch`); !slices.Equal(states, []string{"cancelled"}) {
			t.Fatalf("states %q", states)
		}
		e.hold = nil
		if r := e.do(t, input(some(bigRows))); r.Created != bigRows {
			t.Fatalf("again: %+v", r)
		}
		e.sound(t)
	})
}

// childEnv tells a copy of this test program to work and die.
const childEnv = "WASL_INTAKE_CHILD"

// TestKilled kills a process with SIGKILL in the middle of each chunk and at the end;
// another process takes the job up and comes to what an uninterrupted run gives.
func TestKilled(t *testing.T) {
	t.Parallel()
	if where := os.Getenv(childEnv); where != "" {
		child(t, where)
		return
	}
	set := testSet(t)
	for _, engine := range []string{dbtest.SQLite, dbtest.Postgres} {
		for at := 1; at <= 3; at++ {
			t.Run(fmt.Sprintf("%s/%d", engine, at), func(t *testing.T) {
				t.Parallel()
				dsn, folder := dbtest.DSN(t, engine, set), filepath.Join(t.TempDir(), "files")
				killed(t, dsn, folder, at)
			})
		}
	}
}

func killed(t *testing.T, dsn, folder string, at int) {
	first := newEnv(t, dbtest.Connect(t, dsn, db.Options{}), folder)
	id := first.enqueue(t, input(some(bigRows)))
	if err := first.d.Close(); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestKilled$", "-test.parallel", "4")
	cmd.Env = append(os.Environ(), childEnv+"="+strings.Join([]string{dsn, folder, id.String(), itoa(at)}, "\n"))
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("the child ended with %v: %s", err, out)
	}
	// The lease of the dead process has ended an hour later.
	later := func() time.Time { return time.Now().Add(time.Hour) }
	second := newEnv(t, dbtest.Connect(t, dsn, db.Options{Now: later}), folder)
	if n := len(second.visible(t)); n != 0 {
		t.Fatalf("%d rows are visible after the kill", n)
	}
	if n := second.stored(t); n != (at-1)*intake.ChunkRows {
		t.Fatalf("%d rows after a kill in chunk %d", n, at)
	}
	if err := second.queue.RunJob(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if r := second.report(t, id); r.Created != bigRows {
		t.Fatalf("%+v", r)
	}
	if got, want := second.visible(t), bigRows; len(got) != want || got[bigRows-1] != lastRow() {
		t.Fatalf("%d rows, the last %q", len(got), got[len(got)-1])
	}
	second.sound(t)
}

// lastRow is the last row of some(bigRows) as visible shows it, worked out by hand.
func lastRow() string {
	n := bigRows - 1 // 40499: the day is 1 + 40499 mod 28 = 12
	return fmt.Sprintf("K%06d 2026-01-12 %d Compteur %d", n, n*1000+n%1000, n)
}

// child carries the job out and kills itself inside a chunk.
func child(t *testing.T, where string) {
	parts := strings.Split(where, "\n")
	e := newEnv(t, dbtest.Connect(t, parts[0], db.Options{}), parts[1])
	takes := 0
	e.hold = func(ctx context.Context, _ []*intake.Row) error {
		if takes++; itoa(takes) == parts[3] {
			return syscall.Kill(os.Getpid(), syscall.SIGKILL)
		}
		return nil
	}
	var n int64
	if _, err := fmt.Sscan(parts[2], &n); err != nil {
		t.Fatal(err)
	}
	_ = e.queue.RunJob(t.Context(), op.ID(n))
	t.Fatal("still alive")
}

// trouble fails the n-th call inside writes, before or after it was made.
type trouble struct {
	mu    sync.Mutex
	left  int
	after bool
	hit   bool
}

func (x *trouble) arm(n int, after bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.left, x.after, x.hit = n, after, false
}

func (x *trouble) now(after bool) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.left <= 0 || x.after != after {
		return false
	}
	if x.left--; x.left == 0 {
		x.hit = true
		return true
	}
	return false
}

func (x *trouble) Before(_ context.Context, c db.Call) error {
	if c.Write && x.now(false) {
		return errors.New("the storage burns")
	}
	return nil
}

func (x *trouble) After(_ context.Context, c db.Call, err error) error {
	if c.Kind == db.CallCommit && err == nil && x.now(true) {
		return errors.New("no answer")
	}
	return err
}

// Whatever call of whatever step fails, or whatever commit is not answered, the job
// goes on by itself or when it is asked to, and comes to the same.
func TestEveryCallFails(t *testing.T) {
	t.Parallel()
	set := testSet(t)
	for _, engine := range []string{dbtest.SQLite, dbtest.Postgres} {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/%v", engine, after), func(t *testing.T) {
				t.Parallel()
				x := &trouble{}
				e := newEnv(t, dbtest.Open(t, engine, set, db.Options{Intercept: x}), filepath.Join(t.TempDir(), "files"))
				for n := 1; ; n++ {
					if n > 200 {
						t.Fatal("no end")
					}
					content := fmt.Sprintf("code;date;quantity\nA%d;31/01/2026;1\nA%d;32/01/2026;1\nB%d;31/01/2026;2\n", n, n, n)
					id := e.enqueue(t, input(content, "mode", "valid"))
					x.arm(n, after)
					runErr := e.queue.RunJob(t.Context(), id)
					hit := x.hit
					x.arm(0, false)
					if runErr != nil { // even the word that it failed was lost: its lease ends
						e.release(t, id)
					}
					e.again(t, id)
					if r := e.report(t, id); r.Created != 2 || r.Rejected != 1 || r.State != intake.Applied {
						t.Fatalf("call %d: %+v", n, r)
					}
					if got := e.visible(t); len(got) != 2*n {
						t.Fatalf("call %d: %d rows; want %d", n, len(got), 2*n)
					}
					if !hit {
						break
					}
				}
				e.sound(t)
			})
		}
	}
}

// release makes a job due, as time would.
func (e *env) release(t testing.TB, id op.ID) {
	t.Helper()
	err := e.d.Write(t.Context(), db.WriteOptions{}, func(ctx context.Context, tx db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE job SET lease_until = NULL, run_at = $1 WHERE id = $2`, tx.Now(), id)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// again carries a job to its end after a failure.
func (e *env) again(t testing.TB, id op.ID) {
	t.Helper()
	for range 5 {
		j := e.job(t, id)
		switch {
		case j.State == job.Done:
			return
		case j.State == job.Failed:
			if _, err := e.ask(t.Context(), "job.retry", op.Input{"id": id.String()}); err != nil {
				t.Fatal(err)
			}
		default:
			e.release(t, id)
		}
		if err := e.queue.RunJob(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	t.Fatalf("job %s: %+v", id, e.job(t, id))
}

// The disk of the database and of the files is full in the middle: nothing is
// visible, and with room again the job goes on.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("needs root to mount a small disk")
	}
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=5m"); err != nil {
		t.Skipf("no small disk: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(disk, syscall.MNT_DETACH) })
	d, err := db.Open(t.Context(), "sqlite:"+filepath.Join(disk, "wasl.db"), db.Options{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close() //nolint:errcheck // the disk goes away with it
	if _, err := d.Migrate(t.Context(), testSet(t)); err != nil {
		t.Fatal(err)
	}
	e := newEnv(t, d, filepath.Join(disk, "files"))
	content := some(bigRows)
	_, err = e.ask(t.Context(), "test.stock.import", input(content+strings.Repeat(" ", 9<<20)+"\n"))
	if fault.KindOf(err) != fault.Unavailable {
		t.Fatalf("a file that does not fit: %v; want unavailable", err)
	}
	id := e.enqueue(t, input(content))
	if err := e.queue.RunJob(t.Context(), id); err != nil && fault.KindOf(err) != fault.Unavailable {
		t.Fatalf("a full disk: %v", err)
	}
	if j := e.job(t, id); j.State == job.Done {
		t.Fatal("the file fits; the test needs a smaller disk")
	}
	if n := len(e.visible(t)); n != 0 {
		t.Fatalf("%d rows are visible on a full disk", n)
	}
	if err := syscall.Mount("tmpfs", disk, "tmpfs", syscall.MS_REMOUNT, "size=200m"); err != nil {
		t.Fatal(err)
	}
	e.again(t, id)
	if n := len(e.visible(t)); n != bigRows {
		t.Fatalf("%d rows; want %d", n, bigRows)
	}
	e.sound(t)
}

// However a set of rows is delivered (in pieces that overlap, reordered, under other
// names, twice), the rows are the set, and a last delivery of all of it changes
// nothing.
func TestDeliveries(t *testing.T) {
	t.Parallel()
	set := testSet(t)
	rapid.Check(t, func(rt *rapid.T) {
		e := newEnv(t, dbtest.Open(t, dbtest.SQLite, set, db.Options{}), filepath.Join(t.TempDir(), "files"))
		total := rapid.IntRange(1, 30).Draw(rt, "rows")
		seed := rapid.Uint64().Draw(rt, "seed")
		random := rand.New(rand.NewPCG(seed, 1))
		line := func(i int) string { return fmt.Sprintf("K%03d;%02d/02/2026;%d;n%d", i%7, 1+i/7, i, i) }
		deliver := func(rows []int) intake.Report {
			var b bytes.Buffer
			b.WriteString("code;date;quantity;name\n")
			for _, i := range rows {
				b.WriteString(line(i) + "\n")
			}
			in := input(b.String())
			in["file"] = op.NewUpload(fmt.Sprintf("f%d.csv", random.Int()), b.Bytes())
			return e.do(t, in)
		}
		seen := map[int]bool{}
		for range rapid.IntRange(1, 5).Draw(rt, "files") {
			var rows []int
			fresh, inFile := int64(0), map[int]bool{}
			for range 1 + random.IntN(2*total) {
				i := random.IntN(total)
				if !seen[i] && !inFile[i] {
					fresh++
				}
				inFile[i] = true
				rows = append(rows, i)
			}
			r := deliver(rows)
			if r.Same == 0 && r.Created != fresh || r.Rejected != 0 || r.Rows != int64(len(rows)) {
				rt.Fatalf("%d rows with %d new: %+v", len(rows), fresh, r)
			}
			for i := range inFile {
				seen[i] = true
			}
		}
		all := random.Perm(total)
		deliver(all)
		last := deliver(random.Perm(total))
		if last.State != intake.NothingNew || len(e.visible(t)) != total {
			rt.Fatalf("%+v, %d rows of %d", last, len(e.visible(t)), total)
		}
		e.sound(t)
	})
}
