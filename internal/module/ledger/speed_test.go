package ledger

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/dbtest"
)

// BenchmarkReceipt compares a receipt that pays a bill with its bare rows, both with
// a key and an audit row, on each engine, with 16 clients.
func BenchmarkReceipt(b *testing.B) {
	for _, engine := range dbtest.Engines() {
		b.Run(engine, func(b *testing.B) { benchReceipt(b, engine) })
	}
}

const (
	benchClients  = 16
	benchReceipts = 50 // of a client in a round
)

// accountOf is the account of the n-th receipt of a client.
func accountOf(client, n int) op.ID { return op.ID(8000 + 100*client + n%25) }

func benchReceipt(b *testing.B, engine string) {
	h := newHouse(b, engine)
	model := h.receipt("2026-01-02", "51613", "107.00", false, h.bill("2026-01-02", "100.00", "7.00").ID)
	var bare *Bare
	h.read(func(ctx context.Context, r db.Reader) (err error) {
		bare, err = BareOf(ctx, r, h.account, model.Item.ID)
		return err
	})
	var floor, open time.Duration
	rounds := 0
	for b.Loop() {
		bills := h.benchBills()
		floor += h.benchRound(fmt.Sprint("floor-", rounds), func(ctx context.Context, tx db.Tx, c, _ int) error {
			_, err := bare.Write(ctx, tx, BareReceipt{Account: op.ID(9000 + c), Paid: 1})
			return err
		})
		open += h.benchRound(fmt.Sprint("open-", rounds), func(ctx context.Context, tx db.Tx, c, n int) error {
			o := Opening{Posting: h.posting("2026-01-02"), Kind: ItemReceipt, Split: Received(107_00), Tender: "51613", Pay: []Pay{{bills[c][n], 107_00}}}
			o.Account = accountOf(c, n)
			_, err := h.m.Open(ctx, tx, o)
			return err
		})
		rounds++
	}
	done := float64(rounds * benchClients * benchReceipts)
	b.ReportMetric(done/floor.Seconds(), "floor/s")
	b.ReportMetric(done/open.Seconds(), "receipts/s")
	b.ReportMetric(floor.Seconds()/open.Seconds(), "ratio")
}

// benchBills opens the bills of a round.
func (h *house) benchBills() (out [benchClients][benchReceipts]op.ID) {
	h.must(func(ctx context.Context, tx db.Tx) error {
		for c := range out {
			for n := range out[c] {
				o := Opening{Posting: h.posting("2026-01-02"), Kind: ItemBill, Split: taxed("100.00", "7.00"), Service: Water}
				o.Account = accountOf(c, n)
				got, err := h.m.Open(ctx, tx, o)
				if err != nil {
					return err
				}
				out[c][n] = got.Item.ID
			}
		}
		return nil
	})
	return out
}

// benchRound lets every client do its part, each time in a transaction of its own.
func (h *house) benchRound(name string, fn func(ctx context.Context, tx db.Tx, c, n int) error) time.Duration {
	start := time.Now()
	var all sync.WaitGroup
	for c := range benchClients {
		all.Go(func() {
			for n := range benchReceipts {
				err := h.db.Write(h.t.Context(), db.WriteOptions{Keyed: true}, func(ctx context.Context, tx db.Tx) error {
					return op.BareWrite(ctx, tx, int64(c), func(ctx context.Context, tx db.Tx) error { return fn(ctx, tx, c, n) }, fmt.Sprint(name, "-", c, "-", n))
				})
				if err != nil {
					h.t.Error(err)
				}
			}
		})
	}
	all.Wait()
	return time.Since(start)
}

// BenchmarkBulk posts receipts in bulk, each paying one bill.
func BenchmarkBulk(b *testing.B) {
	for _, engine := range []string{dbtest.SQLite, dbtest.Postgres} {
		b.Run(engine, func(b *testing.B) {
			h := newHouse(b, engine)
			const accounts = BulkMax
			var took time.Duration
			rounds := 0
			for b.Loop() {
				ids := make([]op.ID, accounts)
				h.must(func(ctx context.Context, tx db.Tx) error {
					for n := range ids {
						ids[n] = op.ID(10_000 + n)
						o := Opening{Posting: h.posting("2026-01-02"), Kind: ItemBill, Split: taxed("100.00", "7.00"), Service: Water}
						o.Account = ids[n]
						if _, err := h.m.Open(ctx, tx, o); err != nil {
							return err
						}
					}
					return nil
				})
				start := time.Now()
				h.must(func(ctx context.Context, tx db.Tx) error {
					held, err := h.m.HoldAll(ctx, tx, ids)
					if err != nil {
						return err
					}
					openings := make([]Opening, accounts)
					for n, id := range ids {
						pays, _ := Share(held.Owed(id), 107_00)
						openings[n] = Opening{Posting: h.posting("2026-01-02"), Kind: ItemReceipt, Split: Received(107_00), Tender: "5141", Pay: pays}
						openings[n].Account = id
					}
					_, err = h.m.OpenAll(ctx, tx, held, Totals{Document: "LOT"}, openings)
					return err
				})
				took += time.Since(start)
				rounds++
			}
			b.ReportMetric(float64(rounds*accounts)/took.Seconds(), "receipts/s")
		})
	}
}
