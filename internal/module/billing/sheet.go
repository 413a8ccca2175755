package billing

import (
	"strings"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/module/tariff"
	"wasl/internal/platform/op"
)

// sheet is everything a printed bill or credit note says.
type sheet struct {
	card   BillCard
	issuer issuer
	office office
	// tariff is the label of what it was priced by.
	tariff string
	// duplicate marks every print but the first.
	duplicate bool
}

// BillParty is who a bill is for, and where.
type BillParty struct {
	Customer     op.ID  `json:"customer" out:"ref=customer"`
	CustomerCode string `json:"customer_code"`
	Name         string `json:"name"`
	NameArabic   string `json:"name_ar"`
	Address      string `json:"address"`
	City         string `json:"city"`
	ICE          string `json:"ice"`
	// Point is the code of the service point.
	Point        string `json:"service_point_code"`
	PointAddress string `json:"point_address"`
	Locality     string `json:"locality"`
	// Route is the walk of the reader, Sequence the place in it.
	Route    string `json:"route"`
	Sequence int64  `json:"sequence"`
	// CancelsNumber is the number of the bill a credit note takes back.
	CancelsNumber string `json:"cancels_number"`

	recordedAt time.Time
}

// issuer is the legal entity that bills.
type issuer struct {
	name, legalForm, ice, taxID, tradeRegister, businessTax, cnss, address, phone, email string
}

// office is the unit the customer turns to.
type office struct{ name, address, phone string }

// BillReading is a meter with the indexes a consumption was computed from.
type BillReading struct {
	Meter string `json:"meter"`
	// From and To are the days of the readings.
	From    day.Date       `json:"from"`
	To      day.Date       `json:"to"`
	Old     money.Quantity `json:"old"`
	New     money.Quantity `json:"new"`
	OldKind string         `json:"old_kind"`
	NewKind string         `json:"new_kind"`
	// Coefficient turns the difference of the dials into what is billed.
	Coefficient money.Quantity `json:"coefficient"`
}

// MonthQuantity is what was consumed in a month.
type MonthQuantity struct {
	// Month is its first day.
	Month    day.Date       `json:"month" out:"month"`
	Quantity money.Quantity `json:"quantity"`
}

// historyMonths is how many months the chart of a printed bill shows: the same month of
// the year before is the first of them. A page has room for pageMonths.
const (
	historyMonths = 13
	pageMonths    = 24
)

// negate gives the lines and taxes of a credit note, which are stored as those of its
// bill, the sign of its total.
func (c *BillCard) negate() {
	if c.Kind != KindCreditNote {
		return
	}
	for i := range c.Lines {
		c.Lines[i].Amount = -c.Lines[i].Amount
	}
	for i := range c.Taxes {
		c.Taxes[i].Base, c.Taxes[i].Amount = -c.Taxes[i].Base, -c.Taxes[i].Amount
	}
}

// due is what the customer is asked to pay with this bill.
func (s *sheet) due() (money.Amount, error) { return s.card.Total.Add(s.card.Before) }

// explainLines completes the lines of a bill with the bounds of their blocks. The lines
// themselves are those stored in the bill; when the tariff in force no longer gives its
// total, the bounds stay unknown.
func explainLines(book *tariff.Book, b *Bill, lines []BillLine, q *tariff.Quote) {
	r := b.requestOf(book.Tariff(b.tariff))
	told, err := book.Explain(&r, q)
	if err != nil || told.Total != b.Total && told.Total != -b.Total {
		return
	}
	for i := range lines {
		l := &lines[i]
		if l.part >= len(told.Parts) || l.Block == 0 {
			continue
		}
		for c := range told.Parts[l.part].Charges {
			charge := &told.Parts[l.part].Charges[c]
			if charge.Code != l.Charge {
				continue
			}
			for k := range charge.Blocks {
				if block := &charge.Blocks[k]; block.Block == l.Block {
					above := block.Above
					l.Above, l.UpTo, l.Whole = &above, block.UpTo, charge.Selective
				}
			}
		}
	}
}

// SlipCode is what the bars and the code of a payment slip hold: the number of the bill
// and what is to be paid, in centimes.
func SlipCode(number string, amount money.Amount) string { return number + "/" + amount.String() }

// ParseSlip reads what a reader took from a payment slip. Invalid "billing.slip" when it
// is none.
func ParseSlip(code string) (number string, amount money.Amount, err error) {
	number, text, ok := strings.Cut(strings.TrimSpace(code), "/")
	if ok && number != "" {
		if amount, err = money.ParseAmount(text); err == nil {
			return number, amount, nil
		}
	}
	return "", 0, fault.New(fault.Invalid, "billing.slip")
}
