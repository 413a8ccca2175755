package collection

import (
	"context"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/module/account"
	"wasl/internal/module/ledger"
	"wasl/internal/platform/op"
)

// MovementsMax bounds the movements of a statement.
const MovementsMax = 5000

// StatementAsk asks for the statement of an account.
type StatementAsk struct {
	Account op.ID `json:"receivable_account" in:"required,ref=account.account.list"`
	// From and To are days, both included: by default all that happened.
	From day.Date `json:"from"`
	To   day.Date `json:"to"`
	// KnownOn is the second clock: what was recorded by the end of that day.
	KnownOn day.Date `json:"known_on"`
}

// Validate refuses a period that ends before it begins.
func (a *StatementAsk) Validate() []fault.Field {
	if !a.From.IsZero() && !a.To.IsZero() && a.To.Before(a.From) {
		return []fault.Field{{Path: "to", Code: "collection.period_order"}}
	}
	return nil
}

// Movement is one item of an account in its statement. One of Debit and Credit is zero.
type Movement struct {
	On       day.Date        `json:"effective_on"`
	Kind     ledger.ItemKind `json:"kind"`
	Document string          `json:"document"`
	DueOn    day.Date        `json:"due_on"`
	Debit    money.Amount    `json:"debit"`
	Credit   money.Amount    `json:"credit"`
	// Balance is what the customer owes after it; below zero what is due to him.
	Balance    money.Amount `json:"balance"`
	RecordedAt time.Time    `json:"recorded_at"`

	amount money.Amount
}

// Due is the day by which what is owed is to be paid, as printed; empty for what was paid,
// which waits for nobody.
func (m *Movement) Due() string {
	if m.Debit == 0 {
		return ""
	}
	return m.DueOn.French()
}

// Statement is an account over a period: what was owed before, what happened, what is owed
// after.
type Statement struct {
	Account op.ID `json:"receivable_account" out:"ref=account"`
	// Number is that of the account, Name its customer's.
	Number    string       `json:"account_number"`
	Customer  op.ID        `json:"customer" out:"ref=customer"`
	Name      string       `json:"customer_name"`
	From      day.Date     `json:"from"`
	To        day.Date     `json:"to"`
	KnownOn   day.Date     `json:"known_on"`
	Opening   money.Amount `json:"opening"`
	Debit     money.Amount `json:"debit"`
	Credit    money.Amount `json:"credit"`
	Closing   money.Amount `json:"closing"`
	Movements []Movement   `json:"movements"`
}

func (m *Module) registerStatement(r *op.Registry) {
	duties := []string{"AG-18", "AG-19"}
	targets := func(ctx context.Context, x *op.Exec, in StatementAsk) ([]op.Target, error) {
		a, err := account.Find(ctx, x.R, int64(in.Account))
		return unitTarget(a.UnitID), err
	}
	op.RegisterGet(r, op.Spec{
		Name: "collection.statement.get", Path: "/collection/statements/{receivable_account}", Duties: duties,
	}, op.GetHandler[StatementAsk, Statement]{Targets: targets, Do: statement})
	op.RegisterGet(r, op.Spec{
		Name: "collection.statement.paper", Path: "/collection/statements/{receivable_account}/paper", Duties: duties,
	}, op.GetHandler[StatementAsk, op.Document]{Targets: targets, Do: m.statementPaper})
}

// statement adds an account up. Allocations move nothing in it: they say which of its
// credits paid which of its debits.
func statement(ctx context.Context, x *op.Exec, in StatementAsk) (Statement, error) {
	a, err := account.Find(ctx, x.R, int64(in.Account))
	if err != nil {
		return Statement{}, err
	}
	out := Statement{Account: a.ID, Number: a.Number, From: in.From, To: in.To, KnownOn: in.KnownOn}
	if out.Customer, out.Name, err = holderOf(ctx, x.R, in.Account); err != nil {
		return out, err
	}
	if out.Opening, err = balanceBefore(ctx, x.R, &in); err != nil {
		return out, err
	}
	if out.Movements, err = movements(ctx, x.R, &in); err != nil {
		return out, err
	}
	if len(out.Movements) > MovementsMax {
		return out, fault.New(fault.Limit, "collection.statement_long", "max", MovementsMax)
	}
	out.Closing = out.Opening
	for i := range out.Movements {
		v := &out.Movements[i]
		if out.Closing, err = out.Closing.Add(v.amount); err != nil {
			return out, err
		}
		v.Balance, v.Debit, v.Credit = out.Closing, max(0, v.amount), max(0, -v.amount)
		if out.Debit, err = out.Debit.Add(v.Debit); err != nil {
			return out, err
		}
		if out.Credit, err = out.Credit.Add(v.Credit); err != nil {
			return out, err
		}
	}
	return out, nil
}
