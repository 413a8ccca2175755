package org

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/dbtest"
)

// Readers on many goroutines while the tree changes: each answer is that of a
// committed tree, and the last one that of the last tree.
func TestPlacesConcurrently(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, b *bench) {
		b.plantation()
		stop := make(chan struct{})
		var readers sync.WaitGroup
		for range 4 {
			readers.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					err := b.db.Read(t.Context(), func(ctx context.Context, r db.Reader) error {
						on := date(t, "2026-03-16")
						in1, err := b.m.Places().Within(ctx, r, int64(b.ids["U1"]), int64(b.ids["AG1"]), on)
						if err != nil {
							return err
						}
						in2, err := b.m.Places().Within(ctx, r, int64(b.ids["U1"]), int64(b.ids["AG2"]), on)
						if err == nil && in1 == in2 {
							t.Errorf("U1 stands under both agences or none: %v", in1)
						}
						return err
					})
					if err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		for i := range 10 {
			b.change("move", "C1", op.Input{"parent": b.ids[[]string{"AG2", "AG1"}[i%2]].String(), "valid_from": "2026-01-01"})
		}
		close(stop)
		readers.Wait()
		if got := pathOf(b.card("U1", "")); got != "DG/DR1/AG1/C1" {
			t.Errorf("at the end: %s", got)
		}
		b.healthy()
	})
}

// Another process sees a change: it reads the stamp in its own transaction.
func TestPlacesOfAnotherProcess(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, b *bench) {
		b.plantation()
		other := dbtest.Connect(t, b.db.DSN(), db.Options{Now: now})
		places := newPlaces()
		under := func(root string) (in bool) {
			err := other.Read(t.Context(), func(ctx context.Context, r db.Reader) (err error) {
				in, err = places.Within(ctx, r, int64(b.ids["C1"]), int64(b.ids[root]), date(t, "2026-03-16"))
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return in
		}
		if !under("AG1") || under("AG2") {
			t.Fatal("before")
		}
		b.change("move", "C1", op.Input{"parent": b.ids["AG2"].String(), "valid_from": "2026-01-01"})
		if under("AG1") || !under("AG2") {
			t.Error("the other process still sees the tree of before")
		}
	})
}

// Two people change the tree at once: both changes hold, or one is refused.
func TestConcurrentChanges(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, b *bench) {
		b.plantation()
		var work sync.WaitGroup
		errs := make([]error, 8)
		requests := make([]op.Request, len(errs))
		for i := range requests {
			requests[i] = b.as(admin, "org.unit.add", op.Input{
				"code": "N" + string(rune('0'+i/2)), "kind": "centre", "name": "Neuf", "parent": b.ids["AG1"].String(), "opened_on": "2026-01-01",
			})
		}
		for i, q := range requests {
			work.Go(func() { _, errs[i] = b.run.Run(t.Context(), q) })
		}
		work.Wait()
		for i := 0; i < len(errs); i += 2 {
			if (errs[i] == nil) == (errs[i+1] == nil) {
				t.Errorf("the same code twice: %v and %v", errs[i], errs[i+1])
			}
			for _, err := range errs[i : i+2] {
				if err != nil && !slices.Contains(codesOf(err), "org.unit.code_taken") {
					t.Error(err)
				}
			}
		}
		b.healthy()
	})
}

// A load of ten thousand units is quick, and an answer from memory quicker.
func TestPlacesAreQuick(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, b *bench) {
		b.imported(bigFile(), nil, Applied, counts{Lines: 10000, Created: 10000})
		b.learn()
		b.read(func(ctx context.Context, r db.Reader) error {
			start := time.Now()
			if _, err := loadForest(ctx, r); err != nil {
				return err
			}
			t.Logf("load: %s", time.Since(start))
			start = time.Now()
			for range 100 {
				in, err := b.m.Places().Within(ctx, r, int64(b.ids["U77"]), int64(b.top), date(t, "2026-03-16"))
				if err != nil || !in {
					t.Fatalf("%v %v", in, err)
				}
			}
			t.Logf("answer: %s", time.Since(start)/100)
			return nil
		})
		start := time.Now()
		do[Tree](b, "org.unit.tree", op.Input{"reveal": b.ids["U77"].String()})
		t.Logf("reveal: %s", time.Since(start))
		start = time.Now()
		list, _ := rows[UnitRow](b, admin, "org.unit.list", op.Input{"text": "unite 77"}, op.Page{Limit: 50, Sort: "name"})
		t.Logf("search: %s, %d rows", time.Since(start), len(list))
		if len(list) != 50 {
			t.Errorf("%d rows", len(list))
		}
	})
}
