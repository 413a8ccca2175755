package metering

import (
	"context"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/intake"
)

const supplyColumns = `k.receivable_account_id, k.id, k.service_point_id, k.customer_id, k.unit_id, k.code, k.service, c.name, k.starts_on, k.ends_on`

func (s *Supply) fields() []any {
	return []any{&s.Account, &s.Contract, &s.ServicePoint, &s.Customer, &s.Unit, &s.Code, &s.Service, &s.Name, &s.StartsOn, &s.EndsOn}
}

func scanSupply(rows db.Rows) (s Supply, err error) {
	err = rows.Scan(s.fields()...)
	return s, err
}

// suppliesWhere reads contracts by a condition on k, latest first, with their terms on
// a date.
func suppliesWhere(ctx context.Context, r reader, w *db.Where, on day.Date) ([]Supply, error) {
	intake.Visible(w, "k.batch_id")
	all, err := db.All(ctx, r, scanSupply, `SELECT `+supplyColumns+` FROM contract k JOIN customer c ON c.id = k.customer_id`+w.SQL()+
		` ORDER BY k.starts_on DESC, k.id DESC`, w.Args()...)
	if err != nil || len(all) == 0 {
		return all, err
	}
	return all, addTerms(ctx, r, all, on)
}

// addTerms completes contracts with their category and power on a date.
func addTerms(ctx context.Context, r reader, all []Supply, on day.Date) error {
	accounts := make([]int64, len(all))
	for i, s := range all {
		accounts[i] = s.Account
	}
	terms := map[int64]Supply{}
	err := db.Each(ctx, r, func(rows db.Rows) error {
		var account int64
		var t Supply
		err := rows.Scan(&account, &t.Category, &t.Power)
		terms[account] = t
		return err
	}, `SELECT receivable_account_id, category, subscribed_power FROM contract_terms
		WHERE receivable_account_id IN {ints $1} AND valid_from <= $2 AND (valid_to IS NULL OR $2 < valid_to)`, accounts, on)
	for i := range all {
		all[i].Category, all[i].Power = terms[all[i].Account].Category, terms[all[i].Account].Power
	}
	return err
}

// findSupply reads the contract of an account; NotFound "metering.account_unknown".
func findSupply(ctx context.Context, r reader, account int64, on day.Date) (Supply, error) {
	var w db.Where
	w.And("k.receivable_account_id = ?", account)
	all, err := suppliesWhere(ctx, r, &w, on)
	if err == nil && len(all) == 0 {
		err = fault.New(fault.NotFound, "metering.account_unknown")
	}
	if err != nil {
		return Supply{}, err
	}
	return all[0], nil
}

// suppliesAt reads the contracts of a service point, latest first.
func suppliesAt(ctx context.Context, r reader, point int64, on day.Date) ([]Supply, error) {
	var w db.Where
	w.And("k.service_point_id = ?", point)
	metered(&w)
	return suppliesWhere(ctx, r, &w, on)
}

// metered leaves out contracts of another service than that of their point, such as
// sanitation on the water of a point: they are billed by what the meter of the point counts.
func metered(w *db.Where) {
	w.And("k.service = (SELECT q.service FROM service_point q WHERE q.id = k.service_point_id)")
}

// supplyOn finds the contract of a service point that a reading of a day belongs to;
// false when there is none.
func supplyOn(ctx context.Context, r reader, point int64, on day.Date, kind ReadingKind) (Supply, bool, error) {
	all, err := suppliesAt(ctx, r, point, on)
	for _, s := range all {
		if s.on(on) {
			return s, true, err
		}
	}
	for _, s := range all {
		if kind == Closing && s.closesOn(on) {
			return s, true, err
		}
	}
	return Supply{}, false, err
}

// point is a service point in passing.
type point struct {
	id, unit int64
	code     string
	service  string
	address  string
}

// findPoint reads a service point; NotFound "metering.point_unknown".
func findPoint(ctx context.Context, r reader, id int64) (point, error) {
	var w db.Where
	w.And("id = ?", id)
	intake.Visible(&w, "batch_id")
	p, err := db.One(ctx, r, func(rows db.Rows) (p point, err error) {
		err = rows.Scan(&p.id, &p.unit, &p.code, &p.service, &p.address)
		return p, err
	}, `SELECT id, unit_id, code, service, address FROM service_point`+w.SQL(), w.Args()...)
	if fault.CodeOf(err) == "db.no_row" {
		return p, fault.New(fault.NotFound, "metering.point_unknown")
	}
	return p, err
}

// labelsOf is the labeller of records whose query gives id and words.
func labelsOf(query string) func(context.Context, db.Reader, []int64) (map[int64]string, error) {
	return func(ctx context.Context, r db.Reader, ids []int64) (map[int64]string, error) {
		out := map[int64]string{}
		err := db.Each(ctx, r, func(rows db.Rows) error {
			var id int64
			var words string
			err := rows.Scan(&id, &words)
			out[id] = words
			return err
		}, query+` WHERE id IN {ints $1}`, ids)
		return out, err
	}
}

type labeller = func(context.Context, db.Reader, []int64) (map[int64]string, error)

func meterLabels() labeller { return labelsOf("SELECT id, serial FROM meter") }

func routeLabels() labeller { return labelsOf("SELECT id, code || ' ' || name FROM reading_route") }
