package billing

import (
	"strconv"
	"strings"

	"wasl/internal/module/tariff"
)

// lineKey is a charge within its service.
type lineKey struct{ service, code string }

// lineWords are the words that tariffs have for their charges.
type lineWords map[lineKey]string

// lineWordsOf gathers the labels of the charges of some versions. A charge that two of
// them name differently has none: its code says it.
func lineWordsOf(book *tariff.Book, refs []tariff.VersionRef) lineWords {
	words := lineWords{}
	for _, ref := range refs {
		code, _, _ := strings.Cut(ref.Name, " ")
		t := book.Tariff(code)
		v := versionNamed(t, ref.Name)
		if v == nil {
			continue
		}
		for i := range v.Charges {
			words.add(t.Service, &v.Charges[i])
		}
	}
	return words
}

func (w lineWords) add(service tariff.Service, c *tariff.Charge) {
	if c.Service != "" {
		service = c.Service
	}
	key := lineKey{string(service), c.Code}
	if have, known := w[key]; known && have != c.Label {
		w[key] = ""
		return
	}
	w[key] = c.Label
}

// of is the label of a line by its code, with or without a block; empty when there is none.
func (w lineWords) of(service, line string) string {
	if label := w[lineKey{service, line}]; label != "" {
		return label
	}
	charge, _ := blockOf(line)
	return w[lineKey{service, charge}]
}

// blockOf parts the code of a line into its charge and the number of its block; 0 is none.
func blockOf(line string) (charge string, block int) {
	at := strings.LastIndexByte(line, '-')
	if at <= 0 {
		return line, 0
	}
	n, err := strconv.Atoi(line[at+1:])
	if err != nil || n <= 0 {
		return line, 0
	}
	return line[:at], n
}
