package naivetariff

import (
	"encoding/json"
	"math/big"
	"strings"
	"time"
)

// PeriodDaysMax is the longest period, both its ends included.
const periodDaysMax = 3660

// A refusal is why a request has no quote.
type refusal struct{ code, field string }

// Asked is a request that was read: its values are whole, not yet shared between
// the versions of its period.
type asked struct {
	from, to, tax time.Time
	quantity      *big.Rat
	months        *big.Rat // nil when the request does not say
	raw           map[string]any
	order         []string          // the names of the attributes, as they follow each other
	words         map[string]string // the choices
	numbers       map[string]*big.Rat
	split         []string
}

// Read reads a request and finds its tariff.
func (b *Book) read(text []byte) (tree, []tree, *asked, *refusal) {
	q, refused := readable(text)
	if refused != nil {
		return nil, nil, nil, refused
	}
	code, _ := q.raw["tariff"].(string)
	tariff, tables := b.tariff(code)
	if tariff == nil {
		return nil, nil, nil, &refusal{"tariff.unknown", "tariff"}
	}
	if q.from.After(q.to) || days(q.from, q.to) > periodDaysMax {
		return nil, nil, nil, &refusal{"tariff.period", "to"}
	}
	return tariff, tables, q, nil
}

// Days counts the days from one date to the other, both included.
func days(from, to time.Time) int64 { return int64(to.Sub(from).Hours()/24) + 1 }

// Numeral is the text of a JSON number or of a decimal string.
func numeral(v any) string {
	switch n := v.(type) {
	case json.Number:
		return n.String()
	case string:
		return n
	}
	return ""
}

// Decimal reads a number of a request: at most so many decimals, no exponent, no
// sign, for none is negative.
func decimal(s string, decimals int) (*big.Rat, bool) {
	before, after, point := strings.Cut(s, ".")
	if !digits(before) || point && !digits(after) || len(after) > decimals {
		return nil, false
	}
	return exact(s), true
}

// Digits says whether the text is one digit or more, and nothing else.
func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

func (q *asked) readAttributes(tariff tree) *refusal {
	given, _ := q.raw["attributes"].(map[string]any)
	declared := trees(tariff["attributes"])
	for _, name := range q.order {
		if find(declared, "name", name) == nil {
			return &refusal{"tariff.attribute_unknown", "attributes." + name}
		}
	}
	for _, attribute := range declared {
		name := text(attribute["name"])
		field := "attributes." + name
		value, is := given[name]
		if !is {
			byDefault, has := attribute["default"]
			if !has {
				return &refusal{"tariff.attribute_missing", field}
			}
			value = byDefault
		}
		if !q.keep(attribute, name, value) {
			return &refusal{"tariff.attribute_value", field}
		}
	}
	return nil
}

// Keep takes the value of an attribute, when it is one.
func (q *asked) keep(attribute tree, name string, value any) bool {
	kind := text(attribute["type"])
	if kind == "choice" {
		word, _ := value.(string)
		for _, allowed := range texts(attribute["values"]) {
			if allowed == word {
				q.words[name] = word
				return true
			}
		}
		return false
	}
	v, ok := decimal(numeral(value), 3)
	if !ok || kind == "integer" && !v.IsInt() {
		return false
	}
	least := new(big.Rat)
	if s, has := attribute["min"]; has {
		least = exact(text(s))
	}
	most := power(9)
	if s, has := attribute["max"]; has {
		most = exact(text(s))
	}
	if v.Cmp(least) < 0 || v.Cmp(most) > 0 {
		return false
	}
	q.numbers[name] = v
	if kind == "quantity" && text(attribute["split"]) == "true" {
		q.split = append(q.split, name)
	}
	return true
}
