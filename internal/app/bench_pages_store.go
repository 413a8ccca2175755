package app

import (
	"context"

	"wasl/internal/platform/db"
)

// filledForPages says that the database has contracts already.
func (a *App) filledForPages(ctx context.Context) (filled bool, err error) {
	err = a.DB.Read(ctx, func(ctx context.Context, r db.Reader) error {
		n, err := db.Value[int64](ctx, r, `SELECT count(*) FROM (SELECT 1 FROM contract LIMIT 1) c`)
		filled = n > 0
		return err
	})
	return filled, err
}

// sizes counts what is there.
func (p *pagesBench) sizes(ctx context.Context) (contracts, bills int64, err error) {
	err = p.billingBench.app.DB.Read(ctx, func(ctx context.Context, r db.Reader) error {
		if contracts, err = db.Value[int64](ctx, r, `SELECT count(*) FROM contract`); err != nil {
			return err
		}
		bills, err = db.Value[int64](ctx, r, `SELECT count(*) FROM bill`)
		return err
	})
	return contracts, bills, err
}

// pagesRecord is a contract with what belongs to it, in the middle of the database.
type pagesRecord struct {
	contract, point, customer, account, unit, bill, item, run, number, code string
}

func (p *pagesBench) record(ctx context.Context) (m pagesRecord, err error) {
	err = p.billingBench.app.DB.Read(ctx, func(ctx context.Context, r db.Reader) error {
		_, err := db.ScanOne(ctx, r, `SELECT CAST(k.id AS {text}), CAST(k.service_point_id AS {text}), CAST(k.customer_id AS {text}),
			  CAST(k.receivable_account_id AS {text}), CAST(k.unit_id AS {text}), CAST(b.id AS {text}), CAST(b.run_id AS {text}), b.number, k.code,
			  CAST(i.id AS {text})
			FROM bill b JOIN contract k ON k.receivable_account_id = b.receivable_account_id
			JOIN open_item i ON i.receivable_account_id = b.receivable_account_id
			WHERE b.run_id = (SELECT max(run_id) FROM bill) AND b.ordinal = (SELECT max(ordinal) / 2 FROM bill WHERE run_id = (SELECT max(run_id) FROM bill))
			ORDER BY i.id LIMIT 1`, nil, &m.contract, &m.point, &m.customer, &m.account, &m.unit, &m.bill, &m.run, &m.number, &m.code, &m.item)
		return err
	})
	return m, err
}
