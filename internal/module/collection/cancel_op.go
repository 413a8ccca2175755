package collection

import (
	"cmp"
	"context"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/module/ledger"
	"wasl/internal/platform/op"
)

// Cancel is the input of the cancellation of a receipt.
type Cancel struct {
	ID     op.ID  `json:"id" in:"required,ref=collection.receipt.list"`
	Reason string `json:"reason" in:"required,min=3,max=200"`
}

// CancelSaved is its answer.
type CancelSaved struct {
	ID     op.ID        `json:"id"`
	Number string       `json:"number"`
	State  ReceiptState `json:"state"`
	Total  money.Amount `json:"total"`
}

func (m *Module) registerCancel(r *op.Registry) {
	op.RegisterCommand(r, op.Spec{
		Name: "collection.receipt.cancel", Path: "/collection/receipts/{id}/cancel", FourEyes: true, Duties: duties(),
	}, op.CommandHandler[Cancel, CancelSaved]{
		Locks: func(in Cancel) []int64 { return []int64{int64(in.ID)} },
		Targets: func(ctx context.Context, x *op.Exec, in Cancel) ([]op.Target, error) {
			r, err := findReceipt(ctx, x.R, in.ID)
			return []op.Target{{Unit: int64(r.Unit), Amount: &r.Total}}, err
		},
		Do: m.cancel,
	})
}

// cancel takes a receipt back: its bills are open again, the money leaves the account it
// came in on, the duty too. Its number stays with it. Conflict "collection.cancelled",
// Precondition "collection.cancel_counted" for cash of a desk that was counted,
// "collection.cancel_deposited" for a cheque that is no longer in hand.
func (m *Module) cancel(ctx context.Context, x *op.Exec, in Cancel) (CancelSaved, error) {
	r, err := findReceipt(ctx, x.Tx, in.ID)
	if err != nil {
		return CancelSaved{}, err
	}
	if r.State == Cancelled {
		return CancelSaved{}, fault.New(fault.Conflict, "collection.cancelled", "number", r.Number)
	}
	tenders, err := tendersOf(ctx, x.Tx, r.ID)
	if err != nil {
		return CancelSaved{}, err
	}
	lines, err := linesOf(ctx, x.Tx, r.ID)
	if err != nil {
		return CancelSaved{}, err
	}
	if err := holdReceipt(ctx, x, &r, tenders, lines); err != nil {
		return CancelSaved{}, err
	}
	if err := cancellable(ctx, x, &r, tenders); err != nil {
		return CancelSaved{}, err
	}
	if err := m.postBack(ctx, x, &r, tenders, lines, in.Reason); err != nil {
		return CancelSaved{}, err
	}
	if err := insertCancel(ctx, x.Tx, &r, in.Reason, x.Today, x.Actor.UserID); err != nil {
		return CancelSaved{}, err
	}
	type effect struct {
		State  ReceiptState `json:"state"`
		Total  money.Amount `json:"total"`
		Stamp  money.Amount `json:"stamp"`
		Reason string       `json:"reason"`
	}
	before, after := effect{Taken, r.Total, r.Stamp, ""}, effect{Cancelled, r.Total, r.Stamp, in.Reason}
	return CancelSaved{r.ID, r.Number, Cancelled, r.Total}, x.Change("receipt", int64(r.ID), r.Number, before, after)
}

// holdReceipt takes what a cancellation holds in the order in which everybody takes it: cheques
// before accounts, as their return does, and accounts before the session, as a desk does.
func holdReceipt(ctx context.Context, x *op.Exec, r *Receipt, tenders []Tender, lines []ReceiptLine) error {
	var cheques []op.ID
	for i := range tenders {
		if tenders[i].Settles == AtClearing {
			cheques = append(cheques, tenders[i].ID)
		}
	}
	if err := x.Tx.Lock(ctx, plainIDs(cheques)...); err != nil {
		return err
	}
	if err := holdAccounts(ctx, x, lines); err != nil {
		return err
	}
	return holdSession(ctx, x.Tx, r.Session)
}

// holdAccounts locks the accounts of some lines, in one order.
func holdAccounts(ctx context.Context, x *op.Exec, lines []ReceiptLine) error {
	accounts := make([]op.ID, len(lines))
	for i, l := range lines {
		accounts[i] = l.Account
	}
	return x.Tx.Lock(ctx, plainIDs(distinct(accounts))...)
}

// cancellable refuses what can no longer be taken back at the desk. What it reads is held.
func cancellable(ctx context.Context, x *op.Exec, r *Receipt, tenders []Tender) error {
	s, err := findSession(ctx, x.Tx, r.Session)
	if err != nil {
		return err
	}
	for i := range tenders {
		t := &tenders[i]
		if t.Cash && s.State != SessionOpen {
			return fault.New(fault.Precondition, "collection.cancel_counted", "number", s.Number)
		}
		if t.Settles != AtClearing {
			continue
		}
		cheques, err := chequesOf(ctx, x.Tx, []op.ID{t.ID})
		if err != nil {
			return err
		}
		if cheques[0].State != ChequeReceived {
			return fault.New(fault.Precondition, "collection.cancel_deposited", "reference", t.Reference)
		}
	}
	return nil
}

// postBack posts the opposite of a receipt, by the same way.
func (m *Module) postBack(ctx context.Context, x *op.Exec, r *Receipt, tenders []Tender, lines []ReceiptLine, reason string) error {
	back := backing{receipt: r.ID, number: r.Number, unit: r.Unit, on: x.Today, reason: reason}
	from, direct := suspense, len(lines) == 1 && len(tenders) == 1
	if direct {
		from = tenders[0].Account
	}
	for i := range tenders {
		t := &tenders[i]
		var events []ledger.Facts
		if !direct {
			events = moved(t.Account, suspense, t.Amount)
		}
		if t.Stamp > 0 {
			events = append(events, ledger.Facts{
				Event: ledger.EventReceipt, Stamp: t.Stamp, Undo: true, Roles: map[ledger.Role]string{ledger.RoleTender: t.Account},
			})
		}
		if len(events) == 0 {
			continue
		}
		_, err := m.ledger.Post(ctx, x.Tx, ledger.Posting{
			Stamps: ledger.Stamps{Managing: r.Unit, Entity: r.Entity}, On: x.Today, Document: r.Number, Label: reason, Batch: r.ID,
			Actor: op.ID(x.Actor.UserID), Events: events,
		})
		if err != nil {
			return err
		}
	}
	return m.returnLines(ctx, x, lines, from, &back)
}

// backing is why and when a receipt, or one of its tenders, goes back.
type backing struct {
	receipt op.ID
	number  string
	unit    op.ID
	on      day.Date
	reason  string
}

// returnLines takes the items of some lines back, out of an account. Their accounts are
// locked in one order first. Precondition "collection.moved" when some of the money was
// brought to another account.
func (m *Module) returnLines(ctx context.Context, x *op.Exec, lines []ReceiptLine, from string, b *backing) error {
	if err := holdAccounts(ctx, x, lines); err != nil {
		return err
	}
	if n, err := movedAway(ctx, x.Tx, b.receipt, lines); err != nil || n > 0 {
		return cmp.Or[error](err, fault.New(fault.Precondition, "collection.moved", "number", b.number))
	}
	for _, l := range lines {
		_, err := m.ledger.Return(ctx, x.Tx, ledger.Returning{
			Account: l.Account, Credit: l.Item, Tender: from, On: b.on, Document: b.number, Reason: b.reason, Batch: b.receipt,
			Actor: op.ID(x.Actor.UserID), Collecting: b.unit,
		})
		if err != nil {
			return err
		}
	}
	return nil
}
