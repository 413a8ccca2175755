package seq_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/db/seq"
	"wasl/internal/testkit/dbtest"
)

func bills() seq.Series { return seq.Series{EntityID: 3, Kind: "bill", Exercise: 2026} }

// next takes n numbers; keep decides whether the transaction commits.
func next(ctx context.Context, d *db.DB, s seq.Series, n int64, keep bool) (first int64, err error) {
	err = d.Write(ctx, db.WriteOptions{DryRun: !keep}, func(ctx context.Context, tx db.Tx) (err error) {
		first, err = seq.Next(ctx, tx, s, n)
		return err
	})
	return first, err
}

func TestSeriesAreApart(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, dbtest.Migrations(t), func(t *testing.T, d *db.DB) {
		a := bills()
		others := []seq.Series{a, a, a, a}
		others[0].EntityID++
		others[1].Kind = "receipt"
		others[2].Node = 7
		others[3].Exercise++
		for want := int64(1); want <= 3; want++ {
			if got, err := next(t.Context(), d, a, 1, true); got != want || err != nil {
				t.Fatalf("%d, %v; want %d", got, err, want)
			}
		}
		for _, s := range others {
			if got, err := next(t.Context(), d, s, 1, true); got != 1 || err != nil {
				t.Errorf("%+v begins at %d, %v", s, got, err)
			}
		}
		// Node 0 is the database's own, which is 1.
		a.Node = 1
		if got, err := next(t.Context(), d, a, 1, true); got != 4 || err != nil {
			t.Errorf("node said: %d, %v", got, err)
		}
	})
}

// TestSeriesHaveNoGap: many transactions take numbers, some are rolled back.
// What was kept is 1, 2, 3 … without hole nor double.
func TestSeriesHaveNoGap(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, dbtest.Migrations(t), func(t *testing.T, d *db.DB) {
		var mu sync.Mutex
		var kept []int64
		var wg sync.WaitGroup
		for i := range 40 {
			wg.Go(func() {
				n := int64(i%3 + 1)
				first, err := next(t.Context(), d, bills(), n, i%4 != 0)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				for j := range n {
					if i%4 != 0 {
						kept = append(kept, first+j)
					}
				}
			})
		}
		wg.Wait()
		slices.Sort(kept)
		for i, n := range kept {
			if n != int64(i+1) {
				t.Fatalf("numbers %v", kept)
			}
		}
		err := d.Read(t.Context(), func(ctx context.Context, r db.Reader) error {
			n, err := seq.Peek(ctx, r, bills())
			if n != int64(len(kept)+1) {
				t.Errorf("next is %d after %d", n, len(kept))
			}
			s := bills()
			s.Kind = "new"
			if n, _ := seq.Peek(ctx, r, s); n != 1 {
				t.Errorf("a new series begins at %d", n)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestSeriesAgainstAModel(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t, dbtest.SQLite, dbtest.Migrations(t), db.Options{})
	model := map[seq.Series]int64{}
	rapid.Check(t, func(t *rapid.T) {
		s := seq.Series{
			EntityID: rapid.Int64Range(1, 2).Draw(t, "entity"), Kind: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "kind"),
			Node: rapid.Int64Range(1, 2).Draw(t, "node"), Exercise: rapid.Int64Range(2026, 2027).Draw(t, "exercise"),
		}
		n, keep := rapid.Int64Range(1, 1000).Draw(t, "n"), rapid.Bool().Draw(t, "keep")
		first, err := next(context.Background(), d, s, n, keep)
		if err != nil || first != model[s]+1 {
			t.Fatalf("%+v: %d, %v; want %d", s, first, err, model[s]+1)
		}
		if keep {
			model[s] += n
		}
	})
}

func TestSeriesRefuse(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t, dbtest.SQLite, dbtest.Migrations(t), db.Options{})
	for _, n := range []int64{0, -5, seq.CountMax + 1} {
		if _, err := next(t.Context(), d, bills(), n, true); fault.CodeOf(err) != "seq.count" || fault.KindOf(err) != fault.Limit {
			t.Errorf("%d: %v", n, err)
		}
	}
	if _, err := next(t.Context(), d, seq.Series{EntityID: 1}, 1, true); fault.CodeOf(err) != "seq.kind" {
		t.Errorf("no kind: %v", err)
	}
}
