package metering

import (
	"context"
	"iter"
	"time"

	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// bareTimeout bounds one transaction of a bare load.
const bareTimeout = 5 * time.Minute

// BareRows are rows that an import wrote, to be loaded again by BareLoad.
type BareRows struct {
	readings     []Reading
	consumptions []Consumption
}

// Count is the number of rows.
func (b *BareRows) Count() int { return len(b.readings) + len(b.consumptions) }

// ReadBare reads the readings and consumptions of a batch and moves them to accounts, ids and
// meters that nothing else uses.
func ReadBare(ctx context.Context, r db.Reader, batch, shift int64) (*BareRows, error) {
	out := &BareRows{}
	err := db.Each(ctx, r, func(rows db.Rows) error {
		var row Reading
		err := rows.Scan(row.fields()...)
		row.Account, row.ID, row.Batch = row.Account+op.ID(shift), row.ID+op.ID(shift), op.ID(batch+shift)
		out.readings = append(out.readings, row)
		return err
	}, `SELECT `+readingColumns+` FROM reading r WHERE r.batch_id = $1 ORDER BY r.id`, batch)
	if err != nil {
		return nil, err
	}
	return out, db.Each(ctx, r, func(rows db.Rows) error {
		var row Consumption
		err := rows.Scan(row.fields()...)
		row.Account, row.ID, row.Batch = row.Account+op.ID(shift), row.ID+op.ID(shift), op.ID(batch+shift)
		out.consumptions = append(out.consumptions, row)
		return err
	}, `SELECT `+consumptionColumns+` FROM consumption c WHERE c.batch_id = $1 ORDER BY c.id`, batch)
}

// BareLoad inserts the same rows with no product code, in transactions of a size: the floor
// an import is compared with.
func (b *BareRows) BareLoad(ctx context.Context, d *db.DB, chunk int) error {
	for r, c := range parallel(b.readings, b.consumptions, chunk) {
		part := &book{readings: r, consumptions: c}
		err := d.Write(ctx, db.WriteOptions{NoGroup: true, Timeout: bareTimeout}, func(ctx context.Context, tx db.Tx) error {
			if err := part.flushReadings(ctx, tx); err != nil {
				return err
			}
			return part.flushSpent(ctx, tx)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// parallel cuts two lists into parts that go together.
func parallel(readings []Reading, consumptions []Consumption, chunk int) iter.Seq2[[]Reading, []Consumption] {
	return func(yield func([]Reading, []Consumption) bool) {
		for at := 0; at < max(len(readings), len(consumptions)); at += chunk {
			r := readings[min(at, len(readings)):min(at+chunk, len(readings))]
			c := consumptions[min(at, len(consumptions)):min(at+chunk, len(consumptions))]
			if !yield(r, c) {
				return
			}
		}
	}
}
