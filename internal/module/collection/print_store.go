package collection

import (
	"context"

	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// lastPrint is the last print of a receipt; copy 0 when it was never printed.
func lastPrint(ctx context.Context, r db.Reader, receipt op.ID) (p printing, err error) {
	_, err = db.ScanOne(ctx, r, `SELECT copy_no, paper, actor_id, recorded_at FROM receipt_print WHERE receipt_id = $1 ORDER BY copy_no DESC LIMIT 1`,
		[]any{receipt}, &p.copy, &p.paper, &p.actor, &p.at)
	return p, err
}

func insertPrint(ctx context.Context, tx db.Tx, receipt op.ID, p *printing) error {
	return db.ExecLater(ctx, tx, `INSERT INTO receipt_print (receipt_id, copy_no, paper, actor_id, recorded_at) VALUES ($1, $2, $3, $4, $5)`,
		receipt, p.copy, p.paper, p.actor, p.at)
}

// issuerOf is the legal entity that gives a paper.
func issuerOf(ctx context.Context, r db.Reader, entity op.ID) (x issuer, err error) {
	_, err = db.ScanOne(ctx, r, `SELECT name, legal_form, ice, tax_id, trade_register, address, phone FROM legal_entity WHERE id = $1`, []any{entity},
		&x.name, &x.legalForm, &x.ice, &x.taxID, &x.tradeRegister, &x.address, &x.phone)
	return x, err
}

// officeOf is the unit that gives a paper.
func officeOf(ctx context.Context, r db.Reader, unit op.ID) (x office, err error) {
	_, err = db.ScanOne(ctx, r, `SELECT name, address, phone FROM unit WHERE id = $1`, []any{unit}, &x.name, &x.address, &x.phone)
	return x, err
}

// partyOf is a customer as a paper names him; nobody for 0.
func partyOf(ctx context.Context, r db.Reader, customer op.ID) (x party, err error) {
	_, err = db.ScanOne(ctx, r, `SELECT code, name, name_ar, address, city FROM customer WHERE id = $1`, []any{customer},
		&x.code, &x.name, &x.nameArabic, &x.address, &x.city)
	return x, err
}
