package app

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
)

// ageFloor asks the bare engine for the sums of an ageing, through its own program.
type ageFloor struct {
	app     *App
	program string
}

// newAgeFloor finds the program, and has the tables of PostgreSQL vacuumed, as its
// autovacuum does in time: before, no index can answer alone.
func newAgeFloor(ctx context.Context, a *App) (*ageFloor, error) {
	f := &ageFloor{app: a, program: "psql"}
	if a.DB.Engine() == db.SQLite {
		f.program = "sqlite3"
	}
	if _, err := exec.LookPath(f.program); err != nil {
		return nil, fault.Wrap(err, fault.Precondition, "bench.engine_program", "name", f.program)
	}
	if f.program == "psql" {
		_, err := f.run(ctx, "VACUUM (ANALYZE) open_item;\nVACUUM (ANALYZE) allocation;\n")
		return f, err
	}
	return f, nil
}

// sums gives how long the three sums took: items, what was paid of them, and what
// was used of credits.
func (f *ageFloor) sums(ctx context.Context, on day.Date, known time.Time) (time.Duration, error) {
	at := fmt.Sprint(known.UnixMicro())
	if f.program == "psql" {
		at = "'" + known.UTC().Format("2006-01-02T15:04:05.000000Z") + "'"
	}
	when := fmt.Sprintf("effective_on <= '%s' AND recorded_at <= %s", on, at)
	return f.run(ctx, `SELECT managing_unit_id, due_on, sum(CASE WHEN amount > 0 THEN amount ELSE 0 END), sum(CASE WHEN amount < 0 THEN -amount ELSE 0 END)
		FROM open_item WHERE `+when+` GROUP BY managing_unit_id, due_on;
		SELECT managing_unit_id, due_on, -sum(amount) FROM allocation WHERE `+when+` GROUP BY managing_unit_id, due_on;
		SELECT credit_unit_id, -sum(amount) FROM allocation WHERE `+when+` GROUP BY credit_unit_id;
`)
}

// run gives the program a script and tells how long it took.
func (f *ageFloor) run(ctx context.Context, script string) (time.Duration, error) {
	args := []string{"-readonly", "-cmd", "PRAGMA cache_size = -65536", strings.TrimPrefix(f.app.DB.DSN(), "sqlite:")}
	if f.program == "psql" {
		args = []string{"-q", "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", f.app.DB.DSN()}
	}
	cmd := exec.CommandContext(ctx, f.program, args...)
	var said bytes.Buffer
	cmd.Stdin, cmd.Stderr = strings.NewReader(script), &said
	start := f.app.opt.Now()
	if err := cmd.Run(); err != nil {
		return 0, fault.Wrap(fmt.Errorf("%w: %s", err, said.String()), fault.Internal, "internal")
	}
	return f.app.opt.Now().Sub(start), nil
}
