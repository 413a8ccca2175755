package apptest

import (
	"context"
	"encoding/json"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/module/ledger"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// BooksMonth is the month of the facts of every place, which is over and open;
// the month before it is closed.
const BooksMonth = "2026-02-15"

const (
	booksOn   = "2026-02-05"
	closedOn  = "2026-01-15"
	bookPrice = money.Amount(100_00)
	bookTax   = money.Amount(10_00)
	bookPaid  = money.Amount(55_00)
	bookSpare = money.Amount(5_00)
	bookRate  = money.Rate(1000)
)

// books are the facts of a place: a closed month, a bill paid in part, an entry
// written by a person.
func (m *maker) books(ctx context.Context, _ Place, r *Records) (err error) {
	if _, err = m.do(ctx, Console(Admin), "ledger.period.close", op.Input{
		"unit": r.Unit.String(), "month": closedOn, "reason": "Premier mois",
	}); err != nil {
		return err
	}
	on, err := day.Parse(booksOn)
	if err != nil {
		return err
	}
	err = m.app.Runner.Within(ctx, func(ctx context.Context, x *op.Exec) error {
		stamps, err := m.app.Ledger.StampsOf(ctx, x.Tx, r.Unit, ledger.Electricity, on)
		if err != nil {
			return err
		}
		p := ledger.Posting{Account: r.Account, Stamps: stamps, On: on, Document: "F-1", Actor: m.f.Users[Actor]}
		return m.billPaid(ctx, x.Tx, p, r)
	})
	if err != nil {
		return err
	}
	r.Entry, err = m.entry(ctx, r)
	return err
}

// billPaid opens a bill and pays half of it; a part of the receipt stays.
func (m *maker) billPaid(ctx context.Context, tx db.Tx, p ledger.Posting, r *Records) error {
	split, err := ledger.NewSplit(
		ledger.Part{Service: ledger.Electricity, Nature: ledger.Principal, Amount: bookPrice},
		ledger.Part{Service: ledger.Electricity, Nature: ledger.VAT, Rate: bookRate, Amount: bookTax},
	)
	if err != nil {
		return err
	}
	bill, err := m.app.Ledger.Open(ctx, tx, ledger.Opening{
		Posting: p, Kind: ledger.ItemBill, Split: split, Service: ledger.Electricity, Category: "DOM", LegalNature: "private",
	})
	if err != nil {
		return err
	}
	receipt, err := m.app.Ledger.Open(ctx, tx, ledger.Opening{
		Posting: p, Kind: ledger.ItemReceipt, Split: ledger.Received(bookPaid + bookSpare), Service: ledger.Other, Category: "DOM", LegalNature: "private",
		Tender: "5141", Pay: []ledger.Pay{{Item: bill.Item.ID, Amount: bookPaid}},
	})
	if err != nil {
		return err
	}
	r.Item, r.Credit, r.Allocation = bill.Item.ID, receipt.Item.ID, receipt.Allocations[0].ID
	return nil
}

// entry writes an entry that the second person approves.
func (m *maker) entry(ctx context.Context, r *Records) (op.ID, error) {
	res, err := m.do(ctx, Console(Admin), "ledger.entry.post", op.Input{
		"unit": r.Unit.String(), "effective_on": booksOn, "lines": "6147;12,50;\n5141;;12,50", "reason": "Frais bancaires",
	})
	if err != nil {
		return 0, err
	}
	res, err = m.do(ctx, op.Credential{Channel: op.Web, Token: m.second}, "approval.approve", op.Input{"id": res.Proposal.String(), "version": "1"})
	if err != nil {
		return 0, err
	}
	var posted struct {
		ID op.ID `json:"id"`
	}
	if decided, ok := res.Out.(op.Decided); ok {
		err = json.Unmarshal(decided.Result, &posted)
	}
	return posted.ID, err
}

// Rules is a file of the rules in force.
func Rules(ctx context.Context, run *op.Runner, credential op.Credential) ([]byte, error) {
	out := []byte("event;regime;book;side;account;measure;service;nature\n")
	_, err := run.Rows(ctx, op.Request{Name: "ledger.rule.lines", Credential: credential, Input: op.Input{"id": "1"}}, nil, func(row any) error {
		if l, ok := row.(ledger.RuleLine); ok {
			for i, cell := range []string{
				string(l.Event), string(l.Regime), string(l.Book), string(l.Side), l.Account, string(l.Measure), string(l.Service), string(l.Nature),
			} {
				if i > 0 {
					out = append(out, ';')
				}
				out = append(out, cell...)
			}
			out = append(out, '\n')
		}
		return nil
	})
	return out, err
}

// draft hands in a set of rules that nobody has put in force.
func (m *maker) draft(ctx context.Context) error {
	file, err := Rules(ctx, m.app.Runner, Console(Admin))
	if err != nil {
		return err
	}
	res, err := m.do(ctx, op.Credential{Channel: op.Web}, "access.login", op.Input{"login": Second, "password": Password})
	if err != nil {
		return err
	}
	m.second = m.secretOf("access.login", res.Out) // the session of some weeks ago has ended
	m.f.Draft, err = m.make(ctx, Console(Admin), "ledger.rule.import", "id", op.Input{
		"file": op.NewUpload("regles.csv", file), "label": "Projet", "valid_from": m.app.Today().AddDays(moveDays).String(), "liaison": "1605",
		"reason": "Revision annuelle",
	})
	return err
}
