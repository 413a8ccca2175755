package ledger

import (
	"context"
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// A history is a random sequence of events, carried out by the module and, apart,
// by a ledger of two lists that knows nothing of splits, entries or SQL.

// step is one event to come; what it cannot do when its turn comes is passed over.
type step struct {
	What    string
	Account int
	// Wait is how many days pass before; Back how many days ago it happened.
	Wait, Back int
	Amount     int64
	Pick       int
	Term       int
}

func anyHistory() *rapid.Generator[[]step] {
	one := rapid.Custom(func(t *rapid.T) step {
		return step{
			What: rapid.SampledFrom([]string{
				"bill", "bill", "penalty", "cash", "cash", "cheque", "clear", "return", "advance", "unallocated", "allocate", "allocate", "undo", "note",
				"close", "move", "doubt", "trust", "fold", "fold",
			}).Draw(t, "what"),
			Account: rapid.IntRange(0, 2).Draw(t, "account"), Wait: rapid.IntRange(0, 9).Draw(t, "wait"), Back: rapid.SampledFrom([]int{0, 0, 0, 1, 5, 25}).Draw(t, "back"),
			Amount: rapid.OneOf(rapid.Int64Range(1, 30), rapid.Int64Range(1, 30_000)).Draw(t, "amount"), Pick: rapid.IntRange(0, 9).Draw(t, "pick"),
			Term: rapid.IntRange(0, 60).Draw(t, "term"),
		}
	})
	return rapid.SliceOfN(one, 5, 45)
}

// naiveItem and naiveMove are the other ledger.
type naiveItem struct {
	id, account   op.ID
	kind          ItemKind
	amount        money.Amount
	on, due, sent day.Date
	known         time.Time
	category      string
	unit          op.ID
}

type naiveMove struct {
	id, debit, credit op.ID
	amount            money.Amount
	on                day.Date
	known             time.Time
	undone            bool
	reserved          bool
}

// replay carries a history out.
type replay struct {
	*house
	items []naiveItem
	moves []naiveMove
	// doubts are what became doubtful of an item, or no longer is.
	doubts []naiveMove
	// moved says which accounts now belong to the other unit.
	moved [3]bool
}

// left is what remains of an item as of two clocks, without its sign.
func (p *replay) left(i naiveItem, at AsOf) money.Amount {
	out := max(i.amount, -i.amount)
	for _, m := range p.moves {
		if (m.debit == i.id || m.credit == i.id) && seen(at, m.on, m.known) {
			out -= m.amount
		}
	}
	return out
}

func seen(at AsOf, on day.Date, known time.Time) bool {
	return (at.On.IsZero() || !on.After(at.On)) && (at.KnownAt.IsZero() || !known.After(at.KnownAt))
}

// units and categories of the three accounts.
func (p *replay) place(n int) (account, unit op.ID, category string) {
	unit = p.units[[]string{"C1", "C2", "C1"}[n]]
	if p.moved[n] {
		unit = p.units[[]string{"C2", "C1", "C2"}[n]]
	}
	return op.ID(7001 + n), unit, []string{"domestic", "domestic", "industrial"}[n]
}

// serviceAt is the main service of the documents of an account.
func serviceAt(account op.ID) Service {
	if account%2 == 0 {
		return Electricity
	}
	return Water
}

// run carries out one step.
func (p *replay) run(s step) {
	p.clock.Advance(time.Duration(s.Wait)*24*time.Hour + time.Minute)
	on := day.Of(p.clock.Now()).AddDays(-s.Back)
	switch s.What {
	case "bill", "penalty", "cash", "cheque", "advance", "unallocated", "note":
		p.opens(s, on)
	case "clear", "return":
		p.cheque(s, on)
	case "allocate":
		p.allocates(s, on)
	case "undo":
		p.undoes(s, on)
	case "close":
		p.closes(s)
	case "doubt":
		p.doubt(s, on)
	case "trust":
		p.trust(s)
	case "fold":
		p.must(func(ctx context.Context, tx db.Tx) error {
			_, err := fold(ctx, tx, int64(1+s.Pick*s.Pick)) // mostly some of the changes, and of those of an account
			return err
		})
	case "move":
		p.moved[s.Account] = !p.moved[s.Account]
	}
}

// amountOf is the split of a step.
func (s step) split() (ItemKind, Split, string) {
	a := money.Amount(s.Amount)
	vat, _ := a.TimesRate(1000)
	parts := Split{{Water, Principal, 0, a}, {Water, VAT, 1000, vat}, {Electricity, TPPAN, 0, a / 7}}
	owed, _ := NewSplit(parts...)
	switch s.What {
	case "bill":
		return ItemBill, owed, ""
	case "penalty":
		return ItemPenalty, Split{{Water, Penalty, 0, a}}, ""
	case "note":
		return ItemCreditNote, owed, ""
	case "advance":
		return ItemAdvance, Received(a), "5141"
	case "unallocated":
		return ItemUnallocated, Received(a), "5141"
	case "cheque":
		return ItemReceipt, Received(a), "51111"
	}
	return ItemReceipt, Received(a), "51613"
}

// opens opens an item; a receipt pays the oldest debts.
func (p *replay) opens(s step, on day.Date) {
	account, unit, category := p.place(s.Account)
	kind, split, tender := s.split()
	o := Opening{
		Posting: Posting{Account: account, On: on, Stamps: Stamps{Managing: unit, Entity: p.entity}, Document: fmt.Sprintf("%s %d", s.What, len(p.items))},
		Kind:    kind, Split: split, Service: serviceAt(account), Category: category, LegalNature: "private", Tender: tender, DueOn: on.AddDays(s.Term), Reserved: s.What == "cheque",
	}
	if kind == ItemReceipt {
		p.read(func(ctx context.Context, r db.Reader) error {
			all, err := p.m.Positions(ctx, r, account)
			due := slices.DeleteFunc(OldestFirst(all), func(d Position) bool { return d.EffectiveOn.After(on) || d.Managing != unit })
			o.Pay, _ = Share(due, money.Amount(s.Amount))
			return err
		})
	}
	got := p.open(o)
	p.keep(got, on, unit, category)
}

// keep writes what was opened into the other ledger.
func (p *replay) keep(got Opened, on day.Date, unit op.ID, category string) {
	i := got.Item
	p.items = append(p.items, naiveItem{i.ID, i.Account, i.Kind, i.Amount, on, i.DueOn, i.IssuedOn, p.clock.Now(), category, unit})
	for _, a := range got.Allocations {
		p.pays(naiveMove{id: a.ID, debit: a.Debit, credit: a.Credit, amount: a.Amount, on: on, known: p.clock.Now(), reserved: a.Reserved})
	}
}

// cheque clears or gives back one of the cheques.
func (p *replay) cheque(s step, on day.Date) {
	var cheques []naiveItem
	for _, i := range p.items {
		live := slices.ContainsFunc(p.moves, func(m naiveMove) bool { return m.credit == i.id && m.reserved && !m.undone && m.amount > 0 })
		if i.kind == ItemReceipt && live && !on.Before(i.on) {
			cheques = append(cheques, i)
		}
	}
	if len(cheques) == 0 {
		return
	}
	c := cheques[s.Pick%len(cheques)]
	latest := on
	for _, m := range p.moves {
		if m.credit == c.id && m.on.After(latest) {
			latest = m.on
		}
	}
	if s.What == "clear" {
		p.must(func(ctx context.Context, tx db.Tx) error {
			_, err := p.m.Clear(ctx, tx, Clearing{Account: c.account, Credit: c.id, On: latest})
			return err
		})
		return
	}
	var got Opened
	p.must(func(ctx context.Context, tx db.Tx) (err error) {
		got, err = p.m.Return(ctx, tx, Returning{Account: c.account, Credit: c.id, Tender: "51111", On: latest, Reason: "Retour"})
		return err
	})
	for i := range p.moves {
		if m := p.moves[i]; m.credit == c.id && !m.undone && m.amount > 0 {
			p.back(i, latest)
		}
	}
	p.keep(got, latest, c.unit, c.category)
}

// back notes that an allocation was taken back.
func (p *replay) back(i int, on day.Date) {
	p.moves[i].undone = true
	m := p.moves[i]
	p.moves = append(p.moves, naiveMove{debit: m.debit, credit: m.credit, amount: -m.amount, on: on, known: p.clock.Now()})
}

func (p *replay) allocates(s step, on day.Date) {
	account, _, _ := p.place(s.Account)
	var debits, credits []naiveItem
	for _, i := range p.items {
		if i.account != account || i.on.After(on) || p.left(i, AsOf{}) <= 0 {
			continue
		}
		if i.amount > 0 {
			debits = append(debits, i)
		} else {
			credits = append(credits, i)
		}
	}
	if len(debits) == 0 || len(credits) == 0 {
		return
	}
	d, c := debits[s.Pick%len(debits)], credits[s.Term%len(credits)]
	amount := min(money.Amount(s.Amount), p.left(d, AsOf{}), p.left(c, AsOf{}))
	var row Allocation
	p.must(func(ctx context.Context, tx db.Tx) (err error) {
		row, err = p.m.Allocate(ctx, tx, Allocating{Account: account, Debit: d.id, Credit: c.id, Amount: amount, On: on})
		return err
	})
	p.pays(naiveMove{id: row.ID, debit: d.id, credit: c.id, amount: amount, on: on, known: p.clock.Now()})
}

// pays notes a payment, which brings back what of the debt is doubtful: on its day, or
// on that of the last transfer when it is of a day before.
func (p *replay) pays(m naiveMove) {
	p.moves = append(p.moves, m)
	if back := min(m.amount, p.doubtful(m.debit, AsOf{})); back > 0 {
		p.doubts = append(p.doubts, naiveMove{debit: m.debit, amount: -back, on: later(m.on, p.lastDoubt(m.debit)), known: m.known})
	}
}

func later(a, b day.Date) day.Date {
	if b.After(a) {
		return b
	}
	return a
}

// doubtful is what of an item is doubtful as of two clocks, lastDoubt when it last moved.
func (p *replay) doubtful(item op.ID, at AsOf) (sum money.Amount) {
	for _, d := range p.doubts {
		if d.debit == item && seen(at, d.on, d.known) {
			sum += d.amount
		}
	}
	return sum
}

func (p *replay) lastDoubt(item op.ID) (on day.Date) {
	for _, d := range p.doubts {
		if d.debit == item {
			on = later(on, d.on)
		}
	}
	return on
}

// doubtAfter is from how many days late debts are doubtful in a history.
const doubtAfter = 10

// doubt transfers what is doubtful in the books of a unit.
func (p *replay) doubt(s step, on day.Date) {
	_, unit, _ := p.place(s.Account)
	var want money.Amount
	var moved []naiveMove
	for _, i := range p.items {
		open := p.left(i, AsOf{}) - p.doubtful(i.id, AsOf{})
		touched := slices.ContainsFunc(p.moves, func(m naiveMove) bool { return m.debit == i.id && m.on.After(on) }) || p.lastDoubt(i.id).After(on)
		if i.unit == unit && i.amount > 0 && !i.on.After(on) && i.due.DaysUntil(on) >= doubtAfter && open > 0 && !touched {
			moved, want = append(moved, naiveMove{debit: i.id, amount: open, on: on, known: p.clock.Now()}), want+open
		}
	}
	p.must(func(ctx context.Context, tx db.Tx) error {
		if len(p.doubts) == 0 {
			rule := DoubtfulRule{ID: 99, ValidFrom: date("2000-01-02"), DaysLate: doubtAfter, Account: "3424", RecordedAt: tx.Now()}
			if err := insertDoubtfulRule(ctx, tx, &rule); err != nil {
				return err
			}
		}
		l, err := preparedList(ctx, tx, unit, on)
		if err != nil || l.Amount != want || int(l.Count) != len(moved) {
			p.t.Errorf("%d debts of %s are doubtful on %s, want %d of %s: %v", l.Count, l.Amount, on, len(moved), want, err)
		}
		_, err = p.m.makeDoubtful(ctx, tx, l, "Douteux", 1)
		if len(p.doubts) == 0 && len(moved) == 0 {
			_, err = tx.Exec(ctx, `DELETE FROM doubtful_rule WHERE id = 99`)
		}
		return err
	})
	p.doubts = append(p.doubts, moved...)
}

// trust takes one doubtful debt back.
func (p *replay) trust(s step) {
	var all []naiveItem
	for _, i := range p.items {
		if p.doubtful(i.id, AsOf{}) > 0 {
			all = append(all, i)
		}
	}
	if len(all) == 0 {
		return
	}
	i, on := all[s.Pick%len(all)], day.Of(p.clock.Now())
	amount := p.doubtful(i.id, AsOf{})
	p.must(func(ctx context.Context, tx db.Tx) error {
		_, err := p.m.comeBack(ctx, tx, i.account, i.id, on, "Régularisé", 1)
		return err
	})
	p.doubts = append(p.doubts, naiveMove{debit: i.id, amount: -amount, on: on, known: p.clock.Now()})
}

func (p *replay) undoes(s step, on day.Date) {
	var live []int
	for i, m := range p.moves {
		if m.amount > 0 && !m.undone && !m.on.After(on) && !p.returned(m.credit) {
			live = append(live, i)
		}
	}
	if len(live) == 0 {
		return
	}
	i := live[s.Pick%len(live)]
	account := p.items[slices.IndexFunc(p.items, func(n naiveItem) bool { return n.id == p.moves[i].debit })].account
	p.must(func(ctx context.Context, tx db.Tx) error {
		_, err := p.m.Reverse(ctx, tx, Reversing{Account: account, Allocation: p.moves[i].id, On: on, Reason: "Erreur"})
		return err
	})
	p.back(i, on)
}

// returned says that a receipt was given back: what pays it stays.
func (p *replay) returned(credit op.ID) bool {
	return slices.ContainsFunc(p.moves, func(m naiveMove) bool {
		d := slices.IndexFunc(p.items, func(n naiveItem) bool { return n.id == m.debit })
		return m.credit == credit && m.amount > 0 && d >= 0 && p.items[d].kind == ItemReturn
	})
}

// closes closes the next month of a unit, when it is over.
func (p *replay) closes(s step) {
	_, unit, _ := p.place(s.Account)
	err := p.write(func(ctx context.Context, tx db.Tx) error {
		last, err := lastClosed(ctx, tx, unit)
		if err != nil {
			return err
		}
		next := last.Add(1)
		if last.IsZero() {
			if next, err = firstOpenFact(ctx, tx, unit, last); err != nil || next.IsZero() {
				return err
			}
		}
		if !next.Before(day.MonthOf(day.Of(tx.Now()))) {
			return nil
		}
		_, err = p.m.CloseMonth(ctx, tx, unit, next, "Arrêté", 1)
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
}
