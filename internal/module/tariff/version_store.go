package tariff

import (
	"context"
	"iter"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

const versionColumns = `v.id, t.kind, t.code, t.label, v.code, v.valid_from, v.valid_to, v.status, v.provenance, v.state, v.sha256, v.file_id, f.name,
	v.imported_by, v.imported_at, v.activated_at, v.ended_at, v.version`

const versionTables = ` FROM tariff_version v JOIN tariff t ON t.id = v.tariff_id JOIN tariff_file f ON f.id = v.file_id`

func (v *VersionRow) fields() []any {
	return []any{
		&v.ID, &v.Nature, &v.Tariff, &v.Label, &v.Name, &v.ValidFrom, &v.ValidTo, &v.Status, &v.Provenance, &v.State, &v.SHA256, &v.File, &v.FileName,
		&v.ImportedBy, &v.ImportedAt, &v.ActivatedAt, &v.EndedAt, &v.Version,
	}
}

func scanStored(rows db.Rows) (*stored, error) {
	s := &stored{}
	return s, rows.Scan(append(s.fields(), &s.tariffID, &s.content)...)
}

// storedBy reads versions with their texts, in order of tariff and first day.
func storedBy(ctx context.Context, r db.Reader, w *db.Where) ([]*stored, error) {
	return db.All(ctx, r, scanStored, `SELECT `+versionColumns+`, v.tariff_id, v.content`+versionTables+w.SQL()+` ORDER BY t.kind, t.code, v.valid_from, v.id`,
		w.Args()...)
}

// activeVersions are all that price today, or on any day.
func activeVersions(ctx context.Context, r db.Reader) ([]*stored, error) {
	var w db.Where
	w.And("v.state = ?", Active)
	return storedBy(ctx, r, &w)
}

// versionsOf are all versions of a tariff.
func versionsOf(ctx context.Context, r db.Reader, nature Nature, code string) ([]*stored, error) {
	var w db.Where
	w.And("t.kind = ? AND t.code = ?", nature, code)
	return storedBy(ctx, r, &w)
}

// versionsByID are some versions; one that is not there is NotFound.
func versionsByID(ctx context.Context, r db.Reader, ids []op.ID) ([]*stored, error) {
	plain := make([]int64, 0, len(ids))
	seen := map[op.ID]bool{}
	for _, id := range ids {
		if !seen[id] {
			plain = append(plain, int64(id))
		}
		seen[id] = true
	}
	var w db.Where
	w.In("v.id", plain)
	all, err := storedBy(ctx, r, &w)
	if err == nil && len(all) != len(plain) {
		return nil, fault.New(fault.NotFound, "tariff.version_unknown")
	}
	return all, err
}

func listVersions(ctx context.Context, x *op.Exec, in VersionFilter) iter.Seq2[VersionRow, error] {
	var w db.Where
	if in.Tariff != "" {
		w.And("t.code = ?", in.Tariff)
	}
	if in.Nature != "" {
		w.And("t.kind = ?", in.Nature)
	}
	if in.State != "" {
		w.And("v.state = ?", in.State)
	}
	order := x.Keyset(&w, map[string][]string{"tariff": {"t.code", "t.kind", "%v.valid_from", "#v.id"}})
	return db.Seq(ctx, x.R, func(rows db.Rows) (v VersionRow, err error) {
		err = rows.Scan(v.fields()...)
		return v, err
	}, `SELECT `+versionColumns+versionTables+w.SQL()+order, w.Args()...)
}

// keepFile stores a file, or finds it by its content.
func keepFile(ctx context.Context, x *op.Exec, up op.Upload) (op.ID, error) {
	id, err := db.Value[op.ID](ctx, x.Tx, `SELECT id FROM tariff_file WHERE sha256 = $1`, up.SHA256)
	if fault.CodeOf(err) != "db.no_row" {
		return id, err
	}
	fresh, err := x.Tx.NewID(ctx)
	if err != nil {
		return 0, err
	}
	_, err = x.Tx.Exec(ctx, `INSERT INTO tariff_file (id, name, sha256, source, actor_id, recorded_at) VALUES ($1, $2, $3, $4, $5, $6)`,
		fresh, up.Name, up.SHA256, string(up.Data), x.Actor.UserID, x.Now)
	return op.ID(fresh), err
}

// keepHead finds or makes what a version belongs to, and gives it the words of the
// version when it is new or a version is about to be active.
func keepHead(ctx context.Context, x *op.Exec, h head, rename bool) (int64, error) {
	id, err := db.Value[int64](ctx, x.Tx, `SELECT id FROM tariff WHERE kind = $1 AND code = $2`, h.nature, h.code)
	switch {
	case err == nil && rename:
		_, err = x.Tx.Exec(ctx, `UPDATE tariff SET label = $1, service = $2, unit = $3, currency = $4, folded = $5 WHERE id = $6`,
			h.label, h.service, h.unit, h.currency, db.Fold(h.code+" "+h.label), id)
		return id, err
	case fault.CodeOf(err) != "db.no_row":
		return id, err
	}
	if id, err = x.Tx.NewID(ctx); err != nil {
		return 0, err
	}
	_, err = x.Tx.Exec(ctx, `INSERT INTO tariff (id, kind, code, label, service, unit, currency, folded) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		id, h.nature, h.code, h.label, h.service, h.unit, h.currency, db.Fold(h.code+" "+h.label))
	return id, err
}

func insertVersion(ctx context.Context, tx db.Tx, s *stored) error {
	_, err := tx.Exec(ctx, `INSERT INTO tariff_version (id, tariff_id, code, valid_from, valid_to, status, provenance, state, sha256, content, file_id,
		  imported_by, imported_at, activated_at, ended_at, version)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		s.ID, s.tariffID, s.Name, s.ValidFrom, s.ValidTo, s.Status, s.Provenance, s.State, s.SHA256, s.content, s.File,
		s.ImportedBy, s.ImportedAt, s.ActivatedAt, s.EndedAt, s.Version)
	return err
}

// redraft replaces the text of a version that was never active.
func redraft(ctx context.Context, tx db.Tx, s *stored) error {
	n, err := tx.Exec(ctx, `UPDATE tariff_version SET valid_from = $1, valid_to = $2, status = $3, provenance = $4, sha256 = $5, content = $6, file_id = $7,
		  imported_by = $8, imported_at = $9, version = version + 1
		WHERE id = $10 AND version = $11 AND activated_at IS NULL`,
		s.ValidFrom, s.ValidTo, s.Status, s.Provenance, s.SHA256, s.content, s.File, s.ImportedBy, s.ImportedAt, s.ID, s.Version)
	return moved(s, n, err)
}

// settle writes the state of a version and the instants that go with it.
func settle(ctx context.Context, tx db.Tx, s *stored) error {
	n, err := tx.Exec(ctx, `UPDATE tariff_version SET state = $1, activated_at = $2, ended_at = $3, version = version + 1 WHERE id = $4 AND version = $5`,
		s.State, s.ActivatedAt, s.EndedAt, s.ID, s.Version)
	return moved(s, n, err)
}

// drop removes a version that was never active.
func drop(ctx context.Context, tx db.Tx, s *stored) error {
	n, err := tx.Exec(ctx, `DELETE FROM tariff_version WHERE id = $1 AND version = $2 AND activated_at IS NULL`, s.ID, s.Version)
	if err := moved(s, n, err); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `DELETE FROM tariff WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM tariff_version v WHERE v.tariff_id = tariff.id)`, s.tariffID)
	return err
}

// moved checks that a change met the row it had read.
func moved(s *stored, n int64, err error) error {
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "row.stale", "version", s.Version+1, "given", s.Version)
	}
	s.Version++
	return err
}

// stampKey is the name of the book's identity in a transaction's memory.
type stampKey struct{}

const stampSQL = `SELECT stamp FROM tariff_book`

// bookStamp gives the identity of what is active, once per transaction; 0 before
// anything was.
func bookStamp(ctx context.Context, r db.Reader) (int64, error) {
	if stamp, known := db.Remembered[int64](r, stampKey{}); known {
		return stamp, nil
	}
	var stamp int64
	_, err := db.ScanOne(ctx, r, stampSQL, nil, &stamp)
	if err == nil {
		db.Remember(r, stampKey{}, stamp)
	}
	return stamp, err
}

// takeBook gives what is active a new identity. It comes before the first read of a
// change: on PostgreSQL its row is what two changes wait for each other at.
func takeBook(ctx context.Context, tx db.Tx) error {
	stamp, err := tx.NewID(ctx)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO tariff_book (one, stamp) VALUES (1, $1) ON CONFLICT (one) DO UPDATE SET stamp = excluded.stamp`, stamp)
	if err != nil {
		return err
	}
	db.Remember(tx, stampKey{}, stamp)
	return db.Bump(ctx, tx, Topic)
}

// listHeads gives tariffs and tables with the version in force on a date.
func listHeads(ctx context.Context, x *op.Exec, in Filter) iter.Seq2[Row, error] {
	var w db.Where
	on := in.On
	if on.IsZero() {
		on = x.Today
	}
	today := w.Arg(on)
	if in.Nature != "" {
		w.And("t.kind = ?", in.Nature)
	}
	if in.Service != "" {
		w.And("t.service = ?", in.Service)
	}
	if in.Text != "" {
		w.And(`t.folded LIKE ? ESCAPE '\'`, "%"+db.Like(db.Fold(in.Text))+"%")
	}
	order := x.Keyset(&w, map[string][]string{"code": {"t.code", "t.kind"}})
	return db.Seq(ctx, x.R, func(rows db.Rows) (row Row, err error) {
		err = rows.Scan(&row.ID, &row.Nature, &row.Code, &row.Label, &row.Service, &row.Unit, &row.Currency, &row.Name, &row.ValidFrom, &row.ValidTo, &row.Status,
			&row.Versions, &row.Drafts)
		if !row.ValidTo.IsZero() && !on.Before(row.ValidTo) { // over, and nothing follows
			row.Name, row.Status, row.ValidFrom = "", "", row.ValidTo
		}
		return row, err
	}, `SELECT t.id, t.kind, t.code, t.label, t.service, t.unit, t.currency, COALESCE(v.code, ''), v.valid_from, v.valid_to, COALESCE(v.status, ''),
		  (SELECT count(*) FROM tariff_version n WHERE n.tariff_id = t.id AND n.activated_at IS NOT NULL),
		  (SELECT count(*) FROM tariff_version d WHERE d.tariff_id = t.id AND d.state = 'draft')
		FROM tariff t LEFT JOIN tariff_version v ON v.tariff_id = t.id AND v.state = 'active' AND v.valid_from = (
		  SELECT max(w.valid_from) FROM tariff_version w WHERE w.tariff_id = t.id AND w.state = 'active' AND w.valid_from <= `+today+`)`+
		w.SQL()+order, w.Args()...)
}

// sourceOf gives a file as it was handed in.
func sourceOf(ctx context.Context, r db.Reader, id op.ID) (string, error) {
	return db.Value[string](ctx, r, `SELECT source FROM tariff_file WHERE id = $1`, id)
}

// versionLabels are the words for versions in lists and pages.
func versionLabels(ctx context.Context, r db.Reader, ids []int64) (map[int64]string, error) {
	var w db.Where
	w.In("v.id", ids)
	return db.Words(ctx, r, `SELECT v.id, t.code || ' ' || v.code FROM tariff_version v JOIN tariff t ON t.id = v.tariff_id`+w.SQL(), w.Args()...)
}
