package account

import (
	"context"
	"iter"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/intake"
	"wasl/internal/platform/op"
)

const columns = `a.receivable_account_id, a.number, a.kind, a.unit_id, a.entity_id, a.opened_on, a.closed_on, a.version`

func scan(rows db.Rows) (a Account, err error) {
	var entity *int64
	err = rows.Scan(&a.ID, &a.Number, &a.Kind, &a.UnitID, &entity, &a.OpenedOn, &a.ClosedOn, &a.Version)
	if entity != nil {
		a.EntityID = op.ID(*entity)
	}
	return a, err
}

// seen keeps rows of batches that are not applied out of a query.
func seen(w *db.Where, alias string) { intake.Visible(w, alias+".batch_id") }

// Find reads one account; NotFound when there is none.
func Find(ctx context.Context, r db.Reader, id int64) (Account, error) {
	var w db.Where
	w.And("a.receivable_account_id = ?", id)
	seen(&w, "a")
	a, err := db.One(ctx, r, scan, `SELECT `+columns+` FROM receivable_account a`+w.SQL(), w.Args()...)
	if fault.CodeOf(err) == "db.no_row" {
		return a, fault.New(fault.NotFound, "account.unknown")
	}
	return a, err
}

// NumberFree refuses a number that is taken, also by an import under way: Conflict
// "account.number_taken" of the field given.
func NumberFree(ctx context.Context, r db.Reader, number, field string) error {
	n, err := db.Value[int64](ctx, r, `SELECT count(*) FROM account_number WHERE number = $1`, number)
	if err == nil && n > 0 {
		return &fault.Error{Kind: fault.Conflict, Code: "account.number_taken", Fields: []fault.Field{{Path: field, Code: "account.number_taken"}}}
	}
	return err
}

// TakenNumbers gives those of some numbers that are taken.
func TakenNumbers(ctx context.Context, r db.Reader, numbers []string) (map[string]bool, error) {
	taken := map[string]bool{}
	return taken, db.Each(ctx, r, func(rows db.Rows) error {
		var number string
		err := rows.Scan(&number)
		taken[number] = true
		return err
	}, `SELECT number FROM account_number WHERE number IN {texts $1}`, numbers)
}

// Insert adds accounts, in bulk; Conflict "account.number_taken" when a number exists.
func Insert(ctx context.Context, tx db.Tx, accounts ...*Account) error {
	numbers := func(yield func([]any, error) bool) {
		for _, a := range accounts {
			if !yield([]any{a.Number, a.ID}, nil) {
				return
			}
		}
	}
	if _, err := tx.Bulk(ctx, "account_number", []string{"number", "receivable_account_id"}, numbers); err != nil {
		return taken(err)
	}
	names := []string{"receivable_account_id", "number", "kind", "unit_id", "entity_id", "opened_on", "closed_on", "version", "batch_id"}
	_, err := tx.Bulk(ctx, "receivable_account", names, func(yield func([]any, error) bool) {
		for _, a := range accounts {
			row := []any{a.ID, a.Number, a.Kind, a.UnitID, orNone(int64(a.EntityID)), a.OpenedOn, a.ClosedOn, a.Version, orNone(a.BatchID)}
			if !yield(row, nil) {
				return
			}
		}
	})
	return err
}

func taken(err error) error {
	if err != nil && db.Constraint(err) == "account_number.number" {
		return fault.Wrap(err, fault.Conflict, "account.number_taken")
	}
	return err
}

// orNone is NULL for no id.
func orNone(id int64) *int64 {
	if id == 0 {
		return nil
	}
	return &id
}

// Remove takes accounts back that an import added and that were never seen.
func Remove(ctx context.Context, tx db.Tx, ids []int64) error {
	if _, err := tx.Exec(ctx, `DELETE FROM account_number WHERE number IN
		(SELECT number FROM receivable_account WHERE receivable_account_id IN {ints $1})`, ids); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `DELETE FROM receivable_account WHERE receivable_account_id IN {ints $1}`, ids)
	return err
}

// readPayers reads the payers of an account, by date.
func readPayers(ctx context.Context, r db.Reader, account int64) (payers, error) {
	return db.All(ctx, r, func(rows db.Rows) (s payerSpan, err error) {
		err = rows.Scan(&s.From, &s.To, &s.Value, &s.Note.reason, &s.Note.actor, &s.Note.at)
		return s, err
	}, `SELECT valid_from, valid_to, payer_id, reason, actor_id, recorded_at FROM account_payer
		WHERE receivable_account_id = $1 ORDER BY valid_from`, account)
}

// savePayers writes the payers of an account anew.
func savePayers(ctx context.Context, tx db.Tx, account int64, line payers) error {
	if _, err := tx.Exec(ctx, `DELETE FROM account_payer WHERE receivable_account_id = $1`, account); err != nil {
		return err
	}
	for _, s := range line {
		_, err := tx.Exec(ctx, `INSERT INTO account_payer (receivable_account_id, valid_from, valid_to, payer_id, reason, actor_id, recorded_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7)`, account, s.From, s.To, s.Value, s.Note.reason, s.Note.actor, s.Note.at)
		if err != nil {
			return err
		}
	}
	return nil
}

// PayersOn gives the customer who pays each of some accounts on a date; an account
// whose holder pays is left out.
func PayersOn(ctx context.Context, r db.Reader, accounts []int64, on day.Date) (map[int64]int64, error) {
	out := map[int64]int64{}
	return out, db.Each(ctx, r, func(rows db.Rows) error {
		var account, payer int64
		err := rows.Scan(&account, &payer)
		out[account] = payer
		return err
	}, `SELECT receivable_account_id, payer_id FROM account_payer WHERE receivable_account_id IN {ints $1}
		AND valid_from <= $2 AND (valid_to IS NULL OR $3 < valid_to)`, accounts, on, on)
}

// PaidBy gives the accounts that a customer pays on a date, at most n, by id.
func PaidBy(ctx context.Context, r db.Reader, customer int64, on day.Date, n int) ([]int64, error) {
	return db.All(ctx, r, func(rows db.Rows) (id int64, err error) {
		err = rows.Scan(&id)
		return id, err
	}, `SELECT receivable_account_id FROM account_payer WHERE payer_id = $1
		AND valid_from <= $2 AND (valid_to IS NULL OR $3 < valid_to) ORDER BY receivable_account_id LIMIT $4`, customer, on, on, n)
}

func listAccounts(ctx context.Context, x *op.Exec, in Filter) iter.Seq2[Row, error] {
	var w db.Where
	seen(&w, "a")
	if in.Number != "" {
		w.And("a.number >= ? AND a.number < ?", in.Number, in.Number+"\U0010ffff")
	}
	if in.Kind != "" {
		w.And("a.kind = ?", in.Kind)
	}
	stateIs(&w, in.State, x.Today)
	x.Filter(&w, "a.unit_id")
	order := x.Keyset(&w, map[string][]string{"number": {"a.number", "#a.receivable_account_id"}})
	return db.Seq(ctx, x.R, func(rows db.Rows) (row Row, err error) {
		row.Account, err = scan(rows)
		row.State = row.StateOn(x.Today)
		return row, err
	}, `SELECT `+columns+` FROM receivable_account a`+w.SQL()+order, w.Args()...)
}

func stateIs(w *db.Where, s State, on day.Date) {
	switch s {
	case Open:
		w.And("a.opened_on <= ? AND (a.closed_on IS NULL OR ? < a.closed_on)", on, on)
	case Closed:
		w.And("a.closed_on <= ?", on)
	case Future:
		w.And("a.opened_on > ?", on)
	}
}

// labels are the words for accounts in lists and pages.
func labels(ctx context.Context, r db.Reader, ids []int64) (map[int64]string, error) {
	return db.Words(ctx, r, `SELECT receivable_account_id, number FROM receivable_account WHERE receivable_account_id IN {ints $1}`, ids)
}

// touch gives an account its next version.
func touch(ctx context.Context, tx db.Tx, id, version int64) error {
	n, err := tx.Exec(ctx, `UPDATE receivable_account SET version = version + 1 WHERE receivable_account_id = $1 AND version = $2`, id, version)
	if err == nil && n == 0 {
		return fault.New(fault.Conflict, "row.stale", "version", version+1, "given", version)
	}
	return err
}
