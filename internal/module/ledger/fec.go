package ledger

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/db/seq"
	"wasl/internal/platform/op"
)

// sortNumber is the order of the journal: by accounting date, then as recorded.
// Within a series it is the order of the numbers.
const sortNumber = "number"

// Numbers are the legal numbers of the entries of one journal in a closed month of a
// unit's books: Count of them from First on, in the order of the journal. A series is
// that of an entity, unit, journal and exercise; it has no gap and begins at 1.
type Numbers struct {
	Unit   op.ID    `json:"unit" out:"ref=unit"`
	Month  day.Date `json:"month" out:"month"`
	Entity op.ID    `json:"entity" out:"ref=entity"`
	// Journal and Exercise, the year in which the accounting year of the month begins,
	// complete the name of the series.
	Journal  Journal `json:"journal"`
	Exercise int64   `json:"exercise"`
	First    int64   `json:"first"`
	Count    int64   `json:"count"`
}

// numberDigits is the width of a number as printed.
const numberDigits = 8

// printed is a number with its exercise.
func printed(exercise, n int64) string {
	return strconv.FormatInt(exercise, 10) + "-" + seq.Padded(n, numberDigits)
}

// fec writes the file of accounting entries: 18 columns between tabs, amounts with
// a comma, dates as digits (arrêté of 29 July 2013, article A47 A-1 of the French
// livre des procédures fiscales). A journal is that of an entity and a unit; an entry
// whose month is open has neither a number of the series nor a date of validation.
type fec struct{ w *bufio.Writer }

func newFEC(w io.Writer) op.RowFormat { return &fec{bufio.NewWriter(w)} }

// Begin implements op.RowFormat.
func (f *fec) Begin() error {
	return f.line("JournalCode", "JournalLib", "EcritureNum", "EcritureDate", "CompteNum", "CompteLib", "CompAuxNum", "CompAuxLib", "PieceRef",
		"PieceDate", "EcritureLib", "Debit", "Credit", "EcritureLet", "DateLet", "ValidDate", "Montantdevise", "Idevise")
}

func (f *fec) line(cells ...string) error {
	for i, c := range cells {
		cells[i] = plainText(strings.ReplaceAll(c, "\t", " "))
	}
	_, err := f.w.WriteString(strings.Join(cells, "\t") + "\r\n")
	return err
}

// Row implements op.RowFormat.
func (f *fec) Row(row any) error {
	l, ok := row.(JournalLine)
	if !ok {
		return fmt.Errorf("ledger: a row of type %T", row)
	}
	digits := func(d day.Date) string {
		if d.IsZero() {
			return ""
		}
		return strings.ReplaceAll(d.String(), "-", "")
	}
	comma := func(a money.Amount) string { return strings.ReplaceAll(a.String(), ".", ",") }
	aux := ""
	if l.Receivable != 0 {
		aux = l.Receivable.String()
	}
	journal := strings.ToUpper(string(l.Journal)) + "-" + l.EntityCode + "-" + l.UnitCode
	number := cmp.Or(l.Number, "P"+l.Entry.String())
	if l.Event == eventOpening {
		journal, number = openingJournal, "1"
	}
	return f.line(journal, journal, number, digits(l.AccountingOn), l.Account, l.AccountLabel, aux, "", cmp.Or(l.Document, l.Entry.String()),
		digits(l.EffectiveOn), cmp.Or(l.Label, string(l.Event)), comma(l.Debit), comma(l.Credit), "", "", digits(l.ValidatedOn), "", "")
}

// openingJournal holds what the lines before an export come to (à-nouveaux).
const openingJournal = "RAN"

// End implements op.RowFormat.
func (f *fec) End() error { return f.w.Flush() }
