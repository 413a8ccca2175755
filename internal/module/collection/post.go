package collection

import (
	"context"

	"wasl/internal/kernel/money"
	"wasl/internal/module/ledger"
	"wasl/internal/platform/op"
)

// suspense is the account through which the tenders of one receipt reach several
// accounts. It is back at zero within the batch of the receipt.
const suspense = "44971"

// post writes the receipt into the ledger: one entry when one tender settles one account,
// else each tender into the suspense account and each part out of it.
func (m *Module) post(ctx context.Context, x *op.Exec, t *taking) error {
	direct := len(t.parts) == 1
	if !direct {
		for i := range t.tenders {
			tender := &t.tenders[i]
			if err := m.postTender(ctx, x, t, tender); err != nil {
				return err
			}
		}
	}
	for i := range t.parts {
		p := &t.parts[i]
		tender := &t.tenders[p.tender]
		o := ledger.Opening{
			Posting: t.posting(p.account, p.stamps), Kind: p.kind, Split: ledger.Received(p.amount), Service: ledger.Other, Category: p.category,
			LegalNature: p.nature, Tender: suspense, Pay: p.pays, Reserved: tender.Settles == AtClearing, Held: t.held[p.account],
		}
		if direct {
			o.Tender, o.Stamp = tender.Account, tender.Stamp
		}
		opened, err := m.ledger.Open(ctx, x.Tx, o)
		if err != nil {
			return err
		}
		t.lines = append(t.lines, ReceiptLine{
			Account: p.account, No: int64(i + 1), Tender: tender.No, Kind: p.kind, Amount: p.amount, Item: opened.Item.ID,
		})
	}
	return nil
}

// posting is an entry of a receipt.
func (t *taking) posting(account op.ID, stamps ledger.Stamps) ledger.Posting {
	stamps.Collecting = t.session.Unit
	return ledger.Posting{
		Account: account, Stamps: stamps, On: t.receipt.ReceivedOn, Document: t.receipt.Number, Label: t.receipt.Payer, Batch: t.receipt.ID,
		Actor: t.receipt.Actor,
	}
}

// postTender brings a tender into the suspense account, with its duty.
func (m *Module) postTender(ctx context.Context, x *op.Exec, t *taking, tender *Tender) error {
	p := t.posting(0, ledger.Stamps{Managing: t.session.Unit, Entity: t.receipt.Entity})
	p.Events = moved(suspense, tender.Account, tender.Amount)
	if tender.Stamp > 0 {
		p.Events = append(p.Events, ledger.Facts{
			Event: ledger.EventReceipt, Stamp: tender.Stamp, Roles: map[ledger.Role]string{ledger.RoleTender: tender.Account},
		})
	}
	_, err := m.ledger.Post(ctx, x.Tx, p)
	return err
}

// moved is a transfer of money from one account to another.
func moved(from, to string, amount money.Amount) []ledger.Facts {
	return []ledger.Facts{{
		Event: ledger.EventTransfer, Sum: amount, Roles: map[ledger.Role]string{ledger.RoleFrom: from, ledger.RoleTender: to},
	}}
}
