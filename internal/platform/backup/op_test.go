package backup_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/backup"
	"wasl/internal/platform/db"
	"wasl/internal/platform/job"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/dbtest"
)

// chief is a Guard with one user who may make backups.
type chief struct{}

func (chief) Authenticate(_ context.Context, _ db.Reader, c op.Credential) (op.Actor, error) {
	return op.Actor{UserID: 1, Channel: c.Channel}, nil
}

func (chief) RightsOf(context.Context, db.Reader, int64) (*op.Rights, error) {
	return op.NewRights(map[string][]op.Root{backup.Op: {{Unit: 1}}}), nil
}

func (chief) SecondApprover(context.Context, db.Reader, string, int64) (bool, error) {
	return false, nil
}

type oneUnit struct{}

func (oneUnit) Within(context.Context, db.Reader, int64, int64, day.Date) (bool, error) {
	return true, nil
}
func (oneUnit) Top(context.Context, db.Reader) (int64, error) { return 1, nil }
func (oneUnit) Filter(*db.Where, string, op.Scope)            {}

// TestAsAJob asks for a backup as the command line and as the network do.
func TestAsAJob(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{dbtest.SQLite, dbtest.Postgres} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			clock := dbtest.NewClock(now())
			set := dbtest.Migrations(t, op.Migrations(), job.Migrations())
			d := dbtest.Open(t, engine, set, db.Options{Now: clock.Now})
			out := filepath.Join(t.TempDir(), "out")
			var refusal error
			config := func() (backup.Config, error) {
				return backup.Config{DB: d, Set: set, Out: out, Now: clock.Now}, refusal
			}
			r := op.NewRegistry()
			backup.Register(r)
			runner := &op.Runner{DB: d, Registry: r, Guard: chief{}, Places: oneUnit{}, Now: clock.Now, Node: 1}
			queue := job.New(runner, job.Options{Outside: map[string]job.Outside{backup.Op: backup.Outside(config)}})
			runner.Queue = queue
			queue.Register(r)
			ask := func(c op.Channel) (op.ID, error) {
				res, err := runner.Run(t.Context(), op.Request{Name: backup.Op, Credential: op.Credential{Channel: c, UserID: 1}})
				if err != nil {
					return 0, err
				}
				return res.Out.(op.QueuedJob).Job, nil
			}
			run := func() job.Job {
				id, err := ask(op.Console)
				if err != nil {
					t.Fatal(err)
				}
				if err := queue.RunJob(t.Context(), id); err != nil {
					t.Fatal(err)
				}
				res, err := runner.Run(t.Context(), op.Request{
					Name: "job.show", Credential: op.Credential{Channel: op.Console, UserID: 1}, Input: op.Input{"id": id.String()},
				})
				if err != nil {
					t.Fatal(err)
				}
				return res.Out.(job.Job)
			}
			_, err := ask(op.API)
			wantFault(t, err, fault.Forbidden, "operation.console_only")
			j := run()
			var sum backup.Summary
			if err := json.Unmarshal(j.Summary, &sum); err != nil || j.State != job.Done {
				t.Fatalf("%s %s: %v", j.State, j.ErrorCode, err)
			}
			if _, err := backup.Check(t.Context(), filepath.Join(out, sum.Archive)); err != nil {
				t.Fatal(err)
			}
			// A passing failure is tried again; any other one is told.
			clock.Advance(time.Minute)
			if err := os.Rename(out, out+".away"); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(out, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			if j := run(); j.State != job.Queued || j.ErrorCode != "backup.storage" {
				t.Fatalf("%s %s", j.State, j.ErrorCode)
			}
			if _, err := ask(op.Console); fault.CodeOf(err) != "job.already_running" {
				t.Fatalf("a second one: %v", err)
			}
			if err := os.Remove(out); err != nil {
				t.Fatal(err)
			}
			refusal = fault.New(fault.Precondition, "backup.not_configured")
			clock.Advance(time.Minute)
			if _, err := queue.One(t.Context()); err != nil {
				t.Fatal(err)
			}
			if all, err := backup.Archives(out); err != nil || len(all) != 0 {
				t.Fatalf("%v %v", all, err)
			}
		})
	}
}
