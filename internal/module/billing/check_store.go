package billing

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"wasl/internal/kernel/money"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// Check is O5 and O7 for bills: legal numbers are gap-free and unique (the range of a run
// that is being issued is pending), an issued run's bills are those of its parts and
// hash to what was approved, each consumption is billed once.
func Check() op.Check {
	return op.Check{Name: "BILLING", Run: func(ctx context.Context, r db.Reader) (op.Report, error) {
		var rep op.Report
		for _, check := range []func(context.Context, db.Reader, *op.Report) error{checkNumbers, checkTurns, checkTotals, checkHashes} {
			if err := check(ctx, r, &rep); err != nil {
				return rep, err
			}
		}
		return rep, nil
	}}
}

// checkNumbers compares each series with what bears its numbers.
func checkNumbers(ctx context.Context, r db.Reader, rep *op.Report) error {
	return db.Each(ctx, r, func(rows db.Rows) error {
		var entity op.ID
		var kind string
		var exercise, next, count, distinct, low, high, pending int64
		if err := rows.Scan(&entity, &kind, &exercise, &next, &count, &distinct, &low, &high, &pending); err != nil {
			return err
		}
		rep.Count += count
		if count != distinct {
			rep.Found("billing.number_twice", "entity", entity, "kind", kind, "exercise", exercise)
		}
		if count+pending != next-1 || count > 0 && (low < 1 || high > next-1) {
			rep.Found("billing.number_gap", "entity", entity, "kind", kind, "exercise", exercise, "count", count, "next", next)
		}
		return nil
	}, `SELECT s.entity_id, s.kind, s.exercise, s.next, count(b.id), count(DISTINCT b.serial), COALESCE(min(b.serial), 0), COALESCE(max(b.serial), 0),
		COALESCE((SELECT CAST(sum(c.bills) AS {int}) FROM billing_chunk c JOIN billing_run r ON r.id = c.run_id
		  WHERE s.kind = 'bill' AND r.entity_id = s.entity_id AND r.exercise = s.exercise AND r.state = 'issuing' AND NOT c.issued), 0)
		FROM series s LEFT JOIN bill b ON b.entity_id = s.entity_id AND b.kind = s.kind AND b.exercise = s.exercise
		WHERE s.kind IN ('bill', 'credit_note') GROUP BY s.entity_id, s.kind, s.exercise, s.next ORDER BY 1, 2, 3`)
}

// checkTurns: of each consumption one bill at most is not cancelled.
func checkTurns(ctx context.Context, r db.Reader, rep *op.Report) error {
	return db.Each(ctx, r, func(rows db.Rows) error {
		var account, consumption op.ID
		err := rows.Scan(&account, &consumption)
		rep.Found("billing.billed_twice", "account", account, "consumption", consumption)
		return err
	}, `SELECT receivable_account_id, consumption_id FROM bill GROUP BY receivable_account_id, consumption_id
		HAVING sum(CASE WHEN kind = 'bill' THEN 1 ELSE -1 END) NOT IN (0, 1) ORDER BY 1, 2`)
}

// checkTotals: the bills of a run's issued parts sum to what the parts say.
func checkTotals(ctx context.Context, r db.Reader, rep *op.Report) error {
	return db.Each(ctx, r, func(rows db.Rows) error {
		var run op.ID
		var bills, count int64
		var total, sum money.Amount
		if err := rows.Scan(&run, &bills, &total, &count, &sum); err != nil {
			return err
		}
		rep.Count++
		if bills != count || total != sum {
			rep.Found("billing.run_total", "run", run, "bills", bills, "count", count, "total", total, "sum", sum)
		}
		return nil
	}, `SELECT c.run_id, CAST(sum(c.bills) AS {int}), CAST(sum(c.total) AS {int}),
		(SELECT count(*) FROM bill b WHERE b.run_id = c.run_id AND b.kind = 'bill'),
		COALESCE((SELECT CAST(sum(b.total) AS {int}) FROM bill b WHERE b.run_id = c.run_id AND b.kind = 'bill'), 0)
		FROM billing_chunk c WHERE c.issued GROUP BY c.run_id ORDER BY c.run_id`)
}

// checkHashes computes the hash of the bills of every issued part from the bills
// themselves: a bill whose content was changed no longer gives what was approved.
func checkHashes(ctx context.Context, r db.Reader, rep *op.Report) error {
	type issued struct {
		run              op.ID
		no, first, bills int64
		sha              string
	}
	chunks, err := db.All(ctx, r, func(rows db.Rows) (c issued, err error) {
		err = rows.Scan(&c.run, &c.no, &c.first, &c.bills, &c.sha)
		return c, err
	}, `SELECT run_id, chunk_no, first_ordinal, bills, sha256 FROM billing_chunk WHERE issued AND bills > 0 ORDER BY run_id, chunk_no`)
	if err != nil {
		return err
	}
	var shas map[uint64]string
	for i, c := range chunks {
		if i == 0 || chunks[i-1].run != c.run {
			if shas, err = shasOf(ctx, r, c.run); err != nil {
				return err
			}
		}
		bills, err := billsFrom(ctx, r, c.run, c.first, c.bills)
		if err != nil {
			return err
		}
		h := sha256.New()
		for j := range bills {
			bytes, err := bills[j].canonical(nil, shas)
			if err != nil {
				rep.Found("billing.document_damaged", "number", bills[j].Number)
				continue
			}
			leaf := leafOf(bytes)
			h.Write(leaf[:])
		}
		rep.Count++
		if hex.EncodeToString(h.Sum(nil)) != c.sha {
			rep.Found("billing.hash", "run", c.run, "chunk", c.no+1)
		}
	}
	return nil
}
