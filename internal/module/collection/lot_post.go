package collection

import (
	"context"

	"wasl/internal/kernel/money"
	"wasl/internal/module/ledger"
	"wasl/internal/platform/op"
)

// lotPosting is a part of a lot being posted.
type lotPosting struct {
	m        *Module
	lot      Lot
	rows     []lotRow
	session  Session
	made     []*taking
	openings []ledger.Opening
	owners   []int // the receipt of each opening
	amount   money.Amount
	cash     money.Amount
}

// post makes the receipts of the rows, posts them in bulk and writes them.
func (b *lotPosting) post(ctx context.Context, x *op.Exec) (err error) {
	if b.session, err = findSession(ctx, x.Tx, b.lot.Session); err != nil {
		return err
	}
	accounts := make([]op.ID, len(b.rows))
	for i := range b.rows {
		accounts[i] = b.rows[i].account
	}
	held, err := b.m.ledger.HoldAll(ctx, x.Tx, accounts)
	if err != nil {
		return err
	}
	if err := b.receipts(ctx, x); err != nil {
		return err
	}
	owed := lotOwed{}
	for i := range b.rows {
		if err := b.open(ctx, x, i, owed.dues(held, &b.rows[i])); err != nil {
			return err
		}
		owed.pay(b.made[i].parts)
	}
	t := ledger.Totals{Document: b.session.Number, Label: b.lot.Label, Batch: b.session.ID, Actor: op.ID(x.Actor.UserID)}
	opened, err := b.m.ledger.OpenAll(ctx, x.Tx, held, t, b.openings)
	if err != nil {
		return err
	}
	for i := range opened {
		t, item := b.made[b.owners[i]], &opened[i].Item
		amount, err := item.Amount.Abs()
		if err != nil {
			return err
		}
		t.lines = append(t.lines, ReceiptLine{Account: item.Account, No: int64(len(t.lines) + 1), Tender: 1, Kind: item.Kind, Amount: amount, Item: item.ID})
	}
	return insertLotReceipts(ctx, x.Tx, b.made)
}

// receipts gives the rows their receipts, with identities and numbers.
func (b *lotPosting) receipts(ctx context.Context, x *op.Exec) error {
	kinds, err := kindsOf(ctx, x.Tx)
	if err != nil {
		return err
	}
	n := int64(len(b.rows))
	id, err := x.Tx.NewIDs(ctx, 2*n)
	if err != nil {
		return err
	}
	for i := range b.rows {
		row := &b.rows[i]
		k, err := kindOn(kinds, row.kind, row.on)
		if err != nil {
			return err
		}
		tender := Tender{
			ID: op.ID(id + n + int64(i)), No: 1, Kind: k.Code, Account: k.Account, Settles: k.Settles, Cash: k.GivesChange, Amount: row.amount,
			Reference: row.reference,
		}
		if tender.Reference == "" {
			tender.Reference = row.operator
		}
		if b.amount, err = b.amount.Add(row.amount); err != nil {
			return err
		}
		if tender.Cash {
			b.cash += row.amount // part of the sum above
		}
		b.made = append(b.made, &taking{
			session: b.session, tenders: []Tender{tender}, receipt: Receipt{
				ID: op.ID(id + int64(i)), Session: b.session.ID, Unit: b.lot.Unit, Payer: row.payer, ReceivedOn: row.on, Total: row.amount, ToPay: row.amount,
				Note: row.operator, State: Taken, Actor: op.ID(x.Actor.UserID), RecordedAt: x.Now,
			},
		})
	}
	first, err := takeOrdinals(ctx, x.Tx, b.session.ID, n, b.cash)
	if err != nil {
		return err
	}
	for i, t := range b.made {
		t.receipt.ordinal = first + int64(i)
		t.receipt.Number = receiptNumber(b.session.Number, t.receipt.ordinal)
	}
	return nil
}

// open spreads a receipt over what it pays: an opening for each holding, and one for what
// is beyond.
func (b *lotPosting) open(ctx context.Context, x *op.Exec, i int, dues []due) error {
	row, t := &b.rows[i], b.made[i]
	var total money.Amount
	for _, d := range dues {
		total += d.amount // of items of one account, whose sum was checked when they were opened
	}
	rest := part{kind: ledger.ItemOverpayment}
	if b.lot.Surplus == AsAdvance {
		rest.kind = ledger.ItemAdvance
	}
	if row.amount > total {
		of, err := profileOf(ctx, x.Tx, row.account, row.on)
		if err != nil {
			return err
		}
		rest.account, rest.category, rest.nature = row.account, of.category, of.nature
		if len(dues) > 0 { // one receipt is of one entity
			rest.stamps = dues[0].stamps
		} else if rest.stamps, err = b.m.ledger.StampsOf(ctx, x.Tx, of.unit, ledger.Other, row.on); err != nil {
			return err
		}
	}
	t.parts = spread(t.tenders, dues, rest)
	t.receipt.Entity = t.parts[0].stamps.Entity
	for k := range t.parts {
		p := &t.parts[k]
		b.openings = append(b.openings, ledger.Opening{
			Posting: t.posting(p.account, p.stamps), Kind: p.kind, Split: ledger.Received(p.amount), Service: ledger.Other, Category: p.category,
			LegalNature: p.nature, Tender: t.tenders[0].Account, Pay: p.pays,
		})
		b.owners = append(b.owners, i)
	}
	return nil
}

// lotOwed is what earlier receipts of the part pay of each item: they are posted
// together, after all are spread.
type lotOwed map[op.ID]money.Amount

// dues are what a row may pay, less what earlier rows do.
func (o lotOwed) dues(h *ledger.Holdings, row *lotRow) []due {
	all := duesOfRow(h, row)
	kept := all[:0]
	for _, d := range all {
		if d.amount -= o[d.item]; d.amount > 0 {
			kept = append(kept, d)
		}
	}
	return kept
}

func (o lotOwed) pay(parts []part) {
	for _, p := range parts {
		for _, pay := range p.pays {
			o[pay.Item] += pay.Amount // never beyond what is left of it
		}
	}
}
