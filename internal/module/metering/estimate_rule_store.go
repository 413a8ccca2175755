package metering

import (
	"context"

	"wasl/internal/platform/db"
)

// estimateRules reads all parameters that were set, the latest first.
func estimateRules(ctx context.Context, r reader) ([]EstimateSetting, error) {
	return db.All(ctx, r, func(rows db.Rows) (s EstimateSetting, err error) {
		err = rows.Scan(&s.Category, &s.ValidFrom, &s.Cover, &s.Periods, &s.PowerHours, &s.Reason, &s.Actor)
		return s, err
	}, `SELECT category, valid_from, cover, periods, power_hours, reason, actor_id FROM estimate_rule ORDER BY valid_from DESC, category`)
}

// putEstimateRule writes parameters; those of the same category and day are replaced.
func putEstimateRule(ctx context.Context, tx db.Tx, s EstimateSetting, by origin) error {
	_, err := tx.Exec(ctx, `INSERT INTO estimate_rule (category, valid_from, cover, periods, power_hours, reason, actor_id, recorded_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (category, valid_from) DO UPDATE SET cover = excluded.cover, periods = excluded.periods, power_hours = excluded.power_hours,
			reason = excluded.reason, actor_id = excluded.actor_id, recorded_at = excluded.recorded_at`,
		s.Category, s.ValidFrom, s.Cover, s.Periods, s.PowerHours, s.Reason, by.actor, by.at)
	return err
}
