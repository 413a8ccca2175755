package ledger

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"wasl/internal/kernel/day"
	"wasl/internal/module/org"
	"wasl/internal/platform/db"
	"wasl/internal/testkit/dbtest"
)

// statements notes the first words of what reaches the database.
type statements struct {
	mu   sync.Mutex
	seen []string
}

// Before implements db.Interceptor.
func (s *statements) Before(_ context.Context, c db.Call) error {
	if c.Kind == db.CallExec || c.Kind == db.CallQuery || c.Kind == db.CallLock {
		s.mu.Lock()
		defer s.mu.Unlock()
		words := strings.Fields(string(c.Kind) + " " + c.SQL)
		s.seen = append(s.seen, strings.Join(words[:min(4, len(words))], " "))
	}
	return nil
}

// After implements db.Interceptor.
func (s *statements) After(_ context.Context, _ db.Call, err error) error { return err }

func (s *statements) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.seen
	s.seen = nil
	return out
}

// TestReceiptIsOneReading: once rules and parameters are known, a receipt that pays
// two bills locks, reads once and inserts its rows.
func TestReceiptIsOneReading(t *testing.T) {
	t.Parallel()
	for _, engine := range dbtest.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			seen := &statements{}
			h := newHouseSeen(t, engine, seen)
			a, b := h.bill("2026-01-02", "100.00", "10.00"), h.bill("2026-01-02", "50.00", "5.00")
			h.receipt("2026-01-02", "51613", "10.00", false, a.ID)
			seen.take()
			o := Opening{
				Posting: h.posting("2026-01-02"), Kind: ItemReceipt, Split: Received(15_00), Tender: "51613", Pay: []Pay{{a.ID, 10_00}, {b.ID, 5_00}},
			}
			h.open(o)
			want := []string{
				"lock", "query SELECT coalesce((SELECT n", "exec INSERT INTO ledger_entry", "exec INSERT INTO ledger_line", "exec INSERT INTO open_item",
				"exec INSERT INTO allocation", "exec INSERT INTO allocation", "exec INSERT INTO owed_change", "exec INSERT INTO owed_change",
			}
			if got := seen.take(); !slices.Equal(got, want) {
				t.Errorf("statements\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		})
	}
}

// TestMemoryFollows: a fiscal parameter counts from the transaction that changes it
// on, and one that is undone counts for nobody.
func TestMemoryFollows(t *testing.T) {
	t.Parallel()
	for _, engine := range dbtest.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, engine)
			undone := errors.New("undone")
			regime := func(ctx context.Context, r db.Reader) Regime {
				f, err := h.m.fiscalOf(ctx, r, h.entity, date("2026-01-02"))
				if err != nil {
					t.Error(err)
				}
				return f.regimes.Main()
			}
			for _, back := range []error{undone, nil} {
				err := h.write(func(ctx context.Context, tx db.Tx) error {
					if got := regime(ctx, tx); got != OnReceipts {
						t.Errorf("before: %s", got)
					}
					_, err := tx.Exec(ctx, `INSERT INTO entity_fiscal (entity_id, parameter, valid_from, value, reason, actor_id, recorded_at)
						VALUES ($1, 'vat_regime', $2, 'debit', 'Option', 1, $3)`, h.entity, date("2020-01-01"), tx.Now())
					if err != nil {
						return err
					}
					if err := db.Renew(ctx, tx, org.FiscalTopic); err != nil {
						return err
					}
					if got := regime(ctx, tx); got != OnInvoices {
						t.Errorf("within: %s", got)
					}
					return back
				})
				if !errors.Is(err, back) {
					t.Fatal(err)
				}
				want := map[bool]Regime{true: OnReceipts, false: OnInvoices}[back != nil]
				h.read(func(ctx context.Context, r db.Reader) error {
					if got := regime(ctx, r); got != want {
						t.Errorf("after %v: %s", back, got)
					}
					return nil
				})
			}
		})
	}
}

// TestFiscalByService: a value of one service comes before that of all, whichever is the later;
// a service without its own follows all.
func TestFiscalByService(t *testing.T) {
	t.Parallel()
	h := newHouse(t, dbtest.SQLite)
	err := h.write(func(ctx context.Context, tx db.Tx) error {
		for _, row := range [][]any{
			{"vat_regime", "sanitation", "2026-02-01", "debit"},
			{"vat_regime", "sanitation", "2026-05-01", "encaissement"},
			{"vat_regime", "", "2026-04-01", "debit"},
			{"tax_point", "water", "2026-03-01", "bill"},
			{"tax_point", "", "2026-06-01", "bill"},
			{"tax_point", "electricity", "2026-06-01", "supply"},
		} {
			table, service := "entity_fiscal (entity_id, parameter, valid_from, value", ""
			args := []any{h.entity, row[0], row[2], row[3], tx.Now()}
			if row[1] != "" {
				table, service = "entity_service_fiscal (entity_id, parameter, valid_from, value, service", "$6, "
				args = append(args, row[1])
			}
			if _, err := tx.Exec(ctx, "INSERT INTO "+table+", reason, actor_id, recorded_at) VALUES ($1, $2, $3, $4, "+service+"'Option', 1, $5)", args...); err != nil {
				return err
			}
		}
		return db.Renew(ctx, tx, org.FiscalTopic)
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		on              string
		main, water, sw Regime
		atIssue         []Service
	}{
		{"2026-01-31", OnReceipts, OnReceipts, OnReceipts, nil},
		{"2026-02-01", OnReceipts, OnReceipts, OnInvoices, nil},
		{"2026-04-01", OnInvoices, OnInvoices, OnInvoices, []Service{Water}},
		{"2026-05-01", OnInvoices, OnInvoices, OnReceipts, []Service{Water}},
		{"2026-06-01", OnInvoices, OnInvoices, OnReceipts, []Service{Other, Sanitation, Water, Works}},
	} {
		h.read(func(ctx context.Context, r db.Reader) error {
			f, err := h.m.fiscalOf(ctx, r, h.entity, date(c.on))
			points := slices.Sorted(slices.Values(f.atIssue))
			if f.regimes.Main() != c.main || f.regimes.Of(Water) != c.water || f.regimes.Of(Sanitation) != c.sw || !slices.Equal(points, c.atIssue) {
				t.Errorf("%s: %s, %s, %s, %v; want %+v", c.on, f.regimes.Main(), f.regimes.Of(Water), f.regimes.Of(Sanitation), points, c)
			}
			return err
		})
	}
}

// TestMonthClosedInOneTransaction: what is posted after a closing, even by the same
// transaction, goes to the next month.
func TestMonthClosedInOneTransaction(t *testing.T) {
	t.Parallel()
	for _, engine := range dbtest.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, engine)
			h.at("2026-03-05")
			january, unit := day.MonthOf(date("2026-01-31")), h.units["C1"]
			h.must(func(ctx context.Context, tx db.Tx) error {
				before, err := h.m.periodFor(ctx, tx, unit, date("2026-01-31"))
				if err != nil || before != january {
					t.Errorf("before: %v %v", before, err)
				}
				if _, err := h.m.CloseMonth(ctx, tx, unit, january, "Arrêté", 1); err != nil {
					return err
				}
				after, err := h.m.periodFor(ctx, tx, unit, date("2026-01-31"))
				if after != january.Add(1) {
					t.Errorf("after: %v", after)
				}
				return err
			})
		})
	}
}

// TestIndexesAreThoseOfTheEnums: the order of splits is that of the words.
func TestIndexesAreThoseOfTheEnums(t *testing.T) {
	t.Parallel()
	for i, s := range Service("").EnumValues() {
		if got := serviceIndex(Service(s)); got != i {
			t.Errorf("%s at %d, want %d", s, got, i)
		}
	}
	for i, n := range Nature("").EnumValues() {
		if got := natureIndex(Nature(n)); got != i {
			t.Errorf("%s at %d, want %d", n, got, i)
		}
	}
	if serviceIndex("gas") != -1 || natureIndex("gas") != -1 {
		t.Error("an unknown word has a place")
	}
}
