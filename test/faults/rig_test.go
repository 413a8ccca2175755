package faults

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"wasl/internal/app"
	"wasl/internal/platform/auth"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
	"wasl/internal/testkit/dbtest"
)

// operationTimeout is how long a slow neighbour is waited for.
const operationTimeout = 5 * time.Second

// eye sees every database call and fails the one it is told to.
type eye struct {
	mu     sync.Mutex
	armed  bool
	only   db.CallKind
	at, n  int
	fault  error
	after  bool
	fired  string
	seen   []string
	before func(ctx context.Context, c db.Call) error
}

// arm fails the n-th call of a kind (any when empty) once, before it is made, or
// after it was.
func (e *eye) arm(n int, only db.CallKind, after bool, fault error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.armed, e.at, e.n, e.only, e.after, e.fault, e.fired, e.seen = true, n, 0, only, after, fault, "", nil
}

// disarm says which call was failed; empty when none was.
func (e *eye) disarm() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.armed = false
	return e.fired
}

// step counts a call on one of its sides and says whether it is the one to fail.
func (e *eye) step(c db.Call, after bool) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.armed || after != e.after || e.only != "" && (c.Kind != e.only || !c.Write) {
		return nil
	}
	e.n++
	if e.n != e.at || e.fired != "" {
		return nil
	}
	e.fired = fmt.Sprintf("%s %.60s", c.Kind, strings.Join(strings.Fields(c.SQL), " "))
	return e.fault
}

// Before implements db.Interceptor.
func (e *eye) Before(ctx context.Context, c db.Call) error {
	e.mu.Lock()
	before := e.before
	e.mu.Unlock()
	if before != nil {
		if err := before(ctx, c); err != nil {
			return err
		}
	}
	return e.step(c, false)
}

// After implements db.Interceptor.
func (e *eye) After(_ context.Context, c db.Call, err error) error {
	if err != nil {
		return err
	}
	return e.step(c, true)
}

// rig is a copy of the utility with a second process on it, whose database calls
// are seen.
type rig struct {
	*apptest.World
	app *app.App
	eye *eye
	// watch is a connection of its own to a SQLite file: it tells whether anybody has
	// committed since content was read.
	watch   *db.DB
	version int64
	content string
}

// onRigs runs a test on each engine, with a rig of its own that has records.
func onRigs(t *testing.T, fn func(t *testing.T, r *rig)) {
	t.Helper()
	for _, engine := range engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			fn(t, openRig(t, engine, false))
		})
	}
}

func openRig(t testing.TB, engine string, empty bool) *rig {
	t.Helper()
	w := kit.Open(t, engine, apptest.Options{Demo: true, Empty: empty})
	r := &rig{World: w, eye: &eye{}}
	cfg := w.App.Config
	cfg.Timeout.Operation = operationTimeout
	var err error
	r.app, err = app.Open(t.Context(), cfg, app.Options{
		Now: w.Clock.Now, Password: auth.TestParams(), Version: "test", Demo: true, Intercept: r.eye, PartitionProfile: engine == dbtest.PostgresHash,
		Texts: kit.Texts(),
	})
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() {
		if err := r.app.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	if engine == dbtest.SQLite {
		r.watch = dbtest.Connect(t, w.App.DB.DSN(), db.Options{Now: w.Clock.Now, MaxConns: 1})
	}
	for _, a := range []*app.App{r.app, w.App} {
		if err := a.Ready(t.Context()); err != nil {
			t.Fatalf("ready: %v", err)
		}
	}
	return r
}

// verifies checks every invariant of the database.
func verifies(t testing.TB, a *app.App, acks []string) {
	t.Helper()
	checks, err := a.Verify(t.Context(), acks)
	if err != nil {
		t.Errorf("verify: %v", err)
	}
	for _, c := range checks {
		if len(c.Findings) > 0 {
			t.Errorf("verify: %s: %v", c.Name, c.Findings)
		}
	}
}

// digest is a text that is equal for two equal contents of the database. The
// reservations of ids are outside transactions and do not count.
func (r *rig) digest(names []string) string {
	r.Helper()
	if r.Engine == dbtest.SQLite {
		return r.fileDigest(names)
	}
	var parts []string
	for _, name := range names {
		parts = append(parts, `SELECT '`+name+` ' || count(*) || ' ' || md5(coalesce(string_agg(t::text, '|' ORDER BY t::text COLLATE "C"), '')) FROM "`+name+`" t`)
	}
	var out []string
	err := r.App.DB.Read(r.Context(), func(ctx context.Context, rd db.Reader) (err error) {
		if err := apptest.InOneProcess(ctx, rd); err != nil {
			return err
		}
		out, err = db.All(ctx, rd, func(rows db.Rows) (s string, err error) {
			err = rows.Scan(&s)
			return s, err
		}, strings.Join(parts, " UNION ALL "))
		return err
	})
	if err != nil {
		r.Fatalf("digest: %v", err)
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

// fileDigest is the digest of a SQLite file; it is read again when somebody has
// committed since.
func (r *rig) fileDigest(names []string) string {
	r.Helper()
	var version int64
	err := r.watch.Read(r.Context(), func(ctx context.Context, rd db.Reader) (err error) {
		version, err = db.Value[int64](ctx, rd, `PRAGMA data_version`)
		return err
	})
	if err != nil {
		r.Fatalf("digest: %v", err)
	}
	if r.content != "" && version == r.version {
		return r.content
	}
	content := r.Dump()
	var out []string
	for _, name := range names {
		out = append(out, name+": "+strings.Join(content[name], "\n"))
	}
	r.version, r.content = version, strings.Join(out, "\n")
	return r.content
}

// tables are those whose content counts.
func (r *rig) tables() (names []string) {
	r.Helper()
	for name := range r.Dump() {
		if name != "id_block" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// random says that rows of a table differ from run to run by nature: only their
// number is compared.
func random(table string) bool {
	return slices.Contains([]string{"audit", "op_key", "user_session", "api_token", "access_link"}, table)
}

// stamp says that a table holds one random number.
func stamp(table string) bool {
	return slices.Contains([]string{"id_block", "unit_tree", "access_stamp"}, table)
}

// delta is what a change did to the tables, in words that do not depend on the
// ids given.
func delta(w *apptest.World, before, after map[string][]string) string {
	var out []string
	for table, rows := range after {
		switch {
		case stamp(table):
		case random(table):
			if n := len(rows) - len(before[table]); n != 0 {
				out = append(out, fmt.Sprintf("%s %+d", table, n))
			}
		default:
			for _, row := range without(rows, before[table]) {
				out = append(out, "+ "+table+" "+masked(w, row))
			}
			for _, row := range without(before[table], rows) {
				out = append(out, "- "+table+" "+masked(w, row))
			}
		}
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

// without gives the rows of a that are not in b, both sorted.
func without(a, b []string) (out []string) {
	for _, row := range a {
		if _, there := slices.BinarySearch(b, row); !there {
			out = append(out, row)
		}
	}
	return out
}

func longNumber() *regexp.Regexp { return regexp.MustCompile(`\d{13,16}`) }

func secretText() *regexp.Regexp { return regexp.MustCompile(`\$argon2id\$[^"]*`) }

// masked hides the ids given since the utility was made, and hashes of passwords.
func masked(w *apptest.World, text string) string {
	text = longNumber().ReplaceAllStringFunc(text, func(digits string) string {
		if n, err := strconv.ParseInt(digits, 10, 64); err == nil && n > int64(w.LastID) && n < 1<<50 {
			return "new"
		}
		return digits
	})
	return secretText().ReplaceAllString(text, "hash")
}

// idIn reads the id in the answer of an operation.
func idIn(w *apptest.World, name string, out any) op.ID {
	for _, c := range w.App.Registry.Find(name).Columns {
		if id, ok := c.Value(out).(op.ID); ok {
			return id
		}
	}
	return 0
}
