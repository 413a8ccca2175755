package metering

import (
	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/module/org"
	"wasl/internal/platform/find"
	"wasl/internal/platform/op"
)

// MeterState says where a meter is.
type MeterState string

// The states of a meter.
const (
	// InStock is kept, ready to be placed.
	InStock MeterState = "stock"
	// Installed stands at a service point.
	Installed MeterState = "installed"
	// Withdrawn will not be placed again.
	Withdrawn MeterState = "withdrawn"
)

// EnumName is the prefix of the texts.
func (MeterState) EnumName() string { return "meter_state" }

// EnumValues are the states.
func (MeterState) EnumValues() []string {
	return []string{string(InStock), string(Installed), string(Withdrawn)}
}

// RegistersMax bounds the registers of a meter.
const RegistersMax = 8

// Meter is a device that counts one service.
type Meter struct {
	ID      op.ID       `json:"id"`
	Serial  string      `json:"serial"`
	Service org.Service `json:"service"`
	Make    string      `json:"make"`
	// Size is the diameter or the calibre, as its maker writes it.
	Size string `json:"size"`
	// Digits and Decimals of its dial.
	Digits   int64 `json:"digits"`
	Decimals int64 `json:"decimals"`
	// Coefficient turns units of the dial into what is billed.
	Coefficient money.Quantity `json:"coefficient"`
	State       MeterState     `json:"state"`
	Unit        op.ID          `json:"unit" out:"ref=unit"`
	Note        string         `json:"note"`
	Version     int64          `json:"version"`
}

// folded is the search text of a meter.
func (m Meter) folded() string { return find.Join(find.Code(m.Serial)) }

// dial of a meter with one register.
func (m Meter) dial() Dial { return Dial{m.Digits, m.Decimals, m.Coefficient} }

// Register is one of the dials of a meter with several.
type Register struct {
	Register    string         `json:"register"`
	Digits      int64          `json:"digits"`
	Decimals    int64          `json:"decimals"`
	Coefficient money.Quantity `json:"coefficient"`
}

// Stay is a meter at a service point.
type Stay struct {
	ServicePoint op.ID    `json:"service_point"`
	Point        string   `json:"point"`
	Meter        op.ID    `json:"meter" out:"ref=meter"`
	InstalledOn  day.Date `json:"installed_on"`
	// RemovedOn is its last day there; none while it stands.
	RemovedOn day.Date `json:"removed_on"`
	Reason    string   `json:"reason"`
}

// covers says whether the meter stands there on a day.
func (s Stay) covers(d day.Date) bool {
	return !d.Before(s.InstalledOn) && (s.RemovedOn.IsZero() || !d.After(s.RemovedOn))
}

// Seal is a seal put on a meter.
type Seal struct {
	Number    string   `json:"number"`
	PlacedOn  day.Date `json:"placed_on"`
	RemovedOn day.Date `json:"removed_on"`
	Reason    string   `json:"reason"`
	Actor     op.ID    `json:"actor" out:"ref=user"`
}

// PageKey is the row's place in its list.
func (s Seal) PageKey(string) []string { return []string{s.PlacedOn.String(), s.Number} }
