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
	at := b.at(place{s.Supply.Account, s.Register})
	if s.Corrects == 0 {
		if c := at.find(keyed{date: s.Key}, s.Quantity, s.Kind); c != nil {
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
	c.History, c.EstimatedRun = b.history(at, s.Key)
	if s.Kind == Estimated {
		c.EstimatedRun++
	}
	spent := Consumption{
		Account: op.ID(s.Supply.Account), ID: op.ID(id), Contract: op.ID(s.Supply.Contract), Unit: op.ID(s.Supply.Unit), Service: s.Supply.Service,
		Register: s.Register, Category: s.Supply.Category, PeriodDate: s.Key, From: s.Period.From, To: s.Period.To, Month: s.Month,
		Quantity: s.Quantity, Kind: s.Kind, State: Normal, RecordedAt: b.by.at, Batch: op.ID(b.batch),
	}
	if s.Corrects == 0 {
		spent.Corrects = b.supersede(e, at, s.Month)
	} else {
		spent.Corrects = op.ID(s.Corrects)
		for i := range at.spent {
			if at.spent[i].id == s.Corrects {
				at.spent[i].state = Replaced
			}
		}
		b.changedSpent = append(b.changedSpent, stateChange{s.Supply.Account, s.Corrects, string(Replaced)})
	}
	var t Taken
	b.settle(e, at, &c, spent, &t)
	return t, nil
}

// recompute makes anew the consumptions that an entry changes: the one that began at the
// reading it corrects, and the one in whose middle it falls.
func (b *book) recompute(e Entry) error {
	shelf := b.at(place{e.Supply.Account, e.Register})
	for _, s := range slices.Clone(shelf.spent) {
		began := e.Corrects != 0 && s.fromReading == e.Corrects
		inside := s.toReading != 0 && s.periodDate.After(e.Date) && !s.from.After(e.Date)
		if !s.state.live() || !began && !inside {
			continue
		}
		at := slices.IndexFunc(shelf.points, func(q Point) bool { return q.ID == s.toReading })
		if at < 0 {
			continue
		}
		end := shelf.points[at]
		next := Entry{
			Supply: e.Supply, Meter: end.Meter, Register: end.Register, Date: end.Date, Index: end.Index, Kind: end.Kind, Turned: end.Turned,
			Corrects: end.ID, Final: end.Kind == Closing,
		}
		r := Reading{
			Account: op.ID(e.Supply.Account), ID: op.ID(end.ID), Contract: op.ID(e.Supply.Contract), Unit: op.ID(e.Supply.Unit),
			ServicePoint: op.ID(e.Supply.ServicePoint), Meter: op.ID(end.Meter), Register: end.Register, ReadingDate: end.Date, Dial: end.Index,
			Kind: end.Kind, Turned: end.Turned,
		}
		shelf.points = slices.Delete(shelf.points, at, at+1)
		var t Taken
		if err := b.consume(next, &r, shelf, &t); err != nil {
			return err
		}
		shelf.addPoint(end)
	}
	return nil
}
