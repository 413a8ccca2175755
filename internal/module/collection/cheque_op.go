package collection

import (
	"context"
	"iter"
	"slices"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/module/ledger"
	"wasl/internal/platform/db"
	"wasl/internal/platform/db/seq"
	"wasl/internal/platform/op"
)

// ChequesMax bounds the cheques of one bordereau, and of one clearing.
const ChequesMax = 500

// Numbers of bordereaux.
const (
	depositSeries = "cheque_deposit"
	depositPrefix = "BR"
	depositDigits = 6
)

// ChequeFilter narrows the list of cheques.
type ChequeFilter struct {
	State     ChequeState `json:"state"`
	Deposit   op.ID       `json:"deposit"`
	Reference string      `json:"reference" in:"max=60"`
	// Cheques are some of them; none is all.
	Cheques []op.ID `json:"cheques"`
	// From and To are the days of their receipts, both included.
	From day.Date `json:"from"`
	To   day.Date `json:"to"`
}

// ChequeDeposit is the input of a bordereau.
type ChequeDeposit struct {
	Unit op.ID `json:"unit" in:"required,ref=org.unit.list"`
	// Cheques go to the bank; none are all that the unit has in hand.
	Cheques     []op.ID  `json:"cheques" in:"ref=collection.cheque.list"`
	DepositedOn day.Date `json:"deposited_on" in:"required"`
	Bank        string   `json:"bank" in:"required,max=60"`
}

// ChequeClear is the input of cheques whose money has arrived.
type ChequeClear struct {
	// Deposit clears all that is left of a bordereau, Cheques only some.
	Deposit   op.ID    `json:"deposit" in:"required"`
	Cheques   []op.ID  `json:"cheques" in:"ref=collection.cheque.list"`
	ClearedOn day.Date `json:"cleared_on" in:"required"`
}

// ChequeReturn is the input of a cheque that came back unpaid.
type ChequeReturn struct {
	ID         op.ID    `json:"id" in:"required,ref=collection.cheque.list"`
	ReturnedOn day.Date `json:"returned_on" in:"required"`
	// Fee is what the bank keeps.
	Fee    money.Amount `json:"fee" in:"min=0"`
	Reason string       `json:"reason" in:"required,min=3,max=200"`
}

// ChequesSaved is the answer of a step of cheques.
type ChequesSaved struct {
	// ID and Number are those of the bordereau.
	ID      op.ID        `json:"id"`
	Number  string       `json:"number"`
	Cheques int64        `json:"cheques"`
	Total   money.Amount `json:"total"`
}

func (m *Module) registerCheques(r *op.Registry) {
	duties := []string{"AG-25"}
	op.RegisterList(r, op.Spec{Name: "collection.cheque.list", Path: "/collection/cheques", Duties: duties}, op.ListHandler[ChequeFilter, Cheque]{
		Sorts: []string{"-received_on"},
		Rows: func(ctx context.Context, x *op.Exec, in ChequeFilter) iter.Seq2[Cheque, error] {
			return listCheques(ctx, x, in)
		},
	})
	op.RegisterCommand(r, op.Spec{
		Name: "collection.cheque.deposit", Path: "/collection/cheques/deposits", Duties: duties,
	}, op.CommandHandler[ChequeDeposit, ChequesSaved]{
		Locks: func(in ChequeDeposit) []int64 { return append(plainIDs(in.Cheques), int64(in.Unit)) },
		Targets: func(_ context.Context, _ *op.Exec, in ChequeDeposit) ([]op.Target, error) {
			return unitTarget(in.Unit), nil
		},
		Do: m.deposit,
	})
	op.RegisterCommand(r, op.Spec{
		Name: "collection.cheque.clear", Path: "/collection/cheques/deposits/{deposit}/clear", Duties: duties,
	}, op.CommandHandler[ChequeClear, ChequesSaved]{
		Locks: func(in ChequeClear) []int64 { return []int64{int64(in.Deposit)} },
		Targets: func(ctx context.Context, x *op.Exec, in ChequeClear) ([]op.Target, error) {
			unit, err := depositUnit(ctx, x.R, in.Deposit)
			return unitTarget(unit), err
		},
		Do: m.clear,
	})
	op.RegisterCommand(r, op.Spec{
		Name: "collection.cheque.return", Path: "/collection/cheques/{id}/return", Duties: duties,
	}, op.CommandHandler[ChequeReturn, ChequesSaved]{
		Locks: func(in ChequeReturn) []int64 { return []int64{int64(in.ID)} },
		Targets: func(ctx context.Context, x *op.Exec, in ChequeReturn) ([]op.Target, error) {
			cheques, err := chequesOf(ctx, x.R, []op.ID{in.ID})
			if err != nil {
				return nil, err
			}
			return []op.Target{{Unit: int64(cheques[0].Unit), Amount: &cheques[0].Amount}}, nil
		},
		Do: m.giveBack,
	})
}

// chequeEffect is what the audit keeps of a step of a cheque.
type chequeEffect struct {
	State     ChequeState  `json:"state"`
	Reference string       `json:"reference"`
	Amount    money.Amount `json:"amount"`
	ChangedOn day.Date     `json:"changed_on"`
	Deposit   op.ID        `json:"deposit"`
	Reason    string       `json:"reason"`
}

// become writes a step of a cheque.
func become(ctx context.Context, x *op.Exec, c *Cheque, e event) error {
	before := chequeEffect{c.State, c.Reference, c.Amount, c.ChangedOn, c.Deposit, ""}
	if err := insertEvent(ctx, x.Tx, c, e, x.Actor.UserID); err != nil {
		return err
	}
	if e.deposit != 0 {
		c.Deposit = e.deposit
	}
	c.State, c.ChangedOn = e.state, e.on
	return x.Change("cheque", int64(c.ID), c.Reference, before, chequeEffect{c.State, c.Reference, c.Amount, c.ChangedOn, c.Deposit, e.reason})
}

// deposit hands cheques to the bank: 51112 takes over from 51111, once for all of them.
// They must be in hand, of the unit, of one entity and one kind.
func (m *Module) deposit(ctx context.Context, x *op.Exec, in ChequeDeposit) (ChequesSaved, error) {
	ids := distinct(in.Cheques)
	var err error
	if len(ids) == 0 {
		if ids, err = inHand(ctx, x.Tx, in.Unit); err != nil {
			return ChequesSaved{}, err
		}
	}
	if len(ids) == 0 || len(ids) > ChequesMax {
		return ChequesSaved{}, fault.InvalidField("cheques", "collection.deposit_count", "max", ChequesMax)
	}
	cheques, err := chequesOf(ctx, x.Tx, ids)
	if err != nil {
		return ChequesSaved{}, err
	}
	d := Deposit{
		Unit: in.Unit, DepositedOn: in.DepositedOn, Bank: in.Bank, Cheques: int64(len(cheques)), Actor: op.ID(x.Actor.UserID), RecordedAt: x.Now,
		entity: cheques[0].entity,
	}
	for i := range cheques {
		c := &cheques[i]
		if err := c.follows("deposited_on", in.DepositedOn, x.Today, ChequeReceived); err != nil {
			return ChequesSaved{}, err
		}
	}
	if d.Total, err = together(cheques, in.Unit); err != nil {
		return ChequesSaved{}, err
	}
	if err := m.postDeposit(ctx, x, &d, &cheques[0]); err != nil {
		return ChequesSaved{}, err
	}
	for i := range cheques {
		if err := become(ctx, x, &cheques[i], event{state: ChequeDeposited, deposit: d.ID, on: in.DepositedOn}); err != nil {
			return ChequesSaved{}, err
		}
	}
	return ChequesSaved{d.ID, d.Number, d.Cheques, d.Total}, x.Change("cheque_deposit", int64(d.ID), d.Number, nil, d)
}

// postDeposit numbers, posts and writes a bordereau.
func (m *Module) postDeposit(ctx context.Context, x *op.Exec, d *Deposit, one *Cheque) error {
	kind, err := kindOfCheque(ctx, x.Tx, one)
	if err != nil {
		return err
	}
	id, err := x.Tx.NewID(ctx)
	if err != nil {
		return err
	}
	d.ID = op.ID(id)
	var entity string
	if d.exercise, entity, err = m.ledger.Numbering(ctx, x.Tx, d.entity, d.DepositedOn); err != nil {
		return err
	}
	if d.serial, err = seq.Next(ctx, x.Tx, seq.Series{EntityID: int64(d.entity), Kind: depositSeries, Exercise: d.exercise}, 1); err != nil {
		return err
	}
	d.Number = seq.Number(depositPrefix, d.exercise, entity, db.NodeOf(id), d.serial, depositDigits)
	_, err = m.ledger.Post(ctx, x.Tx, ledger.Posting{
		Stamps: ledger.Stamps{Managing: d.Unit, Entity: d.entity}, On: d.DepositedOn, Document: d.Number, Label: d.Bank, Batch: d.ID, Actor: d.Actor,
		Events: moved(one.account, kind.Transit, d.Total),
	})
	if err != nil {
		return err
	}
	return insertDeposit(ctx, x.Tx, d)
}

// clear says that the money of cheques has arrived: the bank takes over from 51112, and
// what they paid counts for taxes.
func (m *Module) clear(ctx context.Context, x *op.Exec, in ChequeClear) (ChequesSaved, error) {
	ids := distinct(in.Cheques)
	var err error
	if len(ids) == 0 {
		if ids, err = chequesIn(ctx, x.Tx, in.Deposit, ChequeDeposited); err != nil {
			return ChequesSaved{}, err
		}
	}
	if len(ids) == 0 {
		return ChequesSaved{}, fault.New(fault.Conflict, "collection.clear_none")
	}
	if err := x.Tx.Lock(ctx, plainIDs(ids)...); err != nil {
		return ChequesSaved{}, err
	}
	cheques, err := chequesOf(ctx, x.Tx, ids)
	if err != nil {
		return ChequesSaved{}, err
	}
	if err := holdPaid(ctx, x, cheques); err != nil {
		return ChequesSaved{}, err
	}
	out := ChequesSaved{ID: in.Deposit, Cheques: int64(len(cheques))}
	for i := range cheques {
		c := &cheques[i]
		if c.Deposit != in.Deposit {
			return ChequesSaved{}, fault.InvalidField("cheques", "collection.clear_other", "reference", c.Reference)
		}
		if err := c.follows("cleared_on", in.ClearedOn, x.Today, ChequeDeposited); err != nil {
			return ChequesSaved{}, err
		}
		if err := m.clearOne(ctx, x, c, in.ClearedOn); err != nil {
			return ChequesSaved{}, err
		}
		if out.Total, err = out.Total.Add(c.Amount); err != nil {
			return ChequesSaved{}, err
		}
	}
	return out, nil
}

// holdPaid locks the accounts that some cheques paid, all in one order: two bordereaux may have
// accounts in common.
func holdPaid(ctx context.Context, x *op.Exec, cheques []Cheque) error {
	var all []ReceiptLine
	for i := range cheques {
		lines, err := linesOfTender(ctx, x.Tx, &cheques[i])
		if err != nil {
			return err
		}
		all = append(all, lines...)
	}
	return holdAccounts(ctx, x, all)
}

func (m *Module) clearOne(ctx context.Context, x *op.Exec, c *Cheque, on day.Date) error {
	kind, err := kindOfCheque(ctx, x.Tx, c)
	if err != nil {
		return err
	}
	if err := m.postCheque(ctx, x, c, on, moved(kind.Transit, kind.Bank, c.Amount)); err != nil {
		return err
	}
	lines, err := linesOfTender(ctx, x.Tx, c)
	if err != nil {
		return err
	}
	for _, l := range lines {
		_, err := m.ledger.Clear(ctx, x.Tx, ledger.Clearing{
			Account: l.Account, Credit: l.Item, On: on, Batch: c.Receipt, Actor: op.ID(x.Actor.UserID), Label: c.Reference,
		})
		if err != nil {
			return err
		}
	}
	return become(ctx, x, c, event{state: ChequeCleared, on: on})
}

// postCheque posts what moves between the accounts of a cheque in the books of its unit.
func (m *Module) postCheque(ctx context.Context, x *op.Exec, c *Cheque, on day.Date, events []ledger.Facts) error {
	_, err := m.ledger.Post(ctx, x.Tx, ledger.Posting{
		Stamps: ledger.Stamps{Managing: c.Unit, Entity: c.entity}, On: on, Document: c.number, Label: c.Reference, Batch: c.Receipt,
		Actor: op.ID(x.Actor.UserID), Events: events,
	})
	return err
}

// giveBack takes back what an unpaid cheque had paid: the bills are open again, and the
// taxes if it had been cleared. The fee goes off the bank.
func (m *Module) giveBack(ctx context.Context, x *op.Exec, in ChequeReturn) (ChequesSaved, error) {
	cheques, err := chequesOf(ctx, x.Tx, []op.ID{in.ID})
	if err != nil {
		return ChequesSaved{}, err
	}
	c := &cheques[0]
	if err := c.follows("returned_on", in.ReturnedOn, x.Today, ChequeDeposited, ChequeCleared); err != nil {
		return ChequesSaved{}, err
	}
	kind, err := kindOfCheque(ctx, x.Tx, c)
	if err != nil {
		return ChequesSaved{}, err
	}
	from := kind.Transit
	if c.State == ChequeCleared {
		from = kind.Bank
	}
	lines, err := linesOfTender(ctx, x.Tx, c)
	if err != nil {
		return ChequesSaved{}, err
	}
	back := backing{receipt: c.Receipt, number: c.number, unit: c.Unit, on: in.ReturnedOn, reason: in.Reason}
	if len(lines) > 1 {
		if err := m.postCheque(ctx, x, c, in.ReturnedOn, moved(from, suspense, c.Amount)); err != nil {
			return ChequesSaved{}, err
		}
		from = suspense
	}
	if err := m.returnLines(ctx, x, lines, from, &back); err != nil {
		return ChequesSaved{}, err
	}
	if in.Fee > 0 {
		fee := ledger.Facts{Event: ledger.EventReceiptReturn, Fee: in.Fee, Roles: map[ledger.Role]string{ledger.RoleTender: kind.Bank}}
		if err := m.postCheque(ctx, x, c, in.ReturnedOn, []ledger.Facts{fee}); err != nil {
			return ChequesSaved{}, err
		}
	}
	if err := become(ctx, x, c, event{state: ChequeReturned, on: in.ReturnedOn, fee: in.Fee, reason: in.Reason}); err != nil {
		return ChequesSaved{}, err
	}
	return ChequesSaved{ID: c.Deposit, Cheques: 1, Total: c.Amount}, nil
}

// kindOfCheque is the kind of a cheque as it was when it was received.
func kindOfCheque(ctx context.Context, r db.Reader, c *Cheque) (TenderKind, error) {
	rows, err := kindsOf(ctx, r)
	if err != nil {
		return TenderKind{}, err
	}
	return kindOn(rows, c.Kind, c.ReceivedOn)
}

// distinct are some ids, each once, in order.
func distinct(ids []op.ID) []op.ID {
	out := slices.Clone(ids)
	slices.Sort(out)
	return slices.Compact(out)
}
