package tariff

import (
	"regexp"
	"slices"
	"strings"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
)

// The forms of codes and names.
var (
	codeForm   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)
	nameForm   = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	chargeForm = regexp.MustCompile(`^(ENERGY|FIXED|TPPAN|WATER|SEWER|MINIMUM|SURCHARGE)[A-Z0-9-]*$`)
	fileForm   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*\.ya?ml$`)
)

// object is a mapping whose keys are known.
type object struct {
	cursor
	fields map[string]cursor
}

// object reads the keys of a mapping. A key that ends with ? may be absent. What is
// missing or unknown is told; an absent field then gives the zero value.
func (c cursor) object(keys ...string) object {
	o := object{cursor: c, fields: map[string]cursor{}}
	members, ok := c.members()
	if !ok {
		return o
	}
	for _, m := range members {
		name := m.key.node.Value
		if !slices.Contains(keys, name) && !slices.Contains(keys, name+"?") {
			m.key.tell("tariff.key_unknown", "key", name)
			continue
		}
		o.fields[name] = m.value
	}
	for _, key := range keys {
		if _, found := o.fields[key]; !found && !strings.HasSuffix(key, "?") {
			c.tell("tariff.key_missing", "key", key)
		}
	}
	return o
}

// get gives a field that is there.
func (o object) get(key string) (cursor, bool) {
	c, ok := o.fields[key]
	return c, ok
}

func (o object) text(key string) string {
	if c, ok := o.get(key); ok {
		s, _ := c.plainText()
		return s
	}
	return ""
}

func (o object) named(key string, form *regexp.Regexp, code string) string {
	if c, ok := o.get(key); ok {
		return c.named(form, code)
	}
	return ""
}

func (o object) code(key string) string { return o.named(key, codeForm, "tariff.code_form") }

func (o object) name(key string) string { return o.named(key, nameForm, "tariff.name_form") }

func (o object) oneOf(key string, values ...string) string {
	if c, ok := o.get(key); ok {
		return c.oneOf(values...)
	}
	return ""
}

func (o object) date(key string) day.Date {
	if c, ok := o.get(key); ok {
		return c.date()
	}
	return day.Date{}
}

func (o object) truth(key string) bool {
	c, ok := o.get(key)
	return ok && c.truth()
}

// quantity gives a limit, nil when it is absent.
func (o object) quantity(key string) *money.Quantity {
	c, ok := o.get(key)
	if !ok {
		return nil
	}
	q := decimal(c, QuantityMax)
	return &q
}

// list gives the elements of a list field, none when it is absent.
func (o object) list(key string, most int) []cursor {
	if c, ok := o.get(key); ok {
		return c.list(most)
	}
	return nil
}

// filled is list for a list that may not be empty.
func (o object) filled(key string, most int) []cursor {
	c, ok := o.get(key)
	if !ok {
		return nil
	}
	elements := c.list(most)
	if len(elements) == 0 {
		c.tell("tariff.list_empty")
	}
	return elements
}

// names gives a list of names.
func (o object) names(key string, most int) []string {
	var out []string
	for _, c := range o.list(key, most) {
		if s := c.named(nameForm, "tariff.name_form"); s != "" {
			out = append(out, s)
		}
	}
	return out
}
