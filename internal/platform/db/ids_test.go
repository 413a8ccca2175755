package db_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/testkit/dbtest"
)

// taken collects ids from many goroutines.
type taken struct {
	mu  sync.Mutex
	all []int64
}

func (k *taken) add(first, n int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for i := range n {
		k.all = append(k.all, first+i)
	}
}

// check says that no id was given twice and that each is one of the node.
func (k *taken) check(t *testing.T, node int64) {
	t.Helper()
	slices.Sort(k.all)
	for i, id := range k.all {
		if i > 0 && id == k.all[i-1] {
			t.Fatalf("id %d was given twice", id)
		}
		if id>>43 != node || id >= 1<<53 || db.NodeOf(id) != node {
			t.Fatalf("id %d is not of node %d", id, node)
		}
	}
}

// TestIDsAreNeverReused: by members that commit, fail, panic and roll back, one
// by one and by thousands, in two processes on one database.
func TestIDsAreNeverReused(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{dbtest.SQLite, dbtest.Postgres} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			dsn := dbtest.DSN(t, engine, sampleSet(t))
			one, two := dbtest.Connect(t, dsn, db.Options{}), dbtest.Connect(t, dsn, db.Options{})
			var k taken
			var wg sync.WaitGroup
			for i := range 60 {
				d := one
				if i%5 == 4 { // the other process always commits
					d = two
				}
				wg.Go(func() {
					own := errors.New("own")
					err := d.Write(t.Context(), db.WriteOptions{DryRun: i%5 == 1}, func(ctx context.Context, tx db.Tx) error {
						n := []int64{1, 3, 64, 500, 20000}[i%4]
						for range 5 {
							first, err := tx.NewIDs(ctx, n)
							if err != nil {
								return err
							}
							k.add(first, n)
						}
						if err := tx.Sub(ctx, true, func(tx db.Tx) error {
							id, err := tx.NewID(ctx)
							if err == nil {
								k.add(id, 1)
							}
							return err
						}); err != nil {
							return err
						}
						if i%5 == 2 {
							return own
						}
						return nil
					})
					if err != nil && !errors.Is(err, own) {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			k.check(t, 1)
		})
	}
}

// TestRolledBackReservationIsNotReused: the very first ids of a database are
// reserved inside the member, which fails.
func TestRolledBackReservationIsNotReused(t *testing.T) {
	t.Parallel()
	dbtest.EachWith(t, sampleSet(t), dbtest.Options{}, func(t *testing.T, d *db.DB) {
		var k taken
		for i := range 10 {
			err := d.Write(t.Context(), db.WriteOptions{NoGroup: i%2 == 0}, func(ctx context.Context, tx db.Tx) error {
				for range 2 {
					id, err := tx.NewID(ctx)
					if err != nil {
						return err
					}
					k.add(id, 1)
				}
				if i < 8 {
					return fault.New(fault.Conflict, "own")
				}
				return nil
			})
			if (err == nil) != (i >= 8) {
				t.Fatal(err)
			}
		}
		k.check(t, 1)
	})
}

func TestIDsGrowAndAreBounded(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		last := int64(0)
		for range 50 {
			write(t, d, func(ctx context.Context, tx db.Tx) error {
				id, err := tx.NewID(ctx)
				if id <= last {
					t.Errorf("%d after %d", id, last)
				}
				last = id
				return err
			})
		}
		for _, n := range []int64{0, -1, 1 << 40} {
			err := d.Write(t.Context(), db.WriteOptions{}, func(ctx context.Context, tx db.Tx) error {
				_, err := tx.NewIDs(ctx, n)
				return err
			})
			wantCode(t, err, fault.Internal, "db.ids")
		}
		exec(t, d, `UPDATE id_block SET next = $1`, int64(1)<<43-10)
		err := d.Write(t.Context(), db.WriteOptions{}, func(ctx context.Context, tx db.Tx) error {
			_, err := tx.NewIDs(ctx, 1<<20)
			return err
		})
		wantCode(t, err, fault.Limit, "db.ids_exhausted")
	})
}

func TestNodeIsRecordedOnce(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{dbtest.SQLite, dbtest.Postgres} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			set := sampleSet(t)
			dsn := dbtest.DSN(t, engine, set)
			d := dbtest.Connect(t, dsn, db.Options{Node: 9}) // another node than the one recorded
			if _, err := d.Migrate(t.Context(), set); err != nil {
				t.Fatal(err)
			}
			if n, err := d.Node(t.Context()); n != 1 || err != nil {
				t.Errorf("node %d, %v", n, err)
			}
			exec(t, d, `UPDATE db_node SET node = 1023`)
			again := dbtest.Connect(t, dsn, db.Options{})
			write(t, again, func(ctx context.Context, tx db.Tx) error {
				id, err := tx.NewID(ctx)
				if id>>43 != 1023 || id >= 1<<53 {
					t.Errorf("id %d", id)
				}
				return err
			})
			exec(t, d, `DELETE FROM db_node`)
			_, err := d.Node(t.Context())
			wantCode(t, err, fault.Precondition, "db.not_migrated")
		})
	}
	for _, o := range []db.Options{{Node: 1024, Now: dbtest.NewClock(someTime).Now}, {Node: -1, Now: dbtest.NewClock(someTime).Now}} {
		_, err := db.Open(t.Context(), "sqlite:"+t.TempDir()+"/x.db", o)
		wantCode(t, err, fault.Invalid, "db.node")
	}
}
