package web

import (
	"maps"
	"slices"

	"wasl/internal/platform/screen"
	"wasl/internal/platform/text"
)

// words adapts the catalogue to what pages need.
type words struct {
	*text.Printer
	catalog *text.Catalog
}

// Texts gives the words of the languages of a catalogue.
func Texts(c *text.Catalog) func(lang string) screen.Texts {
	return func(lang string) screen.Texts { return words{c.Printer(lang), c} }
}

// Has says whether a key has a text.
func (w words) Has(key string) bool { return w.catalog.Has(key) }

// Value is a value as shown.
func (w words) Value(v any) string { return w.Format(v) }

// Error is an error in words, with its fields' faults by path.
func (w words) Error(err error) (string, map[string]string) {
	message, fields := w.Printer.Error(err)
	faults := map[string]string{}
	for _, f := range fields {
		if faults[f.Path] == "" {
			faults[f.Path] = f.Message
		}
	}
	return message, faults
}

func sortedKeys(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }
