package org

import (
	"context"
	"iter"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

const operatorColumns = `id, code, name, kind, ice, address, phone, email, water, electricity, sanitation, version`

func (o *Operator) fields() []any {
	return []any{&o.ID, &o.Code, &o.Name, &o.Kind, &o.ICE, &o.Address, &o.Phone, &o.Email, &o.Water, &o.Electricity, &o.Sanitation, &o.Version}
}

// FindOperator reads one operator; NotFound when there is none.
func FindOperator(ctx context.Context, r db.Reader, id int64) (Operator, error) {
	o, err := db.One(ctx, r, func(rows db.Rows) (o Operator, err error) {
		err = rows.Scan(o.fields()...)
		return o, err
	}, `SELECT `+operatorColumns+` FROM network_operator WHERE id = $1`, id)
	if fault.CodeOf(err) == "db.no_row" {
		return o, fault.New(fault.NotFound, "org.operator.unknown")
	}
	return o, err
}

func listOperators(ctx context.Context, x *op.Exec, in OperatorFilter) iter.Seq2[OperatorRow, error] {
	var w db.Where
	searchFor(&w, "folded", in.Text)
	if in.Kind != "" {
		w.And("kind = ?", in.Kind)
	}
	switch in.Service {
	case Water:
		w.And("water = ?", true)
	case Electricity:
		w.And("electricity = ?", true)
	case Sanitation:
		w.And("sanitation = ?", true)
	}
	order := x.Keyset(&w, map[string][]string{"code": {"code"}, "name": {"folded", "#id"}})
	return db.Seq(ctx, x.R, func(rows db.Rows) (row OperatorRow, err error) {
		err = rows.Scan(append(row.Operator.fields(), &row.folded)...)
		return row, err
	}, `SELECT `+operatorColumns+`, folded FROM network_operator`+w.SQL()+order, w.Args()...)
}

func insertOperator(ctx context.Context, tx db.Tx, o *Operator) error {
	_, err := tx.Exec(ctx, `INSERT INTO network_operator (`+operatorColumns+`, folded)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		o.ID, o.Code, o.Name, o.Kind, o.ICE, o.Address, o.Phone, o.Email, o.Water, o.Electricity, o.Sanitation, o.Version, o.folded())
	return taken(err, "network_operator.code", "code", "org.operator.code_taken")
}

func updateOperator(ctx context.Context, tx db.Tx, o *Operator) error {
	n, err := tx.Exec(ctx, `UPDATE network_operator SET name = $1, kind = $2, ice = $3, address = $4, phone = $5, email = $6,
		  water = $7, electricity = $8, sanitation = $9, folded = $10, version = version + 1
		WHERE id = $11 AND version = $12`,
		o.Name, o.Kind, o.ICE, o.Address, o.Phone, o.Email, o.Water, o.Electricity, o.Sanitation, o.folded(), o.ID, o.Version)
	if err == nil && n == 0 {
		return stale(o.Version)
	}
	o.Version++
	return err
}
