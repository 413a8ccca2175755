package text

import (
	"math"
	"testing"

	"wasl/internal/kernel/money"
)

// TestInWords compares with amounts written by hand by the rules of the Académie before
// 1990: hyphens below a hundred but around "et", cents and vingts with their plural when
// nothing follows, mille without.
func TestInWords(t *testing.T) {
	t.Parallel()
	c, err := New()
	if err != nil {
		t.Fatal(err)
	}
	p := c.Printer("fr")
	for amount, want := range map[money.Amount]string{
		0:             "zéro dirham",
		1:             "zéro dirham et un centime",
		100:           "un dirham",
		199:           "un dirham et quatre-vingt-dix-neuf centimes",
		16_00:         "seize dirhams",
		17_00:         "dix-sept dirhams",
		21_00:         "vingt et un dirhams",
		22_80:         "vingt-deux dirhams et quatre-vingts centimes",
		71_00:         "soixante et onze dirhams",
		76_61:         "soixante-seize dirhams et soixante et un centimes",
		80_00:         "quatre-vingts dirhams",
		81_00:         "quatre-vingt-un dirhams",
		91_70:         "quatre-vingt-onze dirhams et soixante-dix centimes",
		100_00:        "cent dirhams",
		101_00:        "cent un dirhams",
		200_00:        "deux cents dirhams",
		280_00:        "deux cent quatre-vingts dirhams",
		346_56:        "trois cent quarante-six dirhams et cinquante-six centimes",
		1000_00:       "mille dirhams",
		1980_00:       "mille neuf cent quatre-vingts dirhams",
		2000_00:       "deux mille dirhams",
		80_000_00:     "quatre-vingt mille dirhams",
		200_000_00:    "deux cent mille dirhams",
		1_000_000_00:  "un million de dirhams",
		80_000_000_00: "quatre-vingts millions de dirhams",
		1_200_001_00:  "un million deux cent mille un dirhams",
		-46_87:        "moins quarante-six dirhams et quatre-vingt-sept centimes",
	} {
		if got := p.InWords(amount); got != want {
			t.Errorf("%d: %q, want %q", amount, got, want)
		}
	}
	if got := p.InWords(math.MinInt64); got == "" {
		t.Error("the least amount has no words")
	}
	if len(c.Missing()) > 0 {
		t.Errorf("texts missing: %v", c.Missing())
	}
}
