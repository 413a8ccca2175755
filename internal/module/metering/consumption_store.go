package metering

import (
	"context"
	"iter"
	"slices"

	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/db"
	"wasl/internal/platform/intake"
	"wasl/internal/platform/op"
)

const consumptionColumns = `c.receivable_account_id, c.id, c.contract_id, c.unit_id, c.service, c.register, c.category, c.period_date, c.ordinal,
		c.from_date, c.to_date,
	c.month, c.quantity, c.kind, c.state, COALESCE(c.from_reading_id, 0), COALESCE(c.to_reading_id, 0), COALESCE(c.corrects_id, 0), c.recorded_at,
	COALESCE(c.batch_id, 0)`

func (c *Consumption) fields() []any {
	return []any{
		&c.Account, &c.ID, &c.Contract, &c.Unit, &c.Service, &c.Register, &c.Category, &c.PeriodDate, &c.Ordinal, &c.From, &c.To, &c.Month, &c.Quantity, &c.Kind,
		&c.State, &c.FromReading, &c.ToReading, &c.Corrects, &c.RecordedAt, &c.Batch,
	}
}

func scanConsumption(rows db.Rows) (c ConsumptionRow, err error) {
	err = rows.Scan(append(c.Consumption.fields(), &c.ContractCode, &c.Customer)...)
	return c, err
}

const consumptionFrom = `, k.code, u.name FROM consumption c
	JOIN contract k ON k.receivable_account_id = c.receivable_account_id AND k.id = c.contract_id JOIN customer u ON u.id = k.customer_id`

// findConsumption reads a consumption; NotFound "metering.consumption_unknown".
func findConsumption(ctx context.Context, r reader, in Key) (ConsumptionRow, error) {
	var w db.Where
	w.And("c.receivable_account_id = ? AND c.id = ?", in.Account, in.ID)
	intake.Visible(&w, "c.batch_id")
	c, err := db.One(ctx, r, scanConsumption, `SELECT `+consumptionColumns+consumptionFrom+w.SQL(), w.Args()...)
	if fault.CodeOf(err) == "db.no_row" {
		return c, fault.New(fault.NotFound, "metering.consumption_unknown")
	}
	return c, err
}

func listConsumptions(ctx context.Context, x *op.Exec, in ConsumptionFilter) iter.Seq2[ConsumptionRow, error] {
	var w db.Where
	if !in.Month.IsZero() {
		w.And("c.month = ?", monthStart(in.Month))
	}
	if in.Account != 0 {
		w.And("c.receivable_account_id = ?", in.Account)
	}
	if len(in.Accounts) > 0 {
		w.In("c.receivable_account_id", op.Plain(in.Accounts))
	}
	if in.State != "" {
		w.And("c.state = ?", in.State)
	}
	if in.Kind != "" {
		w.And("c.kind = ?", in.Kind)
	}
	if in.Service != "" {
		w.And("c.service = ?", in.Service)
	}
	if in.Category != "" {
		w.And("c.category = ?", in.Category)
	}
	intake.Visible(&w, "c.batch_id")
	x.Filter(&w, "c.unit_id")
	order := x.Keyset(&w, map[string][]string{"month": {"%c.month", "#c.unit_id", "#c.receivable_account_id", "#c.id"}})
	return db.Seq(ctx, x.R, scanConsumption, `SELECT `+consumptionColumns+consumptionFrom+w.SQL()+order, w.Args()...)
}

// readingsOf reads what a consumption was computed from, in order.
func readingsOf(ctx context.Context, r reader, c Consumption) ([]ReadingRow, error) {
	if c.ToReading == 0 {
		return nil, nil
	}
	var w db.Where
	w.And("r.receivable_account_id = ? AND r.register = ?", c.Account, c.Register)
	w.And("r.reading_date >= ? AND r.reading_date <= ?", c.From.AddDays(-1), c.To)
	w.And("(r.state = 'valid' OR r.id IN (?, ?))", c.FromReading, c.ToReading)
	all, err := db.All(ctx, r, scanReading, `SELECT `+readingColumns+readingFrom+w.SQL(), w.Args()...)
	slices.SortFunc(all, func(a, b ReadingRow) int { return comparePoints(a.point(), b.point()) })
	first := slices.IndexFunc(all, func(row ReadingRow) bool { return row.ID == c.FromReading })
	last := slices.IndexFunc(all, func(row ReadingRow) bool { return row.ID == c.ToReading })
	if first >= 0 && last >= first {
		all = all[first : last+1]
	}
	return all, err
}

// listTotals sums consumptions by year, service, category and state. It is meant for
// what stands for its period: what was replaced is left out.
func listTotals(ctx context.Context, x *op.Exec, in TotalsAsk) iter.Seq2[TotalsRow, error] {
	return func(yield func(TotalsRow, error) bool) {
		var w db.Where
		if !in.From.IsZero() {
			w.And("c.month >= ?", monthStart(in.From))
		}
		if !in.To.IsZero() {
			w.And("c.month <= ?", monthStart(in.To))
		}
		if in.Batch != 0 {
			w.And("c.batch_id = ?", in.Batch)
		}
		if in.Root != 0 {
			if err := mustSee(ctx, x, int64(in.Root)); err != nil {
				yield(TotalsRow{}, err)
				return
			}
			x.Places().Filter(&w, "c.unit_id", op.Scope{Roots: []int64{int64(in.Root)}, On: x.Today})
		}
		w.And("c.state <> 'replaced'")
		intake.Visible(&w, "c.batch_id")
		x.Filter(&w, "c.unit_id")
		sums := map[TotalsRow]TotalsRow{}
		err := db.Each(ctx, x.R, func(rows db.Rows) error {
			var c Consumption
			var n, sum int64
			if err := rows.Scan(&c.Service, &c.Category, &c.Month, &c.State, &n, &sum); err != nil {
				return err
			}
			key := TotalsRow{Service: c.Service, Category: c.Category, Year: int64(c.Month.Year()), State: c.State}
			row := key
			row.Count, row.Quantity = sums[key].Count+n, sums[key].Quantity+money.Quantity(sum)
			sums[key] = row
			return nil
		}, `SELECT c.service, c.category, c.month, c.state, count(*), CAST(sum(c.quantity) AS {int}) FROM consumption c`+w.SQL()+
			` GROUP BY c.service, c.category, c.month, c.state`, w.Args()...)
		if err != nil {
			yield(TotalsRow{}, err)
			return
		}
		rows := make([]TotalsRow, 0, len(sums))
		for _, row := range sums {
			rows = append(rows, row)
		}
		slices.SortFunc(rows, func(a, b TotalsRow) int { return slices.Compare(a.PageKey(""), b.PageKey("")) })
		if x.Page.Desc {
			slices.Reverse(rows)
		}
		for _, row := range rows {
			if at := slices.Compare(row.PageKey(""), x.Page.After); len(x.Page.After) == 4 && (at <= 0 && !x.Page.Desc || at >= 0 && x.Page.Desc) {
				continue
			}
			if !yield(row, nil) {
				return
			}
		}
	}
}
