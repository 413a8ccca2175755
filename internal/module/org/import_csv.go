package org

import (
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/intake"
)

// Bounds of imported files.
const (
	// ImportBytesMax bounds a file.
	ImportBytesMax = 16 << 20
	// ImportLinesMax bounds the lines of a file, its header not counted: what one
	// transaction applies well within its deadline on both engines.
	ImportLinesMax = 20_000
	// ImportLineBytesMax bounds one record, over all its lines when quoted.
	ImportLineBytesMax = 8 << 10
)

// columns of the file, in the order of record.cells.
const (
	colCode = iota
	colKind
	colName
	colShortName
	colParent
	colValidFrom
	colAddress
	colPhone
	colEmail
	colCount
)

// columnNames are the names of the columns; each is the field it fills.
func columnNames() [colCount]string {
	return [colCount]string{"code", "kind", "name", "short_name", "parent", "valid_from", "address", "phone", "email"}
}

// columns are those of the file, with the other names people give them.
func importColumns() []intake.Column {
	return []intake.Column{
		colCode:      {Name: "code", Required: true},
		colKind:      {Name: "kind", Synonyms: []string{"type", "nature"}, Required: true},
		colName:      {Name: "name", Synonyms: []string{"nom", "libelle", "designation"}, Required: true},
		colShortName: {Name: "short_name", Synonyms: []string{"nom_court", "sigle", "abrege"}},
		colParent:    {Name: "parent", Synonyms: []string{"rattachement", "rattache_a", "code_parent"}, Required: true},
		colValidFrom: {Name: "valid_from", Synonyms: []string{"date_effet", "date_d_effet", "depuis", "depuis_le"}, Required: true},
		colAddress:   {Name: "address", Synonyms: []string{"adresse"}},
		colPhone:     {Name: "phone", Synonyms: []string{"telephone", "tel"}},
		colEmail:     {Name: "email", Synonyms: []string{"courriel", "e_mail"}},
	}
}

// passedOver are the columns that an export or a list of refused lines adds.
func passedOver() []string {
	return []string{
		"id", "version", "state", "opened_on", "closed_on", "parent_id", "parent_name", "line", "column", "value", "rule", "reason",
	}
}

// record is one line of the file as read.
type record struct {
	// line is the number of its first line, the header being line 1.
	line  int64
	cells [colCount]string
	// faults found while reading it; such a record is not looked at further.
	faults []fault.Field
}

// importFile is a file that could be read: its records, right or wrong.
type importFile struct {
	records []record
}

// readImport reads a whole file with the reader of every import. A file of which
// nothing can be made (no text, no usable header, too large) is an Invalid fault on
// the field "file"; what is wrong with one record is in that record.
func readImport(data []byte) (*importFile, error) {
	rows, err := intake.ReadSmall(data, intake.SmallOptions{
		Columns: importColumns(), Ignored: passedOver(), BytesMax: ImportBytesMax, RowsMax: ImportLinesMax, RecordBytesMax: ImportLineBytesMax,
	})
	if err != nil {
		return nil, err
	}
	out := &importFile{records: make([]record, len(rows))}
	for i, row := range rows {
		r := &out.records[i]
		r.line, r.faults = row.Line, row.Faults
		copy(r.cells[:], row.Cells)
		if len(r.faults) > 0 {
			for column, cell := range r.cells {
				r.cells[column] = intake.Shown(cell)
			}
		}
	}
	return out, nil
}
