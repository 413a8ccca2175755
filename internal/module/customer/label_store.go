package customer

import (
	"context"

	"wasl/internal/platform/db"
)

// labelsBy makes a labeller out of a statement that gives an id and the words for it.
func labelsBy(sql string) func(ctx context.Context, r db.Reader, ids []int64) (map[int64]string, error) {
	return func(ctx context.Context, r db.Reader, ids []int64) (map[int64]string, error) {
		return db.Words(ctx, r, sql, ids)
	}
}

const (
	customerWords = `SELECT id, trim(code || ' ' || name) FROM customer WHERE id IN {ints $1}`
	pointWords    = `SELECT id, trim(code || ' ' || address) FROM service_point WHERE id IN {ints $1}`
	contractWords = `SELECT k.id, trim(k.code || ' ' || c.name) FROM contract_code cc
		JOIN contract k ON k.receivable_account_id = cc.receivable_account_id AND k.id = cc.contract_id
		JOIN customer c ON c.id = k.customer_id WHERE cc.contract_id IN {ints $1}`
)
