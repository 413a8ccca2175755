package metering

import (
	"slices"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/op"
)

// Spend is a consumption that comes as such, without an index.
type Spend struct {
	Supply   Supply
	Register string
	// Key is the date of the business key; Period and Month are what it is about.
	Key      day.Date
	Period   day.Period
	Month    day.Date
	Quantity money.Quantity
	Kind     ReadingKind
	// Corrects is the consumption that this one replaces; 0 for none.
	Corrects int64
	Answered bool
}

// spend takes a consumption in.
func (b *book) spend(s Spend) (Taken, error) {
	p := place{s.Supply.Account, s.Register}
	if s.Corrects == 0 {
		if c := b.find(keyed{account: p.account, register: p.register, date: s.Key}, s.Quantity, s.Kind); c != nil {
			c.matched = true
			b.matches = append(b.matches, match{s.Supply.Account, subjectConsumption, c.id})
			return Taken{Same: c.id}, nil
		}
	}
	id, err := b.newID()
	if err != nil {
		return Taken{}, err
	}
	e := Entry{Supply: s.Supply, Register: s.Register, Date: s.Key, Kind: s.Kind, Answered: s.Answered}
	c := Case{Today: b.today, Date: s.Key, Period: s.Period, Quantity: s.Quantity, Kind: s.Kind, Ordinal: 1}
	c.Installed = s.Supply.StartsOn
	if !s.Supply.EndsOn.IsZero() {
		c.Removed = s.Supply.EndsOn
	}
	c.History, c.EstimatedRun = b.history(p, s.Key)
	if s.Kind == Estimated {
		c.EstimatedRun++
	}
	spent := Consumption{
		Account: op.ID(p.account), ID: op.ID(id), Contract: op.ID(s.Supply.Contract), Unit: op.ID(s.Supply.Unit), Service: s.Supply.Service, Register: s.Register,
		Category: s.Supply.Category, PeriodDate: s.Key, From: s.Period.From, To: s.Period.To, Month: s.Month, Quantity: s.Quantity, Kind: s.Kind, State: Normal,
		RecordedAt: b.by.at, Batch: op.ID(b.batch),
	}
	if s.Corrects == 0 {
		spent.Corrects = b.supersede(e, p, s.Month)
	} else {
		spent.Corrects = op.ID(s.Corrects)
		for i := range b.spent[p] {
			if int64(b.spent[p][i].ID) == s.Corrects {
				b.spent[p][i].State = Replaced
			}
		}
		b.changedSpent = append(b.changedSpent, stateChange{p.account, s.Corrects, string(Replaced)})
	}
	var t Taken
	b.settle(e, p, &c, spent, &t)
	return t, nil
}

// recompute makes anew the consumptions that an entry changes: the one that began at the
// reading it corrects, and the one in whose middle it falls.
func (b *book) recompute(e Entry) error {
	p := place{e.Supply.Account, e.Register}
	for _, s := range slices.Clone(b.spent[p]) {
		began := e.Corrects != 0 && int64(s.FromReading) == e.Corrects
		inside := s.ToReading != 0 && s.PeriodDate.After(e.Date) && !s.From.After(e.Date)
		if !s.State.live() || !began && !inside {
			continue
		}
		at := slices.IndexFunc(b.points[p], func(q Point) bool { return q.ID == int64(s.ToReading) })
		if at < 0 {
			continue
		}
		end := b.points[p][at]
		next := Entry{
			Supply: e.Supply, Meter: end.Meter, Register: end.Register, Date: end.Date, Index: end.Index, Kind: end.Kind, Turned: end.Turned,
			Corrects: end.ID, Final: end.Kind == Closing,
		}
		r := Reading{
			Account: op.ID(p.account), ID: op.ID(end.ID), Contract: op.ID(e.Supply.Contract), Unit: op.ID(e.Supply.Unit), ServicePoint: op.ID(e.Supply.ServicePoint),
			Meter: op.ID(end.Meter), Register: end.Register, ReadingDate: end.Date, Dial: end.Index, Kind: end.Kind, Turned: end.Turned,
		}
		b.points[p] = slices.Delete(b.points[p], at, at+1)
		var t Taken
		if err := b.consume(next, r, p, &t); err != nil {
			return err
		}
		b.points[p] = append(b.points[p], end)
	}
	return nil
}
