package metering

import (
	"encoding/csv"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
)

func date(t testing.TB, s string) day.Date {
	t.Helper()
	d, err := day.Parse(s)
	if err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	return d
}

// points reads "meter date kind index" lines.
func points(t testing.TB, lines ...string) (out []Point) {
	t.Helper()
	for i, line := range lines {
		f := strings.Fields(line)
		meter, err := strconv.ParseInt(f[0], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, Point{ID: int64(i + 1), Meter: meter, Date: date(t, f[1]), Kind: ReadingKind(f[2]), Index: q(t, f[3])})
	}
	return out
}

func TestParts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		lines []string
		want  []string
		total string
	}{
		{"two readings", []string{"1 2026-09-18 read 18234", "1 2026-10-19 read 18437"}, []string{"203"}, "203"},
		{"a meter replaced: the old one to its closing, the new one from its opening", []string{
			"1 2026-09-18 read 99900", "1 2026-10-02 closing 99960", "2 2026-10-02 opening 3", "2 2026-10-19 read 48",
		}, []string{"60", "45"}, "105"},
		{"given out of order", []string{
			"2 2026-10-19 read 48", "2 2026-10-02 opening 3", "1 2026-10-02 closing 99960", "1 2026-09-18 read 99900",
		}, []string{"60", "45"}, "105"},
		{"the same meter passes to another occupant", []string{
			"1 2026-09-18 read 100", "1 2026-10-02 closing 130", "1 2026-10-02 opening 130", "1 2026-10-19 read 150",
		}, []string{"30", "20"}, "50"},
		{"an estimate that was too high", []string{
			"1 2026-08-18 read 500", "1 2026-09-18 estimated 560", "1 2026-10-19 read 540",
		}, []string{"60", "-20"}, "40"},
		{"an estimate that passed zero before the meter did", []string{
			"1 2026-08-18 read 99950", "1 2026-09-18 estimated 10", "1 2026-10-19 read 99990",
		}, []string{"60", "-20"}, "40"},
		{"an estimate, then over zero", []string{
			"1 2026-08-18 read 99900", "1 2026-09-18 estimated 99950", "1 2026-10-19 read 20",
		}, []string{"50", "70"}, "120"},
		{"one reading is no consumption", []string{"1 2026-09-18 opening 7"}, nil, "0"},
	} {
		parts, err := Parts(points(t, c.lines...), func(int64) Dial { return plainDial(5) })
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var got []string
		for _, p := range parts {
			got = append(got, p.Quantity.String())
		}
		total, err := Total(parts)
		if !slices.Equal(got, c.want) || err != nil || total != q(t, c.total) {
			t.Errorf("%s: %v in all %v (%v), want %v in all %s", c.name, got, total, err, c.want, c.total)
		}
	}
}

func TestPartsConfirmedTurn(t *testing.T) {
	t.Parallel()
	all := points(t, "1 2026-09-18 read 61000", "1 2026-10-19 read 20")
	all[1].Turned = true // a large meter that a person looked at
	parts, err := Parts(all, func(int64) Dial { return plainDial(5) })
	if err != nil || len(parts) != 1 || parts[0].Quantity != q(t, "39020") || parts[0].Step.Motion != Turned {
		t.Errorf("got %+v, %v", parts, err)
	}
}

func TestPartsWithoutOpening(t *testing.T) {
	t.Parallel()
	_, err := Parts(points(t, "1 2026-09-18 read 5", "2 2026-10-19 read 9"), func(int64) Dial { return plainDial(5) })
	if fault.CodeOf(err) != "metering.chain_meter" {
		t.Errorf("got %v", err)
	}
}

// TestPartsSumUp: however often a meter is read in between, what passed is the same.
func TestPartsSumUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := plainDial(5)
		start := day.MonthOf(dateOf(t)).First()
		at := money.Quantity(rapid.Int64Range(0, 99_999).Draw(t, "start")) * quantityOne
		all := []Point{{ID: 1, Meter: 1, Date: start, Kind: Opening, Index: at}}
		var passed money.Quantity
		for i := range rapid.IntRange(1, 20).Draw(t, "readings") {
			step := money.Quantity(rapid.Int64Range(0, 9_999).Draw(t, "units")) * quantityOne // under the tenth of a turn
			at, passed = d.Advance(at, step), passed+step
			all = append(all, Point{ID: int64(i + 2), Meter: 1, Date: start.AddDays(30 * (i + 1)), Kind: Read, Index: at})
		}
		parts, err := Parts(all, func(int64) Dial { return d })
		if err != nil {
			t.Fatal(err)
		}
		if total, err := Total(parts); err != nil || total != passed {
			t.Fatalf("%v passed, %v found: %+v", passed, total, all)
		}
	})
}

func dateOf(t *rapid.T) day.Date {
	d, err := day.New(rapid.IntRange(2000, 2040).Draw(t, "year"), 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestSwapped(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"2013-02-12": "2013-12-02", "2013-12-02": "2013-02-12", "2013-02-13": "", "2013-05-05": ""} {
		got, ok := Swapped(date(t, in))
		if got.String() != want || ok != (want != "") {
			t.Errorf("%s: %v, %v", in, got, ok)
		}
	}
}

// stegLinks reads the bills of one customer: date 1, old index 12, new index 13, months 14.
func stegLinks(t *testing.T) []Link {
	t.Helper()
	file, err := os.Open("../../../../shared/data/steg/invoices_client0.csv")
	if err != nil {
		if strings.Contains(os.Getenv("WASL_TEST_REQUIRE"), "data") {
			t.Fatal(err)
		}
		t.Skip("the data folder is not there")
	}
	defer func() { _ = file.Close() }()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var links []Link
	for _, r := range rows[1:] {
		months, err := strconv.ParseInt(r[14], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		links = append(links, Link{Date: date(t, r[1]), Old: q(t, r[12]), New: q(t, r[13]), Months: months})
	}
	return links
}

// TestSTEGHistory: counted by hand on the 35 bills sorted by index (awk 'sort -n' on
// columns 13 and 14): three holes, of 250, 305 and 134 kWh, and four dates with day and
// month exchanged, which are all those whose day is at most 12.
func TestSTEGHistory(t *testing.T) {
	t.Parallel()
	links := stegLinks(t)
	if len(links) != 35 {
		t.Fatalf("%d bills, want 35", len(links))
	}
	SortLinks(links)
	var gaps []string
	for _, b := range Breaks(links) {
		gaps = append(gaps, b.Before.String()+"→"+b.Old.String()+" "+b.Gap().String())
	}
	if want := []string{"10238→10488 250", "13678→13983 305", "14130→14264 134"}; !slices.Equal(gaps, want) {
		t.Errorf("holes %v, want %v", gaps, want)
	}
	var swaps []string
	for _, s := range Swaps(links) {
		swaps = append(swaps, s.Is.String()+"→"+s.Proposed.String()+" "+string(s.Reason))
	}
	want := []string{"2008-01-04→2008-04-01 length", "2009-01-04→2009-04-01 length", "2013-02-12→2013-12-02 order", "2018-12-07→2018-07-12 length"}
	if !slices.Equal(swaps, want) {
		t.Errorf("exchanged dates %v, want %v", swaps, want)
	}
	for i := range links { // without the months declared only the order tells
		links[i].Months = 0
	}
	if got := Swaps(links); len(got) != 1 || got[0].Reason != ByOrder {
		t.Errorf("by order alone: %+v", got)
	}
}

// TestSwapsLeaveGoodDatesAlone: a chain in order, a month apart, has nothing to propose.
func TestSwapsLeaveGoodDatesAlone(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		at := dateOf(t).AddDays(rapid.IntRange(0, 400).Draw(t, "first"))
		var links []Link
		for range rapid.IntRange(2, 40).Draw(t, "links") {
			links = append(links, Link{Date: at, Months: 1})
			at = at.AddDays(rapid.IntRange(27, 34).Draw(t, "days"))
		}
		if got := Swaps(links); len(got) > 0 {
			t.Fatalf("%+v", got)
		}
	})
}

func TestBreakOverlap(t *testing.T) {
	t.Parallel()
	got := Breaks([]Link{{Old: 0, New: 10_000}, {Old: 7_000, New: 20_000}, {Old: 20_000, New: 21_000}})
	if len(got) != 1 || got[0].At != 1 || got[0].Gap() != -3_000 {
		t.Errorf("got %+v", got)
	}
}
