package ledger

import (
	"cmp"
	"context"
	"slices"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// AgeingBy is the date from which age is counted.
type AgeingBy string

// The dates.
const (
	ByDue   AgeingBy = "due"
	ByIssue AgeingBy = "issue"
)

// EnumName is the prefix of the texts.
func (AgeingBy) EnumName() string { return "ledger_ageing_by" }

// EnumValues are the dates.
func (AgeingBy) EnumValues() []string { return []string{string(ByDue), string(ByIssue)} }

// AgeingGroup is what the lines of an ageing stand for.
type AgeingGroup string

// The groups.
const (
	GroupUnit        AgeingGroup = "unit"
	GroupCategory    AgeingGroup = "category"
	GroupLegalNature AgeingGroup = "legal_nature"
	// GroupService is the main service of a document; a closed month is not kept by it.
	GroupService AgeingGroup = "service"
)

// EnumName is the prefix of the texts.
func (AgeingGroup) EnumName() string { return "ledger_ageing_group" }

// EnumValues are the groups.
func (AgeingGroup) EnumValues() []string {
	return []string{string(GroupUnit), string(GroupCategory), string(GroupLegalNature), string(GroupService)}
}

// Doubt narrows an ageing by the account of doubtful debts.
type Doubt string

// The parts of what is owed.
const (
	InDoubt      Doubt = "doubtful"
	WithoutDoubt Doubt = "ordinary"
)

// EnumName is the prefix of the texts.
func (Doubt) EnumName() string { return "ledger_doubt" }

// EnumValues are the parts.
func (Doubt) EnumValues() []string { return []string{string(InDoubt), string(WithoutDoubt)} }

// LimitsDefault are the upper ends, in days late, of the ages of facts §9; what is
// not late comes before them, what is later than the last after.
func LimitsDefault() []int { return []int{30, 60, 90, 180, 360, 730, 1460} }

// LimitsMax bounds the limits of an ageing.
const LimitsMax = 12

// AgeingQuery asks for an ageing.
type AgeingQuery struct {
	AsOf
	By    AgeingBy
	Group AgeingGroup
	// Limits are the upper ends of the ages in days late, rising; none is
	// LimitsDefault.
	Limits []int
	// Category and LegalNature keep one of each; empty is all.
	Category, LegalNature string
	// Service keeps the documents of one main service; empty is all.
	Service Service
	// Doubt keeps what is on the account of doubtful debts, or what is not; empty is both.
	Doubt Doubt
	// Closed reads what was kept when the month of On was closed, as of its last day,
	// instead of the live rows. A unit that has not closed it has no line.
	Closed bool
}

// byService says that an ageing needs to know the services.
func (q AgeingQuery) byService() bool { return q.Group == GroupService || q.Service != "" }

// Validate refuses limits that do not rise, Invalid "ledger.limits", and the services
// of closed months, "ledger.ageing_service".
func (q AgeingQuery) Validate() error {
	ok := len(q.Limits) <= LimitsMax
	for i, l := range q.Limits {
		ok = ok && l > 0 && (i == 0 || l > q.Limits[i-1])
	}
	switch {
	case !ok:
		return fault.New(fault.Invalid, "ledger.limits", "max", LimitsMax)
	case q.Closed && q.byService():
		return fault.New(fault.Invalid, "ledger.ageing_service")
	}
	return nil
}

// Age is one line of an ageing: what a group is owed, by age.
type Age struct {
	// Unit is set for GroupUnit, Key for the others.
	Unit op.ID
	Key  string
	// Amounts are by age: not late, then up to each limit, then later.
	Amounts []money.Amount
	// Credits are what is due to customers and not yet allocated, not negative.
	Credits money.Amount
	// Debits is the sum of Amounts.
	Debits money.Amount
}

// piece is a sum of rows of one unit, date, category and nature.
type piece struct {
	unit             op.ID
	due, issued      day.Date
	category, nature string
	service          Service
	debit, credit    money.Amount
}

// ages adds pieces up.
type ages struct {
	q     AgeingQuery
	place func(unit op.ID) (op.ID, error)
	by    map[groupKey]*Age
}

type groupKey struct {
	unit op.ID
	key  string
}

// add puts a piece into its line and age.
func (a *ages) add(p piece) error {
	from := p.due
	if a.q.By == ByIssue {
		from = p.issued
	}
	late := 0
	if p.debit != 0 {
		late = from.DaysUntil(a.q.On)
	}
	return a.put(p, late)
}

// put puts a piece that is so many days late into its line and age.
func (a *ages) put(p piece, late int) error {
	if a.q.Category != "" && p.category != a.q.Category || a.q.LegalNature != "" && p.nature != a.q.LegalNature ||
		a.q.Service != "" && p.service != a.q.Service {
		return nil
	}
	k := groupKey{key: p.category}
	switch a.q.Group {
	case GroupLegalNature:
		k.key = p.nature
	case GroupService:
		k.key = string(p.service)
	case GroupUnit:
		unit, err := a.place(p.unit)
		if err != nil {
			return err
		}
		k = groupKey{unit: unit}
	}
	line := a.by[k]
	if line == nil {
		line = &Age{Unit: k.unit, Key: k.key, Amounts: make([]money.Amount, len(a.q.Limits)+2)}
		a.by[k] = line
	}
	var err error
	if line.Credits, err = line.Credits.Add(p.credit); err != nil || p.debit == 0 {
		return err
	}
	i := ageOf(late, a.q.Limits)
	if line.Amounts[i], err = line.Amounts[i].Add(p.debit); err != nil {
		return err
	}
	line.Debits, err = line.Debits.Add(p.debit)
	return err
}

// ageOf is the position of a number of days late: 0 is not late.
func ageOf(late int, limits []int) int {
	if late <= 0 {
		return 0
	}
	i, _ := slices.BinarySearch(limits, late)
	return i + 1
}

// sorted are the lines that hold something, in order.
func (a *ages) sorted() []Age {
	var out []Age
	for _, line := range a.by {
		if line.Credits != 0 || slices.ContainsFunc(line.Amounts, func(m money.Amount) bool { return m != 0 }) {
			out = append(out, *line)
		}
	}
	slices.SortFunc(out, func(x, y Age) int { return cmp.Or(cmp.Compare(x.Unit, y.Unit), cmp.Compare(x.Key, y.Key)) })
	return out
}

// Ageing gives what is owed by age, as of a day and as known at an instant (both
// by default today and now). within narrows a column of units; place says to
// which line a unit belongs (nil is itself).
func Ageing(ctx context.Context, r db.Reader, q AgeingQuery, within func(w *db.Where, column string), place func(unit op.ID) (op.ID, error)) ([]Age, error) {
	if err := q.Validate(); err != nil {
		return nil, err
	}
	if len(q.Limits) == 0 {
		q.Limits = LimitsDefault()
	}
	if q.On.IsZero() {
		q.On = day.Of(r.Now())
	}
	if q.Closed {
		q.On = day.MonthOf(q.On).Last()
	}
	if place == nil {
		place = func(unit op.ID) (op.ID, error) { return unit, nil }
	}
	a := &ages{q: q, place: place, by: map[groupKey]*Age{}}
	kept, err := keptOn(ctx, r, q.AsOf)
	if err != nil {
		return nil, err
	}
	switch {
	case kept && !q.Closed:
		return a.sortedAfter(totalPieces(ctx, r, q, within, a.add))
	case q.Doubt == InDoubt:
		return a.sortedAfter(doubtfulPieces(ctx, r, q, within, a.add))
	case q.Closed && q.Doubt == "" && slices.Equal(q.Limits, LimitsDefault()):
		return a.sortedAfter(closedAges(ctx, r, q, within, a))
	case q.Closed:
		if err := closedPieces(ctx, r, q, within, a.add); err != nil {
			return nil, err
		}
	default:
		if err := livePieces(ctx, r, q, within, a.add); err != nil {
			return nil, err
		}
	}
	return a.sortedAfter(a.takeDoubtful(ctx, r, within))
}

// takeDoubtful takes what is doubtful off, when it is not asked for.
func (a *ages) takeDoubtful(ctx context.Context, r db.Reader, within func(w *db.Where, column string)) error {
	if a.q.Doubt != WithoutDoubt {
		return nil
	}
	return doubtfulPieces(ctx, r, a.q, within, func(p piece) error {
		p.debit = -p.debit
		return a.add(p)
	})
}

func (a *ages) sortedAfter(err error) ([]Age, error) {
	if err != nil {
		return nil, err
	}
	return a.sorted(), nil
}
