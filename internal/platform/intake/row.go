package intake

import (
	"encoding/json"
	"slices"
	"strings"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
)

// Fate is what becomes of a row.
type Fate uint8

// The fates. A row that a session leaves Undecided stops the import: it is a mistake
// of the program, never a row that silently went nowhere.
const (
	Undecided Fate = iota
	// Created rows were written with the batch's id.
	Created
	// Changed rows say something new of a known record; it is applied by Finish.
	Changed
	// Unchanged rows say what is known already.
	Unchanged
	// Rejected rows are wrong and do nothing.
	Rejected
)

// valueShown bounds a wrong value repeated in a fault, in characters.
const valueShown = 80

// Row is one record of a file with its cells by column of the kind.
type Row struct {
	// Line is the number of its first line in the file, the header being line 1 when
	// nothing stands above it; for XLSX the number of the row.
	Line int64

	kind   *kindInfo
	cells  []string
	values []value
	raw    []string
	fate   Fate
	faults []fault.Field
	// misread is how many of the faults were found while reading.
	misread int
	flags   []string
	keep    *kept
}

// value is a cell as read.
type value struct {
	n    int64
	date day.Date
}

// kept is a change kept until the end.
type kept struct {
	subject string
	body    json.RawMessage
}

// Kept is a change that a row asked for, as Session.Finish gets it.
type Kept struct {
	Line int64
	// Subject is the key given to Change.
	Subject string
	// Body is what was given to Change, in JSON.
	Body json.RawMessage
}

// Decode reads the body into what was given to Change.
func (k Kept) Decode(to any) error {
	if err := json.Unmarshal(k.Body, to); err != nil {
		return fault.Wrap(err, fault.Internal, "internal")
	}
	return nil
}

// Empty says that a column's cell has nothing, or that the column is not in the
// file.
func (r *Row) Empty(column int) bool { return r.cells[column] == "" }

// Text is the cell of a Text, Lines, Code or Choice column, trimmed and in Unicode's
// composed form; a Choice gives the value, not what was written.
func (r *Row) Text(column int) string { return r.cells[column] }

// Int is the number of a Whole column; 0 when empty.
func (r *Row) Int(column int) int64 { return r.values[column].n }

// Quantity is that of a Quantity column, in thousandths; 0 when empty.
func (r *Row) Quantity(column int) money.Quantity { return money.Quantity(r.values[column].n) }

// Amount is that of an Amount column, in centimes; 0 when empty.
func (r *Row) Amount(column int) money.Amount { return money.Amount(r.values[column].n) }

// Date is that of a Date column; the zero date when empty.
func (r *Row) Date(column int) day.Date { return r.values[column].date }

// Month is that of a Month column; the zero month when empty.
func (r *Row) Month(column int) day.Month {
	if r.values[column].date.IsZero() {
		return day.Month{}
	}
	return day.MonthOf(r.values[column].date)
}

// Yes is that of a Flag column; false when empty.
func (r *Row) Yes(column int) bool { return r.values[column].n == 1 }

// Create says that the row was written with the batch's id.
func (r *Row) Create() { r.fate = Created }

// Same says that the row says nothing new.
func (r *Row) Same() { r.fate = Unchanged }

// Change says that the row changes a known record, whose key is subject, and keeps
// what Finish needs to do it. Two rows of a batch may not change one subject: the
// second is rejected, with import.changed_twice, unless it keeps the same body.
func (r *Row) Change(subject string, body any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return fault.Wrap(err, fault.Internal, "internal")
	}
	r.fate, r.keep = Changed, &kept{subject: subject, body: text}
	return nil
}

// Reject refuses the row because of a column's cell. The code is a key of the texts
// ("error." before it); the value of the cell is added to the arguments. A row may
// have several faults.
func (r *Row) Reject(column int, code string, pairs ...any) {
	args := fault.Args{"value": shown(r.written(column))}
	for i := 0; i+1 < len(pairs); i += 2 {
		if name, ok := pairs[i].(string); ok {
			args[name] = pairs[i+1]
		}
	}
	r.refuse(fault.Field{Path: r.kind.columns[column].Name, Code: code, Args: args})
}

// RejectRow refuses the row as a whole.
func (r *Row) RejectRow(code string, pairs ...any) {
	r.refuse(fault.Field{Code: code, Args: fault.New(fault.Invalid, code, pairs...).Args})
}

// RejectError refuses the row for the reasons of an error of a pure rule: its field
// faults whose path is a column go to that column.
func (r *Row) RejectError(err error) {
	e := fault.As(err)
	if len(e.Fields) == 0 {
		r.refuse(fault.Field{Code: e.Code, Args: e.Args})
	}
	for _, f := range e.Fields {
		if r.kind.columnAt(f.Path) < 0 {
			f.Path = ""
		}
		r.refuse(f)
	}
}

func (r *Row) refuse(f fault.Field) {
	r.fate, r.keep, r.flags = Rejected, nil, nil
	r.faults = append(r.faults, f)
}

// Flag marks an accepted row for a reason that somebody should look at: a code, of
// which the batch shows the count. Its text is import.flag.CODE.
func (r *Row) Flag(reason string) {
	if !slices.Contains(r.flags, reason) {
		r.flags = append(r.flags, reason)
	}
}

// Fate is what was said of the row so far.
func (r *Row) Fate() Fate { return r.fate }

// Faults are those of the row so far.
func (r *Row) Faults() []fault.Field { return r.faults }

// Flags are the reasons the row was flagged for.
func (r *Row) Flags() []string { return r.flags }

// reset makes a row as it was when it was read, for another run of the step.
func (r *Row) reset() {
	r.fate, r.faults, r.flags, r.keep = Undecided, r.faults[:r.misread:r.misread], nil, nil
	if r.misread > 0 {
		r.fate = Rejected
	}
}

// written is a cell as it stands in the file.
func (r *Row) written(column int) string { return r.cells[column] }

// shown cuts a wrong value to what a message can hold.
func shown(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, s)
	if len(s) <= valueShown {
		return s
	}
	if runes := []rune(s); len(runes) > valueShown {
		return string(runes[:valueShown]) + "..."
	}
	return s
}
