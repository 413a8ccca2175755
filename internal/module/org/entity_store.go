package org

import (
	"context"
	"iter"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

const entityColumns = `id, code, name, legal_form, ice, tax_id, trade_register, business_tax, cnss, address, phone, email, version`

func (e *Entity) fields() []any {
	return []any{
		&e.ID, &e.Code, &e.Name, &e.LegalForm, &e.ICE, &e.TaxID, &e.TradeRegister, &e.BusinessTax, &e.CNSS, &e.Address, &e.Phone, &e.Email, &e.Version,
	}
}

// FindEntity reads one legal entity; NotFound when there is none.
func FindEntity(ctx context.Context, r db.Reader, id int64) (Entity, error) {
	e, err := db.One(ctx, r, func(rows db.Rows) (e Entity, err error) {
		err = rows.Scan(e.fields()...)
		return e, err
	}, `SELECT `+entityColumns+` FROM legal_entity WHERE id = $1`, id)
	if fault.CodeOf(err) == "db.no_row" {
		return e, fault.New(fault.NotFound, "org.entity.unknown")
	}
	return e, err
}

func listEntities(ctx context.Context, x *op.Exec, in TextFilter) iter.Seq2[EntityRow, error] {
	var w db.Where
	searchFor(&w, "folded", in.Text)
	order := x.Keyset(&w, map[string][]string{"code": {"code"}, "name": {"folded", "#id"}})
	return db.Seq(ctx, x.R, func(rows db.Rows) (row EntityRow, err error) {
		err = rows.Scan(append(row.Entity.fields(), &row.folded)...)
		return row, err
	}, `SELECT `+entityColumns+`, folded FROM legal_entity`+w.SQL()+order, w.Args()...)
}

func insertEntity(ctx context.Context, tx db.Tx, e *Entity) error {
	_, err := tx.Exec(ctx, `INSERT INTO legal_entity (`+entityColumns+`, folded)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		e.ID, e.Code, e.Name, e.LegalForm, e.ICE, e.TaxID, e.TradeRegister, e.BusinessTax, e.CNSS, e.Address, e.Phone, e.Email, e.Version, e.folded())
	return taken(err, "legal_entity.code", "code", "org.entity.code_taken")
}

func updateEntity(ctx context.Context, tx db.Tx, e *Entity) error {
	n, err := tx.Exec(ctx, `UPDATE legal_entity SET name = $1, legal_form = $2, ice = $3, tax_id = $4, trade_register = $5, business_tax = $6,
		  cnss = $7, address = $8, phone = $9, email = $10, folded = $11, version = version + 1
		WHERE id = $12 AND version = $13`,
		e.Name, e.LegalForm, e.ICE, e.TaxID, e.TradeRegister, e.BusinessTax, e.CNSS, e.Address, e.Phone, e.Email, e.folded(), e.ID, e.Version)
	if err == nil && n == 0 {
		return stale(e.Version)
	}
	e.Version++
	return err
}

// FiscalHistory reads all the values of an entity by parameter and service, the latest first.
func FiscalHistory(ctx context.Context, r db.Reader, entity int64) ([]FiscalValue, error) {
	return db.All(ctx, r, func(rows db.Rows) (v FiscalValue, err error) {
		err = rows.Scan(&v.Parameter, &v.Service, &v.ValidFrom, &v.Value, &v.Reason, &v.ActorID)
		return v, err
	}, `SELECT parameter, '' AS service, valid_from, value, reason, actor_id FROM entity_fiscal WHERE entity_id = $1
		UNION ALL SELECT parameter, service, valid_from, value, reason, actor_id FROM entity_service_fiscal WHERE entity_id = $1
		ORDER BY parameter, service, valid_from DESC`, entity)
}

// FiscalOn gives the value of a parameter of an entity on a date, of one service alone or
// (empty) of all without their own, and whether there is one.
func FiscalOn(ctx context.Context, r db.Reader, entity int64, p FiscalParameter, s Service, on day.Date) (value string, found bool, err error) {
	if s != "" {
		found, err = db.ScanOne(ctx, r, `SELECT value FROM entity_service_fiscal WHERE entity_id = $1 AND parameter = $2 AND service = $3 AND valid_from <= $4
			ORDER BY valid_from DESC LIMIT 1`, []any{entity, p, s, on}, &value)
		return value, found, err
	}
	found, err = db.ScanOne(ctx, r, `SELECT value FROM entity_fiscal WHERE entity_id = $1 AND parameter = $2 AND valid_from <= $3
		ORDER BY valid_from DESC LIMIT 1`, []any{entity, p, on}, &value)
	return value, found, err
}

func countFiscal(ctx context.Context, r db.Reader, entity int64, p FiscalParameter) (int64, error) {
	return db.Value[int64](ctx, r, `SELECT (SELECT count(*) FROM entity_fiscal WHERE entity_id = $1 AND parameter = $2)
		+ (SELECT count(*) FROM entity_service_fiscal WHERE entity_id = $1 AND parameter = $2)`, entity, p)
}

func saveFiscal(ctx context.Context, tx db.Tx, entity int64, v FiscalValue) error {
	var err error
	if v.Service != "" {
		_, err = tx.Exec(ctx, `INSERT INTO entity_service_fiscal (entity_id, parameter, service, valid_from, value, reason, actor_id, recorded_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			ON CONFLICT (entity_id, parameter, service, valid_from) DO UPDATE SET value = excluded.value, reason = excluded.reason,
			  actor_id = excluded.actor_id, recorded_at = excluded.recorded_at`,
			entity, v.Parameter, v.Service, v.ValidFrom, v.Value, v.Reason, v.ActorID, tx.Now())
	} else {
		_, err = tx.Exec(ctx, `INSERT INTO entity_fiscal (entity_id, parameter, valid_from, value, reason, actor_id, recorded_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (entity_id, parameter, valid_from) DO UPDATE SET value = excluded.value, reason = excluded.reason,
			  actor_id = excluded.actor_id, recorded_at = excluded.recorded_at`,
			entity, v.Parameter, v.ValidFrom, v.Value, v.Reason, v.ActorID, tx.Now())
	}
	if err != nil {
		return err
	}
	return db.Renew(ctx, tx, FiscalTopic)
}
