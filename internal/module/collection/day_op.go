package collection

import (
	"context"
	"iter"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/op"
)

// DayFilter narrows the states of days.
type DayFilter struct {
	// From and To are the days that count, both included.
	From day.Date `json:"from"`
	To   day.Date `json:"to"`
	// Tender is the code of a kind.
	Tender string `json:"tender" in:"max=31"`
}

// DayTotal is what a unit took on a day by one means.
type DayTotal struct {
	On   day.Date `json:"received_on"`
	Unit op.ID    `json:"unit" out:"ref=unit"`
	Kind string   `json:"kind"`
	// Receipts, Amount and Stamp are those that stand; Cancelled is the amount of those
	// that do not.
	Receipts  int64        `json:"receipts"`
	Amount    money.Amount `json:"amount"`
	Stamp     money.Amount `json:"stamp"`
	Cancelled money.Amount `json:"cancelled"`
}

// PageKey is the row's place in its list.
func (d DayTotal) PageKey(string) []string { return []string{d.On.String(), d.Unit.String(), d.Kind} }

func registerDays(r *op.Registry) {
	op.RegisterList(r, op.Spec{
		Name: "collection.day.list", Path: "/collection/days", Duties: []string{"AG-18", "AG-19", "AG-21", "AG-24"},
	}, op.ListHandler[DayFilter, DayTotal]{
		Sorts: []string{"-received_on"},
		Rows: func(ctx context.Context, x *op.Exec, in DayFilter) iter.Seq2[DayTotal, error] {
			return listDays(ctx, x, in)
		},
	})
}
