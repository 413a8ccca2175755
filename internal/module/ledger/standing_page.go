package ledger

import (
	"context"
	"strings"

	g "maragu.dev/gomponents"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// Parts are what the ledger shows of the records of others.
func (m *Module) Parts() []screen.Part {
	return []screen.Part{{Record: "account", Zone: screen.Head, Right: "ledger.item.balance", Together: standingPart}}
}

// together is what several accounts come to.
type together struct {
	owed, late, credits, balance, notDue money.Amount
	oldest                               day.Date
	ages                                 []AgeRow
	items                                int64
}

// add puts one more account in.
func (t *together) add(s Standing) (err error) {
	for _, sum := range []struct {
		to   *money.Amount
		more money.Amount
	}{{&t.owed, s.Owed}, {&t.late, s.Late}, {&t.credits, s.Credits}, {&t.balance, s.Balance}} {
		if *sum.to, err = sum.to.Add(sum.more); err != nil {
			return err
		}
	}
	if t.notDue, err = t.owed.Sub(t.late); err != nil {
		return err
	}
	if t.oldest.IsZero() || !s.OldestDueOn.IsZero() && s.OldestDueOn.Before(t.oldest) {
		t.oldest = s.OldestDueOn
	}
	t.items += s.Items
	t.ages = append(t.ages, s.Ages...)
	return nil
}

// between is what is late by a number of days; to is 0 for no end.
func (t *together) between(from, to int64) (sum money.Amount) {
	for _, a := range t.ages {
		if a.Kind == Late && a.FromDays >= from && (to == 0 || a.ToDays != 0 && a.ToDays <= to) {
			sum += a.Amount
		}
	}
	return sum
}

// standingPart is what receivable accounts come to today: what is owed by age, what is
// to be given back, and the difference.
func standingPart(ctx context.Context, v *screen.View, ids []op.ID) (g.Node, error) {
	var t together
	for _, id := range ids {
		s, err := screen.Fetch[Standing](ctx, v, "ledger.item.balance", "receivable_account", id.String())
		if kind := fault.KindOf(err); kind == fault.NotFound || kind == fault.Forbidden {
			return nil, nil
		}
		if err == nil {
			err = t.add(s)
		}
		if err != nil {
			return nil, err
		}
	}
	items := ""
	switch {
	case len(ids) != 1 || strings.HasPrefix(v.Request.URL.Path, "/ledger/"):
	case v.May("ledger.allocation.list"):
		items = letteringHref(v, ids[0])
	case v.May("ledger.item.list"):
		items = v.Href("/ledger/items", "receivable_account", ids[0].String())
	}
	return v.Figures(v.Say("page.ledger.standing"), t.figures(v, items)), nil
}

// figures are the strip: the balance, what it is made of, and the ages of what is late.
func (t *together) figures(v *screen.View, items string) []ui.Figure {
	dh := v.Say("unit.dh")
	balance := ui.Figure{
		Label: v.Say("page.ledger.balance_due"), Value: ui.MoneyExact(t.balance), Unit: dh, Href: items, Sub: v.Say("page.ledger.standing.sub", "count", t.items),
	}
	late := ui.Figure{Label: v.Say("field.late"), Value: ui.Money(t.late), Unit: dh}
	if t.late > 0 {
		late.Tone, late.Sub = ui.Wrong, v.Say("page.ledger.oldest", "days", t.oldest.DaysUntil(v.Today))
	}
	all := []ui.Figure{balance, late}
	const month, quarter = 30, 90
	for _, age := range []struct {
		key      string
		from, to int64
	}{{"page.ledger.age_month", 1, month}, {"page.ledger.age_quarter", month + 1, quarter}, {"page.ledger.age_more", quarter + 1, 0}} {
		all = append(all, ui.Figure{Label: v.Say(age.key), Value: ui.Money(t.between(age.from, age.to)), Unit: dh})
	}
	return append(all, ui.Figure{Label: v.Say("enum.ledger_age.not_due"), Value: ui.Money(t.notDue), Unit: dh},
		ui.Figure{Label: v.Say("page.ledger.to_give_back"), Value: ui.Money(t.credits), Unit: dh})
}
