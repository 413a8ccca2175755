package org

import (
	"context"

	"wasl/internal/kernel/day"
	"wasl/internal/platform/db"
)

// Card is how a unit is named elsewhere.
type Card struct {
	Code string
	Name string
	Kind Kind
}

// Cards names units by id; an unknown one is left out.
func (m *Module) Cards(ctx context.Context, r db.Reader, ids []int64) (map[int64]Card, error) {
	var w db.Where
	w.In("id", ids)
	cards := map[int64]Card{}
	return cards, db.Each(ctx, r, func(rows db.Rows) error {
		var id int64
		var c Card
		err := rows.Scan(&id, &c.Code, &c.Name, &c.Kind)
		cards[id] = c
		return err
	}, `SELECT id, code, name, kind FROM unit`+w.SQL(), w.Args()...)
}

// CountWithin is the number of units a unit covers on a date, itself included.
func (m *Module) CountWithin(ctx context.Context, r db.Reader, root int64, on day.Date) (int64, error) {
	var w db.Where
	w.And("c.ancestor_id = ?", root)
	inForce(&w, "c", on)
	return db.Value[int64](ctx, r, `SELECT count(*) FROM unit_closure c`+w.SQL(), w.Args()...)
}

// unitLabels are the words for units in lists and pages.
func (m *Module) unitLabels(ctx context.Context, r db.Reader, ids []int64) (map[int64]string, error) {
	cards, err := m.Cards(ctx, r, ids)
	words := map[int64]string{}
	for id, c := range cards {
		words[id] = c.Code + " " + c.Name
	}
	return words, err
}

// rowLabels are the words for the rows of a table with a code and a name.
func rowLabels(table string) func(ctx context.Context, r db.Reader, ids []int64) (map[int64]string, error) {
	return func(ctx context.Context, r db.Reader, ids []int64) (map[int64]string, error) {
		var w db.Where
		w.In("id", ids)
		return db.Words(ctx, r, `SELECT id, code || ' ' || name FROM `+table+w.SQL(), w.Args()...)
	}
}

// IDsOf gives the ids of units by code; an unknown code is left out.
func IDsOf(ctx context.Context, r db.Reader, codes []string) (map[string]int64, error) {
	ids := make(map[string]int64, len(codes))
	return ids, db.Each(ctx, r, func(rows db.Rows) error {
		var id int64
		var code string
		err := rows.Scan(&id, &code)
		ids[code] = id
		return err
	}, `SELECT id, code FROM unit WHERE code IN {texts $1}`, codes)
}
