package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"wasl/internal/delivery/render"
	"wasl/internal/platform/op"
)

// Bounds of tables.
const (
	// cellMax is the widest cell of a table, in characters.
	cellMax = 60
	// tableRows is after how many rows a table is written, so that memory and
	// patience stay bounded.
	tableRows = 500
	// tableGap is between two columns.
	tableGap = 2
)

// labeller gives the words for records of a kind; what has none is left out.
type labeller func(kind string, ids []int64) (map[int64]string, error)

// tableRowsWriter writes aligned columns for people: records by their words, and at the
// end of the line what a command needs to act on the row.
type tableRowsWriter struct {
	t       *console
	d       *op.Def
	out     io.Writer
	columns []op.Column
	rows    []any
	n       int
	// widths are those of the first lines written; later ones keep them where they fit.
	widths []int
}

// shownColumns are the columns of a table: what is nested is left to JSON, and ids are by
// their words or not at all. What commands about the row ask for comes last, as it is: its
// version and the ids of their addresses, named by asked.
func shownColumns(all []op.Column, asked []string, ids bool) (columns []op.Column) {
	var last []op.Column
	for _, c := range all {
		needed := slices.Contains(asked, c.Name) || c.Name == "version"
		switch {
		case c.Type == op.Object || c.Secret:
		case needed && c.Ref != "" && !ids:
			columns = append(columns, c)
			c.Ref = ""
			last = append(last, c)
		case needed && !ids:
			last = append(last, c)
		case c.Type != op.Ident || c.Ref != "" || ids:
			columns = append(columns, c)
		}
	}
	return append(columns, last...)
}

// askedOf are the names in the addresses of the operations about the rows of a list.
func (t *console) askedOf(d *op.Def) (names []string) {
	about := d.Name[:strings.LastIndexByte(d.Name, '.')+1]
	for _, other := range t.Registry.All() {
		if strings.HasPrefix(other.Name, about) {
			names = append(names, other.PathParams()...)
		}
	}
	return names
}

// head is the label of a column; the id of a record that also stands by its words says so.
func (t *console) head(d *op.Def, c op.Column) string {
	label := t.words.Head(d, c.Name)
	if c.Type == op.Ident && c.Ref == "" && c.Name != "id" {
		return t.words.T("cli.id_of", "label", label)
	}
	return label
}

func (w *tableRowsWriter) begin() error { return nil }

func (w *tableRowsWriter) row(v any) error {
	w.n++
	if w.rows = append(w.rows, v); len(w.rows) < tableRows {
		return nil
	}
	return w.flush()
}

// flush writes the rows kept, with the words of the records they point at.
func (w *tableRowsWriter) flush() error {
	if len(w.rows) == 0 {
		return nil
	}
	lines, err := w.t.cells(w.columns, w.rows)
	if err != nil {
		return err
	}
	if w.widths == nil {
		heads := make([]string, len(w.columns))
		for i, c := range w.columns {
			heads[i] = w.t.head(w.d, c)
		}
		lines = slices.Insert(lines, 0, heads)
	}
	w.rows = w.rows[:0]
	w.widths = widest(w.widths, lines)
	return wrote(writeLines(w.out, "", w.columns, w.widths, lines))
}

func (w *tableRowsWriter) end(next string) error {
	if w.n == 0 {
		w.t.tell("cli.no_rows")
	}
	err := w.flush()
	w.t.more(next)
	return err
}

// cells are rows in words, records by their labels unless ids were asked for.
func (t *console) cells(columns []op.Column, rows []any) ([][]string, error) {
	labels, err := t.labelsOf(columns, rows)
	if err != nil {
		return nil, err
	}
	lines := make([][]string, 0, len(rows))
	for _, row := range rows {
		line := make([]string, len(columns))
		for i, c := range columns {
			if line[i], err = t.cell(c, row, labels); err != nil {
				return nil, err
			}
			line[i] = short(line[i])
		}
		lines = append(lines, line)
	}
	return lines, nil
}

// cell is one value in words; a record has its label, or its id when it has none.
func (t *console) cell(c op.Column, row any, labels map[string]map[int64]string) (string, error) {
	if id, ok := c.Value(row).(op.ID); ok && labels[c.Ref][int64(id)] != "" {
		return render.OneLine(labels[c.Ref][int64(id)]), nil
	}
	text, err := t.words.Human(c, row)
	return render.OneLine(text), err
}

// labelsOf finds the words of every record that some rows point at, one query by kind.
func (t *console) labelsOf(columns []op.Column, rows []any) (map[string]map[int64]string, error) {
	if t.ids || t.labels == nil {
		return nil, nil
	}
	ids := map[string][]int64{}
	for _, c := range columns {
		if c.Ref == "" {
			continue
		}
		for _, row := range rows {
			if id, ok := c.Value(row).(op.ID); ok && id != 0 {
				ids[c.Ref] = append(ids[c.Ref], int64(id))
			}
		}
	}
	out := map[string]map[int64]string{}
	for kind, some := range ids {
		slices.Sort(some)
		words, err := t.labels(kind, slices.Compact(some))
		if err != nil {
			return nil, err
		}
		out[kind] = words
	}
	return out, nil
}

// widest are the widths of columns that hold some lines, in characters.
func widest(have []int, lines [][]string) []int {
	for _, line := range lines {
		for i, cell := range line {
			if i == len(have) {
				have = append(have, 0)
			}
			have[i] = max(have[i], utf8.RuneCountInString(cell))
		}
	}
	return have
}

// writeLines writes lines of aligned cells, figures at the right.
func writeLines(out io.Writer, indent string, columns []op.Column, widths []int, lines [][]string) error {
	var b strings.Builder
	for _, line := range lines {
		b.Reset()
		b.WriteString(indent)
		for i, cell := range line {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			gap := strings.Repeat(" ", tableGap)
			if figures(columns[i]) {
				b.WriteString(pad + cell + gap)
			} else {
				b.WriteString(cell + pad + gap)
			}
		}
		if _, err := fmt.Fprintln(out, strings.TrimRight(b.String(), " ")); err != nil {
			return err
		}
	}
	return nil
}

// figures says that a column holds figures, which stand one above the other.
func figures(c op.Column) bool {
	return c.Type.Decimal() || c.Type == op.Number
}

// short cuts a cell that is too wide, visibly.
func short(s string) string {
	if utf8.RuneCountInString(s) <= cellMax {
		return s
	}
	return string([]rune(s)[:cellMax-1]) + "…"
}

// printRecord prints one record, a field a line, then the lines it holds as tables. A
// secret given once is printed: this is the only time it is known.
func (t *console) printRecord(d *op.Def, record any) error {
	if len(d.Columns) == 0 {
		t.tell("cli.done")
		return nil
	}
	labels, err := t.labelsOf(d.Columns, []any{record})
	if err != nil {
		return err
	}
	var nested []op.Column
	var lines [][]string
	for _, c := range d.Columns {
		if _, ok := rowsIn(c, record); ok {
			nested = append(nested, c)
			continue
		}
		value, err := t.cell(c, record, labels)
		if err != nil {
			return err
		}
		lines = append(lines, []string{t.head(d, c), listWords(c, record, value)})
	}
	if err := writeLines(t.Stdout, "", make([]op.Column, 2), widest(nil, lines), lines); err != nil {
		return wrote(err)
	}
	for _, c := range nested {
		if err := t.printNested(d, c, record); err != nil {
			return err
		}
	}
	return nil
}

// listWords are some words one after the other; anything else stays as it is written.
func listWords(c op.Column, record any, written string) string {
	words, ok := c.Value(record).([]string)
	if !ok {
		return written
	}
	return render.OneLine(strings.Join(words, ", "))
}

// rowsIn are the rows that a column of a record holds; not ok when it holds something else.
func rowsIn(c op.Column, record any) (rows []any, ok bool) {
	v := reflect.ValueOf(c.Value(record))
	if c.Type != op.Object || v.Kind() != reflect.Slice || v.Type().Elem().Kind() != reflect.Struct {
		return nil, false
	}
	if _, own := reflect.Zero(v.Type().Elem()).Interface().(json.Marshaler); own {
		return nil, false
	}
	for i := range v.Len() {
		rows = append(rows, v.Index(i).Interface())
	}
	return rows, true
}

// printNested prints the rows of a column below its name; nothing when there are none.
func (t *console) printNested(d *op.Def, c op.Column, record any) error {
	rows, _ := rowsIn(c, record)
	if len(rows) == 0 {
		return nil
	}
	columns := shownColumns(op.ColumnsOf(reflect.TypeOf(rows[0])), nil, t.ids)
	lines, err := t.cells(columns, rows)
	if err != nil {
		return err
	}
	heads := make([]string, len(columns))
	for i, column := range columns {
		heads[i] = t.words.Column(column.Name)
	}
	lines = slices.Insert(lines, 0, heads)
	if _, err := fmt.Fprintf(t.Stdout, "\n%s\n", t.words.Head(d, c.Name)); err != nil {
		return wrote(err)
	}
	return wrote(writeLines(t.Stdout, "  ", columns, widest(nil, lines), lines))
}
