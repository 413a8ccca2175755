package billing

import (
	"testing"

	"wasl/internal/kernel/day"
)

func TestPeriodWord(t *testing.T) {
	t.Parallel()
	for _, c := range [][3]string{
		{"2026-05-16", "2026-06-15", "16/05\u00a0\u2013\u00a015/06/2026"},
		{"2025-12-16", "2026-01-15", "16/12/2025\u00a0\u2013\u00a015/01/2026"},
	} {
		from, err := day.Parse(c[0])
		if err != nil {
			t.Fatal(err)
		}
		to, err := day.Parse(c[1])
		if err != nil {
			t.Fatal(err)
		}
		if got := periodWord(from, to); got != c[2] {
			t.Errorf("%s to %s: %q, want %q", c[0], c[1], got, c[2])
		}
	}
}
