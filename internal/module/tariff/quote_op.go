package tariff

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// QuoteInput asks what a quantity costs.
type QuoteInput struct {
	Tariff string   `json:"tariff" in:"required,max=64"`
	From   day.Date `json:"from" in:"required"`
	To     day.Date `json:"to" in:"required"`
	// Months is the number of billing months; the version counts them when absent.
	Months   *money.Quantity `json:"months" in:"min=0,max=1000000000000"`
	Quantity money.Quantity  `json:"quantity" in:"min=0,max=1000000000000"`
	// TaxDate decides the VAT rates; the last day when absent.
	TaxDate day.Date `json:"tax_date"`
	// Attributes are written name=value.
	Attributes []string `json:"attributes" in:"max=140"`
}

// QuotedLine is one line of a bill.
type QuotedLine struct {
	Code    string  `json:"code"`
	Label   string  `json:"label"`
	Service Service `json:"service"`
	// Quantity and Price are absent from a line that is only an amount.
	Quantity *money.Quantity `json:"quantity,omitempty"`
	Unit     string          `json:"unit,omitempty"`
	Price    *money.Price    `json:"price,omitempty"`
	Amount   money.Amount    `json:"amount"`
	TaxRate  money.Rate      `json:"tax_rate"`
	Exempt   bool            `json:"exempt,omitempty"`
	Outside  bool            `json:"outside,omitempty"`
	// Version is the one that priced it.
	Version string `json:"version"`
	// ThirdParty is who is owed the amount; empty for the operator itself.
	ThirdParty string `json:"third_party,omitempty"`
}

// Answer is a quote with how it was made.
type Answer struct {
	Lines []QuotedLine `json:"lines"`
	Net   money.Amount `json:"net"`
	Tax   money.Amount `json:"tax"`
	Total money.Amount `json:"total"`
	// Versions are those that priced the period, as stored: a bill refers to them so.
	Versions []VersionRef `json:"versions"`
	// Explanation is how it was made, as data; Sentences the same for people.
	Explanation Explanation `json:"explanation"`
	Sentences   []string    `json:"sentences"`
}

// VersionRef names a stored version.
type VersionRef struct {
	ID     op.ID  `json:"id"`
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
}

func (m *Module) registerQuote(r *op.Registry) {
	op.RegisterGet(r, op.Spec{
		Name: "tariff.quote.explain", Path: "/tariff/quote", Duties: duties(),
		Example: QuoteInput{
			Tariff: "ma-elec-domestic", From: exampleDay("2026-03-01"), To: exampleDay("2026-03-31"), Quantity: 250_000, Attributes: []string{"use=domestic"},
		},
	}, op.GetHandler[QuoteInput, Answer]{Do: m.quote})
}

// exampleDay is a date of an example.
func exampleDay(s string) day.Date {
	d, err := day.Parse(s)
	if err != nil { // a constant of this file
		return day.Date{}
	}
	return d
}

// request reads the attributes.
func (in QuoteInput) request() (Request, error) {
	r := Request{Tariff: in.Tariff, From: in.From, To: in.To, Quantity: in.Quantity, TaxDate: in.TaxDate}
	if in.Months != nil {
		r.Months = *in.Months
	}
	for i, a := range in.Attributes {
		name, value, found := strings.Cut(a, "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if !found || name == "" || value == "" {
			return r, fault.InvalidField("attributes["+strconv.Itoa(i)+"]", "tariff.attribute_form")
		}
		r.Attributes = append(r.Attributes, Value{Name: name, Text: value})
	}
	return r, nil
}

func (m *Module) quote(ctx context.Context, x *op.Exec, in QuoteInput) (Answer, error) {
	r, err := in.request()
	if err != nil {
		return Answer{}, err
	}
	book, err := m.Book(ctx, x.R)
	if err != nil {
		return Answer{}, err
	}
	book.pointed(&r)
	var q Quote
	e, err := book.Explain(&r, &q)
	if err != nil {
		return Answer{}, err
	}
	out := Answer{Net: q.Net, Tax: q.Tax, Total: q.Total, Explanation: e}
	if m.words != nil {
		out.Sentences = e.Sentences(m.words)
	}
	for i := range q.Lines {
		out.Lines = append(out.Lines, q.lineOf(&q.Lines[i]))
	}
	out.Versions, err = refs(ctx, x.R, in.Tariff, q.Parts)
	return out, err
}

// pointed writes the numbers of a request with a point: a person types 1,5.
func (b *Book) pointed(r *Request) {
	t := b.Tariff(r.Tariff)
	if t == nil {
		return
	}
	for i := range r.Attributes {
		v := &r.Attributes[i]
		if slices.ContainsFunc(t.Attributes, func(a Attribute) bool { return a.Name == v.Name && a.Number() }) {
			v.Text = strings.Replace(v.Text, ",", ".", 1)
		}
	}
}

func (q *Quote) lineOf(l *Line) QuotedLine {
	out := QuotedLine{
		Code: l.Code, Label: l.Label, Service: l.Service, Amount: l.Amount, TaxRate: l.Rate, Exempt: l.Exempt, Outside: l.Outside,
		Version: q.Parts[l.Part].Version, ThirdParty: l.ThirdParty,
	}
	if l.Measured {
		quantity, price := l.Quantity, l.Price
		out.Quantity, out.Price, out.Unit = &quantity, &price, l.Unit
	}
	return out
}

// refs are the stored versions behind the parts of a quote.
func refs(ctx context.Context, r db.Reader, code string, parts []Part) ([]VersionRef, error) {
	all, err := versionsOf(ctx, r, NatureTariff, code)
	if err != nil {
		return nil, err
	}
	var out []VersionRef
	for _, p := range parts {
		for _, s := range all {
			if s.Name == p.Version && s.State == Active {
				out = append(out, VersionRef{s.ID, s.Name, s.SHA256})
			}
		}
	}
	return out, nil
}
