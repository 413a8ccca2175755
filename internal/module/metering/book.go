package metering

import (
	"slices"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/op"
)

// Entry is a reading to be taken in.
type Entry struct {
	Supply   Supply
	Meter    int64
	Register string
	Date     day.Date
	Index    money.Quantity
	Kind     ReadingKind
	// Turned confirms that the hand passed zero.
	Turned bool
	Note   string
	// Corrects is the reading that this one replaces; 0 for none.
	Corrects int64
	// Final says that a closing ends the supply, so that a consumption is due.
	Final bool
	// Declared is the old index, Serial the meter told by a file; Swap the date
	// with day and month exchanged that would fit.
	Declared *money.Quantity
	Serial   string
	Swap     day.Date
	// Linked is the new index of the link before it in the file; nil without one.
	Linked *money.Quantity
	// Answered says that a person decided on this value: it is not controlled again.
	Answered bool
}

// periodic says that the reading ends a period of consumption.
func (e Entry) periodic() bool {
	return e.Kind == Read || e.Kind == Estimated || e.Kind == OfCustomer || e.Kind == Closing && e.Final
}

// Taken is what became of an entry.
type Taken struct {
	// Same is the reading or consumption that already said it; 0 when it is new.
	Same int64
	// Reading and Consumption written; nil when there is none.
	Reading     *Reading
	Consumption *Consumption
	Findings    []Finding
	// Usual consumption of the period; false when it is not known.
	Usual   Usual
	Usually bool
	// Previous reading of the register.
	Previous *Point
}

// window is an open reading period.
type window struct {
	month day.Date
	days  day.Period
}

// book holds what is known of some accounts and takes entries in by the rules, in
// memory: one person's reading and a chunk of a file go the same way. What it makes is
// written by flush, in the transaction it was loaded in.
type book struct {
	today   day.Date
	by      origin
	batch   int64
	rules   *rulebook
	shelves map[place]*shelf
	dials   map[int64][]Register
	serials map[int64]string
	stays   map[int64][]Stay
	windows map[int64][]window
	newID   func() (int64, error)
	// past is room for the history of one case.
	past []Past

	readings     []Reading
	consumptions []Consumption
	anomalies    []Anomaly
	matches      []match
	// turned to another state, by kind.
	replacedReadings []stateChange
	changedSpent     []stateChange
}

// match is a row of a file that was known.
type match struct {
	account int64
	subject string
	id      int64
}

// stateChange gives a row another state.
type stateChange struct {
	account, id int64
	state       string
}

// dial of a register of a meter; none counts nothing.
func (b *book) dial(meter int64, register string) Dial {
	for _, g := range b.dials[meter] {
		if g.Register == register {
			return Dial{g.Digits, g.Decimals, g.Coefficient}
		}
	}
	return Dial{}
}

// at is what is known of a place.
func (b *book) at(p place) *shelf {
	s := b.shelves[p]
	if s == nil {
		s = &shelf{}
		b.shelves[p] = s
	}
	return s
}

// take takes a reading in. The same value of the same key that is already there is
// told, not written again.
func (b *book) take(e Entry) (Taken, error) {
	k := keyed{e.Meter, e.Date}
	shelf := b.at(place{e.Supply.Account, e.Register})
	if e.Corrects == 0 {
		if c := shelf.find(k, e.Index, e.Kind); c != nil {
			c.matched = true
			b.matches = append(b.matches, match{e.Supply.Account, subjectReading, c.id})
			return Taken{Same: c.id}, nil
		}
	}
	id, err := b.newID()
	if err != nil {
		return Taken{}, err
	}
	if e.Corrects != 0 {
		b.drop(e, shelf)
	}
	b.readings = append(b.readings, Reading{
		Account: op.ID(e.Supply.Account), ID: op.ID(id), Contract: op.ID(e.Supply.Contract), Unit: op.ID(e.Supply.Unit), ServicePoint: op.ID(e.Supply.ServicePoint),
		Meter: op.ID(e.Meter), Register: e.Register, ReadingDate: e.Date, Ordinal: shelf.ordinal(k), Dial: e.Index, Kind: e.Kind, Turned: e.Turned,
		State: Valid, Corrects: op.ID(e.Corrects), Note: e.Note, Actor: op.ID(b.by.actor), RecordedAt: b.by.at, Batch: op.ID(b.batch),
	})
	r := &b.readings[len(b.readings)-1]
	shelf.copies = append(shelf.copies, copyOf{keyed: k, id: id, value: e.Index, kind: e.Kind, own: true})
	t := Taken{Reading: r}
	if b.batch != 0 && e.periodic() && b.hold(e, r, shelf, &t) {
		return t, nil
	}
	if e.periodic() {
		err = b.consume(e, r, shelf, &t)
	} else if !e.Answered {
		c := b.caseOf(e, shelf)
		t.Findings = Findings(&c, b.params(e.Supply.Category, e.Date))
		b.report(e.Supply, monthStart(e.Date), 0, id, t.Findings)
	}
	shelf.addPoint(r.point())
	return t, err
}

// hold keeps a reading of a file out of the chain when its date is in doubt: day and
// month seem exchanged, it is in the future, or a later reading is known, so that
// what was computed would change. A person decides; nothing is computed before.
func (b *book) hold(e Entry, r *Reading, at *shelf, t *Taken) bool {
	later := at.later(e.Date)
	if later.IsZero() && e.Swap.IsZero() && !e.Date.After(b.today) {
		return false
	}
	c := b.caseOf(e, at)
	c.Later = later
	params := b.params(e.Supply.Category, e.Date)
	doubt := Judge(RuleDate, &c, params(RuleDate))
	if doubt == nil || doubt.Severity != Blocking { // the rule is off, or only warns
		return false
	}
	t.Findings = []Finding{*doubt}
	if broken := Judge(RuleChain, &c, params(RuleChain)); broken != nil && c.Linked != nil {
		t.Findings = append(t.Findings, *broken)
	}
	r.State = ReadingHeld
	b.report(e.Supply, monthStart(e.Date), 0, int64(r.ID), t.Findings)
	return true
}

// drop takes a reading that is corrected out of the chain.
func (b *book) drop(e Entry, at *shelf) {
	at.dropPoint(e.Corrects)
	b.replacedReadings = append(b.replacedReadings, stateChange{e.Supply.Account, e.Corrects, string(ReadingReplaced)})
}

// anchor is where the period of an entry begins in the readings before it: the last one
// that ended a period, or the first of all. What lies between are meters replaced.
func anchor(before []Point) int {
	for i := len(before) - 1; i >= 0; i-- {
		switch k := before[i].Kind; {
		case k != Opening && k != Closing:
			return i
		case k == Opening && (i == 0 || before[i-1].Kind != Closing):
			return i
		}
	}
	return 0
}

// consume makes the consumption that a periodic reading ends; none for a first reading.
func (b *book) consume(e Entry, r *Reading, at *shelf, t *Taken) error {
	month := monthStart(e.Date)
	if w := b.windowOf(e.Supply.ServicePoint, e.Date); w != nil {
		month = w.month
	}
	corrects := b.supersede(e, at, month)
	c := b.caseOf(e, at)
	before := at.before(e.Date, e.Kind)
	if t.Previous = c.Previous; len(before) == 0 {
		t.Findings = b.judge(e, &c)
		b.report(e.Supply, monthStart(e.Date), 0, int64(r.ID), t.Findings)
		return nil
	}
	before = before[anchor(before):]
	chain := append(append(make([]Point, 0, len(before)+1), before...), r.point())
	parts, err := Parts(chain, func(meter int64) Dial { return b.dial(meter, e.Register) })
	if err != nil {
		return err
	}
	if c.Quantity, err = Total(parts); err != nil {
		return err
	}
	if len(parts) > 0 {
		c.Step = &parts[len(parts)-1].Step
	}
	from := chain[0].Date.AddDays(1)
	if from.After(e.Date) {
		from = e.Date
	}
	c.Period = day.Period{From: from, To: e.Date}
	id, err := b.newID()
	if err != nil {
		return err
	}
	b.settle(e, at, &c, Consumption{
		Account: r.Account, ID: op.ID(id), Contract: r.Contract, Unit: r.Unit, Service: e.Supply.Service, Register: e.Register, Category: e.Supply.Category,
		PeriodDate: e.Date, From: from, To: e.Date, Month: month, Quantity: c.Quantity, Kind: e.Kind, State: Normal,
		FromReading: op.ID(chain[0].ID), ToReading: r.ID, Corrects: corrects, RecordedAt: b.by.at, Batch: op.ID(b.batch),
	}, t)
	return nil
}

// settle gives a consumption its ordinal and state, after the controls.
func (b *book) settle(e Entry, at *shelf, c *Case, made Consumption, t *Taken) {
	b.consumptions = append(b.consumptions, made)
	spent := &b.consumptions[len(b.consumptions)-1]
	c.Ordinal = 1
	for i := range at.spent {
		if s := &at.spent[i]; s.month == spent.Month && s.state.live() && s.state != SentBack {
			c.Ordinal++
		}
	}
	key := keyed{date: spent.PeriodDate}
	spent.Ordinal = at.ordinal(key)
	at.copies = append(at.copies, copyOf{keyed: key, id: int64(spent.ID), value: spent.Quantity, kind: spent.Kind, own: true})
	t.Findings = b.judge(e, c)
	if b.batch == 0 { // a person sees it
		t.Usual, t.Usually = b.usual(e.Supply.Category, c)
	}
	if slices.ContainsFunc(t.Findings, func(f Finding) bool { return f.Severity == Blocking }) {
		spent.State = ToDecide
	} else if e.Answered {
		spent.State = Accepted
	}
	b.report(e.Supply, spent.Month, int64(spent.ID), int64(spent.ToReading), t.Findings)
	at.addSpent(spent.spell())
	t.Consumption = spent
}

// supersede takes away what a new value stands for: that of the reading it corrects, or one
// of the month that was sent back. It gives the consumption replaced; 0 for none. What a
// file replaces stays as it is until the file is applied (replaceSentBack).
func (b *book) supersede(e Entry, at *shelf, month day.Date) (gone op.ID) {
	for i := range at.spent {
		s := &at.spent[i]
		corrected := e.Corrects != 0 && s.toReading == e.Corrects
		again := e.Corrects == 0 && s.state == SentBack && s.month == month
		if !s.state.live() || !corrected && !again {
			continue
		}
		gone = op.ID(s.id)
		s.state = Replaced
		if b.batch == 0 {
			b.changedSpent = append(b.changedSpent, stateChange{e.Supply.Account, s.id, string(Replaced)})
		}
		if again && s.toReading != 0 {
			at.dropPoint(s.toReading)
			if b.batch == 0 {
				b.replacedReadings = append(b.replacedReadings, stateChange{e.Supply.Account, s.toReading, string(ReadingReplaced)})
			}
		}
	}
	return gone
}

// judge runs the controls, unless a person has decided on the value.
func (b *book) judge(e Entry, c *Case) []Finding {
	if e.Answered {
		return nil
	}
	return Findings(c, b.params(e.Supply.Category, e.Date))
}

// caseOf is an entry as the rules see it, before its consumption is known.
func (b *book) caseOf(e Entry, at *shelf) Case {
	c := Case{
		Today: b.today, Date: e.Date, Kind: e.Kind, Index: e.Index, Declared: e.Declared, Linked: e.Linked, Ordinal: 1, Swap: e.Swap,
		Serial: b.serials[e.Meter], Expected: b.serials[e.Meter], Period: day.Period{From: e.Date, To: e.Date},
	}
	if e.Serial != "" {
		c.Serial = e.Serial
	}
	for _, s := range b.stays[e.Supply.ServicePoint] {
		if int64(s.Meter) == e.Meter {
			c.Installed, c.Removed = s.InstalledOn, s.RemovedOn
			if s.covers(e.Date) {
				break
			}
		}
	}
	if w := b.windowOf(e.Supply.ServicePoint, e.Date); w != nil {
		c.Window = w.days
	}
	if before := at.before(e.Date, e.Kind); len(before) > 0 {
		last := before[len(before)-1]
		c.Previous = &last
	}
	c.History, c.EstimatedRun = b.history(at, e.Date)
	if e.Kind == Estimated {
		c.EstimatedRun++
	}
	return c
}

// history are the earlier periods of a place, the latest first, and how many of the last
// ones were estimated. They stand in the book's own room until it is asked again.
func (b *book) history(at *shelf, before day.Date) (past []Past, estimates int64) {
	past = b.past[:0]
	real := false
	for i := range at.spent {
		s := &at.spent[i]
		if !s.state.live() || !s.periodDate.Before(before) {
			continue
		}
		real = real || s.kind.Real()
		if !real {
			estimates++
		}
		past = append(past, s.past())
	}
	b.past = past
	return past, estimates
}

// windowOf is the open reading period a date belongs to: the one whose days hold it,
// or that of its month.
func (b *book) windowOf(point int64, d day.Date) *window {
	month := monthStart(d)
	for i, w := range b.windows[point] {
		if w.days.Contains(d) {
			return &b.windows[point][i]
		}
	}
	for i, w := range b.windows[point] {
		if w.month == month {
			return &b.windows[point][i]
		}
	}
	return nil
}

// params gives the parameters of the rules for a category and a date.
func (b *book) params(category string, on day.Date) func(Rule) Params {
	return func(r Rule) Params { return b.rules.params(r, category, on) }
}

// usual is what a clerk is shown beside the value.
func (b *book) usual(category string, c *Case) (Usual, bool) {
	p := b.rules.params(RuleHigh, category, c.Date)
	return c.usual(p.Periods, p.Seasonal)
}

// report keeps what the controls found.
func (b *book) report(s Supply, month day.Date, consumption, reading int64, found []Finding) {
	for _, f := range found {
		b.anomalies = append(b.anomalies, Anomaly{
			Account: op.ID(s.Account), Contract: op.ID(s.Contract), Unit: op.ID(s.Unit), Service: s.Service, Category: s.Category, Month: month,
			Consumption: op.ID(consumption), Reading: op.ID(reading), Rule: f.Rule, Severity: f.Severity, Evidence: f.Evidence, State: AnomalyOpen,
			RecordedAt: b.by.at, Version: 1, Batch: op.ID(b.batch),
		})
	}
}

// registersOf are the registers of a meter, sorted.
func (b *book) registersOf(meter int64) []string {
	out := make([]string, 0, len(b.dials[meter]))
	for _, g := range b.dials[meter] {
		out = append(out, g.Register)
	}
	slices.Sort(out)
	return out
}
