package metering

import (
	"context"
	"time"

	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// bareTimeout bounds one transaction of a bare load.
const bareTimeout = 5 * time.Minute

// Bare loads the rows that an import wrote again, with no product code: the floor an import
// is compared with. The rows go to accounts, ids and meters that nothing else uses.
type Bare struct {
	DB *db.DB
	// Batch is the import, Shift is added to every account, id and batch.
	Batch, Shift int64
	// Chunk is the number of readings of a transaction.
	Chunk int
	// Timed runs a load and adds up what it took; reading the rows is not in it.
	Timed func(load func() error) error
}

// Load loads the rows in parts and gives their number.
func (b Bare) Load(ctx context.Context) (rows int64, err error) {
	var reading, consumption int64
	for {
		part := &book{}
		err := b.DB.Read(ctx, func(ctx context.Context, r db.Reader) (err error) {
			if part.readings, err = b.readings(ctx, r, reading); err == nil {
				part.consumptions, err = b.consumptions(ctx, r, consumption)
			}
			return err
		})
		n := len(part.readings) + len(part.consumptions)
		if err != nil || n == 0 {
			return rows, err
		}
		rows += int64(n)
		if n := len(part.readings); n > 0 {
			reading = int64(part.readings[n-1].ID) - b.Shift
		}
		if n := len(part.consumptions); n > 0 {
			consumption = int64(part.consumptions[n-1].ID) - b.Shift
		}
		err = b.Timed(func() error {
			return b.DB.Write(ctx, db.WriteOptions{NoGroup: true, Timeout: bareTimeout}, func(ctx context.Context, tx db.Tx) error {
				if err := part.flushReadings(ctx, tx); err != nil {
					return err
				}
				return part.flushSpent(ctx, tx)
			})
		})
		if err != nil {
			return rows, err
		}
	}
}

// readings are the next ones of the batch after an id.
func (b Bare) readings(ctx context.Context, r db.Reader, after int64) ([]Reading, error) {
	return db.All(ctx, r, func(rows db.Rows) (row Reading, err error) {
		err = rows.Scan(row.fields()...)
		row.Account, row.ID, row.Batch = row.Account+op.ID(b.Shift), row.ID+op.ID(b.Shift), op.ID(b.Batch+b.Shift)
		return row, err
	}, `SELECT `+readingColumns+` FROM reading r WHERE r.batch_id = $1 AND r.id > $2 ORDER BY r.id LIMIT $3`, b.Batch, after, b.Chunk)
}

// consumptions are the next ones of the batch after an id.
func (b Bare) consumptions(ctx context.Context, r db.Reader, after int64) ([]Consumption, error) {
	return db.All(ctx, r, func(rows db.Rows) (row Consumption, err error) {
		err = rows.Scan(row.fields()...)
		row.Account, row.ID, row.Batch = row.Account+op.ID(b.Shift), row.ID+op.ID(b.Shift), op.ID(b.Batch+b.Shift)
		return row, err
	}, `SELECT `+consumptionColumns+` FROM consumption c WHERE c.batch_id = $1 AND c.id > $2 ORDER BY c.id LIMIT $3`, b.Batch, after, b.Chunk)
}
