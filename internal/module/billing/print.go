package billing

import (
	"time"

	"wasl/internal/kernel/money"
	"wasl/internal/platform/op"
)

// PrintState is where a print file stands.
type PrintState string

// The states of a print file.
const (
	// Printing: its parts are being made.
	Printing PrintState = "printing"
	// Printed: it can be fetched.
	Printed PrintState = "printed"
	// PrintStopped before its end; what was made of it is not shown.
	PrintStopped PrintState = "stopped"
)

// EnumName is the prefix of the texts.
func (PrintState) EnumName() string { return "billing_print_state" }

// EnumValues are the states.
func (PrintState) EnumValues() []string {
	return []string{string(Printing), string(Printed), string(PrintStopped)}
}

// Print is the print file of a run.
type Print struct {
	ID    op.ID      `json:"id"`
	Run   op.ID      `json:"run" out:"ref=billing_run"`
	Unit  op.ID      `json:"unit" out:"ref=unit"`
	State PrintState `json:"state"`
	// Duplicate says that the run was printed before.
	Duplicate bool         `json:"duplicate"`
	Bills     int64        `json:"bills"`
	Pages     int64        `json:"pages"`
	Parts     int64        `json:"parts"`
	Total     money.Amount `json:"total"`
	SHA256    string       `json:"sha256"`
	// Size is in bytes.
	Size        int64     `json:"size"`
	RequestedBy op.ID     `json:"requested_by" out:"ref=user"`
	RecordedAt  time.Time `json:"recorded_at"`
}

// PageKey is the row's place in its list.
func (p Print) PageKey(string) []string {
	return []string{p.RecordedAt.UTC().Format(time.RFC3339Nano), p.ID.String()}
}

// Bounds of a print file.
const (
	// printPartBills is how many bills one of its files holds: what a printer takes at
	// once, and what is made anew after a stop.
	printPartBills = 1000
	// printPartBytes bounds one of its files, printBytes the whole.
	printPartBytes = 256 << 20
	printBytes     = 64 << 30
)

// printPart is one file of a print file: planned, then made.
type printPart struct {
	No        int64        `json:"no"`
	Route     op.ID        `json:"route"`
	RouteCode string       `json:"route_code"`
	From      int64        `json:"from"`
	Bills     int64        `json:"bills"`
	Pages     int64        `json:"pages"`
	Total     money.Amount `json:"total"`
	First     string       `json:"first"`
	Last      string       `json:"last"`
	Ordinal   int64        `json:"ordinal"`
	SHA256    string       `json:"sha256"`
	Size      int64        `json:"size"`
}

// walkBills is how many bills of a run belong to a walk.
type walkBills struct {
	route op.ID
	code  string
	bills int64
}

// planParts cuts the bills of each walk into files.
func planParts(walks []walkBills) (parts []printPart, bills int64) {
	for _, w := range walks {
		for from := int64(0); from < w.bills; from += printPartBills {
			parts = append(parts, printPart{
				No: int64(len(parts)) + 1, Route: w.route, RouteCode: w.code, From: from, Bills: min(printPartBills, w.bills-from),
			})
		}
		bills += w.bills
	}
	return parts, bills
}
