package intake

import (
	"bytes"
	"errors"
	"io"

	"wasl/internal/kernel/fault"
)

// SmallOptions are the bounds of a file that a module reads whole, because it decides
// all of its rows together: a tree is right or wrong as a whole.
type SmallOptions struct {
	// Columns and Ignored are as in Kind; the file is read strictly.
	Columns []Column
	Ignored []string
	// BytesMax bounds the file, RowsMax its rows and RecordBytesMax one record.
	BytesMax, RowsMax, RecordBytesMax int
}

// SmallRow is one record of such a file, its cells by column of the options.
type SmallRow struct {
	// Line is the number of its first line.
	Line int64
	// Cells are clean; they are read no further. A row with a fault has what could be
	// made of it.
	Cells []string
	// Faults are what is wrong with it as a record.
	Faults []fault.Field
}

// ReadSmall reads a CSV with the reader of every import: encodings, separators, quotes,
// header by name and synonym. A last line without its end is accepted. A file of
// which nothing can be made is Invalid on the field "file"; what is wrong with one
// record is in its row.
func ReadSmall(data []byte, o SmallOptions) ([]SmallRow, error) {
	if len(data) > o.BytesMax {
		return nil, fault.InvalidField("file", "import.too_large", "max", o.BytesMax)
	}
	var look scan
	if _, err := look.Write(data); err != nil {
		return nil, err
	}
	charset, err := look.charset("")
	if err != nil {
		return nil, err
	}
	text, err := decoded(bytes.NewReader(data), Form{Charset: charset, Mark: look.order != ""})
	if err != nil {
		return nil, fault.InvalidField("file", "import.empty")
	}
	r, head, err := beginText(text, "", o.RecordBytesMax)
	if err != nil {
		return nil, err
	}
	k := &kindInfo{columns: o.Columns, strict: true}
	for _, name := range o.Ignored {
		k.ignored = append(k.ignored, foldHeader(name))
	}
	m, err := k.arrange(head.cells, nil)
	if err == nil {
		err = fault.InvalidFields(m.missing)
	}
	if err != nil {
		return nil, err
	}
	var rows []SmallRow
	for {
		rec, err := r.next()
		switch {
		case errors.Is(err, io.EOF):
			return rows, nil
		case err != nil:
			return nil, err
		case rec.blank():
			continue
		case len(rows) == o.RowsMax:
			return nil, tooManyRows(int64(o.RowsMax))
		}
		rows = append(rows, smallRow(rec, m.layout, o))
	}
}

func smallRow(rec record, l layout, o SmallOptions) SmallRow {
	row := SmallRow{Line: rec.line, Cells: make([]string, len(o.Columns))}
	for i, cell := range rec.cells {
		if i < len(l) && l[i] != unused {
			row.Cells[l[i]] = clean(cell)
		}
	}
	switch {
	case rec.fault != "":
		row.Faults = []fault.Field{{Code: rec.fault, Args: fault.Args{"max": o.RecordBytesMax}}}
	case len(rec.cells) != len(l):
		row.Faults = []fault.Field{{Code: "import.cell_count", Args: fault.Args{"want": len(l), "have": len(rec.cells)}}}
	}
	return row
}

// Shown cuts a wrong value to what a message can hold.
func Shown(s string) string { return shown(s) }
