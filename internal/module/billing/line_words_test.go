package billing

import "testing"

func TestLineWords(t *testing.T) {
	t.Parallel()
	w := lineWords{{"water", "WATER"}: "Eau", {"water", "FIXED-WATER"}: "Redevance fixe", {"sanitation", "WATER"}: ""}
	for _, c := range []struct{ service, line, want string }{
		{"water", "WATER", "Eau"},
		{"water", "WATER-3", "Eau"},
		{"water", "FIXED-WATER", "Redevance fixe"},
		{"electricity", "WATER-3", ""},
		{"sanitation", "WATER-1", ""},
		{"water", "TAX 0.10", ""},
	} {
		if got := w.of(c.service, c.line); got != c.want {
			t.Errorf("%s %s: %q, not %q", c.service, c.line, got, c.want)
		}
	}
}

func TestBlockOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		line, charge string
		block        int
	}{{"WATER-3", "WATER", 3}, {"FIXED-WATER", "FIXED-WATER", 0}, {"A-0", "A-0", 0}, {"A--1", "A-", 1}, {"-3", "-3", 0}, {"", "", 0}} {
		if charge, block := blockOf(c.line); charge != c.charge || block != c.block {
			t.Errorf("%q: %q %d, not %q %d", c.line, charge, block, c.charge, c.block)
		}
	}
}
