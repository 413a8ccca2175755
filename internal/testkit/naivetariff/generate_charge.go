package naivetariff

import (
	"fmt"
	"slices"
	"strings"
)

func (g *generator) charges(out *strings.Builder) {
	g.codes, g.order = map[string]string{}, nil
	out.WriteString("        charges:\n")
	if len(g.named("kva", "area")) == 2 && g.one(12) {
		g.finePercent(out)
	}
	for i := range 1 + g.IntN(7) {
		kind := pick(g, "blocks", "blocks", "blocks", "unit", "fixed", "percent", "minimum")
		component := g.component()
		of := g.below(component)
		if (kind == "percent" || kind == "minimum") && of == "" {
			kind = "blocks"
		}
		code := fmt.Sprintf("%s-%d", pick(g, "ENERGY", "FIXED", "TPPAN", "WATER", "SEWER", "MINIMUM", "SURCHARGE"), i+1)
		if g.one(8) {
			g.twins(out, code, component)
		} else {
			g.charge(out, code, kind, component, of, g.when())
		}
		g.codes[code] = component
		g.order = append(g.order, code)
	}
}

// FinePercent writes a percentage whose value the request can put just below or
// above half a centime, so near that the rounding to 12 decimals decides.
func (g *generator) finePercent(out *strings.Builder) {
	g.fine = 1 + g.Int64N(5000)
	fmt.Fprintf(out, `          - { code: FIXED-0, label: L, kind: fixed, vat: none, price: "0.000001", scale: [kva, area] }
          - { code: SURCHARGE-0, label: L, kind: percent, vat: none, of: [FIXED-0], rate: %q }
`, fixedPoint(g.fine, 4))
	g.codes["FIXED-0"] = ""
	g.order = append(g.order, "FIXED-0")
}

// Named lists the attributes of these names that the tariff has.
func (g *generator) named(names ...string) []attribute {
	var found []attribute
	for _, a := range g.attributes {
		if slices.Contains(names, a.name) {
			found = append(found, a)
		}
	}
	return found
}

// Twins are two charges of one code whose conditions cannot hold together.
func (g *generator) twins(out *strings.Builder, code, component string) {
	choices := g.choices()
	a := choices[g.IntN(len(choices))]
	g.charge(out, code, pick(g, "unit", "fixed", "blocks"), component, "", fmt.Sprintf("{ %s: %q }", a.name, a.values[0]))
	g.charge(out, code, pick(g, "unit", "fixed", "blocks"), component, "", fmt.Sprintf("{ %s: [%s] }", a.name, strings.Join(quotedAll(a.values[1:]), ", ")))
}

func (g *generator) component() string {
	if len(g.components) == 0 || g.one(6) {
		return ""
	}
	return pick(g, g.components...)
}

// Below names some charges above that have the component.
func (g *generator) below(component string) string {
	var found []string
	for _, code := range g.order {
		if g.codes[code] == component && !g.one(4) {
			found = append(found, code)
		}
	}
	return strings.Join(found, ", ")
}

func (g *generator) charge(out *strings.Builder, code, kind, component, of, when string) {
	fmt.Fprintf(out, "          - code: %s\n            label: L\n            kind: %s\n", code, kind)
	put := func(key, value string) {
		if value != "" {
			fmt.Fprintf(out, "            %s: %s\n", key, value)
		}
	}
	if component == "" && (g.table || g.one(2)) {
		component = "none"
	}
	put("vat", component)
	put("when", when)
	if g.one(8) {
		put("service", pick(g, "electricity", "sanitation"))
	}
	if g.one(6) {
		put("third_party", "sndl")
	}
	if kind == "percent" || kind == "minimum" {
		put("of", "["+of+"]")
	}
	scale := g.scale(2)
	switch kind {
	case "unit":
		put("price", g.price(3))
		put("quantity", g.quantityName())
		put("scale", list2(g.scale(1)))
	case "fixed", "minimum":
		put("price", g.price(3))
		put("scale", list2(scale))
	case "percent":
		put("rate", quoted(pick(g, "0.1", "0.18", "0.0001", "0.3333", "1", "0.025", "0", "2.5", fixedPoint(g.Int64N(20000), 4))))
	case "blocks":
		put("quantity", g.quantityName())
		put("scale", list2(scale))
		g.blocks(put, scale)
	}
	if g.one(5) {
		put("cap", quoted(g.amount()))
		put("cap_scale", list2(g.scale(2)))
	}
}

// List2 writes a list, or nothing for an empty one.
func list2(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "[" + strings.Join(names, ", ") + "]"
}

func (g *generator) amount() string {
	return pick(g, "0", "100.00", "0.01", "12.5", fixedPoint(g.Int64N(100_000), 2), fixedPoint(g.Int64N(100_000_000), 2))
}

func (g *generator) quantityName() string {
	if g.one(2) {
		return ""
	}
	names := append([]string{"quantity", "quantity"}, g.derived...)
	return pick(g, append(names, g.derived...)...)
}

func (g *generator) scale(most int) []string {
	names := append([]string{"months", "months", "period_days"}, append(g.numbers(), g.derived...)...)
	var found []string
	for range pick(g, 0, 0, 1, 2) % (most + 1) {
		found = append(found, pick(g, names...))
	}
	return found
}

// Price is a number, or a table of at most so many attributes.
func (g *generator) price(deep int) string {
	if deep > 0 && g.one(6) {
		return g.byTable(func() string { return g.price(deep - 1) })
	}
	if g.huge && g.one(3) {
		return quoted(fixedPoint(1_000_000_000_000-g.Int64N(1_000_000), 6))
	}
	switch g.IntN(8) {
	case 0:
		return pick(g, `"0"`, `"0.005"`, `"1000000"`, `"0.000001"`, `"0.5"`)
	case 1, 2:
		return quoted(fixedPoint(g.Int64N(20_000), 4))
	case 3:
		return quoted(fixedPoint(g.Int64N(9_000_000), 6))
	case 4, 5:
		return quoted(fixedPoint(g.Int64N(400)*10+5, 3))
	default:
		return quoted(fixedPoint(g.Int64N(20_000), 2))
	}
}

// ByTable is a table of a choice; sometimes a value is not in it.
func (g *generator) byTable(value func() string) string {
	choices := g.choices()
	a := choices[g.IntN(len(choices))]
	var cells []string
	for i, v := range a.values {
		if i > 0 && g.one(12) {
			continue
		}
		cells = append(cells, fmt.Sprintf("%q: %s", v, value()))
	}
	return fmt.Sprintf("{ by: %s, values: { %s } }", a.name, strings.Join(cells, ", "))
}

func (g *generator) blocks(put func(key, value string), scale []string) {
	limits := g.limits()
	progressive := pick(g, "", "", "0", "some")
	if progressive == "some" {
		progressive = "0"
		if len(limits) > 0 {
			progressive = limits[g.IntN(len(limits))].upTo()
		}
	}
	if progressive != "" {
		put("progressive_up_to", quoted(progressive))
	}
	if g.one(4) {
		n := g.Int64N(300_000)
		if len(limits) > 0 && g.one(2) {
			n = limits[g.IntN(len(limits))].up
		}
		put("exempt_up_to", quoted(fixedPoint(n, 3)))
		g.edges = append(g.edges, edge{n, scale})
	}
	write := func() string {
		if progressive == "" || progressive == "0" {
			limits = g.limits()
		}
		for _, l := range limits {
			g.edges = append(g.edges, edge{l.up + l.tolerance, scale}, edge{l.up, scale})
		}
		return g.list(limits)
	}
	if g.one(5) {
		put("blocks", g.byTable(func() string {
			if g.one(6) {
				return g.byTable(write)
			}
			return write()
		}))
		return
	}
	put("blocks", write())
}

// A limit in thousandths.
type limit struct{ up, tolerance int64 }

func (l limit) upTo() string { return strings.TrimSuffix(fixedPoint(l.up, 3), ".000") }

// Limits are some limits that increase, with their tolerance too.
func (g *generator) limits() []limit {
	var found []limit
	up, reached := int64(0), int64(0)
	for range g.IntN(6) {
		up += pick(g, 1, 5_000, 50_000, 100_000, 500, 1+g.Int64N(200_000), 1_000*(1+g.Int64N(100)))
		tolerance := int64(0)
		if g.one(4) {
			tolerance = pick(g, 1, 10_000, g.Int64N(20_000))
		}
		if up+tolerance <= reached {
			tolerance = reached - up + 1
		}
		reached = up + tolerance
		found = append(found, limit{up, tolerance})
	}
	return found
}

func (g *generator) list(limits []limit) string {
	var cells []string
	for _, l := range limits {
		tolerance := ""
		if l.tolerance > 0 || g.one(10) {
			tolerance = fmt.Sprintf(", tolerance: %q", fixedPoint(l.tolerance, 3))
		}
		cells = append(cells, fmt.Sprintf("{ up_to: %q%s, price: %s }", l.upTo(), tolerance, g.price(1)))
	}
	return "[" + strings.Join(append(cells, fmt.Sprintf("{ price: %s }", g.price(1))), ", ") + "]"
}

// When is a condition, mostly none.
func (g *generator) when() string {
	if !g.one(3) {
		return ""
	}
	at := g.IntN(len(g.attributes))
	conditions := []string{g.condition(g.attributes[at])}
	if next := (at + 1) % len(g.attributes); next != at && g.one(4) {
		conditions = append(conditions, g.condition(g.attributes[next]))
	}
	return "{ " + strings.Join(conditions, ", ") + " }"
}

func (g *generator) condition(a attribute) string {
	if a.kind == "choice" {
		if g.one(2) {
			return fmt.Sprintf("%s: %q", a.name, pick(g, a.values...))
		}
		return fmt.Sprintf("%s: [%s]", a.name, strings.Join(quotedAll(a.values[g.IntN(len(a.values)):]), ", "))
	}
	switch g.IntN(4) {
	case 0:
		return fmt.Sprintf("%s: { min: \"2\" }", a.name)
	case 1:
		return fmt.Sprintf("%s: { max: \"3\" }", a.name)
	case 2:
		return fmt.Sprintf("%s: { min: \"1\", max: \"4\" }", a.name)
	default:
		return fmt.Sprintf("%s: [\"1\", \"2\", \"3\"]", a.name)
	}
}
