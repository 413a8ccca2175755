package billing

import (
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/op"
)

// missingMax bounds the contracts without consumption that a run lists one by one.
const missingMax = 20_000

// Run is one billing run.
type Run struct {
	ID   op.ID  `json:"id"`
	Code string `json:"code"`
	Unit op.ID  `json:"unit" out:"ref=unit"`
	// Route narrows to a walk; 0 is none.
	Route op.ID `json:"route" out:"ref=route"`
	// Categories and Service narrow to some; empty is all.
	Categories []string `json:"categories"`
	Service    string   `json:"service"`
	// RatedAtIssue are the services whose bills have the VAT rates of IssuedOn; the others
	// have those of the last day supplied.
	RatedAtIssue []string `json:"rated_at_issue"`
	// FromMonth and ToMonth are first days of months, both included.
	FromMonth day.Date `json:"from_month" out:"month"`
	ToMonth   day.Date `json:"to_month" out:"month"`
	IssuedOn  day.Date `json:"issued_on"`
	DueOn     day.Date `json:"due_on"`
	State     RunState `json:"state"`
	// Due are the consumptions to bill, Missing the contracts without any.
	Due     int64        `json:"due"`
	Missing int64        `json:"missing"`
	Bills   int64        `json:"bills"`
	Net     money.Amount `json:"net"`
	Tax     money.Amount `json:"tax"`
	Total   money.Amount `json:"total"`
	// SHA256 is the hash of the drafts: what is approved.
	SHA256     string    `json:"sha256"`
	PreparedBy op.ID     `json:"prepared_by" out:"ref=user"`
	ApprovedBy op.ID     `json:"approved_by" out:"ref=user"`
	RecordedAt time.Time `json:"recorded_at"`
	Version    int64     `json:"version"`

	ChunkSize              int64 `json:"-"`
	Entity                 op.ID `json:"-"`
	exercise               int64
	firstNumber, firstBill int64
	places                 op.Places
	on                     day.Date
}

// PageKey is the row's place in its list.
func (r Run) PageKey(string) []string { return []string{op.KeyText(r.RecordedAt), r.ID.String()} }

// RunPrepare is the input of the preparation of a run.
type RunPrepare struct {
	Unit op.ID `json:"unit" in:"required,ref=org.unit.list"`
	// Route narrows to a walk.
	Route op.ID `json:"route" in:"ref=metering.route.list"`
	// Categories narrow to some, as the consumptions have them.
	Categories []string `json:"categories" in:"max=60"`
	Service    string   `json:"service" in:"max=20"`
	// FromMonth and ToMonth are any days of the first and the last month; ToMonth is by
	// default FromMonth.
	FromMonth day.Date `json:"from_month" in:"required,month"`
	ToMonth   day.Date `json:"to_month" in:"month"`
	// IssuedOn is the date of the bills, today by default; DueOn is when they are to be
	// paid, 30 days later by default.
	IssuedOn day.Date `json:"issued_on"`
	DueOn    day.Date `json:"due_on"`
	// AllowMissing goes on although contracts have no consumption: they are listed.
	AllowMissing bool `json:"allow_missing"`
	// ChunkSize is how many consumptions are computed in one transaction.
	ChunkSize int64 `json:"chunk_size" in:"min=0,max=20000"`

	survey *survey
}

// dueDays is how long a bill may wait, unless the run says otherwise.
const dueDays = 30

// Validate refuses dates in the wrong order.
func (in *RunPrepare) Validate() []fault.Field {
	var out []fault.Field
	if !in.ToMonth.IsZero() && in.ToMonth.Before(in.FromMonth) {
		out = append(out, fault.Field{Path: "to_month", Code: "billing.dates_order"})
	}
	if !in.DueOn.IsZero() && !in.IssuedOn.IsZero() && in.DueOn.Before(in.IssuedOn) {
		out = append(out, fault.Field{Path: "due_on", Code: "billing.dates_order"})
	}
	return out
}

// run is the run an input asks for.
func (in *RunPrepare) run(now time.Time, today day.Date) Run {
	run := Run{
		Unit: in.Unit, Route: in.Route, Categories: in.Categories, Service: in.Service, FromMonth: monthStart(in.FromMonth),
		ToMonth: monthStart(in.ToMonth), IssuedOn: in.IssuedOn, DueOn: in.DueOn, State: Prepared, ChunkSize: in.ChunkSize, RecordedAt: now, Version: 1,
	}
	if in.ToMonth.IsZero() {
		run.ToMonth = run.FromMonth
	}
	if run.IssuedOn.IsZero() {
		run.IssuedOn = today
	}
	if run.DueOn.IsZero() {
		run.DueOn = run.IssuedOn.AddDays(dueDays)
	}
	if run.ChunkSize == 0 {
		run.ChunkSize = chunkDefault
	}
	run.on = run.IssuedOn
	return run
}

func monthStart(d day.Date) day.Date {
	if d.IsZero() {
		return d
	}
	return day.MonthOf(d).First()
}

func lastDay(month day.Date) day.Date { return day.MonthOf(month).Last() }
