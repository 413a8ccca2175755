package naivetariff

import (
	"math/big"
	"sort"
	"strings"
	"time"
)

// A Line is one line of a quote. Amounts are in the basis of the version.
// Numbers are decimal texts without zeros at their end; Quantity and Price are
// empty where the line has none.
type Line struct{ Code, Quantity, Price, Amount, Rate string }

// A Tax is the VAT of one rate.
type Tax struct {
	Rate         string
	Exempt       bool
	Base, Amount string
}

// An Answer is a quote, or the code and field of the refusal.
type Answer struct {
	Lines           []Line
	Taxes           []Tax
	Net, Tax, Total string
	Version         string // of each part, joined by commas
	Rounding        string // of the versions
	Error, Field    string
}

// A rate is what the VAT of a component comes to on a date.
type rate struct {
	rate   *big.Rat
	exempt bool
}

func (r rate) key() string {
	if r.exempt {
		return "exempt"
	}
	return r.rate.RatString()
}

// A group is the lines of one rate.
type group struct {
	rate         rate
	lines        []int
	base, amount *big.Rat
}

// Quote answers one request, a JSON text, from the files.
func Quote(files map[string][]byte, request []byte) (Answer, error) {
	b, err := Load(files)
	if err != nil {
		return Answer{}, err
	}
	return b.Quote(request), nil
}

// Quote answers one request, a JSON text.
func (b *Book) Quote(request []byte) Answer {
	answer, refused := b.quote(request)
	if refused != nil {
		return Answer{Error: refused.code, Field: refused.field}
	}
	return answer
}

func (b *Book) quote(request []byte) (Answer, *refusal) {
	tariff, tables, q, refused := b.read(request)
	if refused != nil {
		return Answer{}, refused
	}
	cut, refused := parts(tariff, q)
	if refused != nil {
		return Answer{}, refused
	}
	table := find(tables, "code", text(tariff["vat_table"]))
	vat := func(component string) (rate, *refusal) { return rateOf(table, component, q) }
	var rows []row
	var versions []string
	for _, p := range cut {
		if refused := p.derive(); refused != nil {
			return Answer{}, refused
		}
		more, refused := p.rows(vat)
		if refused != nil {
			return Answer{}, refused
		}
		rows = append(rows, more...)
		versions = append(versions, text(p.version["version"]))
	}
	answer, refused := bill(rows, text(cut[0].version["rounding"]))
	answer.Version, answer.Rounding = strings.Join(versions, ","), text(cut[0].version["rounding"])
	return answer, refused
}

// RateOf is the rate of a component for the use of the request on its tax date.
func rateOf(table tree, component string, q *asked) (rate, *refusal) {
	if component == "" {
		return rate{rate: new(big.Rat)}, nil
	}
	rates := trees(find(trees(table["components"]), "code", component)["rates"])
	use := q.words[text(table["use_attribute"])]
	own := false
	for _, r := range rates {
		if s, has := r["use"]; has && text(s) == use {
			own = true
		}
	}
	var latest time.Time
	var found tree
	for _, r := range rates {
		s, has := r["use"]
		if has != own || has && text(s) != use {
			continue
		}
		from, _ := date(text(r["from"]))
		if !from.After(q.tax) && (found == nil || from.After(latest)) {
			latest, found = from, r
		}
	}
	if found == nil {
		return rate{}, &refusal{"tariff.vat_missing", "tax_date"}
	}
	if text(found["exempt"]) == "true" {
		return rate{new(big.Rat), true}, nil
	}
	return rate{exact(text(found["rate"])), false}, nil
}

// Grouped puts the lines of one rate together, by increasing rate, exempt first.
func grouped(rows []row) []*group {
	var groups []*group
	byKey := map[string]*group{}
	for i, line := range rows {
		r := line.rate
		g := byKey[r.key()]
		if g == nil {
			g = &group{rate: r}
			byKey[r.key()] = g
			groups = append(groups, g)
		}
		g.lines = append(g.lines, i)
	}
	sort.Slice(groups, func(i, j int) bool {
		a, b := groups[i].rate, groups[j].rate
		return a.exempt && !b.exempt || a.exempt == b.exempt && a.rate.Cmp(b.rate) < 0
	})
	return groups
}

// Bill rounds the lines and computes the VAT.
func bill(rows []row, rounding string) (Answer, *refusal) {
	groups := grouped(rows)
	amounts := make([]*big.Rat, len(rows))
	for _, g := range groups {
		switch rounding {
		case "total":
			g.total(rows, amounts)
		case "ttc":
			gross := g.rounded(rows, amounts)
			g.base = round(new(big.Rat).Quo(gross, add(whole(1), g.rate.rate)), 2)
			g.amount = sub(gross, g.base)
		default:
			g.base = g.rounded(rows, amounts)
			g.amount = round(mul(g.base, g.rate.rate), 2)
		}
	}
	var a Answer
	net, tax := new(big.Rat), new(big.Rat)
	for i, r := range rows {
		a.Lines = append(a.Lines, Line{r.code, show(r.quantity), show(r.price), show(amounts[i]), show(r.rate.rate)})
	}
	for _, g := range groups {
		net, tax = add(net, g.base), add(tax, g.amount)
		a.Taxes = append(a.Taxes, Tax{show(g.rate.rate), g.rate.exempt, show(g.base), show(g.amount)})
		amounts = append(amounts, g.base, g.amount)
	}
	for _, r := range rows {
		if r.quantity != nil && !mul(r.quantity, whole(1000)).Num().IsInt64() {
			return Answer{}, &refusal{"money.overflow", "quantity"}
		}
	}
	for _, amount := range append(amounts, net, tax, add(net, tax)) {
		if !fits(amount) {
			return Answer{}, &refusal{"money.overflow", "quantity"}
		}
	}
	a.Net, a.Tax, a.Total = show(net), show(tax), show(add(net, tax))
	return a, nil
}

// Rounded rounds each line of the group and gives their sum.
func (g *group) rounded(rows []row, amounts []*big.Rat) *big.Rat {
	sum := new(big.Rat)
	for _, i := range g.lines {
		amounts[i] = round(rows[i].value, 2)
		sum = add(sum, amounts[i])
	}
	return sum
}

// Total rounds the sum of the group and shares it between its lines.
func (g *group) total(rows []row, amounts []*big.Rat) {
	sum := new(big.Rat)
	var centimes []*big.Rat
	for _, i := range g.lines {
		sum = add(sum, rows[i].value)
		centimes = append(centimes, mul(rows[i].value, whole(100)))
	}
	g.base = round(sum, 2)
	g.amount = round(mul(sum, g.rate.rate), 2)
	for k, n := range remainders(mul(g.base, whole(100)).Num(), centimes) {
		amounts[g.lines[k]] = new(big.Rat).SetFrac(n, big.NewInt(100))
	}
}
