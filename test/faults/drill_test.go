package faults

import (
	"bytes"
	"io"
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

// drilled opens the program on an engine and runs a drill of it.
func drilled(t *testing.T, engine, binary string, run func(a *app.App, o app.DrillOptions, log io.Writer) (app.DrillResult, error), o app.DrillOptions) app.DrillResult {
	t.Helper()
	set, err := app.Migrations()
	if err != nil {
		t.Fatal(err)
	}
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
	o.Program, o.Args = binary, []string{"--db", dsn, "--data-dir", folder}
	var log bytes.Buffer
	res, err := run(a, o, &log)
	if err != nil {
		t.Fatalf("%v\n%s", err, log.String())
	}
	t.Logf("%s: %d acknowledged, %d retried, %d replayed, %d cut", res.Engine, res.Acked, res.Retried, res.Replays, res.Cuts)
	if res.Lost != 0 || res.Double != 0 || res.Acked < 10 || res.Kills != o.Kills || res.Retried == 0 {
		t.Errorf("%+v\n%s", res, log.String())
	}
	for _, c := range res.Checks {
		if len(c.Findings) > 0 {
			t.Errorf("%s: %v", c.Name, c.Findings)
		}
	}
	return res
}

// The drill of operations in small: a server killed three times while clients
// write with keys and retry. The long one is `wasl drill ops`.
func TestDrill(t *testing.T) {
	t.Parallel()
	binary := program(t)
	for _, engine := range engines() {
		t.Run(engine, func(t *testing.T) {
			drilled(t, engine, binary, func(a *app.App, o app.DrillOptions, log io.Writer) (app.DrillResult, error) {
				return a.Drill(t.Context(), o, log)
			}, app.DrillOptions{Clients: 8, Kills: 3, Seed: 1})
		})
	}
}

// The drill of payments in small (R2, R11): desks of one agency take money with keys
// while their connections are cut and the server is killed. The long one is
// `wasl drill payment`.
func TestPaymentDrill(t *testing.T) {
	t.Parallel()
	binary := program(t)
	for _, engine := range engines() {
		t.Run(engine, func(t *testing.T) {
			res := drilled(t, engine, binary, func(a *app.App, o app.DrillOptions, log io.Writer) (app.DrillResult, error) {
				return a.DrillPayment(t.Context(), o, log)
			}, app.DrillOptions{Clients: 16, Kills: 3, Seed: 1})
			if res.Cuts == 0 {
				t.Error("no connection was cut")
			}
		})
	}
}
