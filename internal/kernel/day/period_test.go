package day

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// span makes a period; "" is no date.
func span(t testing.TB, from, to string) Period {
	t.Helper()
	var p Period
	if p.From.UnmarshalText([]byte(from)) != nil || p.To.UnmarshalText([]byte(to)) != nil {
		t.Fatalf("bad test period %s/%s", from, to)
	}
	return p
}

func anyPeriod() *rapid.Generator[Period] {
	return rapid.Custom(func(t *rapid.T) Period {
		p := Period{From: recentDate().Draw(t, "from")}
		if !rapid.Bool().Draw(t, "open") {
			p.To = p.From.AddDays(rapid.IntRange(0, 900).Draw(t, "length"))
		}
		return p
	})
}

func TestNewPeriod(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ from, to, code string }{
		{"2026-11-01", "2026-11-30", ""},
		{"2026-11-01", "2026-11-01", ""},
		{"2026-11-01", "", ""},
		{"", "2026-11-01", "period.from_required"},
		{"", "", "period.from_required"},
		{"2026-11-02", "2026-11-01", "period.reversed"},
	} {
		in := span(t, c.from, c.to)
		p, err := NewPeriod(in.From, in.To)
		wantCode(t, err, c.code)
		if (err == nil && p != in) || (err != nil && !p.IsZero()) {
			t.Errorf("NewPeriod(%s, %s) = %s", c.from, c.to, p)
		}
	}
}

func TestPeriodTable(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ aFrom, aTo, bFrom, bTo, want string }{
		{"2026-11-01", "2026-11-30", "2026-11-15", "2026-12-15", "2026-11-15/2026-11-30"},
		{"2026-11-01", "2026-11-30", "2026-11-30", "2026-12-15", "2026-11-30/2026-11-30"},
		{"2026-11-01", "2026-11-30", "2026-12-01", "2026-12-15", ""},
		{"2026-11-01", "", "2026-12-01", "2026-12-15", "2026-12-01/2026-12-15"},
		{"2026-11-01", "", "2026-12-01", "", "2026-12-01/.."},
		{"2026-11-01", "", "2026-10-01", "2026-10-31", ""},
		{"", "", "2026-10-01", "2026-10-31", ""},
		{"2026-11-30", "2026-11-01", "2026-11-01", "2026-11-30", ""},
	} {
		a, b := span(t, c.aFrom, c.aTo), span(t, c.bFrom, c.bTo)
		got, ok := a.Intersect(b)
		if got.String() != c.want || ok != (c.want != "") || a.Overlaps(b) != ok {
			t.Errorf("%s with %s = %q %v, want %q", a, b, got, ok, c.want)
		}
	}
}

// The set operations agree with what Contains says of each day.
func TestPeriodAgreesWithItsDays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := anyPeriod().Draw(t, "a"), anyPeriod().Draw(t, "b")
		common, ok := a.Intersect(b)
		if back, okBack := b.Intersect(a); back != common || okBack != ok {
			t.Fatalf("%s and %s do not commute", a, b)
		}
		for _, edge := range []Date{a.From, a.To, b.From, b.To} {
			for n := -1; n <= 1; n++ {
				d := edge.AddDays(n)
				if common.Contains(d) != (a.Contains(d) && b.Contains(d)) {
					t.Fatalf("%s in %s, %s: common %s", d, a, b, common)
				}
			}
		}
		if a.Covers(b) != (ok && common == b) || !a.Covers(a) {
			t.Fatalf("%s covers %s: %v", a, b, a.Covers(b))
		}
	})
}

func TestPeriodDays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from, to string
		days     int
		ok       bool
	}{
		{"2026-11-01", "2026-11-30", 30, true},
		{"2026-11-01", "2026-11-01", 1, true},
		{"2024-02-01", "2024-02-29", 29, true},
		{"2026-01-01", "2026-12-31", 365, true},
		{"2026-11-01", "", 0, false},
		{"", "", 0, false},
	} {
		if n, ok := span(t, c.from, c.to).Days(); n != c.days || ok != c.ok {
			t.Errorf("%s/%s: %d %v, want %d %v", c.from, c.to, n, ok, c.days, c.ok)
		}
	}
}

func TestPeriodPrintsAndJSON(t *testing.T) {
	t.Parallel()
	closed, open := span(t, "2026-11-01", "2026-11-30"), span(t, "2026-11-01", "")
	if closed.French() != "01/11/2026 – 30/11/2026" || open.French() != "01/11/2026 –" || (Period{}).French() != "" {
		t.Errorf("%q, %q", closed.French(), open.French())
	}
	if closed.IsOpen() || !open.IsOpen() || (Period{}).IsOpen() || !(Period{}).IsZero() || open.IsZero() {
		t.Error("open and zero periods are confused")
	}
	b, err := json.Marshal([]Period{closed, open})
	want := `[{"from":"2026-11-01","to":"2026-11-30"},{"from":"2026-11-01","to":null}]`
	if err != nil || string(b) != want {
		t.Errorf("%s, %v", b, err)
	}
	var back []Period
	if err := json.Unmarshal(b, &back); err != nil || len(back) != 2 || back[0] != closed || back[1] != open {
		t.Errorf("%v, %v", back, err)
	}
}

func TestMonth(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, iso, first, last, french string }{
		{"2026-11", "2026-11", "2026-11-01", "2026-11-30", "11/2026"},
		{"11/2026", "2026-11", "2026-11-01", "2026-11-30", "11/2026"},
		{" 2.2024 ", "2024-02", "2024-02-01", "2024-02-29", "02/2024"},
		{"02-2026", "2026-02", "2026-02-01", "2026-02-28", "02/2026"},
		{"12/2026", "2026-12", "2026-12-01", "2026-12-31", "12/2026"},
	} {
		m, err := ParseMonthFrench(c.in)
		if err != nil || m.String() != c.iso || m.First().String() != c.first || m.Last().String() != c.last || m.French() != c.french {
			t.Errorf("%q: %s %s %s %s, %v", c.in, m, m.First(), m.Last(), m.French(), err)
		}
		if m.Period() != span(t, c.first, c.last) {
			t.Errorf("%s covers %s", m, m.Period())
		}
	}
	for _, in := range []string{"", "2026", "13/2026", "0/2026", "2026-13", "2026-1", "11/26", "/2026", "a1/2026", "2026/11", "111/2026", "0000-01"} {
		m, err := ParseMonthFrench(in)
		wantCode(t, err, "input.month")
		if !m.IsZero() {
			t.Errorf("%q gives %s with an error", in, m)
		}
	}
}

func TestMonthArithmetic(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := recentDate().Draw(t, "d")
		n := rapid.IntRange(-300, 300).Draw(t, "n")
		m := MonthOf(d)
		if !m.Period().Contains(d) {
			t.Fatalf("%s outside %s", d, m)
		}
		y, mo := m.Civil()
		want := time.Date(y, mo+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
		got := m.Add(n)
		if got.String() != want.Format("2006-01") || got.First() != FromUTC(want) || got.Last() != got.Add(1).First().AddDays(-1) {
			t.Fatalf("%s + %d = %s, want %s", m, n, got, want.Format("2006-01"))
		}
		if m.MonthsUntil(got) != n || got.Before(m) != (n < 0) || got.After(m) != (n > 0) || (m.Compare(got) == 0) != (n == 0) {
			t.Fatalf("order of %s and %s", m, got)
		}
		moved := d.AddMonths(n)
		if MonthOf(moved) != got || moved.Day() != min(d.Day(), got.Last().Day()) {
			t.Fatalf("%s + %d months = %s", d, n, moved)
		}
	})
}

func TestNoMonth(t *testing.T) {
	t.Parallel()
	var none Month
	if y, m := none.Civil(); y != 0 || m != 0 || none.String() != "" || none.French() != "" || none.Add(1) != none {
		t.Error("no month behaves as a month")
	}
	if !none.First().IsZero() || !none.Last().IsZero() || MonthOf(Date{}) != none || !none.Period().IsZero() {
		t.Error("no month has days")
	}
	last, _ := NewMonth(YearMax, time.December)
	first, _ := NewMonth(YearMin, time.January)
	if last.Add(1) != none || first.Add(-1) != none || last.Add(1<<40) != none || last.MonthsUntil(none) != 0 {
		t.Error("a month out of range is not refused")
	}
	back := last
	if err := back.UnmarshalText(nil); err != nil || back != none {
		t.Errorf("%s, %v", back, err)
	}
}
