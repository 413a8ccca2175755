package billing

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"

	"wasl/internal/kernel/money"
	"wasl/internal/module/ledger"
	"wasl/internal/module/tariff"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// place is where a consumption stands in the order of a run.
type place struct {
	Unit        op.ID `json:"unit"`
	Account     op.ID `json:"account"`
	Consumption op.ID `json:"consumption"`
}

// draft is a bill with what it owes by service and nature.
type draft struct {
	bill  *Bill
	split ledger.Split
}

// found is a finding with what it is about.
type found struct {
	Finding
	due Due
	// kept says that its bill is in the drafts.
	kept bool
}

// totalKey is a row of the totals of a run.
type totalKey struct {
	unit                    op.ID
	service, category, line string
}

type totalSum struct {
	bills    int64
	quantity money.Quantity
	amount   money.Amount
}

// bookKey is one entry of a run.
type bookKey struct {
	unit    op.ID
	service string
}

type bookSum struct {
	bills int64
	total money.Amount
	split ledger.Split
}

// part is the drafts of some consumptions in order.
type part struct {
	drafts   []draft
	findings []found
	// read is how many consumptions were looked at, last the last of them.
	read   int
	last   place
	inputs string
	sha    string
	leaves [][sha256.Size]byte
	net    money.Amount
	tax    money.Amount
	total  money.Amount
	totals map[totalKey]totalSum
	books  map[bookKey]bookSum
}

// versionBook is the versions that may price: by tariff and code, and by id.
type versionBook struct {
	ids  map[[2]string]uint64
	shas map[uint64]string
}

// bench is what the drafts of a part are made with.
type bench struct {
	run      *Run
	book     *tariff.Book
	versions versionBook
	verdicts map[verdictKey]verdict
	past     map[op.ID]before
	quote    tariff.Quote
	buf      []byte
	inputs   []byte
}

// verdictKey is a finding of a run.
type verdictKey struct {
	consumption op.ID
	rule        Rule
}

// compute makes the drafts of the consumptions after a place: up to a number of them,
// or, when upTo is set, through that place.
func (m *Module) compute(ctx context.Context, r db.Reader, run *Run, after place, upTo *place) (*part, error) {
	dues, err := dueAfter(ctx, r, run, after, upTo)
	if err != nil {
		return nil, err
	}
	p := &part{read: len(dues), last: after, totals: map[totalKey]totalSum{}, books: map[bookKey]bookSum{}}
	if len(dues) == 0 {
		return p, nil
	}
	b := &bench{run: run}
	if b.book, err = m.tariffs.Book(ctx, r); err != nil {
		return nil, err
	}
	if b.versions, err = versionsOf(ctx, r); err != nil {
		return nil, err
	}
	if b.verdicts, err = verdictsOf(ctx, r, run.ID, dues); err != nil {
		return nil, err
	}
	if b.past, err = pastOf(ctx, r, run.ID, dues); err != nil {
		return nil, err
	}
	inputs, bills := sha256.New(), sha256.New()
	for i := range dues {
		b.inputs = dues[i].inputBytes(b.inputs)
		inputs.Write(b.inputs)
		if err := b.add(p, &dues[i]); err != nil {
			return nil, err
		}
	}
	for _, leaf := range p.leaves {
		bills.Write(leaf[:])
	}
	last := dues[len(dues)-1]
	p.last = place{last.Unit, last.Account, last.Consumption}
	p.inputs, p.sha = hex.EncodeToString(inputs.Sum(nil)), hex.EncodeToString(bills.Sum(nil))
	return p, nil
}

// keep notes a finding and says whether its bill stays.
func (b *bench) keep(p *part, d *Due, f *Finding) bool {
	if f == nil {
		return true
	}
	v := b.verdicts[verdictKey{d.Consumption, f.Rule}]
	kept := f.keeps(v)
	p.findings = append(p.findings, found{*f, *d, kept})
	return kept
}

// add prices one consumption and puts its bill into the part.
func (b *bench) add(p *part, d *Due) error {
	if !b.keep(p, d, judgeInput(d)) {
		return nil
	}
	bill, err := price(b.book, d, &b.quote)
	if err != nil {
		f, err := refusal(err)
		if err == nil {
			b.keep(p, d, f)
		}
		return err
	}
	if !b.keep(p, d, judgeBill(bill, b.past[d.Account])) {
		return nil
	}
	split, err := splitOf(&b.quote)
	if err != nil {
		f, err := refusal(err)
		if err == nil {
			b.keep(p, d, f)
		}
		return err
	}
	return b.put(p, bill, split)
}

// put counts a bill that stays.
func (b *bench) put(p *part, bill *Bill, split ledger.Split) (err error) {
	bill.IssuedOn, bill.DueOn, bill.Run = b.run.IssuedOn, b.run.DueOn, b.run.ID
	doc := b.quote.Document(func(code string) uint64 { return b.versions.ids[[2]string{bill.tariff, code}] })
	bill.document = base64.RawStdEncoding.EncodeToString(doc.Append(nil))
	if b.buf, err = bill.canonical(b.buf, b.versions.shas); err != nil {
		return err
	}
	p.leaves = append(p.leaves, leafOf(b.buf))
	p.drafts = append(p.drafts, draft{bill, split})
	for _, sum := range []struct {
		to   *money.Amount
		more money.Amount
	}{{&p.net, bill.Net}, {&p.tax, bill.Tax}, {&p.total, bill.Total}} {
		if *sum.to, err = sum.to.Add(sum.more); err != nil {
			return err
		}
	}
	if err := p.countLines(bill, &b.quote); err != nil {
		return err
	}
	k := bookKey{bill.Unit, bill.Service}
	book := p.books[k]
	book.bills++
	if book.total, err = book.total.Add(bill.Total); err != nil {
		return err
	}
	if book.split, err = book.split.Plus(split); err != nil {
		return err
	}
	p.books[k] = book
	return nil
}

// taxLine begins the line of a rate in the totals of a run.
const taxLine = "TAX "

// countLines adds a bill to the totals by unit, service, category and line.
func (p *part) countLines(bill *Bill, q *tariff.Quote) error {
	count := func(service, line string, quantity money.Quantity, amount money.Amount) (err error) {
		k := totalKey{bill.Unit, service, bill.Category, line}
		sum := p.totals[k]
		sum.bills++
		if sum.quantity, err = money.Add(sum.quantity, quantity); err != nil {
			return err
		}
		if sum.amount, err = sum.amount.Add(amount); err != nil {
			return err
		}
		p.totals[k] = sum
		return nil
	}
	for i := range q.Lines {
		l := &q.Lines[i]
		if err := count(string(l.Service), l.Code, l.Quantity, l.Amount); err != nil {
			return err
		}
	}
	for _, t := range q.Taxes {
		if t.Amount == 0 {
			continue
		}
		if err := count(bill.Service, taxLine+t.Rate.String(), 0, t.Amount); err != nil {
			return err
		}
	}
	return nil
}
