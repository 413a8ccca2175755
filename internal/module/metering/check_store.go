package metering

import (
	"context"

	"wasl/internal/platform/db"
	"wasl/internal/platform/intake"
	"wasl/internal/platform/op"
)

// Check is the invariants of metering, recomputed by statements of their own.
func Check() op.Check {
	return op.Check{Name: "METERING", Run: func(ctx context.Context, r db.Reader) (op.Report, error) {
		var rep op.Report
		for _, c := range []struct{ code, sql string }{
			{"metering.two_places", `SELECT meter_id, 0 FROM meter_installation WHERE removed_on IS NULL AND ` + intake.VisibleSQL("batch_id") +
				` GROUP BY meter_id HAVING count(*) > 1`},
			{"metering.serial", `SELECT m.id, 0 FROM meter m LEFT JOIN meter_serial s ON s.meter_id = m.id AND s.serial = m.serial AND s.service = m.service
				WHERE s.meter_id IS NULL`},
			{"metering.reading_lost", `SELECT c.receivable_account_id, c.id FROM consumption c
				LEFT JOIN reading r ON r.receivable_account_id = c.receivable_account_id AND r.id = c.to_reading_id
				LEFT JOIN reading f ON f.receivable_account_id = c.receivable_account_id AND f.id = c.from_reading_id
				WHERE c.to_reading_id IS NOT NULL AND (r.id IS NULL OR f.id IS NULL OR r.reading_date <> c.to_date OR f.reading_date > c.to_date)`},
			{"metering.quantity", `SELECT c.receivable_account_id, c.id FROM consumption c
				JOIN reading r ON r.receivable_account_id = c.receivable_account_id AND r.id = c.to_reading_id
				JOIN reading f ON f.receivable_account_id = c.receivable_account_id AND f.id = c.from_reading_id
				JOIN meter m ON m.id = r.meter_id
				WHERE r.meter_id = f.meter_id AND r.dial >= f.dial AND m.coefficient = 1000 AND r.register = '' AND c.quantity <> r.dial - f.dial
				  AND f.kind <> 'estimated' AND NOT r.turned`},
			{"metering.undecided", `SELECT receivable_account_id, id FROM anomaly
				WHERE state = 'decided' AND (reason = '' OR decision = '' OR decided_by IS NULL OR decided_at IS NULL)`},
			{"metering.blocked", `SELECT a.receivable_account_id, a.id FROM anomaly a
				JOIN consumption c ON c.receivable_account_id = a.receivable_account_id AND c.id = a.consumption_id
				WHERE a.state = 'open' AND a.severity = 'blocking' AND c.state IN ('normal', 'accepted')`},
			{"metering.replaced", `SELECT c.receivable_account_id, c.id FROM consumption c
				LEFT JOIN consumption o ON o.receivable_account_id = c.receivable_account_id AND o.id = c.corrects_id
				WHERE c.corrects_id IS NOT NULL AND ` + intake.VisibleSQL("c.batch_id") + ` AND (o.id IS NULL OR o.state <> 'replaced')`},
		} {
			err := db.Each(ctx, r, func(rows db.Rows) error {
				var a, b int64
				err := rows.Scan(&a, &b)
				rep.Found(c.code, "account", op.ID(a), "id", op.ID(b))
				return err
			}, c.sql)
			if err != nil {
				return rep, err
			}
		}
		var err error
		rep.Count, err = db.Value[int64](ctx, r, `SELECT count(*) FROM consumption`)
		return rep, err
	}}
}
