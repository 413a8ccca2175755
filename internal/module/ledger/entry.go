package ledger

import (
	"context"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// Entry is one balanced entry of the journal.
type Entry struct {
	// Account is the receivable account it concerns; 0 is none.
	Account op.ID   `json:"receivable_account" out:"ref=account"`
	ID      op.ID   `json:"id"`
	Event   Event   `json:"event"`
	Journal Journal `json:"journal"`
	// Unit is whose books hold it.
	Unit       op.ID `json:"unit" out:"ref=unit"`
	Entity     op.ID `json:"entity" out:"ref=entity"`
	Operator   op.ID `json:"operator" out:"ref=operator"`
	Managing   op.ID `json:"managing_unit" out:"ref=unit"`
	Collecting op.ID `json:"collecting_unit" out:"ref=unit"`
	// Node is the installation that issued it.
	Node  int64 `json:"node"`
	Batch op.ID `json:"batch"`
	// Exercise and BudgetYear are named by the year in which they begin.
	Exercise   int64 `json:"exercise"`
	BudgetYear int64 `json:"budget_year"`
	// EffectiveOn is when it happened, RecordedAt when it was written, Period the
	// first day of the accounting month that holds it.
	EffectiveOn day.Date  `json:"effective_on"`
	Period      day.Date  `json:"period" out:"month"`
	RecordedAt  time.Time `json:"recorded_at"`
	Document    string    `json:"document"`
	Label       string    `json:"label"`
	RuleSet     op.ID     `json:"rule_set"`
	Reverses    op.ID     `json:"reverses"`
	Actor       op.ID     `json:"actor" out:"ref=user"`
	// Total is the sum of the debits.
	Total money.Amount `json:"total"`
}

// EntryLine is a stored line: debits are positive, credits negative.
type EntryLine struct {
	Account string       `json:"account"`
	Service Service      `json:"service"`
	Section string       `json:"section"`
	Rate    money.Rate   `json:"rate"`
	Amount  money.Amount `json:"amount"`
}

// LinesMax bounds the lines of an entry.
const LinesMax = 200

// Posting is what becomes one entry, or one in each book.
type Posting struct {
	// Account is the receivable account; 0 for totals of a run.
	Account op.ID
	Stamps  Stamps
	// On is the day on which it happened.
	On       day.Date
	Document string
	Label    string
	// Section is the analytical section of charges and revenue (classes 6 and 7).
	Section string
	Batch   op.ID
	Actor   op.ID
	// Events make the entry together; the first one names it.
	Events []Facts
	// reverses is the entry that this one takes back.
	reverses op.ID
	// keep is a line a person wrote, for entries without rules.
	manual []Line
}

// Post writes the entry of a posting by the rules in force on its day, and says
// which entries it became: none when nothing is moved between accounts, two when
// one unit collects for another. Errors are those of Rules.Lines; no active set
// is Precondition "ledger.rules_none".
func (m *Module) Post(ctx context.Context, tx db.Tx, p Posting) ([]Entry, error) {
	rules, lines, err := m.linesOf(ctx, tx, &p)
	if err != nil {
		return nil, err
	}
	var out []Entry
	for _, book := range []Book{Managing, Collecting} {
		own := make([]Line, 0, len(lines))
		for _, l := range lines {
			if l.Book == book {
				own = append(own, l)
			}
		}
		if len(own) == 0 {
			continue
		}
		e, err := m.write(ctx, tx, &p, rules, book, own)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

// linesOf computes the lines of a posting.
func (m *Module) linesOf(ctx context.Context, tx db.Tx, p *Posting) (RuleSet, []Line, error) {
	if p.manual != nil {
		return RuleSet{}, p.manual, balanced(p.manual)
	}
	f, err := m.fiscalOf(ctx, tx, p.Stamps.Entity, p.On)
	if err != nil {
		return RuleSet{}, nil, err
	}
	set, err := m.rulesOn(ctx, tx, p.Stamps.Entity, p.On)
	if err != nil {
		return set, nil, err
	}
	lines, err := set.Rules.Lines(f.regimes, p.Stamps.collecting() == p.Stamps.Managing, set.Liaison, p.Events...)
	return set, lines, err
}

// balanced refuses lines that do not sum to zero.
func balanced(lines []Line) error {
	var sum money.Amount
	var err error
	for _, l := range lines {
		if sum, err = sum.Add(l.Amount); err != nil {
			return err
		}
	}
	if sum != 0 {
		return fault.New(fault.Conflict, "ledger.unbalanced", "amount", sum)
	}
	return nil
}

// write inserts one entry of a posting.
func (m *Module) write(ctx context.Context, tx db.Tx, p *Posting, set RuleSet, book Book, lines []Line) (Entry, error) {
	e := Entry{
		Account: p.Account, Unit: p.Stamps.Managing, Entity: p.Stamps.Entity, Operator: p.Stamps.Operator, Managing: p.Stamps.Managing,
		Collecting: p.Stamps.collecting(), Batch: p.Batch, EffectiveOn: p.On, RecordedAt: tx.Now(), Document: p.Document, Label: p.Label,
		RuleSet: set.ID, Reverses: p.reverses, Actor: p.Actor, Event: EventManual, Journal: JournalMisc,
	}
	if book == Collecting {
		e.Unit = p.Stamps.collecting()
	}
	if len(p.Events) > 0 {
		e.Event = p.Events[0].Event
		e.Journal = e.Event.journal()
	}
	for _, l := range lines {
		if l.Amount > 0 {
			e.Total += l.Amount // the other side of a sum that was checked
		}
	}
	f, err := m.fiscalOf(ctx, tx, p.Stamps.Entity, p.On)
	if err != nil {
		return e, err
	}
	e.Exercise, e.BudgetYear = int64(yearFrom(p.On, f.exercise)), int64(yearFrom(p.On, f.budgetMonth))
	month, err := m.periodFor(ctx, tx, e.Unit, p.On)
	if err != nil {
		return e, err
	}
	e.Period = month.First()
	id, err := tx.NewID(ctx)
	if err != nil {
		return e, err
	}
	e.ID, e.Node = op.ID(id), db.NodeOf(id)
	if err := insertEntry(ctx, tx, &e); err != nil {
		return e, err
	}
	return e, insertLines(ctx, tx, &e, p.Section, lines)
}

// sectioned says whether an account takes the analytical section: charges and
// revenue.
func sectioned(account string) bool { return account != "" && (account[0] == '6' || account[0] == '7') }
