package metering

import (
	"context"
	"encoding/json"
	"iter"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/intake"
	"wasl/internal/platform/op"
)

const anomalyColumns = `a.receivable_account_id, a.id, a.contract_id, a.unit_id, a.service, a.category, a.month, COALESCE(a.consumption_id, 0),
	COALESCE(a.reading_id, 0), a.rule, a.severity, a.severity_rank, a.weight, a.evidence, a.state, COALESCE(a.owner_id, 0), a.decision, a.reason,
	COALESCE(a.decided_by, 0), a.decided_at, a.recorded_at, a.version, COALESCE(a.batch_id, 0)`

const anomalyFrom = `, k.code, u.name FROM anomaly a
	JOIN contract k ON k.receivable_account_id = a.receivable_account_id AND k.id = a.contract_id JOIN customer u ON u.id = k.customer_id`

func (m *Module) scanAnomaly(rows db.Rows) (a AnomalyRow, err error) {
	var evidence string
	err = rows.Scan(&a.Account, &a.ID, &a.Contract, &a.Unit, &a.Service, &a.Category, &a.Month, &a.Consumption, &a.Reading, &a.Rule, &a.Severity, &a.rank,
		&a.weight, &evidence, &a.State, &a.Owner, &a.Decision, &a.Reason, &a.DecidedBy, &a.DecidedAt, &a.RecordedAt, &a.Version, &a.Batch,
		&a.ContractCode, &a.Customer)
	if err != nil {
		return a, err
	}
	if err := json.Unmarshal([]byte(evidence), &a.Evidence); err != nil {
		return a, fault.Wrap(err, fault.Internal, "internal")
	}
	a.Finding = m.sentence(a.Evidence, string(a.Service))
	return a, nil
}

// findAnomaly reads an anomaly; NotFound "metering.anomaly_unknown".
func (m *Module) findAnomaly(ctx context.Context, r reader, in Key) (AnomalyRow, error) {
	var w db.Where
	w.And("a.receivable_account_id = ? AND a.id = ?", in.Account, in.ID)
	intake.Visible(&w, "a.batch_id")
	a, err := db.One(ctx, r, m.scanAnomaly, `SELECT `+anomalyColumns+anomalyFrom+w.SQL(), w.Args()...)
	if fault.CodeOf(err) == "db.no_row" {
		return a, fault.New(fault.NotFound, "metering.anomaly_unknown")
	}
	return a, err
}

// where narrows a condition on a.
func (in AnomalyFilter) where(w *db.Where) {
	if in.State != "" {
		w.And("a.state = ?", in.State)
	}
	if in.Severity != "" {
		w.And("a.severity_rank = ?", in.Severity.rank())
	}
	if in.Rule != "" {
		w.And("a.rule = ?", in.Rule)
	}
	if !in.Month.IsZero() {
		w.And("a.month = ?", monthStart(in.Month))
	}
	if in.Service != "" {
		w.And("a.service = ?", in.Service)
	}
	if in.Category != "" {
		w.And("a.category = ?", in.Category)
	}
	if in.Owner != 0 {
		w.And("a.owner_id = ?", in.Owner)
	}
	if in.Batch != 0 {
		w.And("a.batch_id = ?", in.Batch)
	}
	intake.Visible(w, "a.batch_id")
}

func (m *Module) listAnomalies(ctx context.Context, x *op.Exec, in AnomalyFilter) iter.Seq2[AnomalyRow, error] {
	var w db.Where
	in.where(&w)
	x.Filter(&w, "a.unit_id")
	order := x.Keyset(&w, map[string][]string{"severity": {"#a.severity_rank", "#a.weight", "#a.receivable_account_id", "#a.id"}})
	return db.Seq(ctx, x.R, m.scanAnomaly, `SELECT `+anomalyColumns+anomalyFrom+w.SQL()+order, w.Args()...)
}

// anomaliesOf reads the anomalies of a consumption.
func (m *Module) anomaliesOf(ctx context.Context, r reader, in Key) ([]AnomalyRow, error) {
	var w db.Where
	w.And("a.receivable_account_id = ? AND a.consumption_id = ?", in.Account, in.ID)
	intake.Visible(&w, "a.batch_id")
	return db.All(ctx, r, m.scanAnomaly, `SELECT `+anomalyColumns+anomalyFrom+w.SQL()+` ORDER BY a.severity_rank, a.weight, a.id`, w.Args()...)
}

// openOf reads the other open anomalies of a consumption.
func (m *Module) openOf(ctx context.Context, r reader, account, consumption, but op.ID) ([]AnomalyRow, error) {
	all, err := m.anomaliesOf(ctx, r, Key{account, consumption})
	var out []AnomalyRow
	for _, a := range all {
		if a.State == AnomalyOpen && a.ID != but {
			out = append(out, a)
		}
	}
	return out, err
}

// pastOf reads the consumptions before a value, latest first.
func pastOf(ctx context.Context, r reader, c AnomalyCard, n int64) ([]ConsumptionRow, error) {
	var w db.Where
	w.And("c.receivable_account_id = ? AND c.register = ? AND c.state NOT IN ('replaced', 'rejected')", c.Account, c.register())
	if c.Value != nil {
		w.And("c.period_date < ?", c.Value.PeriodDate)
	} else {
		w.And("c.month < ?", c.Month)
	}
	intake.Visible(&w, "c.batch_id")
	return db.All(ctx, r, scanConsumption, `SELECT `+consumptionColumns+consumptionFrom+w.SQL()+` ORDER BY c.period_date DESC, c.ordinal DESC LIMIT `+w.Arg(n),
		w.Args()...)
}

// lastReadings reads the readings of an account until a day, latest first.
func lastReadings(ctx context.Context, r reader, account op.ID, register string, until day.Date, n int64) ([]ReadingRow, error) {
	var w db.Where
	w.And("r.receivable_account_id = ? AND r.register = ? AND r.reading_date <= ? AND r.state = 'valid'", account, register, until)
	intake.Visible(&w, "r.batch_id")
	return db.All(ctx, r, scanReading, `SELECT `+readingColumns+readingFrom+w.SQL()+` ORDER BY r.reading_date DESC, r.id DESC LIMIT `+w.Arg(n), w.Args()...)
}

func setOwner(ctx context.Context, tx db.Tx, a *Anomaly) error {
	n, err := tx.Exec(ctx, `UPDATE anomaly SET owner_id = $1, version = version + 1 WHERE receivable_account_id = $2 AND id = $3 AND version = $4`,
		orNull(a.Owner), a.Account, a.ID, a.Version)
	if err == nil && n == 0 {
		return stale(a.Version)
	}
	a.Version++
	return err
}

// verdict is a decision with who made it and why.
type verdict struct {
	decision Decision
	reason   string
	by       int64
	at       time.Time
}

func verdictOf(x *op.Exec, d Decision, reason string) verdict {
	return verdict{d, reason, x.Actor.UserID, x.Now}
}

// decideAnomaly closes an anomaly that is still open.
func decideAnomaly(ctx context.Context, tx db.Tx, account, id op.ID, v verdict) error {
	_, err := tx.Exec(ctx, `UPDATE anomaly SET state = $1, decision = $2, reason = $3, decided_by = $4, decided_at = $5, version = version + 1
		WHERE receivable_account_id = $6 AND id = $7 AND state = 'open'`, AnomalyDecided, v.decision, v.reason, v.by, v.at, account, id)
	return err
}

// decideValue closes the open anomalies of a consumption.
func decideValue(ctx context.Context, tx db.Tx, account, consumption op.ID, v verdict) error {
	_, err := tx.Exec(ctx, `UPDATE anomaly SET state = $1, decision = $2, reason = $3, decided_by = $4, decided_at = $5, version = version + 1
		WHERE receivable_account_id = $6 AND consumption_id = $7 AND state = 'open'`, AnomalyDecided, v.decision, v.reason, v.by, v.at, account, consumption)
	return err
}

// decideReading closes the open anomalies of what a reading came to.
func decideReading(ctx context.Context, tx db.Tx, account, reading op.ID, v verdict) error {
	_, err := tx.Exec(ctx, `UPDATE anomaly SET state = $1, decision = $2, reason = $3, decided_by = $4, decided_at = $5, version = version + 1
		WHERE receivable_account_id = $6 AND reading_id = $7 AND state = 'open'`, AnomalyDecided, v.decision, v.reason, v.by, v.at, account, reading)
	return err
}

// decideAll closes the open anomalies of a reading, for those who correct it directly.
func decideAll(ctx context.Context, x *op.Exec, account, reading op.ID, d Decision, reason string) error {
	return decideReading(ctx, x.Tx, account, reading, verdictOf(x, d, reason))
}

// setConsumption gives a consumption another state.
func setConsumption(ctx context.Context, tx db.Tx, account, id op.ID, s ConsumptionState) error {
	_, err := tx.Exec(ctx, `UPDATE consumption SET state = $1 WHERE receivable_account_id = $2 AND id = $3`, s, account, id)
	return err
}

// setReading gives a reading another state.
func setReading(ctx context.Context, tx db.Tx, account, id op.ID, s ReadingState) error {
	_, err := tx.Exec(ctx, `UPDATE reading SET state = $1 WHERE receivable_account_id = $2 AND id = $3`, s, account, id)
	return err
}
