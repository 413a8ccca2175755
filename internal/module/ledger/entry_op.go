package ledger

import (
	"context"
	"iter"
	"strings"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/op"
)

// EntryFilter narrows the list of entries.
type EntryFilter struct {
	// From and To are effective dates, both included.
	From day.Date `json:"from"`
	To   day.Date `json:"to"`
	// Account keeps the entries with a line on an account of the chart.
	Account    string  `json:"account" in:"pattern=digits,max=10"`
	Journal    Journal `json:"journal"`
	Event      Event   `json:"event"`
	Batch      op.ID   `json:"batch"`
	Receivable op.ID   `json:"receivable_account" in:"ref=account.account.list"`
}

// PageKey is the row's place in its list.
func (e Entry) PageKey(string) []string { return []string{e.EffectiveOn.String(), e.ID.String()} }

// EntryRef points at an entry; an entry of no receivable account has none.
type EntryRef struct {
	ID         op.ID `json:"id" in:"required"`
	Receivable op.ID `json:"receivable_account" in:"ref=account.account.list"`
}

// EntryCard is an entry with its lines.
type EntryCard struct {
	Entry
	Lines []EntryLine `json:"lines"`
	// ReversedBy is the entry that takes it back; 0 is none.
	ReversedBy op.ID `json:"reversed_by"`
	// Number is its legal number (Numbers), empty while its month is open.
	Number string `json:"number"`
}

// EntryPost is the input of an entry written by a person (opération diverse).
type EntryPost struct {
	Unit op.ID    `json:"unit" in:"required,ref=org.unit.list"`
	On   day.Date `json:"effective_on" in:"required"`
	// Lines are "account ; debit ; credit", one on each line of the text.
	Lines    string `json:"lines" in:"required,max=8000,lines"`
	Document string `json:"document" in:"max=60"`
	Section  string `json:"section" in:"max=31"`
	Reason   string `json:"reason" in:"required,min=3,max=200"`
}

// EntryReverse is the input of taking such an entry back.
type EntryReverse struct {
	ID     op.ID    `json:"id" in:"required"`
	On     day.Date `json:"effective_on" in:"required"`
	Reason string   `json:"reason" in:"required,min=3,max=200"`
}

// EntryPosted is the answer of writing an entry.
type EntryPosted struct {
	ID     op.ID        `json:"id"`
	Period day.Date     `json:"period" out:"month"`
	Total  money.Amount `json:"total"`
}

// lines reads the text of an entry.
func (in EntryPost) lines() ([]Line, []fault.Field) {
	var out []Line
	var faults []fault.Field
	for i, text := range strings.Split(strings.TrimSpace(in.Lines), "\n") {
		if strings.TrimSpace(text) == "" {
			continue
		}
		cells := strings.Split(text, ";")
		for len(cells) < 3 {
			cells = append(cells, "")
		}
		debit, errDebit := amountCell(cells[1])
		credit, errCredit := amountCell(cells[2])
		account, _, _ := strings.Cut(strings.TrimSpace(cells[0]), " ")
		if len(cells) > 3 || errDebit != nil || errCredit != nil || debit < 0 || credit < 0 || (debit == 0) == (credit == 0) {
			faults = append(faults, fault.Field{Path: "lines", Code: "ledger.line_form", Args: fault.Args{"line": i + 1}})
			continue
		}
		out = append(out, Line{Book: Managing, Account: account, Amount: debit - credit})
	}
	if len(faults) == 0 && (len(out) < 2 || len(out) > LinesMax) {
		faults = append(faults, fault.Field{Path: "lines", Code: "ledger.line_count", Args: fault.Args{"max": LinesMax}})
	}
	return out, faults
}

func amountCell(s string) (money.Amount, error) {
	if s = strings.TrimSpace(s); s == "" {
		return 0, nil
	}
	return money.ParseAmount(s)
}

// Validate refuses lines that cannot be read or do not balance.
func (in *EntryPost) Validate() []fault.Field {
	lines, faults := in.lines()
	if len(faults) > 0 {
		return faults
	}
	if e := fault.As(balanced(lines)); e != nil {
		return []fault.Field{{Path: "lines", Code: e.Code, Args: e.Args}}
	}
	return nil
}

func (m *Module) registerEntries(r *op.Registry) {
	duties := []string{"NORM-3", "DIST-7"}
	op.RegisterList(r, op.Spec{Name: "ledger.entry.list", Path: "/ledger/entries", Duties: duties}, op.ListHandler[EntryFilter, Entry]{
		Sorts: []string{"-effective_on"},
		Rows: func(ctx context.Context, x *op.Exec, in EntryFilter) iter.Seq2[Entry, error] {
			return listEntries(ctx, x, in)
		},
	})
	op.RegisterGet(r, op.Spec{Name: "ledger.entry.show", Path: "/ledger/entries/{id}", Duties: duties}, op.GetHandler[EntryRef, EntryCard]{
		Targets: func(ctx context.Context, x *op.Exec, in EntryRef) ([]op.Target, error) {
			e, err := findEntry(ctx, x.R, in.Receivable, in.ID)
			return []op.Target{{Unit: int64(e.Unit)}}, err
		},
		Do: func(ctx context.Context, x *op.Exec, in EntryRef) (EntryCard, error) {
			return entryCard(ctx, x.R, in.Receivable, in.ID)
		},
	})
	op.RegisterCommand(r, op.Spec{
		Name: "ledger.entry.post", Path: "/ledger/entries", FourEyes: true, SoleAllowed: true, Duties: duties,
		Example: EntryPost{Lines: "6147;12,50;\n5141;;12,50", Reason: "Frais bancaires"},
	}, op.CommandHandler[EntryPost, EntryPosted]{
		Targets: func(_ context.Context, _ *op.Exec, in EntryPost) ([]op.Target, error) {
			lines, _ := in.lines()
			total := debits(lines)
			return []op.Target{{Unit: int64(in.Unit), Amount: &total}}, nil
		},
		Do: m.postManual,
	})
	op.RegisterCommand(r, op.Spec{
		Name: "ledger.entry.reverse", Path: "/ledger/entries/{id}/reverse", FourEyes: true, SoleAllowed: true, Duties: duties,
	}, op.CommandHandler[EntryReverse, EntryPosted]{
		Locks: func(in EntryReverse) []int64 { return []int64{int64(in.ID)} },
		Targets: func(ctx context.Context, x *op.Exec, in EntryReverse) ([]op.Target, error) {
			e, err := findEntry(ctx, x.R, 0, in.ID)
			return []op.Target{{Unit: int64(e.Unit), Amount: &e.Total}}, err
		},
		Do: m.reverseManual,
	})
}

// debits is the sum of the debits of balanced lines.
func debits(lines []Line) (total money.Amount) {
	for _, l := range lines {
		total += max(0, l.Amount) // balanced: Validate added them all up
	}
	return total
}

// postManual writes an entry of a person. Control accounts are explained by items and take
// none; nor do suspense accounts, which are back at zero within what goes through them.
func (m *Module) postManual(ctx context.Context, x *op.Exec, in EntryPost) (EntryPosted, error) {
	if in.On.After(x.Today) {
		return EntryPosted{}, fault.InvalidField("effective_on", "ledger.future", "today", x.Today)
	}
	lines, faults := in.lines()
	accounts, err := accountKinds(ctx, x.Tx, in.On)
	if err != nil {
		return EntryPosted{}, err
	}
	for _, l := range lines {
		code := ""
		switch kind, open := accounts[l.Account]; {
		case !open:
			code = "ledger.line_unknown"
		case kind == Control:
			code = "ledger.line_control"
		case kind == Suspense:
			code = "ledger.line_suspense"
		default:
			continue
		}
		faults = append(faults, fault.Field{Path: "lines", Code: code, Args: fault.Args{"account": l.Account}})
	}
	if err := fault.InvalidFields(faults); err != nil {
		return EntryPosted{}, err
	}
	stamps, err := m.StampsOf(ctx, x.Tx, in.Unit, Other, in.On)
	if err != nil {
		return EntryPosted{}, err
	}
	return m.writeManual(ctx, x, Posting{
		Stamps: stamps, On: in.On, Document: in.Document, Label: in.Reason, Section: in.Section, Actor: op.ID(x.Actor.UserID), manual: lines,
	})
}

// entryEffect is what the second person is shown of an entry: nothing of it differs
// when the entry is written, unless something has changed in between.
type entryEffect struct {
	Unit        op.ID        `json:"unit"`
	EffectiveOn day.Date     `json:"effective_on"`
	Period      day.Date     `json:"period" out:"month"`
	Document    string       `json:"document"`
	Label       string       `json:"label"`
	Total       money.Amount `json:"total"`
	Reverses    op.ID        `json:"reverses"`
	Lines       []EntryLine  `json:"lines"`
}

func (m *Module) writeManual(ctx context.Context, x *op.Exec, p Posting) (EntryPosted, error) {
	entries, err := m.Post(ctx, x.Tx, p)
	if err != nil {
		return EntryPosted{}, err
	}
	e := entries[0]
	lines, err := linesOf(ctx, x.Tx, 0, e.ID)
	if err != nil {
		return EntryPosted{}, err
	}
	effect := entryEffect{e.Unit, e.EffectiveOn, e.Period, e.Document, e.Label, e.Total, e.Reverses, lines}
	return EntryPosted{e.ID, e.Period, e.Total}, x.Change("ledger_entry", int64(e.ID), e.Label, nil, effect)
}

// reverseManual takes an entry of a person back, once.
func (m *Module) reverseManual(ctx context.Context, x *op.Exec, in EntryReverse) (EntryPosted, error) {
	card, err := entryCard(ctx, x.Tx, 0, in.ID)
	switch {
	case err != nil:
		return EntryPosted{}, err
	case card.Event != EventManual:
		return EntryPosted{}, fault.New(fault.Precondition, "ledger.entry_by_rule")
	case card.ReversedBy != 0 || card.Reverses != 0:
		return EntryPosted{}, fault.New(fault.Conflict, "ledger.entry_reversed")
	case in.On.After(x.Today):
		return EntryPosted{}, fault.InvalidField("effective_on", "ledger.future", "today", x.Today)
	case in.On.Before(card.EffectiveOn):
		return EntryPosted{}, fault.InvalidField("effective_on", "ledger.reverse_before", "date", card.EffectiveOn)
	}
	p := Posting{
		Stamps: Stamps{Managing: card.Unit, Entity: card.Entity, Operator: card.Operator}, On: in.On, Document: card.Document, Label: in.Reason,
		Actor: op.ID(x.Actor.UserID), reverses: card.ID,
	}
	for _, l := range card.Lines {
		p.manual = append(p.manual, Line{Book: Managing, Account: l.Account, Service: l.Service, Rate: l.Rate, Amount: -l.Amount})
		if l.Section != "" {
			p.Section = l.Section
		}
	}
	return m.writeManual(ctx, x, p)
}
