package ledger

import (
	"context"
	"fmt"
	"iter"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

const doubtfulRuleColumns = `id, category, legal_nature, valid_from, days_late, account, label, reason, actor_id, recorded_at`

func scanDoubtfulRule(rows db.Rows) (r DoubtfulRule, err error) {
	err = rows.Scan(&r.ID, &r.Category, &r.LegalNature, &r.ValidFrom, &r.DaysLate, &r.Account, &r.Label, &r.Reason, &r.Actor, &r.RecordedAt)
	return r, err
}

// doubtfulRules are those in force on a day.
func doubtfulRules(ctx context.Context, r db.Reader, on day.Date) ([]DoubtfulRule, error) {
	all, err := db.All(ctx, r, scanDoubtfulRule, `SELECT `+doubtfulRuleColumns+` FROM doubtful_rule WHERE valid_from <= $1 ORDER BY valid_from, id`, on)
	return inForce(all, on), err
}

func listDoubtfulRules(ctx context.Context, x *op.Exec) iter.Seq2[DoubtfulRule, error] {
	var w db.Where
	order := x.Keyset(&w, map[string][]string{"valid_from": {"%valid_from", "#id"}})
	return db.Seq(ctx, x.R, scanDoubtfulRule, `SELECT `+doubtfulRuleColumns+` FROM doubtful_rule`+w.SQL()+order, w.Args()...)
}

func insertDoubtfulRule(ctx context.Context, tx db.Tx, r *DoubtfulRule) error {
	_, err := tx.Exec(ctx, `INSERT INTO doubtful_rule (`+doubtfulRuleColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		r.ID, r.Category, r.LegalNature, r.ValidFrom, r.DaysLate, r.Account, r.Label, r.Reason, r.Actor, r.RecordedAt)
	return err
}

func writeTransfer(ctx context.Context, tx db.Tx, t *Transfer) error {
	return db.ExecLater(ctx, tx, `INSERT INTO item_transfer (receivable_account_id, id, item_id, from_account, to_account, amount, allocation_id, entry_id,
		  actor_id, reason, managing_unit_id, due_on, issued_on, category, legal_nature, effective_on, period, recorded_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
		t.Account, t.ID, t.Item, t.From, t.To, t.Amount, orNone(t.Allocation), t.Entry, t.Actor, t.Reason, t.of.Managing, t.of.DueOn, t.of.IssuedOn,
		t.of.Category, t.of.LegalNature, t.EffectiveOn, t.Period, t.RecordedAt)
}

// transfersOf are the rows of an item, in the order in which they were recorded.
func transfersOf(ctx context.Context, r db.Reader, account, item op.ID) ([]Transfer, error) {
	return db.All(ctx, r, func(rows db.Rows) (t Transfer, err error) {
		var allocation *int64
		err = rows.Scan(&t.Account, &t.ID, &t.Item, &t.From, &t.To, &t.Amount, &allocation, &t.Entry, &t.Actor, &t.Reason, &t.EffectiveOn, &t.Period, &t.RecordedAt)
		if allocation != nil {
			t.Allocation = op.ID(*allocation)
		}
		return t, err
	}, `SELECT receivable_account_id, id, item_id, from_account, to_account, amount, allocation_id, entry_id, actor_id, reason, effective_on, period,
		recorded_at FROM item_transfer WHERE receivable_account_id = $1 AND item_id = $2 ORDER BY id`, account, item)
}

// doubt puts on the positions of an account what of them is doubtful.
func (a *account) doubt(ctx context.Context, r db.Reader, w *db.Where) error {
	return db.Each(ctx, r, func(rows db.Rows) error {
		var item op.ID
		var to string
		var amount money.Amount
		var on day.Date
		if err := rows.Scan(&item, &to, &amount, &on); err != nil {
			return err
		}
		if p := a.find(item); p != nil {
			p.InDoubt, p.doubtfulAt, p.doubtfulOn = amount, to, on
		}
		return nil
	}, `SELECT item_id, max(to_account), CAST(sum(amount) AS {int}), max(effective_on) FROM item_transfer`+w.SQL()+`
		GROUP BY item_id HAVING sum(amount) <> 0`, w.Args()...)
}

// inDoubt is what of the item i is doubtful as of two clocks; closed keeps the rows of
// the accounting months up to that of the day.
func inDoubt(w *db.Where, at AsOf, closed bool) string {
	sql := `CAST(coalesce((SELECT sum(t.amount) FROM item_transfer t WHERE t.receivable_account_id = i.receivable_account_id AND t.item_id = i.id`
	if !at.On.IsZero() {
		sql += " AND t.effective_on <= " + w.Arg(at.On)
	}
	if !at.KnownAt.IsZero() {
		sql += " AND t.recorded_at <= " + w.Arg(at.KnownAt)
	}
	if closed {
		sql += " AND t.period <= " + w.Arg(day.MonthOf(at.On).First())
	}
	return sql + `), 0) AS {int})`
}

// candidates reads the debts that the rules of a day make doubtful, the oldest first.
// narrow adds conditions on the item i, end orders and bounds.
func candidates(
	ctx context.Context, r db.Reader, on day.Date, rules []DoubtfulRule, narrow func(w *db.Where), end func(w *db.Where) string,
) iter.Seq2[Doubtful, error] {
	var w db.Where
	day0 := w.Arg(on)
	left := `i.amount - CAST(coalesce((SELECT sum(a.amount) FROM allocation a WHERE a.receivable_account_id = i.receivable_account_id
		AND a.debit_item_id = i.id), 0) AS {int})`
	doubt := inDoubt(&w, AsOf{}, false)
	rule := "CASE"
	groups := make([]func(*db.Where), 0, len(rules))
	for i, own := range rules {
		match := own.matches(&w)
		rule += fmt.Sprintf(" WHEN %s THEN %d", match, i)
		if own.DaysLate > 0 {
			place, cutoff := i, w.Arg(on.AddDays(-int(own.DaysLate)))
			groups = append(groups, func(g *db.Where) {
				g.And("i.due_on <= " + cutoff)
				g.And(match)
				for _, before := range rules[:place] {
					g.And("NOT (" + before.matches(g) + ")")
				}
			})
		}
	}
	rule += " ELSE -1 END"
	w.And("i.amount > 0")
	w.And("i.effective_on <= " + day0)
	w.Or(groups...)
	w.And(left + " > " + doubt)
	w.And(`NOT EXISTS (SELECT 1 FROM allocation a WHERE a.receivable_account_id = i.receivable_account_id AND a.debit_item_id = i.id
		AND a.effective_on > ` + day0 + `)`)
	w.And(`NOT EXISTS (SELECT 1 FROM item_transfer t WHERE t.receivable_account_id = i.receivable_account_id AND t.item_id = i.id
		AND t.effective_on > ` + day0 + `)`)
	narrow(&w)
	order := end(&w)
	return db.Seq(ctx, r, func(rows db.Rows) (d Doubtful, err error) {
		var split string
		var at int64
		if err = rows.Scan(append(d.fields(&split), &d.Left, &d.InDoubt, &at)...); err != nil || at < 0 {
			return d, err
		}
		d.Transfer, d.DaysLate = d.Left-d.InDoubt, int64(d.DueOn.DaysUntil(on))
		d.Rule, d.To = rules[at].ID, rules[at].Account
		d.Split, err = ParseSplit(split)
		return d, err
	}, `SELECT `+itemColumns+`, `+left+`, `+doubt+`, `+rule+` FROM open_item i`+w.SQL()+order, w.Args()...)
}

// matches is the condition under which a rule speaks of the item i.
func (r DoubtfulRule) matches(w *db.Where) string {
	sql := "1 = 1"
	if r.Category != "" {
		sql += " AND i.category = " + w.Arg(r.Category)
	}
	if r.LegalNature != "" {
		sql += " AND i.legal_nature = " + w.Arg(r.LegalNature)
	}
	return sql
}

// preparedList reads the list of a unit.
func preparedList(ctx context.Context, r db.Reader, unit op.ID, on day.Date) (DoubtfulList, error) {
	rules, err := doubtfulRules(ctx, r, on)
	if err != nil {
		return DoubtfulList{}, err
	}
	var rows []Doubtful
	for d, err := range candidates(ctx, r, on, rules, func(w *db.Where) { w.And("i.managing_unit_id = ?", unit) }, func(*db.Where) string {
		return fmt.Sprintf(" ORDER BY i.due_on, i.receivable_account_id, i.id LIMIT %d", DoubtfulMax+1)
	}) {
		if err != nil {
			return DoubtfulList{}, err
		}
		rows = append(rows, d)
	}
	return listOf(unit, on, rows)
}

func (c *Closing) hashTransfers(ctx context.Context, r db.Reader, write func(string, ...any)) error {
	return db.Each(ctx, r, func(rows db.Rows) error {
		var t Transfer
		var allocation *int64
		err := rows.Scan(&t.Account, &t.ID, &t.Item, &t.From, &t.To, &t.Amount, &allocation, &t.Entry, &t.EffectiveOn, &t.RecordedAt)
		if allocation != nil {
			t.Allocation = op.ID(*allocation)
		}
		write("transfer", t.Account, t.ID, t.Item, t.From, t.To, t.Amount, t.Allocation, t.Entry, t.EffectiveOn, t.RecordedAt.UnixMicro())
		return err
	}, `SELECT receivable_account_id, id, item_id, from_account, to_account, amount, allocation_id, entry_id, effective_on, recorded_at
		FROM item_transfer WHERE managing_unit_id = $1 AND period = $2 ORDER BY receivable_account_id, id`, c.Unit, c.Month)
}

// checkTransfers: of no debt is more doubtful than is left of it, nor less than
// nothing; a transfer repeats its item.
func checkTransfers(ctx context.Context, r db.Reader, rep *op.Report) error {
	err := found(ctx, r, rep, "ledger.doubtful", "item", `SELECT i.id, i.account, t.amount FROM (
		  SELECT receivable_account_id, item_id, CAST(sum(amount) AS {int}) AS amount FROM item_transfer GROUP BY receivable_account_id, item_id) t
		JOIN open_item i ON i.receivable_account_id = t.receivable_account_id AND i.id = t.item_id
		WHERE t.amount < 0 OR t.amount > i.amount - coalesce((SELECT sum(a.amount) FROM allocation a
		  WHERE a.receivable_account_id = i.receivable_account_id AND a.debit_item_id = i.id), 0) ORDER BY i.id`)
	if err != nil {
		return err
	}
	return found(ctx, r, rep, "ledger.transfer_stamp", "item", `SELECT i.id, i.account, t.amount FROM item_transfer t
		JOIN open_item i ON i.receivable_account_id = t.receivable_account_id AND i.id = t.item_id
		WHERE t.managing_unit_id <> i.managing_unit_id OR t.due_on <> i.due_on OR t.issued_on <> i.issued_on OR t.category <> i.category
		  OR t.legal_nature <> i.legal_nature OR t.from_account <> i.account OR t.effective_on < i.effective_on ORDER BY i.id`)
}

// doubtfulUsing says whether a rule for doubtful debts puts them on an account, from its day
// until another one for the same debts replaces it.
func doubtfulUsing(ctx context.Context, r db.Reader, code string, on day.Date) (bool, error) {
	n, err := db.Value[int64](ctx, r, `SELECT count(*) FROM doubtful_rule d WHERE d.account = $1 AND NOT EXISTS (
		SELECT 1 FROM doubtful_rule o WHERE o.category = d.category AND o.legal_nature = d.legal_nature AND o.valid_from > d.valid_from AND o.valid_from <= $2)`,
		code, on)
	return n > 0, err
}
