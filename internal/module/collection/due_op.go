package collection

import (
	"context"
	"iter"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/module/ledger"
	"wasl/internal/platform/op"
)

// DueFilter says of whom what is owed is asked; the first one given counts.
type DueFilter struct {
	Account op.ID `json:"receivable_account" in:"ref=account.account.list"`
	// Number is that of an account: of a contract, its code.
	Number string `json:"number" in:"max=31"`
	// Bill is the number of a bill: what its account owes.
	Bill     string `json:"bill" in:"max=60"`
	Customer op.ID  `json:"customer" in:"ref=customer.customer.list"`
	// Payer also gives the accounts that the customer pays for others.
	Payer bool `json:"payer"`
	// Credits also shows what is due to the customer: overpayments, advances.
	Credits bool `json:"credits"`
}

// Validate refuses a question about everybody.
func (f *DueFilter) Validate() []fault.Field {
	if f.Account == 0 && f.Number == "" && f.Bill == "" && f.Customer == 0 {
		return []fault.Field{{Path: "number", Code: "collection.due_who"}}
	}
	return nil
}

// Due is an item of which something is left.
type Due struct {
	Account  op.ID           `json:"receivable_account" out:"ref=account"`
	Number   string          `json:"account_number"`
	Customer op.ID           `json:"customer" out:"ref=customer"`
	Name     string          `json:"customer_name"`
	Unit     op.ID           `json:"unit" out:"ref=unit"`
	Item     op.ID           `json:"item"`
	Kind     ledger.ItemKind `json:"kind"`
	Document string          `json:"document"`
	Service  ledger.Service  `json:"service"`
	IssuedOn day.Date        `json:"issued_on"`
	DueOn    day.Date        `json:"due_on"`
	// Amount is the whole, Left what is not paid; below zero for what is due to the
	// customer.
	Amount money.Amount `json:"amount"`
	Left   money.Amount `json:"left"`
}

// PageKey is the row's place in its list.
func (d Due) PageKey(string) []string {
	return []string{d.DueOn.String(), d.Account.String(), d.Item.String()}
}

func registerDue(r *op.Registry) {
	op.RegisterList(r, op.Spec{
		Name: "collection.due.list", Path: "/collection/due", Duties: duties(), Example: DueFilter{Number: "C-0001"},
	}, op.ListHandler[DueFilter, Due]{
		Sorts: []string{"due_on"},
		Rows: func(ctx context.Context, x *op.Exec, in DueFilter) iter.Seq2[Due, error] {
			return func(yield func(Due, error) bool) {
				accounts, err := accountsAsked(ctx, x.R, &in)
				if err == nil {
					err = withinReach(ctx, x, accounts)
				}
				if err != nil {
					yield(Due{}, err)
					return
				}
				listDue(ctx, x, &in, accounts)(yield)
			}
		},
	})
}

// withinReach refuses a question about accounts of which none is within reach.
func withinReach(ctx context.Context, x *op.Exec, accounts []int64) error {
	units, err := unitsOf(ctx, x.R, accounts)
	if err != nil || len(units) == 0 {
		return err
	}
	for _, unit := range units {
		for _, root := range x.ScopeOf().Roots {
			if in, err := x.Places().Within(ctx, x.R, unit, root, x.Today); in || err != nil {
				return err
			}
		}
	}
	return fault.New(fault.Forbidden, "scope.outside", "unit", op.ID(units[0]))
}
