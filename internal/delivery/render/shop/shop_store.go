package shop

import (
	"context"
	"iter"
	"strings"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

const schema = `-- +goose Up
CREATE TABLE shop_thing (
  id {int} NOT NULL PRIMARY KEY,
  code {text} NOT NULL,
  name {text} NOT NULL,
  amount {int} NOT NULL,
  count {int} NOT NULL,
  kind {text} NOT NULL,
  since {date},
  noted_at {instant} NOT NULL,
  active {bool} NOT NULL,
  unit_id {int} NOT NULL,
  version {int} NOT NULL,
  tags {text} NOT NULL
) {control};
CREATE UNIQUE INDEX uq_shop_thing__code ON shop_thing (code);
`

const columns = `id, code, name, amount, count, kind, since, noted_at, active, unit_id, version, tags`

func scan(rows db.Rows) (t Thing, err error) {
	var tags string
	err = rows.Scan(&t.ID, &t.Code, &t.Name, &t.Amount, &t.Count, &t.Kind, &t.Since, &t.NotedAt, &t.Active, &t.Unit, &t.Version, &tags)
	if tags != "" {
		t.Tags = strings.Split(tags, ",")
	}
	return t, err
}

func list(ctx context.Context, x *op.Exec, in Filter) iter.Seq2[Thing, error] {
	var w db.Where
	if in.Kind != "" {
		w.And("kind = ?", string(in.Kind))
	}
	if in.Name != "" {
		w.And("name = ?", in.Name)
	}
	x.Filter(&w, "unit_id")
	order := x.Keyset(&w, map[string][]string{"code": {"code", "#id"}, "noted_at": {"@noted_at", "#id"}})
	return db.Seq(ctx, x.R, scan, `SELECT `+columns+` FROM shop_thing`+w.SQL()+order, w.Args()...)
}

func find(ctx context.Context, r db.Reader, id op.ID) (Thing, error) {
	for t, err := range db.Seq(ctx, r, scan, `SELECT `+columns+` FROM shop_thing WHERE id = $1`, id) {
		return t, err
	}
	return Thing{}, fault.New(fault.NotFound, "not_found")
}

func insert(ctx context.Context, tx db.Tx, t Thing) error {
	_, err := tx.Exec(ctx, `INSERT INTO shop_thing (`+columns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		t.ID, t.Code, t.Name, t.Amount, t.Count, t.Kind, t.Since, t.NotedAt, t.Active, t.Unit, t.Version, strings.Join(t.Tags, ","))
	return err
}

func rename(ctx context.Context, tx db.Tx, t Thing) error {
	_, err := tx.Exec(ctx, `UPDATE shop_thing SET name = $1, active = $2, version = version + 1 WHERE id = $3`, t.Name, t.Active, t.ID)
	return err
}
