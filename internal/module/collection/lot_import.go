package collection

import (
	"context"
	"iter"

	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/module/ledger"
	"wasl/internal/platform/intake"
	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
)

// LotImport is the input of an import of receipts.
type LotImport struct {
	intake.Input
	// Unit holds the money; the accounts paid belong to it or lie below.
	Unit op.ID `json:"unit" in:"required,ref=org.unit.list"`
	// Tender is the code of the kind of tender of lines that do not say theirs.
	Tender string `json:"tender" in:"max=31"`
	// Surplus says what becomes of more than is owed; refuse unless said.
	Surplus Surplus `json:"surplus"`
}

// UniqueKey lets one import go on at a time: two could bring the same receipts.
func (in LotImport) UniqueKey() string { return "" }

// The columns of a file of receipts.
const (
	lotBill = iota
	lotAccount
	lotAmount
	lotDate
	lotTender
	lotReference
	lotOperator
	lotPayer
)

// lotChunk is how many lines are taken in one transaction.
const lotChunk = 10_000

func lotColumnsOfFile() []intake.Column {
	return []intake.Column{
		lotBill:      {Name: "bill", Synonyms: []string{"facture", "numero_facture", "n_facture", "document"}, Max: 60},
		lotAccount:   {Name: "account", Synonyms: []string{"compte", "contrat", "police", "contract", "code_contrat"}, Type: intake.Code, Max: 31},
		lotAmount:    {Name: "amount", Synonyms: []string{"montant", "montant_paye", "somme"}, Required: true, Type: intake.Amount},
		lotDate:      {Name: "date", Synonyms: []string{"date_paiement", "date_encaissement", "date_reglement", "received_on"}, Required: true, Type: intake.Date},
		lotTender:    {Name: "tender", Synonyms: []string{"mode", "mode_paiement", "moyen"}, Max: 31},
		lotReference: {Name: "reference", Synonyms: []string{"numero", "numero_virement"}, Max: WordMax},
		lotOperator:  {Name: "operator_reference", Synonyms: []string{"reference_operateur", "numero_operateur", "recu"}, Max: WordMax},
		lotPayer:     {Name: "payer", Synonyms: []string{"payeur", "nom"}, Max: 100},
	}
}

func (m *Module) registerLotImport(r *op.Registry) {
	intake.Register(r, m.imports, intake.Kind[LotImport]{
		Name: "receipt", Operation: "collection.receipt.import", Path: "/collection/receipts/imports", Duties: duties(), Columns: lotColumnsOfFile(),
		Place: screen.Collection, ChunkRows: lotChunk,
		Example: "facture;contrat;montant;date;mode;reference\n;C-0412-118;110,00;17/11/2026;transfer;VIR-88121\n;C-0412-119;54,50;17/11/2026;transfer;VIR-88122\n",
		Targets: func(_ context.Context, _ *op.Exec, in LotImport) ([]op.Target, error) {
			return unitTarget(in.Unit), nil
		},
		Held: lotHeld,
		Open: func(_ context.Context, _ *op.Exec, b intake.Batch, in LotImport) (intake.Session, error) {
			return &lotSession{m: m, batch: b, in: in}, nil
		},
	})
}

// lotSession takes receipts in for one step of an import.
type lotSession struct {
	m     *Module
	batch intake.Batch
	in    LotImport
	kinds []TenderKind
	// inside remembers the units that lie in the one of the lot.
	inside map[op.ID]bool
}

// Take implements intake.Session.
func (s *lotSession) Take(ctx context.Context, x *op.Exec, rows []*intake.Row) (err error) {
	if s.kinds, err = kindsOf(ctx, x.R); err != nil {
		return err
	}
	s.inside = map[op.ID]bool{}
	found, err := findPayables(ctx, x.R, rows)
	if err != nil {
		return err
	}
	lines, places := make([]lotRow, 0, len(rows)), make([]*intake.Row, 0, len(rows))
	accounts := make([]int64, 0, len(rows))
	for _, r := range rows {
		line, ok, err := s.line(ctx, x, r, found)
		if err != nil {
			return err
		}
		if ok {
			lines, places, accounts = append(lines, line), append(places, r), append(accounts, int64(line.account))
		}
	}
	seen, taken, err := lotSeenOf(ctx, x.R, s.batch.ID, accounts)
	if err != nil {
		return err
	}
	owed := map[op.ID]money.Amount{}
	if s.in.Surplus == "" || s.in.Surplus == Refuse {
		if owed, err = s.m.ledger.OwedTotals(ctx, x.R, accounts); err != nil {
			return err
		}
	}
	kept := lines[:0]
	for i := range lines {
		line, r := lines[i], places[i]
		k := line.key()
		if seen[k] == nil {
			seen[k] = &lotSeen{}
		}
		if seen[k].known() {
			line.repeated = true
			r.Same()
		} else if left := owed[line.account] - taken[line.account]; (s.in.Surplus == "" || s.in.Surplus == Refuse) && line.amount > left {
			r.Reject(lotAmount, "collection.lot_surplus", "owed", max(0, left))
			seen[k].here--
			continue
		} else {
			taken[line.account] += line.amount
			r.Create()
		}
		kept = append(kept, line)
	}
	return insertLotRows(ctx, x.Tx, s.batch.ID, kept)
}

// line reads a row; false when it is rejected.
func (s *lotSession) line(ctx context.Context, x *op.Exec, r *intake.Row, found *payables) (lotRow, bool, error) {
	line := lotRow{
		line: r.Line, kind: r.Text(lotTender), amount: r.Amount(lotAmount), on: r.Date(lotDate), reference: r.Text(lotReference), operator: r.Text(lotOperator),
		payer: r.Text(lotPayer),
	}
	if line.kind == "" {
		line.kind = s.in.Tender
	}
	place, column, code := found.pick(r)
	if code != "" {
		r.Reject(column, code)
		return line, false, nil
	}
	line.account, line.bill = place.account, place.bill
	in, err := s.within(ctx, x, place.unit)
	if err != nil {
		return line, false, err
	}
	if !in {
		r.Reject(column, "collection.lot_outside")
	}
	if line.amount <= 0 {
		r.Reject(lotAmount, "collection.lot_amount")
	}
	if line.on.After(x.Today) {
		r.Reject(lotDate, "collection.lot_future", "today", x.Today)
	}
	s.checkKind(r, &line)
	if r.Fate() == intake.Rejected {
		return line, false, nil
	}
	_, err = s.m.ledger.StampsOf(ctx, x.R, place.unit, ledger.Other, line.on)
	if fault.CodeOf(err) == "ledger.entity_unknown" { // its books could not take it
		r.Reject(lotDate, "ledger.entity_unknown", "date", line.on)
		return line, false, nil
	}
	return line, true, err
}

// checkKind refuses a kind of tender that a lot cannot hold.
func (s *lotSession) checkKind(r *intake.Row, line *lotRow) {
	k, err := kindOn(s.kinds, line.kind, line.on)
	switch {
	case err != nil:
		r.Reject(lotTender, "collection.tender_unknown", "code", line.kind)
	case k.Settles != AtReceipt:
		r.Reject(lotTender, "collection.lot_clearing", "code", line.kind)
	case k.NeedsReference && line.reference == "" && line.operator == "":
		r.Reject(lotReference, "collection.tender_reference", "code", line.kind)
	}
}

func (s *lotSession) within(ctx context.Context, x *op.Exec, unit op.ID) (bool, error) {
	if in, known := s.inside[unit]; known {
		return in, nil
	}
	in, err := x.Places().Within(ctx, x.R, int64(unit), int64(s.in.Unit), x.Today)
	s.inside[unit] = in
	return in, err
}

// Finish implements intake.Session: the lot is made.
func (s *lotSession) Finish(ctx context.Context, x *op.Exec, _ iter.Seq2[intake.Kept, error]) error {
	lot := Lot{
		Batch: op.ID(s.batch.ID), Unit: s.in.Unit, Label: s.batch.FileName, Surplus: s.in.Surplus, State: LotTaken, Actor: op.ID(x.Actor.UserID), RecordedAt: x.Now,
	}
	if lot.Surplus == "" {
		lot.Surplus = Refuse
	}
	if err := dropRepeated(ctx, x.Tx, s.batch.ID); err != nil {
		return err
	}
	var err error
	if lot.Receipts, lot.Amount, err = lotTotals(ctx, x.R, s.batch.ID); err != nil || lot.Receipts == 0 {
		return err
	}
	return insertLot(ctx, x.Tx, &lot)
}

// Discard implements intake.Session.
func (s *lotSession) Discard(ctx context.Context, x *op.Exec, limit int64) (bool, error) {
	return discardLotRows(ctx, x.Tx, s.batch.ID, limit)
}

// payables are the bills and accounts that rows name.
type payables struct {
	bills, accounts map[string]placed
}

// placed is what a row pays: an account, and a bill when it names one.
type placed struct{ account, bill, unit op.ID }

// pick finds what a row pays, or the column and code of why not.
func (p *payables) pick(r *intake.Row) (at placed, column int, code string) {
	if r.Empty(lotBill) && r.Empty(lotAccount) {
		return at, lotBill, "collection.lot_whom"
	}
	if r.Empty(lotBill) {
		at, known := p.accounts[r.Text(lotAccount)]
		if !known {
			return at, lotAccount, "collection.lot_account"
		}
		return at, lotAccount, ""
	}
	at, known := p.bills[r.Text(lotBill)]
	if !known {
		return at, lotBill, "collection.lot_bill"
	}
	if !r.Empty(lotAccount) && p.accounts[r.Text(lotAccount)].account != at.account {
		return at, lotAccount, "collection.lot_mismatch"
	}
	return at, lotBill, ""
}

// duesOfRow are what a line pays, in order: the bill it names, then the oldest, of one
// entity and not of later days.
func duesOfRow(h *ledger.Holdings, line *lotRow) []due {
	var out, rest []due
	for _, p := range h.Owed(line.account) {
		if p.EffectiveOn.After(line.on) {
			continue
		}
		if d := dueOf(&p); p.ID == line.bill {
			out = append(out, d)
		} else {
			rest = append(rest, d)
		}
	}
	out = append(out, rest...)
	kept := out[:0]
	for _, d := range out {
		if d.stamps.Entity == out[0].stamps.Entity {
			kept = append(kept, d)
		}
	}
	return kept
}
