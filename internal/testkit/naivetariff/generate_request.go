package naivetariff

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A draft is a request before it is written: the JSON text of each field.
type draft struct {
	fields     map[string]string
	attributes [][2]string
	more       [][2]string      // keys that no request has
	numbers    map[string]int64 // in thousandths, what the edges need
}

// Request is one request: most are right, some have a fault or two.
func (g *generator) request(i int) []byte {
	d := &draft{fields: map[string]string{"id": strconv.Quote(strconv.Itoa(i)), "tariff": `"t"`}, numbers: map[string]int64{}}
	g.period(d)
	g.attribute(d)
	if g.fine > 0 && g.one(2) {
		g.aimFine(d)
	}
	d.fields["quantity"] = strconv.Quote(g.quantity(d))
	if g.one(4) {
		date := g.day(2022, 5)
		if len(g.rated) > 0 && g.one(2) {
			date = pick(g, g.rated...).AddDate(0, 0, -g.IntN(2))
		}
		d.fields["tax_date"] = strconv.Quote(date.Format(time.DateOnly))
	}
	if g.one(7) {
		for range pick(g, 1, 1, 2, 3) {
			g.spoil(d)
		}
	}
	var attributes, fields []string
	for _, a := range d.attributes {
		attributes = append(attributes, fmt.Sprintf("%q:%s", a[0], a[1]))
	}
	for _, name := range []string{"id", "tariff", "from", "to", "months", "quantity", "tax_date"} {
		if value, has := d.fields[name]; has {
			fields = append(fields, fmt.Sprintf("%q:%s", name, value))
		}
	}
	if value, has := d.fields["attributes"]; has {
		fields = append(fields, `"attributes":`+value)
	} else if len(attributes) > 0 || g.one(2) {
		fields = append(fields, `"attributes":{`+strings.Join(attributes, ",")+"}")
	}
	for _, m := range d.more {
		at := g.IntN(len(fields) + 1)
		fields = slices.Insert(fields, at, fmt.Sprintf("%q:%s", m[0], m[1]))
	}
	if g.one(400) {
		return []byte(pick(g, "", "{", "[]", "null", "1", `"x"`, "{}", "[{}]"))
	}
	if g.one(10) { // the order of the keys is free
		g.Shuffle(len(fields), func(i, j int) { fields[i], fields[j] = fields[j], fields[i] })
	}
	return []byte("{" + strings.Join(fields, ",") + "}")
}

// Period chooses dates around the versions, and the months.
func (g *generator) period(d *draft) {
	at := g.IntN(len(g.versions))
	s := g.versions[at]
	from := s.from.AddDate(0, g.IntN(4), 0)
	if at > 0 && g.one(2) || g.one(20) { // across the change, or just beside it
		from = s.from.AddDate(0, 0, -g.IntN(31))
	}
	months := pick(g, 1, 1, 1, 2, 3, 12, 40)
	to := from.AddDate(0, 0, g.IntN(100))
	aligned := g.one(2)
	if aligned {
		if from.Day() > 1 {
			from = from.AddDate(0, 1, 1-from.Day())
		}
		to = from.AddDate(0, months, -1)
	}
	if last := g.versions[len(g.versions)-1].to; !last.IsZero() && !to.Before(last) && !g.one(5) {
		to = last.AddDate(0, 0, -1-g.IntN(3))
		from = to.AddDate(0, 0, -g.IntN(70))
	}
	thousandths := int64(months) * 1000
	switch {
	case s.prorata == "days/30" && g.one(3), aligned && g.one(3), g.one(20): // absent; the edges guess
	case s.prorata != "none" && g.one(3), g.one(20):
		thousandths = pick(g, int64(1), 500, 1033, 1500, 967, 1+g.Int64N(5000))
		d.fields["months"] = pick(g, fixedPoint(thousandths, 3), strconv.Quote(fixedPoint(thousandths, 3)))
	default:
		d.fields["months"] = pick(g, strconv.Itoa(months), strconv.Quote(strconv.Itoa(months)))
	}
	d.numbers["months"] = thousandths
	d.numbers["period_days"] = days(from, to) * 1000
	d.fields["from"], d.fields["to"] = strconv.Quote(from.Format(time.DateOnly)), strconv.Quote(to.Format(time.DateOnly))
}

// Attribute gives every attribute a value, in any order.
func (g *generator) attribute(d *draft) {
	for _, i := range g.Perm(len(g.attributes)) {
		a := g.attributes[i]
		if a.optional && g.one(2) {
			continue
		}
		if a.kind == "choice" {
			d.attributes = append(d.attributes, [2]string{a.name, strconv.Quote(pick(g, a.values...))})
			continue
		}
		n := a.min + pick(g, 0, 1, 2, g.Int64N(a.max-a.min+1)%10)
		if g.one(60) || g.huge && g.one(2) {
			n = a.max
		}
		text := strconv.FormatInt(n, 10)
		thousandths := n * 1000
		if a.kind == "quantity" && g.one(2) && n < a.max {
			thousandths += g.Int64N(1000)
			text = fixedPoint(thousandths, 3)
		}
		d.numbers[a.name] = thousandths
		d.attributes = append(d.attributes, [2]string{a.name, pick(g, text, strconv.Quote(text))})
	}
}

// AimFine gives kva a thousandth and area what brings the fine percentage, a
// multiple of its rate of 10⁻¹⁶, beside an odd number of half centimes.
func (g *generator) aimFine(d *draft) {
	const centime = 100_000_000_000_000
	most := 1_000_000_000_000 / (centime / g.fine)
	n := (g.Int64N(most+1)*centime+centime/2-g.Int64N(6)*10_000)/g.fine + g.Int64N(2)
	if n > 1_000_000_000_000 {
		return
	}
	for i, a := range d.attributes {
		switch a[0] {
		case "kva":
			d.attributes[i][1] = "0.001"
		case "area":
			d.attributes[i][1] = fixedPoint(n, 3)
		}
	}
}

// Quantity aims at a limit half the time.
func (g *generator) quantity(d *draft) string {
	if g.huge && g.one(2) {
		return fixedPoint(1_000_000_000_000-pick(g, 0, 1, g.Int64N(1_000_000_000_000)), 3)
	}
	if len(g.edges) > 0 && !g.one(3) {
		e := g.edges[g.IntN(len(g.edges))]
		n := whole(e.thousandths)
		for _, name := range e.scale {
			if v, has := d.numbers[name]; has {
				n = mul(n, exact(fixedPoint(v, 3)))
			}
		}
		n = round(n, 0)
		if n.Cmp(power(12)) <= 0 {
			v := n.Num().Int64() + pick(g, int64(0), 0, 1, -1, g.Int64N(1000))
			if v >= 0 && v <= 1_000_000_000_000 {
				return fixedPoint(v, 3)
			}
		}
	}
	switch g.IntN(12) {
	case 0:
		return "0"
	case 1:
		return pick(g, "1000000000", "999999999.999", "0.001", "0.000")
	case 2:
		return fixedPoint(g.Int64N(1_000_000_000_000), 3)
	case 3, 4, 5:
		return fixedPoint(g.Int64N(2_000_000), 3)
	default:
		return strconv.FormatInt(g.Int64N(800), 10)
	}
}

// Spoil makes one thing wrong.
func (g *generator) spoil(d *draft) {
	switch g.IntN(11) {
	case 9, 10:
		g.unreadable(d)
	case 0:
		d.fields["tariff"] = pick(g, `"other"`, `""`)
	case 1:
		d.fields["to"] = pick(g, `"1999-01-01"`, `"2042-01-01"`)
	case 2:
		from, err := time.Parse(time.DateOnly, strings.Trim(d.fields["from"], `"`))
		if err == nil {
			d.fields["to"] = strconv.Quote(from.AddDate(0, 0, pick(g, 3658, 3659, 3660)).Format(time.DateOnly))
		}
	case 3:
		d.fields["quantity"] = pick(g,
			`"-1"`, `"-0.001"`, `"1.0000"`, `"0.0001"`, `"1000000000.001"`,
			`"1e3"`, `""`, `"abc"`, `"007"`, `"+5"`, `".5"`, `"5."`, `"-0"`, `" 5"`, `"1,5"`, `"99999999999999999999999"`)
	case 4:
		d.fields["months"] = pick(g, "0", `"0"`, "-1", "0.5", "1.0001", `"1.25"`, "1000000000", "1000000000.001", `"1e1"`, `"x"`)
	case 5, 6:
		g.spoilAttribute(d)
	case 7:
		d.fields["tax_date"] = pick(g, `"1990-01-01"`, `"2014-06-30"`)
	case 8:
		delete(d.fields, "months")
	}
}

// Unreadable makes one thing such that it cannot even be read.
func (g *generator) unreadable(d *draft) {
	date := func() string {
		return pick(g, `"2025-02-30"`, `"2024-02-29"`, `"2023-02-29"`, `"2025-13-01"`, `"2025-00-10"`, `"2025-1-02"`, `"20250102"`, `"2025-01-02T00:00:00Z"`,
			`""`, `"abcd-ef-gh"`, `" 2025-01-02"`, `"02-01-2025"`, "20250102", "null", "true", "[]", `"2025-01-32"`, `"2025/01/02"`)
	}
	switch g.IntN(10) {
	case 0, 1:
		d.fields[pick(g, "from", "to")] = date()
	case 2:
		d.fields["tax_date"] = date()
	case 3:
		delete(d.fields, pick(g, "tariff", "from", "to", "quantity", "id"))
	case 4:
		d.fields[pick(g, "id", "tariff")] = pick(g, "1", "null", "true", "{}", "[]")
	case 5:
		d.more = append(d.more, [2]string{pick(g, "zone", "Quantity", "taxdate"), pick(g, "1", "null", `"x"`, "{}")})
	case 6:
		d.fields["attributes"] = pick(g, "null", "[]", "1", `"x"`, "{}")
	case 7:
		d.fields["months"] = pick(g, "null", "true", "[]", `""`, `" 1"`, `"+1"`, `"-0"`, `"01"`, "1.000", `"2.500"`, "1e0", "{}")
	case 8:
		d.fields["quantity"] = pick(g, "null", "true", "12", "[]", "{}", `"12."`, `"00012.500"`, `"1 2"`, `"٣"`)
	case 9:
		if len(d.attributes) > 0 {
			d.attributes[g.IntN(len(d.attributes))][1] = pick(g, "null", "true", "[]", "{}", "1e0", "0.000", `"00"`)
		}
	}
}

func (g *generator) spoilAttribute(d *draft) {
	if g.one(3) || len(d.attributes) == 0 {
		more := [2]string{pick(g, "zone", "Use", "quantity"), `"1"`}
		at := g.IntN(len(d.attributes) + 1)
		d.attributes = append(d.attributes[:at], append([][2]string{more}, d.attributes[at:]...)...)
		return
	}
	at := g.IntN(len(d.attributes))
	if g.one(3) {
		d.attributes = append(d.attributes[:at], d.attributes[at+1:]...)
		return
	}
	d.attributes[at][1] = pick(g, `"nobody"`, `""`, "15", "2.0", `"2.000"`, `"007"`, `"+5"`, `".5"`, `"5."`, `"-0"`, `" 5"`,
		"-1", `"-0.5"`, "1.5", `"0.0001"`, "1000000001", `"1000000000.001"`, `"1e2"`)
}

// Shown is the case as text, for a report of a difference.
func (c Case) Shown(request int) string {
	var out strings.Builder
	for _, name := range slices.Sorted(maps.Keys(c.Files)) {
		fmt.Fprintf(&out, "--- %s\n%s", name, c.Files[name])
	}
	fmt.Fprintf(&out, "--- request\n%s\n", c.Requests[request])
	return out.String()
}

// String is the answer as JSON.
func (a Answer) String() string {
	text, err := json.Marshal(a)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
