package org

import (
	"context"
	"iter"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

const holidayColumns = `id, on_date, unit_id, kind, label, version`

func scanHoliday(rows db.Rows) (h Holiday, err error) {
	err = rows.Scan(&h.ID, &h.Date, &h.UnitID, &h.Kind, &h.Label, &h.Version)
	return h, err
}

func findHoliday(ctx context.Context, r db.Reader, id op.ID) (Holiday, error) {
	h, err := db.One(ctx, r, scanHoliday, `SELECT `+holidayColumns+` FROM holiday WHERE id = $1`, id)
	if fault.CodeOf(err) == "db.no_row" {
		return h, fault.New(fault.NotFound, "org.holiday.unknown")
	}
	return h, err
}

// holidayOn gives the holiday of a day at a unit itself, if there is one.
func holidayOn(ctx context.Context, r db.Reader, on day.Date, unit op.ID) (h Holiday, found bool, err error) {
	h, err = db.One(ctx, r, scanHoliday, `SELECT `+holidayColumns+` FROM holiday WHERE on_date = $1 AND unit_id = $2`, on, int64(unit))
	if fault.CodeOf(err) == "db.no_row" {
		return Holiday{}, false, nil
	}
	return h, err == nil, err
}

func insertHoliday(ctx context.Context, tx db.Tx, h Holiday) error {
	_, err := tx.Exec(ctx, `INSERT INTO holiday (`+holidayColumns+`) VALUES ($1, $2, $3, $4, $5, $6)`,
		h.ID, h.Date, int64(h.UnitID), h.Kind, h.Label, h.Version)
	return taken(err, "holiday.on_date,unit_id", "date", "org.holiday.twice")
}

func updateHoliday(ctx context.Context, tx db.Tx, h *Holiday) error {
	n, err := tx.Exec(ctx, `UPDATE holiday SET on_date = $1, kind = $2, label = $3, version = version + 1 WHERE id = $4 AND version = $5`,
		h.Date, h.Kind, h.Label, h.ID, h.Version)
	if err == nil && n == 0 {
		return stale(h.Version)
	}
	h.Version++
	return taken(err, "holiday.on_date,unit_id", "date", "org.holiday.twice")
}

func deleteHoliday(ctx context.Context, tx db.Tx, h Holiday) error {
	n, err := tx.Exec(ctx, `DELETE FROM holiday WHERE id = $1 AND version = $2`, h.ID, h.Version)
	if err == nil && n == 0 {
		return stale(h.Version)
	}
	return err
}

// applying adds that a holiday holds at one of the units, or everywhere.
func applying(w *db.Where, path []int64) { w.In("unit_id", append([]int64{0}, path...)) }

func listHolidays(ctx context.Context, x *op.Exec, in HolidayFilter, path []int64) iter.Seq2[Holiday, error] {
	var w db.Where
	if in.Year != 0 {
		first, last := yearBounds(in.Year, in.Year)
		w.And("on_date BETWEEN ? AND ?", first, last)
	}
	if in.Kind != "" {
		w.And("kind = ?", in.Kind)
	}
	if in.UnitID != 0 {
		applying(&w, path)
	}
	order := x.Keyset(&w, map[string][]string{"date": {"%on_date", "#id"}})
	return db.Seq(ctx, x.R, scanHoliday, `SELECT `+holidayColumns+` FROM holiday`+w.SQL()+order, w.Args()...)
}

// holidaysBetween reads the holidays that hold at a unit, by its path.
func holidaysBetween(ctx context.Context, r db.Reader, path []int64, first, last day.Date) ([]Holiday, error) {
	var w db.Where
	w.And("on_date BETWEEN ? AND ?", first, last)
	applying(&w, path)
	return db.All(ctx, r, scanHoliday, `SELECT `+holidayColumns+` FROM holiday`+w.SQL()+` ORDER BY on_date, id`, w.Args()...)
}
