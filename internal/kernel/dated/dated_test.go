package dated_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"wasl/internal/kernel/dated"
	"wasl/internal/kernel/day"
)

type line = dated.Line[string, struct{}]

func on(t testing.TB, text string) day.Date {
	t.Helper()
	if text == "" {
		return day.Date{}
	}
	d, err := day.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// written is a line as value from..to, one after the other.
func written(l line) string {
	parts := make([]string, 0, len(l))
	for _, s := range l {
		parts = append(parts, fmt.Sprintf("%s %s..%s", s.Value, s.From, s.To))
	}
	return strings.Join(parts, ", ")
}

func TestSet(t *testing.T) {
	t.Parallel()
	l := line{}
	steps := []struct {
		from, value, want string
		same              bool
	}{
		{"2025-03-01", "a", "a 2025-03-01..", false},
		{"2025-06-01", "b", "a 2025-03-01..2025-06-01, b 2025-06-01..", false},
		{"2025-07-15", "b", "a 2025-03-01..2025-06-01, b 2025-06-01..", true},
		{"2025-05-01", "c", "a 2025-03-01..2025-05-01, c 2025-05-01..2025-06-01, b 2025-06-01..", false},
		// What was planned after stays; a value set before the first day fills up to it.
		{"2025-01-01", "z", "z 2025-01-01..2025-03-01, a 2025-03-01..2025-05-01, c 2025-05-01..2025-06-01, b 2025-06-01..", false},
		// The value of the day before, set on the day of a change, takes the change away.
		{"2025-05-01", "a", "z 2025-01-01..2025-03-01, a 2025-03-01..2025-06-01, b 2025-06-01..", false},
		{"2025-03-01", "q", "z 2025-01-01..2025-03-01, q 2025-03-01..2025-06-01, b 2025-06-01..", false},
	}
	for _, s := range steps {
		next, changed := l.Set(on(t, s.from), s.value, struct{}{})
		if got := written(next); got != s.want || changed == s.same {
			t.Fatalf("set %s from %s: %s (changed %v), want %s", s.value, s.from, got, changed, s.want)
		}
		l = next
	}
}

func TestEndUntil(t *testing.T) {
	t.Parallel()
	l, _ := line{}.Set(on(t, "2025-01-01"), "a", struct{}{})
	l, _ = l.Set(on(t, "2025-04-01"), "b", struct{}{})
	ended, changed := l.End(on(t, "2025-02-01"))
	if got := written(ended); got != "a 2025-01-01..2025-02-01" || !changed {
		t.Fatal(got, changed)
	}
	if _, changed := ended.End(on(t, "2025-02-01")); changed {
		t.Error("ended twice")
	}
	hole, changed := l.Until(on(t, "2025-03-01"))
	if got := written(hole); got != "a 2025-01-01..2025-03-01, b 2025-04-01.." || !changed {
		t.Error(got, changed)
	}
	if _, changed := hole.Until(on(t, "2025-03-15")); changed {
		t.Error("took away what was not there")
	}
	filled, _ := hole.Set(on(t, "2025-03-10"), "c", struct{}{})
	if got := written(filled); got != "a 2025-01-01..2025-03-01, c 2025-03-10..2025-04-01, b 2025-04-01.." {
		t.Error(got)
	}
}

func TestFaulty(t *testing.T) {
	t.Parallel()
	span := func(from, to string) dated.Span[string, struct{}] {
		return dated.Span[string, struct{}]{From: on(t, from), To: on(t, to), Value: "v"}
	}
	cases := []struct {
		name string
		l    line
		want int
	}{
		{"none", nil, -1},
		{"touching", line{span("2025-01-01", "2025-02-01"), span("2025-02-01", "")}, -1},
		{"hole", line{span("2025-01-01", "2025-02-01"), span("2025-03-01", "")}, -1},
		{"overlap", line{span("2025-01-01", "2025-02-02"), span("2025-02-01", "")}, 1},
		{"after for ever", line{span("2025-01-01", ""), span("2025-02-01", "")}, 1},
		{"empty", line{span("2025-01-01", "2025-01-01")}, 0},
		{"without beginning", line{span("", "2025-01-01")}, 0},
	}
	for _, c := range cases {
		if got := c.l.Faulty(); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

// TestDayByDay compares a line with a value kept for each day.
func TestDayByDay(t *testing.T) {
	t.Parallel()
	const days = 60
	first := on(t, "2025-01-01")
	rapid.Check(t, func(t *rapid.T) {
		var l line
		var table [days]string
		changes := map[int]bool{}
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			at, value := rapid.IntRange(0, days-1).Draw(t, "day"), rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "value")
			next, changed := l.Set(first.AddDays(at), value, struct{}{})
			if changed != (table[at] != value) {
				t.Fatalf("changed %v where %q becomes %q", changed, table[at], value)
			}
			if changed {
				changes[at] = true
				for d := at; d < days && (d == at || !changes[d]); d++ {
					table[d] = value
				}
				if at > 0 && table[at-1] == value { // no change any more
					delete(changes, at)
				}
			}
			l = next
			if l.Faulty() >= 0 {
				t.Fatalf("faulty: %s", written(l))
			}
			for d := range table {
				if got, _ := l.On(first.AddDays(d)); got != table[d] {
					t.Fatalf("day %d: %q, want %q in %s", d, got, table[d], written(l))
				}
			}
		}
	})
}
