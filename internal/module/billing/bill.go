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
// name, else class and category, use, households and power.
func (d *Due) request(t *tariff.Tariff) (tariff.Request, error) {
	known := map[string]string{
		"class": d.Category, "category": d.Category, "use": d.VATUse, "households": strconv.FormatInt(d.Households, 10), "power": d.Power.String(),
	}
	if d.Attributes != "" {
		own := map[string]string{}
		if err := json.Unmarshal([]byte(d.Attributes), &own); err != nil {
			return tariff.Request{}, fault.Wrap(err, fault.Internal, "billing.attributes")
		}
		for name, value := range own {
			known[name] = value
		}
	}
	r := tariff.Request{Tariff: d.Tariff, From: d.From, To: d.To, Quantity: d.Quantity, Months: monthsOf(t, d.From, d.To)}
	for _, a := range t.Attributes {
		if value := known[a.Name]; value != "" {
			r.Attributes = append(r.Attributes, tariff.Value{Name: a.Name, Text: value})
		}
	}
	return r, nil
}

// attributesText keeps the attributes of a request inside the bill.
func attributesText(values []tariff.Value) string {
	parts := make([]string, len(values))
	for i, v := range values {
		parts[i] = v.Name + "=" + v.Text
	}
	return strings.Join(parts, "\n")
}

// requestOf is the request a bill was made from; t is its tariff, nil when it is gone.
func (b *Bill) requestOf(t *tariff.Tariff) tariff.Request {
	r := tariff.Request{Tariff: b.tariff, From: b.From, To: b.To, Quantity: b.Quantity}
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

// price makes a bill of a due consumption. q is room to work in and holds the quote.
// Errors are those of tariff.Book.Quote; tariff.unknown when the contract names none.
func price(book *tariff.Book, d *Due, q *tariff.Quote) (*Bill, error) {
	t := book.Tariff(d.Tariff)
	if t == nil {
		return nil, fault.New(fault.Invalid, "tariff.unknown", "tariff", d.Tariff)
	}
	r, err := d.request(t)
	if err != nil {
		return nil, err
	}
	if err := book.QuoteInto(&r, q); err != nil {
		return nil, err
	}
	return &Bill{
		Account: d.Account, Kind: KindBill, Contract: d.Code, Unit: d.Unit, Service: d.Service, Category: d.Category, From: d.From, To: d.To,
		Quantity: d.Quantity, Net: q.Net, Tax: q.Tax, Total: q.Total, turn: d.Turn, contractID: d.Contract, consumption: d.Consumption,
		legalNature: d.LegalNature, tariff: d.Tariff, attributes: attributesText(r.Attributes), taxes: taxesText(q.Taxes),
	}, nil
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

// taxKey is what a line and a printed rate have in common.
func taxKey(rate money.Rate, exempt bool) string {
	if exempt {
		return tariff.TaxExempt
	}
	return strconv.FormatInt(int64(rate), 10)
}

// splitOf is what a quote owes by service and nature. Of each printed rate, base and
// tax are shared among its services by the largest remainder of their lines.
func splitOf(q *tariff.Quote) (ledger.Split, error) {
	var parts []ledger.Part
	for _, tax := range q.Taxes {
		weights, order := map[ledger.Part]money.Amount{}, []ledger.Part{}
		for i := range q.Lines {
			l := &q.Lines[i]
			if taxKey(l.Rate, l.Exempt) != taxKey(tax.Rate, tax.Code == tariff.TaxExempt) {
				continue
			}
			k := ledger.Part{Service: ledger.Service(l.Service), Nature: natureOf(l.Code)}
			if _, known := weights[k]; !known {
				order = append(order, k)
			}
			weights[k] += l.Amount
		}
		shares := make([]money.Amount, len(order))
		for i, k := range order {
			shares[i] = weights[k]
		}
		if len(order) == 0 || tax.Base == 0 && tax.Amount == 0 {
			continue
		}
		bases, err := money.Split(tax.Base, shares)
		if err != nil {
			return nil, err
		}
		amounts, err := money.Split(tax.Amount, shares)
		if err != nil {
			return nil, err
		}
		for i, k := range order {
			k.Amount = bases[i]
			parts = append(parts, k, ledger.Part{Service: k.Service, Nature: ledger.VAT, Rate: tax.Rate, Amount: amounts[i]})
		}
	}
	return checkedSplit(parts, q.Total)
}

// checkedSplit is a split that sums to the total of its bill: Internal
// "billing.split" when it does not.
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
