package customer

import (
	"context"
	"iter"

	"wasl/internal/kernel/day"
	"wasl/internal/platform/db"
	"wasl/internal/platform/find"
	"wasl/internal/platform/op"
)

// checkPage is how many records a check of the words reads at once.
const checkPage = 5_000

// Check compares what the customers promise with their rows: no contract without its
// account, its customer and its point, and no account of a contract without it; terms
// that cover the days of their contract exactly; natures, parents and payers that do not
// overlap; no two contracts of one service at one point on one day; each code once; no
// customer above itself; the words of the search as the records give them.
func (m *Module) Check() op.Check {
	return op.Check{Name: "CUSTOMER", Run: func(ctx context.Context, r db.Reader) (op.Report, error) {
		var rep op.Report
		for _, step := range []func(context.Context, db.Reader, *op.Report) error{
			checkOrphans, checkTermLines, checkDatedLines, checkPoints, checkCodes, checkUnits, checkCircles, checkWords,
		} {
			if err := step(ctx, r, &rep); err != nil {
				return rep, err
			}
		}
		return rep, nil
	}}
}

// orphans are the ways a row can stand alone: the statement gives the id of each, and
// the finding says what misses.
func orphans() [][2]string {
	return [][2]string{
		{"customer.contract_account", `SELECT k.id FROM contract k LEFT JOIN receivable_account a
			ON a.receivable_account_id = k.receivable_account_id AND a.kind = 'supply_contract' WHERE a.receivable_account_id IS NULL`},
		{"customer.account_contract", `SELECT a.receivable_account_id FROM receivable_account a LEFT JOIN contract k
			ON k.receivable_account_id = a.receivable_account_id WHERE a.kind = 'supply_contract' AND k.id IS NULL`},
		{"customer.account_shared", `SELECT receivable_account_id FROM contract GROUP BY receivable_account_id HAVING count(*) > 1`},
		{"customer.contract_customer", `SELECT k.id FROM contract k LEFT JOIN customer c ON c.id = k.customer_id WHERE c.id IS NULL`},
		{"customer.contract_point", `SELECT k.id FROM contract k LEFT JOIN service_point p ON p.id = k.service_point_id WHERE p.id IS NULL`},
		{"customer.nature_none", `SELECT c.id FROM customer c WHERE NOT EXISTS (SELECT 1 FROM customer_nature n WHERE n.customer_id = c.id)`},
		{"customer.payer_unknown", `SELECT p.receivable_account_id FROM account_payer p LEFT JOIN customer c ON c.id = p.payer_id WHERE c.id IS NULL`},
		{"customer.parent_unknown", `SELECT p.customer_id FROM customer_parent p LEFT JOIN customer c ON c.id = p.parent_id WHERE c.id IS NULL`},
	}
}

func checkOrphans(ctx context.Context, r db.Reader, rep *op.Report) error {
	for _, o := range orphans() {
		if err := findEach(ctx, r, rep, o[0], o[1]+` LIMIT 100`); err != nil {
			return err
		}
	}
	return nil
}

// findEach reports each id that a statement gives.
func findEach(ctx context.Context, r db.Reader, rep *op.Report, code, sql string) error {
	return db.Each(ctx, r, func(rows db.Rows) error {
		var id int64
		err := rows.Scan(&id)
		rep.Found(code, "id", op.ID(id))
		return err
	}, sql)
}

// checkTermLines reads the terms of every contract in order: they must begin and end
// with it, and each must begin where the one before ends.
func checkTermLines(ctx context.Context, r db.Reader, rep *op.Report) error {
	var contract int64
	var ends, until day.Date // until is the day from which the next terms must hold
	finish := func() {
		if contract != 0 && until != ends {
			rep.Found("customer.terms_hole", "id", op.ID(contract))
		}
	}
	err := db.Each(ctx, r, func(rows db.Rows) error {
		var id int64
		var from, to, starts, stops day.Date
		var has *int64
		if err := rows.Scan(&id, &starts, &stops, &has, &from, &to); err != nil {
			return err
		}
		first := id != contract
		if first {
			finish()
			rep.Count++
			contract, ends, until = id, stops, starts
		}
		switch {
		case has == nil:
			rep.Found("customer.terms_none", "id", op.ID(id))
			contract = 0
		case !first && until.IsZero(), from.Before(until):
			rep.Found("customer.terms_overlap", "id", op.ID(id))
		case until.Before(from):
			rep.Found("customer.terms_hole", "id", op.ID(id))
		}
		until = to
		return nil
	}, `SELECT k.id, k.starts_on, k.ends_on, t.contract_id, t.valid_from, t.valid_to FROM contract k
		LEFT JOIN contract_terms t ON t.receivable_account_id = k.receivable_account_id AND t.contract_id = k.id
		ORDER BY k.receivable_account_id, k.id, t.valid_from`)
	finish()
	return err
}

// checkDatedLines looks for natures, parents and payers that overlap or are empty.
func checkDatedLines(ctx context.Context, r db.Reader, rep *op.Report) error {
	for _, t := range [][3]string{
		{"customer.nature_overlap", "customer_nature", "customer_id"},
		{"customer.parent_overlap", "customer_parent", "customer_id"},
		{"customer.payer_overlap", "account_payer", "receivable_account_id"},
	} {
		err := findEach(ctx, r, rep, t[0], `SELECT a.`+t[2]+` FROM `+t[1]+` a WHERE a.valid_to <= a.valid_from OR EXISTS
			(SELECT 1 FROM `+t[1]+` b WHERE b.`+t[2]+` = a.`+t[2]+` AND a.valid_from < b.valid_from
			  AND (a.valid_to IS NULL OR b.valid_from < a.valid_to)) LIMIT 100`)
		if err != nil {
			return err
		}
	}
	return nil
}

// checkPoints looks for two contracts of one service at one point on one day.
func checkPoints(ctx context.Context, r db.Reader, rep *op.Report) error {
	return findEach(ctx, r, rep, "customer.contract_overlap", `SELECT a.id FROM contract a WHERE EXISTS
		(SELECT 1 FROM contract b WHERE b.service_point_id = a.service_point_id AND b.service = a.service AND b.id <> a.id
		  AND (a.starts_on < b.starts_on OR a.starts_on = b.starts_on AND a.id < b.id)
		  AND (a.ends_on IS NULL OR b.starts_on < a.ends_on)) LIMIT 100`)
}

// checkCodes compares each table of codes with its records, both ways.
func checkCodes(ctx context.Context, r db.Reader, rep *op.Report) error {
	for _, t := range [][5]string{
		{"customer_code", "code", "customer_id", "customer", "id"},
		{"service_point_code", "code", "service_point_id", "service_point", "id"},
		{"contract_code", "code", "contract_id", "contract", "id"},
		{"account_number", "number", "receivable_account_id", "receivable_account", "receivable_account_id"},
	} {
		for _, sql := range []string{
			`SELECT r.` + t[4] + ` FROM ` + t[3] + ` r LEFT JOIN ` + t[0] + ` c ON c.` + t[1] + ` = r.` + t[1] + ` AND c.` + t[2] + ` = r.` + t[4] +
				` WHERE c.` + t[1] + ` IS NULL LIMIT 100`,
			`SELECT c.` + t[2] + ` FROM ` + t[0] + ` c LEFT JOIN ` + t[3] + ` r ON r.` + t[4] + ` = c.` + t[2] + ` AND r.` + t[1] + ` = c.` + t[1] +
				` WHERE r.` + t[4] + ` IS NULL LIMIT 100`,
		} {
			if err := findEach(ctx, r, rep, "customer.code_"+t[3], sql); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkUnits compares the units that see a customer with those of its contracts.
func checkUnits(ctx context.Context, r db.Reader, rep *op.Report) error {
	for _, sql := range []string{
		`SELECT k.customer_id FROM contract k JOIN customer c ON c.id = k.customer_id AND c.unit_id <> k.unit_id
			LEFT JOIN customer_unit u ON u.customer_id = k.customer_id AND u.unit_id = k.unit_id WHERE u.unit_id IS NULL LIMIT 100`,
		`SELECT u.customer_id FROM customer_unit u WHERE NOT EXISTS
			(SELECT 1 FROM contract k WHERE k.customer_id = u.customer_id AND k.unit_id = u.unit_id) LIMIT 100`,
	} {
		if err := findEach(ctx, r, rep, "customer.unit_seen", sql); err != nil {
			return err
		}
	}
	return nil
}

// checkCircles looks for customers who stand above themselves on some dates, whatever
// they are.
func checkCircles(ctx context.Context, r db.Reader, rep *op.Report) error {
	above := map[int64][]int64{}
	err := db.Each(ctx, r, func(rows db.Rows) error {
		var customer, parent int64
		err := rows.Scan(&customer, &parent)
		above[customer] = append(above[customer], parent)
		return err
	}, `SELECT customer_id, parent_id FROM customer_parent ORDER BY customer_id, valid_from`)
	for customer := range above {
		seen := map[int64]bool{}
		todo := above[customer]
		for len(todo) > 0 {
			next := todo[0]
			todo = todo[1:]
			if next == customer {
				rep.Found("customer.parent_circle", "id", op.ID(customer))
				break
			}
			if !seen[next] {
				seen[next] = true
				todo = append(todo, above[next]...)
			}
		}
	}
	return err
}

// checkWords compares the words of the search with those the records give, and the text
// each record keeps of them.
func checkWords(ctx context.Context, r db.Reader, rep *op.Report) error {
	for _, k := range []struct {
		kind string
		rows func(context.Context, db.Reader, *op.Report) iter.Seq2[find.Row, error]
	}{{kindCustomer, customerWordRows}, {kindServicePoint, pointWordRows}, {kindContract, contractWordRows}} {
		beyond, err := find.Check(ctx, r, k.kind, k.rows(ctx, r, rep), func(row find.Row) {
			rep.Found("customer.word_missing", "kind", row.Kind, "id", op.ID(row.Ref))
		})
		if err != nil {
			return err
		}
		if beyond > 0 {
			rep.Found("customer.word_beyond", "kind", k.kind, "count", beyond)
		}
	}
	return nil
}

// folded is a record with the text it keeps for the search.
type folded[T any] struct {
	record T
	text   string
	id     int64
}

// pagedWords gives the words of all records of a table, a page at a time, so that no
// statement stays open, and reports those whose own text is another.
func pagedWords[T any](
	ctx context.Context, r db.Reader, rep *op.Report, kind, sql string, scan func(db.Rows) (folded[T], error), terms func(T) (int64, []string),
) iter.Seq2[find.Row, error] {
	return func(yield func(find.Row, error) bool) {
		after := int64(0)
		for {
			page, err := db.All(ctx, r, scan, sql, after, checkPage)
			if err != nil {
				yield(find.Row{}, err)
				return
			}
			for _, f := range page {
				after = f.id
				ref, words := terms(f.record)
				if f.text != find.Join(words) {
					rep.Found("customer.word_text", "kind", kind, "id", op.ID(ref))
				}
				for _, word := range words {
					if !yield(find.Row{Kind: kind, Ref: ref, Term: word}, nil) {
						return
					}
				}
			}
			if len(page) < checkPage {
				return
			}
		}
	}
}

func customerWordRows(ctx context.Context, r db.Reader, rep *op.Report) iter.Seq2[find.Row, error] {
	return pagedWords(ctx, r, rep, kindCustomer, `SELECT `+customerColumns+`, c.folded FROM customer c WHERE c.id > $1 ORDER BY c.id LIMIT $2`,
		func(rows db.Rows) (f folded[Customer], err error) {
			err = rows.Scan(append(f.record.fields(), &f.text)...)
			f.id = int64(f.record.ID)
			return f, err
		}, func(c Customer) (int64, []string) { return int64(c.ID), c.terms() })
}

func pointWordRows(ctx context.Context, r db.Reader, rep *op.Report) iter.Seq2[find.Row, error] {
	return pagedWords(ctx, r, rep, kindServicePoint, `SELECT `+pointColumns+`, p.folded FROM service_point p WHERE p.id > $1 ORDER BY p.id LIMIT $2`,
		func(rows db.Rows) (f folded[ServicePoint], err error) {
			err = rows.Scan(append(f.record.fields(), &f.text)...)
			f.id = int64(f.record.ID)
			return f, err
		}, func(p ServicePoint) (int64, []string) { return int64(p.ID), p.terms() })
}

func contractWordRows(ctx context.Context, r db.Reader, rep *op.Report) iter.Seq2[find.Row, error] {
	return pagedWords(ctx, r, rep, kindContract, `SELECT `+contractColumns+`, k.folded FROM contract k WHERE k.receivable_account_id > $1
		ORDER BY k.receivable_account_id LIMIT $2`,
		func(rows db.Rows) (f folded[Contract], err error) {
			err = rows.Scan(append(f.record.fields(), &f.text)...)
			f.id = int64(f.record.Account)
			return f, err
		}, func(c Contract) (int64, []string) { return int64(c.Account), c.terms() })
}
