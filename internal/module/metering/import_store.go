package metering

import (
	"context"
	"maps"

	"wasl/internal/kernel/day"
	"wasl/internal/module/org"
	"wasl/internal/platform/db"
	"wasl/internal/platform/find"
	"wasl/internal/platform/intake"
	"wasl/internal/platform/op"
)

// resolveSerials finds the meters of some serial numbers, where they stand, whose contract it
// is and by what terms, in one statement whatever the number of rows.
func resolveSerials(ctx context.Context, r reader, serials []string, batch int64) (*resolved, error) {
	out := newResolved(len(serials))
	var w db.Where
	w.And("s.serial IN {texts ?}", serials)
	intake.VisibleTo(&w, "m.batch_id", batch)
	var c candidate
	var g Register
	var serial string
	s := &c.supply
	row := []any{
		&serial, &c.meter, &g.Digits, &g.Decimals, &g.Coefficient, &c.point, &c.stay.InstalledOn, &c.stay.RemovedOn,
		&s.Account, &s.Contract, &s.Unit, &s.Customer, &s.Code, &s.Service, &s.StartsOn, &s.EndsOn, &s.Category, &s.Power, &c.termsFrom, &c.termsTo,
	}
	err := db.Each(ctx, r, func(rows db.Rows) error {
		if err := rows.Scan(row...); err != nil {
			return err
		}
		s.ServicePoint, c.hasStay, c.hasSupply = c.point, c.point != 0, s.Account != 0
		c.stay.ServicePoint, c.stay.Meter = op.ID(c.point), op.ID(c.meter)
		out.add(serial, c, g)
		return nil
	}, `SELECT s.serial, m.id, m.digits, m.decimals, m.coefficient, COALESCE(i.service_point_id, 0), i.installed_on, i.removed_on,
			COALESCE(k.receivable_account_id, 0), COALESCE(k.id, 0), COALESCE(k.unit_id, 0), COALESCE(k.customer_id, 0), COALESCE(k.code, ''),
			COALESCE(k.service, ''), k.starts_on, k.ends_on, COALESCE(t.category, ''), COALESCE(t.subscribed_power, 0), t.valid_from, t.valid_to
		FROM meter_serial s JOIN meter m ON m.id = s.meter_id
		LEFT JOIN meter_installation i ON i.meter_id = m.id AND `+intake.VisibleSQL("i.batch_id")+`
		LEFT JOIN contract k ON k.service_point_id = i.service_point_id AND k.service = m.service AND `+intake.VisibleSQL("k.batch_id")+`
		LEFT JOIN contract_terms t ON t.receivable_account_id = k.receivable_account_id AND t.contract_id = k.id`+w.SQL(), w.Args()...)
	if err != nil {
		return nil, err
	}
	several, err := registersOf(ctx, r, out.meters)
	maps.Copy(out.registers, several)
	return out, err
}

// contractMatch is a contract found by its code or its customer's, with the terms of some
// dates.
type contractMatch struct {
	supply             Supply
	termsFrom, termsTo day.Date
}

// resolveCodes finds contracts by their own codes or by those of their customers.
func resolveCodes(ctx context.Context, r reader, codes []string, ofCustomers bool) (map[string][]*contractMatch, error) {
	from := `contract_code x JOIN contract k ON k.receivable_account_id = x.receivable_account_id AND k.id = x.contract_id`
	if ofCustomers {
		from = `customer_code x JOIN contract k ON k.customer_id = x.customer_id`
	}
	var w db.Where
	w.And("x.code IN {texts ?}", codes)
	intake.Visible(&w, "k.batch_id")
	out := map[string][]*contractMatch{}
	if len(codes) == 0 {
		return out, nil
	}
	err := db.Each(ctx, r, func(rows db.Rows) error {
		c := &contractMatch{}
		var code string
		var category *string
		var power *int64
		s := &c.supply
		err := rows.Scan(&code, &s.Account, &s.Contract, &s.ServicePoint, &s.Customer, &s.Unit, &s.Code, &s.Service, &s.StartsOn, &s.EndsOn,
			&category, &power, &c.termsFrom, &c.termsTo)
		if category != nil {
			s.Category = *category
		}
		if power != nil {
			s.Power = quantityOf(*power)
		}
		out[code] = append(out[code], c)
		return err
	}, `SELECT x.code, k.receivable_account_id, k.id, k.service_point_id, k.customer_id, k.unit_id, k.code, k.service, k.starts_on, k.ends_on,
			t.category, t.subscribed_power, t.valid_from, t.valid_to
		FROM `+from+` LEFT JOIN contract_terms t ON t.receivable_account_id = k.receivable_account_id AND t.contract_id = k.id`+w.SQL(), w.Args()...)
	return out, err
}

// replaceSentBack takes away what was to be read again and was read by a file. Such rows are
// few, and have an index of their own.
func replaceSentBack(ctx context.Context, tx db.Tx, batch int64) error {
	gone, err := db.All(ctx, tx, func(rows db.Rows) (c Consumption, err error) {
		err = rows.Scan(&c.Account, &c.ID)
		return c, err
	}, `SELECT receivable_account_id, corrects_id FROM consumption WHERE batch_id = $1 AND corrects_id IS NOT NULL`, batch)
	if err != nil {
		return err
	}
	for _, c := range gone {
		if _, err := tx.Exec(ctx, `UPDATE reading SET state = 'replaced' WHERE receivable_account_id = $1 AND state = 'valid' AND id =
			(SELECT c.to_reading_id FROM consumption c WHERE c.receivable_account_id = $1 AND c.id = $2)`, c.Account, c.ID); err != nil {
			return err
		}
		if err := setConsumption(ctx, tx, c.Account, c.ID, Replaced); err != nil {
			return err
		}
	}
	return nil
}

// discardBatch removes rows of a batch that was given up, at most limit of each kind.
func discardBatch(ctx context.Context, tx db.Tx, batch, limit int64) (left bool, err error) {
	for _, table := range []string{"anomaly", "consumption", "reading", "delivery_match"} {
		key := "id"
		if table == "delivery_match" {
			key = "subject_id"
		}
		n, err := tx.Exec(ctx, `DELETE FROM `+table+` WHERE batch_id = $1 AND (receivable_account_id, `+key+`) IN
			(SELECT receivable_account_id, `+key+` FROM `+table+` WHERE batch_id = $1 LIMIT $2)`, batch, limit)
		if err != nil {
			return false, err
		}
		left = left || n >= limit
	}
	return left, nil
}

// heldIn counts the rows of a table that batches brought.
func heldIn(table string) func(context.Context, db.Reader, []int64) (map[int64]int64, error) {
	return func(ctx context.Context, r db.Reader, batches []int64) (map[int64]int64, error) {
		out := map[int64]int64{}
		err := db.Each(ctx, r, func(rows db.Rows) error {
			var batch, n int64
			err := rows.Scan(&batch, &n)
			out[batch] = n
			return err
		}, `SELECT batch_id, count(*) FROM `+table+` WHERE batch_id IN {ints $1} GROUP BY batch_id`, batches)
		return out, err
	}
}

// knownSerial is a serial number of a service.
type knownSerial struct {
	serial  string
	service org.Service
}

// knownSerials finds which serial numbers are taken, those of batches under way included.
func knownSerials(ctx context.Context, r reader, serials []string) (map[knownSerial]int64, error) {
	out := map[knownSerial]int64{}
	err := db.Each(ctx, r, func(rows db.Rows) error {
		var k knownSerial
		var id int64
		err := rows.Scan(&k.serial, &k.service, &id)
		out[k] = id
		return err
	}, `SELECT serial, service, meter_id FROM meter_serial WHERE serial IN {texts $1}`, serials)
	return out, err
}

// standingAt tells which meter stands at each of some service points, with those a batch
// placed.
func standingAt(ctx context.Context, r reader, points []int64, batch int64) (map[int64]int64, error) {
	var w db.Where
	w.And("i.service_point_id IN {ints ?} AND i.removed_on IS NULL", points)
	intake.VisibleTo(&w, "i.batch_id", batch)
	out := map[int64]int64{}
	err := db.Each(ctx, r, func(rows db.Rows) error {
		var point, meter int64
		err := rows.Scan(&point, &meter)
		out[point] = meter
		return err
	}, `SELECT i.service_point_id, i.meter_id FROM meter_installation i`+w.SQL(), w.Args()...)
	return out, err
}

// discardMeters removes the meters of a batch that was given up with all that hangs on them.
func discardMeters(ctx context.Context, tx db.Tx, batch, limit int64) (left bool, err error) {
	ids, err := db.All(ctx, tx, func(rows db.Rows) (k knownMeter, err error) {
		err = rows.Scan(&k.id, &k.serial)
		return k, err
	}, `SELECT id, serial FROM meter WHERE batch_id = $1 LIMIT $2`, batch, limit)
	if err != nil {
		return false, err
	}
	var meters []int64
	var words []find.Row
	for _, k := range ids {
		meters = append(meters, k.id)
		for _, word := range find.Code(k.serial) {
			words = append(words, find.Row{Kind: FindKind, Term: word, Ref: k.id})
		}
	}
	if len(words) > 0 {
		if err := find.Remove(ctx, tx, FindKind, words); err != nil {
			return false, err
		}
	}
	for _, sql := range []string{
		`DELETE FROM reading WHERE batch_id = $1 AND meter_id IN {ints $2}`, `DELETE FROM meter_installation WHERE batch_id = $1 AND meter_id IN {ints $2}`,
		`DELETE FROM meter_serial WHERE batch_id = $1 AND meter_id IN {ints $2}`, `DELETE FROM meter WHERE batch_id = $1 AND id IN {ints $2}`,
	} {
		if _, err := tx.Exec(ctx, sql, batch, meters); err != nil {
			return false, err
		}
	}
	return int64(len(ids)) >= limit, nil
}

// knownMeter is a meter in passing.
type knownMeter struct {
	id     int64
	serial string
}
