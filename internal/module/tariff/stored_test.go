package tariff

import (
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"testing"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/op"
	"wasl/packs"
)

// plainTariff is a small tariff: a version from a date on at a price.
func plainTariff(t *testing.T, version, from string, change ...string) *Tariff {
	t.Helper()
	source := `format: wasl-tariff/1
tariffs:
  - code: x
    label: x
    service: water
    unit: m3
    currency: MAD
    attributes:
      - { name: use, type: choice, values: [domestic], default: domestic }
    versions:
      - version: "` + version + `"
        from: ` + from + `
        status: example
        source: s
        basis: HT
        rounding: line
        prorata: months
        on_change: days
        charges:
          - { code: WATER, label: Eau, kind: blocks, vat: none, blocks: [ { up_to: "10", price: "1" }, { up_to: "30", price: "2" }, { price: "3" } ] }
`
	f := model(t, strings.NewReplacer(change...).Replace(source))
	return &f.Tariffs[0]
}

// TestHeadsOfVersions: one request asks all versions of a tariff, so that their heads
// must agree; a head may grow by what has a default.
func TestHeadsOfVersions(t *testing.T) {
	t.Parallel()
	const attribute = "      - { name: use, type: choice, values: [domestic], default: domestic }\n"
	for name, c := range map[string]struct {
		change []string
		want   string
	}{
		"the same":                    {nil, ""},
		"another price":               {[]string{`price: "1"`, `price: "4"`}, ""},
		"one more word":               {[]string{"values: [domestic]", "values: [domestic, other]"}, ""},
		"one more with a default":     {[]string{attribute, attribute + "      - { name: flats, type: integer, default: \"1\" }\n"}, ""},
		"one more without a default":  {[]string{attribute, attribute + "      - { name: flats, type: integer }\n"}, "flats"},
		"another default":             {[]string{"values: [domestic], default: domestic", "values: [domestic, other], default: other"}, "use"},
		"another unit":                {[]string{"unit: m3", "unit: hl"}, "unit"},
		"another service":             {[]string{"service: water", "service: other"}, "service"},
		"another currency":            {[]string{"currency: MAD", "currency: EUR"}, "currency"},
		"a word less, and one more":   {[]string{"values: [domestic], default: domestic", "values: [other], default: other"}, "use"},
		"a table of rates from now":   {[]string{"currency: MAD", "currency: MAD\n    vat_table: t"}, "vat_table"},
		"another type of the default": {[]string{"type: choice, values: [domestic], default: domestic", "type: integer, default: \"1\""}, "use"},
	} {
		first, second := plainTariff(t, "a", "2024-01-01"), plainTariff(t, "b", "2025-01-01", c.change...)
		got, problem := joined([]*Tariff{second, first})
		if problem == nil && c.want != "" || problem != nil && problem.Args["name"] != c.want {
			t.Errorf("%s: %v, want %q", name, problem, c.want)
		}
		if problem == nil && (len(got.Versions) != 2 || got.Versions[0].Code != "a" || len(got.Attributes) < len(second.Attributes)) {
			t.Errorf("%s: joined as %+v", name, got)
		}
	}
}

// TestTypicalQuantities tries blocks within, at their ends and beyond.
func TestTypicalQuantities(t *testing.T) {
	t.Parallel()
	texts := func(list []money.Quantity) (out []string) {
		for _, q := range list {
			out = append(out, q.String())
		}
		return out
	}
	v := plainTariff(t, "a", "2024-01-01").Versions[0]
	if got := texts(typicalQuantities(&v)); !slices.Equal(got, []string{"5", "10", "30", "45"}) {
		t.Errorf("blocks of 10 and 30 are tried at %v", got)
	}
	if got := texts(typicalQuantities(&Version{})); !slices.Equal(got, []string{"10", "50", "100", "500"}) {
		t.Errorf("without blocks: %v", got)
	}
	long := plainTariff(t, "a", "2024-01-01").Versions[0]
	long.Charges[0].Blocks.List = nil
	for i := range 20 {
		limit := money.Quantity(1000 * (i + 1))
		long.Charges[0].Blocks.List = append(long.Charges[0].Blocks.List, Block{UpTo: &limit})
	}
	got := texts(typicalQuantities(&long))
	if len(got) != samplesMax || got[0] != "0.5" || got[len(got)-1] != "30" {
		t.Errorf("twenty blocks are tried at %v", got)
	}
}

// TestSampleMonth takes the first whole month of a version.
func TestSampleMonth(t *testing.T) {
	t.Parallel()
	for _, c := range [][3]string{
		{"2024-01-01", "", "2024-01"},
		{"2024-01-15", "", "2024-02"},
		{"2024-01-15", "2024-02-10", "2024-01"},
		{"2024-01-15", "2024-03-01", "2024-02"},
		{"2024-12-02", "", "2025-01"},
	} {
		var to day.Date
		if c[1] != "" {
			to = date(t, c[1])
		}
		if got := sampleMonth(date(t, c[0]), to).String(); got != c[2] {
			t.Errorf("from %s to %q: %s, want %s", c[0], c[1], got, c[2])
		}
	}
}

// TestAspects tells what two versions say differently, once each.
func TestAspects(t *testing.T) {
	t.Parallel()
	a := plainTariff(t, "a", "2024-01-01")
	b := plainTariff(t, "b", "2025-01-01", `{ up_to: "30", price: "2" }`, `{ up_to: "25", tolerance: "1", price: "2.5" }`, `{ price: "3" }`,
		`{ up_to: "90", price: "3" }, { price: "4" }`, "rounding: line", "rounding: total")
	var got []string
	for _, d := range differences(a, b) {
		got = append(got, d.Charge+" "+strconv.FormatInt(d.Block, 10)+" "+d.Aspect+" "+d.Before+">"+d.After)
	}
	want := []string{
		" 0 rounding line>total", "WATER 2 up_to 30>25", "WATER 2 tolerance >1", "WATER 2 price 2.00>2.50", "WATER 3 up_to >90", "WATER 4 price >4.00",
	}
	if !slices.Equal(got, want) {
		t.Errorf("differences\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if again := differences(a, a); len(again) != 0 {
		t.Errorf("a version differs from itself: %v", again)
	}
}

// TestWidened scales limits as the engine rounds them.
func TestWidened(t *testing.T) {
	t.Parallel()
	limit := money.Quantity(100_000)
	for _, c := range []struct {
		scale []Named
		want  money.Quantity
	}{
		{nil, 100_000},
		{[]Named{{Value: 2000}, {Value: 3000}}, 600_000},
		{[]Named{{Value: 333}}, 33_300},
		{[]Named{{Value: 1}, {Value: 5}}, 1}, // 0.5 thousandths, half going up
		{[]Named{{Value: QuantityMax}, {Value: QuantityMax}}, QuantityMax},
	} {
		if got := *widened(&limit, c.scale); got != c.want {
			t.Errorf("%v gives %d, want %d", c.scale, got, c.want)
		}
	}
}

// BenchmarkAssemble compiles all shipped versions out of their stored texts: what a
// process does once after each change of what is active.
func BenchmarkAssemble(b *testing.B) {
	var all []*stored
	for _, name := range packNames(b) {
		body, err := fs.ReadFile(packs.Files, name)
		if err != nil {
			b.Fatal(err)
		}
		f, problems := Parse(name, body)
		if len(problems) > 0 {
			b.Fatal(problems)
		}
		in := &intake{}
		in.add(f, op.NewUpload(name, body))
		for _, v := range in.versions {
			all = append(all, &stored{VersionRow: v.row, content: v.text})
		}
	}
	for name, known := range map[string]*library{"first": nil, "again": {}} {
		b.Run(name, func(b *testing.B) {
			b.ReportMetric(float64(len(all)), "versions")
			for b.Loop() {
				if _, problems, err := assemble(known, all); err != nil || len(problems) > 0 {
					b.Fatal(problems, err)
				}
			}
		})
	}
}
