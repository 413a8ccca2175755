package customer

import (
	"context"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/find"
)

const pointColumns = `p.id, p.code, p.unit_id, p.service, p.address, p.locality, p.connection, p.diameter_mm, p.phases, p.power,
	p.laid_on, p.removed_on, p.version`

func (p *ServicePoint) fields() []any {
	return []any{
		&p.ID, &p.Code, &p.UnitID, &p.Service, &p.Address, &p.Locality, &p.Connection, &p.DiameterMM, &p.Phases, &p.Power,
		&p.LaidOn, &p.RemovedOn, &p.Version,
	}
}

func scanPoint(rows db.Rows) (p ServicePoint, err error) {
	err = rows.Scan(p.fields()...)
	return p, err
}

// FindServicePoint reads one service point; NotFound "customer.point.unknown" when
// there is none.
func FindServicePoint(ctx context.Context, r db.Reader, id int64) (ServicePoint, error) {
	var w db.Where
	w.And("p.id = ?", id)
	seen(&w, "p")
	p, err := db.One(ctx, r, scanPoint, `SELECT `+pointColumns+` FROM service_point p`+w.SQL(), w.Args()...)
	if fault.CodeOf(err) == "db.no_row" {
		return p, fault.New(fault.NotFound, "customer.point.unknown")
	}
	return p, err
}

// ServicePointsByID reads some service points, by id; unknown ones are left out.
func ServicePointsByID(ctx context.Context, r db.Reader, ids []int64) (map[int64]ServicePoint, error) {
	var w db.Where
	w.And("p.id IN {ints ?}", ids)
	seen(&w, "p")
	out := make(map[int64]ServicePoint, len(ids))
	return out, db.Each(ctx, r, func(rows db.Rows) error {
		p, err := scanPoint(rows)
		out[int64(p.ID)] = p
		return err
	}, `SELECT `+pointColumns+` FROM service_point p`+w.SQL(), w.Args()...)
}

// ServicePointsByCode reads those of some service points that exist, by code.
func ServicePointsByCode(ctx context.Context, r db.Reader, codes []string) (map[string]ServicePoint, error) {
	var w db.Where
	w.And("k.code IN {texts ?}", codes)
	seen(&w, "p")
	out := make(map[string]ServicePoint, len(codes))
	return out, db.Each(ctx, r, func(rows db.Rows) error {
		p, err := scanPoint(rows)
		out[p.Code] = p
		return err
	}, `SELECT `+pointColumns+` FROM service_point_code k JOIN service_point p ON p.id = k.service_point_id`+w.SQL(), w.Args()...)
}

// ServicePointsOf reads the service points of a unit itself, by code, after a code; at
// most n. Ask again after the last one until fewer come.
func ServicePointsOf(ctx context.Context, r db.Reader, unit int64, after string, n int) ([]ServicePoint, error) {
	var w db.Where
	w.And("p.unit_id = ?", unit)
	w.And("p.code > ?", after)
	seen(&w, "p")
	limit := w.Arg(n)
	return db.All(ctx, r, scanPoint, `SELECT `+pointColumns+` FROM service_point p`+w.SQL()+` ORDER BY p.code LIMIT `+limit, w.Args()...)
}

// insertPoints adds service points with their codes and words, in bulk; Conflict
// "customer.point.code_taken" when a code exists.
func insertPoints(ctx context.Context, tx db.Tx, points ...*ServicePoint) error {
	if err := bulk(ctx, tx, "service_point_code", []string{"code", "service_point_id"}, points, func(p *ServicePoint) []any {
		return []any{p.Code, p.ID}
	}); err != nil {
		return taken(err, constraintPoint, codeTakenPoint)
	}
	names := []string{
		"id", "code", "unit_id", "service", "address", "locality", "connection", "diameter_mm", "phases", "power", "laid_on", "removed_on",
		"folded", "version", "batch_id",
	}
	if err := bulk(ctx, tx, "service_point", names, points, func(p *ServicePoint) []any {
		return []any{
			p.ID, p.Code, p.UnitID, p.Service, p.Address, p.Locality, p.Connection, p.DiameterMM, p.Phases, int64(p.Power), p.LaidOn, p.RemovedOn,
			find.Join(p.terms()), p.Version, orNone(p.BatchID),
		}
	}); err != nil {
		return err
	}
	return find.Bulk(ctx, tx, wordsOf(kindServicePoint, points, func(p *ServicePoint) (int64, []string) { return int64(p.ID), p.terms() }))
}

// updatePoint writes a service point read at a version and gives it the next one.
func updatePoint(ctx context.Context, tx db.Tx, before, p *ServicePoint) error {
	n, err := tx.Exec(ctx, `UPDATE service_point SET address = $1, locality = $2, connection = $3, diameter_mm = $4, phases = $5, power = $6,
		  laid_on = $7, removed_on = $8, folded = $9, version = version + 1
		WHERE id = $10 AND version = $11`,
		p.Address, p.Locality, p.Connection, p.DiameterMM, p.Phases, int64(p.Power), p.LaidOn, p.RemovedOn, find.Join(p.terms()), p.ID, p.Version)
	if err != nil {
		return err
	}
	if n == 0 {
		return stale(p.Version)
	}
	p.Version++
	return find.Index(ctx, tx, kindServicePoint, int64(p.ID), before.terms(), p.terms())
}
