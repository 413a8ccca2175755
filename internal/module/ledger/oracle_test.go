package ledger

import (
	"bytes"
	"context"
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"wasl/internal/kernel/day"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/dbtest"
	"wasl/internal/testkit/hledgertest"
)

// export writes the journal in a form, as an operation.
func (h *house) export(form string, in op.Input) []byte {
	h.t.Helper()
	var out bytes.Buffer
	format := h.run.Registry.Find("ledger.export").Formats[form]
	w := format.Open(&out)
	if err := w.Begin(); err != nil {
		h.t.Fatal(err)
	}
	q := h.as(1, "ledger.export", in)
	q.Page.Sort = format.Sort
	if _, err := h.run.Rows(h.t.Context(), q, nil, w.Row); err != nil {
		h.t.Fatal(err)
	}
	if err := w.End(); err != nil {
		h.t.Fatal(err)
	}
	return out.Bytes()
}

// TestHledgerAgrees: an independent program reads the journal of random
// histories, finds that every transaction balances and that every balance we
// assert is the one it computes, and comes to the same balances.
func TestHledgerAgrees(t *testing.T) {
	t.Parallel()
	program := hledgertest.Program(t)
	for seed := range 4 {
		p := &replay{house: newHouse(t, dbtest.SQLite)}
		for _, s := range anyHistory().Example(100 + seed) {
			p.run(s)
		}
		whole := filepath.Join(t.TempDir(), "journal.hledger")
		p.hledger(program, whole, op.Input{}, AsOf{})
		middle := p.items[len(p.items)/2].on
		p.hledger(program, whole, op.Input{"from": middle.String()}, AsOf{})
		p.hledger(program, whole, op.Input{"to": middle.String()}, AsOf{On: middle})
	}
}

func (p *replay) hledger(program, path string, in op.Input, at AsOf) {
	p.t.Helper()
	if err := os.WriteFile(path, p.export("hledger", in), 0o600); err != nil {
		p.t.Fatal(err)
	}
	if out, err := hledgertest.Run(program, "-f", path, "check").CombinedOutput(); err != nil {
		p.t.Fatalf("hledger check %v: %v\n%s", in, err, out)
	}
	out, err := hledgertest.Run(program, "-f", path, "balance", "--flat", "--no-total", "-O", "csv").Output()
	if err != nil {
		p.t.Fatalf("hledger balance: %v", err)
	}
	rows, err := csv.NewReader(bytes.NewReader(out)).ReadAll()
	if err != nil {
		p.t.Fatal(err)
	}
	var theirs []string
	for _, row := range rows[1:] {
		code, _, _ := strings.Cut(row[0], " ")
		if amount := strings.TrimSuffix(row[1], " MAD"); amount != "0" {
			theirs = append(theirs, code+" "+amount)
		}
	}
	if ours := p.balances(at); !slices.Equal(ours, theirs) {
		p.t.Errorf("%v: ours %v, theirs %v", in, ours, theirs)
	}
}

// TestHledgerRefuses: the program does find a balance that is not there.
func TestHledgerRefuses(t *testing.T) {
	t.Parallel()
	program := hledgertest.Program(t)
	h := newHouse(t, dbtest.SQLite)
	h.bill("2026-01-05", "100.00", "10.00")
	path := filepath.Join(t.TempDir(), "journal.hledger")
	bad := bytes.Replace(h.export("hledger", op.Input{}), []byte("= 110.00 MAD"), []byte("= 110.01 MAD"), 1)
	if err := os.WriteFile(path, bad, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := hledgertest.Run(program, "-f", path, "check").CombinedOutput(); err == nil {
		t.Errorf("a wrong assertion passes: %s", out)
	}
}

func TestFEC(t *testing.T) {
	t.Parallel()
	h := newHouse(t, dbtest.SQLite)
	h.bill("2026-01-05", "100.00", "10.00")
	lines := strings.Split(strings.TrimSuffix(string(h.export("fec", op.Input{})), "\r\n"), "\r\n")
	if len(lines) != 4 {
		t.Fatalf("a header and three lines: %q", lines)
	}
	for _, line := range lines {
		if n := strings.Count(line, "\t"); n != 17 {
			t.Errorf("%d tabs in %q", n, line)
		}
	}
	cells := strings.Split(lines[1], "\t")
	if got, want := slices.Concat(cells[:2], cells[3:6], cells[9:10], cells[11:13]), []string{
		"VTE-ONEE-C1", "VTE-ONEE-C1", "20260105", "3421", "Clients", "20260105", "110,00", "0,00",
	}; !slices.Equal(got, want) {
		t.Errorf("first line %q, want %q", got, want)
	}
}

// TestLateReceipt: a receipt dated 20 March is entered on 5 April, when March is
// closed. March stays as it was to the byte; 31 March as known today shows it, 31
// March as known then does not.
func TestLateReceipt(t *testing.T) {
	t.Parallel()
	for _, engine := range dbtest.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, engine)
			h.at("2026-03-10")
			bill := h.bill("2026-03-10", "100.00", "10.00")
			h.at("2026-04-02")
			march, _ := day.ParseMonth("2026-03")
			closing := h.close(march)
			h.at("2026-04-05")
			got := h.receipt("2026-03-20", "5141", "110.00", false, bill.ID)
			if got.Entries[0].Period != date("2026-04-01") || got.Item.Period != date("2026-04-01") || got.Allocations[0].Period != date("2026-04-01") {
				t.Errorf("it belongs to %s", got.Entries[0].Period)
			}
			h.read(func(ctx context.Context, r db.Reader) error {
				again, err := measure(ctx, r, h.units["C1"], march)
				if err != nil || again.SHA256 != closing.SHA256 || again.Entries != 1 || again.Items != 1 || again.Debit != dh("110.00") {
					t.Errorf("March is now %+v, was %+v: %v", again, closing, err)
				}
				return err
			})
			end := date("2026-03-31")
			known := closing.RecordedAt
			h.ages("31 March known today", AgeingQuery{AsOf: AsOf{On: end}})
			h.ages("31 March known then", AgeingQuery{AsOf: AsOf{On: end, KnownAt: known}}, "110.00")
			h.ages("31 March as closed", AgeingQuery{AsOf: AsOf{On: end}, Closed: true}, "110.00")
			h.ages("today", AgeingQuery{})
			for at, want := range map[AsOf][]string{
				{On: end}:                 {"4455 -10.00", "5141 110.00", "71211 -100.00"},
				{On: end, KnownAt: known}: {"3421 110.00", "44551 -10.00", "71211 -100.00"},
			} {
				if got := h.balances(at); !slices.Equal(got, want) {
					t.Errorf("accounts as of %+v: %v", at, got)
				}
			}
		})
	}
}

// close closes a month of C1.
func (h *house) close(month day.Month) (c Closing) {
	h.t.Helper()
	h.must(func(ctx context.Context, tx db.Tx) (err error) {
		c, err = h.m.CloseMonth(ctx, tx, h.units["C1"], month, "Arrêté mensuel", 1)
		return err
	})
	return c
}

// ages expects the debts of each line of an ageing.
func (h *house) ages(what string, q AgeingQuery, want ...string) {
	h.t.Helper()
	q.Group, q.By = GroupUnit, ByDue
	h.read(func(ctx context.Context, r db.Reader) error {
		lines, err := Ageing(ctx, r, q, nil, nil)
		var got []string
		for _, l := range lines {
			got = append(got, l.Debits.String())
		}
		if !slices.Equal(got, want) {
			h.t.Errorf("%s: %v, want %v", what, got, want)
		}
		return err
	})
}

func TestClosingRefuses(t *testing.T) {
	t.Parallel()
	h := newHouse(t, dbtest.SQLite)
	h.bill("2026-01-05", "100.00", "10.00")
	h.at("2026-02-10")
	h.bill("2026-02-05", "50.00", "5.00")
	h.at("2026-03-01")
	refused := func(month, code string) {
		t.Helper()
		m, _ := day.ParseMonth(month)
		err := h.write(func(ctx context.Context, tx db.Tx) error {
			_, err := h.m.CloseMonth(ctx, tx, h.units["C1"], m, "Arrêté", 1)
			return err
		})
		if !slices.Contains(codesOf(err), code) {
			t.Errorf("closing %s: %v, want %s", month, err, code)
		}
	}
	refused("2026-03", "ledger.close_early")
	refused("2026-02", "ledger.close_order")
	january, _ := day.ParseMonth("2026-01")
	if c := h.close(january); c.ItemsDebit != dh("110.00") || c.Entries != 1 || c.Lines != 3 || c.Debit != dh("110.00") {
		t.Errorf("January: %+v", c)
	}
	refused("2026-01", "ledger.close_done")
	h.must(func(ctx context.Context, tx db.Tx) error {
		p := h.posting("2026-02-20")
		p.Account, p.Events = 0, []Facts{{Event: EventTransfer, Sum: dh("70.00"), Roles: map[Role]string{RoleTender: "5141", RoleFrom: "44971"}}}
		_, err := h.m.Post(ctx, tx, p)
		return err
	})
	refused("2026-02", "ledger.close_suspense")
	h.transfer("2026-02-25", "5141", "44971", "70.00")
	h.m.blockers = append(h.m.blockers, func(context.Context, db.Reader, int64, day.Month) (string, []any, error) {
		return "desk.open", nil, nil
	})
	refused("2026-02", "desk.open")
	h.m.blockers = nil
	february, _ := day.ParseMonth("2026-02")
	h.close(february)
	late := h.bill("2026-01-31", "1.00", "0.10")
	if late.Period != date("2026-03-01") {
		t.Errorf("a fact of January is posted in %s", late.Period)
	}
}
