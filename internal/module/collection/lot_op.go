package collection

import (
	"context"
	"iter"

	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/module/ledger"
	"wasl/internal/platform/op"
)

// LotFilter narrows the list of lots.
type LotFilter struct {
	State LotState `json:"state"`
}

// LotPost is the input of the posting of a lot.
type LotPost struct {
	ID op.ID `json:"id" in:"required,ref=collection.lot.list"`
}

// UniqueKey lets one posting of a lot go on at a time.
func (in LotPost) UniqueKey() string { return in.ID.String() }

// LotSummary is what the posting of a lot came to.
type LotSummary struct {
	Lot      op.ID        `json:"lot"`
	Receipts int64        `json:"receipts"`
	Amount   money.Amount `json:"amount"`
	// Session numbers the receipts.
	Session op.ID `json:"session" out:"ref=cash_session"`
}

// lotProgress is the checkpoint of a posting. How far it is stands with the lot, so that a
// posting begun by one job is completed by another.
type lotProgress struct {
	Done int64 `json:"done"`
}

// lotPart is how many receipts are posted in one transaction.
const lotPart = ledger.BulkMax

func (m *Module) registerLots(r *op.Registry) {
	m.registerLotImport(r)
	op.RegisterList(r, op.Spec{Name: "collection.lot.list", Path: "/collection/lots", Duties: duties()}, op.ListHandler[LotFilter, Lot]{
		Sorts: []string{"-id"},
		Rows: func(ctx context.Context, x *op.Exec, in LotFilter) iter.Seq2[Lot, error] {
			return listLots(ctx, x, in)
		},
	})
	op.RegisterJob(r, op.Spec{Name: "collection.lot.post", Path: "/collection/lots/{id}/post", Duties: duties()}, op.JobHandler[LotPost, lotProgress]{
		Targets: func(ctx context.Context, x *op.Exec, in LotPost) ([]op.Target, error) {
			l, err := findLot(ctx, x.R, in.ID)
			return []op.Target{{Unit: int64(l.Unit), Amount: &l.Amount}}, err
		},
		Plan:   m.planLot,
		Chunk:  m.chunkLot,
		Finish: finishLot,
	})
}

// planLot opens the session of a lot. A posting that had begun goes on.
func (m *Module) planLot(ctx context.Context, x *op.Exec, in LotPost) (lotProgress, int64, error) {
	l, err := findLot(ctx, x.R, in.ID)
	if err != nil {
		return lotProgress{}, 0, err
	}
	switch l.State {
	case LotPosted:
		return lotProgress{}, 0, fault.New(fault.Precondition, "collection.lot_posted")
	case LotPosting:
		return lotProgress{l.Posted}, l.Receipts, nil
	}
	s, err := m.lotSessionOf(ctx, x, &l)
	if err != nil {
		return lotProgress{}, 0, err
	}
	was := l
	l.State, l.Session = LotPosting, s.ID
	if err := updateLot(ctx, x.Tx, &l, 0); err != nil {
		return lotProgress{}, 0, err
	}
	return lotProgress{}, l.Receipts, x.Change("receipt_lot", int64(l.Batch), l.Label, was, l)
}

// lotSessionOf makes the session that numbers the receipts of a lot.
func (m *Module) lotSessionOf(ctx context.Context, x *op.Exec, l *Lot) (Session, error) {
	s := Session{Unit: l.Unit, Desk: l.Label, Cashier: op.ID(x.Actor.UserID), Day: x.Today, State: SessionClosed, OpenedAt: x.Now}
	if err := m.identify(ctx, x.Tx, &s); err != nil {
		return s, err
	}
	return s, insertLotSession(ctx, x.Tx, &s)
}

// chunkLot posts the next receipts of a lot. What they pay is what is owed now: money
// that is there is never refused, so what is beyond becomes an overpayment, or an
// advance when the lot says so.
func (m *Module) chunkLot(ctx context.Context, x *op.Exec, in LotPost, p *lotProgress) (int64, bool, error) {
	l, err := findLot(ctx, x.R, in.ID)
	if err != nil {
		return p.Done, false, err
	}
	if l.State != LotPosting {
		return p.Done, false, fault.New(fault.Conflict, "collection.lot_state", "state", l.State)
	}
	rows, err := nextLotRows(ctx, x.R, &l, lotPart/2) // a receipt may open two items
	if err != nil || len(rows) == 0 {
		return p.Done, true, err
	}
	b := &lotPosting{m: m, lot: l, rows: rows}
	if err := b.post(ctx, x); err != nil {
		return p.Done, false, err
	}
	was := l.Posted
	last := &rows[len(rows)-1]
	l.account, l.line, l.Posted, l.PostedAmount = int64(last.account), last.line, l.Posted+int64(len(rows)), l.PostedAmount+b.amount
	if err := updateLot(ctx, x.Tx, &l, was); err != nil {
		return p.Done, false, err
	}
	p.Done = l.Posted
	after := struct {
		Posted int64        `json:"posted"`
		Amount money.Amount `json:"amount"`
	}{l.Posted, l.PostedAmount}
	return p.Done, false, x.Change("receipt_lot", int64(l.Batch), l.Label, nil, after)
}

func finishLot(ctx context.Context, x *op.Exec, in LotPost, _ lotProgress) (any, error) {
	l, err := findLot(ctx, x.R, in.ID)
	if err != nil {
		return nil, err
	}
	was := l
	l.State = LotPosted
	if err := updateLot(ctx, x.Tx, &l, l.Posted); err != nil {
		return nil, err
	}
	return LotSummary{l.Batch, l.Posted, l.PostedAmount, l.Session}, x.Change("receipt_lot", int64(l.Batch), l.Label, was, l)
}
