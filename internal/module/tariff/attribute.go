package tariff

import "strings"

// read gives the value of an attribute: thousandths, or the position of a word.
func (a *attribute) read(v Value) (int64, error) {
	s := a.source
	if s.Type == Choice {
		for i := range s.Values {
			if s.Values[i] == v.Text && !v.Bare {
				return int64(i), nil
			}
		}
		return 0, a.refuse()
	}
	n, ok := thousandths(v.Text)
	if !ok || n < int64(s.Min) || n > int64(s.Max) || s.Type == Integer && n%thousandth != 0 {
		return 0, a.refuse()
	}
	return n, nil
}

// refuse says what values the attribute takes.
func (a *attribute) refuse() error {
	expected := strings.Join(a.source.Values, ", ")
	if a.source.Number() {
		expected = a.source.Min.French() + " … " + a.source.Max.French()
	}
	return refuse("tariff.attribute_value", a.field, "name", a.source.Name, "expected", expected)
}

// attributesOf reads the attributes of a request.
func (t *compiled) attributesOf(r *Request, k *known) error {
	var given [AttributesMax]int
	for i := range r.Attributes {
		at := t.find(r.Attributes[i].Name)
		if at < 0 {
			return refuse("tariff.attribute_unknown", "attributes."+r.Attributes[i].Name, "name", r.Attributes[i].Name)
		}
		if given[at] != 0 {
			return refuse("tariff.attribute_twice", t.attributes[at].field, "name", r.Attributes[i].Name)
		}
		given[at] = i + 1
	}
	for i := range t.attributes {
		a := &t.attributes[i]
		value, err := a.value, error(nil)
		if given[i] != 0 {
			value, err = a.read(r.Attributes[given[i]-1])
		} else if a.source.Default == nil {
			err = refuse("tariff.attribute_missing", a.field, "name", a.source.Name)
		}
		if err != nil {
			return err
		}
		if a.slot == nowhere {
			k.words[i] = int32(value)
		} else {
			k.numbers[a.slot] = value
		}
	}
	return nil
}

// find gives the position of an attribute; -1 when the tariff does not declare it.
func (t *compiled) find(name string) int {
	for i := range t.attributes {
		if t.attributes[i].source.Name == name {
			return i
		}
	}
	return nowhere
}
