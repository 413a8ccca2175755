package render

import (
	"archive/zip"
	"compress/flate"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/op"
)

// WorkbookType is the media type of a workbook (XLSX).
const WorkbookType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// Bounds of a workbook, which are those of the format.
const (
	// SheetRowsMax is how many lines a sheet has, that of the labels among them.
	SheetRowsMax = excelize.TotalRows
	// sheetNameMax is the longest name of a sheet, in UTF-16 units.
	sheetNameMax = excelize.MaxSheetNameLength
	// cellTextMax is the longest text of a cell, in UTF-16 units.
	cellTextMax = excelize.TotalCellChars
	// exactDigits is how many digits of a number a spreadsheet keeps.
	exactDigits = 15
)

// Widths of columns, in characters.
const (
	narrowest, widest = 11.0, 48.0
	// filterWidth is the place of the button of the filter beside a label.
	filterWidth = 4.0
)

// Workbook writes rows of one list as a workbook of one sheet: labels as header, which
// stays in sight and filters, amounts and numbers as numbers, dates as dates, ids and
// codes as text, choices and truths as their words. Secret columns are left out, and
// texts are neutralised as in CSV.
//
// Rows go to a temporary file from 16 MB on, because the format puts the sheet's
// description before its end; nothing reaches the output before End. Make it with
// NewWorkbook and close it always.
type Workbook struct {
	out     io.Writer
	d       *op.Def
	words   Words
	columns []op.Column
	wide    bool

	file   *excelize.File
	sheet  *excelize.StreamWriter
	name   string
	styles map[op.Type]int
	// month shows a date as its month, and header is that of the first line.
	month, header int
	// cells are those of a line, used again for each; line holds the ones that are not
	// empty.
	cells []excelize.Cell
	line  []any
	rows  int
}

// NewWorkbook makes a writer of the rows of a list. Nothing is taken before Header.
func NewWorkbook(out io.Writer, d *op.Def) *Workbook {
	b := &Workbook{out: out, d: d}
	_, b.wide = reflect.Zero(d.Out).Interface().(op.Wide)
	for _, column := range d.Columns {
		if !column.Secret {
			b.columns = append(b.columns, column)
		}
	}
	return b
}

// Header begins the sheet and writes its first line. That of rows with columns of their
// own comes with the first of them.
func (b *Workbook) Header(w Words) error {
	b.words = w
	if err := b.begin(); err != nil {
		return unwritten(err)
	}
	if b.wide {
		return nil
	}
	labels := make([]string, len(b.columns))
	for i, column := range b.columns {
		labels[i] = w.Head(b.d, column.Name)
	}
	return b.labels(labels)
}

// begin makes the workbook, its title, its sheet and its styles.
func (b *Workbook) begin() error {
	b.file = excelize.NewFile()
	b.file.SetZipWriter(func(io.Writer) excelize.ZipWriter { return newArchive(b.out) })
	title := b.words.Title(b.d)
	b.name = sheetName(title)
	first := b.file.GetSheetName(0)
	err := errors.Join(b.file.SetSheetName(first, b.name), b.file.SetDocProps(&excelize.DocProperties{
		Title: title, Creator: creator, Language: b.words.Lang(), Identifier: workbookKind,
	}))
	if err != nil {
		return err
	}
	if err := b.style(); err != nil {
		return err
	}
	b.sheet, err = b.file.NewStreamWriter(b.name)
	return err
}

// What stands in the properties of the document.
const creator, workbookKind = "wasl", "xlsx"

// monthFormat shows the first day of a month as the month, in French whatever the
// spreadsheet: novembre 2026.
const monthFormat = "[$-40C]mmmm yyyy"

// style registers how each type of column is shown. The marks of decimals and of
// thousands are written as the format wants them; a spreadsheet in French shows a comma
// and a space.
func (b *Workbook) style() (err error) {
	b.styles = map[op.Type]int{}
	for kind, code := range map[op.Type]string{
		op.Amount: "#,##0.00", op.Price: "#,##0.0000##", op.Rate: "0.00%", op.Number: "0",
		op.Date: "dd/mm/yyyy", op.Instant: "dd/mm/yyyy hh:mm", op.Text: "@",
	} {
		if b.styles[kind], err = b.file.NewStyle(&excelize.Style{CustomNumFmt: &code}); err != nil {
			return err
		}
	}
	months := monthFormat
	if b.month, err = b.file.NewStyle(&excelize.Style{CustomNumFmt: &months}); err != nil {
		return err
	}
	b.header, err = b.file.NewStyle(&excelize.Style{
		Font: &excelize.Font{Bold: true}, Alignment: &excelize.Alignment{Vertical: "center"},
		Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E6EEF2"}},
	})
	return err
}

// labels writes the header and keeps it in sight.
func (b *Workbook) labels(labels []string) error {
	b.cells, b.line = make([]excelize.Cell, len(labels)), make([]any, len(labels))
	for i, label := range labels {
		width := min(max(float64(utf8.RuneCountInString(label))+filterWidth, narrowest), widest)
		if i < len(b.columns) && !b.wide {
			width = max(width, b.width(b.columns[i].Type))
		}
		if err := b.sheet.SetColWidth(i+1, i+1, width); err != nil {
			return unwritten(err)
		}
		b.put(i, cellText(label), b.header)
	}
	if err := b.sheet.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return unwritten(err)
	}
	return b.write()
}

// width is what the values of a type take, in characters.
func (b *Workbook) width(t op.Type) float64 {
	switch t {
	case op.Text, op.Object:
		return 24
	case op.Amount, op.Price, op.Instant:
		return 18
	}
	return narrowest
}

// put sets a cell of the line; no value leaves it out.
func (b *Workbook) put(i int, v any, style int) {
	if v == nil || v == "" {
		b.line[i] = nil
		return
	}
	b.cells[i] = excelize.Cell{Value: v, StyleID: style}
	b.line[i] = &b.cells[i]
}

// write hands the line to the sheet.
func (b *Workbook) write() error {
	if b.rows++; b.rows > SheetRowsMax {
		return fault.New(fault.Limit, "export.sheet_rows", "max", SheetRowsMax-1)
	}
	if err := b.sheet.SetRow("A"+strconv.Itoa(b.rows), b.line); err != nil {
		return unwritten(err)
	}
	return nil
}

// Row writes one row.
func (b *Workbook) Row(row any) error {
	if wide, ok := row.(op.Wide); ok && b.wide {
		return b.wideRow(wide)
	}
	for i, column := range b.columns {
		v, kind, err := b.value(column, row)
		if err != nil {
			return err
		}
		style := b.styles[kind]
		if column.Month && kind == op.Date {
			style = b.month
		}
		b.put(i, v, style)
	}
	return b.write()
}

// wideRow writes a row that has its own columns, all of them text.
func (b *Workbook) wideRow(row op.Wide) error {
	header, cells := row.Wide()
	if b.rows == 0 {
		if err := b.labels(header); err != nil {
			return err
		}
	}
	for i := range b.line {
		b.line[i] = nil
		if i < len(cells) {
			b.put(i, cellText(cells[i]), b.styles[op.Text])
		}
	}
	return b.write()
}

// value is what a spreadsheet takes for a column of a row, and the type by which it is
// shown: what no number or date of the format can hold exactly stays a text.
func (b *Workbook) value(c op.Column, row any) (any, op.Type, error) {
	v := c.Value(row)
	if z, ok := v.(interface{ IsZero() bool }); v == nil || ok && z.IsZero() {
		return nil, c.Type, nil
	}
	switch c.Type {
	case op.Date, op.Instant:
		if at := wallTime(v); !at.Before(firstDay()) {
			return at, c.Type, nil
		}
	case op.Amount, op.Price, op.Quantity, op.Rate, op.Number:
		plain, err := Cell(c, row)
		if err != nil {
			return nil, c.Type, err
		}
		if n, ok := exact(plain); ok {
			return n, c.Type, nil
		}
	case op.Flag, op.Choice:
		word, err := b.words.Human(c, row)
		return cellText(word), op.Text, err
	}
	text, err := Cell(c, row)
	if c.Type == op.Object && strings.HasPrefix(text, `"`) {
		if err := json.Unmarshal([]byte(text), &text); err != nil {
			return nil, c.Type, fault.Wrap(err, fault.Internal, "internal")
		}
	}
	return cellText(text), op.Text, err
}

// wallTime is a date, or an instant as the clocks of Casablanca show it: the format
// knows no zones.
func wallTime(v any) time.Time {
	switch v := v.(type) {
	case day.Date:
		return v.UTC()
	case time.Time:
		return v.In(day.Zone())
	}
	return time.Time{}
}

// firstDay is the first day that every spreadsheet counts alike: before it they
// disagree on whether 1900 was a leap year.
func firstDay() time.Time { return time.Date(1900, time.March, 1, 0, 0, 0, 0, time.UTC) }

// exact is a decimal as the binary number the format stores, whose shortest text is the
// decimal again; not ok when it has more digits than a spreadsheet keeps.
func exact(plain string) (float64, bool) {
	digits := 0
	for _, r := range plain {
		if r >= '0' && r <= '9' {
			digits++
		}
	}
	n, err := strconv.ParseFloat(plain, 64)
	return n, err == nil && digits <= exactDigits
}

// cellText is a text that a spreadsheet neither runs nor refuses: one too long for a
// cell ends with an ellipsis.
func cellText(s string) string {
	s = Neutral(s)
	if len(s) <= cellTextMax { // bytes are never fewer than units
		return s
	}
	units := utf16.Encode([]rune(s))
	if len(units) <= cellTextMax {
		return s
	}
	units = units[:cellTextMax-1]
	if utf16.IsSurrogate(rune(units[len(units)-1])) && units[len(units)-1] < lowSurrogates {
		units = units[:len(units)-1]
	}
	return string(utf16.Decode(units)) + "…"
}

// lowSurrogates is the first second half of a pair.
const lowSurrogates = 0xdc00

// sheetName makes a name of a sheet of a title.
func sheetName(title string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune(`:\/?*[]`, r):
			return ' '
		case r == '\'':
			return '’'
		}
		return r
	}, OneLine(title))
	for len(utf16.Encode([]rune(name))) > sheetNameMax {
		_, size := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-size]
	}
	return strings.TrimSpace(name)
}

// End writes the workbook to the output.
func (b *Workbook) End() error {
	if len(b.line) > 0 {
		last, err := excelize.CoordinatesToCellName(len(b.line), b.rows)
		if err != nil {
			return unwritten(err)
		}
		if err := b.file.AutoFilter(b.name, "A1:"+last, nil); err != nil {
			return unwritten(err)
		}
	}
	if err := b.sheet.Flush(); err != nil {
		return unwritten(err)
	}
	if err := b.file.Write(b.out); err != nil {
		return unwritten(err)
	}
	return nil
}

// Close removes the temporary file.
func (b *Workbook) Close() error {
	if b.file == nil {
		return nil
	}
	if err := b.file.Close(); err != nil {
		return unwritten(err)
	}
	return nil
}

// unwritten is a failure of the disk below; one of the output keeps its code.
func unwritten(err error) error {
	if fault.CodeOf(err) != "internal" {
		return err
	}
	return fault.Wrap(err, fault.Unavailable, "export.workbook")
}

// newArchive is the archive of a workbook, written straight to the output: the library
// would hold it whole in memory.
func newArchive(out io.Writer) *zip.Writer {
	w := zip.NewWriter(out)
	w.RegisterCompressor(zip.Deflate, func(to io.Writer) (io.WriteCloser, error) { return flate.NewWriter(to, flate.BestSpeed) })
	return w
}
