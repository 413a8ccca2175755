package collection

import (
	"context"
	"iter"
	"slices"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/module/ledger"
	"wasl/internal/platform/db"
	"wasl/internal/platform/intake"
	"wasl/internal/platform/op"
)

const sessionColumns = `s.id, s.number, s.serial, s.entity_id, s.exercise, s.unit_id, s.desk, s.cashier_id, s.business_day, s.opening_float, s.state,
	s.receipts, s.expected, s.counted, s.difference, s.reason, s.opened_at, s.closed_at, s.closed_by, s.version, s.paper, s.print_at_once`

func oneSession(rows db.Rows) (s Session, err error) {
	err = rows.Scan(&s.ID, &s.Number, &s.serial, &s.Entity, &s.Exercise, &s.Unit, &s.Desk, &s.Cashier, &s.Day, &s.Float, &s.State, &s.Receipts, &s.Expected,
		&s.Counted, &s.Difference, &s.Reason, &s.OpenedAt, &s.ClosedAt, &s.ClosedBy, &s.Version, &s.Paper, &s.AtOnce)
	return s, err
}

// findSession reads a session; NotFound "collection.session_unknown".
func findSession(ctx context.Context, r db.Reader, id op.ID) (Session, error) {
	s, err := db.One(ctx, r, oneSession, `SELECT `+sessionColumns+` FROM cash_session s WHERE s.id = $1`, id)
	if fault.CodeOf(err) == "db.no_row" {
		return s, fault.New(fault.NotFound, "collection.session_unknown")
	}
	return s, err
}

// sessionOf is the open session of a cashier; Precondition "collection.session_none"
// without one.
func sessionOf(ctx context.Context, r db.Reader, cashier int64) (Session, error) {
	s, err := db.One(ctx, r, oneSession, `SELECT `+sessionColumns+` FROM cash_session s WHERE s.cashier_id = $1 AND s.state = 'open'`, cashier)
	if fault.CodeOf(err) == "db.no_row" {
		return s, fault.New(fault.Precondition, "collection.session_none")
	}
	return s, err
}

// ground is what a receipt stands on besides what is owed: the desk, the accounts, and the
// revision of the kinds of tender.
type ground struct {
	// session is what groundColumns are of it.
	session  Session
	accounts map[op.ID]op.ID
	kinds    int64
	// closed is the last closed month of the unit of the desk, by its first day.
	closed day.Date
}

// groundAsked is the question about the ground of a receipt, put ahead.
type groundAsked struct {
	cashier  int64
	accounts []op.ID
	asked    *db.Asked
	// known is the answer once it was read.
	known *ground
}

// askGround asks in one statement for the open session of a cashier and the units of some
// accounts, and holds the session until the end of the transaction: it is not closed
// meanwhile, and the place of the receipt in it is known.
func askGround(ctx context.Context, tx db.Tx, cashier int64, accounts []op.ID) (g *groundAsked, err error) {
	g = &groundAsked{cashier: cashier, accounts: accounts}
	sql, args := groundSQL(cashier, accounts)
	if tx.Engine() == db.Postgres { // SQLite has one writer
		sql += ` FOR UPDATE OF s`
	}
	g.asked, err = db.Ask(ctx, tx, sql, args...)
	return g, err
}

// groundColumns are what a receipt needs to know of its session.
const groundColumns = `s.id, s.number, s.unit_id, s.business_day, s.state, s.receipts, s.paper`

func groundSQL(cashier int64, accounts []op.ID) (string, []any) {
	which, args := "= $2", []any{cashier, nil}
	if len(accounts) == 1 {
		args[1] = int64(accounts[0])
	} else {
		which, args[1] = "IN {ints $2}", plainIDs(accounts)
	}
	return `SELECT ` + groundColumns + `, COALESCE((SELECT n FROM revision WHERE topic = '` + kindTopic + `'), 0), ` + ledger.ClosedSQL("s.unit_id") + `,
		COALESCE(a.receivable_account_id, 0), COALESCE(a.unit_id, 0)
		FROM cash_session s LEFT JOIN receivable_account a ON a.receivable_account_id ` + which + ` AND ` + intake.VisibleSQL("a.batch_id") + `
		WHERE s.cashier_id = $1 AND s.state = 'open'`, args
}

// of says that the question is about a cashier and some accounts.
func (g *groundAsked) of(cashier int64, accounts []op.ID) bool {
	return g.cashier == cashier && slices.Equal(g.accounts, accounts)
}

// read gives the answer. Precondition "collection.session_none" without a session,
// NotFound "account.unknown".
func (g *groundAsked) read(ctx context.Context, r db.Reader) (*ground, error) {
	if g.known != nil {
		return g.known, nil
	}
	out := &ground{accounts: make(map[op.ID]op.ID, len(g.accounts))}
	err := g.asked.Each(ctx, func(rows db.Rows) (err error) {
		var account, unit op.ID
		s := &out.session
		err = rows.Scan(&s.ID, &s.Number, &s.Unit, &s.Day, &s.State, &s.Receipts, &s.Paper, &out.kinds, &out.closed, &account, &unit)
		if err == nil && account != 0 {
			out.accounts[account] = unit
		}
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case out.session.ID == 0:
		return nil, fault.New(fault.Precondition, "collection.session_none")
	case len(out.accounts) != len(g.accounts):
		return nil, fault.New(fault.NotFound, "account.unknown")
	}
	ledger.RememberClosed(r, out.session.Unit, out.closed)
	g.known = out
	return out, nil
}

// insertSession opens a session; Conflict "collection.session_already" when the cashier
// has one.
func insertSession(ctx context.Context, tx db.Tx, s *Session) error {
	n, err := tx.Exec(ctx, `INSERT INTO cash_session (id, number, serial, entity_id, exercise, unit_id, desk, cashier_id, business_day, opening_float, state,
		  receipts, expected, counted, difference, reason, opened_at, closed_by, version, paper, print_at_once)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, 0, 0, 0, '', $12, 0, $13, $14, $15) ON CONFLICT DO NOTHING`,
		s.ID, s.Number, s.serial, s.Entity, s.Exercise, s.Unit, s.Desk, s.Cashier, s.Day, s.Float, s.State, s.OpenedAt, s.Version,
		s.Paper, s.AtOnce)
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "collection.session_already")
	}
	return err
}

// takeOrdinal gives a receipt the next place in a session that the transaction holds.
func takeOrdinal(ctx context.Context, tx db.Tx, s *Session) (ordinal int64, err error) {
	s.Receipts++
	return s.Receipts, db.ExecLater(ctx, tx, `UPDATE cash_session SET receipts = $2 WHERE id = $1`, s.ID, s.Receipts)
}

// closeSession writes the count.
func closeSession(ctx context.Context, tx db.Tx, s *Session, at time.Time) error {
	n, err := tx.Exec(ctx, `UPDATE cash_session SET state = $2, expected = $3, counted = $4, difference = $5, reason = $6, closed_at = $7, closed_by = $8,
		version = version + 1 WHERE id = $1 AND state = 'open'`, s.ID, s.State, s.Expected, s.Counted, s.Difference, s.Reason, at, s.ClosedBy)
	if err == nil && n == 0 {
		err = fault.New(fault.Precondition, "collection.session_closed", "number", s.Number)
	}
	return err
}

// holdSession keeps receipts out of a session until the end of the transaction.
func holdSession(ctx context.Context, tx db.Tx, id op.ID) error {
	_, err := tx.Exec(ctx, `UPDATE cash_session SET receipts = receipts WHERE id = $1`, id)
	return err
}

// totalsOf are the totals of a session by means, cancelled receipts left out.
func totalsOf(ctx context.Context, r db.Reader, id op.ID) ([]TenderTotal, error) {
	return db.All(ctx, r, func(rows db.Rows) (t TenderTotal, err error) {
		err = rows.Scan(&t.Kind, &t.Receipts, &t.Amount, &t.Stamp)
		return t, err
	}, `SELECT t.kind, count(DISTINCT t.receipt_id), CAST(sum(t.amount) AS {int}), CAST(sum(t.stamp) AS {int}) FROM receipt_tender t
		LEFT JOIN receipt_cancel c ON c.receipt_id = t.receipt_id WHERE t.session_id = $1 AND c.receipt_id IS NULL GROUP BY t.kind ORDER BY t.kind`, id)
}

// cashOf is the cash that the receipts of a session brought into the drawer.
func cashOf(ctx context.Context, r db.Reader, s *Session) (money.Amount, error) {
	return db.Value[money.Amount](ctx, r, `SELECT CAST(COALESCE(sum(t.amount + t.stamp), 0) AS {int}) FROM receipt_tender t
		LEFT JOIN receipt_cancel c ON c.receipt_id = t.receipt_id WHERE t.session_id = $1 AND c.receipt_id IS NULL AND t.cash`, s.ID)
}

// cancelledOf counts the cancelled receipts of a session.
func cancelledOf(ctx context.Context, r db.Reader, id op.ID) (int64, error) {
	return db.Value[int64](ctx, r, `SELECT count(*) FROM receipt r JOIN receipt_cancel c ON c.receipt_id = r.id WHERE r.session_id = $1`, id)
}

func listSessions(ctx context.Context, x *op.Exec, in SessionFilter) iter.Seq2[Session, error] {
	var w db.Where
	x.Filter(&w, "s.unit_id")
	if in.State != "" {
		w.And("s.state = ?", in.State)
	}
	if in.Cashier != 0 {
		w.And("s.cashier_id = ?", in.Cashier)
	}
	if !in.From.IsZero() {
		w.And("s.business_day >= ?", in.From)
	}
	if !in.To.IsZero() {
		w.And("s.business_day <= ?", in.To)
	}
	order := x.Keyset(&w, map[string][]string{"business_day": {"%s.business_day", "#s.id"}})
	return db.Seq(ctx, x.R, oneSession, `SELECT `+sessionColumns+` FROM cash_session s`+w.SQL()+order, w.Args()...)
}

// openOn gives an open session of a unit that began in a month, if there is one.
func openOn(ctx context.Context, r db.Reader, unit int64, month day.Month) (number string, err error) {
	_, err = db.ScanOne(ctx, r, `SELECT s.number FROM cash_session s WHERE s.unit_id = $1 AND s.state = 'open' AND s.business_day <= $2 ORDER BY s.id LIMIT 1`,
		[]any{unit, month.Last()}, &number)
	return number, err
}

// sessionLabels are the words for sessions.
func sessionLabels(ctx context.Context, r db.Reader, ids []int64) (map[int64]string, error) {
	return db.Words(ctx, r, `SELECT id, number || ' ' || desk FROM cash_session WHERE id IN {ints $1}`, ids)
}
