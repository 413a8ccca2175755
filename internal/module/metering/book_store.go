package metering

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/intake"
	"wasl/internal/platform/op"
)

// The subjects of a delivery_match.
const (
	subjectReading     = "reading"
	subjectConsumption = "consumption"
)

// Bounds of what a book looks back for.
const (
	// lookBackMonths is how far the controls look for earlier periods.
	lookBackMonths = HistoryMax + 1
	// chainDays is how far back a usual reading is found; older ones are asked for
	// when there is none.
	chainDays = 45
	// idBlock is how many ids are reserved at once.
	idBlock = 256
	// shelfSpent is the room made for the earlier periods of a place: a year of months.
	shelfSpent = 14
)

// ask is what a book must know: the accounts, service points and meters, and from which
// dates.
type ask struct {
	accounts, points, meters []int64
	// first is the earliest date of an entry of each account.
	first map[int64]day.Date
	// batch sees its own rows; 0 for none.
	batch int64
	// spentOnly leaves out readings, meters and installations; placed says that meters and
	// installations are given by who asks.
	spentOnly, placed bool
}

func newAsk(batch int64) *ask { return &ask{batch: batch, first: map[int64]day.Date{}} }

// about adds an entry to what is asked.
func (a *ask) about(s Supply, meter int64, on day.Date) {
	first, known := a.first[s.Account]
	if !known {
		a.accounts = append(a.accounts, s.Account)
	}
	if !known || on.Before(first) {
		a.first[s.Account] = on
	}
	if meter != 0 {
		a.points = append(a.points, s.ServicePoint)
		a.meters = append(a.meters, meter)
	}
}

// earliest is the first date of all entries.
func (a *ask) earliest() (first day.Date) {
	for _, d := range a.first {
		if first.IsZero() || d.Before(first) {
			first = d
		}
	}
	return first
}

// openBook loads what the entries need: one statement for each kind of record,
// whatever the number of entries.
func openBook(ctx context.Context, x *op.Exec, a *ask) (*book, error) {
	b := &book{
		today: x.Today, by: originOf(x), batch: a.batch, shelves: make(map[place]*shelf, len(a.accounts)),
		dials: map[int64][]Register{}, serials: map[int64]string{}, stays: map[int64][]Stay{}, windows: map[int64][]window{},
		newID: idSource(ctx, x.Tx),
	}
	rules, err := controlRules(ctx, x.R)
	if err != nil {
		return nil, err
	}
	b.rules = newRulebook(rules)
	if len(a.accounts) == 0 {
		return b, nil
	}
	if err := b.loadSpent(ctx, x.R, a); err != nil || a.spentOnly {
		return b, err
	}
	loads := []func(context.Context, reader, *ask) error{b.loadPoints, b.loadWindows, b.loadFormer}
	if !a.placed {
		loads = append(loads, b.loadMeters, b.loadStays)
	}
	for _, load := range loads {
		if err := load(ctx, x.R, a); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// idSource reserves ids in blocks. Where nothing is written (a question) it counts below
// zero.
func idSource(ctx context.Context, tx db.Tx) func() (int64, error) {
	var next, left int64
	return func() (id int64, err error) {
		if tx == nil {
			next--
			return next, nil
		}
		if left == 0 {
			if next, err = tx.NewIDs(ctx, idBlock); err != nil {
				return 0, err
			}
			left = idBlock
		}
		id = next
		next, left = next+1, left-1
		return id, nil
	}
}

const readingColumns = `r.receivable_account_id, r.id, r.contract_id, r.unit_id, r.service_point_id, r.meter_id, r.register, r.reading_date, r.ordinal,
	r.dial, r.kind, r.turned, r.state, COALESCE(r.corrects_id, 0), r.note, r.actor_id, r.recorded_at, COALESCE(r.batch_id, 0)`

func (r *Reading) fields() []any {
	return []any{
		&r.Account, &r.ID, &r.Contract, &r.Unit, &r.ServicePoint, &r.Meter, &r.Register, &r.ReadingDate, &r.Ordinal, &r.Dial, &r.Kind, &r.Turned, &r.State,
		&r.Corrects, &r.Note, &r.Actor, &r.RecordedAt, &r.Batch,
	}
}

// loadPoints reads the readings around the entries: those of the last weeks before them,
// and all of an account that has none there.
func (b *book) loadPoints(ctx context.Context, r reader, a *ask) error {
	matched, err := matchedBy(ctx, r, a, subjectReading)
	if err != nil {
		return err
	}
	if err := b.readPoints(ctx, r, a, matched, a.accounts, a.earliest().AddDays(-chainDays)); err != nil {
		return err
	}
	anchored := make(map[int64]bool, len(a.accounts))
	for p, at := range b.shelves {
		first := a.first[p.account]
		anchored[p.account] = anchored[p.account] || slices.ContainsFunc(at.points, func(q Point) bool {
			return q.Kind != Opening && q.Kind != Closing && q.Date.Before(first)
		})
	}
	far := slices.DeleteFunc(slices.Clone(a.accounts), func(account int64) bool { return anchored[account] })
	if len(far) == 0 {
		return nil
	}
	for p, at := range b.shelves {
		if !anchored[p.account] {
			at.points = nil
			at.copies = slices.DeleteFunc(at.copies, func(c copyOf) bool { return c.meter != 0 })
		}
	}
	return b.readPoints(ctx, r, a, matched, far, day.Date{})
}

// readPoints reads the readings of some accounts since a day, and keeps them in their order.
func (b *book) readPoints(ctx context.Context, r reader, a *ask, matched map[match]bool, accounts []int64, since day.Date) error {
	var w db.Where
	w.And("receivable_account_id IN {ints ?}", accounts)
	if !since.IsZero() {
		w.And("reading_date >= ?", since)
	}
	intake.VisibleTo(&w, "batch_id", a.batch)
	var q Point
	var account, batch int64
	var state ReadingState
	row := []any{&account, &q.ID, &q.Meter, &q.Register, &q.Date, &q.Index, &q.Kind, &q.Turned, &state, &batch}
	in := shelving{b: b, a: a}
	err := db.Each(ctx, r, func(rows db.Rows) error {
		if err := rows.Scan(row...); err != nil {
			return err
		}
		at := in.at(account, q.Register)
		in.copied(at, copyOf{keyed{q.Meter, q.Date}, q.ID, q.Index, q.Kind, batch == a.batch, matched[match{account, subjectReading, q.ID}]})
		if state == Valid {
			at.points = append(at.points, q)
		}
		return nil
	}, `SELECT receivable_account_id, id, meter_id, register, reading_date, dial, kind, turned, state, COALESCE(batch_id, -1) FROM reading`+w.SQL(), w.Args()...)
	if err != nil {
		return err
	}
	for _, at := range b.shelves {
		slices.SortFunc(at.points, comparePoints)
	}
	return nil
}

// shelving puts rows on the shelves; those of a place mostly follow each other.
type shelving struct {
	b     *book
	a     *ask
	place place
	shelf *shelf
	first day.Date
}

func (s *shelving) at(account int64, register string) *shelf {
	if s.shelf == nil || s.place.account != account || s.place.register != register {
		s.place = place{account, register}
		s.shelf, s.first = s.b.at(s.place), s.a.first[account]
	}
	return s.shelf
}

// copied keeps a row for the comparison by business key. A file only brings keys of its own
// dates.
func (s *shelving) copied(at *shelf, c copyOf) {
	if s.a.batch == 0 || !c.date.Before(s.first) {
		at.copies = append(at.copies, c)
	}
}

// matchedBy are the rows that the batch already found; none outside a batch, nor where it
// found none at all. The accounts are joined to them from the left, so that PostgreSQL counts
// on as many rows as there are accounts: it knows nothing yet of a table that has just grown,
// and would go through all accounts for each row.
func matchedBy(ctx context.Context, r reader, a *ask, subject string) (map[match]bool, error) {
	if a.batch == 0 {
		return nil, nil
	}
	some, err := db.Value[bool](ctx, r, `SELECT EXISTS (SELECT 1 FROM delivery_match WHERE batch_id = $1)`, a.batch)
	if err != nil || !some {
		return nil, err
	}
	out := map[match]bool{}
	err = db.Each(ctx, r, func(rows db.Rows) error {
		m := match{subject: subject}
		err := rows.Scan(&m.account, &m.id)
		out[m] = true
		return err
	}, `SELECT k.value, COALESCE(d.subject_id, 0) FROM {ints $3} k
		LEFT JOIN delivery_match d ON d.receivable_account_id = k.value AND d.batch_id = $1 AND d.subject = $2`, a.batch, subject, a.accounts)
	return out, err
}

// loadSpent reads the consumptions the controls compare with, the latest first.
func (b *book) loadSpent(ctx context.Context, r reader, a *ask) error {
	var w db.Where
	w.And("receivable_account_id IN {ints ?}", a.accounts)
	w.And("period_date >= ?", a.earliest().AddMonths(-lookBackMonths))
	intake.VisibleTo(&w, "batch_id", a.batch)
	matched, err := matchedBy(ctx, r, a, subjectConsumption)
	if err != nil {
		return err
	}
	var c spell
	var account, batch int64
	var register string
	row := []any{
		&account, &c.id, &register, &c.periodDate, &c.from, &c.to, &c.month, &c.quantity, &c.kind, &c.state, &c.fromReading, &c.toReading, &batch,
	}
	in := shelving{b: b, a: a}
	err = db.Each(ctx, r, func(rows db.Rows) error {
		if err := rows.Scan(row...); err != nil {
			return err
		}
		at := in.at(account, register)
		in.copied(at, copyOf{keyed{date: c.periodDate}, c.id, c.quantity, c.kind, batch == a.batch, matched[match{account, subjectConsumption, c.id}]})
		if at.spent == nil {
			at.spent = make([]spell, 0, shelfSpent)
		}
		at.spent = append(at.spent, c)
		return nil
	}, `SELECT receivable_account_id, id, register, period_date, from_date, to_date, month, quantity, kind, state,
			COALESCE(from_reading_id, 0), COALESCE(to_reading_id, 0), COALESCE(batch_id, -1)
		FROM consumption`+w.SQL(), w.Args()...)
	if err != nil {
		return err
	}
	for _, at := range b.shelves {
		slices.SortFunc(at.spent, func(a, c spell) int { return cmp.Or(c.periodDate.Compare(a.periodDate), cmp.Compare(a.id, c.id)) })
	}
	return nil
}

// loadMeters reads the dials and serial numbers.
func (b *book) loadMeters(ctx context.Context, r reader, a *ask) error {
	err := db.Each(ctx, r, func(rows db.Rows) error {
		var id int64
		var serial string
		var d Register
		err := rows.Scan(&id, &serial, &d.Digits, &d.Decimals, &d.Coefficient)
		b.serials[id], b.dials[id] = serial, []Register{d}
		return err
	}, `SELECT id, serial, digits, decimals, coefficient FROM meter WHERE id IN {ints $1}`, a.meters)
	if err != nil {
		return err
	}
	several, err := registersOf(ctx, r, a.meters)
	maps.Copy(b.dials, several)
	return err
}

// loadFormer reads the dials of the meters that the readings name besides those asked for:
// meters that were replaced.
func (b *book) loadFormer(ctx context.Context, r reader, a *ask) error {
	known := make(map[int64]bool, len(a.meters))
	for _, id := range a.meters {
		known[id] = true
	}
	var former []int64
	for _, at := range b.shelves {
		for _, q := range at.points {
			if !known[q.Meter] {
				known[q.Meter] = true
				former = append(former, q.Meter)
			}
		}
	}
	if len(former) == 0 {
		return nil
	}
	return b.loadMeters(ctx, r, &ask{meters: former})
}

// loadStays reads which meters stood at the service points, latest first.
func (b *book) loadStays(ctx context.Context, r reader, a *ask) error {
	var w db.Where
	w.And("i.service_point_id IN {ints ?}", a.points)
	intake.VisibleTo(&w, "i.batch_id", a.batch)
	return db.Each(ctx, r, func(rows db.Rows) error {
		var s Stay
		err := rows.Scan(s.fields()...)
		b.stays[int64(s.ServicePoint)] = append(b.stays[int64(s.ServicePoint)], s)
		return err
	}, `SELECT `+stayColumns+` FROM meter_installation i`+w.SQL()+` ORDER BY i.service_point_id, i.installed_on DESC, i.meter_id DESC`, w.Args()...)
}

// loadWindows reads the open reading periods of the routes of the points.
func (b *book) loadWindows(ctx context.Context, r reader, a *ask) error {
	open, err := db.Value[int64](ctx, r, `SELECT count(*) FROM reading_period WHERE state = 'open'`)
	if err != nil || open == 0 {
		return err
	}
	return db.Each(ctx, r, func(rows db.Rows) error {
		var point int64
		var w window
		err := rows.Scan(&point, &w.month, &w.days.From, &w.days.To)
		b.windows[point] = append(b.windows[point], w)
		return err
	}, `SELECT s.service_point_id, p.month, p.opens_on, p.closes_on FROM route_stop s JOIN reading_period p ON p.route_id = s.route_id AND p.state = 'open'
		WHERE s.service_point_id IN {ints $1} ORDER BY s.service_point_id, p.month DESC`, a.points)
}

// controlRules reads all parameters that were set.
func controlRules(ctx context.Context, r reader) ([]ControlRule, error) {
	return db.All(ctx, r, scanControl, `SELECT `+controlColumns+` FROM control_rule c ORDER BY c.rule, c.category, c.valid_from DESC`)
}

const controlColumns = `c.rule, c.category, c.valid_from, c.enabled, c.severity, c.factor, c.floor, c.periods, c.seasonal, c.reason, c.actor_id`

func scanControl(rows db.Rows) (c ControlRule, err error) {
	err = rows.Scan(&c.Rule, &c.Category, &c.ValidFrom, &c.Enabled, &c.Severity, &c.Factor, &c.Floor, &c.Periods, &c.Seasonal, &c.Reason, &c.Actor)
	return c, err
}

// orNull is an id, or nothing for none.
func orNull(id op.ID) *int64 {
	if id == 0 {
		return nil
	}
	n := int64(id)
	return &n
}

// flush writes what the book made.
func (b *book) flush(ctx context.Context, tx db.Tx) error {
	if err := b.flushStates(ctx, tx); err != nil {
		return err
	}
	for _, write := range []func(context.Context, db.Tx) error{b.flushReadings, b.flushSpent, b.flushAnomalies, b.flushMatches} {
		if err := write(ctx, tx); err != nil {
			return err
		}
	}
	b.readings, b.consumptions, b.anomalies, b.matches, b.replacedReadings, b.changedSpent = nil, nil, nil, nil, nil, nil
	return nil
}

// flushStates turns what was replaced; they are few.
func (b *book) flushStates(ctx context.Context, tx db.Tx) error {
	for _, c := range b.replacedReadings {
		if _, err := tx.Exec(ctx, `UPDATE reading SET state = $1 WHERE receivable_account_id = $2 AND id = $3`, c.state, c.account, c.id); err != nil {
			return err
		}
	}
	for _, c := range b.changedSpent {
		if _, err := tx.Exec(ctx, `UPDATE consumption SET state = $1 WHERE receivable_account_id = $2 AND id = $3`, c.state, c.account, c.id); err != nil {
			return err
		}
	}
	return nil
}

func (b *book) flushReadings(ctx context.Context, tx db.Tx) error {
	if len(b.readings) == 0 {
		return nil
	}
	columns := []string{
		"receivable_account_id", "id", "contract_id", "unit_id", "service_point_id", "meter_id", "register", "reading_date", "ordinal", "dial", "kind", "turned",
		"state", "corrects_id", "note", "actor_id", "recorded_at", "batch_id",
	}
	_, err := tx.Bulk(ctx, "reading", columns, rowsOf(b.readings, func(r Reading) []any {
		return []any{
			int64(r.Account), int64(r.ID), int64(r.Contract), int64(r.Unit), int64(r.ServicePoint), int64(r.Meter), r.Register, r.ReadingDate, r.Ordinal,
			int64(r.Dial), string(r.Kind), r.Turned, string(r.State), orNull(r.Corrects), r.Note, int64(r.Actor), r.RecordedAt, orNull(r.Batch),
		}
	}))
	return err
}

func (b *book) flushSpent(ctx context.Context, tx db.Tx) error {
	if len(b.consumptions) == 0 {
		return nil
	}
	columns := []string{
		"receivable_account_id", "id", "contract_id", "unit_id", "service", "register", "category", "period_date", "ordinal", "from_date", "to_date", "month",
		"quantity", "kind", "from_reading_id", "to_reading_id", "state", "corrects_id", "recorded_at", "batch_id",
	}
	_, err := tx.Bulk(ctx, "consumption", columns, rowsOf(b.consumptions, func(c Consumption) []any {
		return []any{
			int64(c.Account), int64(c.ID), int64(c.Contract), int64(c.Unit), string(c.Service), c.Register, c.Category, c.PeriodDate, c.Ordinal, c.From, c.To,
			c.Month, int64(c.Quantity), string(c.Kind), orNull(c.FromReading), orNull(c.ToReading), string(c.State), orNull(c.Corrects), c.RecordedAt, orNull(c.Batch),
		}
	}))
	return err
}

func (b *book) flushAnomalies(ctx context.Context, tx db.Tx) error {
	for i := range b.anomalies {
		id, err := b.newID()
		if err != nil {
			return err
		}
		b.anomalies[i].ID = op.ID(id)
	}
	return insertAnomalies(ctx, tx, b.anomalies)
}

func insertAnomalies(ctx context.Context, tx db.Tx, all []Anomaly) error {
	if len(all) == 0 {
		return nil
	}
	columns := []string{
		"receivable_account_id", "id", "contract_id", "unit_id", "service", "category", "month", "consumption_id", "reading_id", "rule", "severity",
		"severity_rank", "weight", "evidence", "state", "owner_id", "decision", "reason", "decided_by", "decided_at", "recorded_at", "version", "batch_id",
	}
	_, err := tx.Bulk(ctx, "anomaly", columns, func(yield func([]any, error) bool) {
		for _, a := range all {
			body, err := json.Marshal(a.Evidence)
			if err != nil {
				yield(nil, fault.Wrap(err, fault.Internal, "internal"))
				return
			}
			if !yield([]any{
				a.Account, a.ID, a.Contract, a.Unit, a.Service, a.Category, a.Month, orNull(a.Consumption), orNull(a.Reading), a.Rule, a.Severity, a.Severity.rank(),
				a.Evidence.weight(), string(body), a.State, orNull(a.Owner),
				a.Decision, a.Reason, orNull(a.DecidedBy), a.DecidedAt, a.RecordedAt, a.Version, orNull(a.Batch),
			}, nil) {
				return
			}
		}
	})
	return err
}

func (b *book) flushMatches(ctx context.Context, tx db.Tx) error {
	if b.batch == 0 || len(b.matches) == 0 {
		return nil
	}
	_, err := tx.Bulk(ctx, "delivery_match", []string{"receivable_account_id", "batch_id", "subject", "subject_id"}, rowsOf(b.matches, func(m match) []any {
		return []any{m.account, b.batch, m.subject, m.id}
	}))
	return err
}
