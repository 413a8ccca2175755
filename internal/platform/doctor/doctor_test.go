package doctor

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"wasl/internal/platform/backup"
	"wasl/internal/platform/db"
	"wasl/internal/testkit/dbtest"
)

// one picks a check by name.
func one(t testing.TB, checks []Check, name string) Check {
	t.Helper()
	for _, c := range checks {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("no check %q in %+v", name, checks)
	return Check{}
}

func want(t testing.TB, c Check, state State, code string) {
	t.Helper()
	if c.State != state || c.Code != code {
		t.Errorf("%s: %s %s %v, want %s %s", c.Name, c.State, c.Code, c.Args, state, code)
	}
}

// healthy is an installation where nothing is wrong.
func healthy(t testing.TB, engine string) Config {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(dir, "audit.key")
	if err := os.WriteFile(key, []byte("seed"), 0o600); err != nil {
		t.Fatal(err)
	}
	set := dbtest.Migrations(t)
	d := dbtest.Open(t, engine, set, db.Options{})
	out := filepath.Join(dir, "backups")
	if _, err := backup.Create(t.Context(), backup.Config{DB: d, Set: set, Out: out, Now: time.Now}); err != nil {
		t.Fatal(err)
	}
	return Config{
		Program: "1.2.3", DB: d, Set: set, DataDir: dir, Keys: []string{key}, Backups: out, Now: time.Now, Started: time.Now(),
		Assets: func() []string { return nil },
		Tail: func(context.Context, db.Reader) (int64, time.Time, error) {
			return 3, time.Now().Add(-time.Minute), nil
		},
		Free: func(string) (int64, error) { return 1 << 40, nil },
	}
}

func TestHealthy(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{dbtest.SQLite, dbtest.Postgres} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			checks := Run(t.Context(), healthy(t, engine))
			if worst := Worst(checks); worst != OK {
				t.Errorf("%s: %+v", worst, checks)
			}
			names := map[string]bool{}
			for _, c := range checks {
				names[c.Name] = true
			}
			for _, name := range strings.Fields("program sqlite libc clock zone schema integrity disk data_dir key assets backup audit") {
				if !names[name] {
					t.Errorf("%s was not looked at", name)
				}
			}
			if names["wal"] != (engine == dbtest.SQLite) || names["postgres"] != (engine == dbtest.Postgres) ||
				names["server_clock"] != names["postgres"] || names["transactions"] != names["postgres"] {
				t.Errorf("checks of the other engine: %v", names)
			}
			if v := one(t, checks, "program").Args["wasl"]; v != "1.2.3" {
				t.Errorf("version %v", v)
			}
		})
	}
}

// TestWhatIsWrong breaks one thing at a time.
func TestWhatIsWrong(t *testing.T) {
	t.Parallel()
	old := func(by time.Duration) func() time.Time { return func() time.Time { return time.Now().Add(by) } }
	tail := func(n int64, age time.Duration, err error) func(context.Context, db.Reader) (int64, time.Time, error) {
		return func(context.Context, db.Reader) (int64, time.Time, error) { return n, time.Now().Add(-age), err }
	}
	free := func(n int64, err error) func(string) (int64, error) {
		return func(string) (int64, error) { return n, err }
	}
	cases := []struct {
		what, name string
		state      State
		code       string
		harm       func(c *Config)
	}{
		{"full disk", "disk", Fail, "full", func(c *Config) { c.Free = free(DiskFreeFail-1, nil) }},
		{"low disk", "disk", Warn, "low", func(c *Config) { c.Free = free(DiskFreeFail, nil) }},
		{"enough disk", "disk", OK, "enough", func(c *Config) { c.Free = free(DiskFreeWarn, nil) }},
		{"unknown disk", "disk", Fail, "unknown", func(c *Config) { c.Free = free(0, errors.New("x")) }},
		{"real disk", "disk", Fail, "unknown", func(c *Config) { c.Free = nil; c.DataDir = filepath.Join(c.DataDir, "absent") }},
		{"no data", "data_dir", Fail, "missing", func(c *Config) { c.DataDir = filepath.Join(c.DataDir, "absent") }},
		{"open data", "data_dir", Warn, "open", func(c *Config) { _ = os.Chmod(c.DataDir, 0o755) }},
		{"open key", "key", Fail, "open", func(c *Config) { _ = os.Chmod(c.Keys[0], 0o640) }},
		{"no key", "key", Fail, "missing", func(c *Config) { _ = os.Remove(c.Keys[0]) }},
		{"no assets", "assets", Fail, "missing", func(c *Config) { c.Assets = func() []string { return []string{"htmx.js"} } }},
		{"no backup", "backup", Warn, "none", func(c *Config) { c.Backups = filepath.Join(c.Backups, "absent") }},
		{"recent backup", "backup", OK, "recent", func(c *Config) { c.Now = old(29 * time.Hour) }},
		{"late backup", "backup", Warn, "late", func(c *Config) { c.Now = old(31 * time.Hour) }},
		{"old backup", "backup", Fail, "old", func(c *Config) { c.Now = old(9 * 24 * time.Hour) }},
		{"year", "clock", Fail, "year", func(c *Config) { c.Now = func() time.Time { return time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC) } }},
		{"far year", "clock", Fail, "year", func(c *Config) { c.Now = func() time.Time { return time.Date(2101, 1, 1, 0, 0, 0, 0, time.UTC) } }},
		{"unsealed", "audit", Warn, "unsealed", func(c *Config) { c.Tail = tail(1, 61*time.Minute, nil) }},
		{"sealed", "audit", OK, "sealed", func(c *Config) { c.Tail = tail(0, 1000*time.Hour, nil) }},
		{"tail fails", "audit", Fail, "unknown", func(c *Config) { c.Tail = tail(0, 0, errors.New("x")) }},
		{"schema behind", "schema", Fail, "behind", func(c *Config) {
			c.Set = dbtest.Migrations(t, fstest.MapFS{"9001_more.sql": {Data: []byte("-- +goose Up\nCREATE TABLE more (id {int} NOT NULL PRIMARY KEY) {control};\n")}})
		}},
		{"schema newer", "schema", Fail, "newer", func(c *Config) { c.Set = db.MigrationSet{} }},
		{"closed", "schema", Fail, "unknown", func(c *Config) {
			d, err := db.Open(t.Context(), "sqlite:"+filepath.Join(c.DataDir, "closed.db"), db.Options{Now: time.Now})
			if err == nil {
				err = d.Close()
			}
			if err != nil {
				t.Error(err)
			}
			c.DB = d
		}},
	}
	for _, c := range cases {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			config := healthy(t, dbtest.SQLite)
			c.harm(&config)
			want(t, one(t, Run(t.Context(), config), c.name), c.state, c.code)
		})
	}
}

func TestJudgements(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 6, 2, 8, 0, 0, 0, time.UTC)
	want(t, wal(WALWarn), OK, "small")
	want(t, wal(WALWarn+1), Warn, "large")
	want(t, serverState{number: 130015}.version(), Fail, "old")
	c := serverState{number: 150004}.version()
	want(t, c, OK, "version")
	if c.Args["major"] != int64(15) || c.Args["minor"] != int64(4) {
		t.Errorf("version %v", c.Args)
	}
	for skew, state := range map[time.Duration]State{
		0: OK, 2 * time.Second: OK, -2 * time.Second: OK, 3 * time.Second: Warn, -3 * time.Second: Warn, 61 * time.Second: Fail, -time.Hour: Fail,
	} {
		if c := (serverState{now: at.Add(skew)}).skew(at); c.State != state || c.Args["ms"] != skew.Milliseconds() {
			t.Errorf("%v apart: %+v, want %s", skew, c, state)
		}
	}
	c = serverState{now: at, long: 2, longest: at.Add(-25 * time.Minute)}.transactions()
	want(t, c, Warn, "long")
	if c.Args["minutes"] != int64(25) {
		t.Errorf("%v", c.Args)
	}
	checks := libraries(db.EngineVersions{SQLite: "3.54.0", ModerncLibc: "v1.0.0", LibcWanted: "v1.79.0"})
	want(t, one(t, checks, "libc"), Fail, "mismatch")
	want(t, one(t, libraries(db.EngineVersions{}), "sqlite"), Fail, "missing")
	for _, c := range []struct {
		steady, wall time.Duration
		want         int64
	}{{time.Hour, time.Hour, 0}, {time.Hour, time.Hour + 2*time.Second, 0}, {time.Hour, 2 * time.Hour, 3600}, {time.Hour, 0, -3600}} {
		if got := moved(c.steady, c.wall); got != c.want {
			t.Errorf("%v by the steady clock, %v by the wall: %d, want %d", c.steady, c.wall, got, c.want)
		}
	}
	if got := octal(0o640); got != "0640" {
		t.Errorf("mode %s", got)
	}
}

func TestWorst(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		states string
		want   State
	}{{"", OK}, {"ok ok", OK}, {"ok warn ok", Warn}, {"warn fail warn", Fail}, {"fail ok", Fail}} {
		var checks []Check
		for _, s := range strings.Fields(c.states) {
			checks = append(checks, Check{State: State(s)})
		}
		if got := Worst(checks); got != c.want {
			t.Errorf("%q: %s, want %s", c.states, got, c.want)
		}
	}
}

// TestALongTransactionShows opens one and looks at the server from the side.
func TestALongTransactionShows(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t, dbtest.Postgres, dbtest.Migrations(t), db.Options{})
	look := func(long time.Duration) (s serverState) {
		err := d.Read(t.Context(), func(ctx context.Context, r db.Reader) (err error) {
			s, err = askServer(ctx, r, long)
			return err
		})
		if err != nil {
			t.Error(err)
		}
		return s
	}
	if s := look(0); s.number < 140000 || time.Since(s.now).Abs() > time.Minute || s.long != 0 {
		t.Errorf("alone: %+v", s)
	}
	err := d.Read(t.Context(), func(ctx context.Context, r db.Reader) error {
		if _, err := db.Value[int64](ctx, r, `SELECT 1::bigint`); err != nil {
			return err
		}
		if s := look(0); s.long != 1 || s.longest.After(s.now) {
			t.Errorf("beside one: %+v", s)
		}
		if s := look(LongTransaction); s.long != 0 {
			t.Errorf("beside a short one: %+v", s)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
