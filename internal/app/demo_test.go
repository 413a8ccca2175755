package app_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"wasl/internal/app"
	"wasl/internal/module/billing"
	"wasl/internal/module/collection"
	"wasl/internal/platform/auth"
	"wasl/internal/platform/config"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// demoFilled fills a demonstration with a seed on 27 November 2026 at noon. Salts and tokens
// are drawn by a generator of its own, so that everything can be compared.
func demoFilled(t *testing.T, seed int64) *app.App {
	t.Helper()
	ctx := t.Context()
	cfg, err := config.Load(map[string]string{"db": "sqlite:" + filepath.Join(t.TempDir(), "wasl.db")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	noon := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	a, err := app.Open(ctx, cfg, app.Options{
		Now: func() time.Time { return noon }, Demo: true, Past: true, Password: auth.Params{MemoryKiB: 64, Time: 1, Threads: 1}, Random: rand.NewChaCha8([32]byte{1}),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	if _, err := a.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	if err := a.Demo(ctx, app.DemoSize{Contracts: 160, Seed: seed}, io.Discard); err != nil {
		t.Fatal(err)
	}
	return a
}

// contents gives a digest of the rows of each table.
func contents(t *testing.T, a *app.App) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := a.DB.Read(t.Context(), func(ctx context.Context, r db.Reader) error {
		names, err := db.All(ctx, r, func(rows db.Rows) (s string, err error) {
			err = rows.Scan(&s)
			return s, err
		}, `SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`)
		for _, name := range names {
			var lines []string
			columns, err := db.All(ctx, r, func(rows db.Rows) (s string, err error) {
				err = rows.Scan(&s)
				return s, err
			}, `SELECT 'quote("' || name || '")' FROM pragma_table_info($1)`, name)
			if err != nil {
				return err
			}
			lines, err = db.All(ctx, r, func(rows db.Rows) (s string, err error) {
				err = rows.Scan(&s)
				return s, err
			}, `SELECT `+strings.Join(columns, "||','||")+` FROM "`+name+`"`)
			if err != nil {
				return err
			}
			slices.Sort(lines)
			sum := sha256.Sum256([]byte(strings.Join(lines, "\n")))
			out[name] = fmt.Sprintf("%d rows %s", len(lines), hex.EncodeToString(sum[:]))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// demoIssuedMonths is how many months the demonstration has billed: six, and of November the
// run of one centre.
const demoIssuedMonths = 7

func TestTheDemonstrationOfASeedIsOneDatabase(t *testing.T) {
	t.Parallel()
	one, two, other := demoFilled(t, 3), demoFilled(t, 3), demoFilled(t, 4)
	first, second, third := contents(t, one), contents(t, two), contents(t, other)
	// When a migration was carried out is the only thing that the clock of the machine says.
	for _, name := range []string{"customer", "contract", "reading", "consumption", "anomaly", "billing_run", "bill", "open_item", "ledger_line", "audit"} {
		if first[name] == "" || strings.HasPrefix(first[name], "0 rows") {
			t.Errorf("%s: %q", name, first[name])
		}
	}
	for name, digest := range first {
		if second[name] != digest && !strings.Contains(name, "goose_db_version") {
			t.Errorf("%s differs between two fillings of one seed: %s, %s", name, digest, second[name])
		}
	}
	if first["customer"] == third["customer"] || first["bill"] == third["bill"] {
		t.Error("another seed gives the same customers or bills")
	}
}

func TestTheDemonstrationLeavesADay(t *testing.T) {
	t.Parallel()
	a := demoFilled(t, 1)
	all, err := a.Verify(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		if len(c.Findings) > 0 {
			t.Errorf("%s: %v", c.Name, c.Findings)
		}
	}
	states, months := map[billing.RunState]int{}, map[string]bool{}
	rows := func(name string, in op.Input, fn func(any)) {
		t.Helper()
		_, err := a.Runner.Rows(t.Context(), op.Request{Name: name, Credential: op.Credential{Channel: op.Console, Login: "admin"}, Input: in}, nil,
			func(row any) error { fn(row); return nil })
		if err != nil {
			t.Fatal(err)
		}
	}
	rows("billing.run.list", op.Input{}, func(row any) {
		if r, ok := row.(billing.RunRow); ok {
			states[r.State]++
			if r.State == billing.Issued {
				months[r.FromMonth.String()] = true
			}
		}
	})
	if states[billing.Computed] != 1 || len(months) != demoIssuedMonths {
		t.Errorf("runs: %v, months issued: %v", states, months)
	}
	cheques := map[collection.ChequeState]int{}
	rows("collection.cheque.list", op.Input{}, func(row any) {
		if c, ok := row.(collection.Cheque); ok {
			cheques[c.State]++
		}
	})
	if cheques[collection.ChequeReturned] != 2 || cheques[collection.ChequeCleared] == 0 {
		t.Errorf("cheques: %v", cheques)
	}
	waiting, anomalies, closed := 0, 0, 0
	rows("approval.list", op.Input{"state": "waiting"}, func(any) { waiting++ })
	rows("metering.anomaly.list", op.Input{"state": "open"}, func(any) { anomalies++ })
	rows("ledger.period.list", op.Input{}, func(any) { closed++ })
	if waiting < 2 || anomalies == 0 || closed == 0 {
		t.Errorf("%d requests wait, %d anomalies, %d months closed", waiting, anomalies, closed)
	}
}
