package ledger

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/dbtest"
)

// BenchmarkReceipt compares a receipt that pays a bill with its bare rows, on both
// engines, with 16 clients: go test -bench Receipt -run - ./internal/module/ledger.
func BenchmarkReceipt(b *testing.B) {
	for _, engine := range dbtest.Engines() {
		b.Run(engine, func(b *testing.B) { benchReceipt(b, engine) })
	}
}

const benchClients = 16

func benchReceipt(b *testing.B, engine string) {
	h := newHouse(b, engine)
	const bills = 250
	items := make([][]op.ID, benchClients)
	var model Opened
	h.must(func(ctx context.Context, tx db.Tx) error {
		for c := range benchClients {
			for range bills {
				o := Opening{Posting: h.posting("2026-01-02"), Kind: ItemBill, Split: taxed("100.00", "7.00"), Service: Water}
				o.Account = op.ID(8000 + c)
				got, err := h.m.Open(ctx, tx, o)
				if err != nil {
					return err
				}
				items[c] = append(items[c], got.Item.ID)
			}
		}
		return nil
	})
	model = h.receipt("2026-01-02", "51613", "107.00", false, h.bill("2026-01-02", "100.00", "7.00").ID)
	var lines []EntryLine
	h.read(func(ctx context.Context, r db.Reader) (err error) {
		lines, err = linesOf(ctx, r, h.account, model.Entries[0].ID)
		return err
	})
	var keys atomic.Int64
	run := func(fn func(ctx context.Context, tx db.Tx, c, n int) error) time.Duration {
		start := time.Now()
		var all sync.WaitGroup
		for c := range benchClients {
			all.Go(func() {
				for n := range bills / 5 {
					key := fmt.Sprint("speed-", keys.Add(1))
					if err := h.db.Write(b.Context(), db.WriteOptions{Keyed: true}, func(ctx context.Context, tx db.Tx) error {
						return op.BareWrite(ctx, tx, int64(c), func(ctx context.Context, tx db.Tx) error { return fn(ctx, tx, c, n) }, key)
					}); err != nil {
						b.Error(err)
					}
				}
			})
		}
		all.Wait()
		return time.Since(start)
	}
	var floor, open time.Duration
	round := 0
	for b.Loop() {
		if round == 5 {
			b.Fatal("no bill left")
		}
		floor += run(func(ctx context.Context, tx db.Tx, c, _ int) error { return bareRows(ctx, tx, model, lines, op.ID(9000+c)) })
		open += run(func(ctx context.Context, tx db.Tx, c, n int) error {
			o := Opening{
				Posting: h.posting("2026-01-02"), Kind: ItemReceipt, Split: Received(107_00), Service: Water, Tender: "51613",
				Pay: []Pay{{items[c][round*bills/5+n], 107_00}},
			}
			o.Account = op.ID(8000 + c)
			_, err := h.m.Open(ctx, tx, o)
			return err
		})
		round++
	}
	done := float64(round * benchClients * bills / 5)
	b.ReportMetric(done/floor.Seconds(), "floor/s")
	b.ReportMetric(done/open.Seconds(), "receipts/s")
	b.ReportMetric(floor.Seconds()/open.Seconds(), "ratio")
}

// bareRows inserts the rows of a receipt again, under ids of their own.
func bareRows(ctx context.Context, tx db.Tx, o Opened, lines []EntryLine, account op.ID) error {
	first, err := tx.NewIDs(ctx, 4)
	if err != nil {
		return err
	}
	e, i, a := o.Entries[0], o.Item, o.Allocations[0]
	e.Account, e.ID, i.Account, i.ID, i.Entry = account, op.ID(first), account, op.ID(first+1), op.ID(first)
	a.Account, a.ID, a.Entry, a.Debit, a.Credit = account, op.ID(first+2), e.ID, i.ID, i.ID
	if err := insertEntry(ctx, tx, &e); err != nil {
		return err
	}
	var own []Line
	for _, l := range lines {
		own = append(own, Line{Account: l.Account, Service: l.Service, Rate: l.Rate, Amount: l.Amount})
	}
	if err := insertLines(ctx, tx, &e, "", own); err != nil {
		return err
	}
	if err := insertItem(ctx, tx, &i); err != nil {
		return err
	}
	return insertAllocation(ctx, tx, &a)
}
