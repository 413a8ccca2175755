package intake

import (
	"context"
	"encoding/json"

	"wasl/internal/platform/db"
)

// insertChanges keeps the changes that rows ask for.
func insertChanges(ctx context.Context, tx db.Tx, batch int64, rows []*Row) error {
	_, err := tx.Bulk(ctx, "import_change", []string{"batch_id", "line_no", "subject", "body"}, func(yield func([]any, error) bool) {
		for _, row := range rows {
			if !yield([]any{batch, row.Line, row.keep.subject, string(row.keep.body)}, nil) {
				return
			}
		}
	})
	return err
}

// keptChanges are the bodies of the changes kept of some subjects.
func keptChanges(ctx context.Context, r db.Reader, batch int64, subjects []string) (map[string]string, error) {
	out := make(map[string]string, len(subjects))
	err := db.Each(ctx, r, func(rows db.Rows) error {
		var subject, body string
		err := rows.Scan(&subject, &body)
		out[subject] = body
		return err
	}, `SELECT subject, body FROM import_change WHERE batch_id = $1 AND subject IN {texts $2}`, batch, subjects)
	return out, err
}

// changesAfter reads a page of the changes of a batch in the order of the file.
func changesAfter(ctx context.Context, r db.Reader, batch, after int64, limit int) ([]Kept, error) {
	return db.All(ctx, r, func(rows db.Rows) (k Kept, err error) {
		var body string
		err = rows.Scan(&k.Line, &k.Subject, &body)
		k.Body = json.RawMessage(body)
		return k, err
	}, `SELECT line_no, subject, body FROM import_change WHERE batch_id = $1 AND line_no > $2 ORDER BY line_no LIMIT $3`, batch, after, limit)
}

// clearChanges forgets the changes of a batch that has ended.
func clearChanges(ctx context.Context, tx db.Tx, batch int64) error {
	_, err := tx.Exec(ctx, `DELETE FROM import_change WHERE batch_id = $1`, batch)
	return err
}
