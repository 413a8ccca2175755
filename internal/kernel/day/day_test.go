package day

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"wasl/internal/kernel/fault"
)

// date makes a date that the test knows to exist.
func date(t testing.TB, iso string) Date {
	t.Helper()
	d, err := Parse(iso)
	if err != nil {
		t.Fatalf("Parse(%q): %v", iso, err)
	}
	return d
}

// anyDate draws from the whole range of dates.
func anyDate() *rapid.Generator[Date] {
	return rapid.Custom(func(t *rapid.T) Date {
		return Date{n: rapid.Int32Range(dayNumberMin, dayNumberMax).Draw(t, "number")}
	})
}

// recentDate draws dates of the trade: 1990 to 2050.
func recentDate() *rapid.Generator[Date] {
	return rapid.Custom(func(t *rapid.T) Date {
		return Date{n: rapid.Int32Range(726468, 748746).Draw(t, "number")}
	})
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	if got := fault.CodeOf(err); got != code {
		t.Errorf("code %q, want %q (%v)", got, code, err)
	}
	if code != "" && fault.KindOf(err) != fault.Invalid {
		t.Errorf("kind %q, want invalid", fault.KindOf(err))
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, code string }{
		{"2026-11-22", ""},
		{"2024-02-29", ""},
		{"2000-02-29", ""},
		{"1000-01-01", ""},
		{"0999-12-31", "date.impossible"},
		{"9999-12-31", ""},
		{"2026-02-29", "date.impossible"},
		{"1900-02-29", "date.impossible"}, // a century year is common unless divisible by 400
		{"2026-04-31", "date.impossible"},
		{"2026-00-10", "date.impossible"},
		{"2026-13-10", "date.impossible"},
		{"2026-10-00", "date.impossible"},
		{"0000-01-01", "date.impossible"},
		{"", "input.date"},
		{"22/11/2026", "input.date"},
		{"2026-1-2", "input.date"},
		{" 2026-11-22", "input.date"},
		{"2026-11-2a", "input.date"},
		{"+026-11-22", "input.date"},
		{"2026-11-22T00:00", "input.date"},
		{"٢٠٢٦-11-22", "input.date"},
	} {
		d, err := Parse(c.in)
		wantCode(t, err, c.code)
		if c.code == "" && d.String() != c.in {
			t.Errorf("Parse(%q) prints %q", c.in, d)
		}
		if c.code != "" && !d.IsZero() {
			t.Errorf("Parse(%q) gives a date with its error: %q", c.in, d)
		}
	}
}

func TestParseFrench(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, want, code string }{
		{"22/11/2026", "2026-11-22", ""},
		{"22-11-2026", "2026-11-22", ""},
		{"22.11.2026", "2026-11-22", ""},
		{"2026-11-22", "2026-11-22", ""},
		{"  1/2/2026 ", "2026-02-01", ""},
		{"01/02/2026", "2026-02-01", ""}, // the first of February, never the second of January
		{"29/02/2024", "2024-02-29", ""},
		{"11/22/2026", "", "date.impossible"}, // month 22 is refused, not swapped
		{"31/04/2026", "", "date.impossible"},
		{"29/02/2026", "", "date.impossible"},
		{"22/11/26", "", "input.date"},
		{"22/11-2026", "", "input.date"},
		{"2026/11/22", "", "input.date"},
		{"22 11 2026", "", "input.date"},
		{"22/11", "", "input.date"},
		{"/11/2026", "", "input.date"},
		{"022/11/2026", "", "input.date"},
		{"-1/11/2026", "", "input.date"},
		{"demain", "", "input.date"},
		{"", "", "input.date"},
		{"22/11/1026", "", "date.year"},
		{"22/11/3000", "", "date.year"},
		{"1899-12-31", "", "date.year"},
		{"01/01/1900", "1900-01-01", ""},
		{"31/12/2999", "2999-12-31", ""},
	} {
		d, err := ParseFrench(c.in)
		wantCode(t, err, c.code)
		if d.String() != c.want {
			t.Errorf("ParseFrench(%q) = %q, want %q", c.in, d, c.want)
		}
	}
}

func TestNewAgreesWithTheStandardCalendar(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		y := rapid.IntRange(990, 10010).Draw(t, "year")
		m := rapid.IntRange(-1, 14).Draw(t, "month")
		dom := rapid.IntRange(-1, 33).Draw(t, "day")
		std := time.Date(y, time.Month(m), dom, 12, 0, 0, 0, time.UTC)
		exists := y >= 1000 && y <= 9999 && std.Year() == y && std.Month() == time.Month(m) && std.Day() == dom
		d, err := New(y, time.Month(m), dom)
		if (err == nil) != exists {
			t.Fatalf("New(%d, %d, %d): %v, standard calendar says %v", y, m, dom, err, exists)
		}
		if exists && (d.String() != std.Format("2006-01-02") || d.Weekday() != std.Weekday() || d.French() != std.Format("02/01/2006")) {
			t.Fatalf("%s %s, want %s %s", d, d.Weekday(), std.Format("2006-01-02"), std.Weekday())
		}
	})
}

func TestDateRoundTrips(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := anyDate().Draw(t, "d")
		if back, err := Parse(d.String()); err != nil || back != d {
			t.Fatalf("ISO: %s gives %s, %v", d, back, err)
		}
		if back := FromUTC(d.UTC()); back != d {
			t.Fatalf("UTC: %s gives %s", d, back)
		}
		y, m, dom := d.Civil()
		if back, err := New(y, m, dom); err != nil || back != d || d.Year() != y || d.Month() != m || d.Day() != dom {
			t.Fatalf("parts: %s gives %s, %v", d, back, err)
		}
		if y >= YearTypedMin && y <= YearTypedMax {
			if back, err := ParseFrench(d.French()); err != nil || back != d {
				t.Fatalf("French: %s gives %s, %v", d, back, err)
			}
		}
	})
}

func TestDaysAndOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := anyDate().Draw(t, "a"), anyDate().Draw(t, "b")
		n := a.DaysUntil(b)
		if want := int(b.UTC().Sub(date2000()).Hours()/24) - int(a.UTC().Sub(date2000()).Hours()/24); inDurationRange(a, b) && n != want {
			t.Fatalf("%s to %s: %d days, want %d", a, b, n, want)
		}
		if a.AddDays(n) != b || b.AddDays(-n) != a {
			t.Fatalf("%s + %d days is not %s", a, n, b)
		}
		if a.Before(b) != (n > 0) || a.After(b) != (n < 0) || (a.Compare(b) > 0) != (n < 0) || (a.Compare(b) == 0) != (a == b) {
			t.Fatalf("order of %s and %s disagrees with %d days", a, b, n)
		}
	})
}

func date2000() time.Time { return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) }

// inDurationRange keeps to dates whose distance from 2000 fits time.Duration.
func inDurationRange(dates ...Date) bool {
	for _, d := range dates {
		if d.Year() < 1750 || d.Year() > 2250 {
			return false
		}
	}
	return true
}

func TestAddDaysTable(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from string
		n    int
		want string
	}{
		{"2026-11-22", 0, "2026-11-22"},
		{"2026-12-31", 1, "2027-01-01"},
		{"2024-02-28", 1, "2024-02-29"},
		{"2026-02-28", 1, "2026-03-01"},
		{"2026-01-01", -1, "2025-12-31"},
		{"2026-01-01", 365, "2027-01-01"},
		{"9999-12-31", 1, ""},
		{"1000-01-01", -1, ""},
		{"2026-01-01", 1 << 40, ""},
		{"2026-01-01", -1 << 40, ""},
	} {
		if got := date(t, c.from).AddDays(c.n).String(); got != c.want {
			t.Errorf("%s + %d days = %q, want %q", c.from, c.n, got, c.want)
		}
	}
}

func TestAddMonthsTable(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from string
		n    int
		want string
	}{
		{"2026-01-31", 1, "2026-02-28"},
		{"2024-01-31", 1, "2024-02-29"},
		{"2026-01-31", 2, "2026-03-31"},
		{"2026-03-31", -1, "2026-02-28"},
		{"2026-10-31", 1, "2026-11-30"},
		{"2024-02-29", 12, "2025-02-28"},
		{"2026-11-22", 2, "2027-01-22"},
		{"2026-11-22", -11, "2025-12-22"},
		{"2026-11-22", -24, "2024-11-22"},
		{"9999-12-01", 1, ""},
		{"1000-01-31", -1, ""},
		{"2026-01-01", 1 << 40, ""},
	} {
		if got := date(t, c.from).AddMonths(c.n).String(); got != c.want {
			t.Errorf("%s + %d months = %q, want %q", c.from, c.n, got, c.want)
		}
	}
}

func TestNoDate(t *testing.T) {
	t.Parallel()
	var none Date
	if !none.IsZero() || none.String() != "" || none.French() != "" || !none.UTC().IsZero() || !StartOf(none).IsZero() {
		t.Errorf("no date prints something: %q %q", none, none.French())
	}
	if none.AddDays(1) != none || none.AddMonths(1) != none || none.DaysUntil(date(t, "2026-01-01")) != 0 {
		t.Error("arithmetic on no date gives a date")
	}
	if y, m, d := none.Civil(); y != 0 || m != 0 || d != 0 {
		t.Error("no date has parts")
	}
	if Of(time.Time{}) != none || FromUTC(time.Time{}) != none || FromUTC(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)) != none {
		t.Error("an instant out of range gives a date")
	}
	if !none.Before(date(t, "1000-01-01")) {
		t.Error("no date must sort first")
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	type record struct {
		Bill  Date  `json:"bill"`
		Due   Date  `json:"due"`
		Month Month `json:"month"`
		Paid  Date  `json:"paid,omitzero"`
	}
	month, _ := NewMonth(2026, time.November)
	b, err := json.Marshal(record{Bill: date(t, "2026-11-22"), Month: month})
	if want := `{"bill":"2026-11-22","due":null,"month":"2026-11"}`; err != nil || string(b) != want {
		t.Fatalf("%s, %v; want %s", b, err, want)
	}
	var r record
	if err := json.Unmarshal([]byte(`{"bill":"2026-11-22","due":"","month":null,"paid":null}`), &r); err != nil {
		t.Fatal(err)
	}
	if r.Bill != date(t, "2026-11-22") || !r.Due.IsZero() || !r.Month.IsZero() {
		t.Errorf("read back %+v", r)
	}
	for in, code := range map[string]string{
		`{"bill":20261122}`:      "input.date",
		`{"bill":"22/11/2026"}`:  "input.date",
		`{"bill":{}}`:            "input.date",
		`{"bill":"2026-02-30"}`:  "date.impossible",
		`{"month":11}`:           "input.month",
		`{"month":"2026-13"}`:    "input.month",
		`{"month":"2026-11-22"}`: "input.month",
	} {
		wantCode(t, json.Unmarshal([]byte(in), &r), code)
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	d := date(t, "2026-11-22")
	b, err := d.MarshalText()
	if err != nil || string(b) != "2026-11-22" {
		t.Fatalf("%s, %v", b, err)
	}
	back := date(t, "2000-01-01")
	if err := back.UnmarshalText(b); err != nil || back != d {
		t.Errorf("%s, %v", back, err)
	}
	if err := back.UnmarshalText(nil); err != nil || !back.IsZero() {
		t.Errorf("%s, %v", back, err)
	}
	back = d
	if err := back.UnmarshalText([]byte("nope")); err == nil || back != d {
		t.Errorf("a refused text changed the date: %s, %v", back, err)
	}
	keys, err := json.Marshal(map[Date]int{d: 1})
	if err != nil || string(keys) != `{"2026-11-22":1}` {
		t.Errorf("map keys: %s, %v", keys, err)
	}
}

func FuzzParseFrench(f *testing.F) {
	for _, s := range []string{"22/11/2026", "2026-11-22", "1.2.2026", "31-04-2026", "", "99/99/9999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseFrench(s)
		if err != nil {
			if !d.IsZero() {
				t.Fatalf("%q: date %s with error", s, d)
			}
			return
		}
		// Whatever was accepted holds exactly the numbers that were typed.
		sep := string(strings.TrimSpace(s)[strings.IndexAny(strings.TrimSpace(s), "/-.")])
		p := strings.Split(strings.TrimSpace(s), sep)
		if len(p[0]) == 4 {
			p[0], p[2] = p[2], p[0]
		}
		if got := fmt.Sprintf("%02s/%02s/%s", p[0], p[1], p[2]); strings.ReplaceAll(got, " ", "0") != d.French() {
			t.Fatalf("%q became %s", s, d.French())
		}
	})
}
