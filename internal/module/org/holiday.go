package org

import (
	"wasl/internal/kernel/day"
	"wasl/internal/platform/op"
)

// HolidayKind says why a day is not worked.
type HolidayKind string

// The kinds of holiday.
const (
	// Civil holidays have a fixed date.
	Civil HolidayKind = "civil"
	// Religious holidays depend on the moon and are known a few days before.
	Religious HolidayKind = "religious"
	// Exceptional days are granted once.
	Exceptional HolidayKind = "exceptional"
)

// EnumName is the prefix of the texts.
func (HolidayKind) EnumName() string { return "holiday_kind" }

// EnumValues are the kinds.
func (HolidayKind) EnumValues() []string {
	return []string{string(Civil), string(Religious), string(Exceptional)}
}

// Holiday is a day that is not worked, everywhere or in a unit and below it.
// The table is the users': the program ships none.
type Holiday struct {
	ID   op.ID    `json:"id"`
	Date day.Date `json:"date"`
	// UnitID is 0 for everywhere.
	UnitID  op.ID       `json:"unit"`
	Kind    HolidayKind `json:"kind"`
	Label   string      `json:"label"`
	Version int64       `json:"version"`
}

// PageKey is the row's place in its list.
func (h Holiday) PageKey(string) []string { return []string{op.KeyText(h.Date), h.ID.String()} }

func (h Holiday) label() string { return h.Date.String() + " " + h.Label }

// YearsMax bounds the years of one calendar.
const YearsMax = 30
