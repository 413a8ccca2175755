package org

import (
	"context"

	"wasl/internal/platform/db"
)

// BareUpdate is the one statement of an edit, for the floor of the benchmark.
func (m *Module) BareUpdate(id int64) func(ctx context.Context, tx db.Tx) error {
	return func(ctx context.Context, tx db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE unit SET address = $1, version = version + 1 WHERE id = $2`, "bench", id)
		return err
	}
}
