package intake

import (
	"context"
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/file"
)

// sheetReader gives the rows of the first sheet of a workbook.
type sheetReader struct {
	book *workbook
	part *part
	// row is the number of the last row, and read how many were given.
	row  int64
	read int64
	slab csvReader
}

// inspectWorkbook reads the header of the first sheet and counts its rows, which
// also reads every part to its end: a zip checks its contents there.
func (s *Store) inspectWorkbook(ctx context.Context, ref file.Ref) (f Form, at position, err error) {
	src, err := s.readWorkbook(ctx, ref, Form{}, position{})
	if err != nil {
		return Form{}, position{}, err
	}
	defer func() { err = errors.Join(err, src.close()) }()
	head, err := headerOf(src.next)
	if err != nil {
		return Form{}, position{}, err
	}
	for len(head.cells) > 1 && head.cells[len(head.cells)-1] == "" {
		head.cells = head.cells[:len(head.cells)-1]
	}
	at = src.at()
	f = Form{Charset: Workbook, Separator: Cells, Sheet: src.sheet, Header: head.cells, HeaderLine: head.line}
	for {
		_, err := src.next()
		if errors.Is(err, io.EOF) {
			return f, at, nil
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return Form{}, position{}, err
		}
		f.Lines++
	}
}

// readWorkbook opens the rows of the first sheet from a position on.
func (s *Store) readWorkbook(ctx context.Context, ref file.Ref, _ Form, at position) (*source, error) {
	book, err := s.openWorkbook(ctx, ref)
	if err != nil {
		return nil, err
	}
	r := &sheetReader{book: book}
	if r.part, err = book.openPart(book.sheet, PlainBytesMax); err != nil {
		return nil, errors.Join(err, book.close())
	}
	src := &source{
		next: r.next, sheet: book.name,
		at:    func() position { return position{Offset: r.read, Line: r.row + 1} },
		close: func() error { return errors.Join(r.part.close(), book.close()) },
	}
	for r.read < at.Offset && err == nil {
		if _, err = r.next(); err == nil {
			err = ctx.Err()
		}
	}
	if err != nil {
		return nil, errors.Join(plainFault(err), src.close())
	}
	return src, nil
}

// next gives the next row; io.EOF behind the last.
func (r *sheetReader) next() (record, error) {
	for {
		t, err := r.part.token()
		if err != nil {
			return record{}, err
		}
		start, ok := t.(xml.StartElement)
		if !ok || start.Name.Local != "row" {
			continue
		}
		r.row++
		if n, err := strconv.ParseInt(attribute(start, "r"), 10, 64); err == nil && n >= r.row && n <= sheetRowsMax {
			r.row = n
		}
		r.read++
		return r.cells()
	}
}

// sheetRowsMax is the last row that the format knows.
const sheetRowsMax = 1 << 20

// cells reads the cells up to the end of the row.
func (r *sheetReader) cells() (record, error) {
	rec := record{line: r.row, cells: r.slab.cellsOf(rowCellsGuess)}
	for {
		t, err := r.part.token()
		if errors.Is(err, io.EOF) {
			err = badWorkbook("row")
		}
		if err != nil {
			return record{}, err
		}
		switch t := t.(type) {
		case xml.StartElement:
			if t.Name.Local != "c" {
				continue
			}
			text, err := r.cell(t)
			if err != nil {
				return record{}, err
			}
			r.put(&rec, columnOf(attribute(t, "r"), len(rec.cells)), text)
		case xml.EndElement:
			if t.Name.Local == "row" {
				return rec, nil
			}
		}
	}
}

// rowCellsGuess is room for the cells of a usual row.
const rowCellsGuess = 16

// put sets a cell of a record; a row that is too wide or too long is a wrong record.
func (r *sheetReader) put(rec *record, column int, text string) {
	if rec.bytes += len(text) + 1; column >= ColumnsMax && text != "" || rec.bytes > RecordBytesMax {
		rec.fault = "import.line_too_long"
	}
	if rec.fault != "" || column >= ColumnsMax {
		return
	}
	for len(rec.cells) <= column {
		rec.cells = append(rec.cells, "")
	}
	rec.cells[column] = text
}

// columnOf reads the letters of a reference such as AB12; the next column without.
func columnOf(ref string, next int) int {
	n := 0
	for i := range len(ref) {
		b := ref[i] | 0x20
		if b < 'a' || b > 'z' {
			break
		}
		if n = n*26 + int(b-'a') + 1; n > ColumnsMax {
			return ColumnsMax
		}
	}
	if n == 0 {
		return next
	}
	return n - 1
}

// cell reads one cell to its end and gives its text.
func (r *sheetReader) cell(start xml.StartElement) (string, error) {
	kind := attribute(start, "t")
	style, err := strconv.Atoi(attribute(start, "s"))
	if err != nil {
		style = 0
	}
	var text strings.Builder
	taking, phonetic := false, 0
	for {
		t, err := r.part.token()
		if errors.Is(err, io.EOF) {
			err = badWorkbook("cell")
		}
		if err != nil {
			return "", err
		}
		switch t := t.(type) {
		case xml.StartElement:
			taking = t.Name.Local == "v" || t.Name.Local == "t" && kind == "inlineStr"
			if t.Name.Local == "rPh" {
				phonetic++
			}
		case xml.CharData:
			if taking && phonetic == 0 && text.Len()+len(t) <= 2*RecordBytesMax {
				text.Write(t)
			}
		case xml.EndElement:
			taking = false
			if t.Name.Local == "rPh" {
				phonetic--
			}
			if t.Name.Local == "c" {
				return r.shown(kind, style, text.String())
			}
		}
	}
}

// shown is the text of a cell by its type and style.
func (r *sheetReader) shown(kind string, style int, raw string) (string, error) {
	switch kind {
	case "s":
		i, err := strconv.Atoi(strings.TrimSpace(raw))
		text, known := "", false
		if err == nil {
			text, known = r.book.texts.at(i)
		}
		if !known {
			return "", badWorkbook("shared text")
		}
		return text, nil
	case "b":
		return map[bool]string{true: "true", false: "false"}[strings.TrimSpace(raw) == "1"], nil
	case "str", "inlineStr", "e", "d":
		return raw, nil
	}
	return numberText(strings.TrimSpace(raw), r.book.styleOf(style), r.book.epoch04), nil
}

// styleOf is the kind of a style; plain numbers for an unknown one.
func (w *workbook) styleOf(i int) styleKind {
	if i < 0 || i >= len(w.styles) {
		return plainNumber
	}
	return w.styles[i]
}

// tooWide is the fault of a header that has more columns than a file may.
func tooWide() error {
	return fault.InvalidField("file", "import.too_many_columns", "max", ColumnsMax)
}
