package billing

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"sync"

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
	bill  Bill
	split ledger.Split
}

// found is a finding with what it is about.
type found struct {
	Finding
	due *Due
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

// sums are what some bills come to.
type sums struct {
	net    money.Amount
	tax    money.Amount
	total  money.Amount
	totals map[totalKey]totalSum
	books  map[bookKey]bookSum
}

// part is the drafts of some consumptions in order.
type part struct {
	sums
	drafts   []draft
	findings []found
	// read is how many consumptions were looked at, last the last of them.
	read   int
	last   place
	inputs string
	sha    string
	leaves [][sha256.Size]byte
}

// versionBook is the versions that may price: by tariff and code, and by id.
type versionBook struct {
	ids  map[[2]string]uint64
	shas map[uint64]string
}

// verdictKey is a finding of a run.
type verdictKey struct {
	consumption op.ID
	rule        Rule
}

// reading is what a part is made from, as one snapshot had it.
type reading struct {
	run      *Run
	dues     []Due
	last     place
	inputs   string
	book     *tariff.Book
	versions versionBook
	verdicts map[verdictKey]verdict
}

// compute makes the drafts of the consumptions after a place, up to a number of them, unless
// they were made ahead.
func (m *Module) compute(ctx context.Context, r db.Reader, run *Run, after place) (*part, error) {
	if p := m.ahead.take(run.ID, after); p != nil {
		return p, nil
	}
	return m.computeNow(ctx, r, run, after, nil)
}

// computeNow makes the drafts of the consumptions after a place: up to a number of them,
// or, when upTo is set, through that place.
func (m *Module) computeNow(ctx context.Context, r db.Reader, run *Run, after place, upTo *place) (*part, error) {
	rd, err := m.read(ctx, r, run, after, upTo)
	if err != nil {
		return nil, err
	}
	p, heavy, err := m.reckon(rd)
	if err != nil || len(heavy) == 0 {
		return p, err
	}
	return p, p.weigh(ctx, r, run, heavy)
}

// read reads what a part is made from.
func (m *Module) read(ctx context.Context, r db.Reader, run *Run, after place, upTo *place) (*reading, error) {
	rd := &reading{run: run, last: after}
	var err error
	if rd.dues, err = dueAfter(ctx, r, run, after, upTo); err != nil || len(rd.dues) == 0 {
		return rd, err
	}
	last := &rd.dues[len(rd.dues)-1]
	rd.last = place{last.Unit, last.Account, last.Consumption}
	if rd.book, err = m.tariffs.Book(ctx, r); err != nil {
		return nil, err
	}
	if rd.versions, err = versionsOf(ctx, r); err != nil {
		return nil, err
	}
	if rd.verdicts, err = verdictsOf(ctx, r, run.ID, rd.dues); err != nil {
		return nil, err
	}
	h := sha256.New()
	var buf []byte
	for i := range rd.dues {
		buf = rd.dues[i].inputBytes(buf)
		h.Write(buf)
	}
	rd.inputs = hex.EncodeToString(h.Sum(nil))
	return rd, nil
}

// reckon prices what was read, on several processors at once: each takes a piece of the
// order, and the pieces are put together in it, so that nothing shows how many there were.
// heavy are bills to be compared with those before, by their place among the drafts.
func (m *Module) reckon(rd *reading) (p *part, heavy []int, err error) {
	p = &part{read: len(rd.dues), last: rd.last, inputs: rd.inputs}
	pieces := min(m.workers, max(len(rd.dues)/pieceMin, 1))
	benches := make([]*bench, pieces)
	var all sync.WaitGroup
	for i := range benches {
		from, to := i*len(rd.dues)/pieces, (i+1)*len(rd.dues)/pieces
		benches[i] = &bench{reading: rd, desk: desk{book: rd.book}, drafts: make([]draft, 0, to-from)}
		if i+1 < pieces {
			all.Go(func() { benches[i].work(rd.dues[from:to]) })
		} else {
			benches[i].work(rd.dues[from:to])
		}
	}
	all.Wait()
	h := sha256.New()
	for _, b := range benches {
		if b.err != nil {
			return nil, nil, b.err
		}
		for _, leaf := range b.leaves {
			h.Write(leaf[:])
		}
		for _, i := range b.heavy {
			heavy = append(heavy, len(p.drafts)+i)
		}
		p.drafts, p.leaves, p.findings = join2(p.drafts, b.drafts), join2(p.leaves, b.leaves), append(p.findings, b.findings...)
		more, err := b.sums()
		if err == nil {
			err = p.sums.add(more)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	if len(rd.dues) > 0 {
		p.sha = hex.EncodeToString(h.Sum(nil))
	}
	return p, heavy, nil
}

// pieceMin is the least a processor is given.
const pieceMin = 200

// join2 puts one list behind another, without a copy when the first is empty.
func join2[T any](a, b []T) []T {
	if len(a) == 0 {
		return b
	}
	return append(a, b...)
}

// weigh compares heavy bills with those before them.
func (p *part) weigh(ctx context.Context, r db.Reader, run *Run, heavy []int) error {
	accounts := make([]int64, 0, len(heavy))
	for _, i := range heavy {
		accounts = append(accounts, int64(p.drafts[i].bill.Account))
	}
	past, err := pastOf(ctx, r, run, slices.Compact(accounts))
	if err != nil {
		return err
	}
	for _, i := range heavy {
		b := &p.drafts[i].bill
		if before := past[b.Account]; before.count > 0 && b.Total/highFactor > before.sum/money.Amount(before.count) {
			due := Due{Account: b.Account, Contract: b.contractID, Unit: b.Unit, Consumption: b.consumption, Code: b.Contract}
			p.findings = append(p.findings, found{Finding{Rule: RuleHigh, Amount: b.Total}, &due})
		}
	}
	return nil
}

// add adds what other bills come to.
func (s *sums) add(o sums) (err error) {
	if s.totals == nil {
		*s = o
		return nil
	}
	if s.net, s.tax, s.total, err = plus3(s.net, o.net, s.tax, o.tax, s.total, o.total); err != nil {
		return err
	}
	for k, more := range o.totals {
		t := s.totals[k]
		t.bills += more.bills
		if t.quantity, err = money.Add(t.quantity, more.quantity); err != nil {
			return err
		}
		if t.amount, err = t.amount.Add(more.amount); err != nil {
			return err
		}
		s.totals[k] = t
	}
	for k, more := range o.books {
		b := s.books[k]
		b.bills += more.bills
		if b.total, err = b.total.Add(more.total); err != nil {
			return err
		}
		if b.split, err = b.split.Plus(more.split); err != nil {
			return err
		}
		s.books[k] = b
	}
	return nil
}

// plus3 adds three pairs.
func plus3(a, b, c, d, e, f money.Amount) (x, y, z money.Amount, err error) {
	if x, err = a.Add(b); err != nil {
		return 0, 0, 0, err
	}
	if y, err = c.Add(d); err != nil {
		return 0, 0, 0, err
	}
	z, err = e.Add(f)
	return x, y, z, err
}
