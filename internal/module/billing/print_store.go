package billing

import (
	"cmp"
	"context"
	"iter"
	"slices"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/file"
	"wasl/internal/platform/op"
)

const printColumns = `p.id, p.run_id, p.unit_id, p.state, p.duplicate, p.bills, p.pages, p.parts, p.total, p.sha256, p.size, p.requested_by, p.recorded_at`

func scanPrint(rows db.Rows) (p Print, err error) {
	err = rows.Scan(&p.ID, &p.Run, &p.Unit, &p.State, &p.Duplicate, &p.Bills, &p.Pages, &p.Parts, &p.Total, &p.SHA256, &p.Size, &p.RequestedBy, &p.RecordedAt)
	return p, err
}

// findPrint reads a print file; NotFound "billing.print_unknown".
func findPrint(ctx context.Context, r db.Reader, id op.ID) (Print, error) {
	p, err := db.One(ctx, r, scanPrint, `SELECT `+printColumns+` FROM billing_print p WHERE p.id = $1`, id)
	if fault.CodeOf(err) == "db.no_row" {
		return p, fault.New(fault.NotFound, "billing.print_unknown")
	}
	return p, err
}

func listPrints(ctx context.Context, x *op.Exec, in PrintFilter) iter.Seq2[Print, error] {
	var w db.Where
	if in.Run != 0 {
		w.And("p.run_id = ?", in.Run)
	}
	x.Filter(&w, "p.unit_id")
	order := x.Keyset(&w, map[string][]string{"recorded_at": {"@p.recorded_at", "#p.id"}})
	return db.Seq(ctx, x.R, scanPrint, `SELECT `+printColumns+` FROM billing_print p`+w.SQL()+order, w.Args()...)
}

// printedBefore says whether a run has a print file.
func printedBefore(ctx context.Context, r db.Reader, run op.ID) (bool, error) {
	n, err := db.Value[int64](ctx, r, `SELECT count(*) FROM billing_print WHERE run_id = $1 AND state = $2`, run, Printed)
	return n > 0, err
}

// walksOf counts the bills of a run by walk, in the order of their codes; those outside
// all walks come last.
func walksOf(ctx context.Context, r db.Reader, run op.ID) ([]walkBills, error) {
	all, err := db.All(ctx, r, func(rows db.Rows) (w walkBills, err error) {
		err = rows.Scan(&w.route, &w.code, &w.bills)
		return w, err
	}, `SELECT COALESCE(s.route_id, 0), COALESCE(w.code, ''), count(*) FROM bill b
		JOIN contract k ON k.receivable_account_id = b.receivable_account_id AND k.id = b.contract_id
		LEFT JOIN route_stop s ON s.service_point_id = k.service_point_id LEFT JOIN reading_route w ON w.id = s.route_id
		WHERE b.run_id = $1 AND b.kind = 'bill' GROUP BY COALESCE(s.route_id, 0), COALESCE(w.code, '')`, run)
	slices.SortFunc(all, func(a, b walkBills) int {
		return cmp.Or(cmp.Compare(flag(a.route == 0), flag(b.route == 0)), cmp.Compare(a.code, b.code), cmp.Compare(a.route, b.route))
	})
	return all, err
}

func flag(is bool) int {
	if is {
		return 1
	}
	return 0
}

func insertPrint(ctx context.Context, tx db.Tx, p *Print, parts []printPart) error {
	_, err := tx.Exec(ctx, `INSERT INTO billing_print (id, run_id, unit_id, state, duplicate, bills, pages, parts, total, sha256, size, requested_by, recorded_at)
		VALUES ($1, $2, $3, $4, $5, $6, 0, $7, 0, '', 0, $8, $9)`, p.ID, p.Run, p.Unit, p.State, p.Duplicate, p.Bills, p.Parts, p.RequestedBy, tx.Now())
	if err != nil {
		return err
	}
	columns := []string{
		"print_id", "part_no", "route_id", "route_code", "from_bill", "bills", "pages", "total", "first_number", "last_number", "last_ordinal", "sha256", "size",
	}
	_, err = tx.Bulk(ctx, "billing_print_part", columns, func(yield func([]any, error) bool) {
		for _, c := range parts {
			if !yield([]any{p.ID, c.No, c.Route, c.RouteCode, c.From, c.Bills, 0, 0, "", "", 0, "", 0}, nil) {
				return
			}
		}
	})
	return err
}

const partColumns = `part_no, route_id, route_code, from_bill, bills, pages, total, first_number, last_number, last_ordinal, sha256, size`

func scanPart(rows db.Rows) (c printPart, err error) {
	err = rows.Scan(&c.No, &c.Route, &c.RouteCode, &c.From, &c.Bills, &c.Pages, &c.Total, &c.First, &c.Last, &c.Ordinal, &c.SHA256, &c.Size)
	return c, err
}

// partOf reads a part; NotFound "db.no_row".
func partOf(ctx context.Context, r db.Reader, print op.ID, no int64) (printPart, error) {
	return db.One(ctx, r, scanPart, `SELECT `+partColumns+` FROM billing_print_part WHERE print_id = $1 AND part_no = $2`, print, no)
}

// partsOf reads the parts of a print file in order.
func partsOf(ctx context.Context, r db.Reader, print op.ID) ([]printPart, error) {
	return db.All(ctx, r, scanPart, `SELECT `+partColumns+` FROM billing_print_part WHERE print_id = $1 ORDER BY part_no`, print)
}

func updatePart(ctx context.Context, tx db.Tx, print op.ID, c *printPart) error {
	_, err := tx.Exec(ctx, `UPDATE billing_print_part SET pages = $3, total = $4, first_number = $5, last_number = $6, last_ordinal = $7, sha256 = $8, size = $9
		WHERE print_id = $1 AND part_no = $2`, print, c.No, c.Pages, c.Total, c.First, c.Last, c.Ordinal, c.SHA256, c.Size)
	return err
}

func finishPrint(ctx context.Context, tx db.Tx, p *Print) error {
	_, err := tx.Exec(ctx, `UPDATE billing_print SET state = $2, pages = $3, total = $4, sha256 = $5, size = $6, finished_at = $7 WHERE id = $1`,
		p.ID, p.State, p.Pages, p.Total, p.SHA256, p.Size, tx.Now())
	return err
}

// billsOfPart reads the bills of a part in the order in which they are printed.
func billsOfPart(ctx context.Context, r db.Reader, run op.ID, c printPart, after int64) ([]Bill, error) {
	if c.Route == 0 {
		return db.All(ctx, r, scanBill, `SELECT `+billColumns+` FROM bill b
			JOIN contract k ON k.receivable_account_id = b.receivable_account_id AND k.id = b.contract_id
			WHERE b.run_id = $1 AND b.kind = 'bill' AND b.ordinal > $2
			  AND NOT EXISTS (SELECT 1 FROM route_stop s WHERE s.service_point_id = k.service_point_id)
			ORDER BY b.ordinal LIMIT $3`, run, after, c.Bills)
	}
	type stop struct {
		sequence    int64
		account, id op.ID
	}
	var accounts []int64
	err := db.Each(ctx, r, func(rows db.Rows) error {
		var account int64
		err := rows.Scan(&account)
		accounts = append(accounts, account)
		return err
	}, `SELECT DISTINCT k.receivable_account_id FROM route_stop s JOIN contract k ON k.service_point_id = s.service_point_id WHERE s.route_id = $1`, c.Route)
	if err != nil {
		return nil, err
	}
	// The walk has few accounts and the run many bills: the sum keeps engines from going
	// through the run.
	stops, err := db.All(ctx, r, func(rows db.Rows) (s stop, err error) {
		err = rows.Scan(&s.sequence, &s.account, &s.id)
		return s, err
	}, `SELECT s.sequence, b.receivable_account_id, b.id FROM bill b
		JOIN contract k ON k.receivable_account_id = b.receivable_account_id AND k.id = b.contract_id
		JOIN route_stop s ON s.service_point_id = k.service_point_id AND s.route_id = $3
		WHERE b.receivable_account_id IN {ints $1} AND b.run_id + 0 = $2 AND b.kind = 'bill'`, accounts, run, c.Route)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(stops, func(a, b stop) int {
		return cmp.Or(cmp.Compare(a.sequence, b.sequence), cmp.Compare(a.account, b.account), cmp.Compare(a.id, b.id))
	})
	stops = stops[min(c.From, int64(len(stops))):min(c.From+c.Bills, int64(len(stops)))]
	at, ids := map[op.ID]int{}, make([]int64, len(stops))
	accounts = make([]int64, len(stops))
	for i, s := range stops {
		at[s.id], accounts[i], ids[i] = i, int64(s.account), int64(s.id)
	}
	out := make([]Bill, len(stops))
	return out, db.Each(ctx, r, func(rows db.Rows) error {
		b, err := scanBill(rows)
		out[at[b.ID]] = b
		return err
	}, `SELECT `+billColumns+` FROM bill b WHERE b.receivable_account_id IN {ints $1} AND b.id + 0 IN {ints $2}`, accounts, ids)
}

// ref names the content of a part.
func (c *printPart) ref() file.Ref { return file.Ref{SHA256: c.SHA256, Size: c.Size} }
