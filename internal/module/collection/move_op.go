package collection

import (
	"cmp"
	"context"
	"iter"
	"slices"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/module/account"
	"wasl/internal/module/ledger"
	"wasl/internal/platform/op"
)

// WaitingFilter narrows the list of money that waits.
type WaitingFilter struct {
	Account op.ID `json:"receivable_account" in:"ref=account.account.list"`
	// Reference is that of the cheque or of the transfer.
	Reference string `json:"reference" in:"max=60"`
	// Amount is what came in.
	Amount money.Amount `json:"amount" in:"min=0"`
	// Days is how long it has waited at least.
	Days int64 `json:"age_days" in:"min=0,max=36500"`
}

// MoveFilter narrows the list of moves.
type MoveFilter struct {
	Receipt op.ID     `json:"receipt" in:"ref=collection.receipt.list"`
	State   MoveState `json:"state"`
	// From and To are the days of the moves, both included.
	From day.Date `json:"from"`
	To   day.Date `json:"to"`
}

// Assign is the input of a move of money that waits.
type Assign struct {
	// From is the account where it waits, Item the money on it.
	From op.ID `json:"from_account" in:"required,ref=account.account.list"`
	Item op.ID `json:"item" in:"required"`
	// Account is the one it belongs to.
	Account op.ID `json:"receivable_account" in:"required,ref=account.account.list"`
	// Items are the bills it pays, in their order. Without any the oldest first.
	Items []op.ID `json:"items" in:"ref=ledger.item.list,within=receivable_account"`
	// Amount is a part of it; without one all that is left.
	Amount money.Amount `json:"amount" in:"min=0"`
	// Surplus says what becomes of what is beyond what is owed; refuse unless said.
	Surplus Surplus `json:"surplus"`
	Reason  string  `json:"reason" in:"required,min=3,max=200"`
}

// Validate bounds the bills, and refuses a move to where the money is.
func (in *Assign) Validate() []fault.Field {
	var faults []fault.Field
	if len(in.Items) > ItemsMax {
		faults = append(faults, fault.Field{Path: "items", Code: "input.too_many", Args: fault.Args{"max": ItemsMax}})
	}
	if in.From == in.Account && in.From != 0 {
		faults = append(faults, fault.Field{Path: "receivable_account", Code: "collection.waiting_same"})
	}
	return faults
}

// take is the move as a receipt would be asked for.
func (in *Assign) take() Take {
	items := make([]string, 0, len(in.Items))
	for _, id := range in.Items {
		items = append(items, id.String())
	}
	return Take{Accounts: []op.ID{in.Account}, Items: items, Surplus: in.Surplus}
}

// Undo is the input of taking a move back.
type Undo struct {
	ID     op.ID  `json:"id" in:"required,ref=collection.move.list"`
	Reason string `json:"reason" in:"required,min=3,max=200"`
}

// MoveSaved is the answer of a move and of its undoing.
type MoveSaved struct {
	ID     op.ID        `json:"id"`
	Amount money.Amount `json:"amount"`
	State  MoveState    `json:"state"`
	// Left is what still waits of the money.
	Left money.Amount `json:"left"`
}

func (m *Module) registerMoves(r *op.Registry) {
	op.RegisterList(r, op.Spec{Name: "collection.waiting.list", Path: "/collection/waiting", Duties: duties()}, op.ListHandler[WaitingFilter, Waiting]{
		Sorts: []string{"received_on"},
		Rows: func(ctx context.Context, x *op.Exec, in WaitingFilter) iter.Seq2[Waiting, error] {
			return listWaiting(ctx, x, in)
		},
	})
	op.RegisterList(r, op.Spec{Name: "collection.move.list", Path: "/collection/moves", Duties: duties()}, op.ListHandler[MoveFilter, Move]{
		Sorts: []string{"-moved_on"},
		Rows: func(ctx context.Context, x *op.Exec, in MoveFilter) iter.Seq2[Move, error] {
			return listMoves(ctx, x, in)
		},
	})
	op.RegisterCommand(r, op.Spec{
		Name: "collection.waiting.assign", Path: "/collection/waiting/{from_account}/{item}/assign", FourEyes: true, Duties: duties(),
	}, op.CommandHandler[Assign, MoveSaved]{
		Locks:   func(in Assign) []int64 { return []int64{int64(in.From), int64(in.Account)} },
		Targets: m.assignTargets,
		Do:      m.assign,
	})
	op.RegisterCommand(r, op.Spec{
		Name: "collection.move.undo", Path: "/collection/moves/{id}/undo", FourEyes: true, Duties: duties(),
	}, op.CommandHandler[Undo, MoveSaved]{
		Locks: func(in Undo) []int64 { return []int64{int64(in.ID)} },
		Targets: func(ctx context.Context, x *op.Exec, in Undo) ([]op.Target, error) {
			row, err := findMove(ctx, x.R, in.ID)
			if err != nil {
				return nil, err
			}
			return accountTargets(ctx, x, row.Amount, row.From, row.To)
		},
		Do: m.undo,
	})
}

// accountTargets are the units of some accounts, with an amount.
func accountTargets(ctx context.Context, x *op.Exec, amount money.Amount, accounts ...op.ID) (out []op.Target, err error) {
	for _, id := range accounts {
		a, err := account.Find(ctx, x.R, int64(id))
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(out, func(t op.Target) bool { return t.Unit == int64(a.UnitID) }) {
			out = append(out, op.Target{Unit: int64(a.UnitID), Amount: &amount})
		}
	}
	return out, nil
}

// assignTargets are the units of both accounts, with the amount.
func (m *Module) assignTargets(ctx context.Context, x *op.Exec, in Assign) ([]op.Target, error) {
	amount := in.Amount
	if amount == 0 {
		p, err := m.ledger.Position(ctx, x.R, in.From, in.Item)
		if err != nil {
			return nil, err
		}
		amount = max(0, -p.Left)
	}
	return accountTargets(ctx, x, amount, in.From, in.Account)
}

// moveEffect is what a move does, in the words of its preview and of the audit.
type moveEffect struct {
	From   op.ID        `json:"from_account" out:"ref=account"`
	To     op.ID        `json:"receivable_account" out:"ref=account"`
	Amount money.Amount `json:"amount"`
	// Bills are paid with it, Kept is beyond them.
	Bills  string       `json:"paid"`
	Kept   money.Amount `json:"beyond"`
	Left   money.Amount `json:"left"`
	State  MoveState    `json:"state"`
	Reason string       `json:"reason"`
}

// assign brings money that waits to the account it belongs to, where it pays bills: it
// leaves the one account as money that went back, through 44971, and comes to the other as
// a receipt of the same number. Errors name the field: those of movable, "collection.surplus",
// "collection.item_unknown", "collection.entities"; Precondition "collection.waiting_reserved"
// while the cheque it came in by is not cleared.
func (m *Module) assign(ctx context.Context, x *op.Exec, in Assign) (MoveSaved, error) {
	source, err := m.ledger.Position(ctx, x.Tx, in.From, in.Item)
	if err != nil {
		return MoveSaved{}, err
	}
	amount, err := movable(&source, in.Amount)
	if err != nil {
		return MoveSaved{}, err
	}
	if reserved, err := Reserved(ctx, x.Tx, in.From, in.Item); err != nil || reserved {
		return MoveSaved{}, cmp.Or[error](err, fault.New(fault.Precondition, "collection.waiting_reserved", "document", source.Document))
	}
	t, err := m.destination(ctx, x, &in, &source, amount)
	if err != nil {
		return MoveSaved{}, err
	}
	row := Move{
		Document: source.Document, Unit: source.Managing, From: in.From, Item: in.Item, To: in.Account, Amount: amount, MovedOn: x.Today, Reason: in.Reason,
		State: Moved, Actor: op.ID(x.Actor.UserID), RecordedAt: x.Now,
	}
	if row.Receipt, err = receiptOfItem(ctx, x.Tx, in.From, in.Item); err != nil {
		return MoveSaved{}, err
	}
	if err := m.postMove(ctx, x, &row, &source, t); err != nil {
		return MoveSaved{}, err
	}
	if err := insertMove(ctx, x.Tx, &row); err != nil {
		return MoveSaved{}, err
	}
	left := -source.Left - amount
	effect := moveEffect{row.From, row.To, amount, t.paidWords(), t.surplus(), left, Moved, in.Reason}
	return MoveSaved{row.ID, amount, Moved, left}, x.Change("receipt_move", int64(row.ID), row.Document, nil, effect)
}

// destination is what the money pays on the account it belongs to.
func (m *Module) destination(ctx context.Context, x *op.Exec, in *Assign, source *ledger.Position, amount money.Amount) (*taking, error) {
	a, err := account.Find(ctx, x.Tx, int64(in.Account))
	if err != nil {
		return nil, err
	}
	take := in.take()
	t := &taking{
		in: &take, asked: take.said(), held: map[op.ID]*ledger.Held{}, units: map[op.ID]op.ID{in.Account: a.UnitID}, tenders: []Tender{{No: 1, Amount: amount}},
	}
	t.session.Unit, t.receipt.ReceivedOn = source.Managing, x.Today
	if err := m.owed(ctx, x, t); err != nil {
		return nil, err
	}
	total, surplus, err := amounts(t.tenders, t.dues)
	if err != nil {
		return nil, err
	}
	if surplus > 0 && (in.Surplus == "" || in.Surplus == Refuse) {
		return nil, fault.InvalidField("amount", "collection.surplus", "amount", surplus)
	}
	rest, err := m.rest(ctx, x, t, surplus)
	if err != nil {
		return nil, err
	}
	t.receipt.Total, t.parts = total, spread(t.tenders, t.dues, rest)
	for _, p := range t.parts {
		if p.stamps.Entity != source.Entity {
			return nil, fault.InvalidField("receivable_account", "collection.entities")
		}
	}
	return t, nil
}

// paidWords names the bills that are paid.
func (t *taking) paidWords() string {
	var words []string
	for _, p := range t.parts {
		for _, pay := range p.pays {
			for _, d := range t.dues {
				if d.item == pay.Item {
					words = append(words, d.label+" "+pay.Amount.French())
				}
			}
		}
	}
	return joined(" \u00b7 ", words...)
}

// surplus is what is beyond the bills.
func (t *taking) surplus() (sum money.Amount) {
	for _, p := range t.parts {
		if p.kind != ledger.ItemReceipt {
			sum += p.amount // part of a sum that was checked
		}
	}
	return sum
}
