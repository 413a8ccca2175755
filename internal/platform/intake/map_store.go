package intake

import (
	"context"
	"encoding/json"
	"iter"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
)

const mapColumns = `kind, name, signature, columns, actor_id, recorded_at`

func scanMap(rows db.Rows) (m SavedMap, err error) {
	var columns string
	err = rows.Scan(&m.Kind, &m.Name, &m.Signature, &columns, &m.Actor, &m.RecordedAt)
	if err == nil {
		err = decodeJSON(columns, &m.Columns)
	}
	return m, err
}

// saveMap keeps a map under its name, in place of an older one.
func saveMap(ctx context.Context, tx db.Tx, m SavedMap) error {
	columns, err := json.Marshal(m.Columns)
	if err != nil {
		return fault.Wrap(err, fault.Internal, "internal")
	}
	_, err = tx.Exec(ctx, `INSERT INTO import_map (kind, name, signature, columns, actor_id, recorded_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (kind, name) DO UPDATE SET signature = $3, columns = $4, actor_id = $5, recorded_at = $6`,
		m.Kind, m.Name, m.Signature, string(columns), m.Actor, tx.Now())
	return err
}

// mapNamed reads a map by its name; Invalid on the field map when there is none.
func mapNamed(ctx context.Context, r db.Reader, kind, name string) (SavedMap, error) {
	m, err := db.One(ctx, r, scanMap, `SELECT `+mapColumns+` FROM import_map WHERE kind = $1 AND name = $2`, kind, name)
	if fault.KindOf(err) == fault.NotFound {
		err = fault.InvalidField("map", "import.map_unknown", "name", name)
	}
	return m, err
}

// mapFor reads the last map saved for a header; an empty one when there is none.
func mapFor(ctx context.Context, r db.Reader, kind, signature string) (SavedMap, error) {
	m, err := db.One(ctx, r, scanMap, `SELECT `+mapColumns+` FROM import_map WHERE kind = $1 AND signature = $2
		ORDER BY recorded_at DESC, name LIMIT 1`, kind, signature)
	if fault.KindOf(err) == fault.NotFound {
		return SavedMap{}, nil
	}
	return m, err
}

// listMaps reads the maps of one kind, or of all.
func listMaps(ctx context.Context, r db.Reader, kind string) iter.Seq2[SavedMap, error] {
	var w db.Where
	if kind != "" {
		w.And("kind = ?", kind)
	}
	return db.Seq(ctx, r, scanMap, `SELECT `+mapColumns+` FROM import_map`+w.SQL()+` ORDER BY kind, name`, w.Args()...)
}

// deleteMap removes a map and says whether there was one.
func deleteMap(ctx context.Context, tx db.Tx, kind, name string) (bool, error) {
	n, err := tx.Exec(ctx, `DELETE FROM import_map WHERE kind = $1 AND name = $2`, kind, name)
	return n > 0, err
}
