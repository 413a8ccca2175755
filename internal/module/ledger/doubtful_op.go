package ledger

import (
	"context"
	"iter"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// DoubtfulRuleSet is the input of a rule of doubtful debts.
type DoubtfulRuleSet struct {
	Category    string      `json:"category" in:"max=31"`
	LegalNature LegalNature `json:"legal_nature"`
	ValidFrom   day.Date    `json:"valid_from" in:"required"`
	// DaysLate is how many days after its due date a debt is doubtful; 0 is never.
	DaysLate int64  `json:"days_late" in:"min=0,max=36500"`
	Account  string `json:"account" in:"required,pattern=digits,max=10"`
	Label    string `json:"label" in:"required,min=2,max=120"`
	Reason   string `json:"reason" in:"required,min=3,max=500,lines"`
}

// DoubtfulRuleSaved is its answer.
type DoubtfulRuleSaved struct {
	ID op.ID `json:"id"`
}

// DoubtfulFilter asks for the debts to be transferred.
type DoubtfulFilter struct {
	// Scope is a unit with all below it; On the day of the list, by default today.
	Scope op.ID    `json:"scope" in:"ref=org.unit.list"`
	On    day.Date `json:"effective_on"`
}

// DoubtfulAsk asks for the list of a unit.
type DoubtfulAsk struct {
	// ID is the unit, whose books hold the debts.
	ID op.ID    `json:"id" in:"required,ref=org.unit.list"`
	On day.Date `json:"effective_on"`
}

// DoubtfulTransfer is the input of transferring a prepared list.
type DoubtfulTransfer struct {
	Unit op.ID    `json:"unit" in:"required,ref=org.unit.list"`
	On   day.Date `json:"effective_on" in:"required"`
	// SHA256 is that of the list that was prepared.
	SHA256 string `json:"sha256" in:"required,max=64"`
	Reason string `json:"reason" in:"required,min=3,max=500,lines"`
}

// DoubtfulMade is its answer.
type DoubtfulMade struct {
	Count   int64        `json:"count"`
	Amount  money.Amount `json:"amount"`
	Entries []op.ID      `json:"entries"`
}

// DoubtfulReturn is the input of taking a debt back from the account of doubtful ones.
type DoubtfulReturn struct {
	ID         op.ID    `json:"id" in:"required"`
	Receivable op.ID    `json:"receivable_account" in:"required,ref=account.account.list"`
	On         day.Date `json:"effective_on"`
	Reason     string   `json:"reason" in:"required,min=3,max=500,lines"`
}

// PageKey is the row's place in its list.
func (r DoubtfulRule) PageKey(string) []string { return []string{r.ValidFrom.String(), r.ID.String()} }

func (m *Module) registerDoubtful(r *op.Registry) {
	duties := []string{"DRI-08", "DRI-11"}
	op.RegisterList(r, op.Spec{Name: "ledger.doubtful_rule.list", Path: "/ledger/doubtful/rules", Duties: duties}, op.ListHandler[NoFilter, DoubtfulRule]{
		Sorts: []string{"-valid_from"},
		Rows: func(ctx context.Context, x *op.Exec, _ NoFilter) iter.Seq2[DoubtfulRule, error] {
			return listDoubtfulRules(ctx, x)
		},
	})
	op.RegisterCommand(r, op.Spec{
		Name: "ledger.doubtful_rule.set", Path: "/ledger/doubtful/rules", Central: true, FourEyes: true, SoleAllowed: true, Duties: duties,
		Example: DoubtfulRuleSet{DaysLate: 360, Account: "3424", Label: "Instruction 12", Reason: "Instruction 12 du directeur"},
	}, op.CommandHandler[DoubtfulRuleSet, DoubtfulRuleSaved]{Do: setDoubtfulRule})
	op.RegisterList(r, op.Spec{Name: "ledger.doubtful.list", Path: "/ledger/doubtful", Duties: duties}, op.ListHandler[DoubtfulFilter, Doubtful]{
		Sorts: []string{"due_on"},
		Rows: func(ctx context.Context, x *op.Exec, in DoubtfulFilter) iter.Seq2[Doubtful, error] {
			return listDoubtful(ctx, x, in)
		},
	})
	op.RegisterGet(r, op.Spec{Name: "ledger.doubtful.show", Path: "/ledger/doubtful/units/{id}", Duties: duties}, op.GetHandler[DoubtfulAsk, DoubtfulList]{
		Targets: func(_ context.Context, _ *op.Exec, in DoubtfulAsk) ([]op.Target, error) {
			return []op.Target{{Unit: int64(in.ID)}}, nil
		},
		Do: func(ctx context.Context, x *op.Exec, in DoubtfulAsk) (DoubtfulList, error) {
			on, err := effective(x, in.On)
			if err != nil {
				return DoubtfulList{}, err
			}
			return preparedList(ctx, x.R, in.ID, on)
		},
	})
	op.RegisterCommand(r, op.Spec{
		Name: "ledger.doubtful.transfer", Path: "/ledger/doubtful/units/{unit}/transfer", FourEyes: true, Duties: duties,
	}, op.CommandHandler[DoubtfulTransfer, DoubtfulMade]{
		Targets: func(ctx context.Context, x *op.Exec, in DoubtfulTransfer) ([]op.Target, error) {
			l, err := preparedList(ctx, x.R, in.Unit, in.On)
			return []op.Target{{Unit: int64(in.Unit), Amount: &l.Amount}}, err
		},
		Do: m.transferDoubtful,
	})
	op.RegisterCommand(r, op.Spec{
		Name: "ledger.doubtful.return", Path: "/ledger/doubtful/items/{id}/return", FourEyes: true, Duties: duties,
	}, op.CommandHandler[DoubtfulReturn, Transfer]{
		Locks: func(in DoubtfulReturn) []int64 { return []int64{int64(in.Receivable)} },
		Targets: func(ctx context.Context, x *op.Exec, in DoubtfulReturn) ([]op.Target, error) {
			p, err := m.Position(ctx, x.R, in.Receivable, in.ID)
			return []op.Target{{Unit: int64(p.Managing), Amount: &p.InDoubt}}, err
		},
		Do: m.returnDoubtful,
	})
}

// setDoubtfulRule adds a rule. Its account must be a control account of the chart.
func setDoubtfulRule(ctx context.Context, x *op.Exec, in DoubtfulRuleSet) (DoubtfulRuleSaved, error) {
	accounts, err := accountKinds(ctx, x.Tx, in.ValidFrom)
	if err != nil {
		return DoubtfulRuleSaved{}, err
	}
	if accounts[in.Account] != Control {
		return DoubtfulRuleSaved{}, fault.InvalidField("account", "ledger.doubtful_account", "account", in.Account)
	}
	rules, err := doubtfulRules(ctx, x.Tx, in.ValidFrom)
	if err != nil {
		return DoubtfulRuleSaved{}, err
	}
	if len(rules) >= DoubtfulRulesMax {
		return DoubtfulRuleSaved{}, fault.New(fault.Limit, "ledger.doubtful_rules", "max", DoubtfulRulesMax)
	}
	id, err := x.Tx.NewID(ctx)
	if err != nil {
		return DoubtfulRuleSaved{}, err
	}
	rule := DoubtfulRule{
		ID: op.ID(id), Category: in.Category, LegalNature: string(in.LegalNature), ValidFrom: in.ValidFrom, DaysLate: in.DaysLate, Account: in.Account,
		Label: in.Label, Reason: in.Reason, Actor: op.ID(x.Actor.UserID), RecordedAt: x.Now,
	}
	if err := insertDoubtfulRule(ctx, x.Tx, &rule); err != nil {
		return DoubtfulRuleSaved{}, err
	}
	return DoubtfulRuleSaved{rule.ID}, x.Change("ledger_doubtful_rule", id, rule.Label, nil, doubtfulRuleEffect{
		rule.Category, rule.LegalNature, rule.ValidFrom, rule.DaysLate, rule.Account, rule.Label,
	})
}

// doubtfulRuleEffect is what the second person is shown of a rule.
type doubtfulRuleEffect struct {
	Category    string   `json:"category"`
	LegalNature string   `json:"legal_nature"`
	ValidFrom   day.Date `json:"valid_from"`
	DaysLate    int64    `json:"days_late"`
	Account     string   `json:"account"`
	Label       string   `json:"label"`
}

// listDoubtful reads the debts to be transferred in the scope of the right.
func listDoubtful(ctx context.Context, x *op.Exec, in DoubtfulFilter) iter.Seq2[Doubtful, error] {
	on, err := effective(x, in.On)
	if err != nil {
		return db.Failed[Doubtful](err)
	}
	rules, err := doubtfulRules(ctx, x.R, on)
	if err != nil {
		return db.Failed[Doubtful](err)
	}
	return candidates(ctx, x.R, on, rules, func(w *db.Where) { scoped(x, in.Scope)(w, "i.managing_unit_id") }, func(w *db.Where) string {
		return x.Keyset(w, map[string][]string{"due_on": {"%i.due_on", "#i.receivable_account_id", "#i.id"}})
	})
}

// transferDoubtful moves a prepared list, whole: one that has changed since it was
// prepared is refused, so that the second person approves what he was shown.
func (m *Module) transferDoubtful(ctx context.Context, x *op.Exec, in DoubtfulTransfer) (DoubtfulMade, error) {
	on, err := effective(x, in.On)
	if err != nil {
		return DoubtfulMade{}, err
	}
	l, err := preparedList(ctx, x.Tx, in.Unit, on)
	if err != nil {
		return DoubtfulMade{}, err
	}
	locks := make([]int64, 0, len(l.rows))
	for _, r := range l.rows {
		locks = append(locks, int64(r.Account))
	}
	if err := x.Tx.Lock(ctx, locks...); err != nil {
		return DoubtfulMade{}, err
	}
	if l, err = preparedList(ctx, x.Tx, in.Unit, on); err != nil { // what it says under the locks
		return DoubtfulMade{}, err
	}
	switch {
	case l.Count == 0:
		return DoubtfulMade{}, fault.New(fault.Precondition, "ledger.doubtful_empty")
	case l.SHA256 != in.SHA256:
		return DoubtfulMade{}, fault.New(fault.Conflict, "ledger.doubtful_changed", "count", l.Count, "amount", l.Amount)
	}
	entries, err := m.makeDoubtful(ctx, x.Tx, l, in.Reason, op.ID(x.Actor.UserID))
	if err != nil {
		return DoubtfulMade{}, err
	}
	out := DoubtfulMade{Count: l.Count, Amount: l.Amount}
	for _, e := range entries {
		out.Entries = append(out.Entries, e.ID)
	}
	return out, x.Change("ledger_doubtful", int64(entries[0].ID), in.Reason, nil, doubtfulEffect{
		l.Unit, l.On, entries[0].Period, l.Count, l.Accounts, l.Amount, l.Oldest, l.SHA256,
	})
}

// doubtfulEffect is what the second person is shown of a transfer.
type doubtfulEffect struct {
	Unit     op.ID        `json:"unit"`
	On       day.Date     `json:"effective_on"`
	Period   day.Date     `json:"period" out:"month"`
	Count    int64        `json:"count"`
	Accounts int64        `json:"accounts"`
	Amount   money.Amount `json:"amount"`
	Oldest   day.Date     `json:"oldest_due_on"`
	SHA256   string       `json:"sha256"`
}

// returnDoubtful takes a debt back to its own account.
func (m *Module) returnDoubtful(ctx context.Context, x *op.Exec, in DoubtfulReturn) (Transfer, error) {
	on, err := effective(x, in.On)
	if err != nil {
		return Transfer{}, err
	}
	t, err := m.comeBack(ctx, x.Tx, in.Receivable, in.ID, on, in.Reason, op.ID(x.Actor.UserID))
	if err != nil {
		return t, err
	}
	// Without a day it is done on that of the approval, which may be a later one than is shown.
	effect := returnEffect{Document: t.of.Document, From: t.To, To: t.From, Amount: -t.Amount}
	if !in.On.IsZero() {
		effect.On, effect.Period = on, t.Period
	}
	return t, x.Change("ledger_doubtful", int64(t.Entry), t.of.Document, nil, effect)
}

// returnEffect is what the second person is shown of a return; its day when one was asked for.
type returnEffect struct {
	Document string       `json:"document"`
	From     string       `json:"from_account"`
	To       string       `json:"to_account"`
	Amount   money.Amount `json:"amount"`
	On       day.Date     `json:"effective_on"`
	Period   day.Date     `json:"period" out:"month"`
}
