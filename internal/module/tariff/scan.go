package tariff

import "slices"

// scan reads the usual form of a request: known keys, each once, plain ASCII strings
// without escapes, plain numbers. False for anything else, which decode then reads;
// where scan is true decode gives the same.
func (w *written) scan(line string) bool {
	s := scanner{text: line}
	if !s.take('{') {
		return false
	}
	attributes := false
	for more := !s.take('}'); more; {
		name, ok := s.name()
		if !ok {
			return false
		}
		if name == nameAttributes {
			if attributes || !w.scanAttributes(&s) {
				return false
			}
			attributes = true
		} else if i := fieldNamed(name); i == nowhere || w.fields[i].form != absent || !s.value(&w.fields[i]) {
			return false
		}
		if more, ok = s.next(); !ok {
			return false
		}
	}
	s.spaces()
	return s.at == len(line)
}

// scanAttributes reads the object of the attributes.
func (w *written) scanAttributes(s *scanner) bool {
	if !s.take('{') {
		return false
	}
	for more := !s.take('}'); more; {
		name, ok := s.name()
		if !ok || slices.ContainsFunc(w.attributes, func(v Value) bool { return v.Name == name }) || len(w.attributes) >= AttributesMax {
			return false
		}
		var v scalar
		if !s.value(&v) {
			return false
		}
		w.attributes = append(w.attributes, Value{Name: name, Text: v.text, Bare: v.form == number})
		if more, ok = s.next(); !ok {
			return false
		}
	}
	return true
}

// scanner walks through a line.
type scanner struct {
	text string
	at   int
}

func (s *scanner) spaces() {
	for s.at < len(s.text) && (s.text[s.at] == ' ' || s.text[s.at] == '\t' || s.text[s.at] == '\r' || s.text[s.at] == '\n') {
		s.at++
	}
}

// take passes one sign, if it comes next.
func (s *scanner) take(sign byte) bool {
	s.spaces()
	if s.at < len(s.text) && s.text[s.at] == sign {
		s.at++
		return true
	}
	return false
}

// next passes what stands behind a member: a comma, then there are more, or the end.
func (s *scanner) next() (more, ok bool) {
	if s.take(',') {
		return true, true
	}
	return false, s.take('}')
}

// name reads a key with its colon.
func (s *scanner) name() (string, bool) {
	s.spaces()
	name, ok := s.quoted()
	return name, ok && s.take(':')
}

// quoted reads a string of printable ASCII without escapes.
func (s *scanner) quoted() (string, bool) {
	if s.at >= len(s.text) || s.text[s.at] != '"' {
		return "", false
	}
	from := s.at + 1
	for i := from; i < len(s.text); i++ {
		switch c := s.text[i]; {
		case c == '"':
			s.at = i + 1
			return s.text[from:i], true
		case c < ' ' || c > '~' || c == '\\':
			return "", false
		}
	}
	return "", false
}

// value reads a string, or a number of digits with at most one point inside.
func (s *scanner) value(into *scalar) bool {
	s.spaces()
	if text, ok := s.quoted(); ok {
		*into = scalar{text: text, form: quoted}
		return true
	}
	from, points := s.at, 0
	for ; s.at < len(s.text); s.at++ {
		c := s.text[s.at]
		if c == '.' {
			points++
		} else if c < '0' || c > '9' {
			break
		}
	}
	text := s.text[from:s.at]
	*into = scalar{text: text, form: number}
	return plainNumber(text, points)
}

// plainNumber says whether digits and points are a JSON number.
func plainNumber(text string, points int) bool {
	if text == "" || points > 1 || text[0] == '.' || text[len(text)-1] == '.' {
		return false
	}
	return text[0] != '0' || len(text) == 1 || text[1] == '.'
}
