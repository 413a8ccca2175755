// Package render is what the deliveries share: the words of operations, fields
// and errors, the mapping of errors to HTTP statuses, exit codes and problem
// documents, and rows as CSV. It decides nothing and reads no database.
package render

import (
	"fmt"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/op"
	"wasl/internal/platform/text"
)

// Words are the texts of operations, fields and errors in one language. Make it
// with NewWords.
type Words struct {
	catalog *text.Catalog
	printer *text.Printer
}

// NewWords gives the words of a language; an unknown one gives French.
func NewWords(c *text.Catalog, lang string) Words { return Words{c, c.Printer(lang)} }

// Lang is the language written.
func (w Words) Lang() string { return w.printer.Lang() }

// Dir is the direction of writing.
func (w Words) Dir() string { return w.printer.Dir() }

// T is the text of a key, completed by alternating names and values.
func (w Words) T(key string, pairs ...any) string { return w.printer.T(key, pairs...) }

// first is the text of the first key that has one, otherwise the fallback.
func (w Words) first(fallback string, keys ...string) string {
	for _, key := range keys {
		if w.catalog.Has(key) {
			return w.printer.T(key)
		}
	}
	return fallback
}

// Module is the name of a module.
func (w Words) Module(name string) string { return w.first(name, "module."+name) }

// Title is the short infinitive that names an operation.
func (w Words) Title(d *op.Def) string { return w.first(d.Name, "op."+d.Name) }

// Help is the sentence that explains an operation; empty when there is none.
func (w Words) Help(d *op.Def) string { return w.first("", "op."+d.Name+".help") }

// Field is the label of an input field.
func (w Words) Field(d *op.Def, name string) string {
	return w.first(name, "field."+d.Name+"."+name, "field."+name)
}

// FieldHelp explains an input field; empty when there is nothing to explain.
func (w Words) FieldHelp(d *op.Def, name string) string {
	return w.first("", "field."+d.Name+"."+name+".help", "field."+name+".help")
}

// Column is the label of a result's column.
func (w Words) Column(name string) string { return w.first(name, "column."+name, "field."+name) }

// Head is the label of a column of an operation's rows, as its page has it.
func (w Words) Head(d *op.Def, name string) string {
	return w.first(name, "column."+d.Name+"."+name, "field."+d.Name+"."+name, "column."+name, "field."+name)
}

// Enum is the label of one of the values of an enumeration.
func (w Words) Enum(enum, value string) string { return w.first(value, "enum."+enum+"."+value) }

// Error is the sentence of an error. One whose code has no text gets that of its
// kind, so that a code is never all a person sees.
func (w Words) Error(e *fault.Error) string {
	if key := "error." + e.Code; w.catalog.Has(key) {
		return w.printer.Text(key, e.Args)
	}
	return w.first(w.T("api.kind."+string(e.Kind)), "error."+string(e.Kind))
}

// FieldFault is the sentence of what is wrong with a field.
func (w Words) FieldFault(f fault.Field) string {
	if key := "error." + f.Code; w.catalog.Has(key) {
		return w.printer.Text(key, f.Args)
	}
	return w.T("error.input.invalid", "count", 1)
}

// Human is a column's value of a row as a person reads it: dates and amounts in
// French, labels of choices. Ids keep their digits.
func (w Words) Human(c op.Column, row any) (string, error) {
	v := c.Value(row)
	if d, ok := v.(day.Date); ok && c.Month {
		v = day.MonthOf(d)
	}
	if c.Year() {
		return Cell(c, row)
	}
	switch c.Type {
	case op.Choice:
		if s := fmt.Sprint(v); v != nil && s != "" {
			return w.Enum(c.EnumName, s), nil
		}
		return "", nil
	case op.Date, op.Instant, op.Amount, op.Price, op.Quantity, op.Rate, op.Flag, op.Number:
		if z, ok := v.(interface{ IsZero() bool }); v == nil || ok && z.IsZero() {
			return "", nil
		}
		return w.printer.Format(v), nil
	}
	text, err := Cell(c, row)
	switch {
	case text == "":
	case c.Name == "service":
		text = w.Enum("ledger_service", text)
	case c.Name == "legal_nature":
		text = w.Enum("nature", text)
	}
	return text, err
}

// Subject is the name of a kind of record.
func (w Words) Subject(kind string) string { return w.first(kind, "subject."+kind) }
