// Package day owns calendar dates without a clock: the date of a reading, of a
// bill, of a receipt. A date carries no time zone; the passage between an
// instant and a date is always made in Africa/Casablanca, by Of and StartOf.
//
// It also owns periods (both ends included), billing months and working-day
// calendars. It does not know what is a holiday: dated tables kept by users are
// passed in. Every date here is proleptic Gregorian, from year 1000 to year 9999.
package day

import (
	"cmp"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"wasl/internal/kernel/fault"
)

// YearMin and YearMax bound every date: what four digits can write, far from Go's zero time.
const (
	YearMin = 1000
	YearMax = 9999
)

// YearTypedMin and YearTypedMax bound what a person may type: a year outside
// them is a slip of the keyboard, never a date of this trade.
const (
	YearTypedMin = 1900
	YearTypedMax = 2999
)

const (
	daysPerWeek    = 7
	monthsPerYear  = 12
	epochDayNumber = 719163  // number of 1970-01-01
	dayNumberMin   = 364878  // number of 1000-01-01
	dayNumberMax   = 3652059 // number of 9999-12-31
	secondsPerDay  = 86400
)

// Date is a calendar date. It is comparable with == and usable as a map key;
// its zero value means "no date" and sorts before every date.
type Date struct {
	n int32 // days since 0000-12-31: 1 is 0001-01-01; 0 is no date
}

// New makes a date out of its parts. A date that does not exist (31 April, 29
// February of a common year) is Invalid "date.impossible".
func New(year int, month time.Month, dayOfMonth int) (Date, error) {
	if year < YearMin || year > YearMax || month < time.January || month > time.December ||
		dayOfMonth < 1 || dayOfMonth > daysIn(year, month) {
		return Date{}, fault.New(fault.Invalid, "date.impossible", "year", strconv.Itoa(year), "month", int(month), "day", dayOfMonth)
	}
	return fromCivil(year, month, dayOfMonth), nil
}

// Parse reads the ISO form "2006-01-02" exactly. Another form is Invalid
// "input.date"; a date that does not exist is Invalid "date.impossible". The
// empty text is refused: absence is decided by the caller.
func Parse(s string) (Date, error) {
	if len(s) != len("2006-01-02") || s[4] != '-' || s[7] != '-' {
		return Date{}, notADate()
	}
	return parseParts(s[0:4], s[5:7], s[8:10])
}

// ParseFrench reads what a French reader types: 22/11/2026, 22-11-2026,
// 22.11.2026, with one or two digits for day and month, or the ISO form
// 2026-11-22. Surrounding spaces are ignored. The day always comes first (or
// last in ISO form): day and month are never swapped to make a date possible.
// Years of two digits are refused. Errors are those of Parse, and Invalid
// "date.year" outside YearTypedMin to YearTypedMax.
func ParseFrench(s string) (Date, error) {
	s = strings.TrimSpace(s)
	var d Date
	var err error
	if len(s) == len("2006-01-02") && s[4] == '-' {
		d, err = Parse(s)
	} else {
		d, err = parseDayFirst(s)
	}
	if err != nil {
		return Date{}, err
	}
	if y := d.Year(); y < YearTypedMin || y > YearTypedMax {
		return Date{}, fault.New(fault.Invalid, "date.year", "min", strconv.Itoa(YearTypedMin), "max", strconv.Itoa(YearTypedMax))
	}
	return d, nil
}

// parseDayFirst reads day, month, year between two equal separators.
func parseDayFirst(s string) (Date, error) {
	at := strings.IndexAny(s, "/-.")
	if at < 0 {
		return Date{}, notADate()
	}
	parts := strings.Split(s, s[at:at+1])
	if len(parts) != 3 || len(parts[0]) > 2 || len(parts[1]) > 2 || len(parts[2]) != 4 {
		return Date{}, notADate()
	}
	return parseParts(parts[2], parts[1], parts[0])
}

func parseParts(year, month, dayOfMonth string) (Date, error) {
	y, yOK := digits(year)
	m, mOK := digits(month)
	d, dOK := digits(dayOfMonth)
	if !yOK || !mOK || !dOK {
		return Date{}, notADate()
	}
	return New(y, time.Month(m), d)
}

// digits reads a short run of ASCII digits; signs and spaces are refused.
func digits(s string) (int, bool) {
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, s != ""
}

func notADate() error { return fault.New(fault.Invalid, "input.date") }

// IsZero says that there is no date. The JSON option omitzero uses it.
func (d Date) IsZero() bool { return d.n == 0 }

// Civil gives the year, month and day of the month; all zero for no date.
func (d Date) Civil() (year int, month time.Month, dayOfMonth int) {
	if d.n == 0 {
		return 0, 0, 0
	}
	return d.UTC().Date()
}

// Year is the calendar year; 0 for no date.
func (d Date) Year() int {
	y, _, _ := d.Civil()
	return y
}

// Month is the calendar month; 0 for no date.
func (d Date) Month() time.Month {
	_, m, _ := d.Civil()
	return m
}

// Day is the day of the month, from 1; 0 for no date.
func (d Date) Day() int {
	_, _, dom := d.Civil()
	return dom
}

// Weekday is the day of the week. It has no meaning for no date: check IsZero.
func (d Date) Weekday() time.Weekday {
	return time.Weekday(d.n % daysPerWeek) // 0001-01-01 was a Monday
}

// UTC is midnight of the date in UTC: the form in which drivers carry a date
// that has no zone. It is not the instant at which the day begins; that is
// StartOf. No date gives the zero time.
func (d Date) UTC() time.Time {
	if d.n == 0 {
		return time.Time{}
	}
	return time.Unix((int64(d.n)-epochDayNumber)*secondsPerDay, 0).UTC()
}

// FromUTC is the inverse of UTC: it takes the calendar date written in t, in
// t's own zone, without conversion. The zero time gives no date, as does a
// year outside YearMin to YearMax.
func FromUTC(t time.Time) Date {
	if t.IsZero() {
		return Date{}
	}
	y, m, dom := t.Date()
	if y < YearMin || y > YearMax {
		return Date{}
	}
	return fromCivil(y, m, dom)
}

// Before says that d comes strictly before o. No date comes before every date.
func (d Date) Before(o Date) bool { return d.n < o.n }

// After says that d comes strictly after o.
func (d Date) After(o Date) bool { return d.n > o.n }

// Compare is -1, 0 or +1: the order of time.
func (d Date) Compare(o Date) int { return cmp.Compare(d.n, o.n) }

// AddDays moves by n days, back when n is negative. No date stays no date; a
// result outside years 1000 to 9999 is no date, which every required date field
// refuses.
func (d Date) AddDays(n int) Date {
	if d.n == 0 || n > dayNumberMax || n < -dayNumberMax {
		return Date{}
	}
	return fromNumber(int(d.n) + n)
}

// AddMonths moves by n months, back when n is negative, and keeps the day of
// the month. Where the target month is too short, the result is its last day:
// 31 January + 1 month = 28 or 29 February. The rule looks at one date only, so
// adding 1 month twice may differ from adding 2 months: compute a schedule from
// its first date. Out of range as in AddDays.
func (d Date) AddMonths(n int) Date {
	if d.n == 0 {
		return Date{}
	}
	m := MonthOf(d).Add(n)
	if m.IsZero() {
		return Date{}
	}
	y, mo := m.Civil()
	return fromCivil(y, mo, min(d.Day(), daysIn(y, mo)))
}

// DaysUntil is the number of days from d to o, negative when o comes before:
// d.AddDays(d.DaysUntil(o)) == o. It is 0 when either is no date.
func (d Date) DaysUntil(o Date) int {
	if d.n == 0 || o.n == 0 {
		return 0
	}
	return int(o.n) - int(d.n)
}

// String is the ISO form "2026-11-22", and "" for no date.
func (d Date) String() string {
	if d.n == 0 {
		return ""
	}
	return string(d.Append(make([]byte, 0, len("2006-01-02"))))
}

// Append writes String at the end of b.
func (d Date) Append(b []byte) []byte {
	if d.n == 0 {
		return b
	}
	y, m, dom := d.Civil()
	b = appendPadded(b, y, 4)
	b = appendPadded(append(b, '-'), int(m), 2)
	return appendPadded(append(b, '-'), dom, 2)
}

// French is the printed form "22/11/2026", and "" for no date.
func (d Date) French() string {
	if d.n == 0 {
		return ""
	}
	y, m, dom := d.Civil()
	b := appendPadded(make([]byte, 0, len("02/01/2006")), dom, 2)
	b = appendPadded(append(b, '/'), int(m), 2)
	return string(appendPadded(append(b, '/'), y, 4))
}

// MarshalText writes the ISO form; no date is the empty text.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads the ISO form; the empty text is no date.
func (d *Date) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*d = Date{}
		return nil
	}
	parsed, err := Parse(string(b))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

// MarshalJSON writes the ISO form in quotes; no date is null.
func (d Date) MarshalJSON() ([]byte, error) { return marshalJSON(d.String()) }

// UnmarshalJSON reads the ISO form in quotes; null and "" are no date. A number
// or any other form is Invalid "input.date".
func (d *Date) UnmarshalJSON(b []byte) error {
	return unmarshalJSON(b, d.UnmarshalText, notADate)
}

// marshalJSON quotes a text made of digits and hyphens; empty is null.
func marshalJSON(s string) ([]byte, error) {
	if s == "" {
		return []byte("null"), nil
	}
	return []byte(`"` + s + `"`), nil
}

func unmarshalJSON(b []byte, set func([]byte) error, refusal func() error) error {
	var s *string
	if err := json.Unmarshal(b, &s); err != nil {
		return refusal()
	}
	if s == nil {
		return set(nil)
	}
	return set([]byte(*s))
}

func appendPadded(b []byte, n, width int) []byte {
	for i, unit := 1, pow10(width-1); i <= width; i, unit = i+1, unit/10 {
		b = append(b, byte('0'+n/unit%10))
	}
	return b
}

func pow10(n int) int {
	p := 1
	for range n {
		p *= 10
	}
	return p
}

// fromCivil numbers a date that is known to exist.
func fromCivil(year int, month time.Month, dayOfMonth int) Date {
	seconds := time.Date(year, month, dayOfMonth, 0, 0, 0, 0, time.UTC).Unix()
	return Date{n: int32(seconds/secondsPerDay + epochDayNumber)}
}

func fromNumber(n int) Date {
	if n < dayNumberMin || n > dayNumberMax {
		return Date{}
	}
	return Date{n: int32(n)}
}

func daysIn(year int, month time.Month) int {
	return time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day()
}
