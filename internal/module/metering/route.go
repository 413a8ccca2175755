package metering

import (
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// StopsMax bounds the service points of one walk.
const StopsMax = op.ListMax

// Route is a walk of a reader.
type Route struct {
	ID      op.ID  `json:"id"`
	Code    string `json:"code"`
	Name    string `json:"name"`
	Unit    op.ID  `json:"unit" out:"ref=unit"`
	Reader  string `json:"reader"`
	Version int64  `json:"version"`
}

func (r Route) folded() string { return db.Fold(r.Name + " " + r.Code + " " + r.Reader) }

// PeriodState says where the reading of a route for a month stands.
type PeriodState string

// The states of a reading period.
const (
	PeriodOpen   PeriodState = "open"
	PeriodClosed PeriodState = "closed"
)

// EnumName is the prefix of the texts.
func (PeriodState) EnumName() string { return "period_state" }

// EnumValues are the states.
func (PeriodState) EnumValues() []string { return []string{string(PeriodOpen), string(PeriodClosed)} }

// Period is the reading of a route for a month.
type Period struct {
	ID    op.ID    `json:"id"`
	Route op.ID    `json:"route" out:"ref=route"`
	Month day.Date `json:"month" out:"month"`
	// OpensOn and ClosesOn are the planned days, both included.
	OpensOn  day.Date    `json:"opens_on"`
	ClosesOn day.Date    `json:"closes_on"`
	State    PeriodState `json:"state"`
	// Stops were to be read; Missing had no value when it was closed.
	Stops    int64     `json:"stops"`
	Missing  int64     `json:"missing"`
	ClosedAt time.Time `json:"closed_at,omitzero"`
	Version  int64     `json:"version"`
}

// Progress counts what was done of a period.
type Progress struct {
	// Read has a value that was read, Estimated one that was not.
	Read      int64 `json:"read"`
	Estimated int64 `json:"estimated"`
	// ToDecide is held up by an anomaly.
	ToDecide int64 `json:"held_up"`
}

// SheetRow is one line of a reading sheet.
type SheetRow struct {
	Sequence int64  `json:"sequence"`
	Point    string `json:"point"`
	Address  string `json:"address"`
	// Account, Contract and Customer are those in force; empty without a contract.
	Account  op.ID  `json:"account"`
	Contract string `json:"contract"`
	Customer string `json:"customer"`
	Meter    op.ID  `json:"meter" out:"ref=meter"`
	Serial   string `json:"serial"`
	Register string `json:"register"`
	Digits   int64  `json:"digits"`
	// Previous index and its date; none for a first reading.
	Previous   *money.Quantity `json:"previous_index"`
	PreviousOn day.Date        `json:"previous_on"`
	// Usual consumption; none when it is not known.
	Usual *money.Quantity `json:"usual"`
	// Index entered for the month, what it came to, and how it stands.
	Index    *money.Quantity  `json:"index"`
	Quantity *money.Quantity  `json:"quantity"`
	State    ConsumptionState `json:"state"`
}

// PageKey is the row's place in its list.
func (s SheetRow) PageKey(string) []string { return []string{sheetKey(s)} }

// sheetKey sorts as the sequence and the register do.
func sheetKey(s SheetRow) string {
	const width = 10
	n := op.ID(s.Sequence).String()
	for len(n) < width {
		n = "0" + n
	}
	return n + "/" + s.Register
}
