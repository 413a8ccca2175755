package naivetariff

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// A Case is a set of tariff files and requests for them.
type Case struct {
	Seed     uint64
	Files    map[string][]byte // by name; the tariff is in Main
	Main     string
	Requests [][]byte
}

// Generator draws the parts of one case. Everything it writes is well formed;
// most of it is on or beside an edge.
type generator struct {
	*rand.Rand
	components []string          // of the VAT table; none without a table
	uses       bool              // whether a component has rates by use
	table      bool              // whether there is a VAT table
	attributes []attribute       // of the tariff
	edges      []edge            // limits that a request may aim at
	versions   []span            // the versions' dates
	codes      map[string]string // code of a charge → its component, in the version at hand
	order      []string          // the codes, in the order of their charges
	derived    []string          // the derived quantities of the version at hand
	rated      []time.Time       // the dates of the VAT rates
	huge       bool              // whether numbers are near their bounds
	fine       int64             // the rate of the percentage whose 13th decimal matters, 0 for none
}

// An attribute as it stands in the tariff.
type attribute struct {
	name, kind string
	values     []string
	min, max   int64 // in units
	optional   bool
}

// An edge is a limit in thousandths with the names that widen it.
type edge struct {
	thousandths int64
	scale       []string
}

// A span is the dates of a version; no end is the zero time.
type span struct {
	from, to time.Time
	prorata  string
}

// Generate makes the case of a seed: one tariff and that many requests.
func Generate(seed uint64, requests int) Case {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 20140801))}
	g.huge = g.one(20)
	c := Case{Seed: seed, Files: map[string][]byte{}, Main: "main.yaml"}
	vat := g.vatTable()
	var out strings.Builder
	out.WriteString("format: wasl-tariff/1\n")
	if g.table && g.one(3) {
		out.WriteString("include: [vat.yaml]\n")
		c.Files["vat.yaml"] = []byte("format: wasl-tariff/1\n" + vat)
		if g.one(2) {
			out.WriteString("vat:\n" + decoyTable)
		}
	} else {
		out.WriteString(vat)
		if g.table && g.one(3) {
			out.WriteString(decoyTable)
		}
	}
	out.WriteString("tariffs:\n")
	if g.one(4) {
		out.WriteString(decoyTariff)
	}
	out.WriteString(g.tariff())
	c.Files[c.Main] = []byte(out.String())
	for i := range requests {
		c.Requests = append(c.Requests, g.request(i))
	}
	return c
}

// A table and a tariff that nobody asks for, with the codes of what is asked for
// inside them.
const (
	decoyTable = `  - code: other
    components:
      - code: c1
        rates:
          - { from: 2014-01-01, rate: "0.5" }
`
	decoyTariff = `  - code: s
    label: S
    service: other
    unit: u
    currency: MAD
    attributes: [{ name: use, type: choice, values: [t] }]
    versions:
      - version: v1
        from: 2014-01-01
        status: example
        source: s
        basis: HT
        rounding: line
        prorata: months
        on_change: days
        charges: [{ code: FIXED-1, label: L, kind: fixed, price: "7" }]
`
)

// One is true once in n times.
func (g *generator) one(n int) bool { return g.IntN(n) == 0 }

func pick[T any](g *generator, of ...T) T { return of[g.IntN(len(of))] }

// Decimal writes n ten-to-the-minus-decimals.
func fixedPoint(n int64, decimals int) string {
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	s := strconv.FormatInt(n, 10)
	if decimals == 0 {
		return sign + s
	}
	for len(s) <= decimals {
		s = "0" + s
	}
	return sign + s[:len(s)-decimals] + "." + s[len(s)-decimals:]
}

func quoted(s string) string { return `"` + s + `"` }

func (g *generator) day(firstYear, years int) time.Time {
	d := time.Date(firstYear+g.IntN(years), time.Month(1+g.IntN(12)), 1, 0, 0, 0, 0, time.UTC)
	if g.one(3) {
		d = d.AddDate(0, 0, g.IntN(31))
	}
	return d
}

func (g *generator) vatTable() string {
	if g.one(4) {
		return ""
	}
	g.table = true
	g.uses = g.one(2)
	var out strings.Builder
	out.WriteString("vat:\n  - code: vat\n")
	if g.uses {
		out.WriteString("    use_attribute: use\n")
	}
	out.WriteString("    components:\n")
	for i := range 1 + g.IntN(3) {
		code := fmt.Sprintf("c%d", i+1)
		g.components = append(g.components, code)
		fmt.Fprintf(&out, "      - code: %s\n        rates:\n", code)
		uses := []string{""}
		if g.uses {
			uses = pick(g, []string{""}, []string{"domestic"}, []string{"", "domestic"}, []string{"domestic", "other"}, []string{"other", ""})
		}
		for _, use := range uses {
			g.rates(&out, use)
		}
	}
	return out.String()
}

func (g *generator) rates(out *strings.Builder, use string) {
	from := g.day(2014, 1)
	if g.one(8) {
		from = g.day(2022, 3)
	}
	for range 1 + g.IntN(3) {
		fmt.Fprintf(out, "          - { from: %s", from.Format(time.DateOnly))
		if use != "" {
			fmt.Fprintf(out, ", use: %s", use)
		}
		if g.one(6) {
			out.WriteString(", exempt: true }\n")
		} else {
			rate := pick(g, "0", "0.07", "0.10", "0.1", "0.14", "0.16", "0.18", "0.20", "0.2", "0.055", "0.0001", "1", "0.3333", "100")
			fmt.Fprintf(out, ", rate: \"%s\" }\n", rate)
		}
		g.rated = append(g.rated, from)
		from = from.AddDate(0, pick(g, 1, 7, 24), g.IntN(5))
	}
}

func (g *generator) tariff() string {
	var out strings.Builder
	fmt.Fprintf(&out, "  - code: t\n    label: T\n    service: %s\n    unit: u\n    currency: MAD\n",
		pick(g, "electricity", "water", "sanitation", "other"))
	if g.table {
		out.WriteString("    vat_table: vat\n")
	}
	g.declare(&out)
	out.WriteString("    versions:\n")
	from := g.day(2022, 2)
	basis, rounding := g.basis()
	for i := range pick(g, 1, 1, 2, 3, 4) {
		if g.one(12) {
			basis, rounding = g.basis()
		}
		next := from.AddDate(0, pick(g, 3, 8, 14), pick(g, 0, 0, g.IntN(20)))
		s := span{from: from, prorata: pick(g, "none", "months", "months", "days/30")}
		fmt.Fprintf(&out, "      - version: \"v%d\"\n        from: %s\n", i+1, from.Format(time.DateOnly))
		switch g.IntN(14) {
		case 0: // a hole
			s.to = next.AddDate(0, 0, -pick(g, 1, 2, 30))
		case 1:
			s.to = next
		}
		if !s.to.IsZero() {
			fmt.Fprintf(&out, "        to: %s\n", s.to.Format(time.DateOnly))
		}
		fmt.Fprintf(&out, "        status: %s\n        source: s\n        basis: %s\n        rounding: %s\n        prorata: %s\n        on_change: %s\n",
			pick(g, "official", "example"), basis, rounding, s.prorata, pick(g, "days", "days", "start", "end"))
		g.versions = append(g.versions, s)
		g.quantities(&out)
		g.charges(&out)
		from = next
	}
	return out.String()
}

func (g *generator) basis() (basis, rounding string) {
	switch g.IntN(3) {
	case 0:
		return "TTC", "ttc"
	case 1:
		return "HT", "line"
	default:
		return "HT", "total"
	}
}

func (g *generator) declare(out *strings.Builder) {
	all := []attribute{
		{name: "use", kind: "choice", values: []string{"domestic", "other", "third"}},
		{name: "meter", kind: "choice", values: []string{"15", "20", "30"}},
		{name: "class", kind: "choice", values: []string{"a", "b"}},
		{name: "households", kind: "integer", min: g.Int64N(2), max: pick(g, int64(9), 1000, 1_000_000_000)},
		{name: "people", kind: "integer", max: 1_000_000_000},
		{name: "kva", kind: "quantity", max: pick(g, int64(40), 1_000_000_000)},
		{name: "area", kind: "quantity", min: g.Int64N(2), max: 1_000_000_000},
	}
	out.WriteString("    attributes:\n")
	for i, a := range all {
		if i > 0 && g.one(5) {
			continue
		}
		fmt.Fprintf(out, "      - { name: %s, type: %s", a.name, a.kind)
		byDefault := ""
		if a.kind == "choice" {
			fmt.Fprintf(out, ", values: [%s]", strings.Join(quotedAll(a.values), ", "))
			if g.one(6) {
				fmt.Fprintf(out, ", labels: [%s]", strings.Join(quotedAll(a.values), ", "))
			}
			byDefault = pick(g, a.values...)
		} else {
			if a.min != 0 {
				least := quoted(strconv.FormatInt(a.min, 10))
				if a.kind == "integer" && g.one(2) { // a bare number where an integer is asked for
					least = strconv.FormatInt(a.min, 10)
				}
				fmt.Fprintf(out, ", min: %s", least)
			}
			if a.max != 1_000_000_000 || g.one(2) {
				fmt.Fprintf(out, ", max: %q", strconv.FormatInt(a.max, 10))
			}
			byDefault = strconv.FormatInt(1+g.Int64N(5), 10)
		}
		if a.kind != "choice" && g.one(6) {
			out.WriteString(", label: L, unit: kVA")
		}
		if a.kind == "quantity" && g.one(2) {
			out.WriteString(", split: true")
		}
		if g.one(3) {
			a.optional = true
			fmt.Fprintf(out, ", default: %q", byDefault)
		}
		out.WriteString(" }\n")
		g.attributes = append(g.attributes, a)
	}
}

func quotedAll(all []string) []string {
	var found []string
	for _, s := range all {
		found = append(found, quoted(s))
	}
	return found
}

// Numbers lists the numeric attributes.
func (g *generator) numbers() []string {
	var found []string
	for _, a := range g.attributes {
		if a.kind != "choice" {
			found = append(found, a.name)
		}
	}
	return found
}

func (g *generator) choices() []attribute {
	var found []attribute
	for _, a := range g.attributes {
		if a.kind == "choice" {
			found = append(found, a)
		}
	}
	return found
}

func (g *generator) quantities(out *strings.Builder) {
	g.derived = nil
	n := pick(g, 0, 0, 1, 2, 3)
	if n == 0 {
		return
	}
	out.WriteString("        quantities:\n")
	for i := range n {
		name := fmt.Sprintf("d%d", i+1)
		fmt.Fprintf(out, "          - name: %s\n            terms:\n", name)
		for range 1 + g.IntN(3) {
			names := append([]string{"quantity", "quantity", "months", "period_days"}, append(g.numbers(), g.derived...)...)
			var of []string
			for range pick(g, 0, 1, 1, 1, 2, 3, 4) {
				of = append(of, pick(g, names...))
			}
			fmt.Fprintf(out, "              - { factor: %q, of: [%s] }\n", g.factor(), strings.Join(of, ", "))
		}
		if !g.one(10) {
			fmt.Fprintf(out, "            min: %q\n", pick(g, "0", "0", "0", "0.001", "12.5"))
		}
		if g.one(4) {
			fmt.Fprintf(out, "            max: %q\n", pick(g, "20", "100.125", "1000000000"))
		}
		g.derived = append(g.derived, name)
	}
}

func (g *generator) factor() string {
	one := func() string {
		return pick(g, "1", "-1", "0.8", "55", "0.62", "0.5", "0.0005", "-0.25", "0", "0.001", "0.000001",
			fixedPoint(g.Int64N(3_000_000), 6), fixedPoint(-g.Int64N(30_000), 3))
	}
	if g.one(3) {
		return one() + "/" + pick(g, "748", "3", "7", "-8", "0.3", "1000", "0.000001", "0.000007")
	}
	return one()
}
