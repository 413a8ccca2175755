package ledger

import (
	"context"

	"wasl/internal/kernel/day"
	"wasl/internal/platform/db"
)

// accountKinds gives the accounts that are open on a day, with their kind.
func accountKinds(ctx context.Context, r db.Reader, on day.Date) (map[string]AccountKind, error) {
	out := map[string]AccountKind{}
	err := db.Each(ctx, r, func(rows db.Rows) error {
		var code string
		var kind AccountKind
		err := rows.Scan(&code, &kind)
		out[code] = kind
		return err
	}, `SELECT code, kind FROM gl_account WHERE valid_from <= $1 AND (valid_to IS NULL OR valid_to > $1)`, on)
	return out, err
}
