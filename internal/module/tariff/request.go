package tariff

import (
	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
)

// DaysMax bounds the days of a period.
const DaysMax = 3660

// Request asks for the price of a quantity over a period.
type Request struct {
	// ID is given back with the quote.
	ID     string
	Tariff string
	// From and To are the first and the last day of the service period.
	From, To day.Date
	// Months is the number of billing months; 0 when the version counts them.
	Months money.Quantity
	// Quantity is in the tariff's unit.
	Quantity money.Quantity
	// TaxDate decides the VAT rates; no date for To.
	TaxDate day.Date
	// Attributes are in any order, each name once.
	Attributes []Value
}

// Value is what a request says of one attribute.
type Value struct {
	Name string
	// Text is a word of a choice, or a number in plain decimal form.
	Text string
	// Bare says that it was written as a number, without quotes: a choice refuses it.
	Bare bool
}

// Quote is the price of a request. Its lines and taxes are in the order of the
// bill. A Quote can be given again to Book.QuoteInto, which uses its room.
type Quote struct {
	ID     string
	Tariff string
	// Parts are the versions that priced the period, in order of time; one unless
	// the version changes inside it.
	Parts []Part
	Lines []Line
	// Taxes are by increasing rate, what is exempt before the rate 0.
	Taxes []Tax
	// Net + Tax = Total; Net and Tax are the sums of Taxes.
	Net, Tax, Total money.Amount
	Basis           Basis
	Rounding        money.Rounding
	// TaxDate is the date that decided the rates.
	TaxDate day.Date

	work
}

// Part is a stretch of the period priced by one version.
type Part struct {
	// Version is its code.
	Version string
	From    day.Date
	To      day.Date
	// Days, both ends included; Months and Quantity are the part's shares.
	Days     int
	Months   money.Quantity
	Quantity money.Quantity

	version *version
}

// Line is one line of a bill.
type Line struct {
	// Code is that of the charge, with -n for the n-th block.
	Code    string
	Label   string
	Service Service
	// Unit is that of the quantity; empty when the file names none.
	Unit string
	// Measured says that Quantity and Price mean something.
	Measured bool
	Quantity money.Quantity
	Price    money.Price
	// Value is exact, in the basis of the version; Amount is what is printed.
	Value  money.Exact
	Amount money.Amount
	// Rate is that of VAT; 0 when Exempt or Outside.
	Rate    money.Rate
	Exempt  bool
	Outside bool
	// ThirdParty is who is owed the amount; empty for the operator itself.
	ThirdParty string
	// Part is the position of the part in Quote.Parts.
	Part int
	// Charge is the position of the charge in its version, Block that of the block
	// from 1, 0 for none.
	Charge, Block int
}

// Tax is what a bill prints for one rate.
type Tax struct {
	// Code is VAT, EXEMPT, or NONE for the rate 0.
	Code   string
	Rate   money.Rate
	Base   money.Amount
	Amount money.Amount
}

// The codes of taxes.
const (
	TaxVAT    = "VAT"
	TaxExempt = "EXEMPT"
	TaxNone   = "NONE"
)
