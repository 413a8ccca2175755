package intake

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"wasl/internal/kernel/fault"
)

// rejectColumns are what a list of refused rows adds behind the columns of the
// file, in this order: a file that ends with them is read without them, so that it
// can be corrected and sent again.
func rejectColumns() []string { return []string{"line", "column", "value", "rule", "reason"} }

// layout says which column of the kind each column of a file fills; unused is -1.
type layout []int

const unused = -1

// mapping is how the header of a file was understood.
type mapping struct {
	layout layout
	// used gives the header for each column of the kind that has one.
	used map[string]string
	// saved is the name of the saved map that was used; empty for none.
	saved string
	// missing says which columns the kind needs and the file has not, or which are of
	// no use to a strict one: the file can be looked at, not imported.
	missing []fault.Field
}

// readable is how many columns of a file are its own: without those that a list of
// refused rows adds.
func readable(header []string) int {
	added := rejectColumns()
	n := len(header) - len(added)
	if n <= 0 {
		return len(header)
	}
	for i, name := range header[n:] {
		if foldHeader(name) != foldHeader(added[i]) {
			return len(header)
		}
	}
	return n
}

// headerSignature names a header: its columns in order, folded.
func headerSignature(header []string) string {
	var b strings.Builder
	for _, name := range header[:readable(header)] {
		b.WriteString(foldHeader(name))
		b.WriteByte('\n')
	}
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:])
}

// wish is one "column=header" of the user.
type wish struct{ column, header string }

// readMap reads the map of an input: pairs, or the name of a saved map.
func readMap(given []string) (pairs []wish, name string, err error) {
	var parts []string
	for _, g := range given {
		pieces := strings.Split(g, ",")
		if slices.ContainsFunc(pieces, func(p string) bool { return !strings.Contains(p, "=") }) {
			pieces = []string{g} // a header may hold a comma
		}
		parts = append(parts, pieces...)
	}
	for _, part := range parts {
		column, header, isPair := strings.Cut(part, "=")
		if !isPair {
			if name != "" && name != part {
				return nil, "", fault.InvalidField("map", "import.map_two")
			}
			name = strings.TrimSpace(part)
			continue
		}
		pairs = append(pairs, wish{column: strings.TrimSpace(column), header: strings.TrimSpace(header)})
	}
	return pairs, name, nil
}

// arrange finds the columns of a kind in a header: as wished, then by name and
// synonym. A wish that cannot be met is an error; what is missing then is in the
// mapping.
func (k *kindInfo) arrange(header []string, wishes []wish) (mapping, error) {
	m := mapping{layout: make(layout, len(header)), used: map[string]string{}}
	var faults []fault.Field
	bad := func(path, code string, pairs ...any) {
		faults = append(faults, fault.Field{Path: path, Code: code, Args: fault.New(fault.Invalid, code, pairs...).Args})
	}
	own := readable(header)
	folded := make([]string, own)
	for i := range header {
		m.layout[i] = unused
		if i < own {
			folded[i] = foldHeader(header[i])
		}
	}
	settled := make([]bool, len(k.columns))
	for _, w := range wishes {
		column := k.columnAt(w.column)
		if column < 0 {
			bad("map", "import.unknown_target", "column", shown(w.column))
			continue
		}
		settled[column] = true
		if w.header == "" {
			continue
		}
		at := slices.Index(header[:own], w.header)
		if at < 0 {
			at = slices.Index(folded, foldHeader(w.header))
		}
		switch {
		case at < 0:
			bad("map", "import.unknown_header", "column", shown(w.header))
		case m.layout[at] != unused && m.layout[at] != column:
			bad("map", "import.header_twice", "column", shown(w.header))
		default:
			m.layout[at] = column
		}
	}
	err := fault.InvalidFields(faults)
	faults = nil
	k.byName(&m, header[:own], folded, settled, bad)
	k.complete(&m, header, bad)
	m.missing = faults
	return m, err
}

// byName fills what was not wished by the names of the columns.
func (k *kindInfo) byName(m *mapping, header, folded []string, settled []bool, bad func(path, code string, pairs ...any)) {
	meaning := map[string]int{}
	for i, c := range k.columns {
		for _, name := range append([]string{c.Name}, c.Synonyms...) {
			meaning[foldHeader(name)] = i
		}
	}
	taken := make([]bool, len(k.columns))
	for i := range header {
		column, known := meaning[folded[i]]
		switch {
		case m.layout[i] != unused:
		case !known || settled[column]:
			if k.strict && !known && folded[i] != "" && !slices.Contains(k.ignored, folded[i]) {
				bad("file", "import.unknown_column", "column", shown(header[i]))
			}
		case taken[column]:
			bad("file", "import.column_twice", "column", shown(header[i]))
		default:
			m.layout[i], taken[column] = column, true
		}
	}
}

// complete says which columns are missing and which header each has.
func (k *kindInfo) complete(m *mapping, header []string, bad func(path, code string, pairs ...any)) {
	for i, c := range k.columns {
		at := slices.Index(m.layout, i)
		if at >= 0 {
			m.used[c.Name] = header[at]
		} else if c.Required || c.Expected {
			bad("file", "import.missing_column", "column", c.Name)
		}
	}
}
