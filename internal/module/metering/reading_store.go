package metering

import (
	"context"
	"iter"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/intake"
	"wasl/internal/platform/op"
)

func scanReading(rows db.Rows) (r ReadingRow, err error) {
	err = rows.Scan(append(r.Reading.fields(), &r.ContractCode, &r.Serial)...)
	return r, err
}

const readingFrom = `, k.code, m.serial FROM reading r
	JOIN contract k ON k.receivable_account_id = r.receivable_account_id AND k.id = r.contract_id JOIN meter m ON m.id = r.meter_id`

// findReading reads a reading; NotFound "metering.reading_unknown".
func findReading(ctx context.Context, r reader, in Key) (ReadingRow, error) {
	var w db.Where
	w.And("r.receivable_account_id = ? AND r.id = ?", in.Account, in.ID)
	intake.Visible(&w, "r.batch_id")
	row, err := db.One(ctx, r, scanReading, `SELECT `+readingColumns+readingFrom+w.SQL(), w.Args()...)
	if fault.CodeOf(err) == "db.no_row" {
		return row, fault.New(fault.NotFound, "metering.reading_unknown")
	}
	return row, err
}

func listReadings(ctx context.Context, x *op.Exec, in ReadingFilter) iter.Seq2[ReadingRow, error] {
	var w db.Where
	if in.Account != 0 {
		w.And("r.receivable_account_id = ?", in.Account)
	}
	if in.Meter != 0 {
		// Readings are kept by account: those of a meter are on the accounts of the places
		// where it stood.
		w.And("r.meter_id = ?", in.Meter)
		w.And(`r.receivable_account_id IN (SELECT o.receivable_account_id FROM meter_installation i
			JOIN contract o ON o.service_point_id = i.service_point_id WHERE i.meter_id = ?)`, in.Meter)
	}
	if in.Kind != "" {
		w.And("r.kind = ?", in.Kind)
	}
	if in.State != "" {
		w.And("r.state = ?", in.State)
	}
	intake.Visible(&w, "r.batch_id")
	x.Filter(&w, "r.unit_id")
	order := x.Keyset(&w, map[string][]string{"reading_date": {"%r.reading_date", "#r.receivable_account_id", "#r.id"}})
	return db.Seq(ctx, x.R, scanReading, `SELECT `+readingColumns+readingFrom+w.SQL()+order, w.Args()...)
}
