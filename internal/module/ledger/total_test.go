package ledger

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"wasl/internal/kernel/day"
	"wasl/internal/platform/db"
	"wasl/internal/testkit/dbtest"
)

// kept are the rows of the totals and of their changes, as text.
func (h *house) kept(table string) (out []string) {
	h.t.Helper()
	h.read(func(ctx context.Context, r db.Reader) error {
		return db.Each(ctx, r, func(rows db.Rows) error {
			var c change
			err := rows.Scan(c.fields(false)...)
			out = append(out, fmt.Sprint(c.due, " ", c.on, " ", c.owed, " ", c.credit, " ", c.doubtful))
			return err
		}, `SELECT `+totalColumns+` FROM `+table+` ORDER BY due_on, effective_on, owed`)
	})
	return out
}

func (h *house) fold(batch int64) (n int) {
	h.t.Helper()
	h.must(func(ctx context.Context, tx db.Tx) (err error) {
		n, err = fold(ctx, tx, batch)
		return err
	})
	return n
}

// TestTotalsAreFolded: a posting appends what it changed, a fold adds it up day by day,
// makes one of the days that are over and drops what is settled.
func TestTotalsAreFolded(t *testing.T) {
	t.Parallel()
	for _, engine := range dbtest.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, engine)
			same := func(what, table string, want ...string) {
				t.Helper()
				if got := h.kept(table); !slices.Equal(got, want) {
					t.Errorf("%s: %s holds %q, want %q", what, table, got, want)
				}
			}
			h.at("2026-01-10")
			first := h.bill("2026-01-05", "100.00", "10.00")
			second := h.bill("2026-01-10", "50.00", "5.00")
			h.receipt("2026-01-10", "5141", "110.00", false, first.ID)
			same("after two bills and a receipt", "owed_change", "2026-01-05 2026-01-05 110.00 0.00 0.00", "2026-01-05 2026-01-10 -110.00 0.00 0.00",
				"2026-01-10 2026-01-10 0.00 0.00 0.00", "2026-01-10 2026-01-10 55.00 0.00 0.00") // the third is what came in
			if n := h.fold(3); n != 3 {
				t.Errorf("a fold of three took %d", n)
			}
			if n := h.fold(10); n != 1 {
				t.Errorf("the next one took %d, want 1", n)
			}
			// 5 January is over: it is one of the days before, which 8 January ends.
			same("folded on the 10th", "owed_total", "2026-01-05 1000-01-01 110.00 0.00 0.00", "2026-01-05 2026-01-10 -110.00 0.00 0.00",
				"2026-01-10 2026-01-10 55.00 0.00 0.00")
			same("folded on the 10th", "owed_change")
			h.ages("the day before", AgeingQuery{AsOf: AsOf{On: date("2026-01-09")}}, "110.00")
			h.ages("today", AgeingQuery{}, "55.00")
			h.at("2026-01-12")
			h.fold(10)
			same("folded two days later", "owed_total", "2026-01-10 1000-01-01 55.00 0.00 0.00")
			h.ages("the 9th, out of the rows", AgeingQuery{AsOf: AsOf{On: date("2026-01-09")}}, "110.00")
			h.receipt("2026-01-12", "5141", "55.00", false, second.ID)
			h.at("2026-01-20")
			h.fold(10)
			same("all is paid", "owed_total")
			h.verified()
		})
	}
}

// verified expects that the check finds nothing.
func (h *house) verified() {
	h.t.Helper()
	h.read(func(ctx context.Context, r db.Reader) error {
		rep, err := Check().Run(ctx, r)
		if len(rep.Findings) > 0 {
			h.t.Errorf("verify: %v", rep.Findings)
		}
		return err
	})
}

// TestTotalsOfADayToCome: what counts from a later day does not count before, however often
// it is folded.
func TestTotalsOfADayToCome(t *testing.T) {
	t.Parallel()
	h := newHouse(t, dbtest.SQLite)
	h.at("2026-01-10")
	h.bill("2026-01-14", "100.00", "10.00")
	for i, want := range []string{"", "", "", "", "110.00", "110.00", "110.00", "110.00"} {
		on := date("2026-01-10").AddDays(i)
		h.at(on.String())
		h.fold(10)
		if want == "" {
			h.ages(on.String(), AgeingQuery{})
		} else {
			h.ages(on.String(), AgeingQuery{}, want)
		}
	}
	h.verified()
}

// TestTotalsAreAsked: an ageing of today reads no item, one of a day that is over does.
func TestTotalsAreAsked(t *testing.T) {
	t.Parallel()
	h := newHouse(t, dbtest.SQLite)
	h.at("2026-01-10")
	h.bill("2026-01-10", "100.00", "10.00")
	h.fold(10)
	h.must(func(ctx context.Context, tx db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE owed_total SET owed = owed + 1`)
		return err
	})
	h.ages("today", AgeingQuery{}, "110.01")
	h.ages("as it is known now", AgeingQuery{AsOf: AsOf{KnownAt: h.clock.Now()}}, "110.00")
	h.ages("a day that is over", AgeingQuery{AsOf: AsOf{On: day.Of(h.clock.Now()).AddDays(-3)}})
	h.must(func(ctx context.Context, tx db.Tx) error {
		rows, err := Ageing(ctx, tx, AgeingQuery{Group: GroupUnit, By: ByDue}, nil, nil)
		if len(rows) != 1 || rows[0].Debits != dh("110.00") {
			t.Errorf("in a command: %+v", rows)
		}
		return err
	})
}

// TestFoldsBesideEachOther: on PostgreSQL and SQLite alike, folds and postings at the same
// time neither lose a change nor add one twice.
func TestFoldsBesideEachOther(t *testing.T) {
	t.Parallel()
	for _, engine := range dbtest.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, engine)
			h.at("2026-01-10")
			done := make(chan error)
			const desks, bills = 4, 6
			for range 2 {
				go func() {
					var err error
					for range desks * bills {
						err = h.m.Fold(t.Context(), h.db)
						if err != nil {
							break
						}
					}
					done <- err
				}()
			}
			for n := range desks {
				go func() {
					var err error
					for i := 0; i < bills && err == nil; i++ {
						err = h.db.Write(t.Context(), db.WriteOptions{}, func(ctx context.Context, tx db.Tx) error {
							p := h.posting("2026-01-10")
							p.Document = fmt.Sprint(n, i)
							_, err := h.m.Open(ctx, tx, Opening{Posting: p, Kind: ItemBill, Split: taxed("1.00", "0.00"), Service: Water, Category: "domestic", LegalNature: "private"})
							return err
						})
					}
					done <- err
				}()
			}
			for range desks + 2 {
				if err := <-done; err != nil {
					t.Error(err)
				}
			}
			h.ages("together", AgeingQuery{}, "24.00")
			h.fold(1000)
			h.ages("folded", AgeingQuery{}, "24.00")
			h.verified()
		})
	}
}
