package ledger

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// DoubtfulRule says from which age the debts of a category and legal nature are
// doubtful (créances douteuses).
type DoubtfulRule struct {
	ID op.ID `json:"id"`
	// Category and LegalNature narrow it; empty is every one.
	Category    string   `json:"category"`
	LegalNature string   `json:"legal_nature"`
	ValidFrom   day.Date `json:"valid_from"`
	// DaysLate is how many days after its due date a debt is doubtful; 0 is never.
	DaysLate int64 `json:"days_late"`
	// Account is the control account of doubtful debts.
	Account string `json:"account"`
	Label   string `json:"label"`
	Reason  string `json:"reason"`
	Actor   op.ID  `json:"actor" out:"ref=user"`
	// RecordedAt is zero for the example that came with the program.
	RecordedAt time.Time `json:"recorded_at"`
}

// DoubtfulRulesMax bounds the rules in force on a day.
const DoubtfulRulesMax = 50

// inForce are the rules of a day, the most specific first: the nature of a debtor says
// more than his category.
func inForce(all []DoubtfulRule, on day.Date) []DoubtfulRule {
	var out []DoubtfulRule
	for _, r := range all { // in order of date, then of identity: the last one holds
		if r.ValidFrom.After(on) {
			continue
		}
		out = append(slices.DeleteFunc(out, func(o DoubtfulRule) bool { return o.Category == r.Category && o.LegalNature == r.LegalNature }), r)
	}
	weight := func(r DoubtfulRule) (n int) {
		if r.LegalNature != "" {
			n += 2
		}
		if r.Category != "" {
			n++
		}
		return n
	}
	slices.SortStableFunc(out, func(a, b DoubtfulRule) int {
		return cmp.Or(cmp.Compare(weight(b), weight(a)), cmp.Compare(a.LegalNature, b.LegalNature), cmp.Compare(a.Category, b.Category))
	})
	return out
}

// Doubtful is a debt of which something is to be transferred.
type Doubtful struct {
	Item
	// Left is what is owed of it, InDoubt what has been transferred before, Transfer
	// what is to be transferred now.
	Left     money.Amount `json:"left"`
	InDoubt  money.Amount `json:"in_doubt"`
	Transfer money.Amount `json:"transfer"`
	// DaysLate counts to the day of the list; Rule is what makes it doubtful.
	DaysLate int64  `json:"days_late"`
	Rule     op.ID  `json:"rule"`
	To       string `json:"to_account"`
}

// PageKey is the row's place in its list.
func (d Doubtful) PageKey(string) []string {
	return []string{d.DueOn.String(), d.Account.String(), d.ID.String()}
}

// DoubtfulMax bounds the debts of one transfer; the oldest go first, and what is left
// makes another list.
const DoubtfulMax = BulkMax

// DoubtfulList is a prepared list: what a transfer of a unit would move.
type DoubtfulList struct {
	Unit     op.ID        `json:"unit" out:"ref=unit"`
	On       day.Date     `json:"effective_on"`
	Count    int64        `json:"count"`
	Accounts int64        `json:"accounts"`
	Amount   money.Amount `json:"amount"`
	// Oldest is the earliest due date of the list.
	Oldest day.Date `json:"oldest_due_on"`
	// More says that there are more than DoubtfulMax.
	More bool `json:"more"`
	// SHA256 is that of the list: a second person approves this one and no other.
	SHA256 string `json:"sha256"`
	rows   []Doubtful
}

// listOf adds a prepared list up.
func listOf(unit op.ID, on day.Date, rows []Doubtful) (DoubtfulList, error) {
	l := DoubtfulList{Unit: unit, On: on, More: len(rows) > DoubtfulMax}
	l.rows = rows[:min(len(rows), DoubtfulMax)]
	h, accounts := sha256.New(), map[op.ID]bool{}
	fmt.Fprintf(h, "%d %s\n", int64(unit), on) // a hash takes every byte
	for _, r := range l.rows {
		fmt.Fprintf(h, "%d %d %d %s\n", int64(r.Account), int64(r.ID), int64(r.Transfer), r.To)
		accounts[r.Account] = true
		var err error
		if l.Amount, err = l.Amount.Add(r.Transfer); err != nil {
			return l, err
		}
	}
	if len(l.rows) > 0 {
		l.Oldest = l.rows[0].DueOn
	}
	l.Count, l.Accounts, l.SHA256 = int64(len(l.rows)), int64(len(accounts)), hex.EncodeToString(h.Sum(nil))
	return l, nil
}

// Transfer is what of an item has gone to the account of doubtful debts, or come back.
type Transfer struct {
	Account op.ID  `json:"receivable_account" out:"ref=account"`
	ID      op.ID  `json:"id"`
	Item    op.ID  `json:"item"`
	From    string `json:"from_account"`
	To      string `json:"to_account"`
	// Amount is above zero for what became doubtful, below for what came back.
	Amount money.Amount `json:"amount"`
	// Allocation is the payment that brought it back; 0 is none.
	Allocation  op.ID     `json:"allocation"`
	Entry       op.ID     `json:"entry"`
	Actor       op.ID     `json:"actor" out:"ref=user"`
	Reason      string    `json:"reason"`
	EffectiveOn day.Date  `json:"effective_on"`
	Period      day.Date  `json:"period" out:"month"`
	RecordedAt  time.Time `json:"recorded_at"`

	of Item
}

// transferKey is what the debts of one entry have in common.
type transferKey struct {
	entity, operator op.ID
	from, to         string
}

// makeDoubtful posts a prepared list: one entry for each entity, operator and pair of
// accounts, of no receivable account, and a row a debt. The accounts are locked.
func (m *Module) makeDoubtful(ctx context.Context, tx db.Tx, l DoubtfulList, reason string, actor op.ID) ([]Entry, error) {
	sums, order := map[transferKey]money.Amount{}, []transferKey{}
	for _, r := range l.rows {
		k := transferKey{r.Entity, r.Operator, r.Control, r.To}
		if _, known := sums[k]; !known {
			order = append(order, k)
		}
		sums[k] += r.Transfer // parts of a sum that was checked
	}
	var out []Entry
	for _, k := range order {
		entries, err := m.postTransfer(ctx, tx, Posting{
			Stamps: Stamps{Managing: l.Unit, Entity: k.entity, Operator: k.operator}, On: l.On, Label: reason, Actor: actor,
		}, k.from, k.to, sums[k])
		if err != nil {
			return out, err
		}
		out = append(out, entries...)
		for _, r := range l.rows {
			if k != (transferKey{r.Entity, r.Operator, r.Control, r.To}) {
				continue
			}
			err := m.insertTransfer(ctx, tx, &Transfer{
				Item: r.ID, From: k.from, To: k.to, Amount: r.Transfer, Entry: entries[0].ID, Period: entries[0].Period, Actor: actor, Reason: reason,
				EffectiveOn: l.On, of: r.Item,
			})
			if err != nil {
				return out, err
			}
		}
	}
	return out, nil
}

// postTransfer posts an amount from one control account to another in one book.
func (m *Module) postTransfer(ctx context.Context, tx db.Tx, p Posting, from, to string, amount money.Amount) ([]Entry, error) {
	p.Events = []Facts{{Event: EventDoubtful, Sum: amount}}
	p.manual = []Line{{Book: Managing, Account: to, Amount: amount}, {Book: Managing, Account: from, Amount: -amount}}
	return m.Post(ctx, tx, p)
}

// comeBack returns the whole of what of an item is doubtful to its own account, by a
// new entry.
func (m *Module) comeBack(ctx context.Context, tx db.Tx, account, item op.ID, on day.Date, reason string, actor op.ID) (Transfer, error) {
	acc, err := loadAccount(ctx, tx, account)
	if err != nil {
		return Transfer{}, err
	}
	p := acc.find(item)
	switch {
	case p == nil:
		return Transfer{}, fault.New(fault.NotFound, "ledger.item_unknown")
	case p.InDoubt == 0:
		return Transfer{}, fault.New(fault.Precondition, "ledger.doubtful_none", "document", p.Document)
	case on.Before(p.doubtfulOn):
		return Transfer{}, fault.InvalidField("effective_on", "ledger.reverse_before", "date", p.doubtfulOn)
	}
	entries, err := m.postTransfer(ctx, tx, Posting{
		Account: account, Stamps: Stamps{Managing: p.Managing, Entity: p.Entity, Operator: p.Operator}, On: on, Document: p.Document, Label: reason,
		Actor: actor,
	}, p.doubtfulAt, p.Control, p.InDoubt)
	if err != nil {
		return Transfer{}, err
	}
	t := Transfer{
		Item: item, From: p.Control, To: p.doubtfulAt, Amount: -p.InDoubt, Entry: entries[0].ID, Period: entries[0].Period, Actor: actor, Reason: reason,
		EffectiveOn: on, of: p.Item,
	}
	return t, m.insertTransfer(ctx, tx, &t)
}

// returned notes what a payment brought back of a doubtful debt: the entry of the
// payment takes it off that account, or one of its own.
func (m *Module) returned(ctx context.Context, tx db.Tx, row *Allocation) error {
	if row.recovered == 0 {
		return nil
	}
	t := Transfer{
		Item: row.Debit, From: row.debit.Control, To: row.doubtfulAt, Amount: -row.recovered, Allocation: row.ID, Entry: row.Entry, Period: row.Period,
		Actor: row.Actor, Reason: row.Reason, EffectiveOn: row.recoveredOn, of: row.debit,
	}
	if row.inEntry() == 0 {
		entries, err := m.postTransfer(ctx, tx, Posting{
			Account: row.Account, Stamps: Stamps{Managing: row.debit.Managing, Entity: row.debit.Entity, Operator: row.debit.Operator}, On: row.recoveredOn,
			Document: row.debit.Document, Label: row.Reason, Batch: row.Batch, Actor: row.Actor,
		}, t.To, t.From, row.recovered)
		if err != nil {
			return err
		}
		t.Entry, t.Period = entries[0].ID, entries[0].Period
	}
	return m.insertTransfer(ctx, tx, &t)
}

// insertTransfer gives a row its identity and writes it.
func (m *Module) insertTransfer(ctx context.Context, tx db.Tx, t *Transfer) error {
	id, err := tx.NewID(ctx)
	if err != nil {
		return err
	}
	t.ID, t.Account, t.RecordedAt = op.ID(id), t.of.Account, tx.Now()
	if t.of.RecordedAt.After(t.RecordedAt) { // a transaction that waited for the lock may have begun before
		t.RecordedAt = t.of.RecordedAt
	}
	var c changes
	if err := c.put(keyOf(&t.of, t.EffectiveOn), totalSums{doubtful: t.Amount}); err != nil {
		return err
	}
	if err := writeTransfer(ctx, tx, t); err != nil {
		return err
	}
	return c.write(ctx, tx)
}
