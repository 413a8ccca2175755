package app

import (
	"context"
	"io"
	"slices"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/module/ledger"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// AgeingBench is what the benchmark of ageings measured: the operation, against the
// same sums asked of the same database by the engine's own program, in turn.
type AgeingBench struct {
	Engine string `json:"engine"`
	Items  int64  `json:"items"`
	// Allocations pay part of a fifth of the items.
	Allocations int64 `json:"allocations"`
	Units       int   `json:"units"`
	Ages        int   `json:"ages"`
	// On and KnownOn are the two clocks asked for; the last items are later than both.
	On      day.Date `json:"on"`
	KnownOn day.Date `json:"known_on"`
	// Floor is the program that measured it, and its times.
	Floor     string  `json:"floor"`
	FloorMS   []int64 `json:"floor_ms"`
	ByUnitMS  []int64 `json:"by_unit_ms"`
	ByClassMS []int64 `json:"by_category_ms"`
	// RatioThousandths is the ageing by unit over the floor, the median of the runs.
	RatioThousandths int64 `json:"ratio_thousandths"`
	// CloseMS is how long the closing of the month of every unit took, over
	// CloseRows rows of items and allocations.
	CloseMS   int64 `json:"close_ms"`
	CloseRows int64 `json:"close_rows"`
	// ClosedUS are the times of the same ageing out of the closed month, in
	// microseconds.
	ClosedUS []int64 `json:"closed_us"`
	FillMS   int64   `json:"fill_ms"`
}

const (
	// ageingItems, ageingUnits and ageingMonths are the size: two years of bills.
	ageingItems, ageingUnits, ageingMonths = 5_000_000, 200, 24
	// ageingBack is how many months ago is looked at, ageingLater how many months
	// later it was known.
	ageingBack, ageingLater = 6, 3
	// ageingRounds spreads the due dates of a month over its days.
	ageingRounds = 20
	ageingRuns   = 3
	// paidEach is of how many items one is paid in part.
	paidEach = 5
)

// BenchAgeing measures ageings on an empty database, which it fills first.
func (a *App) BenchAgeing(ctx context.Context, items int) (AgeingBench, error) {
	if items == 0 {
		items = ageingItems
	}
	month := day.MonthOf(a.Today()).Add(-ageingBack)
	res := AgeingBench{
		Engine: string(a.DB.Engine()), Units: ageingUnits, Ages: len(ledger.LimitsDefault()) + 2, On: month.Last(), KnownOn: month.Add(ageingLater).Last(),
	}
	b := &ageingBench{demo: &demo{app: a, out: io.Discard, units: map[string]op.ID{}, users: map[string]op.ID{}, roles: map[string]op.ID{}}, month: month}
	start := a.opt.Now()
	if err := b.fill(ctx, items, &res); err != nil {
		return res, err
	}
	res.FillMS = a.opt.Now().Sub(start).Milliseconds()
	floor, err := newAgeFloor(ctx, a)
	if err != nil {
		return res, err
	}
	res.Floor = floor.program
	if err := b.live(ctx, floor, &res); err != nil {
		return res, err
	}
	return res, b.closed(ctx, &res)
}

// ageingBench is one benchmark of ageings.
type ageingBench struct {
	*demo
	// month is the one looked at; what is older was taken over in it.
	month  day.Month
	places []op.ID
}

// fill adds the items unit by unit, account by account and month by month.
func (b *ageingBench) fill(ctx context.Context, items int, res *AgeingBench) error {
	if err := b.app.Demo(ctx, DemoSize{Units: 2 * ageingUnits, Contracts: -1}, io.Discard); err != nil {
		return err
	}
	if err := b.learn(ctx, "org.unit.list", "code", b.units); err != nil {
		return err
	}
	for _, id := range b.units {
		b.places = append(b.places, id)
	}
	slices.Sort(b.places)
	b.places = b.places[len(b.places)-ageingUnits:]
	accounts := max(items/(ageingUnits*ageingMonths), 1)
	for i, unit := range b.places {
		err := b.app.DB.Write(ctx, db.WriteOptions{NoGroup: true, Timeout: 10 * time.Minute}, func(ctx context.Context, tx db.Tx) error {
			return b.unit(ctx, tx, unit, i, accounts, res)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// unit adds the accounts of a unit: a bill each month, and for each account a receipt
// that pays part of some.
func (b *ageingBench) unit(ctx context.Context, tx db.Tx, unit op.ID, turn, accounts int, res *AgeingBench) error {
	ids, err := tx.NewIDs(ctx, int64(accounts*(2*ageingMonths+2)))
	if err != nil {
		return err
	}
	next := func() op.ID {
		ids++
		return op.ID(ids - 1)
	}
	paid := map[*ledger.Item]*ledger.Item{}
	var debits []*ledger.Item
	rows := make([]*ledger.Item, 0, accounts*(ageingMonths+1))
	for i := range accounts {
		account := next()
		credit := b.item(ledger.ItemReceipt, account, next(), unit, i, b.month.Add(-1))
		rows = append(rows, credit)
		for m := range ageingMonths {
			bill := b.item(ledger.ItemBill, account, next(), unit, i+turn, b.month.Add(m-ageingMonths+ageingBack))
			rows = append(rows, bill)
			if (i+m)%paidEach == 0 {
				debits, paid[bill] = append(debits, bill), credit
			}
		}
	}
	n, err := ledger.InsertItems(ctx, tx, func(yield func(*ledger.Item, error) bool) {
		for _, i := range rows {
			if !yield(i, nil) {
				return
			}
		}
	})
	if err != nil {
		return err
	}
	res.Items += n - int64(accounts)
	n, err = ledger.InsertBare(ctx, tx, func(yield func(*ledger.Allocation, [2]*ledger.Item) bool) {
		for _, bill := range debits {
			if !yield(b.pays(bill, paid[bill], next()), [2]*ledger.Item{bill, paid[bill]}) {
				return
			}
		}
	})
	res.Allocations += n
	return err
}

// item is a bill of a month, or a receipt that pays some.
func (b *ageingBench) item(kind ledger.ItemKind, account, id, unit op.ID, turn int, month day.Month) *ledger.Item {
	categories := [...][2]string{{"DOM", "private"}, {"DOM", "private"}, {"DOM", "private"}, {"PRO", "company"}, {"ADM", "administration"}}
	class := categories[turn%len(categories)]
	issued := month.First().AddDays(turn % ageingRounds)
	amount := money.Amount(10_000 + turn%997*13)
	year, _ := month.Civil()
	i := &ledger.Item{
		Account: account, ID: id, Kind: kind, Control: "3421", Amount: amount, Service: ledger.Water, Category: class[0], LegalNature: class[1], Managing: unit,
		Document: "B-" + id.String(), Exercise: int64(year), BudgetYear: int64(year), IssuedOn: issued, DueOn: issued.AddDays(30),
		EffectiveOn: issued, Period: latest(month, b.month).First(), RecordedAt: day.StartOf(issued).Add(10 * time.Hour),
		Split: ledger.Split{{Service: ledger.Water, Nature: ledger.Principal, Amount: amount}},
	}
	if kind == ledger.ItemReceipt {
		i.Amount, i.DueOn, i.Split = -ageingMonths*amount, issued, ledger.Received(ageingMonths*amount)
	}
	return i
}

// pays is half of a bill, paid when both were there.
func (b *ageingBench) pays(bill, credit *ledger.Item, id op.ID) *ledger.Allocation {
	on := latestDay(bill.EffectiveOn, credit.EffectiveOn)
	half := bill.Amount / 2
	return &ledger.Allocation{
		Account: bill.Account, ID: id, Debit: bill.ID, Credit: credit.ID, Amount: half, EffectiveOn: on, Period: latest(day.MonthOf(on), b.month).First(),
		DebitSplit:  ledger.Split{{Service: ledger.Water, Nature: ledger.Principal, Amount: half}},
		CreditSplit: ledger.Received(half), RecordedAt: day.StartOf(on).Add(11 * time.Hour), Reason: "bench",
	}
}

func latest(a, b day.Month) day.Month {
	if a.After(b) {
		return a
	}
	return b
}

func latestDay(a, b day.Date) day.Date {
	if a.Before(b) {
		return b
	}
	return a
}

// live measures the ageing out of the rows, and the floor beside it.
func (b *ageingBench) live(ctx context.Context, floor *ageFloor, res *AgeingBench) error {
	clocks := op.Input{"on": res.On.String(), "known_on": res.KnownOn.String()}
	var ratios []int64
	for range ageingRuns {
		took, err := floor.sums(ctx, res.On, day.StartOf(res.KnownOn.AddDays(1)).Add(-time.Microsecond))
		if err != nil {
			return err
		}
		res.FloorMS = append(res.FloorMS, took.Milliseconds())
		unit, err := b.ageing(ctx, clocks)
		if err != nil {
			return err
		}
		res.ByUnitMS = append(res.ByUnitMS, unit.Milliseconds())
		ratios = append(ratios, int64(unit)*thousand/max(int64(took), 1))
		class, err := b.ageing(ctx, op.Input{"on": clocks["on"], "known_on": clocks["known_on"], "group": string(ledger.GroupCategory)})
		if err != nil {
			return err
		}
		res.ByClassMS = append(res.ByClassMS, class.Milliseconds())
	}
	res.RatioThousandths = median(ratios)
	return nil
}

// closed closes the month in every unit and measures its ageing.
func (b *ageingBench) closed(ctx context.Context, res *AgeingBench) error {
	start := b.app.opt.Now()
	for _, unit := range b.places {
		err := b.app.DB.Write(ctx, db.WriteOptions{NoGroup: true, Timeout: 10 * time.Minute}, func(ctx context.Context, tx db.Tx) error {
			c, err := b.app.Ledger.CloseMonth(ctx, tx, unit, b.month, "bench", 0)
			res.CloseRows += c.Items + c.Allocations
			return err
		})
		if err != nil {
			return err
		}
	}
	res.CloseMS = b.app.opt.Now().Sub(start).Milliseconds()
	for range ageingRuns {
		took, err := b.ageing(ctx, op.Input{"on": res.On.String(), "closed": "true"})
		if err != nil {
			return err
		}
		res.ClosedUS = append(res.ClosedUS, took.Microseconds())
	}
	return nil
}

// ageing asks for one and reads it to its end.
func (b *ageingBench) ageing(ctx context.Context, in op.Input) (time.Duration, error) {
	start := b.app.opt.Now()
	_, err := b.app.Runner.Rows(ctx, op.Request{Name: "ledger.ageing", Credential: op.Credential{Channel: op.Console, Login: demoAdmin}, Input: in}, nil,
		func(any) error { return nil })
	return b.app.opt.Now().Sub(start), err
}
