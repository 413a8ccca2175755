package org

import (
	"context"
	"iter"
	"strings"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

const unitColumns = `u.id, u.code, u.kind, u.name, u.short_name, u.address, u.phone, u.email, u.opened_on, u.closed_on, u.version`

func (u *Unit) fields() []any {
	return []any{&u.ID, &u.Code, &u.Kind, &u.Name, &u.ShortName, &u.Address, &u.Phone, &u.Email, &u.OpenedOn, &u.ClosedOn, &u.Version}
}

func scanUnit(rows db.Rows) (u Unit, err error) {
	err = rows.Scan(u.fields()...)
	return u, err
}

// findUnit reads one unit; NotFound when there is none.
func findUnit(ctx context.Context, r db.Reader, id int64) (Unit, error) {
	u, err := db.One(ctx, r, scanUnit, `SELECT `+unitColumns+` FROM unit u WHERE u.id = $1`, id)
	if fault.CodeOf(err) == "db.no_row" {
		return u, unknownUnit()
	}
	return u, err
}

// unitsByID reads some units, by id.
func unitsByID(ctx context.Context, r db.Reader, ids []int64) (map[int64]Unit, error) {
	var w db.Where
	w.In("u.id", ids)
	list, err := db.All(ctx, r, scanUnit, `SELECT `+unitColumns+` FROM unit u`+w.SQL(), w.Args()...)
	out := make(map[int64]Unit, len(list))
	for _, u := range list {
		out[int64(u.ID)] = u
	}
	return out, err
}

// allUnits reads every unit, by code.
func allUnits(ctx context.Context, r db.Reader) (map[string]*Unit, error) {
	out := map[string]*Unit{}
	err := db.Each(ctx, r, func(rows db.Rows) error {
		u, err := scanUnit(rows)
		out[u.Code] = &u
		return err
	}, `SELECT `+unitColumns+` FROM unit u`)
	return out, err
}

// insertUnits adds units; Conflict "org.unit.code_taken" when a code exists.
func insertUnits(ctx context.Context, tx db.Tx, units ...*Unit) error {
	columns := []string{"id", "code", "kind", "name", "short_name", "address", "phone", "email", "opened_on", "closed_on", "folded", "version"}
	_, err := tx.Bulk(ctx, "unit", columns, func(yield func([]any, error) bool) {
		for _, u := range units {
			row := []any{u.ID, u.Code, u.Kind, u.Name, u.ShortName, u.Address, u.Phone, u.Email, u.OpenedOn, u.ClosedOn, u.folded(), u.Version}
			if !yield(row, nil) {
				return
			}
		}
	})
	return taken(err, "unit.code", "code", "org.unit.code_taken")
}

// taken turns the refusal of a unique constraint into a fault of the field.
func taken(err error, constraint, path, code string) error {
	if err != nil && db.Constraint(err) == constraint {
		return &fault.Error{Kind: fault.Conflict, Code: code, Fields: []fault.Field{{Path: path, Code: code}}, Cause: err}
	}
	return err
}

// codeFree refuses a code that a table already has, before the engine does: a
// refused statement would spoil the transaction.
func codeFree(ctx context.Context, r db.Reader, table, code, refusal string) error {
	n, err := db.Value[int64](ctx, r, `SELECT count(*) FROM `+table+` WHERE code = $1`, code)
	if err == nil && n > 0 {
		return &fault.Error{Kind: fault.Conflict, Code: refusal, Fields: []fault.Field{{Path: "code", Code: refusal}}}
	}
	return err
}

// stale refuses a write that somebody else's came before, since the row was read.
func stale(given int64) error {
	return fault.New(fault.Conflict, "row.stale", "version", given+1, "given", given)
}

// updateUnit writes a unit read at a version and gives it the next one.
func updateUnit(ctx context.Context, tx db.Tx, u *Unit) error {
	n, err := tx.Exec(ctx, `UPDATE unit SET kind = $1, name = $2, short_name = $3, address = $4, phone = $5, email = $6,
		  opened_on = $7, closed_on = $8, folded = $9, version = version + 1
		WHERE id = $10 AND version = $11`,
		u.Kind, u.Name, u.ShortName, u.Address, u.Phone, u.Email, u.OpenedOn, u.ClosedOn, u.folded(), u.ID, u.Version)
	if err == nil && n == 0 {
		return stale(u.Version)
	}
	u.Version++
	return err
}

// updateContacts is updateUnit for a change of what no index holds: an engine
// rewrites the indexes of the columns it is given, changed or not.
func updateContacts(ctx context.Context, tx db.Tx, u *Unit) error {
	err := db.ExecOne(ctx, tx, stale(u.Version), `UPDATE unit SET address = $1, phone = $2, email = $3, version = version + 1 WHERE id = $4 AND version = $5`,
		u.Address, u.Phone, u.Email, u.ID, u.Version)
	u.Version++
	return err
}

// placed is the FROM of units with their parent on a date, as the closure says.
func placed(w *db.Where, on day.Date) string {
	from, to := w.Arg(on), w.Arg(on)
	return ` FROM unit u
		LEFT JOIN unit_closure c ON c.unit_id = u.id AND c.depth = 1 AND c.valid_from <= ` + from + ` AND (c.valid_to IS NULL OR ` + to + ` < c.valid_to)
		LEFT JOIN unit p ON p.id = c.ancestor_id`
}

// stateIs adds that a unit of an alias is in a state on a date.
func stateIs(w *db.Where, alias string, s State, on day.Date) {
	switch s {
	case Open:
		w.And(alias+`.opened_on <= ? AND (`+alias+`.closed_on IS NULL OR ? < `+alias+`.closed_on)`, on, on)
	case Closed:
		w.And(alias+`.closed_on <= ?`, on)
	case Future:
		w.And(alias+`.opened_on > ?`, on)
	}
}

// searchFor adds that every word of a text is in a folded column.
func searchFor(w *db.Where, column, text string) {
	for _, word := range strings.Fields(db.Fold(text)) {
		w.And(column+` LIKE ? ESCAPE '\'`, "%"+db.Like(word)+"%")
	}
}

func listUnits(ctx context.Context, x *op.Exec, in UnitFilter) iter.Seq2[UnitRow, error] {
	var w db.Where
	on := orDate(in.On, x.Today)
	from := placed(&w, on)
	searchFor(&w, "u.folded", in.Text)
	if in.Kind != "" {
		w.And("u.kind = ?", in.Kind)
	}
	if in.Parent != 0 {
		w.And("c.ancestor_id = ?", in.Parent)
	}
	if in.State != "" {
		stateIs(&w, "u", in.State, on)
	}
	x.Filter(&w, "u.id")
	order := x.Keyset(&w, map[string][]string{"code": {"u.code"}, "name": {"u.folded", "#u.id"}})
	return db.Seq(ctx, x.R, func(rows db.Rows) (row UnitRow, err error) {
		var parent *int64
		var code, name *string
		var since day.Date
		err = rows.Scan(append(row.Unit.fields(), &row.folded, &parent, &code, &name, &since)...)
		row.State = stateOn(row.OpenedOn, row.ClosedOn, on)
		if parent != nil && code != nil && name != nil {
			row.ParentID, row.Parent, row.ParentName = op.ID(*parent), *code, *name
		}
		row.ValidFrom = row.OpenedOn
		if since.After(row.OpenedOn) {
			row.ValidFrom = since
		}
		return row, err
	}, `SELECT `+unitColumns+`, u.folded, p.id, p.code, p.name, c.valid_from`+from+w.SQL()+order, w.Args()...)
}

// orDate is the date, or another when there is none.
func orDate(d, other day.Date) day.Date {
	if d.IsZero() {
		return other
	}
	return d
}

// listStays reads the places of a unit, latest first.
func listStays(ctx context.Context, r db.Reader, x *op.Exec, unit int64) iter.Seq2[Stay, error] {
	var w db.Where
	w.And("a.unit_id = ?", unit)
	order := " ORDER BY a.valid_from DESC"
	if x != nil {
		order = x.Keyset(&w, map[string][]string{"valid_from": {"%a.valid_from"}})
	}
	return db.Seq(ctx, r, func(rows db.Rows) (s Stay, err error) {
		err = rows.Scan(&s.ValidFrom, &s.ValidTo, &s.ParentID, &s.Parent, &s.ParentName, &s.Reason, &s.ActorID, &s.RecordedAt)
		return s, err
	}, `SELECT a.valid_from, a.valid_to, p.id, p.code, p.name, a.reason, a.actor_id, a.recorded_at
		FROM unit_attachment a JOIN unit p ON p.id = a.parent_id`+w.SQL()+order, w.Args()...)
}

// collect reads a sequence to its end.
func collect[T any](rows iter.Seq2[T, error]) ([]T, error) {
	var out []T
	for row, err := range rows {
		if err != nil {
			return nil, err
		}
		out = append(out, row)
	}
	return out, nil
}
