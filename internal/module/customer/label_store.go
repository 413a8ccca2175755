package customer

import (
	"context"

	"wasl/internal/platform/db"
)

// labelsBy makes a labeller out of a statement that gives an id and the words for it.
func labelsBy(sql string) func(ctx context.Context, r db.Reader, ids []int64) (map[int64]string, error) {
	return func(ctx context.Context, r db.Reader, ids []int64) (map[int64]string, error) {
		words := map[int64]string{}
		return words, db.Each(ctx, r, func(rows db.Rows) error {
			var id int64
			var code, name string
			err := rows.Scan(&id, &code, &name)
			words[id] = code
			if name != "" {
				words[id] += " " + name
			}
			return err
		}, sql, ids)
	}
}

const (
	customerWords = `SELECT id, code, name FROM customer WHERE id IN {ints $1}`
	pointWords    = `SELECT id, code, address FROM service_point WHERE id IN {ints $1}`
	contractWords = `SELECT k.id, k.code, c.name FROM contract_code cc
		JOIN contract k ON k.receivable_account_id = cc.receivable_account_id AND k.id = cc.contract_id
		JOIN customer c ON c.id = k.customer_id WHERE cc.contract_id IN {ints $1}`
)
