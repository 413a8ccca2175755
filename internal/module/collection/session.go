package collection

import (
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/op"
)

// SessionState says whether a desk takes money.
type SessionState string

// The states of a session.
const (
	SessionOpen   SessionState = "open"
	SessionClosed SessionState = "closed"
)

// EnumName is the prefix of the texts.
func (SessionState) EnumName() string { return "cash_session_state" }

// EnumValues are the states.
func (SessionState) EnumValues() []string {
	return []string{string(SessionOpen), string(SessionClosed)}
}

// Session is one cashier at one desk on one day. Its number is legal and gap-free by
// entity, node and exercise; so is the number of each of its receipts, which is that of
// the session with its place in it.
type Session struct {
	ID       op.ID  `json:"id"`
	Number   string `json:"number"`
	Unit     op.ID  `json:"unit" out:"ref=unit"`
	Entity   op.ID  `json:"entity" out:"ref=entity"`
	Exercise int64  `json:"exercise"`
	Desk     string `json:"desk"`
	Cashier  op.ID  `json:"cashier" out:"ref=user"`
	// Day is the business day; receipts are taken on that day only.
	Day day.Date `json:"business_day"`
	// Float is the cash in the drawer at the beginning.
	Float money.Amount `json:"opening_float"`
	State SessionState `json:"state"`
	// Receipts counts those taken, cancelled ones included.
	Receipts int64 `json:"receipts"`
	// Expected is the cash that must be there at the count, Difference what was counted
	// beyond it, below zero when some is missing. Both are zero until then.
	Expected   money.Amount `json:"expected"`
	Counted    money.Amount `json:"counted"`
	Difference money.Amount `json:"difference"`
	Reason     string       `json:"reason"`
	OpenedAt   time.Time    `json:"opened_at"`
	ClosedAt   time.Time    `json:"closed_at,omitzero"`
	ClosedBy   op.ID        `json:"closed_by" out:"ref=user"`
	Version    int64        `json:"version"`
	// Paper is what receipts are printed on at this desk; AtOnce prints each as soon as it
	// is given.
	Paper  Paper `json:"paper"`
	AtOnce bool  `json:"print_at_once"`

	serial int64
}

// PageKey is the row's place in its list.
func (s Session) PageKey(string) []string { return []string{s.Day.String(), s.ID.String()} }

// TenderTotal is what a session took by one means.
type TenderTotal struct {
	Kind     string       `json:"kind"`
	Receipts int64        `json:"receipts"`
	Amount   money.Amount `json:"amount"`
	Stamp    money.Amount `json:"stamp"`
}

// SessionCard is a session with its totals by means; cancelled receipts are left out.
type SessionCard struct {
	Session
	Tenders   []TenderTotal `json:"tenders"`
	Cancelled int64         `json:"cancelled"`
}

// takes refuses a session that does not take money on a day: Precondition
// "collection.session_closed", "collection.session_yesterday".
func (s *Session) takes(today day.Date) error {
	if s.State != SessionOpen {
		return fault.New(fault.Precondition, "collection.session_closed", "number", s.Number)
	}
	if s.Day != today {
		return fault.New(fault.Precondition, "collection.session_yesterday", "date", s.Day)
	}
	return nil
}
