package metering

import (
	"context"
	"iter"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/intake"
	"wasl/internal/platform/op"
)

const routeColumns = `t.id, t.code, t.name, t.unit_id, t.reader, t.version`

func (r *Route) fields() []any {
	return []any{&r.ID, &r.Code, &r.Name, &r.Unit, &r.Reader, &r.Version}
}

// findRoute reads a route; NotFound "metering.route_unknown".
func findRoute(ctx context.Context, r reader, id int64) (Route, error) {
	t, err := db.One(ctx, r, func(rows db.Rows) (t Route, err error) {
		err = rows.Scan(t.fields()...)
		return t, err
	}, `SELECT `+routeColumns+` FROM reading_route t WHERE t.id = $1`, id)
	if fault.CodeOf(err) == "db.no_row" {
		return t, fault.New(fault.NotFound, "metering.route_unknown")
	}
	return t, err
}

func insertRoute(ctx context.Context, tx db.Tx, t Route) error {
	n, err := db.Value[int64](ctx, tx, `SELECT count(*) FROM reading_route WHERE code = $1`, t.Code)
	if err == nil && n > 0 {
		return &fault.Error{Kind: fault.Conflict, Code: "metering.route_taken", Fields: []fault.Field{{Path: "code", Code: "metering.route_taken"}}}
	}
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO reading_route (id, code, name, unit_id, reader, folded, version) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		t.ID, t.Code, t.Name, t.Unit, t.Reader, t.folded(), t.Version)
	return err
}

func updateRoute(ctx context.Context, tx db.Tx, t *Route) error {
	n, err := tx.Exec(ctx, `UPDATE reading_route SET name = $1, reader = $2, folded = $3, version = version + 1 WHERE id = $4 AND version = $5`,
		t.Name, t.Reader, t.folded(), t.ID, t.Version)
	if err == nil && n == 0 {
		return stale(t.Version)
	}
	t.Version++
	return err
}

func listRoutes(ctx context.Context, x *op.Exec, in RouteFilter) iter.Seq2[RouteRow, error] {
	var w db.Where
	if in.Text != "" {
		w.And(`t.folded LIKE ? ESCAPE '\'`, "%"+db.Like(db.Fold(in.Text))+"%")
	}
	x.Filter(&w, "t.unit_id")
	order := x.Keyset(&w, map[string][]string{"code": {"t.code"}})
	return db.Seq(ctx, x.R, func(rows db.Rows) (row RouteRow, err error) {
		err = rows.Scan(append(row.Route.fields(), &row.Stops)...)
		return row, err
	}, `SELECT `+routeColumns+`, (SELECT count(*) FROM route_stop s WHERE s.route_id = t.id) FROM reading_route t`+w.SQL()+order, w.Args()...)
}

// stop is a service point of a walk.
type stop struct {
	sequence int64
	point    point
}

// stopsOf reads the service points of a route in walking order.
func stopsOf(ctx context.Context, r reader, route int64) ([]stop, error) {
	return db.All(ctx, r, func(rows db.Rows) (s stop, err error) {
		err = rows.Scan(&s.sequence, &s.point.id, &s.point.unit, &s.point.code, &s.point.service, &s.point.address)
		return s, err
	}, `SELECT s.sequence, p.id, p.unit_id, p.code, p.service, p.address FROM route_stop s JOIN service_point p ON p.id = s.service_point_id
		WHERE s.route_id = $1 ORDER BY s.sequence, s.service_point_id`, route)
}

// pointsByCode finds service points by their codes.
func pointsByCode(ctx context.Context, r reader, codes []string) (map[string]point, error) {
	var w db.Where
	w.And("c.code IN {texts ?}", codes)
	intake.Visible(&w, "p.batch_id")
	out := map[string]point{}
	err := db.Each(ctx, r, func(rows db.Rows) error {
		var p point
		err := rows.Scan(&p.id, &p.unit, &p.code, &p.service, &p.address)
		out[p.code] = p
		return err
	}, `SELECT p.id, p.unit_id, p.code, p.service, p.address FROM service_point_code c JOIN service_point p ON p.id = c.service_point_id`+w.SQL(), w.Args()...)
	return out, err
}

// routesOfPoints tells which of some service points stand in another route.
func routesOfPoints(ctx context.Context, r reader, route int64, points []int64) (map[int64]string, error) {
	out := map[int64]string{}
	err := db.Each(ctx, r, func(rows db.Rows) error {
		var point int64
		var code string
		err := rows.Scan(&point, &code)
		out[point] = code
		return err
	}, `SELECT s.service_point_id, t.code FROM route_stop s JOIN reading_route t ON t.id = s.route_id
		WHERE s.service_point_id IN {ints $1} AND s.route_id <> $2`, points, route)
	return out, err
}

// setStops replaces the walk of a route.
func setStops(ctx context.Context, tx db.Tx, route int64, points []int64) error {
	if _, err := tx.Exec(ctx, `DELETE FROM route_stop WHERE route_id = $1`, route); err != nil {
		return err
	}
	sequence := int64(0)
	_, err := tx.Bulk(ctx, "route_stop", []string{"service_point_id", "route_id", "sequence"}, rowsOf(points, func(p int64) []any {
		sequence++
		return []any{p, route, sequence}
	}))
	return err
}

const periodColumns = `p.id, p.route_id, p.month, p.opens_on, p.closes_on, p.state, p.stops, p.missing, p.closed_at, p.version`

func (p *Period) fields() []any {
	return []any{&p.ID, &p.Route, &p.Month, &p.OpensOn, &p.ClosesOn, &p.State, &p.Stops, &p.Missing, &p.ClosedAt, &p.Version}
}

// findPeriod reads a reading period with its route; NotFound "metering.period_unknown".
func findPeriod(ctx context.Context, r reader, id int64) (p Period, t Route, err error) {
	p, err = db.One(ctx, r, func(rows db.Rows) (p Period, err error) {
		err = rows.Scan(p.fields()...)
		return p, err
	}, `SELECT `+periodColumns+` FROM reading_period p WHERE p.id = $1`, id)
	if fault.CodeOf(err) == "db.no_row" {
		err = fault.New(fault.NotFound, "metering.period_unknown")
	}
	if err != nil {
		return p, t, err
	}
	t, err = findRoute(ctx, r, int64(p.Route))
	return p, t, err
}

// periodOf reads the period of a route for a month; false when there is none.
func periodOf(ctx context.Context, r reader, route int64, month day.Date) (Period, bool, error) {
	p, err := db.One(ctx, r, func(rows db.Rows) (p Period, err error) {
		err = rows.Scan(p.fields()...)
		return p, err
	}, `SELECT `+periodColumns+` FROM reading_period p WHERE p.route_id = $1 AND p.month = $2`, route, month)
	if fault.CodeOf(err) == "db.no_row" {
		return p, false, nil
	}
	return p, err == nil, err
}

func insertPeriod(ctx context.Context, tx db.Tx, p Period) error {
	_, err := tx.Exec(ctx, `INSERT INTO reading_period (id, route_id, month, opens_on, closes_on, state, stops, missing, version)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 1)`, p.ID, p.Route, p.Month, p.OpensOn, p.ClosesOn, p.State, p.Stops)
	return err
}

func closePeriod(ctx context.Context, tx db.Tx, p *Period) error {
	n, err := tx.Exec(ctx, `UPDATE reading_period SET state = $1, missing = $2, closed_at = $3, version = version + 1 WHERE id = $4 AND version = $5`,
		PeriodClosed, p.Missing, p.ClosedAt, p.ID, p.Version)
	if err == nil && n == 0 {
		return stale(p.Version)
	}
	p.State, p.Version = PeriodClosed, p.Version+1
	return err
}

func listPeriods(ctx context.Context, x *op.Exec, in PeriodFilter) iter.Seq2[PeriodRow, error] {
	var w db.Where
	if !in.Month.IsZero() {
		w.And("p.month = ?", monthStart(in.Month))
	}
	if in.State != "" {
		w.And("p.state = ?", in.State)
	}
	if in.Route != 0 {
		w.And("p.route_id = ?", in.Route)
	}
	if in.Overdue {
		w.And("p.state = ? AND p.closes_on < ?", PeriodOpen, x.Today)
	}
	x.Filter(&w, "t.unit_id")
	order := x.Keyset(&w, map[string][]string{"month": {"%p.month", "#p.route_id"}})
	return func(yield func(PeriodRow, error) bool) {
		rows, err := db.All(ctx, x.R, func(rows db.Rows) (row PeriodRow, err error) {
			err = rows.Scan(append(row.Period.fields(), &row.Code, &row.Name, &row.Unit, &row.Reader)...)
			return row, err
		}, `SELECT `+periodColumns+`, t.code, t.name, t.unit_id, t.reader FROM reading_period p JOIN reading_route t ON t.id = p.route_id`+w.SQL()+order, w.Args()...)
		if err == nil {
			err = addProgress(ctx, x.R, rows, x.Today)
		}
		if err != nil {
			yield(PeriodRow{}, err)
			return
		}
		for _, row := range rows {
			if !yield(row, nil) {
				return
			}
		}
	}
}

// addProgress counts, for the periods of a page, what was read.
func addProgress(ctx context.Context, r reader, all []PeriodRow, today day.Date) error {
	routes := make([]int64, len(all))
	months := map[day.Date]bool{}
	for i, p := range all {
		routes[i] = int64(p.Route)
		months[p.Month] = true
		if p.State == PeriodOpen && today.After(p.ClosesOn) {
			all[i].LateDays = int64(p.ClosesOn.DaysUntil(today))
		}
	}
	type key struct {
		route int64
		month day.Date
	}
	done := map[key]Progress{}
	for month := range months {
		err := db.Each(ctx, r, func(rows db.Rows) error {
			var route int64
			var kind ReadingKind
			var state ConsumptionState
			var n int64
			if err := rows.Scan(&route, &kind, &state, &n); err != nil {
				return err
			}
			p := done[key{route, month}]
			p.add(kind, state, n)
			done[key{route, month}] = p
			return nil
		}, `SELECT s.route_id, c.kind, c.state, count(DISTINCT c.receivable_account_id)
			FROM route_stop s JOIN contract k ON k.service_point_id = s.service_point_id
			JOIN consumption c ON c.receivable_account_id = k.receivable_account_id AND c.month = $2
			WHERE s.route_id IN {ints $1} AND `+intake.VisibleSQL("c.batch_id")+` GROUP BY s.route_id, c.kind, c.state`, routes, month)
		if err != nil {
			return err
		}
	}
	for i, p := range all {
		all[i].Progress = done[key{int64(p.Route), p.Month}]
	}
	return nil
}

// add counts consumptions of a kind and state.
func (p *Progress) add(kind ReadingKind, state ConsumptionState, n int64) {
	if !state.live() {
		return
	}
	if kind == Estimated {
		p.Estimated += n
	} else {
		p.Read += n
	}
	if state == ToDecide || state == SentBack {
		p.ToDecide += n
	}
}

// periodLabels names reading periods by their route and month.
func periodLabels(ctx context.Context, r db.Reader, ids []int64) (map[int64]string, error) {
	out := map[int64]string{}
	err := db.Each(ctx, r, func(rows db.Rows) error {
		var id int64
		var code string
		var month day.Date
		err := rows.Scan(&id, &code, &month)
		out[id] = code + " " + day.MonthOf(month).French()
		return err
	}, `SELECT p.id, t.code, p.month FROM reading_period p JOIN reading_route t ON t.id = p.route_id WHERE p.id IN {ints $1}`, ids)
	return out, err
}

// suppliesOfPoints reads the contracts in force at some service points on a day, by
// point.
func suppliesOfPoints(ctx context.Context, r reader, points []int64, on day.Date) (map[int64]Supply, error) {
	var w db.Where
	w.And("k.service_point_id IN {ints ?}", points)
	metered(&w)
	w.And("k.starts_on <= ? AND (k.ends_on IS NULL OR ? < k.ends_on)", on, on)
	all, err := suppliesWhere(ctx, r, &w, on)
	out := map[int64]Supply{}
	for _, s := range all {
		if _, known := out[s.ServicePoint]; !known {
			out[s.ServicePoint] = s
		}
	}
	return out, err
}
