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
	due   *Due
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

// kindKey is a row of what a run is compared by.
type kindKey struct {
	unit              op.ID
	service, category string
}

// sums are what some bills come to.
type sums struct {
	net    money.Amount
	tax    money.Amount
	total  money.Amount
	totals map[totalKey]totalSum
	kinds  map[kindKey]Figures
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

// versionBook is the versions of a run: those that may price by tariff and code and by id,
// and all of them, with the tables of rates.
type versionBook struct {
	ids  map[[2]string]uint64
	shas map[uint64]string
	all  []op.ID
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
	// frozen are consumptions that were judged and approved.
	frozen bool
}

// compute makes the drafts of the consumptions after a place, up to a number of them, unless
// they were made ahead.
func (m *Module) compute(ctx context.Context, r db.Reader, run *Run, after place) (*part, error) {
	if p := m.ahead.take(run.ID, after); p != nil {
		return p, nil
	}
	return m.computeNow(ctx, r, run, after)
}

// computeNow makes the drafts of the next consumptions.
func (m *Module) computeNow(ctx context.Context, r db.Reader, run *Run, after place) (*part, error) {
	rd, err := m.read(ctx, r, run, after)
	if err != nil {
		return nil, err
	}
	return m.finished(ctx, r, rd)
}

// finished prices what was read and compares what is heavy with the bills before.
func (m *Module) finished(ctx context.Context, r db.Reader, rd *reading) (*part, error) {
	p, heavy, err := m.reckon(rd)
	if err != nil || len(heavy) == 0 || rd.frozen {
		return p, err
	}
	return p, p.weigh(ctx, r, rd.run, heavy)
}

// read reads what the next part is made from.
func (m *Module) read(ctx context.Context, r db.Reader, run *Run, after place) (*reading, error) {
	rd := &reading{run: run, last: after}
	var err error
	if rd.dues, err = dueAfter(ctx, r, run, after, nil); err != nil || len(rd.dues) == 0 {
		return rd, err
	}
	last := &rd.dues[len(rd.dues)-1]
	rd.last, rd.inputs = place{last.Unit, last.Account, last.Consumption}, inputsOf(rd.dues)
	if err := m.prices(ctx, r, rd); err != nil {
		return nil, err
	}
	rd.verdicts, err = verdictsOf(ctx, r, run.ID, rd.dues)
	return rd, err
}

// prices reads the versions that a run is computed with: those that were active when its
// drafts began, whatever is active now.
func (m *Module) prices(ctx context.Context, r db.Reader, rd *reading) (err error) {
	if rd.versions, err = versionsOf(ctx, r, rd.run.ID); err != nil {
		return err
	}
	rd.book, err = m.tariffs.BookOf(ctx, r, rd.versions.all)
	return err
}

// thawed reads again what a part of a run was priced from.
func (m *Module) thawed(ctx context.Context, r db.Reader, run *Run, no int64) (*reading, error) {
	rd := &reading{run: run, frozen: true}
	body, err := inputOf(ctx, r, run.ID, no)
	if err != nil {
		return nil, err
	}
	if rd.dues, err = thaw(body); err != nil {
		return nil, err
	}
	return rd, m.prices(ctx, r, rd)
}

// inputsOf is the hash of consumptions in order.
func inputsOf(dues []Due) string {
	h := sha256.New()
	var buf []byte
	for i := range dues {
		buf = dues[i].inputBytes(buf)
		h.Write(buf)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// reckon prices what was read, on several processors at once: each takes a piece of the
// order, and the pieces are put together in it, so that nothing shows how many there were.
// heavy are bills to be compared with those before, by their place among the drafts.
func (m *Module) reckon(rd *reading) (p *part, heavy []int, err error) {
	p = &part{read: len(rd.dues), last: rd.last, inputs: rd.inputs}
	pieces := min(m.workers, max(len(rd.dues)/pieceMin, 1))
	benches, room := make([]*bench, pieces), make([]draft, len(rd.dues))
	var all sync.WaitGroup
	for i := range benches {
		from, to := i*len(rd.dues)/pieces, (i+1)*len(rd.dues)/pieces
		benches[i] = &bench{reading: rd, desk: desk{book: rd.book, run: rd.run}, drafts: room[from:from:to]}
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
		p.drafts = append(room[:len(p.drafts)], b.drafts...) // each is where it belongs, or moves up
		p.leaves, p.findings = append(p.leaves, b.leaves...), append(p.findings, b.findings...)
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
	for k, more := range o.kinds {
		f := s.kinds[k]
		if err := f.add(more); err != nil {
			return err
		}
		s.kinds[k] = f
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
