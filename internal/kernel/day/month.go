package day

import (
	"cmp"
	"strings"
	"time"

	"wasl/internal/kernel/fault"
)

// Month is a calendar month, as billing counts them. It is comparable; its zero
// value means "no month".
type Month struct {
	n int32 // year*12 + month-1, 0 is no month
}

// NewMonth makes a month; years are bounded as for dates. An impossible one is
// Invalid "input.month".
func NewMonth(year int, month time.Month) (Month, error) {
	if year < YearMin || year > YearMax || month < time.January || month > time.December {
		return Month{}, notAMonth()
	}
	return monthOf(year, month), nil
}

// ParseMonth reads the ISO form "2026-11" exactly; anything else is Invalid
// "input.month".
func ParseMonth(s string) (Month, error) {
	if len(s) != len("2006-01") || s[4] != '-' {
		return Month{}, notAMonth()
	}
	return monthFromParts(s[:4], s[5:])
}

// ParseMonthFrench reads 11/2026, 11-2026, 11.2026 or the ISO form 2026-11.
// Errors are those of ParseMonth.
func ParseMonthFrench(s string) (Month, error) {
	s = strings.TrimSpace(s)
	if len(s) == len("2006-01") && s[4] == '-' {
		return ParseMonth(s)
	}
	at := strings.IndexAny(s, "/-.")
	if at < 1 || at > 2 || len(s)-at-1 != 4 {
		return Month{}, notAMonth()
	}
	return monthFromParts(s[at+1:], s[:at])
}

func monthFromParts(year, month string) (Month, error) {
	y, yOK := digits(year)
	m, mOK := digits(month)
	if !yOK || !mOK {
		return Month{}, notAMonth()
	}
	return NewMonth(y, time.Month(m))
}

// MonthOf is the month of a date; no date gives no month.
func MonthOf(d Date) Month {
	if d.IsZero() {
		return Month{}
	}
	y, m, _ := d.Civil()
	return monthOf(y, m)
}

func monthOf(year int, month time.Month) Month {
	return Month{n: int32(year*monthsPerYear + int(month) - 1)}
}

func notAMonth() error { return fault.New(fault.Invalid, "input.month") }

// IsZero says that there is no month.
func (m Month) IsZero() bool { return m.n == 0 }

// Civil gives the year and the month; both zero for no month.
func (m Month) Civil() (int, time.Month) {
	if m.n == 0 {
		return 0, 0
	}
	return int(m.n) / monthsPerYear, time.Month(int(m.n)%monthsPerYear + 1)
}

// First is the first day of the month; no date for no month.
func (m Month) First() Date {
	if m.n == 0 {
		return Date{}
	}
	y, mo := m.Civil()
	return fromCivil(y, mo, 1)
}

// Last is the last day of the month; no date for no month.
func (m Month) Last() Date {
	if m.n == 0 {
		return Date{}
	}
	y, mo := m.Civil()
	return fromCivil(y, mo, daysIn(y, mo))
}

// Period is the days of the month.
func (m Month) Period() Period { return Period{From: m.First(), To: m.Last()} }

// Add moves by n months, back when n is negative. No month stays no month; a
// result outside years 1000 to 9999 is no month.
func (m Month) Add(n int) Month {
	const limit = YearMax * monthsPerYear
	if m.n == 0 || n > limit || n < -limit {
		return Month{}
	}
	sum := int(m.n) + n
	if sum < YearMin*monthsPerYear || sum >= (YearMax+1)*monthsPerYear {
		return Month{}
	}
	return Month{n: int32(sum)}
}

// MonthsUntil is the number of months from m to o, negative when o comes
// before; 0 when either is no month.
func (m Month) MonthsUntil(o Month) int {
	if m.n == 0 || o.n == 0 {
		return 0
	}
	return int(o.n) - int(m.n)
}

// Before says that m comes strictly before o. No month comes before every month.
func (m Month) Before(o Month) bool { return m.n < o.n }

// After says that m comes strictly after o.
func (m Month) After(o Month) bool { return m.n > o.n }

// Compare is -1, 0 or +1: the order of time.
func (m Month) Compare(o Month) int { return cmp.Compare(m.n, o.n) }

// String is the ISO form "2026-11", and "" for no month.
func (m Month) String() string {
	if m.n == 0 {
		return ""
	}
	y, mo := m.Civil()
	b := appendPadded(make([]byte, 0, len("2006-01")), y, 4)
	return string(appendPadded(append(b, '-'), int(mo), 2))
}

// French is the printed form "11/2026", and "" for no month.
func (m Month) French() string {
	if m.n == 0 {
		return ""
	}
	y, mo := m.Civil()
	return string(appendPadded(append(appendPadded(nil, int(mo), 2), '/'), y, 4))
}

// MarshalText writes the ISO form; no month is the empty text.
func (m Month) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads the ISO form; the empty text is no month.
func (m *Month) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*m = Month{}
		return nil
	}
	parsed, err := ParseMonth(string(b))
	if err != nil {
		return err
	}
	*m = parsed
	return nil
}

// MarshalJSON writes the ISO form in quotes; no month is null.
func (m Month) MarshalJSON() ([]byte, error) { return marshalJSON(m.String()) }

// UnmarshalJSON reads the ISO form in quotes; null and "" are no month. Anything
// else is Invalid "input.month".
func (m *Month) UnmarshalJSON(b []byte) error {
	return unmarshalJSON(b, m.UnmarshalText, notAMonth)
}
