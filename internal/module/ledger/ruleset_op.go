package ledger

import (
	"context"
	"encoding/csv"
	"iter"
	"slices"
	"strings"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// NoFilter narrows nothing.
type NoFilter struct{}

// PageKey is the row's place in its list.
func (s RuleSet) PageKey(string) []string { return []string{s.ValidFrom.String(), s.ID.String()} }

// RuleRef points at a set of rules.
type RuleRef struct {
	ID op.ID `json:"id" in:"required,ref=ledger.rule.list"`
}

// RuleCard is a set with its lines.
type RuleCard struct {
	RuleSet
	Lines []Rule `json:"lines"`
}

// RuleLine is a line of a set in a list: its columns are those of the file that
// ledger.rule.import reads.
type RuleLine struct {
	Rule
	line int64
}

// PageKey is the row's place in its list.
func (l RuleLine) PageKey(string) []string { return []string{op.ID(l.line).String()} }

// RuleImport is the input of handing in a set as a file.
type RuleImport struct {
	File      op.Upload `json:"file" in:"required"`
	Label     string    `json:"label" in:"required,min=2,max=120"`
	ValidFrom day.Date  `json:"valid_from" in:"required"`
	// Entity is whose rules they are; absent for all.
	Entity op.ID `json:"entity" in:"ref=org.entity.list"`
	// Liaison is the account of what one unit owes another.
	Liaison string `json:"liaison" in:"required,pattern=digits,max=10"`
	Reason  string `json:"reason" in:"required,min=3,max=500,lines"`
}

// RuleActivate is the input of putting a set in force.
type RuleActivate struct {
	ID      op.ID `json:"id" in:"required,ref=ledger.rule.list"`
	Version int64 `json:"version" in:"required,min=1"`
}

// RuleSaved is the answer of a change of a set.
type RuleSaved struct {
	ID      op.ID  `json:"id"`
	Version int64  `json:"version"`
	Lines   int64  `json:"lines"`
	SHA256  string `json:"sha256"`
}

func (m *Module) registerRules(r *op.Registry) {
	duties := []string{"NORM-3", "NORM-5"}
	op.RegisterList(r, op.Spec{Name: "ledger.rule.list", Path: "/ledger/rules", Duties: duties}, op.ListHandler[NoFilter, RuleSet]{
		Sorts: []string{"-valid_from"},
		Rows: func(ctx context.Context, x *op.Exec, _ NoFilter) iter.Seq2[RuleSet, error] {
			return listSets(ctx, x)
		},
	})
	op.RegisterGet(r, op.Spec{Name: "ledger.rule.show", Path: "/ledger/rules/{id}", Duties: duties}, op.GetHandler[RuleRef, RuleCard]{
		Do: func(ctx context.Context, x *op.Exec, in RuleRef) (RuleCard, error) {
			s, err := findSet(ctx, x.R, in.ID)
			return RuleCard{s, s.Rules}, err
		},
	})
	op.RegisterList(r, op.Spec{Name: "ledger.rule.lines", Path: "/ledger/rules/{id}/lines", Duties: duties}, op.ListHandler[RuleRef, RuleLine]{
		Sorts: []string{"line"},
		Rows: func(ctx context.Context, x *op.Exec, in RuleRef) iter.Seq2[RuleLine, error] {
			return ruleLines(ctx, x, in.ID)
		},
	})
	op.RegisterCommand(r, op.Spec{Name: "ledger.rule.import", Path: "/ledger/rules", Central: true, Duties: duties},
		op.CommandHandler[RuleImport, RuleSaved]{Do: m.importRules})
	op.RegisterCommand(r, op.Spec{
		Name: "ledger.rule.activate", Path: "/ledger/rules/{id}/activate", Central: true, FourEyes: true, SoleAllowed: true, Versioned: true, Duties: duties,
	}, op.CommandHandler[RuleActivate, RuleSaved]{
		Locks: func(in RuleActivate) []int64 { return []int64{int64(in.ID)} },
		Do:    m.activateRules,
	})
}

// importRules reads a set and keeps it as a draft when nothing is wrong with it.
func (m *Module) importRules(ctx context.Context, x *op.Exec, in RuleImport) (RuleSaved, error) {
	rules, err := readRules(string(in.File.Data))
	if err != nil {
		return RuleSaved{}, err
	}
	s := RuleSet{
		Label: in.Label, Entity: in.Entity, ValidFrom: in.ValidFrom, Status: Draft, Liaison: in.Liaison, SHA256: rules.digest(), Reason: in.Reason,
		Actor: op.ID(x.Actor.UserID), RecordedAt: x.Now, Version: 1, Rules: rules,
	}
	if err := checkSet(ctx, x.Tx, s); err != nil {
		return RuleSaved{}, err
	}
	id, err := x.Tx.NewID(ctx)
	if err != nil {
		return RuleSaved{}, err
	}
	s.ID = op.ID(id)
	if err := insertSet(ctx, x.Tx, &s); err != nil {
		return RuleSaved{}, err
	}
	return RuleSaved{s.ID, s.Version, int64(len(rules)), s.SHA256}, x.Change("ledger_rule", id, s.Label, nil, s)
}

// checkSet refuses a set with everything that is wrong with it.
func checkSet(ctx context.Context, r db.Reader, s RuleSet) error {
	accounts, err := accountKinds(ctx, r, s.ValidFrom)
	if err != nil {
		return err
	}
	faults := s.Rules.Check(accounts)
	if accounts[s.Liaison] != Liaison {
		faults = append(faults, fault.Field{Path: "liaison", Code: "ledger.rule_account", Args: fault.Args{"line": 0, "account": s.Liaison}})
	}
	for i := range faults {
		if faults[i].Path == "rules" {
			faults[i].Path = "file"
		}
	}
	return fault.InvalidFields(faults)
}

// ruleHeader is the header of the file of a set.
func ruleHeader() []string {
	return []string{"event", "regime", "book", "side", "account", "measure", "service", "nature"}
}

// ruleFileMax bounds the file of a set, in bytes.
const ruleFileMax = 256 << 10

// readRules reads the file of a set: CSV with the header of ledger.rule.lines,
// semicolons or commas. Another form is Invalid "ledger.rule_file".
func readRules(text string) (Rules, error) {
	text = strings.TrimPrefix(text, "\ufeff")
	head, _, _ := strings.Cut(text, "\n")
	reader := csv.NewReader(strings.NewReader(text))
	if strings.Contains(head, ";") {
		reader.Comma = ';'
	}
	rows, err := reader.ReadAll()
	if err != nil || len(text) > ruleFileMax || len(rows) < 2 || !slices.Equal(rows[0], ruleHeader()) {
		return nil, fault.InvalidField("file", "ledger.rule_file", "columns", strings.Join(ruleHeader(), ";"))
	}
	out := make(Rules, 0, len(rows)-1)
	for _, c := range rows[1:] {
		out = append(out, Rule{Event(c[0]), Regime(c[1]), Book(c[2]), Side(c[3]), c[4], Measure(c[5]), Service(c[6]), Nature(c[7])})
	}
	return out, nil
}

// activateRules puts a draft in force. What it would change is shown by worked
// entries: those of sample amounts that differ from the set in force.
func (m *Module) activateRules(ctx context.Context, x *op.Exec, in RuleActivate) (RuleSaved, error) {
	s, err := findSet(ctx, x.Tx, in.ID)
	if err != nil {
		return RuleSaved{}, err
	}
	if err := op.CheckVersion(s.Version, in.Version); err != nil {
		return RuleSaved{}, err
	}
	if s.Status != Draft {
		return RuleSaved{}, fault.New(fault.Precondition, "ledger.rule_active")
	}
	if s.ValidFrom.Before(x.Today) {
		return RuleSaved{}, fault.New(fault.Precondition, "ledger.rule_past", "date", x.Today)
	}
	if err := checkSet(ctx, x.Tx, s); err != nil {
		return RuleSaved{}, err
	}
	present, err := m.rulesOn(ctx, x.Tx, s.Entity, s.ValidFrom)
	if err != nil && fault.CodeOf(err) != "ledger.rules_none" {
		return RuleSaved{}, err
	}
	before, after := simulate(present, s)
	before["status"], after["status"] = Draft, Active
	s.Status, s.ActivatedBy = Active, op.ID(x.Actor.UserID)
	s.Version++
	if err := activateSet(ctx, x.Tx, &s, x.Now); err != nil {
		return RuleSaved{}, err
	}
	if err := db.Renew(ctx, x.Tx, ruleTopic); err != nil {
		return RuleSaved{}, err
	}
	return RuleSaved{s.ID, s.Version, int64(len(s.Rules)), s.SHA256}, x.Change("ledger_rule", int64(s.ID), s.Label, before, after)
}

// sample are facts of an event with round amounts, a principal for every service.
func sample(e Event) Facts {
	f := Facts{
		Event: e, Sum: 300_00, Stamp: 75, Fee: 12_50, FeeVAT: 1_25,
		Roles: map[Role]string{RoleTender: "@tender", RoleFrom: "@from", RoleDebit: "@debit", RoleCredit: "@credit"},
	}
	for _, n := range shapes()[e].natures {
		p := Part{Service: Water, Nature: n, Amount: 100_00}
		if n == VAT {
			p.Rate, p.Amount = 1000, 10_00
		}
		if n != Principal {
			f.Parts = append(f.Parts, p)
			continue
		}
		for i, service := range p.Service.EnumValues() { // 100, 200 … by service
			p.Service, p.Amount = Service(service), money.Amount(i+1)*100_00
			f.Parts = append(f.Parts, p)
		}
	}
	f.Debit = f.Parts
	return f
}

// simulate gives the entries of the sample facts by two sets, where they differ, by
// event and regime.
func simulate(present, next RuleSet) (before, after map[string]any) {
	before, after = map[string]any{}, map[string]any{}
	for _, name := range Event("").EnumValues() {
		for _, regime := range []Regime{OnReceipts, OnInvoices} {
			e := Event(name)
			was, is := worked(present, e, regime), worked(next, e, regime)
			if key := name + "." + string(regime); was != is {
				before[key], after[key] = was, is
			}
		}
	}
	return before, after
}

// worked is the entry of the sample facts of an event as one line of text.
func worked(s RuleSet, e Event, regime Regime) string {
	lines, err := s.Rules.Lines(Uniform(regime), true, s.Liaison, sample(e))
	if err != nil {
		return ""
	}
	var b strings.Builder
	for i, l := range lines {
		if i > 0 {
			b.WriteString(", ")
		}
		side, amount := "D ", l.Amount
		if l.Amount < 0 {
			side, amount = "C ", money.Amount(-l.Amount)
		}
		b.WriteString(side + l.Account + " " + amount.String())
	}
	return b.String()
}
