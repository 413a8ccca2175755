package collection

import (
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/op"
)

// LotState says how far a lot is.
type LotState string

// The states of a lot.
const (
	// LotTaken lots are in, and change nothing that is owed.
	LotTaken LotState = "taken"
	// LotPosting lots are being posted: some of their receipts are made.
	LotPosting LotState = "posting"
	// LotPosted lots are posted whole.
	LotPosted LotState = "posted"
)

// EnumName is the prefix of the texts.
func (LotState) EnumName() string { return "receipt_lot_state" }

// EnumValues are the states.
func (LotState) EnumValues() []string {
	return []string{string(LotTaken), string(LotPosting), string(LotPosted)}
}

// Lot is the receipts of one file: taken in first, then posted.
type Lot struct {
	// Batch is that of the import.
	Batch op.ID `json:"id"`
	// Unit is the one that holds the money.
	Unit  op.ID  `json:"unit" out:"ref=unit"`
	Label string `json:"label"`
	// Surplus is what becomes of more than is owed.
	Surplus  Surplus      `json:"surplus"`
	State    LotState     `json:"state"`
	Receipts int64        `json:"receipts"`
	Amount   money.Amount `json:"amount"`
	// Session numbers the receipts; 0 until posting begins.
	Session      op.ID        `json:"session" out:"ref=cash_session"`
	Posted       int64        `json:"posted"`
	PostedAmount money.Amount `json:"posted_amount"`
	Actor        op.ID        `json:"actor" out:"ref=user"`
	RecordedAt   time.Time    `json:"recorded_at"`

	account, line int64 // how far it is posted
}

// PageKey is the row's place in its list.
func (l Lot) PageKey(string) []string { return []string{l.Batch.String()} }

// lotRow is a line of a lot.
type lotRow struct {
	account, bill op.ID
	line          int64
	kind          string
	amount        money.Amount
	on            day.Date
	reference     string
	operator      string
	payer         string
	repeated      bool
}

// lotKey is what two lines that say the same have in common. A file may say the same
// several times: two payments of one amount on one day. Its occurrences are counted, so
// that the same file again brings nothing, and one with another occurrence brings it.
type lotKey struct {
	account, bill op.ID
	kind          string
	amount        money.Amount
	on            day.Date
	reference     string
	operator      string
}

func (r *lotRow) key() lotKey {
	return lotKey{r.account, r.bill, r.kind, r.amount, r.on, r.reference, r.operator}
}

// lotSeen counts the occurrences of a key: in lots that were taken before, and in this
// file so far.
type lotSeen struct{ before, here int64 }

// known says whether the next occurrence in this file is known from before.
func (s *lotSeen) known() bool {
	s.here++
	return s.here <= s.before
}
