package tariff

import (
	"slices"
	"strconv"

	"wasl/internal/kernel/money"
)

// charge prepares a charge; above are those before it in the version.
func (w *within) charge(g *Charge, position int, above []Charge, at string) charge {
	out := charge{
		source: g, position: position, service: g.Service, component: w.componentOf(g, at), quantity: nowhere,
		scale: w.slotsOf(g.Scale, g.At, at+".scale"), capScale: w.slotsOf(g.CapScale, g.At, at+".cap_scale"), codes: []string{g.Code},
	}
	if out.service == "" {
		out.service = w.source.Service
	}
	for _, o := range above {
		if o.Code == g.Code && g.Code != "" && together(o.When, g.When) {
			w.tell(g.At, at+".code", "tariff.charge_taken", "code", g.Code)
			break
		}
	}
	for i := range g.When {
		out.when = append(out.when, w.test(&g.When[i], at+".when."+g.When[i].Name))
	}
	if g.Quantity != "" {
		out.quantity = w.slot(g.Quantity, g.At, at+".quantity")
		out.unit = w.units[out.quantity]
	} else if len(g.Scale) == 1 {
		out.unit = w.units[out.scale[0]]
	}
	if g.Price != nil {
		out.price = w.prices(g.Price, at+".price")
	}
	out.of = w.chargesOf(g, above, at+".of")
	if g.Blocks != nil {
		w.addBlocks(&out, g, at+".blocks")
	}
	return out
}

// together says whether two sets of conditions can hold at once.
func together(a, b []Condition) bool {
	for i := range a {
		for j := range b {
			if a[i].Name == b[j].Name && disjoint(&a[i], &b[j]) {
				return false
			}
		}
	}
	return true
}

// disjoint says that no value meets both conditions, which are on one attribute.
func disjoint(a, b *Condition) bool {
	if a.Range && b.Range {
		return a.Max != nil && b.Min != nil && *a.Max < *b.Min || b.Max != nil && a.Min != nil && *b.Max < *a.Min
	}
	if a.Range {
		a, b = b, a
	}
	return !slices.ContainsFunc(a.Values, func(v string) bool { return b.meets(v) })
}

// meets says whether a value as written meets the condition.
func (n *Condition) meets(value string) bool {
	q, err := decimalText(value)
	if !n.Range {
		return slices.ContainsFunc(n.Values, func(v string) bool {
			o, bad := decimalText(v)
			return v == value || err == nil && bad == nil && o == q
		})
	}
	return err == nil && (n.Min == nil || *n.Min <= q) && (n.Max == nil || q <= *n.Max)
}

// chargesOf finds the charges a percent or minimum charge looks at.
func (w *within) chargesOf(g *Charge, above []Charge, at string) []int {
	var out []int
	for i, code := range g.Of {
		found := false
		for j := range above {
			if above[j].Code != code {
				continue
			}
			found = true
			out = append(out, j)
			if outside(above[j].VAT) != outside(g.VAT) || !outside(g.VAT) && above[j].VAT != g.VAT {
				w.tell(g.At, at+"["+strconv.Itoa(i)+"]", "tariff.of_vat", "code", code)
			}
		}
		if !found {
			w.tell(g.At, at+"["+strconv.Itoa(i)+"]", "tariff.of_unknown", "code", code)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// outside says that a VAT component is none.
func outside(component string) bool { return component == "" || component == Outside }

// test prepares a condition.
func (w *within) test(n *Condition, at string) test {
	if i, ok := w.words[n.Name]; ok {
		return w.wordTest(n, i, at)
	}
	i := slices.IndexFunc(w.attributes, func(a attribute) bool { return a.source.Name == n.Name })
	if i < 0 {
		if n.Name != "" {
			w.tell(n.At, at, "tariff.condition_unknown", "name", n.Name)
		}
		return test{}
	}
	out := test{attribute: i, max: int64(QuantityMax)}
	if n.Range {
		if n.Min != nil {
			out.min = int64(*n.Min)
		}
		if n.Max != nil {
			out.max = int64(*n.Max)
		}
		return out
	}
	out.numbers = []int64{}
	for _, v := range n.Values {
		q, err := decimalText(v)
		if err != nil && v != "" {
			w.tell(n.At, at, "tariff.condition_number", "value", v)
		}
		out.numbers = append(out.numbers, int64(q))
	}
	return out
}

// wordTest prepares a condition on a choice.
func (w *within) wordTest(n *Condition, attribute int, at string) test {
	values := w.attributes[attribute].source.Values
	out := test{attribute: attribute, words: make([]bool, len(values))}
	if n.Range {
		w.tell(n.At, at, "tariff.condition_range", "name", n.Name)
	}
	for _, v := range n.Values {
		i := slices.Index(values, v)
		if i >= 0 {
			out.words[i] = true
		} else if v != "" {
			w.tell(n.At, at, "tariff.value_unknown", "value", v, "values", values)
		}
	}
	return out
}

// choice finds the attribute of a table; nil values when it is no choice.
func (w *within) choice(name string, at Position, path string) (int, []string) {
	i, ok := w.words[name]
	if !ok {
		if name != "" {
			w.tell(at, path+".by", "tariff.by_unknown", "name", name)
		}
		return nowhere, nil
	}
	return i, w.attributes[i].source.Values
}

// prices prepares a price or a table of them.
func (w *within) prices(p *Prices, at string) *prices {
	if p.By == "" {
		return &prices{price: p.Price, by: nowhere}
	}
	by, values := w.choice(p.By, p.At, at)
	out := &prices{by: by, table: make([]*prices, len(values))}
	for i := range p.Values {
		v := &p.Values[i]
		prepared := w.prices(&v.Prices, at+".values."+v.Value)
		w.place(values, v.Value, v.At, at, func(n int) { out.table[n] = prepared })
	}
	return out
}

// place puts a case of a table at the position of its word.
func (w *within) place(values []string, value string, at Position, path string, put func(int)) {
	if i := slices.Index(values, value); i >= 0 {
		put(i)
	} else if values != nil {
		w.tell(at, path+".values."+value, "tariff.value_unknown", "value", value, "values", values)
	}
}

// addBlocks prepares the blocks of a charge and the codes of their lines.
func (w *within) addBlocks(out *charge, g *Charge, at string) {
	most := 0
	out.blocks = w.blocks(g, g.Blocks, at, &most)
	for n := range most {
		out.codes = append(out.codes, g.Code+"-"+strconv.Itoa(n+1))
	}
}

func (w *within) blocks(g *Charge, b *Blocks, at string, most *int) *blocks {
	if b.By == "" {
		*most = max(*most, len(b.List))
		return &blocks{by: nowhere, list: w.list(g, b, at)}
	}
	by, values := w.choice(b.By, b.At, at)
	out := &blocks{by: by, table: make([]*blocks, len(values))}
	for i := range b.Values {
		v := &b.Values[i]
		prepared := w.blocks(g, &v.Blocks, at+".values."+v.Value, most)
		w.place(values, v.Value, v.At, at, func(n int) { out.table[n] = prepared })
	}
	return out
}

// list prepares a list of blocks and checks its limits.
func (w *within) list(g *Charge, b *Blocks, at string) []block {
	out := make([]block, 0, len(b.List))
	limit, last, found := money.Quantity(0), money.Quantity(0), false
	for i := range b.List {
		here := at + "[" + strconv.Itoa(i) + "]"
		k := &b.List[i]
		made := block{open: k.UpTo == nil, progressive: g.ProgressiveUpTo == nil, price: w.prices(&k.Price, here+".price")}
		if made.open != (i == len(b.List)-1) {
			w.tell(k.At, here, "tariff.block_last")
		}
		if k.UpTo != nil {
			if *k.UpTo <= limit || *k.UpTo+k.Tolerance <= last || *k.UpTo+k.Tolerance > QuantityMax {
				w.tell(k.At, here+".up_to", "tariff.blocks_order")
			}
			limit, last = *k.UpTo, *k.UpTo+k.Tolerance
			made.limit = int64(last)
			made.progressive = made.progressive || limit <= *g.ProgressiveUpTo
			found = found || g.ProgressiveUpTo != nil && limit == *g.ProgressiveUpTo
		}
		out = append(out, made)
	}
	if p := g.ProgressiveUpTo; p != nil && *p != 0 && !found {
		w.tell(g.At, at, "tariff.progressive_limit", "limit", *p)
	}
	return out
}
