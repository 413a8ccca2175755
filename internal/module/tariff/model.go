// Package tariff owns the price of anything on any date: tariff files, their
// versions over time, the VAT tables they use, and the arithmetic that makes a
// quote out of a request. The meaning of a file is docs/tariff-format.md.
//
// Parse reads a file, Compile checks files together and makes a Book, a Book
// quotes. A Book does not change and may be shared. All arithmetic is exact on
// whole numbers; rounding happens where the format says so and nowhere else.
package tariff

import (
	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
)

// Format is what the key format of a file must say.
const Format = "wasl-tariff/1"

// Bounds of a file and of what it says. The numbers keep every intermediate
// value of a quote within 128 bits.
const (
	// FileBytesMax bounds the text of one file.
	FileBytesMax = 4 << 20
	// FilesMax bounds the files compiled together, included ones counted.
	FilesMax = 200
	// ProblemsMax bounds the problems told of one file.
	ProblemsMax = 1000
	// TariffsMax bounds the tariffs of a file, VersionsMax the versions of a tariff.
	TariffsMax  = 1000
	VersionsMax = 500
	// ComponentsMax bounds the components of a VAT table, RatesMax the rates of one.
	ComponentsMax = 100
	RatesMax      = 500
	// AttributesMax bounds the attributes of a tariff, ValuesMax the words of a choice.
	AttributesMax = 32
	ValuesMax     = 1000
	// QuantitiesMax bounds the derived quantities of a version, TermsMax the terms of
	// one, FactorsMax the names of a term.
	QuantitiesMax = 32
	TermsMax      = 16
	FactorsMax    = 4
	// ChargesMax bounds the charges of a version, BlocksMax the blocks of a charge.
	ChargesMax = 200
	BlocksMax  = 50
	// ScaleMax bounds the names of a scale.
	ScaleMax = 2
	// TableDepthMax bounds how deep a table by attribute goes.
	TableDepthMax = 3
	// NameBytesMax bounds a code or a name, TextBytesMax a label or a source.
	NameBytesMax = 64
	TextBytesMax = 1000
	// PriceMax and RateMax bound a price (10⁶ DH a unit) and a rate (100, or 10 000 %).
	PriceMax money.Price = 1_000_000_000_000
	RateMax  money.Rate  = 1_000_000
	// QuantityMax bounds every quantity, limit and numeric attribute: 10⁹.
	QuantityMax money.Quantity = 1_000_000_000_000
	// AmountMax bounds a cap: 10⁹ DH.
	AmountMax money.Amount = 100_000_000_000
)

// Position is where something stands in its file, both from 1. The zero Position
// is nowhere: a model made without a file.
type Position struct {
	Line   int `json:"line,omitempty"`
	Column int `json:"column,omitempty"`
}

// File is one tariff file.
type File struct {
	// Name is how problems call it; includes find it by the last part of its path.
	Name    string
	Include []Include
	VAT     []VATTable
	Tariffs []Tariff
}

// Include names a file of the same folder whose VAT tables this one uses.
type Include struct {
	At   Position
	Name string
}

// VATTable is the rates of value added tax by component, use and date.
type VATTable struct {
	At    Position
	Code  string
	Label string
	// UseAttribute is the attribute of a tariff that tells domestic from other uses;
	// empty when no rate depends on the use.
	UseAttribute string
	Components   []Component
}

// Component is one kind of service that has rates of its own.
type Component struct {
	At    Position
	Code  string
	Label string
	Rates []VATRate
}

// VATRate holds from its date until the next one of the same use.
type VATRate struct {
	At   Position
	From day.Date
	// Use is the value of the use attribute it holds for; empty for every use
	// without a rate of its own.
	Use string
	// Rate is 0 when Exempt, which is printed as exempt.
	Rate   money.Rate
	Exempt bool
	Source string
}

// Service is what a charge is paid for.
type Service string

// The services.
const (
	Electricity Service = "electricity"
	Water       Service = "water"
	Sanitation  Service = "sanitation"
	Other       Service = "other"
)

// Tariff is how one service is priced, over time.
type Tariff struct {
	At    Position
	Code  string
	Label string
	// Service is what its charges are for unless they say otherwise.
	Service Service
	// Unit is that of the main quantity.
	Unit     string
	Currency string
	// VATTable is the code of its VAT table; empty when no charge names a component.
	VATTable   string
	Attributes []Attribute
	// Versions are in order of From and do not overlap.
	Versions []Version
}

// AttributeType is what values an attribute takes.
type AttributeType string

// The types of attributes.
const (
	// Choice is one word out of a list.
	Choice AttributeType = "choice"
	// Integer is a whole number.
	Integer AttributeType = "integer"
	// Decimal is a number of up to 3 decimals; files call it quantity.
	Decimal AttributeType = "quantity"
)

// Attribute is a fact about a customer or a supply on which a price depends.
type Attribute struct {
	At   Position
	Name string
	Type AttributeType
	// Label and Unit are for people; both may be empty.
	Label string
	Unit  string
	// Values are the words of a choice; Labels say them to people, in the same order,
	// or are nil.
	Values []string
	Labels []string
	// Min and Max bound a number, in thousandths whatever its type.
	Min, Max money.Quantity
	// Default is the value when a request has none, as it would be written; nil when
	// every request must have one.
	Default *string
	// Split says that a change of version inside the period shares it by days.
	Split bool
}

// Number says whether the attribute is a number.
func (a *Attribute) Number() bool { return a.Type != Choice }

// Status says whose figures a version holds.
type Status string

// The statuses.
const (
	// Official figures were published; the source says where.
	Official Status = "official"
	// Example figures were published by nobody.
	Example Status = "example"
)

// Basis says whether prices hold tax.
type Basis string

// The bases.
const (
	TTC Basis = "TTC"
	HT  Basis = "HT"
)

// Prorata is how the billing months of a request are counted.
type Prorata string

// The ways to count months.
const (
	// WholeMonths takes whole months only; files call it none.
	WholeMonths Prorata = "none"
	// Months takes fractions given by the request, and counts whole months.
	Months Prorata = "months"
	// Days30 counts the days of the period, thirty for a month.
	Days30 Prorata = "days/30"
)

// OnChange is which version prices a period in which the version changes.
type OnChange string

// The ways to price a change.
const (
	// ByDays cuts the period and shares the quantities by days.
	ByDays OnChange = "days"
	// ByStart takes the version of the first day.
	ByStart OnChange = "start"
	// ByEnd takes the version of the last day.
	ByEnd OnChange = "end"
)

// Version is a tariff between two dates.
type Version struct {
	At Position
	// Code names the version within its tariff.
	Code string
	// From is its first day, To the first day on which it no longer holds; a zero To
	// means until the next version.
	From, To   day.Date
	Status     Status
	Source     string
	Basis      Basis
	Rounding   money.Rounding
	Prorata    Prorata
	OnChange   OnChange
	Quantities []Derived
	Charges    []Charge
}

// Names of quantities that every version knows.
const (
	NameQuantity = "quantity"
	NameMonths   = "months"
	NameDays     = "period_days"
)

// Derived is a quantity computed from others.
type Derived struct {
	At    Position
	Name  string
	Label string
	Unit  string
	Terms []Term
	// Min and Max bound the result; nil for no bound.
	Min, Max *money.Quantity
}

// Term is a factor times the product of named values.
type Term struct {
	At     Position
	Factor Factor
	Of     []string
}

// Factor is a quotient of two whole numbers in lowest terms; Den is above 0.
type Factor struct{ Num, Den int64 }

// Kind is how a charge becomes lines.
type Kind string

// The kinds of charges.
const (
	Unit    Kind = "unit"
	Fixed   Kind = "fixed"
	InBlock Kind = "blocks"
	Percent Kind = "percent"
	Minimum Kind = "minimum"
)

// Outside is the VAT component of a charge that is outside VAT.
const Outside = "none"

// Charge gives zero or more lines.
type Charge struct {
	At    Position
	Code  string
	Label string
	Kind  Kind
	// Service is empty for that of the tariff.
	Service Service
	// VAT is a component of the VAT table, or Outside.
	VAT string
	// When must hold, all of it, for the charge to give lines.
	When []Condition
	// Price is that of a unit, fixed or minimum charge; nil for other kinds.
	Price *Prices
	// Quantity is the name of what unit and blocks charges count.
	Quantity string
	// Scale are the names whose product multiplies a price or widens limits.
	Scale []string
	// ProgressiveUpTo is nil when blocks are progressive to the end.
	ProgressiveUpTo *money.Quantity
	// ExemptUpTo is nil when no quantity is exempt.
	ExemptUpTo *money.Quantity
	// Blocks is nil for other kinds.
	Blocks *Blocks
	// Rate is that of a percent charge.
	Rate money.Rate
	// Of are the codes of the charges a percent or minimum charge looks at.
	Of []string
	// Cap bounds the sum of the lines; nil for no bound.
	Cap      *money.Amount
	CapScale []string
	// ThirdParty is who is owed what is collected; empty for the operator itself.
	ThirdParty string
}

// Condition is what one attribute must be.
type Condition struct {
	At   Position
	Name string
	// Values are the accepted ones, as written; nil when Range.
	Values []string
	// Range says that Min and Max bound a number, both included; nil for no bound.
	Range    bool
	Min, Max *money.Quantity
}

// Prices is one price, or a table of them by the value of a choice.
type Prices struct {
	At    Position
	Price money.Price
	// By is the attribute of the table; empty for one price.
	By     string
	Values []PriceCase
}

// PriceCase is the price of one value.
type PriceCase struct {
	Value string
	Prices
}

// Blocks is a list of blocks, or a table of lists by the value of a choice.
type Blocks struct {
	At   Position
	List []Block
	// By is the attribute of the table; empty for one list.
	By     string
	Values []BlocksCase
}

// BlocksCase is the blocks of one value.
type BlocksCase struct {
	Value string
	Blocks
}

// Block is a range of the quantity with its price.
type Block struct {
	At Position
	// UpTo is nil for the last one.
	UpTo *money.Quantity
	// Tolerance is added to the limit before it is scaled.
	Tolerance money.Quantity
	Price     Prices
}
