package ledger

import (
	"context"
	"iter"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// AccountFilter narrows the chart.
type AccountFilter struct {
	// Words keeps the accounts that hold every word, or begin with a number.
	Words string      `json:"words" in:"max=80"`
	Kind  AccountKind `json:"kind"`
}

// PageKey is the row's place in its list.
func (a Account) PageKey(string) []string { return []string{a.Code} }

// AccountAdd is the input of adding an account.
type AccountAdd struct {
	Code      string      `json:"code" in:"required,pattern=digits,min=2,max=10"`
	Label     string      `json:"label" in:"required,min=2,max=160"`
	Kind      AccountKind `json:"kind" in:"required"`
	ValidFrom day.Date    `json:"valid_from" in:"required"`
}

// AccountUpdate is the input of changing an account; what is absent stays.
type AccountUpdate struct {
	ID      op.ID     `json:"id" in:"required,ref=ledger.account.list"`
	Version int64     `json:"version" in:"required,min=1"`
	Label   *string   `json:"label" in:"min=2,max=160"`
	ValidTo *day.Date `json:"valid_to"`
}

func (m *Module) registerChart(r *op.Registry) {
	duties := []string{"NORM-3", "DIST-7"}
	op.RegisterList(r, op.Spec{Name: "ledger.account.list", Path: "/ledger/accounts", Duties: duties}, op.ListHandler[AccountFilter, Account]{
		Sorts: []string{"code"},
		Rows: func(ctx context.Context, x *op.Exec, in AccountFilter) iter.Seq2[Account, error] {
			return listAccounts(ctx, x, in)
		},
	})
	op.RegisterCommand(r, op.Spec{
		Name: "ledger.account.add", Path: "/ledger/accounts", Central: true, Duties: duties,
		Example: AccountAdd{Code: "51614", Label: "Caisse de l'agence B", Kind: Ordinary},
	}, op.CommandHandler[AccountAdd, op.Saved]{Do: addAccount})
	op.RegisterCommand(r, op.Spec{
		Name: "ledger.account.update", Path: "/ledger/accounts/{id}", Central: true, Versioned: true, Duties: duties,
	}, op.CommandHandler[AccountUpdate, op.Saved]{
		Locks: func(in AccountUpdate) []int64 { return []int64{int64(in.ID)} },
		Do:    m.changeAccount,
	})
}

func addAccount(ctx context.Context, x *op.Exec, in AccountAdd) (op.Saved, error) {
	id, err := x.Tx.NewID(ctx)
	if err != nil {
		return op.Saved{}, err
	}
	a := Account{ID: op.ID(id), Code: in.Code, Label: in.Label, Kind: in.Kind, ValidFrom: in.ValidFrom, Version: 1}
	if err := insertAccount(ctx, x.Tx, &a); err != nil {
		return op.Saved{}, err
	}
	return op.Saved{ID: a.ID, Version: 1}, x.Change("ledger_account", id, a.Code+" "+a.Label, nil, a)
}

// Use says whether another module posts to an account of the chart on a day or later.
type Use func(ctx context.Context, r db.Reader, code string, on day.Date) (bool, error)

// inUse says whether an account is posted to: by a rule in force, as the account of doubtful
// debts, or by another module.
func (m *Module) inUse(ctx context.Context, r db.Reader, code string, on day.Date) (bool, error) {
	for _, uses := range append([]Use{ruleUsing, doubtfulUsing}, m.uses...) {
		if used, err := uses(ctx, r, code, on); err != nil || used {
			return used, err
		}
	}
	return false, nil
}

// changeAccount corrects a label or closes an account. One that is still posted to stays
// open: Precondition "ledger.account_used".
func (m *Module) changeAccount(ctx context.Context, x *op.Exec, in AccountUpdate) (op.Saved, error) {
	a, err := findAccount(ctx, x.Tx, in.ID)
	if err != nil {
		return op.Saved{}, err
	}
	if err := op.CheckVersion(a.Version, in.Version); err != nil {
		return op.Saved{}, err
	}
	before := a
	if in.Label != nil {
		a.Label = *in.Label
	}
	if in.ValidTo != nil {
		a.ValidTo = *in.ValidTo
		if !a.ValidTo.IsZero() && (!a.ValidTo.After(a.ValidFrom) || a.ValidTo.Before(x.Today)) {
			return op.Saved{}, fault.InvalidField("valid_to", "ledger.account_past", "date", x.Today)
		}
		used, err := m.inUse(ctx, x.Tx, a.Code, x.Today)
		if err != nil {
			return op.Saved{}, err
		}
		if used && !a.ValidTo.IsZero() {
			return op.Saved{}, fault.New(fault.Precondition, "ledger.account_used", "account", a.Code)
		}
	}
	if a == before {
		return op.Saved{ID: a.ID, Version: a.Version}, nil
	}
	a.Version++
	if err := updateAccount(ctx, x.Tx, &a); err != nil {
		return op.Saved{}, err
	}
	return op.Saved{ID: a.ID, Version: a.Version}, x.Change("ledger_account", int64(a.ID), a.Code+" "+a.Label, before, a)
}
