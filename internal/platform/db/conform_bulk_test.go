package db_test

import (
	"context"
	"strconv"
	"testing"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/platform/db"
)

// bulkRow is a row of thing as it is read back.
type bulkRow struct {
	id, size   *int64
	code, name string
	active     bool
	born       day.Date
	seen       *time.Time
	content    []byte
}

// bulkName, bulkSize and the others are what row i of a load holds: columns that repeat, that
// begin to change after hundreds of rows, that change back, and that are nothing now and then.
func bulkName(i int) any {
	if i < 300 {
		return "same"
	}
	return "name " + strconv.Itoa(i/3)
}

func bulkSize(i int) any {
	if i%5 == 0 {
		return nil
	}
	return int64(i / 200)
}

func bulkBorn(i int) any {
	if i >= 400 && i < 420 {
		return nil
	}
	born, _ := day.Parse("2026-01-0" + strconv.Itoa(1+i/450))
	return born
}

// TestBulkKeepsEveryValue loads twice, so that what the first load learnt of the columns is
// used by the second one, and compares every value.
func TestBulkKeepsEveryValue(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		const count = 1000
		seen := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
		for load := range 2 {
			write(t, d, func(ctx context.Context, tx db.Tx) error {
				_, err := tx.Bulk(ctx, "thing", []string{"id", "code", "name", "active", "born", "seen", "size", "content"}, func(yield func([]any, error) bool) {
					row := make([]any, 8)
					for i := range count {
						id := load*count + i
						row[0], row[1], row[2], row[3], row[4] = int64(id), strconv.Itoa(id), bulkName(i), i < 777, bulkBorn(i)
						row[5], row[6], row[7] = db.Again(row[5], seen), bulkSize(i), []byte{byte(i)}
						if !yield(row, nil) {
							return
						}
					}
				})
				return err
			})
		}
		at := 0
		err := d.Read(t.Context(), func(ctx context.Context, r db.Reader) error {
			return db.Each(ctx, r, func(rows db.Rows) error {
				var b bulkRow
				err := rows.Scan(&b.id, &b.code, &b.name, &b.active, &b.born, &b.seen, &b.size, &b.content)
				i := at % count
				size, _ := bulkSize(i).(int64)
				born, _ := bulkBorn(i).(day.Date)
				if *b.id != int64(at) || b.code != strconv.Itoa(at) || b.name != bulkName(i) || b.active != (i < 777) || b.born != born ||
					!b.seen.Equal(seen) || (b.size == nil) != (i%5 == 0) || b.size != nil && *b.size != size || len(b.content) != 1 || b.content[0] != byte(i) {
					t.Errorf("row %d: %+v", at, b)
				}
				at++
				return err
			}, `SELECT id, code, name, active, born, seen, size, content FROM thing ORDER BY id`)
		})
		if err != nil || at != 2*count {
			t.Errorf("%d rows, %v", at, err)
		}
	})
}
