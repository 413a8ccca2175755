package ledger

import (
	"context"
	"iter"
	"strings"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// accountKinds gives the accounts that are open on a day, with their kind.
func accountKinds(ctx context.Context, r db.Reader, on day.Date) (map[string]AccountKind, error) {
	out := map[string]AccountKind{}
	err := db.Each(ctx, r, func(rows db.Rows) error {
		var code string
		var kind AccountKind
		err := rows.Scan(&code, &kind)
		out[code] = kind
		return err
	}, `SELECT code, kind FROM gl_account WHERE valid_from <= $1 AND (valid_to IS NULL OR valid_to > $1)`, on)
	return out, err
}

const accountColumns = `id, code, label, kind, valid_from, valid_to, version`

func scanAccount(rows db.Rows) (a Account, err error) {
	err = rows.Scan(&a.ID, &a.Code, &a.Label, &a.Kind, &a.ValidFrom, &a.ValidTo, &a.Version)
	return a, err
}

func listAccounts(ctx context.Context, x *op.Exec, in AccountFilter) iter.Seq2[Account, error] {
	var w db.Where
	for _, word := range strings.Fields(db.Fold(in.Words)) {
		w.And("(folded LIKE ? ESCAPE '\\' OR code LIKE ? ESCAPE '\\')", "%"+db.Like(word)+"%", db.Like(word)+"%")
	}
	if in.Kind != "" {
		w.And("kind = ?", in.Kind)
	}
	order := x.Keyset(&w, map[string][]string{"code": {"code"}})
	return db.Seq(ctx, x.R, scanAccount, `SELECT `+accountColumns+` FROM gl_account`+w.SQL()+order, w.Args()...)
}

func findAccount(ctx context.Context, r db.Reader, id op.ID) (Account, error) {
	a, err := db.One(ctx, r, scanAccount, `SELECT `+accountColumns+` FROM gl_account WHERE id = $1`, id)
	if fault.CodeOf(err) == "db.no_row" {
		return a, fault.New(fault.NotFound, "ledger.account_unknown")
	}
	return a, err
}

func insertAccount(ctx context.Context, tx db.Tx, a *Account) error {
	n, err := tx.Exec(ctx, `INSERT INTO gl_account (`+accountColumns+`, folded) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (code) DO NOTHING`,
		a.ID, a.Code, a.Label, a.Kind, a.ValidFrom, a.ValidTo, a.Version, a.folded())
	if err == nil && n == 0 {
		return fault.InvalidField("code", "ledger.account_taken", "code", a.Code)
	}
	return err
}

func updateAccount(ctx context.Context, tx db.Tx, a *Account) error {
	_, err := tx.Exec(ctx, `UPDATE gl_account SET label = $1, valid_to = $2, folded = $3, version = $4 WHERE id = $5`,
		a.Label, a.ValidTo, a.folded(), a.Version, a.ID)
	return err
}

// ruleUsing says whether a line of an active set names an account.
func ruleUsing(ctx context.Context, r db.Reader, code string, _ day.Date) (bool, error) {
	n, err := db.Value[int64](ctx, r, `SELECT count(*) FROM posting_rule l JOIN posting_rule_set s ON s.id = l.set_id
		WHERE s.status = $1 AND (l.account = $2 OR s.liaison = $2)`, Active, code)
	return n > 0, err
}

// accountLabelled are the words for accounts of the chart.
func accountLabelled(ctx context.Context, r db.Reader, ids []int64) (map[int64]string, error) {
	var w db.Where
	w.In("id", ids)
	out := map[int64]string{}
	err := db.Each(ctx, r, func(rows db.Rows) error {
		a, err := scanAccount(rows)
		out[int64(a.ID)] = a.Code + " " + a.Label
		return err
	}, `SELECT `+accountColumns+` FROM gl_account`+w.SQL(), w.Args()...)
	return out, err
}
