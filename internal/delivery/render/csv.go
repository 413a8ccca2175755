package render

import (
	"encoding/csv"
	"io"
	"reflect"
	"strings"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/op"
)

// Dialect is a way of writing CSV.
type Dialect string

// The dialects.
const (
	// RFC4180: commas, CRLF, UTF-8 without mark, field names as header, amounts
	// with a point. For programs.
	RFC4180 Dialect = ""
	// Excel: semicolons, UTF-8 with its mark, labels as header, amounts with a
	// comma. For opening with a French spreadsheet.
	Excel Dialect = "excel"
)

// ParseDialect reads the name of a dialect.
func ParseDialect(name string) (Dialect, error) {
	switch name {
	case "", "rfc4180":
		return RFC4180, nil
	case string(Excel):
		return Excel, nil
	}
	return "", fault.InvalidField("dialect", "input.enum", "values", "rfc4180, excel")
}

// mark is the byte order mark by which a spreadsheet recognises UTF-8.
const mark = "\ufeff"

// CSV writes rows of one list. Secret columns are left out; texts that a
// spreadsheet would run are neutralised. Make it with NewCSV.
type CSV struct {
	out     io.Writer
	w       *csv.Writer
	dialect Dialect
	columns []op.Column
	cells   []string
	// d is the list whose rows are written; nil when the columns alone are known.
	d *op.Def
	// wide says that the rows bring their own columns, and begun that their header was
	// written.
	wide, begun bool
}

// NewListCSV makes a writer of the rows of a list.
func NewListCSV(out io.Writer, dialect Dialect, d *op.Def) *CSV {
	c := NewCSV(out, dialect, d.Columns)
	c.d = d
	_, c.wide = reflect.Zero(d.Out).Interface().(op.Wide)
	return c
}

// NewCSV makes a writer of rows with the columns given.
func NewCSV(out io.Writer, dialect Dialect, columns []op.Column) *CSV {
	c := &CSV{out: out, w: csv.NewWriter(out), dialect: dialect}
	c.w.UseCRLF = true
	if dialect == Excel {
		c.w.Comma = ';'
	}
	for _, column := range columns {
		if !column.Secret {
			c.columns = append(c.columns, column)
		}
	}
	c.cells = make([]string, len(c.columns))
	return c
}

// Header writes the first line. That of rows with columns of their own comes with the
// first of them.
func (c *CSV) Header(w Words) error {
	for i, column := range c.columns {
		c.cells[i] = column.Name
		if c.dialect == Excel {
			c.cells[i] = Neutral(c.label(w, column))
		}
	}
	if c.dialect == Excel {
		if _, err := io.WriteString(c.out, mark); err != nil {
			return err
		}
	}
	if c.wide {
		return nil
	}
	return c.write()
}

// label is the head of a column for people. A month is written as its first day, so its
// head says that.
func (c *CSV) label(w Words, column op.Column) string {
	label := w.Column(column.Name)
	if c.d != nil {
		label = w.Head(c.d, column.Name)
	}
	if column.Month {
		return w.T("export.month", "label", label)
	}
	return label
}

// Row writes one row.
func (c *CSV) Row(row any) error {
	if wide, ok := row.(op.Wide); ok && c.wide {
		return c.wideRow(wide)
	}
	for i, column := range c.columns {
		cell, err := Cell(column, row)
		if err != nil {
			return err
		}
		switch {
		case free(column.Type):
			cell = Neutral(cell)
		case c.dialect == Excel && column.Type.Decimal():
			cell = strings.Replace(cell, ".", ",", 1)
		}
		c.cells[i] = cell
	}
	return c.write()
}

// wideRow writes a row that has its own columns.
func (c *CSV) wideRow(row op.Wide) error {
	header, cells := row.Wide()
	lines := [][]string{header, cells}
	if c.begun {
		lines = lines[1:]
	}
	c.begun = true
	for _, line := range lines {
		c.cells = c.cells[:0]
		for _, cell := range line {
			c.cells = append(c.cells, Neutral(cell))
		}
		if err := c.write(); err != nil {
			return err
		}
	}
	return nil
}

// write hands one line on at once: the writer below does the buffering.
func (c *CSV) write() error {
	if err := c.w.Write(c.cells); err != nil {
		return err
	}
	c.w.Flush()
	return c.w.Error()
}

// End closes the list: each line was handed on as it came.
func (c *CSV) End() error { return nil }

// Close has nothing to give back.
func (c *CSV) Close() error { return nil }
