package billing

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/module/ledger"
	"wasl/internal/module/tariff"
	"wasl/internal/platform/op"
)

// Due is a consumption that may be billed, with what its contract was on its last day.
type Due struct {
	Account, Contract, Unit, Consumption op.ID
	// Code is the contract's.
	Code    string
	Service string
	// Register is empty for a meter with one dial.
	Register string
	// Category is the one the consumption was taken in with, or that of the contract.
	Category string
	From, To day.Date
	Quantity money.Quantity
	// Undecided says that an anomaly that blocks waits for its decision.
	Undecided bool
	// Accepted says that somebody looked at it and let it pass.
	Accepted bool
	// Ordinal is 1 unless another consumption of the same date came before.
	Ordinal int64
	// Tariff is empty when no terms hold on the last day.
	Tariff     string
	VATUse     string
	Households int64
	Power      money.Quantity
	// Attributes is the JSON object of further attributes of the contract.
	Attributes  string
	LegalNature string
	// Turn counts the times it was billed and cancelled before.
	Turn int64
}

// Bill is one bill, or a credit note.
type Bill struct {
	Account  op.ID    `json:"account" out:"ref=account"`
	ID       op.ID    `json:"id"`
	Run      op.ID    `json:"run" out:"ref=billing_run"`
	Kind     BillKind `json:"kind"`
	Number   string   `json:"number"`
	Contract string   `json:"contract_code"`
	Unit     op.ID    `json:"unit" out:"ref=unit"`
	Service  string   `json:"service"`
	Category string   `json:"category"`
	// From and To are the first and the last day of the service period.
	From     day.Date       `json:"from"`
	To       day.Date       `json:"to"`
	Quantity money.Quantity `json:"quantity"`
	IssuedOn day.Date       `json:"issued_on"`
	DueOn    day.Date       `json:"due_on"`
	Net      money.Amount   `json:"net"`
	Tax      money.Amount   `json:"tax"`
	Total    money.Amount   `json:"total"`
	// Cancels is the bill a credit note takes back.
	Cancels op.ID `json:"cancels"`

	// taxDate is the day whose VAT rates it has; none is the last one supplied.
	taxDate day.Date

	ordinal, serial, exercise, turn           int64
	entity, contractID, consumption           op.ID
	legalNature, tariff, attributes, document string
	taxes, reason                             string
}

// PageKey is the row's place in its list.
func (b Bill) PageKey(string) []string {
	return []string{b.IssuedOn.String(), b.Account.String(), b.ID.String()}
}

// request is what the tariff is asked for a due consumption. Of what is known of the
// contract it takes what the tariff names: an attribute of the contract by its own
// name, else class and category, use, households and power. into is room used again.
func (d *Due) request(t *tariff.Tariff, into []tariff.Value) (tariff.Request, error) {
	var own map[string]string
	if d.Attributes != "" {
		if err := json.Unmarshal([]byte(d.Attributes), &own); err != nil {
			return tariff.Request{}, fault.Wrap(err, fault.Internal, "billing.attributes")
		}
	}
	r := tariff.Request{
		Tariff: d.Tariff, From: d.From, To: d.To, Quantity: d.Quantity, Months: monthsOf(t, d.From, d.To), Attributes: into[:0],
	}
	for _, a := range t.Attributes {
		value, told := own[a.Name]
		if !told {
			value = d.known(a.Name)
		}
		if value != "" {
			r.Attributes = append(r.Attributes, tariff.Value{Name: a.Name, Text: value})
		}
	}
	return r, nil
}

// known is what every contract has of what a tariff may name.
func (d *Due) known(name string) string {
	switch name {
	case "class", "category":
		return d.Category
	case "use":
		return d.VATUse
	case "households":
		return strconv.FormatInt(d.Households, 10)
	case "power":
		return d.Power.String()
	}
	return ""
}

// attributesText keeps the attributes of a request inside the bill. Most are those of the bill
// before.
func (k *desk) attributesText(values []tariff.Value) string {
	b := k.buf[:0]
	for i, v := range values {
		if i > 0 {
			b = append(b, '\n')
		}
		b = append(append(append(b, v.Name...), '='), v.Text...)
	}
	if k.buf = b; k.told != string(b) {
		k.told = string(b)
	}
	return k.told
}

// requestOf is the request a bill was made from; t is its tariff, nil when it is gone.
func (b *Bill) requestOf(t *tariff.Tariff) tariff.Request {
	r := tariff.Request{Tariff: b.tariff, From: b.From, To: b.To, Quantity: b.Quantity, TaxDate: b.taxDate}
	if t != nil {
		r.Months = monthsOf(t, b.From, b.To)
	}
	for line := range strings.SplitSeq(b.attributes, "\n") {
		if name, value, ok := strings.Cut(line, "="); ok {
			r.Attributes = append(r.Attributes, tariff.Value{Name: name, Text: value})
		}
	}
	return r
}

// desk prices consumptions one after the other, in room that is used again: the quote of
// the last one stays in it.
type desk struct {
	book       *tariff.Book
	run        *Run
	quote      tariff.Quote
	attributes []tariff.Value
	parts      []ledger.Part
	weights    []money.Amount
	doc        tariff.Document
	buf, text  []byte
	told       string
}

// price makes a bill of a due consumption. Errors are those of tariff.Book.Quote;
// tariff.unknown when the contract names none.
func (k *desk) price(d *Due, into *Bill) error {
	t := k.book.Tariff(d.Tariff)
	if t == nil {
		return fault.New(fault.Invalid, "tariff.unknown", "tariff", d.Tariff)
	}
	r, err := d.request(t, k.attributes)
	if err != nil {
		return err
	}
	k.attributes = r.Attributes
	if len(k.run.RatedAtIssue) > 0 && slices.Contains(k.run.RatedAtIssue, d.Service) {
		r.TaxDate = k.run.IssuedOn
	}
	q := &k.quote
	if err := k.book.QuoteInto(&r, q); err != nil {
		return err
	}
	*into = Bill{
		Account: d.Account, Kind: KindBill, Contract: d.Code, Unit: d.Unit, Service: d.Service, Category: d.Category, From: d.From, To: d.To,
		Quantity: d.Quantity, Net: q.Net, Tax: q.Tax, Total: q.Total, turn: d.Turn, contractID: d.Contract, consumption: d.Consumption,
		legalNature: d.LegalNature, tariff: d.Tariff, attributes: k.attributesText(r.Attributes), taxes: taxesText(q.Taxes),
		taxDate: r.TaxDate,
	}
	return nil
}

// taxesText is the stored form of the rates printed: code, rate, base and amount.
func taxesText(taxes []tariff.Tax) string {
	var b []byte
	for i, t := range taxes {
		if i > 0 {
			b = append(b, ';')
		}
		b = append(append(b, t.Code...), ' ')
		b = strconv.AppendInt(b, int64(t.Rate), 10)
		b = strconv.AppendInt(append(b, ' '), int64(t.Base), 10)
		b = strconv.AppendInt(append(b, ' '), int64(t.Amount), 10)
	}
	return string(b)
}

// split is what the quote owes by service and nature. Of each printed rate, base and
// tax are shared among its services by the largest remainder of their lines.
func (k *desk) split() (ledger.Split, error) {
	q := &k.quote
	parts := k.parts[:0]
	for i := range q.Taxes {
		tax := &q.Taxes[i]
		if tax.Base == 0 && tax.Amount == 0 {
			continue
		}
		from := len(parts)
		for j := range q.Lines {
			l := &q.Lines[j]
			if l.Exempt != (tax.Code == tariff.TaxExempt) || !l.Exempt && l.Rate != tax.Rate {
				continue
			}
			parts = addWeight(parts, from, ledger.Part{Service: ledger.Service(l.Service), Nature: natureOf(l.Code), Amount: l.Amount})
		}
		var err error
		if parts, err = k.share(parts, from, tax); err != nil {
			return nil, err
		}
	}
	k.parts = parts
	return checkedSplit(parts, q.Total)
}

// addWeight adds a line to the weight of its service and nature.
func addWeight(parts []ledger.Part, from int, p ledger.Part) []ledger.Part {
	for i := range parts[from:] {
		if have := &parts[from+i]; have.Service == p.Service && have.Nature == p.Nature {
			have.Amount += p.Amount
			return parts
		}
	}
	return append(parts, p)
}

// share turns the weights from a place on into the shares of a printed rate: of its base,
// and behind them of its tax.
func (k *desk) share(parts []ledger.Part, from int, tax *tariff.Tax) ([]ledger.Part, error) {
	n := len(parts)
	if n == from {
		return parts, nil
	}
	if n == from+1 && parts[from].Amount > 0 { // one service takes the whole
		parts[from].Amount = tax.Base
		return append(parts, ledger.Part{Service: parts[from].Service, Nature: ledger.VAT, Rate: tax.Rate, Amount: tax.Amount}), nil
	}
	k.weights = k.weights[:0]
	for _, p := range parts[from:] {
		k.weights = append(k.weights, p.Amount)
	}
	bases, err := money.Split(tax.Base, k.weights)
	if err != nil {
		return nil, err
	}
	amounts, err := money.Split(tax.Amount, k.weights)
	if err != nil {
		return nil, err
	}
	for i := range bases {
		p := &parts[from+i]
		p.Amount = bases[i]
		parts = append(parts, ledger.Part{Service: p.Service, Nature: ledger.VAT, Rate: tax.Rate, Amount: amounts[i]})
	}
	return parts, nil
}

// checkedSplit is a split that sums to the total of its bill: Internal
// "billing.split" when it does not. The parts are room that is used again.
func checkedSplit(parts []ledger.Part, total money.Amount) (ledger.Split, error) {
	kept := slices.DeleteFunc(parts, func(p ledger.Part) bool { return p.Amount == 0 })
	for i := range kept {
		if kept[i].Nature != ledger.VAT {
			kept[i].Rate = 0
		}
	}
	split, err := ledger.NewSplit(kept...)
	if err != nil {
		return nil, err
	}
	sum, err := split.Total()
	if err == nil && sum != total {
		err = fault.New(fault.Internal, "billing.split", "amount", sum, "total", total)
	}
	return split, err
}

// tppanCode begins the codes of the audiovisual tax (interface of the tariffs).
const tppanCode = "TPPAN"

func natureOf(code string) ledger.Nature {
	if strings.HasPrefix(code, tppanCode) {
		return ledger.TPPAN
	}
	return ledger.Principal
}
