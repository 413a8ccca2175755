package ledger

import (
	"context"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// ClosingControl is one of the questions a closing asks.
type ClosingControl string

// The controls, in the order in which they are asked.
const (
	ControlEarly    ClosingControl = "early"
	ControlDone     ClosingControl = "done"
	ControlOrder    ClosingControl = "order"
	ControlSuspense ClosingControl = "suspense"
	// ControlOthers is what other modules have to say (Blocker).
	ControlOthers ClosingControl = "others"
)

// EnumName is the prefix of the texts.
func (ClosingControl) EnumName() string { return "ledger_control" }

// EnumValues are the controls.
func (ClosingControl) EnumValues() []string {
	return []string{string(ControlEarly), string(ControlDone), string(ControlOrder), string(ControlSuspense), string(ControlOthers)}
}

// Obstacle is one thing that keeps a month open.
type Obstacle struct {
	Control ClosingControl `json:"control"`
	// Code is that of the refusal.
	Code string `json:"code"`
	// Month is the one to close first, Account and Amount the suspense that is left.
	Month   day.Date     `json:"month" out:"month"`
	Account string       `json:"account"`
	Amount  money.Amount `json:"amount"`

	pairs []any
}

// refusal is the obstacle as the refusal of a closing.
func (o Obstacle) refusal() error { return fault.New(fault.Precondition, o.Code, o.pairs...) }

// obstacles are all things that keep a month open, in the order of the controls. A
// month that is closed has no other.
func (m *Module) obstacles(ctx context.Context, r db.Reader, unit op.ID, month day.Month) ([]Obstacle, error) {
	var out []Obstacle
	last, err := lastClosed(ctx, r, unit)
	if err != nil {
		return nil, err
	}
	if r.Now().Before(day.StartOf(month.Add(1).First()).Add(CloseMargin)) {
		out = append(out, Obstacle{Control: ControlEarly, Code: "ledger.close_early", pairs: []any{"month", month.French()}})
	} else if !month.After(last) {
		return []Obstacle{{Control: ControlDone, Code: "ledger.close_done", pairs: []any{"month", month.French()}}}, nil
	}
	first, err := firstOpenFact(ctx, r, unit, last)
	if err != nil {
		return nil, err
	}
	if !first.IsZero() && first.Before(month) || !last.IsZero() && month != last.Add(1) {
		if first.IsZero() || !last.IsZero() {
			first = last.Add(1)
		}
		out = append(out, Obstacle{Control: ControlOrder, Code: "ledger.close_order", Month: first.First(), pairs: []any{"month", first.French()}})
	}
	suspense, err := suspenseOf(ctx, r, unit, month)
	if err != nil {
		return nil, err
	}
	for _, b := range suspense {
		out = append(out, Obstacle{
			Control: ControlSuspense, Code: "ledger.close_suspense", Account: b.Account, Amount: b.Balance,
			pairs: []any{"account", b.Account, "amount", b.Balance},
		})
	}
	for _, block := range m.blockers {
		code, pairs, err := block(ctx, r, int64(unit), month)
		if err != nil {
			return nil, err
		}
		if code != "" {
			out = append(out, Obstacle{Control: ControlOthers, Code: code, pairs: pairs})
		}
	}
	return out, nil
}

// ClosingCheck is what a closing of a month would find.
type ClosingCheck struct {
	Unit op.ID `json:"unit" out:"ref=unit"`
	// Month is its first day; Number is that of its closing, empty while it is open.
	Month  day.Date `json:"month" out:"month"`
	Number string   `json:"number"`
	// Obstacles are all things that keep the month open.
	Obstacles []Obstacle `json:"obstacles"`
	// Before is what was owed to the unit, less what was due to customers, by the rows of
	// the months before; After with those of the month.
	Before money.Amount `json:"before"`
	After  money.Amount `json:"after"`
	// Now are the control totals as they are counted now, Kept those of the closing.
	Now  Closing `json:"now"`
	Kept Closing `json:"kept"`
}

// checkMonth controls a month without closing it.
func (m *Module) checkMonth(ctx context.Context, r db.Reader, unit op.ID, month day.Month) (ClosingCheck, error) {
	out := ClosingCheck{Unit: unit, Month: month.First()}
	var err error
	if out.Obstacles, err = m.obstacles(ctx, r, unit, month); err != nil {
		return out, err
	}
	if out.Now, err = measure(ctx, r, unit, month); err != nil {
		return out, err
	}
	if out.Kept, err = closingOf(ctx, r, unit, month); err != nil {
		return out, err
	}
	out.Number = out.Kept.Number
	if out.Before, err = itemsBefore(ctx, r, unit, month); err != nil {
		return out, err
	}
	if out.After, err = out.Before.Add(out.Now.ItemsDebit); err != nil {
		return out, err
	}
	out.After, err = out.After.Sub(out.Now.ItemsCredit)
	return out, err
}
