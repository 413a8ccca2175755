package customer

import (
	"context"

	"wasl/internal/module/account"
	"wasl/internal/platform/db"
	"wasl/internal/platform/find"
	"wasl/internal/platform/intake"
)

// customersFor reads customers by code as a batch sees them.
func customersFor(ctx context.Context, r db.Reader, codes []string, batch int64) (map[string]*Customer, error) {
	var w db.Where
	w.And("k.code IN {texts ?}", codes)
	intake.VisibleTo(&w, "c.batch_id", batch)
	out := make(map[string]*Customer, len(codes))
	return out, db.Each(ctx, r, func(rows db.Rows) error {
		var c Customer
		var from *int64
		err := rows.Scan(append(c.fields(), &from)...)
		if from != nil {
			c.BatchID = *from
		}
		out[c.Code] = &c
		return err
	}, `SELECT `+customerColumns+`, c.batch_id FROM customer_code k JOIN customer c ON c.id = k.customer_id`+w.SQL(), w.Args()...)
}

// pointsFor reads service points by code as a batch sees them.
func pointsFor(ctx context.Context, r db.Reader, codes []string, batch int64) (map[string]*ServicePoint, error) {
	var w db.Where
	w.And("k.code IN {texts ?}", codes)
	intake.VisibleTo(&w, "p.batch_id", batch)
	out := make(map[string]*ServicePoint, len(codes))
	return out, db.Each(ctx, r, func(rows db.Rows) error {
		p, err := scanPoint(rows)
		out[p.Code] = &p
		return err
	}, `SELECT `+pointColumns+` FROM service_point_code k JOIN service_point p ON p.id = k.service_point_id`+w.SQL(), w.Args()...)
}

// contractsFor reads contracts by code as a batch sees them.
func contractsFor(ctx context.Context, r db.Reader, codes []string, batch int64) (map[string]*Contract, error) {
	var w db.Where
	w.And("cc.code IN {texts ?}", codes)
	intake.VisibleTo(&w, "k.batch_id", batch)
	out := make(map[string]*Contract, len(codes))
	return out, db.Each(ctx, r, func(rows db.Rows) error {
		c, err := scanContract(rows)
		out[c.Code] = &c
		return err
	}, `SELECT `+contractColumns+byKey+w.SQL(), w.Args()...)
}

// contractsAtFor reads the contracts of service points as a batch sees them.
func contractsAtFor(ctx context.Context, r db.Reader, points []int64, batch int64) ([]*Contract, error) {
	var w db.Where
	w.And("k.service_point_id IN {ints ?}", points)
	intake.VisibleTo(&w, "k.batch_id", batch)
	return db.All(ctx, r, func(rows db.Rows) (*Contract, error) {
		c, err := scanContract(rows)
		return &c, err
	}, `SELECT `+contractColumns+` FROM contract k`+w.SQL(), w.Args()...)
}

// locality is a locality of a unit in its district.
type locality struct {
	at       place
	district string
	batch    int64
}

// districtsOf gives the district of localities as a batch sees them.
func districtsOf(ctx context.Context, r db.Reader, names []string, batch int64) (map[place]string, error) {
	var w db.Where
	w.And("l.name IN {texts ?}", names)
	intake.VisibleTo(&w, "l.batch_id", batch)
	out := map[place]string{}
	return out, db.Each(ctx, r, func(rows db.Rows) error {
		var at place
		var district string
		err := rows.Scan(&at.unit, &at.name, &district)
		out[at] = district
		return err
	}, `SELECT l.unit_id, l.name, l.district FROM locality l`+w.SQL(), w.Args()...)
}

func insertLocalities(ctx context.Context, tx db.Tx, all []locality) error {
	for _, l := range all {
		_, err := tx.Exec(ctx, `INSERT INTO locality (unit_id, name, district, batch_id) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
			l.at.unit, l.at.name, l.district, orNone(l.batch))
		if err != nil {
			return err
		}
	}
	return nil
}

// held counts what batches have brought: a row of a file brings at most one record of
// each kind.
func held(ctx context.Context, r db.Reader, batches []int64) (map[int64]int64, error) {
	out := map[int64]int64{}
	return out, db.Each(ctx, r, func(rows db.Rows) error {
		var batch, n int64
		err := rows.Scan(&batch, &n)
		out[batch] = max(out[batch], n)
		return err
	}, `SELECT batch_id, count(*) FROM customer WHERE batch_id IN {ints $1} GROUP BY batch_id
		UNION ALL SELECT batch_id, count(*) FROM service_point WHERE batch_id IN {ints $1} GROUP BY batch_id
		UNION ALL SELECT batch_id, count(*) FROM contract WHERE batch_id IN {ints $1} GROUP BY batch_id`, batches)
}

// discard removes at most limit records of a batch and says whether some are left:
// first contracts with their accounts, then service points, then customers.
func discard(ctx context.Context, tx db.Tx, batch, limit int64) (left bool, err error) {
	for _, step := range []func(context.Context, db.Tx, int64, int64) (int64, error){discardContracts, discardPoints, discardCustomers} {
		n, err := step(ctx, tx, batch, limit)
		if err != nil {
			return false, err
		}
		if limit -= n; limit <= 0 {
			return true, nil
		}
	}
	_, err = tx.Exec(ctx, `DELETE FROM locality WHERE batch_id = $1`, batch)
	return false, err
}

func discardContracts(ctx context.Context, tx db.Tx, batch, limit int64) (int64, error) {
	all, err := db.All(ctx, tx, scanContract, `SELECT `+contractColumns+` FROM contract k WHERE k.batch_id = $1
		ORDER BY k.receivable_account_id LIMIT $2`, batch, limit)
	if err != nil || len(all) == 0 {
		return 0, err
	}
	accounts := make([]int64, len(all))
	for i, c := range all {
		accounts[i] = int64(c.Account)
	}
	if _, err := tx.Exec(ctx, `DELETE FROM customer_unit WHERE (customer_id, unit_id) IN
		  (SELECT customer_id, unit_id FROM contract WHERE receivable_account_id IN {ints $1})
		AND NOT EXISTS (SELECT 1 FROM contract k WHERE k.customer_id = customer_unit.customer_id AND k.unit_id = customer_unit.unit_id
		  AND k.receivable_account_id NOT IN {ints $1})`, accounts); err != nil {
		return 0, err
	}
	if err := deleteRows(ctx, tx, accounts,
		`DELETE FROM contract_terms WHERE receivable_account_id IN {ints $1}`,
		`DELETE FROM contract_code WHERE code IN (SELECT code FROM contract WHERE receivable_account_id IN {ints $1})`,
		`DELETE FROM contract WHERE receivable_account_id IN {ints $1}`,
	); err != nil {
		return 0, err
	}
	if err := account.Remove(ctx, tx, accounts); err != nil {
		return 0, err
	}
	words := wordsOf(kindContract, all, func(c Contract) (int64, []string) { return int64(c.Account), c.terms() })
	return int64(len(all)), removeWords(ctx, tx, kindContract, words)
}

func discardPoints(ctx context.Context, tx db.Tx, batch, limit int64) (int64, error) {
	all, err := db.All(ctx, tx, scanPoint, `SELECT `+pointColumns+` FROM service_point p WHERE p.batch_id = $1 ORDER BY p.id LIMIT $2`, batch, limit)
	if err != nil || len(all) == 0 {
		return 0, err
	}
	ids := make([]int64, len(all))
	for i, p := range all {
		ids[i] = int64(p.ID)
	}
	if err := deleteRows(ctx, tx, ids,
		`DELETE FROM service_point_code WHERE code IN (SELECT code FROM service_point WHERE id IN {ints $1})`,
		`DELETE FROM service_point WHERE id IN {ints $1}`,
	); err != nil {
		return 0, err
	}
	words := wordsOf(kindServicePoint, all, func(p ServicePoint) (int64, []string) { return int64(p.ID), p.terms() })
	return int64(len(all)), removeWords(ctx, tx, kindServicePoint, words)
}

func discardCustomers(ctx context.Context, tx db.Tx, batch, limit int64) (int64, error) {
	all, err := db.All(ctx, tx, scanCustomer, `SELECT `+customerColumns+` FROM customer c WHERE c.batch_id = $1 ORDER BY c.id LIMIT $2`, batch, limit)
	if err != nil || len(all) == 0 {
		return 0, err
	}
	ids := make([]int64, len(all))
	for i, c := range all {
		ids[i] = int64(c.ID)
	}
	if err := deleteRows(ctx, tx, ids,
		`DELETE FROM customer_nature WHERE customer_id IN {ints $1}`,
		`DELETE FROM customer_code WHERE code IN (SELECT code FROM customer WHERE id IN {ints $1})`,
		`DELETE FROM customer WHERE id IN {ints $1}`,
	); err != nil {
		return 0, err
	}
	words := wordsOf(kindCustomer, all, func(c Customer) (int64, []string) { return int64(c.ID), c.terms() })
	return int64(len(all)), removeWords(ctx, tx, kindCustomer, words)
}

// deleteRows runs statements that each delete what belongs to some ids.
func deleteRows(ctx context.Context, tx db.Tx, ids []int64, statements ...string) error {
	for _, sql := range statements {
		if _, err := tx.Exec(ctx, sql, ids); err != nil {
			return err
		}
	}
	return nil
}

// removeWords drops the words of records that go.
func removeWords(ctx context.Context, tx db.Tx, kind string, words func(func(find.Row) bool)) error {
	var rows []find.Row
	for row := range words {
		rows = append(rows, row)
	}
	return find.Remove(ctx, tx, kind, rows)
}
