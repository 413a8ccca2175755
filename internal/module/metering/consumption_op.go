package metering

import (
	"context"
	"iter"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/module/org"
	"wasl/internal/platform/op"
)

// ConsumptionFilter narrows the list of consumptions.
type ConsumptionFilter struct {
	// Month is any day of it.
	Month   day.Date `json:"month" in:"month"`
	Account op.ID    `json:"account"`
	// Accounts are several receivable accounts; none is all.
	Accounts []op.ID          `json:"accounts"`
	State    ConsumptionState `json:"state"`
	Kind     ReadingKind      `json:"kind"`
	Service  org.Service      `json:"service"`
	// Category is the tariff category, or the class told by a file.
	Category string `json:"category" in:"max=60"`
}

// ConsumptionRow is a consumption in the list.
type ConsumptionRow struct {
	Consumption
	ContractCode string `json:"contract_code"`
	Customer     string `json:"customer"`
}

// PageKey is the row's place in its list.
func (c ConsumptionRow) PageKey(string) []string {
	return []string{c.Month.String(), c.Unit.String(), c.Account.String(), c.ID.String()}
}

// ConsumptionCard is all there is to know of a consumption.
type ConsumptionCard struct {
	ConsumptionRow
	// Readings it was computed from, in their order; none when it came as a consumption.
	Readings []ReadingRow `json:"readings"`
	// Anomalies found in it.
	Anomalies []AnomalyRow `json:"anomalies"`
}

// TotalsAsk asks for the sums of a month or a span of months.
type TotalsAsk struct {
	// From and To are any days of the first and the last month; none is no bound.
	From  day.Date `json:"from"`
	To    day.Date `json:"to"`
	Batch op.ID    `json:"batch"`
	// Root narrows to a unit and what is below it; none is everything one may see.
	Root op.ID `json:"root" in:"ref=org.unit.list"`
}

// TotalsRow are the consumptions of a category in a year.
type TotalsRow struct {
	Service  org.Service      `json:"service"`
	Category string           `json:"category"`
	Year     int64            `json:"year"`
	State    ConsumptionState `json:"state"`
	Count    int64            `json:"count"`
	Quantity money.Quantity   `json:"quantity"`
}

// PageKey is the row's place in its list.
func (t TotalsRow) PageKey(string) []string {
	return []string{op.ID(t.Year).String(), string(t.Service), t.Category, string(t.State)}
}

func (m *Module) registerConsumptions(r *op.Registry) {
	duties := []string{"DRI-01", "DRI-02", "AG-09", "AG-13"}
	op.RegisterList(r, op.Spec{Name: "metering.consumption.list", Path: "/metering/consumptions", Duties: duties}, op.ListHandler[ConsumptionFilter,
		ConsumptionRow]{
		Sorts: []string{"-month"},
		Rows: func(ctx context.Context, x *op.Exec, in ConsumptionFilter) iter.Seq2[ConsumptionRow, error] {
			return listConsumptions(ctx, x, in)
		},
	})
	op.RegisterGet(r, op.Spec{Name: "metering.consumption.show", Path: "/metering/consumptions/{account}/{id}", Duties: duties}, op.GetHandler[Key,
		ConsumptionCard]{
		Targets: func(ctx context.Context, x *op.Exec, in Key) ([]op.Target, error) {
			c, err := findConsumption(ctx, x.R, in)
			return unitTargets(int64(c.Unit)), err
		},
		Do: m.showConsumption,
	})
	op.RegisterList(r, op.Spec{Name: "metering.consumption.totals", Path: "/metering/totals", Duties: duties}, op.ListHandler[TotalsAsk, TotalsRow]{
		Sorts: []string{"year"},
		Rows: func(ctx context.Context, x *op.Exec, in TotalsAsk) iter.Seq2[TotalsRow, error] {
			return listTotals(ctx, x, in)
		},
	})
}

func (m *Module) showConsumption(ctx context.Context, x *op.Exec, in Key) (card ConsumptionCard, err error) {
	if card.ConsumptionRow, err = findConsumption(ctx, x.R, in); err != nil {
		return card, err
	}
	if card.Readings, err = readingsOf(ctx, x.R, card.Consumption); err != nil {
		return card, err
	}
	card.Anomalies, err = m.anomaliesOf(ctx, x.R, in)
	return card, err
}
