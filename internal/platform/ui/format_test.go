package ui

import (
	"math"
	"math/big"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestMoney(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		centimes int64
		want     string
	}{
		{0, "–"},
		{1, "0,01"},
		{10, "0,10"},
		{-5, "−0,05"},
		{12345, "123,45"},
		{99999, "999,99"},
		{100000, "1 000,00"},
		{-641230, "−6 412,30"},
		{2528634745, "25 286 347,45"},
		{math.MaxInt64, "92 233 720 368 547 758,07"},
		{math.MinInt64, "−92 233 720 368 547 758,08"},
	} {
		want := strings.ReplaceAll(c.want, " ", "\u202f")
		if got := Money(c.centimes); got != want {
			t.Errorf("Money(%d) = %q, want %q", c.centimes, got, want)
		}
	}
	if got := MoneyExact(int64(0)); got != "0,00" {
		t.Errorf("MoneyExact(0) = %q", got)
	}
}

// TestMoneyReadsBack compares every print with big integers.
func TestMoneyReadsBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.Int64().Draw(r, "centimes")
		plain := strings.NewReplacer("\u202f", "", "\u2212", "-", ",", "").Replace(MoneyExact(n))
		back, ok := new(big.Int).SetString(plain, 10)
		if !ok || back.Cmp(big.NewInt(n)) != 0 {
			t.Fatalf("%d prints %q", n, MoneyExact(n))
		}
		for i, group := range strings.Split(strings.TrimPrefix(strings.Split(MoneyExact(n), ",")[0], "\u2212"), "\u202f") {
			if len(group) > 3 || i > 0 && len(group) != 3 {
				t.Fatalf("%d prints %q", n, MoneyExact(n))
			}
		}
	})
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{
		0: "0", 7: "7", 999: "999", 1000: "1\u202f000", -19268: "−19\u202f268",
		math.MinInt64: "−9\u202f223\u202f372\u202f036\u202f854\u202f775\u202f808",
	} {
		if got := Number(n); got != want {
			t.Errorf("Number(%d) = %q, want %q", n, got, want)
		}
	}
	if Count(0) != "–" || Count(12) != "12" {
		t.Error("Count prints a dash for zero only")
	}
}

func TestDates(t *testing.T) {
	t.Parallel()
	for iso, want := range map[string]string{"2026-11-22": "22/11/2026", "": "", "demain": "demain", "2026-02-30": "2026-02-30"} {
		if got := Date(iso); got != want {
			t.Errorf("Date(%q) = %q, want %q", iso, got, want)
		}
	}
	at := time.Date(2026, 12, 31, 23, 30, 0, 0, time.UTC)
	env := Env{Zone: time.FixedZone("", 3600)}
	if got := env.Instant(at); got != "01/01/2027 00:30" {
		t.Errorf("an instant is shown in the zone: %q", got)
	}
	if got := (Env{}).Instant(at); got != "31/12/2026 23:30" {
		t.Errorf("without a zone an instant is UTC: %q", got)
	}
	if (Env{}).Instant(time.Time{}) != "" {
		t.Error("no instant is no text")
	}
	d := parse(t, env.TimeOf(at))
	d.attr("time", "datetime", "2026-12-31T23:30:00Z")
	d.words("time bdi[dir=ltr]", "01/01/2027 00:30")
}
