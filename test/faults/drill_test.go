package faults

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"wasl/internal/app"
	"wasl/internal/platform/auth"
	"wasl/internal/platform/config"
	"wasl/internal/testkit/dbtest"
)

// program builds the program once per test run that needs it.
func program(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "wasl")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", path, "wasl/cmd/wasl")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return path
}

// The drill of operations in small: a server killed three times while clients
// write with keys and retry. The long one is `wasl drill ops`.
func TestDrill(t *testing.T) {
	t.Parallel()
	binary := program(t)
	set, err := app.Migrations()
	if err != nil {
		t.Fatal(err)
	}
	for _, engine := range engines() {
		t.Run(engine, func(t *testing.T) {
			dsn, folder := dbtest.DSN(t, engine, set), filepath.Join(t.TempDir(), "data")
			cfg, err := config.Load(map[string]string{"db": dsn, "data-dir": folder}, nil)
			if err != nil {
				t.Fatal(err)
			}
			a, err := app.Open(t.Context(), cfg, app.Options{Now: time.Now, Password: auth.TestParams()})
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := a.Close(); err != nil {
					t.Error(err)
				}
			}()
			if _, err := a.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			var log bytes.Buffer
			res, err := a.Drill(t.Context(), app.DrillOptions{Program: binary, Args: []string{"--db", dsn, "--data-dir", folder}, Clients: 8, Kills: 3, Seed: 1}, &log)
			if err != nil {
				t.Fatalf("%v\n%s", err, log.String())
			}
			t.Logf("%s: %d acknowledged, %d retried, %d replayed", res.Engine, res.Acked, res.Retried, res.Replays)
			if res.Lost != 0 || res.Double != 0 || res.Acked < 10 || res.Kills != 3 || res.Retried == 0 {
				t.Errorf("%+v\n%s", res, log.String())
			}
			for _, c := range res.Checks {
				if len(c.Findings) > 0 {
					t.Errorf("%s: %v", c.Name, c.Findings)
				}
			}
		})
	}
}
