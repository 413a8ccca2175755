package collection

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/op"
)

// Settles says when a payment counts for taxes.
type Settles string

// The moments.
const (
	// AtReceipt: the money is there.
	AtReceipt Settles = "receipt"
	// AtClearing: it is there when the bank says so; until then under reserve.
	AtClearing Settles = "clearing"
)

// EnumName is the prefix of the texts.
func (Settles) EnumName() string { return "collection_settles" }

// EnumValues are the moments.
func (Settles) EnumValues() []string { return []string{string(AtReceipt), string(AtClearing)} }

// Provenance says what a value rests on.
type Provenance string

// The provenances.
const (
	// Example values come with the program, to begin with.
	Example Provenance = "example"
	// Official values are the utility's own, from a text it names.
	Official Provenance = "official"
)

// EnumName is the prefix of the texts.
func (Provenance) EnumName() string { return "collection_provenance" }

// EnumValues are the provenances.
func (Provenance) EnumValues() []string { return []string{string(Example), string(Official)} }

// TenderKind is a way to pay, from a day on.
type TenderKind struct {
	ID    op.ID  `json:"id"`
	Code  string `json:"code"`
	Label string `json:"label"`
	// ValidFrom is its first day; it holds until the next one of the same code.
	ValidFrom day.Date `json:"valid_from"`
	// Account is where the money comes in; Transit where a cheque waits at the bank,
	// Bank where it arrives.
	Account string  `json:"account"`
	Transit string  `json:"transit_account"`
	Bank    string  `json:"bank_account"`
	Settles Settles `json:"settles"`
	// StampRate is the stamp duty on top of the amount.
	StampRate money.Rate `json:"stamp_rate"`
	// GivesChange is for cash: more can be handed over than is due.
	GivesChange bool `json:"gives_change"`
	// NeedsReference asks for the number of the cheque or of the transfer.
	NeedsReference bool `json:"needs_reference"`
	// Accepted false ends the kind.
	Accepted   bool       `json:"accepted"`
	Status     Provenance `json:"status"`
	Source     string     `json:"source"`
	Reason     string     `json:"reason"`
	Actor      op.ID      `json:"actor" out:"ref=user"`
	RecordedAt time.Time  `json:"recorded_at"`
}

// PageKey is the row's place in its list.
func (k TenderKind) PageKey(string) []string { return []string{k.Code, k.ValidFrom.String()} }

// kindOn gives the kind of a code in force on a day. rows are in order of code and
// day. None, or one that has ended, is Invalid "collection.tender_unknown".
func kindOn(rows []TenderKind, code string, on day.Date) (TenderKind, error) {
	var found TenderKind
	for _, k := range rows {
		if k.Code == code && !k.ValidFrom.After(on) {
			found = k
		}
	}
	if !found.Accepted {
		return found, fault.InvalidField("tenders", "collection.tender_unknown", "code", code)
	}
	return found, nil
}

// Tender is one means of a receipt.
type Tender struct {
	ID      op.ID   `json:"id"`
	No      int64   `json:"tender_no"`
	Kind    string  `json:"kind"`
	Account string  `json:"account"`
	Settles Settles `json:"settles"`
	// Cash is counted in the drawer.
	Cash   bool         `json:"cash"`
	Amount money.Amount `json:"amount"`
	// Stamp is the duty that this means attracts, on top of the amount.
	Stamp     money.Amount `json:"stamp"`
	Reference string       `json:"reference"`
	Bank      string       `json:"bank"`
	Drawer    string       `json:"drawer"`

	// open says that no amount was written: it takes what the others leave.
	open bool
}

// Bounds of a receipt.
const (
	// TendersMax is how many means one receipt may have.
	TendersMax = 10
	// AccountsMax is how many accounts it may settle.
	AccountsMax = 200
	// ItemsMax is how many bills may be chosen one by one.
	ItemsMax = 1000
	// WordMax is the longest reference, bank or drawer.
	WordMax = 60
	// tenderCells are the cells of a written tender.
	tenderCells = 5
)

// parseTender reads "kind ; amount ; reference ; bank ; drawer". Only the kind is
// needed; without an amount it takes what the other means leave.
func parseTender(text string) (Tender, bool) {
	var cells [tenderCells]string
	for i, more := 0, true; more; i++ {
		if i == tenderCells {
			return Tender{}, false
		}
		cells[i], text, more = strings.Cut(text, ";")
		if cells[i] = strings.TrimSpace(cells[i]); utf8.RuneCountInString(cells[i]) > WordMax {
			return Tender{}, false
		}
	}
	t := Tender{Kind: cells[0], Reference: cells[2], Bank: cells[3], Drawer: cells[4], open: cells[1] == ""}
	if !t.open {
		amount, err := money.ParseAmount(cells[1])
		if err != nil || amount <= 0 {
			return t, false
		}
		t.Amount = amount
	}
	return t, t.Kind != ""
}

// parseTenders reads the means of a receipt. At most one may leave its amount open.
func parseTenders(texts []string) ([]Tender, []fault.Field) {
	var out []Tender
	var faults []fault.Field
	for i, text := range texts {
		t, ok := parseTender(text)
		if !ok {
			faults = append(faults, fault.Field{Path: "tenders", Code: "collection.tender_form", Args: fault.Args{"line": i + 1}})
			continue
		}
		if t.open && slices.ContainsFunc(out, func(o Tender) bool { return o.open }) {
			faults = append(faults, fault.Field{Path: "tenders", Code: "collection.tender_two_open"})
		}
		t.No = int64(i + 1)
		out = append(out, t)
	}
	if len(out) > TendersMax {
		faults = append(faults, fault.Field{Path: "tenders", Code: "input.too_many", Args: fault.Args{"max": TendersMax}})
	}
	return out, faults
}
