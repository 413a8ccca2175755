package tariff

import (
	"slices"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
)

// Book is tariffs ready to quote. It does not change and may be shared.
type Book struct {
	tariffs map[string]*compiled
}

// Codes lists the tariffs of the book in order.
func (b *Book) Codes() []string {
	codes := make([]string, 0, len(b.tariffs))
	for code := range b.tariffs {
		codes = append(codes, code)
	}
	slices.Sort(codes)
	return codes
}

// Tariff gives a tariff as it was written; nil when the book has none of that code.
// It is not to be changed.
func (b *Book) Tariff(code string) *Tariff {
	if t := b.tariffs[code]; t != nil {
		return t.source
	}
	return nil
}

// Places of the quantities every version knows; numeric attributes follow, then
// derived quantities.
const (
	slotQuantity = iota
	slotMonths
	slotDays
	slotFree
)

// slotsMax is how many quantities a version can know.
const slotsMax = slotFree + AttributesMax + QuantitiesMax

// nowhere is the place of what is not there.
const nowhere = -1

// compiled is a tariff ready to quote.
type compiled struct {
	source     *Tariff
	attributes []attribute
	components []component
	versions   []version
	// use is the attribute that tells uses apart; nowhere without one.
	use int
}

// attribute is one fact a request gives.
type attribute struct {
	source *Attribute
	// slot is its place among the quantities; nowhere for a choice.
	slot int
	// field names it in errors.
	field string
	// value is the default: a number, or the position of a word.
	value int64
}

// component is a kind of service with its rates: those of each use, in the order of
// the values of the use attribute, or of the only list without one.
type component struct {
	code  string
	rates [][]VATRate
}

// version is a version ready to quote.
type version struct {
	source *Version
	// position in its tariff.
	position int
	// from and to are its first and last day.
	from, to day.Date
	derived  []derived
	charges  []charge
}

// derived is a sum of terms over one denominator.
type derived struct {
	source *Derived
	slot   int
	terms  []term
	// den is the common denominator of the factors.
	den uint64
	// places is the greatest number of names of a term: the sum has three decimals for
	// each.
	places int
}

// term is a factor, over the common denominator, times a product.
type term struct {
	factor int64
	of     []int
}

// charge is a charge ready to quote.
type charge struct {
	source   *Charge
	position int
	service  Service
	// unit is that of the quantity of its lines.
	unit string
	when []test
	// component is its place in the tariff; nowhere outside VAT.
	component int
	quantity  int
	scale     []int
	capScale  []int
	of        []int
	price     *prices
	blocks    *blocks
	// codes are those of its lines by block.
	codes []string
}

// test is a condition on one attribute.
type test struct {
	attribute int
	// words says for each value of a choice whether it is accepted; nil for a number.
	words []bool
	// numbers are the accepted ones; nil for a range.
	numbers  []int64
	min, max int64
}

// prices is a price or a table of them by the position of a word; a nil entry is
// not in the table.
type prices struct {
	price money.Price
	by    int
	table []*prices
}

// blocks is a list of blocks or a table of lists, as prices are.
type blocks struct {
	list  []block
	by    int
	table []*blocks
}

// block is a range of the quantity.
type block struct {
	// limit is the last quantity it holds, tolerance included and not yet scaled.
	limit int64
	// open says that it has no limit.
	open        bool
	progressive bool
	price       *prices
}
