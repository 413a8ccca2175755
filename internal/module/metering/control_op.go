package metering

import (
	"context"
	"iter"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/op"
)

// ControlFilter narrows the list of parameters.
type ControlFilter struct {
	Rule     Rule   `json:"rule"`
	Category string `json:"category" in:"max=60"`
}

// ControlRow is a set of parameters in the list; the built-in ones have no date.
type ControlRow struct {
	ControlRule
	// Current says that it is the one that applies today.
	Current bool `json:"in_force"`
}

// PageKey is the row's place in its list.
func (c ControlRow) PageKey(string) []string {
	return []string{string(c.Rule), c.Category, c.ValidFrom.String()}
}

// ControlSet is the input of setting the parameters of a rule.
type ControlSet struct {
	Rule Rule `json:"rule" in:"required"`
	// Category of the tariff; none is every one without its own.
	Category string `json:"category" in:"max=60"`
	// ValidFrom is the first day of the readings judged by it.
	ValidFrom day.Date       `json:"valid_from" in:"required"`
	Enabled   bool           `json:"enabled"`
	Severity  Severity       `json:"severity" in:"required"`
	Factor    money.Quantity `json:"factor" in:"min=0,max=1000000"`
	Floor     money.Quantity `json:"floor" in:"min=0,max=1000000000000"`
	Periods   int64          `json:"periods" in:"min=0,max=24"`
	Seasonal  bool           `json:"seasonal"`
	Reason    string         `json:"reason" in:"required,min=3,max=500,lines"`
}

// Validate says what is wrong across the fields.
func (in ControlSet) Validate() (faults []fault.Field) {
	if in.Enabled && (in.Rule == RuleHigh || in.Rule == RuleLow) {
		if in.Factor == 0 {
			faults = append(faults, fault.Field{Path: "factor", Code: "input.required"})
		}
		if in.Periods < historyMin {
			faults = append(faults, fault.Field{Path: "periods", Code: "input.range", Args: fault.Args{"min": int64(historyMin), "max": int64(MedianMax)}})
		}
	}
	if in.Enabled && in.Rule == RuleLow && in.Factor >= quantityOne {
		faults = append(faults, fault.Field{Path: "factor", Code: "metering.factor_low"})
	}
	if in.Enabled && in.Rule == RuleHigh && in.Factor > 0 && in.Factor <= quantityOne {
		faults = append(faults, fault.Field{Path: "factor", Code: "metering.factor_high"})
	}
	return faults
}

// ControlSaved is the answer of setting parameters.
type ControlSaved struct {
	Rule      Rule     `json:"rule"`
	Category  string   `json:"category"`
	ValidFrom day.Date `json:"valid_from"`
}

func (m *Module) registerControls(r *op.Registry) {
	duties := []string{"DRI-02", "AG-13"}
	op.RegisterList(r, op.Spec{Name: "metering.control.list", Path: "/metering/controls", Duties: duties}, op.ListHandler[ControlFilter, ControlRow]{
		Sorts: []string{"rule"},
		Rows: func(ctx context.Context, x *op.Exec, in ControlFilter) iter.Seq2[ControlRow, error] {
			return controlRows(ctx, x, in)
		},
	})
	op.RegisterCommand(r, op.Spec{
		Name: "metering.control.set", Path: "/metering/controls", Central: true, FourEyes: true, SoleAllowed: true, Duties: duties,
	}, op.CommandHandler[ControlSet, ControlSaved]{
		Locks: func(ControlSet) []int64 { return []int64{lockControls} },
		Do:    setControl,
	})
	m.registerRun(r, duties)
}

// lockControls serialises changes of parameters.
const lockControls int64 = 0x6374726c

// controlRows are the built-in parameters and those that were set, by rule.
func controlRows(ctx context.Context, x *op.Exec, in ControlFilter) iter.Seq2[ControlRow, error] {
	return func(yield func(ControlRow, error) bool) {
		set, err := controlRules(ctx, x.R)
		if err != nil {
			yield(ControlRow{}, err)
			return
		}
		for _, row := range arranged(set, in, x.Today, x.Page) {
			if !yield(row, nil) {
				return
			}
		}
	}
}

func setControl(ctx context.Context, x *op.Exec, in ControlSet) (ControlSaved, error) {
	rules, err := controlRules(ctx, x.R)
	if err != nil {
		return ControlSaved{}, err
	}
	before := ControlRule{Rule: in.Rule, Category: in.Category, Params: newRulebook(rules).params(in.Rule, in.Category, in.ValidFrom)}
	after := ControlRule{
		Rule: in.Rule, Category: in.Category, ValidFrom: in.ValidFrom, Reason: in.Reason, Actor: op.ID(x.Actor.UserID),
		Params: Params{in.Enabled, in.Severity, in.Factor, in.Floor, in.Periods, in.Seasonal},
	}
	if err := putControl(ctx, x.Tx, after, originOf(x)); err != nil {
		return ControlSaved{}, err
	}
	return ControlSaved{in.Rule, in.Category, in.ValidFrom}, x.Change("control", 0, string(in.Rule)+" "+in.Category, before, after)
}
