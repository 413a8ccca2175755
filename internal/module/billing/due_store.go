package billing

import (
	"context"

	"wasl/internal/kernel/day"
	"wasl/internal/platform/db"
	"wasl/internal/platform/intake"
	"wasl/internal/platform/op"
)

// scope narrows a condition on c (consumption) to what a run bills.
func (run *Run) scope(w *db.Where, places op.Places, on day.Date) {
	run.about(w, places, on)
	w.And(notBilled)
}

// notBilled are consumptions c without a bill that is not cancelled.
const notBilled = `NOT EXISTS (SELECT 1 FROM bill b WHERE b.receivable_account_id = c.receivable_account_id AND b.consumption_id = c.id AND b.kind = 'bill'
	AND NOT EXISTS (SELECT 1 FROM bill n WHERE n.receivable_account_id = b.receivable_account_id AND n.cancels_id = b.id AND n.cancels_id > 0))`

// about narrows a condition on c (consumption) to what a run is about, billed or not.
func (run *Run) about(w *db.Where, places op.Places, on day.Date) {
	if run.FromMonth == run.ToMonth {
		w.And("c.month = ?", run.FromMonth)
	} else {
		w.And("c.month >= ? AND c.month <= ?", run.FromMonth, run.ToMonth)
	}
	places.Filter(w, "c.unit_id", op.Scope{Roots: []int64{int64(run.Unit)}, On: on})
	w.And("c.state IN ('normal', 'accepted', 'to_decide')")
	if run.Service != "" {
		w.And("c.service = ?", run.Service)
	}
	if len(run.Categories) > 0 {
		w.Or(categoryGroups("c.category", run.Categories)...)
	}
	if run.Route != 0 {
		w.And(`EXISTS (SELECT 1 FROM contract p JOIN route_stop s ON s.service_point_id = p.service_point_id
			WHERE p.receivable_account_id = c.receivable_account_id AND p.id = c.contract_id AND s.route_id = ?)`, run.Route)
	}
	intake.Visible(w, "c.batch_id")
}

func categoryGroups(column string, categories []string) []func(*db.Where) {
	groups := make([]func(*db.Where), len(categories))
	for i, c := range categories {
		groups[i] = func(w *db.Where) { w.And(column+" = ?", c) }
	}
	return groups
}

// dueFrom completes consumptions c with their contract and what it was on their last day.
const dueFrom = ` JOIN contract k ON k.receivable_account_id = c.receivable_account_id AND k.id = c.contract_id
	LEFT JOIN contract_terms t ON t.receivable_account_id = k.receivable_account_id AND t.contract_id = k.id AND t.valid_from <= c.to_date
	  AND (t.valid_to IS NULL OR c.to_date < t.valid_to)
	LEFT JOIN customer_nature n ON n.customer_id = k.customer_id AND n.valid_from <= c.to_date AND (n.valid_to IS NULL OR c.to_date < n.valid_to)`

// dueProbes is dueFrom for PostgreSQL and the consumptions of a part: each looks up its own,
// whatever the size of the tables. Left to itself PostgreSQL read all contracts of the country
// for each part; and compiling the query (jit) took longer than the part.
// What a customer is belongs to one contract most often: it is looked up with it, as a value,
// of which no answers are remembered (memoize).
const dueProbes = ` JOIN LATERAL (SELECT k.id, k.code, (SELECT n.nature FROM customer_nature n WHERE n.customer_id = k.customer_id AND n.valid_from <= c.to_date
	  AND (n.valid_to IS NULL OR c.to_date < n.valid_to) LIMIT 1) AS nature
	  FROM contract k WHERE k.receivable_account_id = c.receivable_account_id AND k.id = c.contract_id LIMIT 1) k ON TRUE
	LEFT JOIN LATERAL (SELECT t.* FROM contract_terms t WHERE t.receivable_account_id = c.receivable_account_id AND t.contract_id = c.contract_id
	  AND t.valid_from <= c.to_date AND (t.valid_to IS NULL OR c.to_date < t.valid_to) LIMIT 1) t ON TRUE
	CROSS JOIN LATERAL (SELECT k.nature) n`

const dueFields = `c.receivable_account_id, k.id, c.unit_id, c.id, k.code, c.service, c.register, c.category, COALESCE(t.category, ''), c.from_date,
	c.to_date, c.quantity, c.state, c.ordinal, COALESCE(t.tariff_code, ''), COALESCE(t.vat_use, ''), COALESCE(t.households, 0),
	COALESCE(t.subscribed_power, 0), COALESCE(t.attributes, ''), COALESCE(n.nature, ''), `

const dueColumns = dueFields + turnsOf

// turnsOf counts the credit notes of a consumption c.
const turnsOf = `(SELECT count(*) FROM bill b WHERE b.receivable_account_id = c.receivable_account_id AND b.consumption_id = c.id AND b.kind = 'credit_note')`

// firstBill is the first bill of a consumption c, which most have not yet: without it there is
// no other one and no credit note to look for.
const firstBill = ` LEFT JOIN bill f ON f.receivable_account_id = c.receivable_account_id AND f.consumption_id = c.id AND f.kind = 'bill' AND f.turn = 0`

func scanDue(rows db.Rows) (Due, error) {
	var row dueRow
	err := row.scan(rows)
	return row.Due, err
}

// dueRow is room for a row, used again for the next one.
type dueRow struct {
	Due
	ofContract, state string
	into              []any
}

func (r *dueRow) scan(rows db.Rows) error {
	if r.into == nil {
		r.into = []any{
			(*int64)(&r.Account), (*int64)(&r.Contract), (*int64)(&r.Unit), (*int64)(&r.Consumption), &r.Code, &r.Service, &r.Register, &r.Category,
			&r.ofContract, &r.From, &r.To, (*int64)(&r.Quantity), &r.state, &r.Ordinal, &r.Tariff, &r.VATUse, &r.Households, (*int64)(&r.Power),
			&r.Attributes, &r.LegalNature, &r.Turn,
		}
	}
	err := rows.Scan(r.into...)
	if r.Category == "" {
		r.Category = r.ofContract
	}
	r.Undecided, r.Accepted = r.state == "to_decide", r.state == "accepted"
	return err
}

// after narrows consumptions c to those after a place in the order of a run.
func (p place) after(w *db.Where) {
	w.After([]string{"c.unit_id", "c.receivable_account_id", "c.id"}, []any{p.Unit, p.Account, p.Consumption}, false)
}

// lastOf is where the part after a place ends; not found when the run has no more than a part
// after it. What belongs to the consumptions is not looked up for it.
func lastOf(ctx context.Context, r db.Reader, run *Run, after place) (last place, found bool, err error) {
	var w db.Where
	run.scope(&w, run.places, run.on)
	after.after(&w)
	found, err = db.ScanOne(ctx, r, `SELECT c.unit_id, c.receivable_account_id, c.id FROM consumption c`+w.SQL()+`
		ORDER BY c.unit_id, c.receivable_account_id, c.id LIMIT 1 OFFSET `+w.Arg(run.ChunkSize-1), w.Args(), &last.Unit, &last.Account, &last.Consumption)
	return last, found, err
}

// dueAfter reads the consumptions of a run after a place in its order: as many as a
// part holds, or those through a place and at most one more than it holds.
func dueAfter(ctx context.Context, r db.Reader, run *Run, after place, upTo *place) ([]Due, error) {
	var w db.Where
	run.about(&w, run.places, run.on)
	inOrder := r.Engine() == db.SQLite && run.FromMonth == run.ToMonth
	if inOrder {
		w.And(`(f.turn IS NULL OR ` + notBilled + `)`)
	} else {
		w.And(notBilled)
	}
	after.after(&w)
	if upTo != nil {
		w.And(`(c.unit_id, c.receivable_account_id, c.id) <= (?, ?, ?)`, upTo.Unit, upTo.Account, upTo.Consumption)
	}
	// Through a place one more than a part holds is enough to tell that there are too many,
	// and an engine that is told so reads in order, whatever it expects.
	most := run.ChunkSize
	if upTo != nil {
		most++
	}
	const ordered = ` ORDER BY c.unit_id, c.receivable_account_id, c.id`
	limit := ` LIMIT ` + w.Arg(most)
	// The consumptions first, then what belongs to them: however little an engine knows of
	// tables that were just filled, it has few rows to join. Those of one month SQLite takes
	// in the order of their index, and keeps nothing.
	from := dueFrom
	if r.Engine() == db.Postgres {
		from = dueProbes
		if _, err := db.Value[string](ctx, r, `SELECT set_config('jit', 'off', TRUE)`); err != nil {
			return nil, err
		}
	}
	sql := `SELECT ` + dueColumns + ` FROM (SELECT c.* FROM consumption c` + w.SQL() + ordered + limit + `) c` + from + ordered
	if inOrder {
		sql = `SELECT ` + dueFields + `CASE WHEN f.turn IS NULL THEN 0 ELSE ` + turnsOf + ` END FROM consumption c` + firstBill + ` CROSS` + from + w.SQL() +
			ordered + limit
	}
	out := make([]Due, 0, run.ChunkSize)
	var row dueRow
	err := db.Each(ctx, r, func(rows db.Rows) error {
		err := row.scan(rows)
		out = append(out, row.Due)
		return err
	}, sql, w.Args()...)
	return out, err
}

// tariffSpan is a tariff of the scope with the days it has to price, and how many
// consumptions it prices.
type tariffSpan struct {
	Tariff   string
	Unit     op.ID
	Service  string
	From, To day.Date
	Count    int64
}

// spansOf are the tariffs, units and services of a run. All of a consumption that it needs
// but the tariff is in its index.
func spansOf(ctx context.Context, r db.Reader, run *Run) ([]tariffSpan, error) {
	var w db.Where
	run.scope(&w, run.places, run.on)
	return db.All(ctx, r, func(rows db.Rows) (s tariffSpan, err error) {
		err = rows.Scan(&s.Tariff, &s.Unit, &s.Service, &s.From, &s.To, &s.Count)
		return s, err
	}, `SELECT COALESCE(t.tariff_code, ''), c.unit_id, c.service, min(c.from_date), max(c.to_date), count(*) FROM consumption c
		LEFT JOIN contract_terms t ON t.receivable_account_id = c.receivable_account_id AND t.contract_id = c.contract_id AND t.valid_from <= c.to_date
		  AND (t.valid_to IS NULL OR c.to_date < t.valid_to)`+w.SQL()+`
		GROUP BY COALESCE(t.tariff_code, ''), c.unit_id, c.service ORDER BY 1, 2, 3`, w.Args()...)
}

// sampleOf is a consumption of a span.
func sampleOf(ctx context.Context, r db.Reader, run *Run, s tariffSpan) (Due, error) {
	var w db.Where
	run.scope(&w, run.places, run.on)
	w.And("t.tariff_code = ? AND c.unit_id = ? AND c.service = ?", s.Tariff, s.Unit, s.Service)
	return db.One(ctx, r, scanDue, `SELECT `+dueColumns+` FROM consumption c`+dueFrom+w.SQL()+` LIMIT 1`, w.Args()...)
}

// absent is a contract in force without consumption in the period.
type absent struct {
	Account, Contract, Unit op.ID
	Code                    string
}

// absentWhere narrows contracts k to those of a run, whether they have something to bill or not.
func absentWhere(run *Run) *db.Where {
	var w db.Where
	w.And("k.starts_on <= ? AND (k.ends_on IS NULL OR k.ends_on > ?)", lastDay(run.ToMonth), run.FromMonth)
	run.places.Filter(&w, "k.unit_id", op.Scope{Roots: []int64{int64(run.Unit)}, On: run.on})
	if run.Service != "" {
		w.And("k.service = ?", run.Service)
	}
	if len(run.Categories) > 0 {
		w.Or(categoryGroups("t.category", run.Categories)...)
	}
	if run.Route != 0 {
		w.And("k.service_point_id IN (SELECT service_point_id FROM route_stop WHERE route_id = ?)", run.Route)
	}
	intake.Visible(&w, "k.batch_id")
	return &w
}

// absentKeys are the contracts of a run less those that have a consumption: a difference of
// sets, which no engine makes quadratic, whatever it knows of tables that were just filled.
// SQLite goes through the month, of which an account has one row and of all others many;
// PostgreSQL may go by the accounts of the run when they are not those of everybody.
func absentKeys(ctx context.Context, r db.Reader, run *Run) (sql string, w *db.Where, err error) {
	w = absentWhere(run)
	scope := absentFrom(run) + w.SQL()
	sql = `SELECT k.receivable_account_id, k.id` + scope + ` EXCEPT SELECT c.receivable_account_id, c.contract_id FROM consumption c WHERE c.month >= ` +
		w.Arg(run.FromMonth) + ` AND c.month <= ` + w.Arg(run.ToMonth) + ` AND c.state IN ('normal', 'accepted', 'to_decide') AND ` +
		intake.VisibleSQL("c.batch_id")
	if r.Engine() == db.Postgres {
		top, err := run.places.Top(ctx, r)
		if err != nil {
			return "", nil, err
		}
		if run.Unit != op.ID(top) {
			sql += ` AND c.receivable_account_id IN (SELECT k.receivable_account_id` + scope + `)`
		}
	}
	return sql, w, nil
}

// absentFrom are contracts, with the terms they have now where a run asks for categories.
func absentFrom(run *Run) string {
	if len(run.Categories) == 0 {
		return ` FROM contract k`
	}
	return ` FROM contract k
		LEFT JOIN contract_terms t ON t.receivable_account_id = k.receivable_account_id AND t.contract_id = k.id AND t.valid_to IS NULL`
}

// countAbsent is how many contracts have no consumption.
func countAbsent(ctx context.Context, r db.Reader, run *Run) (int64, error) {
	keys, w, err := absentKeys(ctx, r, run)
	if err != nil {
		return 0, err
	}
	return db.Value[int64](ctx, r, `SELECT count(*) FROM (`+keys+`) a`, w.Args()...)
}

// absentOf are the contracts without consumption, in order.
func absentOf(ctx context.Context, r db.Reader, run *Run) ([]absent, error) {
	keys, w, err := absentKeys(ctx, r, run)
	if err != nil {
		return nil, err
	}
	return db.All(ctx, r, func(rows db.Rows) (a absent, err error) {
		err = rows.Scan(&a.Account, &a.Contract, &a.Unit, &a.Code)
		return a, err
	}, `SELECT n.receivable_account_id, n.id, n.unit_id, n.code FROM (`+keys+` ORDER BY 1, 2 LIMIT `+w.Arg(missingMax)+`) a
		JOIN contract n ON n.receivable_account_id = a.receivable_account_id AND n.id = a.id ORDER BY 1, 2`, w.Args()...)
}

// versionsOf are the versions a run is computed with.
func versionsOf(ctx context.Context, r db.Reader, run op.ID) (versionBook, error) {
	out := versionBook{ids: map[[2]string]uint64{}, shas: map[uint64]string{}}
	return out, db.Each(ctx, r, func(rows db.Rows) error {
		var id int64
		var kind, tariff, code, sha string
		err := rows.Scan(&id, &kind, &tariff, &code, &sha)
		out.all = append(out.all, op.ID(id))
		if kind == "tariff" {
			out.ids[[2]string{tariff, code}], out.shas[uint64(id)] = uint64(id), sha
		}
		return err
	}, `SELECT version_id, kind, tariff, version, sha256 FROM billing_version WHERE run_id = $1 ORDER BY version_id`, run)
}

// pastOf are the bills of some accounts before a run: those of the months that count.
func pastOf(ctx context.Context, r db.Reader, run *Run, accounts []int64) (map[op.ID]before, error) {
	out := map[op.ID]before{}
	err := db.Each(ctx, r, func(rows db.Rows) error {
		var id op.ID
		var b before
		err := rows.Scan(&id, &b.count, &b.sum)
		out[id] = b
		return err
	}, `SELECT receivable_account_id, count(*), CAST(sum(total) AS {int}) FROM bill
		WHERE receivable_account_id IN {ints $1} AND kind = 'bill' AND run_id <> $2 AND issued_on >= $3 GROUP BY receivable_account_id`,
		accounts, run.ID, run.IssuedOn.AddMonths(-highMonths))
	return out, err
}

func accountsOf(dues []Due) []int64 {
	accounts := make([]int64, 0, len(dues))
	for i := range dues {
		if n := len(accounts); n == 0 || accounts[n-1] != int64(dues[i].Account) {
			accounts = append(accounts, int64(dues[i].Account))
		}
	}
	return accounts
}

// verdictsOf are the decisions of a run on consumptions from one account through another;
// there are few.
func verdictsOf(ctx context.Context, r db.Reader, run op.ID, dues []Due) (map[verdictKey]verdict, error) {
	out := map[verdictKey]verdict{}
	some, err := db.ScanOne(ctx, r, `SELECT 1 FROM billing_exception WHERE run_id = $1 AND state <> $2 LIMIT 1`, []any{run, verdictOpen}, new(int64))
	if err != nil || !some || len(dues) == 0 {
		return out, err
	}
	return out, db.Each(ctx, r, func(rows db.Rows) error {
		var k verdictKey
		var v verdict
		err := rows.Scan(&k.consumption, &k.rule, &v)
		out[k] = v
		return err
	}, `SELECT consumption_id, rule, state FROM billing_exception WHERE run_id = $1 AND receivable_account_id IN {ints $2} AND state <> $3`,
		run, accountsOf(dues), verdictOpen)
}

// activeOf are the versions that price today.
func activeOf(ctx context.Context, r db.Reader) (versionBook, error) {
	out := versionBook{ids: map[[2]string]uint64{}, shas: map[uint64]string{}}
	return out, db.Each(ctx, r, func(rows db.Rows) error {
		var id int64
		var tariff, code, sha string
		err := rows.Scan(&id, &tariff, &code, &sha)
		out.ids[[2]string{tariff, code}], out.shas[uint64(id)] = uint64(id), sha
		return err
	}, `SELECT v.id, t.code, v.code, v.sha256 FROM tariff_version v JOIN tariff t ON t.id = v.tariff_id WHERE t.kind = 'tariff' AND v.state = 'active'`)
}
