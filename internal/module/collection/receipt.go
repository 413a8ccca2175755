package collection

import (
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/module/ledger"
	"wasl/internal/platform/op"
)

// ReceiptState says whether a receipt still stands.
type ReceiptState string

// The states of a receipt.
const (
	Taken     ReceiptState = "taken"
	Cancelled ReceiptState = "cancelled"
)

// EnumName is the prefix of the texts.
func (ReceiptState) EnumName() string { return "receipt_state" }

// EnumValues are the states.
func (ReceiptState) EnumValues() []string { return []string{string(Taken), string(Cancelled)} }

// Surplus says what becomes of what is paid beyond what is owed.
type Surplus string

// What becomes of a surplus.
const (
	// Refuse it: the usual case.
	Refuse Surplus = "refuse"
	// AsOverpayment keeps it as due to the customer.
	AsOverpayment Surplus = "overpayment"
	// AsAdvance keeps it for bills to come.
	AsAdvance Surplus = "advance"
)

// EnumName is the prefix of the texts.
func (Surplus) EnumName() string { return "collection_surplus" }

// EnumValues are the choices.
func (Surplus) EnumValues() []string {
	return []string{string(Refuse), string(AsOverpayment), string(AsAdvance)}
}

// item is the kind of item a surplus becomes.
func (s Surplus) item() ledger.ItemKind {
	if s == AsAdvance {
		return ledger.ItemAdvance
	}
	return ledger.ItemOverpayment
}

// Receipt is what a desk gave for money received. Amounts are in centimes, not below zero.
type Receipt struct {
	ID      op.ID  `json:"id"`
	Number  string `json:"number"`
	Session op.ID  `json:"session" out:"ref=cash_session"`
	// Unit is the one that took the money.
	Unit     op.ID  `json:"unit" out:"ref=unit"`
	Entity   op.ID  `json:"entity" out:"ref=entity"`
	Customer op.ID  `json:"customer" out:"ref=customer"`
	Payer    string `json:"payer"`
	// ReceivedOn is the day that counts.
	ReceivedOn day.Date `json:"received_on"`
	// Total settles what is owed; Stamp is the duty on top of it, ToPay both together.
	Total money.Amount `json:"total"`
	Stamp money.Amount `json:"stamp"`
	ToPay money.Amount `json:"to_pay"`
	// Given is the cash handed over, Change what went back; zero when it was not said.
	Given  money.Amount `json:"given"`
	Change money.Amount `json:"change"`
	Note   string       `json:"note"`
	State  ReceiptState `json:"state"`
	Actor  op.ID        `json:"actor" out:"ref=user"`
	// RecordedAt is when it was taken down.
	RecordedAt time.Time `json:"recorded_at"`

	ordinal int64
}

// PageKey is the row's place in its list.
func (r Receipt) PageKey(string) []string { return []string{r.ReceivedOn.String(), r.ID.String()} }

// ReceiptLine is what a receipt settled on one account with one of its tenders.
type ReceiptLine struct {
	Account op.ID `json:"receivable_account" out:"ref=account"`
	No      int64 `json:"line_no"`
	// Tender is the number of the tender in the receipt.
	Tender int64           `json:"tender_no"`
	Kind   ledger.ItemKind `json:"kind"`
	Amount money.Amount    `json:"amount"`
	// Item is the item it opened in the ledger.
	Item op.ID `json:"item"`
}

// holding is where an account's items stand in the organisation. One item of the ledger
// is opened for one holding: its books hold what it pays.
type holding struct {
	account op.ID
	stamps  ledger.Stamps
}

// due is an amount to pay of an item.
type due struct {
	holding
	item                    op.ID
	amount                  money.Amount
	category, nature, label string
	// exact says that the amount was asked for, and not less.
	exact bool
}

// part is what one tender settles on one holding: an item of the ledger.
type part struct {
	holding
	// tender is an index.
	tender           int
	kind             ledger.ItemKind
	amount           money.Amount
	pays             []ledger.Pay
	category, nature string
}

// dueOf is what is left of a position.
func dueOf(p *ledger.Position) due {
	return due{
		holding: holding{p.Account, ledger.Stamps{Managing: p.Managing, Entity: p.Entity, Operator: p.Operator}},
		item:    p.ID, amount: p.Left, category: p.Category, nature: p.LegalNature, label: p.Document,
	}
}

// amounts completes the tenders: one may have left its amount open. It gives their sum
// and what is beyond the dues. Invalid "collection.tender_nothing" when nothing is left
// for the open one, "collection.short" when an amount that was asked for is not covered.
func amounts(tenders []Tender, dues []due) (total, surplus money.Amount, err error) {
	var owed money.Amount
	exact := false
	for _, d := range dues {
		if owed, err = owed.Add(d.amount); err != nil {
			return 0, 0, err
		}
		exact = exact || d.exact
	}
	open := -1
	for i := range tenders {
		if tenders[i].open {
			open = i
			continue
		}
		if total, err = total.Add(tenders[i].Amount); err != nil {
			return 0, 0, err
		}
	}
	if open >= 0 {
		if tenders[open].Amount = owed - total; tenders[open].Amount <= 0 {
			return 0, 0, fault.InvalidField("tenders", "collection.tender_nothing", "owed", owed)
		}
		total = owed
	}
	if exact && total < owed {
		return 0, 0, fault.InvalidField("tenders", "collection.short", "owed", owed, "total", total)
	}
	return total, max(0, total-owed), nil
}

// spread pays the dues in their order with the tenders in theirs: each tender goes on
// where the one before it ended. What remains of the last ones becomes a surplus of the
// given kind on the holding.
func spread(tenders []Tender, dues []due, rest part) []part {
	var out []part
	next, left := 0, money.Amount(0)
	if len(dues) > 0 {
		left = dues[0].amount
	}
	for i := range tenders {
		money := tenders[i].Amount
		for money > 0 && next < len(dues) {
			take := min(money, left)
			out = pay(out, i, &dues[next], take)
			money, left = money-take, left-take
			if left == 0 {
				if next++; next < len(dues) {
					left = dues[next].amount
				}
			}
		}
		if money > 0 {
			p := rest
			p.tender, p.amount = i, money
			out = append(out, p)
		}
	}
	return out
}

// pay adds a payment to the part of its tender and holding.
func pay(parts []part, tender int, d *due, amount money.Amount) []part {
	for i := range parts {
		p := &parts[i]
		if p.tender == tender && p.holding == d.holding && p.kind == ledger.ItemReceipt {
			p.amount += amount // part of the sum of the tenders, which was checked
			p.pays = append(p.pays, ledger.Pay{Item: d.item, Amount: amount})
			return parts
		}
	}
	return append(parts, part{
		holding: d.holding, tender: tender, kind: ledger.ItemReceipt, amount: amount, pays: []ledger.Pay{{Item: d.item, Amount: amount}},
		category: d.category, nature: d.nature,
	})
}

// stampDuty puts the duty on each tender and gives its sum. It is due on what a receipt takes of
// a kind altogether: a tender bears what its amount adds, so that no way of parting the same
// cash makes the duty smaller or larger.
func stampDuty(tenders []Tender, kinds []TenderKind) (total money.Amount, err error) {
	taken, due := map[string]money.Amount{}, map[string]money.Amount{}
	for i := range tenders {
		t := &tenders[i]
		if taken[t.Kind], err = taken[t.Kind].Add(t.Amount); err != nil {
			return 0, err
		}
		all, err := taken[t.Kind].TimesRate(kinds[i].StampRate)
		if err != nil {
			return 0, err
		}
		t.Stamp, due[t.Kind] = all-due[t.Kind], all
		if total, err = total.Add(t.Stamp); err != nil {
			return 0, err
		}
	}
	return total, nil
}

// changeOf is what goes back of cash handed over; without any it is not said. Invalid
// "collection.given_short" when it does not cover the cash with its duty,
// "collection.given_cash" when nothing is paid in cash.
func changeOf(given money.Amount, tenders []Tender) (money.Amount, error) {
	var cash money.Amount
	for _, t := range tenders {
		if t.Cash {
			cash += t.Amount + t.Stamp // parts of sums that were checked
		}
	}
	switch {
	case given == 0:
		return 0, nil
	case cash == 0:
		return 0, fault.InvalidField("given", "collection.given_cash")
	case given < cash:
		return 0, fault.InvalidField("given", "collection.given_short", "amount", cash)
	}
	return given - cash, nil
}
