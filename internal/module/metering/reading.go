package metering

import (
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/module/org"
	"wasl/internal/platform/op"
)

// ReadingState says whether a reading counts.
type ReadingState string

// The states of a reading.
const (
	// Valid counts.
	Valid ReadingState = "valid"
	// ReadingReplaced was corrected by another one.
	ReadingReplaced ReadingState = "replaced"
	// ReadingHeld waits for a decision on its date: it is in no chain and nothing is
	// computed with it.
	ReadingHeld ReadingState = "held"
	// ReadingRejected was put aside.
	ReadingRejected ReadingState = "rejected"
)

// EnumName is the prefix of the texts.
func (ReadingState) EnumName() string { return "reading_state" }

// EnumValues are the states.
func (ReadingState) EnumValues() []string {
	return []string{string(Valid), string(ReadingHeld), string(ReadingReplaced), string(ReadingRejected)}
}

// Reading is an index of a register on a date, as stored.
type Reading struct {
	Account      op.ID          `json:"account"`
	ID           op.ID          `json:"id"`
	Contract     op.ID          `json:"contract"`
	Unit         op.ID          `json:"unit" out:"ref=unit"`
	ServicePoint op.ID          `json:"service_point"`
	Meter        op.ID          `json:"meter" out:"ref=meter"`
	Register     string         `json:"register"`
	ReadingDate  day.Date       `json:"reading_date"`
	Ordinal      int64          `json:"ordinal"`
	Dial         money.Quantity `json:"index"`
	Kind         ReadingKind    `json:"kind"`
	Turned       bool           `json:"turned"`
	State        ReadingState   `json:"state"`
	Corrects     op.ID          `json:"corrects"`
	Note         string         `json:"note"`
	Actor        op.ID          `json:"actor" out:"ref=user"`
	RecordedAt   time.Time      `json:"recorded_at"`
	Batch        op.ID          `json:"batch"`
}

// point of the reading in its chain.
func (r Reading) point() Point {
	return Point{
		ID: int64(r.ID), Meter: int64(r.Meter), Register: r.Register, Date: r.ReadingDate, Index: r.Dial, Kind: r.Kind, Turned: r.Turned,
	}
}

// ConsumptionState says whether a consumption may be billed.
type ConsumptionState string

// The states of a consumption.
const (
	// Normal passed the controls, or only made them warn.
	Normal ConsumptionState = "normal"
	// ToDecide waits for the decision on an anomaly that blocks.
	ToDecide ConsumptionState = "to_decide"
	// Accepted was looked at and is right.
	Accepted ConsumptionState = "accepted"
	// SentBack is to be read again.
	SentBack ConsumptionState = "sent_back"
	// Replaced was corrected or estimated by another one.
	Replaced ConsumptionState = "replaced"
	// Rejected was put aside: it counts for nothing.
	Rejected ConsumptionState = "rejected"
)

// EnumName is the prefix of the texts.
func (ConsumptionState) EnumName() string { return "consumption_state" }

// EnumValues are the states.
func (ConsumptionState) EnumValues() []string {
	return []string{string(Normal), string(ToDecide), string(Accepted), string(SentBack), string(Replaced), string(Rejected)}
}

// Billable says that the consumption may be billed.
func (s ConsumptionState) Billable() bool { return s == Normal || s == Accepted }

// live says that the consumption stands for its period.
func (s ConsumptionState) live() bool { return s != Replaced && s != Rejected }

// Consumption is what was consumed in a period, as stored.
type Consumption struct {
	Account  op.ID       `json:"account"`
	ID       op.ID       `json:"id"`
	Contract op.ID       `json:"contract"`
	Unit     op.ID       `json:"unit" out:"ref=unit"`
	Service  org.Service `json:"service"`
	Register string      `json:"register"`
	// Category of the tariff when it was recorded, or the class told by a file.
	Category string `json:"category"`
	// PeriodDate is the date of the business key.
	PeriodDate day.Date `json:"period_date"`
	Ordinal    int64    `json:"ordinal"`
	// From and To are both included.
	From     day.Date         `json:"from"`
	To       day.Date         `json:"to"`
	Month    day.Date         `json:"month" out:"month"`
	Quantity money.Quantity   `json:"quantity"`
	Kind     ReadingKind      `json:"kind"`
	State    ConsumptionState `json:"state"`
	// FromReading and ToReading are the readings it comes from; none when it came as a
	// consumption.
	FromReading op.ID     `json:"from_reading"`
	ToReading   op.ID     `json:"to_reading"`
	Corrects    op.ID     `json:"corrects"`
	RecordedAt  time.Time `json:"recorded_at"`
	Batch       op.ID     `json:"batch"`
}

// AnomalyState says whether an anomaly was decided.
type AnomalyState string

// The states of an anomaly.
const (
	AnomalyOpen    AnomalyState = "open"
	AnomalyDecided AnomalyState = "decided"
)

// EnumName is the prefix of the texts.
func (AnomalyState) EnumName() string { return "anomaly_state" }

// EnumValues are the states.
func (AnomalyState) EnumValues() []string {
	return []string{string(AnomalyOpen), string(AnomalyDecided)}
}

// Decision is what a person decides of an anomaly.
type Decision string

// The decisions.
const (
	// Accept: the value is right.
	Accept Decision = "accept"
	// Correct: another value is right.
	Correct Decision = "correct"
	// EstimateIt: the value is not known and is computed.
	EstimateIt Decision = "estimate"
	// SendBack: it is to be read again.
	SendBack Decision = "send_back"
	// Reject: the value counts for nothing (a double).
	Reject Decision = "reject"
)

// EnumName is the prefix of the texts.
func (Decision) EnumName() string { return "decision" }

// EnumValues are the decisions.
func (Decision) EnumValues() []string {
	return []string{string(Accept), string(Correct), string(EstimateIt), string(SendBack), string(Reject)}
}

// Anomaly is what a control found, with what was decided, as stored.
type Anomaly struct {
	Account     op.ID        `json:"account"`
	ID          op.ID        `json:"id"`
	Contract    op.ID        `json:"contract"`
	Unit        op.ID        `json:"unit" out:"ref=unit"`
	Service     org.Service  `json:"service"`
	Category    string       `json:"category"`
	Month       day.Date     `json:"month" out:"month"`
	Consumption op.ID        `json:"consumption"`
	Reading     op.ID        `json:"reading"`
	Rule        Rule         `json:"rule"`
	Severity    Severity     `json:"severity"`
	Evidence    Evidence     `json:"evidence"`
	State       AnomalyState `json:"state"`
	Owner       op.ID        `json:"owner" out:"ref=user"`
	Decision    Decision     `json:"decision"`
	Reason      string       `json:"reason"`
	DecidedBy   op.ID        `json:"decided_by" out:"ref=user"`
	DecidedAt   time.Time    `json:"decided_at,omitzero"`
	RecordedAt  time.Time    `json:"recorded_at"`
	Version     int64        `json:"version"`
	Batch       op.ID        `json:"batch"`
}

// rank sorts blocking anomalies first.
func (s Severity) rank() int64 {
	if s == Blocking {
		return 0
	}
	return 1
}

// weight is the quantity at stake, below zero so that the heaviest sorts first.
func (e Evidence) weight() money.Quantity {
	switch {
	case e.Quantity != nil && e.Usual != nil:
		return -abs(*e.Quantity - *e.Usual)
	case e.Gap != nil:
		return -abs(*e.Gap)
	case e.Quantity != nil:
		return -abs(*e.Quantity)
	}
	return 0
}

func abs(q money.Quantity) money.Quantity { return max(q, -q) }

// origin says who wrote a row and when.
type origin struct {
	actor int64
	at    time.Time
}

func originOf(x *op.Exec) origin { return origin{x.Actor.UserID, x.Now} }
