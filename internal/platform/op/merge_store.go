package op

import (
	"context"

	"wasl/internal/platform/db"
)

// heldUnits are the units that a table has rows of, in their order: one look into the index
// for each of them.
func heldUnits(ctx context.Context, r db.Reader, table, column string) ([]int64, error) {
	return db.All(ctx, r, func(rows db.Rows) (unit int64, err error) {
		err = rows.Scan(&unit)
		return unit, err
	}, `WITH RECURSIVE held (unit) AS (SELECT min(`+column+`) FROM `+table+`
		  UNION ALL SELECT (SELECT min(`+column+`) FROM `+table+` WHERE `+column+` > held.unit) FROM held WHERE held.unit IS NOT NULL)
		SELECT unit FROM held WHERE unit IS NOT NULL`)
}
