package ledger

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// BulkMax is how many accounts may be held, and items opened, at once: on PostgreSQL
// each account takes a place in the server's table of locks.
const BulkMax = 2000

// Holdings are receivable accounts that are locked for the rest of the transaction,
// with what each of them owes.
type Holdings struct{ byID map[op.ID]*account }

// HoldAll locks accounts and reads what is owed on them: the debits of which
// something is left. More than BulkMax are Limit "ledger.bulk".
func (m *Module) HoldAll(ctx context.Context, tx db.Tx, ids []op.ID) (*Holdings, error) {
	sorted := slices.Compact(slices.Sorted(slices.Values(ids)))
	if len(sorted) > BulkMax {
		return nil, fault.New(fault.Limit, "ledger.bulk", "max", BulkMax)
	}
	locks := make([]int64, len(sorted))
	h := &Holdings{make(map[op.ID]*account, len(sorted))}
	for i, id := range sorted {
		locks[i], h.byID[id] = int64(id), &account{}
	}
	if err := tx.Lock(ctx, locks...); err != nil {
		return nil, err
	}
	return h, h.load(ctx, tx, locks)
}

// Owed are the debits of an account of which something is left, oldest first
// (OldestFirst); what was opened since is among them.
func (h *Holdings) Owed(id op.ID, first ...ItemKind) []Position {
	if a := h.byID[id]; a != nil {
		return OldestFirst(a.positions, first...)
	}
	return nil
}

// Totals say how the entries of a bulk are written.
type Totals struct {
	Document, Label string
	Batch, Actor    op.ID
}

// OpenAll is Open for many items of money received, each with the debts it pays, on
// accounts that are held. Items and allocations are what Open would write one after
// the other; the entries are totals: one for each managing unit, collecting unit,
// entity, operator, day and kind of event, of no account (Entry.Account is 0).
// Errors are those of Open, with the index of the opening; the caller gives the
// transaction up.
func (m *Module) OpenAll(ctx context.Context, tx db.Tx, h *Holdings, t Totals, openings []Opening) ([]Opened, error) {
	if len(openings) == 0 {
		return nil, nil
	}
	if len(openings) > BulkMax {
		return nil, fault.New(fault.Limit, "ledger.bulk", "max", BulkMax)
	}
	first, err := tx.NewIDs(ctx, int64(len(openings)))
	if err != nil {
		return nil, err
	}
	b := &bulk{module: m, holdings: h, totals: t, out: make([]Opened, len(openings)), groups: make([]*group, len(openings)), byKey: map[bulkKey]*group{}}
	for i := range openings {
		if err := b.open(ctx, tx, &openings[i], op.ID(first+int64(i)), i); err != nil {
			e := *fault.As(err)
			e.Args = withIndex(e.Args, i)
			return nil, &e
		}
	}
	for _, g := range b.order {
		if g.entries, err = m.Post(ctx, tx, g.posting()); err != nil {
			return nil, err
		}
		if len(g.entries) == 0 {
			return nil, fault.New(fault.Invalid, "ledger.item_zero")
		}
	}
	if err := b.finish(ctx, tx); err != nil {
		return nil, err
	}
	return b.out, b.insert(ctx, tx)
}

func withIndex(args fault.Args, i int) fault.Args {
	out := fault.Args{"index": i}
	for k, v := range args {
		out[k] = v
	}
	return out
}

// bulk is one OpenAll under way.
type bulk struct {
	module   *Module
	holdings *Holdings
	totals   Totals
	out      []Opened
	groups   []*group // by opening
	byKey    map[bulkKey]*group
	order    []*group
	rows     int64
}

// bulkKey is what the openings of one entry have in common.
type bulkKey struct {
	stamps Stamps
	on     day.Date
	event  Event
}

// group is an entry to be: the facts of its openings, added up.
type group struct {
	bulkKey
	totals  Totals
	facts   []*Facts
	byFact  map[factKey]*Facts
	entries []Entry
}

// factKey is what facts that are added up have in common. tender, debit and credit are
// the accounts behind the roles.
type factKey struct {
	event                 Event
	regimes               Regimes
	tender, debit, credit string
}

// open plans one opening.
func (b *bulk) open(ctx context.Context, tx db.Tx, o *Opening, id op.ID, i int) error {
	total, err := o.Split.Total()
	if err != nil {
		return err
	}
	acc := b.holdings.byID[o.Account]
	if total <= 0 || o.Account == 0 || o.Kind.debit() || acc == nil {
		return fault.New(fault.Invalid, "ledger.item_zero")
	}
	o.Batch, o.Actor = b.totals.Batch, b.totals.Actor
	item, err := b.module.itemOf(ctx, tx, o, total)
	if err != nil {
		return err
	}
	item.ID = id
	key := bulkKey{o.Stamps, o.On, o.Kind.event()}
	g := b.byKey[key]
	if g == nil {
		g = &group{bulkKey: key, totals: b.totals, byFact: map[factKey]*Facts{}}
		b.byKey[key], b.order = g, append(b.order, g)
	}
	b.groups[i] = g
	facts := o.facts()
	if err := g.add(&facts); err != nil {
		return err
	}
	acc.add(item)
	rows := make([]Allocation, 0, len(o.Pay))
	for _, pay := range o.Pay {
		row, made, err := b.module.plan(ctx, tx, acc, Allocating{Debit: pay.Item, Credit: id, Amount: pay.Amount, Reserved: o.Reserved}, o.On)
		if err != nil {
			return err
		}
		for k := range made {
			if err := g.add(&made[k]); err != nil {
				return err
			}
		}
		rows = append(rows, row)
	}
	b.out[i] = Opened{Item: item, Allocations: rows}
	b.rows += int64(len(rows))
	return nil
}

// add adds facts to those of the group.
func (g *group) add(f *Facts) (err error) {
	key := factKey{f.Event, f.Regimes, f.Roles[RoleTender], f.Roles[RoleDebit], f.Roles[RoleCredit]}
	sum := g.byFact[key]
	if sum == nil {
		sum = &Facts{Event: f.Event, Regimes: f.Regimes, Roles: f.Roles}
		g.byFact[key], g.facts = sum, append(g.facts, sum)
	}
	for _, s := range []struct{ to, from *Split }{{&sum.Parts, &f.Parts}, {&sum.Debit, &f.Debit}, {&sum.Credit, &f.Credit}, {&sum.Prepaid, &f.Prepaid}} {
		if err := s.to.gather(*s.from); err != nil {
			return err
		}
	}
	for _, s := range []struct{ to, from *money.Amount }{{&sum.Sum, &f.Sum}, {&sum.Stamp, &f.Stamp}, {&sum.Fee, &f.Fee}, {&sum.FeeVAT, &f.FeeVAT}} {
		if *s.to, err = s.to.Add(*s.from); err != nil {
			return err
		}
	}
	return nil
}

// gather adds a split in place, in the order in which components come.
func (s *Split) gather(o Split) (err error) {
	for _, p := range o {
		i := slices.IndexFunc(*s, func(q Part) bool { return q.Service == p.Service && q.Nature == p.Nature && q.Rate == p.Rate })
		if i < 0 {
			*s = append(*s, p)
			continue
		}
		if (*s)[i].Amount, err = (*s)[i].Amount.Add(p.Amount); err != nil {
			return err
		}
	}
	return nil
}

// posting is the entry of a group.
func (g *group) posting() Posting {
	p := Posting{Stamps: g.stamps, On: g.on, Document: g.totals.Document, Label: g.totals.Label, Batch: g.totals.Batch, Actor: g.totals.Actor}
	for _, f := range g.facts {
		p.Events = append(p.Events, *f)
	}
	return p
}

// finish gives items and allocations what their entry knows, and the allocations
// their identities.
func (b *bulk) finish(ctx context.Context, tx db.Tx) error {
	next := int64(0)
	if b.rows > 0 {
		var err error
		if next, err = tx.NewIDs(ctx, b.rows); err != nil {
			return err
		}
	}
	for i := range b.out {
		o, g := &b.out[i], b.groups[i]
		o.Entries = g.entries
		o.Item.Stamp(g.entries[0])
		for k := range o.Allocations {
			row := &o.Allocations[k]
			row.ID, row.Batch, row.Actor = op.ID(next), b.totals.Batch, b.totals.Actor
			row.Entry, row.Period, row.credit = g.entries[0].ID, g.entries[0].Period, o.Item
			row.recorded(tx.Now())
			next++
		}
	}
	for _, a := range b.holdings.byID { // later openings of the transaction build on them
		for i := range a.positions {
			if p := &a.positions[i]; p.RecordedAt.IsZero() {
				p.RecordedAt = tx.Now()
			}
		}
	}
	return nil
}

// insert writes items, then allocations, in the order of the accounts.
func (b *bulk) insert(ctx context.Context, tx db.Tx) error {
	order := make([]*Opened, len(b.out))
	for i := range b.out {
		order[i] = &b.out[i]
	}
	slices.SortFunc(order, func(x, y *Opened) int {
		return cmp.Or(cmp.Compare(x.Item.Account, y.Item.Account), cmp.Compare(x.Item.ID, y.Item.ID))
	})
	var c changes
	_, err := insertItems(ctx, tx, func(yield func(*Item, error) bool) {
		for _, o := range order {
			if !yield(&o.Item, nil) {
				return
			}
		}
	}, &c)
	if err != nil {
		return err
	}
	err = insertAllocations(ctx, tx, func(yield func(*Allocation) bool) {
		for _, o := range order {
			for k := range o.Allocations {
				if !yield(&o.Allocations[k]) {
					return
				}
			}
		}
	})
	if err != nil {
		return err
	}
	for _, o := range order {
		for k := range o.Allocations {
			a := &o.Allocations[k]
			if err := cmp.Or(c.allocation(a.Amount, a.EffectiveOn, &a.debit, &a.credit), b.module.returned(ctx, tx, a)); err != nil {
				return err
			}
		}
	}
	return c.writeBulk(ctx, tx)
}

// recorded puts the instant: a transaction that waited for the lock may have begun
// before what it builds on.
func (a *Allocation) recorded(now time.Time) {
	for _, at := range []time.Time{now, a.debit.RecordedAt, a.credit.RecordedAt} {
		if at.After(a.RecordedAt) {
			a.RecordedAt = at
		}
	}
}

// allocationNames are the columns of an allocation, for Bulk.
func allocationNames() []string {
	return append(strings.Split(strings.Join(strings.Fields(allocationColumns), ""), ","), "managing_unit_id", "due_on", "issued_on", "category",
		"legal_nature", "credit_unit_id", "credit_category", "credit_legal_nature")
}
