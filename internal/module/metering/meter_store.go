package metering

import (
	"context"
	"iter"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/find"
	"wasl/internal/platform/intake"
	"wasl/internal/platform/op"
)

const meterColumns = `m.id, m.serial, m.service, m.make, m.size, m.digits, m.decimals, m.coefficient, m.state, m.unit_id, m.note, m.version`

func (m *Meter) fields() []any {
	return []any{
		&m.ID, &m.Serial, &m.Service, &m.Make, &m.Size, &m.Digits, &m.Decimals, &m.Coefficient, &m.State, &m.Unit, &m.Note, &m.Version,
	}
}

func scanMeter(rows db.Rows) (m Meter, err error) {
	err = rows.Scan(m.fields()...)
	return m, err
}

// findMeter reads a meter; NotFound "metering.meter_unknown".
func findMeter(ctx context.Context, r reader, id int64) (Meter, error) {
	var w db.Where
	w.And("m.id = ?", id)
	intake.Visible(&w, "m.batch_id")
	m, err := db.One(ctx, r, scanMeter, `SELECT `+meterColumns+` FROM meter m`+w.SQL(), w.Args()...)
	if fault.CodeOf(err) == "db.no_row" {
		return m, fault.New(fault.NotFound, "metering.meter_unknown")
	}
	return m, err
}

// insertMeters adds meters with their serial numbers.
func insertMeters(ctx context.Context, tx db.Tx, batch *int64, meters ...Meter) error {
	columns := []string{
		"id", "serial", "service", "make", "size", "digits", "decimals", "coefficient", "state", "unit_id", "note", "folded", "version", "batch_id",
	}
	_, err := tx.Bulk(ctx, "meter", columns, rowsOf(meters, func(m Meter) []any {
		return []any{m.ID, m.Serial, m.Service, m.Make, m.Size, m.Digits, m.Decimals, m.Coefficient, m.State, m.Unit, m.Note, m.folded(), m.Version, batch}
	}))
	if err != nil {
		return err
	}
	_, err = tx.Bulk(ctx, "meter_serial", []string{"serial", "service", "meter_id", "batch_id"}, rowsOf(meters, func(m Meter) []any {
		return []any{m.Serial, m.Service, m.ID, batch}
	}))
	if err != nil && db.Constraint(err) == "meter_serial.serial,service" {
		return serialTaken(err)
	}
	return err
}

func serialTaken(cause error) error {
	return &fault.Error{
		Kind: fault.Conflict, Code: "metering.serial_taken", Fields: []fault.Field{{Path: "serial", Code: "metering.serial_taken"}}, Cause: cause,
	}
}

// rowsOf gives a bulk insert its rows.
func rowsOf[T any](all []T, row func(T) []any) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for _, v := range all {
			if !yield(row(v), nil) {
				return
			}
		}
	}
}

// serialFree refuses a serial number that a meter of the service has.
func serialFree(ctx context.Context, r reader, serial, service string) error {
	n, err := db.Value[int64](ctx, r, `SELECT count(*) FROM meter_serial WHERE serial = $1 AND service = $2`, serial, service)
	if err == nil && n > 0 {
		return serialTaken(nil)
	}
	return err
}

// stale refuses a write that somebody else's came before.
func stale(given int64) error {
	return fault.New(fault.Conflict, op.CodeStale, "version", given+1, "given", given)
}

// updateMeter writes a meter read at a version and gives it the next one. The serial
// number is not changed: it names the meter.
func updateMeter(ctx context.Context, tx db.Tx, m *Meter) error {
	n, err := tx.Exec(ctx, `UPDATE meter SET make = $1, size = $2, digits = $3, decimals = $4, coefficient = $5, state = $6, unit_id = $7,
			note = $8, version = version + 1
		WHERE id = $9 AND version = $10`,
		m.Make, m.Size, m.Digits, m.Decimals, m.Coefficient, m.State, m.Unit, m.Note, m.ID, m.Version)
	if err == nil && n == 0 {
		return stale(m.Version)
	}
	m.Version++
	return err
}

func insertRegisters(ctx context.Context, tx db.Tx, meter int64, all []Register) error {
	_, err := tx.Bulk(ctx, "meter_register", []string{"meter_id", "register", "digits", "decimals", "coefficient"}, rowsOf(all, func(g Register) []any {
		return []any{meter, g.Register, g.Digits, g.Decimals, g.Coefficient}
	}))
	return err
}

// registersOf reads the registers of some meters that have several.
func registersOf(ctx context.Context, r reader, meters []int64) (map[int64][]Register, error) {
	out := map[int64][]Register{}
	if len(meters) == 0 {
		return out, nil
	}
	err := db.Each(ctx, r, func(rows db.Rows) error {
		var meter int64
		var g Register
		err := rows.Scan(&meter, &g.Register, &g.Digits, &g.Decimals, &g.Coefficient)
		out[meter] = append(out[meter], g)
		return err
	}, `SELECT meter_id, register, digits, decimals, coefficient FROM meter_register WHERE meter_id IN {ints $1} ORDER BY meter_id, register`, meters)
	return out, err
}

// listMeters reads meters with where they stand.
func listMeters(ctx context.Context, x *op.Exec, in MeterFilter) iter.Seq2[MeterRow, error] {
	found, err := find.Look(ctx, x.R, FindKind, in.Text)
	if err != nil {
		return db.Failed[MeterRow](err)
	}
	var w db.Where
	found.Narrow(&w, "m.id", "m.folded")
	if in.Service != "" {
		w.And("m.service = ?", in.Service)
	}
	if in.State != "" {
		w.And("m.state = ?", in.State)
	}
	if len(in.ServicePoints) > 0 {
		w.In("i.service_point_id", op.Plain(in.ServicePoints))
	}
	intake.Visible(&w, "m.batch_id")
	x.Filter(&w, "m.unit_id")
	serial := "m.serial"
	if found.Few && !found.Any || len(in.ServicePoints) > 0 { // few rows are sorted, no engine reads the whole index for them
		serial = "(m.serial || '')"
	}
	order := x.Keyset(&w, map[string][]string{"serial": {serial, "#m.id"}})
	return db.Seq(ctx, x.R, func(rows db.Rows) (row MeterRow, err error) {
		var point *string
		err = rows.Scan(append(row.Meter.fields(), &point, &row.InstalledOn)...)
		if point != nil {
			row.Point = *point
		}
		return row, err
	}, `SELECT `+meterColumns+`, p.code, i.installed_on FROM meter m
		LEFT JOIN meter_installation i ON i.meter_id = m.id AND i.removed_on IS NULL
		LEFT JOIN service_point p ON p.id = i.service_point_id`+w.SQL()+order, w.Args()...)
}

const stayColumns = `i.service_point_id, i.meter_id, i.installed_on, i.removed_on, i.reason`

func (s *Stay) fields() []any {
	return []any{&s.ServicePoint, &s.Meter, &s.InstalledOn, &s.RemovedOn, &s.Reason}
}

// staysWhere reads installations by a condition on i, latest first.
func staysWhere(ctx context.Context, r reader, w *db.Where) ([]Stay, error) {
	intake.Visible(w, "i.batch_id")
	return db.All(ctx, r, func(rows db.Rows) (s Stay, err error) {
		var code *string
		err = rows.Scan(append(s.fields(), &code)...)
		if code != nil {
			s.Point = *code
		}
		return s, err
	}, `SELECT `+stayColumns+`, p.code FROM meter_installation i LEFT JOIN service_point p ON p.id = i.service_point_id`+w.SQL()+
		` ORDER BY i.installed_on DESC, i.meter_id DESC`, w.Args()...)
}

// staysOf reads where a meter stood.
func staysOf(ctx context.Context, r reader, meter int64) ([]Stay, error) {
	var w db.Where
	w.And("i.meter_id = ?", meter)
	return staysWhere(ctx, r, &w)
}

// staysAt reads which meters stood at a service point.
func staysAt(ctx context.Context, r reader, point int64) ([]Stay, error) {
	var w db.Where
	w.And("i.service_point_id = ?", point)
	return staysWhere(ctx, r, &w)
}

func insertStays(ctx context.Context, tx db.Tx, batch *int64, by origin, stays ...Stay) error {
	columns := []string{"service_point_id", "installed_on", "meter_id", "removed_on", "reason", "actor_id", "recorded_at", "batch_id"}
	_, err := tx.Bulk(ctx, "meter_installation", columns, rowsOf(stays, func(s Stay) []any {
		return []any{s.ServicePoint, s.InstalledOn, s.Meter, s.RemovedOn, s.Reason, by.actor, by.at, batch}
	}))
	return err
}

// endStay writes the last day of an installation.
func endStay(ctx context.Context, tx db.Tx, s Stay, last day.Date) error {
	_, err := tx.Exec(ctx, `UPDATE meter_installation SET removed_on = $1
		WHERE service_point_id = $2 AND installed_on = $3 AND meter_id = $4 AND removed_on IS NULL`, last, s.ServicePoint, s.InstalledOn, s.Meter)
	return err
}

// sealsOf reads the seals of a meter, latest first.
func sealsOf(ctx context.Context, r reader, meter int64) ([]Seal, error) {
	return db.All(ctx, r, func(rows db.Rows) (s Seal, err error) {
		err = rows.Scan(&s.Number, &s.PlacedOn, &s.RemovedOn, &s.Reason, &s.Actor)
		return s, err
	}, `SELECT number, placed_on, removed_on, reason, actor_id FROM meter_seal WHERE meter_id = $1 ORDER BY placed_on DESC, number DESC`, meter)
}

func insertSeal(ctx context.Context, tx db.Tx, meter int64, s Seal, by origin) error {
	n, err := db.Value[int64](ctx, tx, `SELECT count(*) FROM meter_seal WHERE meter_id = $1 AND number = $2`, meter, s.Number)
	if err == nil && n > 0 {
		return fault.InvalidField("number", "metering.seal_taken")
	}
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO meter_seal (meter_id, number, placed_on, reason, actor_id, recorded_at) VALUES ($1, $2, $3, $4, $5, $6)`,
		meter, s.Number, s.PlacedOn, s.Reason, by.actor, by.at)
	return err
}

// endSeal says when a seal was taken off; NotFound "metering.seal_unknown" when no such
// seal is on the meter.
func endSeal(ctx context.Context, tx db.Tx, meter int64, number string, on day.Date, reason string) error {
	n, err := tx.Exec(ctx, `UPDATE meter_seal SET removed_on = $1, reason = $2 WHERE meter_id = $3 AND number = $4 AND removed_on IS NULL AND placed_on <= $1`,
		on, reason, meter, number)
	if err == nil && n == 0 {
		return fault.New(fault.NotFound, "metering.seal_unknown")
	}
	return err
}

// metersAt tells which meter stands at each of some service points on a day.
func metersAt(ctx context.Context, r reader, points []int64, on day.Date) (map[int64]int64, error) {
	var w db.Where
	w.And("i.service_point_id IN {ints ?}", points)
	w.And("i.installed_on <= ? AND (i.removed_on IS NULL OR ? <= i.removed_on)", on, on)
	intake.Visible(&w, "i.batch_id")
	out := map[int64]int64{}
	err := db.Each(ctx, r, func(rows db.Rows) error {
		var s Stay
		err := rows.Scan(s.fields()...)
		out[int64(s.ServicePoint)] = int64(s.Meter) // of two on the day of a replacement, the one that came
		return err
	}, `SELECT `+stayColumns+` FROM meter_installation i`+w.SQL()+` ORDER BY i.service_point_id, i.installed_on, i.meter_id`, w.Args()...)
	return out, err
}
