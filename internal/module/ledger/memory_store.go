package ledger

import (
	"context"
	"strconv"
	"strings"

	"wasl/internal/kernel/day"
	"wasl/internal/module/org"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// foresight is what a posting will ask the database and the transaction does not
// know yet: the revisions of the memory and the last closed months of units. It
// is read as columns of a statement that is made anyway.
type foresight struct {
	columns string
	args    []any
	first   int // the number of its first argument
	into    []any
	keep    []func()
}

// foresee asks for the revisions that the transaction does not know; first is the
// number of the first argument in the statement.
func foresee(r db.Reader, first int) *foresight {
	f := &foresight{first: first}
	for _, topic := range []string{ruleTopic, org.FiscalTopic} {
		if _, known := db.Remembered[int64](r, db.RevisionOf(topic)); known {
			continue
		}
		n := new(int64)
		f.columns += `coalesce((SELECT n FROM revision WHERE topic = ` + f.arg(topic) + `), 0), `
		f.into = append(f.into, n)
		f.keep = append(f.keep, func() { db.Remember(r, db.RevisionOf(topic), *n) })
	}
	return f
}

// closings asks for the last closed months of units. locked says that their locks
// are held, so that the answer holds to the end of the transaction.
func (f *foresight) closings(r db.Reader, locked bool, units ...op.ID) {
	for _, unit := range units {
		if _, known := knownClosed(r, unit, locked); known {
			continue
		}
		last := new(day.Date)
		f.columns += `(SELECT max(month) FROM period_closing WHERE unit_id = ` + f.arg(unit) + `), `
		f.into = append(f.into, last)
		f.keep = append(f.keep, func() { rememberClosed(r, unit, locked, day.MonthOf(*last)) })
	}
}

func (f *foresight) arg(v any) string {
	f.args = append(f.args, v)
	return "$" + strconv.Itoa(f.first+len(f.args)-1)
}

// remember keeps what was read.
func (f *foresight) remember() {
	for _, keep := range f.keep {
		keep()
	}
}

// read asks by a statement of its own.
func (f *foresight) read(ctx context.Context, r db.Reader) error {
	if len(f.into) == 0 {
		return nil
	}
	_, err := db.ScanOne(ctx, r, `SELECT `+strings.TrimSuffix(f.columns, ", "), f.args, f.into...)
	if err == nil {
		f.remember()
	}
	return err
}

// readRevision is the revision of a topic as the database has it now.
func readRevision(ctx context.Context, r db.Reader, topic string) (n int64, err error) {
	_, err = db.ScanOne(ctx, r, `SELECT n FROM revision WHERE topic = $1`, []any{topic}, &n)
	return n, err
}
