package billing

import (
	"crypto/sha256"
	"encoding/base64"

	"wasl/internal/kernel/money"
	"wasl/internal/module/ledger"
	"wasl/internal/module/tariff"
	"wasl/internal/platform/op"
)

// bench is where the drafts of a piece of a part are made, by one processor.
type bench struct {
	*reading
	desk     desk
	drafts   []draft
	leaves   [][sha256.Size]byte
	findings []found
	heavy    []int
	net      money.Amount
	tax      money.Amount
	total    money.Amount
	groups   []*group
	books    []*account
	err      error
}

// group is the totals of one unit and category.
type group struct {
	unit     op.ID
	category string
	lines    []groupLine
	// kinds are what the bills come to by service; there are few.
	kinds []kindSum
}

// kindSum is what the bills of a service come to.
type kindSum struct {
	service string
	Figures
}

// groupLine is one line of the bills of a group, or one rate of a service.
type groupLine struct {
	service, code string
	rate          money.Rate
	tax           bool
	sum           totalSum
}

// account is what the bills of one unit and service post.
type account struct {
	bookKey
	bills int64
	total money.Amount
	parts []ledger.Part
}

// work makes the drafts of some consumptions.
func (b *bench) work(dues []Due) {
	b.leaves = make([][sha256.Size]byte, 0, len(dues))
	for i := range dues {
		if b.err = b.add(&dues[i]); b.err != nil {
			return
		}
	}
}

// keep notes a finding and says whether its bill stays.
func (b *bench) keep(d *Due, f *Finding) bool {
	if f == nil {
		return true
	}
	b.findings = append(b.findings, found{*f, d})
	return f.keeps(b.verdicts[verdictKey{d.Consumption, f.Rule}])
}

// add prices one consumption and puts its bill among the drafts.
func (b *bench) add(d *Due) error {
	if !b.frozen && !b.keep(d, judgeInput(d)) {
		return nil
	}
	b.drafts = append(b.drafts, draft{due: d})
	last := len(b.drafts) - 1
	next := &b.drafts[last]
	stays, err := b.try(d, next)
	if err != nil || !stays {
		b.drafts = b.drafts[:last]
		return err
	}
	if next.bill.Total >= highFloor {
		b.heavy = append(b.heavy, last)
	}
	return b.put(next)
}

// try prices one consumption and says whether its bill stays.
func (b *bench) try(d *Due, into *draft) (stays bool, err error) {
	err = b.desk.price(d, &into.bill)
	if b.frozen {
		if err == nil {
			into.split, err = b.desk.split()
		}
		return err == nil, err
	}
	if err == nil {
		if !b.keep(d, judgeBill(&into.bill)) || b.verdicts[verdictKey{d.Consumption, RuleHigh}] == verdictExcluded {
			return false, nil
		}
		into.split, err = b.desk.split()
	}
	if err == nil {
		return true, nil
	}
	f, err := refusal(err)
	if err == nil {
		b.keep(d, f)
	}
	return false, err
}

// put hashes and counts a bill that stays.
func (b *bench) put(d *draft) (err error) {
	bill, q, k := &d.bill, &b.desk.quote, &b.desk
	bill.IssuedOn, bill.DueOn, bill.Run = b.run.IssuedOn, b.run.DueOn, b.run.ID
	q.DocumentInto(&k.doc, func(code string) uint64 { return b.versions.ids[[2]string{bill.tariff, code}] })
	k.buf = k.doc.Append(k.buf[:0])
	k.text = base64.RawStdEncoding.AppendEncode(k.text[:0], k.buf)
	bill.document = string(k.text)
	if k.buf, err = bill.canonicalWith(k.buf, &k.doc, b.versions.shas); err != nil {
		return err
	}
	b.leaves = append(b.leaves, leafOf(k.buf))
	if b.net, b.tax, b.total, err = plus3(b.net, bill.Net, b.tax, bill.Tax, b.total, bill.Total); err != nil {
		return err
	}
	if err := b.group(bill).count(bill, q); err != nil {
		return err
	}
	return b.book(bill).count(bill, d.split)
}

// group finds the totals a bill belongs to; it is most often those of the bill before.
func (b *bench) group(bill *Bill) *group {
	for i := len(b.groups) - 1; i >= 0; i-- {
		if g := b.groups[i]; g.unit == bill.Unit && g.category == bill.Category {
			return g
		}
	}
	b.groups = append(b.groups, &group{unit: bill.Unit, category: bill.Category})
	return b.groups[len(b.groups)-1]
}

func (b *bench) book(bill *Bill) *account {
	for i := len(b.books) - 1; i >= 0; i-- {
		if a := b.books[i]; a.unit == bill.Unit && a.service == bill.Service {
			return a
		}
	}
	b.books = append(b.books, &account{bookKey: bookKey{bill.Unit, bill.Service}})
	return b.books[len(b.books)-1]
}

// count adds the lines and the rates of a bill.
func (g *group) count(bill *Bill, q *tariff.Quote) error {
	if err := g.kind(bill.Service).add(Figures{1, bill.Quantity, bill.Net, bill.Tax, bill.Total}); err != nil {
		return err
	}
	for i := range q.Lines {
		l := &q.Lines[i]
		if err := g.line(string(l.Service), l.Code, 0, false).add(l.Quantity, l.Amount); err != nil {
			return err
		}
	}
	for i := range q.Taxes {
		t := &q.Taxes[i]
		if t.Amount == 0 {
			continue
		}
		if err := g.line(bill.Service, "", t.Rate, true).add(0, t.Amount); err != nil {
			return err
		}
	}
	return nil
}

func (g *group) line(service, code string, rate money.Rate, tax bool) *totalSum {
	for i := range g.lines {
		if l := &g.lines[i]; l.code == code && l.service == service && l.rate == rate && l.tax == tax {
			return &l.sum
		}
	}
	g.lines = append(g.lines, groupLine{service: service, code: code, rate: rate, tax: tax})
	return &g.lines[len(g.lines)-1].sum
}

func (g *group) kind(service string) *Figures {
	for i := range g.kinds {
		if k := &g.kinds[i]; k.service == service {
			return &k.Figures
		}
	}
	g.kinds = append(g.kinds, kindSum{service: service})
	return &g.kinds[len(g.kinds)-1].Figures
}

func (s *totalSum) add(quantity money.Quantity, amount money.Amount) (err error) {
	s.bills++
	if s.quantity, err = money.Add(s.quantity, quantity); err != nil {
		return err
	}
	s.amount, err = s.amount.Add(amount)
	return err
}

// count adds what a bill owes.
func (a *account) count(bill *Bill, split ledger.Split) (err error) {
	a.bills++
	if a.total, err = a.total.Add(bill.Total); err != nil {
		return err
	}
next:
	for _, p := range split {
		for i := range a.parts {
			if have := &a.parts[i]; have.Service == p.Service && have.Nature == p.Nature && have.Rate == p.Rate {
				if have.Amount, err = have.Amount.Add(p.Amount); err != nil {
					return err
				}
				continue next
			}
		}
		a.parts = append(a.parts, p)
	}
	return nil
}

// taxLine begins the line of a rate in the totals of a run.
const taxLine = "TAX "

// sums are what the bills of the bench come to.
func (b *bench) sums() (sums, error) {
	s := sums{net: b.net, tax: b.tax, total: b.total, totals: map[totalKey]totalSum{}, kinds: map[kindKey]Figures{}, books: map[bookKey]bookSum{}}
	for _, g := range b.groups {
		for _, k := range g.kinds {
			s.kinds[kindKey{g.unit, k.service, g.category}] = k.Figures
		}
		for _, l := range g.lines {
			line := l.code
			if l.tax {
				line = taxLine + l.rate.String()
			}
			s.totals[totalKey{g.unit, l.service, g.category, line}] = l.sum
		}
	}
	for _, a := range b.books {
		split, err := ledger.NewSplit(a.parts...)
		if err != nil {
			return s, err
		}
		s.books[a.bookKey] = bookSum{a.bills, a.total, split}
	}
	return s, nil
}
