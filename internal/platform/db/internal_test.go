package db

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"zombiezen.com/go/sqlite"

	"wasl/internal/kernel/fault"
)

// testDB gives a SQLite database with the package's own tables.
func testDB(t *testing.T, o Options) *DB {
	t.Helper()
	d := openFor(t, "sqlite", "sqlite:"+filepath.Join(t.TempDir(), "t.db"), o)
	set, err := Migrations()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Migrate(t.Context(), set); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestMapPostgres(t *testing.T) {
	t.Parallel()
	d := &DB{engine: Postgres, pg: &pgEngine{names: map[string]string{"uq_a": "a.b,c"}}, log: slog.New(slog.DiscardHandler)}
	cases := []struct {
		state, code string
		kind        fault.Kind
		class       class
	}{
		{"23505", "db.duplicate", fault.Conflict, classPlain},
		{"23503", "db.reference", fault.Conflict, classPlain},
		{"23001", "db.reference", fault.Conflict, classPlain},
		{"23514", "db.check", fault.Internal, classPlain},
		{"23502", "db.check", fault.Internal, classPlain},
		{"40001", "db.serialization", fault.Unavailable, classRetry},
		{"40P01", "db.deadlock", fault.Unavailable, classRetry},
		{"55P03", "db.busy", fault.Unavailable, classRetry},
		{"53300", "db.busy", fault.Unavailable, classRetry},
		{"53100", "db.full", fault.Unavailable, classPlain},
		{"25006", "db.read_only", fault.Unavailable, classPlain},
		{"57014", "db.timeout", fault.Unavailable, classPlain},
		{"57P01", "db.lost", fault.Unavailable, classRetry},
		{"57P03", "db.lost", fault.Unavailable, classRetry},
		{"08006", "db.lost", fault.Unavailable, classRetry},
		{"22003", "db.overflow", fault.Internal, classPlain},
		{"58030", "db.storage", fault.Unavailable, classPlain},
		{"XX001", "db.storage", fault.Unavailable, classPlain},
		{"42601", "db.statement", fault.Internal, classPlain},
		{"", "db.statement", fault.Internal, classPlain},
	}
	for _, c := range cases {
		err := d.mapError(fmt.Errorf("wrapped: %w", &pgconn.PgError{Code: c.state, ConstraintName: "uq_a", Detail: "Key (b)=(secret)"}))
		if fault.KindOf(err) != c.kind || fault.CodeOf(err) != c.code || classOf(err) != c.class {
			t.Errorf("%s: %v, class %d", c.state, err, classOf(err))
		}
		if strings.Contains(err.Error(), "secret") {
			t.Errorf("%s tells the values: %v", c.state, err)
		}
		if got := Constraint(err); (got == "a.b,c") != (c.state == "23505") {
			t.Errorf("%s: constraint %q", c.state, got)
		}
	}
}

func TestMapOthers(t *testing.T) {
	t.Parallel()
	lite, pg := &DB{engine: SQLite}, &DB{engine: Postgres}
	own := fault.New(fault.Conflict, "own")
	cases := []struct {
		d     *DB
		in    error
		code  string
		class class
	}{
		{lite, sqlite.ResultBusy.ToError(), "db.busy", classRetry},
		{lite, sqlite.ResultBusySnapshot.ToError(), "db.busy", classRetry},
		{lite, sqlite.ResultLocked.ToError(), "db.busy", classRetry},
		{lite, sqlite.ResultFull.ToError(), "db.full", classPlain},
		{lite, sqlite.ResultReadOnly.ToError(), "db.read_only", classPlain},
		{lite, sqlite.ResultIOErrFsync.ToError(), "db.storage", classPlain},
		{lite, sqlite.ResultCorrupt.ToError(), "db.corrupt", classPlain},
		{lite, sqlite.ResultNotADB.ToError(), "db.corrupt", classPlain},
		{lite, sqlite.ResultInterrupt.ToError(), "db.cancelled", classPlain},
		{lite, sqlite.ResultConstraintCheck.ToError(), "db.check", classPlain},
		{lite, sqlite.ResultMismatch.ToError(), "db.check", classPlain},
		{lite, errors.New("else"), "db.failed", classPlain},
		{pg, errors.New("else"), "db.failed", classPlain},
		{pg, io.ErrUnexpectedEOF, "db.lost", classRetry},
		{pg, errors.New("conn closed"), "db.lost", classRetry},
		{pg, context.DeadlineExceeded, "db.timeout", classPlain},
		{pg, context.Canceled, "db.cancelled", classPlain},
		{pg, ErrNoAnswer, "db.commit_unknown", classUnknown},
		{pg, own, "own", classPlain},
	}
	for _, c := range cases {
		err := c.d.mapError(fmt.Errorf("x: %w", c.in))
		if fault.CodeOf(err) != c.code || classOf(err) != c.class || !errors.Is(err, c.in) {
			t.Errorf("%v: %v, class %d", c.in, err, classOf(err))
		}
	}
	if pg.mapError(nil) != nil || Constraint(nil) != "" || classOf(nil) != classPlain {
		t.Error("nil is an error")
	}
}

func TestSQLiteConstraintNames(t *testing.T) {
	t.Parallel()
	cases := map[string]string{
		"sqlite: step: UNIQUE constraint failed: a.b":             "a.b",
		"sqlite: step: UNIQUE constraint failed: a.b, a.c":        "a.b,c",
		"sqlite: step: UNIQUE constraint failed: index 'uq_a__x'": "uq_a__x",
		"something else": "",
	}
	for in, want := range cases {
		if got := strings.Trim(sqliteConstraint(in), "."); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}

func TestCommitRefusedIsToldFromUnknown(t *testing.T) {
	t.Parallel()
	for want, errs := range map[bool][]error{
		true:  {pgx.ErrTxCommitRollback, &pgconn.PgError{Severity: "ERROR", Code: "40001"}},
		false: {&pgconn.PgError{Severity: "FATAL", Code: "57P01"}, io.EOF, context.DeadlineExceeded},
	} {
		for _, err := range errs {
			if commitRefused(err) != want {
				t.Errorf("%v: %v", err, !want)
			}
		}
	}
}

// TestStatementsKeptAreBounded, and an old one is prepared again.
func TestStatementsKeptAreBounded(t *testing.T) {
	t.Parallel()
	lc, err := openLiteConn(filepath.Join(t.TempDir(), "s.db"), true)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := lc.close(); err != nil {
			t.Error(err)
		}
	}()
	for round := range 2 {
		for i := range liteStatementsMax + 20 {
			n, found, err := lc.number(fmt.Sprintf("SELECT %d + ?1", i), int64(1))
			if err != nil || !found || n != int64(i+1) {
				t.Fatalf("round %d: %d, %v, %v", round, n, found, err)
			}
		}
		if lc.recent.Len() != liteStatementsMax || len(lc.byText) != liteStatementsMax {
			t.Fatalf("%d statements kept", lc.recent.Len())
		}
	}
	if err := lc.run("SELECT 1; SELECT 2"); err == nil {
		t.Error("two statements in one text were taken")
	}
}

// TestConnectionsAreDurableAndStrict: the settings hold on writer and readers.
func TestConnectionsAreDurableAndStrict(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "s.db")
	for _, writer := range []bool{true, false} {
		lc, err := openLiteConn(path, writer)
		if err != nil {
			t.Fatal(err)
		}
		queryOnly := map[bool]int64{false: 1, true: 0}[writer]
		for pragma, want := range map[string]int64{"synchronous": 2, "foreign_keys": 1, "trusted_schema": 0, "query_only": queryOnly, "wal_autocheckpoint": 4000} {
			if n, _, err := lc.number("PRAGMA " + pragma); n != want || err != nil {
				t.Errorf("writer %v: %s is %d, %v", writer, pragma, n, err)
			}
		}
		stmt, err := lc.prepare("PRAGMA journal_mode")
		if err != nil {
			t.Fatal(err)
		}
		if ok, err := stmt.Step(); !ok || err != nil || stmt.ColumnText(0) != "wal" {
			t.Errorf("journal mode %s, %v", stmt.ColumnText(0), err)
		}
		if err := errors.Join(stmt.Reset(), lc.close()); err != nil {
			t.Error(err)
		}
	}
}

// TestWALIsWatched: the warning comes once, and again after the WAL was small.
func TestWALIsWatched(t *testing.T) {
	t.Parallel()
	warnings := 0
	log := slog.New(countHandler{&warnings})
	d := testDB(t, Options{Log: log})
	l := &lite{d: d, path: filepath.Join(t.TempDir(), "fake"), w: d.lite.w}
	size := func(bytes int64) {
		t.Helper()
		if err := truncate(l.path+"-wal", bytes); err != nil {
			t.Fatal(err)
		}
	}
	look := func(want int) {
		t.Helper()
		for range walWatchEvery {
			l.watchWAL(t.Context())
		}
		if warnings != want {
			t.Fatalf("%d warnings, want %d", warnings, want)
		}
	}
	look(0)
	size(walWarnBytes + 1)
	look(1)
	look(1)
	size(walWarnBytes - 1)
	look(1)
	size(walWarnBytes + 1)
	look(1) // it was never small meanwhile
	size(10)
	look(1)
	size(walWarnBytes)
	look(2)
}

type countHandler struct{ n *int }

// Enabled implements slog.Handler.
func (countHandler) Enabled(context.Context, slog.Level) bool { return true }

// Handle implements slog.Handler.
func (h countHandler) Handle(_ context.Context, r slog.Record) error {
	if r.Level >= slog.LevelWarn {
		*h.n++
	}
	return nil
}

// WithAttrs implements slog.Handler.
func (h countHandler) WithAttrs([]slog.Attr) slog.Handler { return h }

// WithGroup implements slog.Handler.
func (h countHandler) WithGroup(string) slog.Handler { return h }

func TestPauseGrowsAndEnds(t *testing.T) {
	t.Parallel()
	for attempt := 1; attempt <= 2; attempt++ {
		start := time.Now()
		if err := pause(t.Context(), attempt); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took < backoffMin<<(attempt-1)/2 {
			t.Errorf("attempt %d waited %s", attempt, took)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := pause(ctx, 60); fault.CodeOf(err) != "db.cancelled" { // no overflow either
		t.Error(err)
	}
}

func TestSettle(t *testing.T) {
	t.Parallel()
	alone := engineFault(classAlone, fault.Unavailable, "db.busy", errors.New("x"))
	if err := settle(alone); fault.CodeOf(err) != "db.busy" || fault.KindOf(err) != fault.Unavailable {
		t.Error(err)
	}
	own := errors.New("own")
	if settle(own) != own || settle(nil) != nil {
		t.Error("settle changes what it should not")
	}
}

// TestIDsWithoutTables: the reason is told to the one who wants an id.
func TestIDsWithoutTables(t *testing.T) {
	t.Parallel()
	d := openFor(t, "sqlite", "sqlite:"+filepath.Join(t.TempDir(), "e.db"), Options{})
	for range 2 {
		err := d.Write(t.Context(), WriteOptions{}, func(ctx context.Context, tx Tx) error {
			_, err := tx.NewID(ctx)
			return err
		})
		if fault.CodeOf(err) != "db.statement" {
			t.Errorf("no tables: %v", err)
		}
	}
	if err := d.Write(t.Context(), WriteOptions{}, func(context.Context, Tx) error { return nil }); err != nil {
		t.Errorf("a member that wants no id: %v", err)
	}
}

// TestIDDemandGrows: a transaction that wants more than a block runs again a
// few times, the next one does not.
func TestIDDemandGrows(t *testing.T) {
	t.Parallel()
	d := testDB(t, Options{})
	runs := 0
	chunk := func(ctx context.Context, tx Tx) error {
		runs++
		seen := make(map[int64]bool)
		for range 50000 {
			id, err := tx.NewID(ctx)
			if err != nil {
				return err
			}
			seen[id] = true
		}
		if len(seen) != 50000 {
			return fmt.Errorf("%d ids", len(seen))
		}
		return nil
	}
	if err := d.Write(t.Context(), WriteOptions{NoGroup: true}, chunk); err != nil {
		t.Fatal(err)
	}
	if runs > 3 {
		t.Errorf("%d runs for the first chunk", runs)
	}
	for range 5 {
		runs = 0
		if err := d.Write(t.Context(), WriteOptions{NoGroup: true}, chunk); err != nil || runs != 1 {
			t.Fatalf("%d runs, %v", runs, err)
		}
	}
}

func truncate(path string, size int64) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(f.Truncate(size), f.Close())
}
