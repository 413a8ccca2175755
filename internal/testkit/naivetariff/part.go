package naivetariff

import (
	"math/big"
	"time"
)

// A part is a stretch of the period that one version prices, with its own share
// of the quantities.
type part struct {
	version  tree
	from, to time.Time
	words    map[string]string
	values   map[string]*big.Rat // quantity, months, period_days, numbers and derived quantities
}

// Held is a version with the days of the period on which it holds.
type held struct {
	version  tree
	from, to time.Time
}

// Holding lists the versions that hold in the period, in order.
func holding(versions []tree, from, to time.Time) []held {
	var found []held
	for i, v := range versions {
		first, _ := date(text(v["from"]))
		last := to
		if end, ok := date(text(v["to"])); ok && end.AddDate(0, 0, -1).Before(last) {
			last = end.AddDate(0, 0, -1)
		}
		if i+1 < len(versions) {
			next, _ := date(text(versions[i+1]["from"]))
			if next.AddDate(0, 0, -1).Before(last) {
				last = next.AddDate(0, 0, -1)
			}
		}
		if first.Before(from) {
			first = from
		}
		if !first.After(last) {
			found = append(found, held{v, first, last})
		}
	}
	return found
}

// Parts cuts the period at the changes of version, or not, as the version of the
// last day says, and reads the attributes and the months for them.
func parts(tariff tree, q *asked) ([]*part, *refusal) {
	all := holding(trees(tariff["versions"]), q.from, q.to)
	covered := int64(0)
	for _, h := range all {
		covered += days(h.from, h.to)
	}
	if covered != days(q.from, q.to) {
		return nil, &refusal{"tariff.no_version", "from"}
	}
	if refused := q.readAttributes(tariff); refused != nil {
		return nil, refused
	}
	rule := all[len(all)-1].version
	switch text(rule["on_change"]) {
	case "start":
		rule = all[0].version
		all = []held{{rule, q.from, q.to}}
	case "end":
		all = []held{{rule, q.from, q.to}}
	}
	months, refused := monthsOf(text(rule["prorata"]), q)
	if refused != nil {
		return nil, refused
	}
	for _, h := range all {
		if text(h.version["basis"]) != text(rule["basis"]) || text(h.version["rounding"]) != text(rule["rounding"]) {
			return nil, &refusal{"tariff.change_mixed", "from"}
		}
	}
	return shared(all, q, months), nil
}

// MonthsOf is the number of billing months of the whole period.
func monthsOf(prorata string, q *asked) (*big.Rat, *refusal) {
	if q.months != nil {
		if prorata == "none" && !q.months.IsInt() {
			return nil, &refusal{"tariff.months", "months"}
		}
		return q.months, nil
	}
	if prorata == "days/30" {
		return round(big.NewRat(days(q.from, q.to), 30), 3), nil
	}
	if q.from.Day() != 1 || q.to.AddDate(0, 0, 1).Day() != 1 {
		return nil, &refusal{"tariff.months_needed", "months"}
	}
	n := (q.to.Year()-q.from.Year())*12 + int(q.to.Month()) - int(q.from.Month()) + 1
	return whole(int64(n)), nil
}

// Shared makes the parts, with the quantities shared by days.
func shared(all []held, q *asked, months *big.Rat) []*part {
	var found []*part
	var weights []int64
	for _, h := range all {
		n := days(h.from, h.to)
		weights = append(weights, n)
		values := map[string]*big.Rat{"period_days": whole(n)}
		for name, v := range q.numbers {
			values[name] = v
		}
		found = append(found, &part{h.version, h.from, h.to, q.words, values})
	}
	spread := func(name string, v *big.Rat) {
		for i, thousandths := range share(mul(v, whole(1000)).Num(), weights) {
			found[i].values[name] = new(big.Rat).SetFrac(thousandths, big.NewInt(1000))
		}
	}
	spread("quantity", q.quantity)
	spread("months", months)
	for _, name := range q.split {
		spread(name, q.numbers[name])
	}
	return found
}

// Derive computes the derived quantities of the part.
func (p *part) derive() *refusal {
	for _, quantity := range trees(p.version["quantities"]) {
		sum := new(big.Rat)
		for _, term := range trees(quantity["terms"]) {
			product := exact(text(term["factor"]))
			for _, name := range texts(term["of"]) {
				product = mul(product, p.values[name])
			}
			sum = add(sum, product)
		}
		v := round(sum, 3)
		if s, has := quantity["min"]; has && v.Cmp(exact(text(s))) < 0 {
			v = exact(text(s))
		}
		if s, has := quantity["max"]; has && v.Cmp(exact(text(s))) > 0 {
			v = exact(text(s))
		}
		if v.Sign() < 0 {
			return &refusal{"tariff.quantity_negative", "quantity"}
		}
		if v.Cmp(power(9)) > 0 {
			return &refusal{"tariff.quantity", "quantity"}
		}
		p.values[text(quantity["name"])] = v
	}
	return nil
}

// Holds says whether the conditions of a charge hold.
func (p *part) holds(when any) bool {
	conditions, _ := when.(tree)
	for name, wanted := range conditions {
		if between, is := wanted.(tree); is {
			v := p.values[name]
			if s, has := between["min"]; has && v.Cmp(exact(text(s))) < 0 {
				return false
			}
			if s, has := between["max"]; has && v.Cmp(exact(text(s))) > 0 {
				return false
			}
			continue
		}
		if !p.among(name, texts(wanted)) {
			return false
		}
	}
	return true
}

// Among says whether the attribute has one of the values.
func (p *part) among(name string, values []string) bool {
	for _, value := range values {
		if word, is := p.words[name]; is {
			if word == value {
				return true
			}
		} else if p.values[name].Cmp(exact(value)) == 0 {
			return true
		}
	}
	return false
}

// Product is the product of the values of a scale.
func (p *part) product(scale any) *big.Rat {
	v := whole(1)
	for _, name := range texts(scale) {
		v = mul(v, p.values[name])
	}
	return v
}

// Chosen follows the tables of a price or of blocks down to the value that the
// attributes choose.
func (p *part) chosen(v any) (any, *refusal) {
	for {
		t, is := v.(tree)
		if !is || t["by"] == nil {
			return v, nil
		}
		name := text(t["by"])
		values, _ := t["values"].(tree)
		next, has := values[p.words[name]]
		if !has {
			return nil, &refusal{"tariff.attribute_value", "attributes." + name}
		}
		v = next
	}
}
