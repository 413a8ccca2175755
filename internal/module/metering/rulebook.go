package metering

import (
	"slices"

	"wasl/internal/kernel/day"
	"wasl/internal/platform/op"
)

// ControlRule is a set of parameters as stored: of a rule, for a tariff category (empty is
// every one), from a date until the next row of both.
type ControlRule struct {
	Rule      Rule     `json:"rule"`
	Category  string   `json:"category"`
	ValidFrom day.Date `json:"valid_from"`
	Params
	Reason string `json:"reason"`
	Actor  op.ID  `json:"actor" out:"ref=user"`
}

// rulebook gives the parameters of each rule for a category and a date.
type rulebook struct {
	// byRule are the rows of a rule, the latest first.
	byRule map[Rule][]ControlRule
	// memo keeps answers: a file asks for the same few again and again.
	memo map[ruleKey]Params
}

type ruleKey struct {
	rule     Rule
	category string
	on       day.Date
}

func newRulebook(rows []ControlRule) *rulebook {
	b := &rulebook{byRule: map[Rule][]ControlRule{}, memo: map[ruleKey]Params{}}
	for _, row := range rows {
		b.byRule[row.Rule] = append(b.byRule[row.Rule], row)
	}
	for _, all := range b.byRule {
		slices.SortStableFunc(all, func(a, c ControlRule) int { return c.ValidFrom.Compare(a.ValidFrom) })
	}
	return b
}

// params are those set for the category, or for every one, or the built-in ones.
func (b *rulebook) params(r Rule, category string, on day.Date) Params {
	if len(b.byRule[r]) == 0 {
		return DefaultParams(r)
	}
	key := ruleKey{r, category, on}
	if p, known := b.memo[key]; known {
		return p
	}
	p, found := b.latest(r, category, on)
	if !found {
		p, found = b.latest(r, "", on)
	}
	if !found {
		p = DefaultParams(r)
	}
	b.memo[key] = p
	return p
}

func (b *rulebook) latest(r Rule, category string, on day.Date) (Params, bool) {
	for _, row := range b.byRule[r] {
		if row.Category == category && !row.ValidFrom.After(on) {
			return row.Params, true
		}
	}
	return Params{}, false
}
