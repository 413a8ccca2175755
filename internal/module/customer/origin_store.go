package customer

import (
	"context"

	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// batchOf is the import a record came with; 0 for none.
func batchOf(ctx context.Context, r db.Reader, kind string, id op.ID) (batch int64, err error) {
	from := map[string]string{
		kindCustomer: "FROM customer k WHERE k.id = $1", kindServicePoint: "FROM service_point k WHERE k.id = $1", kindContract: byKey + " WHERE cc.contract_id = $1",
	}
	_, err = db.ScanOne(ctx, r, `SELECT coalesce(k.batch_id, 0) `+from[kind], []any{id}, &batch)
	return batch, err
}
