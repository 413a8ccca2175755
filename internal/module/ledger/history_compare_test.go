package ledger

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/dbtest"
)

// moments are pairs of clocks spread over the history.
func (p *replay) moments() []AsOf {
	today := day.Of(p.clock.Now())
	out := []AsOf{{}, {On: today.AddDays(-1)}, {On: today.AddDays(-2)}, {On: today.AddDays(30)}}
	for i := 0; i < len(p.items); i += 1 + len(p.items)/4 {
		out = append(out, AsOf{On: p.items[i].on}, AsOf{KnownAt: p.items[i].known}, AsOf{On: p.items[i].on.AddDays(10), KnownAt: p.items[i].known})
	}
	return out
}

// compare holds the module against the other ledger.
func (p *replay) compare() {
	p.t.Helper()
	p.sameLists()
	p.read(func(ctx context.Context, r db.Reader) error {
		for _, at := range p.moments() {
			for n := range 3 {
				id, _, _ := p.place(n)
				acc, err := loadAccountAsOf(ctx, r, id, at)
				if err != nil {
					return err
				}
				p.sameItems(acc, id, at)
				got, err := AccountBalance(ctx, r, id, at)
				if err != nil {
					return err
				}
				var want money.Amount
				for _, i := range p.items {
					if i.account == id && seen(at, i.on, i.known) {
						want += i.amount
					}
				}
				if got != want {
					p.t.Errorf("balance of %d as of %+v: %s, want %s", id, at, got, want)
				}
			}
			for _, q := range []AgeingQuery{
				{AsOf: at, Group: GroupUnit, By: ByDue},
				{AsOf: at, Group: GroupUnit, By: ByIssue},
				{AsOf: at, Group: GroupCategory, By: ByDue, LegalNature: "private", Service: Water},
				{AsOf: at, Group: GroupCategory, By: ByIssue, Limits: []int{7, 20}},
				{AsOf: at, Group: GroupService, By: ByDue},
				{AsOf: at, Group: GroupUnit, By: ByIssue, Service: Electricity},
				{AsOf: at, Group: GroupService, By: ByDue, Doubt: WithoutDoubt},
				{AsOf: at, Group: GroupUnit, By: ByDue, Doubt: InDoubt},
				{AsOf: at, Group: GroupCategory, By: ByDue, Doubt: WithoutDoubt},
			} {
				if err := p.sameAges(ctx, r, q); err != nil {
					return err
				}
			}
		}
		if err := p.sameRates(ctx, r); err != nil {
			return err
		}
		rep, err := Check().Run(ctx, r)
		if len(rep.Findings) > 0 {
			p.t.Errorf("verify: %v", rep.Findings)
		}
		return err
	})
}

// sameLists reads the list of open items by pages of three, in both directions, as of every
// day and of today, and of one centre, and holds it against the other ledger.
func (p *replay) sameLists() {
	p.t.Helper()
	today := day.Of(p.clock.Now())
	for _, on := range []day.Date{{}, today, today.AddDays(-1), today.AddDays(-9)} {
		for _, unit := range []op.ID{0, p.units["C2"], p.units["AG1"]} {
			var want []string
			for _, i := range p.items {
				in := unit != p.units["C2"] || i.unit == unit
				if left := p.left(i, AsOf{On: on}); in && left != 0 && seen(AsOf{On: on}, i.on, i.known) {
					want = append(want, fmt.Sprintf("%s %d %016d %s", i.due, i.account, i.id, left))
				}
			}
			slices.Sort(want)
			filter := op.Input{}
			if unit != 0 {
				filter["scope"] = unit.String()
			}
			if !on.IsZero() {
				filter["on"] = on.String()
			}
			for _, sort := range []string{"due_on", "-due_on"} {
				if got := p.list(filter, sort, 3); !slices.Equal(got, want) {
					p.t.Errorf("open items of %d on %s by %s: %v, want %v", unit, on, sort, got, want)
				}
				slices.Reverse(want)
			}
			if got := p.list(filter, "due_on", 0); !slices.Equal(got, want) {
				p.t.Errorf("open items of %d on %s, all at once: %v, want %v", unit, on, got, want)
			}
		}
	}
}

// list reads the list of items page by page, 0 for all at once.
func (p *replay) list(filter op.Input, sort string, limit int) (out []string) {
	p.t.Helper()
	q := p.as(1, "ledger.item.list", filter)
	for q.Page = (op.Page{Sort: sort, Limit: limit}); ; {
		var last ItemRow
		more, err := p.house.run.Rows(p.t.Context(), q, nil, func(row any) error {
			last, _ = row.(ItemRow)
			out = append(out, fmt.Sprintf("%s %d %016d %s", last.DueOn, last.Account, last.ID, max(last.Left, -last.Left)))
			return nil
		})
		if err != nil {
			p.t.Fatal(err)
		}
		if !more {
			return out
		}
		q.Page.After = last.PageKey(sort)
	}
}

// sameRates holds what is kept of the rates against the rows, and what was owed at the end
// of each month against the other ledger.
func (p *replay) sameRates(ctx context.Context, r db.Reader) error {
	today := day.Of(p.clock.Now())
	anywhere := func(*db.Where, string) {}
	for month := day.MonthOf(date("2025-11-01")); !month.After(day.MonthOf(today)); month = month.Add(1) {
		for _, on := range []day.Date{today, today.AddDays(-1), {}} {
			var found [2]map[op.ID]RateRow
			for n, sums := range []func(context.Context, db.Reader, day.Month, AsOf, func(*db.Where, string), func(op.ID) *RateRow) error{rateSums, keptRates} {
				rows := map[op.ID]*RateRow{}
				err := sums(ctx, r, month, AsOf{On: on}, anywhere, func(unit op.ID) *RateRow {
					if rows[unit] == nil {
						rows[unit] = &RateRow{}
					}
					return rows[unit]
				})
				if err != nil {
					return err
				}
				found[n] = map[op.ID]RateRow{}
				for unit, row := range rows {
					if *row != (RateRow{}) {
						found[n][unit] = *row
					}
				}
			}
			if !maps.Equal(found[0], found[1]) {
				p.t.Errorf("rates of %s on %s: %v in the rows, %v kept", month, on, found[0], found[1])
			}
		}
		want, got := map[op.ID]money.Amount{}, map[op.ID]money.Amount{}
		for _, i := range p.items {
			if at := (AsOf{On: month.Last()}); i.amount > 0 && seen(at, i.on, i.known) {
				want[i.unit] += p.left(i, at)
			}
		}
		err := owedAtEnd(ctx, r, month, time.Time{}, anywhere, func(unit op.ID, owed money.Amount) { got[unit] += owed })
		maps.DeleteFunc(got, func(_ op.ID, owed money.Amount) bool { return owed == 0 })
		maps.DeleteFunc(want, func(_ op.ID, owed money.Amount) bool { return owed == 0 })
		if err != nil || !maps.Equal(got, want) {
			p.t.Errorf("owed at the end of %s: %v, want %v: %v", month, got, want, err)
		}
	}
	return nil
}

func (p *replay) sameItems(acc *account, id op.ID, at AsOf) {
	p.t.Helper()
	n := 0
	for _, i := range p.items {
		if i.account != id || !seen(at, i.on, i.known) {
			continue
		}
		n++
		got, want := acc.find(i.id), p.left(i, at)
		if i.amount < 0 {
			want = -want
		}
		if got == nil || got.Left != want || got.InDoubt != p.doubtful(i.id, at) {
			p.t.Errorf("item %d as of %+v: %+v, want %s left", i.id, at, got, want)
		}
	}
	if n != len(acc.positions) {
		p.t.Errorf("account %d as of %+v has %d items, want %d", id, at, len(acc.positions), n)
	}
}

// sameAges recomputes an ageing item by item.
func (p *replay) sameAges(ctx context.Context, r db.Reader, q AgeingQuery) error {
	got, err := Ageing(ctx, r, q, nil, nil)
	if err != nil {
		return err
	}
	limits, on := q.Limits, q.On
	if limits == nil {
		limits = []int{30, 60, 90, 180, 360, 730, 1460}
	}
	if on.IsZero() {
		on = day.Of(p.clock.Now())
	}
	want := map[string]money.Amount{}
	for _, i := range p.items {
		if !seen(q.AsOf, i.on, i.known) || q.Service != "" && q.Service != serviceAt(i.account) {
			continue
		}
		key, from := i.unit.String(), i.due
		switch q.Group {
		case GroupCategory:
			key = i.category
		case GroupService:
			key = string(serviceAt(i.account))
		}
		if q.By == ByIssue {
			from = i.sent
		}
		age := "credit"
		if i.amount > 0 {
			n := 0
			if late := from.DaysUntil(on); late > 0 {
				for n = 1; n <= len(limits) && late > limits[n-1]; n++ {
				}
			}
			age = fmt.Sprint(n)
		}
		switch amount, doubt := p.left(i, q.AsOf), p.doubtful(i.id, q.AsOf); q.Doubt {
		case InDoubt:
			want[key+"/"+age] += doubt
		case WithoutDoubt:
			want[key+"/"+age] += amount - doubt
		default:
			want[key+"/"+age] += amount
		}
	}
	for _, a := range got {
		key := a.Unit.String()
		if q.Group != GroupUnit {
			key = a.Key
		}
		for n, amount := range append(slices.Clone(a.Amounts), a.Credits) {
			k := fmt.Sprintf("%s/%d", key, n)
			if n == len(a.Amounts) {
				k = key + "/credit"
			}
			if amount != want[k] {
				p.t.Errorf("ageing %+v, %s: %s, want %s", q, k, amount, want[k])
			}
			delete(want, k)
		}
	}
	for k, amount := range want {
		if amount != 0 {
			p.t.Errorf("ageing %+v misses %s: %s", q, k, amount)
		}
	}
	return nil
}

func TestHistories(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		history := anyHistory().Draw(rt, "history")
		p := &replay{house: newHouse(t, dbtest.SQLite)}
		for _, s := range history {
			p.run(s)
		}
		p.compare()
		if t.Failed() {
			rt.FailNow()
		}
	})
}

// TestEnginesAgree: the same histories on every engine give the same journal, the
// same items and the same ageing.
func TestEnginesAgree(t *testing.T) {
	t.Parallel()
	for seed := range 3 {
		history := rapid.Map(rapid.Just(0), func(int) []step { return anyHistory().Example(seed * 7) }).Example(0)
		told := map[string][]string{}
		for _, engine := range dbtest.Engines() {
			p := &replay{house: newHouse(t, engine)}
			for _, s := range history {
				p.run(s)
			}
			p.compare()
			told[engine] = p.tell()
		}
		for _, engine := range dbtest.Engines()[1:] {
			if a, b := told[dbtest.SQLite], told[engine]; !slices.Equal(a, b) || len(a) == 0 {
				t.Errorf("history %d differs between SQLite and %s:\n%v\n%v", seed, engine, a, b)
			}
		}
	}
}

// tell is everything the database says, without identities.
func (p *replay) tell() (out []string) {
	p.read(func(ctx context.Context, r db.Reader) error {
		for _, sql := range []string{
			`SELECT account || ' ' || CAST(amount AS {text}) || ' ' || service FROM ledger_line ORDER BY receivable_account_id, entry_id, line_no`,
			`SELECT kind || ' ' || CAST(amount AS {text}) || ' ' || split || ' ' || CAST(period AS {text}) FROM open_item ORDER BY receivable_account_id, id`,
			`SELECT debit_split || ' ' || credit_split || ' ' || CAST(amount AS {text}) FROM allocation ORDER BY receivable_account_id, id`,
			`SELECT CAST(month AS {text}) || ' ' || CAST(entries AS {text}) || ' ' || CAST(debit AS {text}) FROM period_closing ORDER BY unit_id, month`,
		} {
			rows, err := db.All(ctx, r, func(rows db.Rows) (s string, err error) {
				err = rows.Scan(&s)
				return s, err
			}, sql)
			if err != nil {
				return err
			}
			out = append(out, rows...)
		}
		ages, err := Ageing(ctx, r, AgeingQuery{Group: GroupUnit, By: ByDue}, nil, nil)
		slices.SortFunc(ages, func(a, b Age) int { return cmp.Compare(a.Debits, b.Debits) })
		for _, a := range ages {
			out = append(out, fmt.Sprint(a.Amounts, a.Credits))
		}
		return err
	})
	return out
}
