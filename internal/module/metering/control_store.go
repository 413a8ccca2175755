package metering

import (
	"context"
	"slices"

	"wasl/internal/kernel/day"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// putControl writes parameters; those of the same rule, category and day are replaced.
func putControl(ctx context.Context, tx db.Tx, c ControlRule, by origin) error {
	if _, err := tx.Exec(ctx, `DELETE FROM control_rule WHERE rule = $1 AND category = $2 AND valid_from = $3`, c.Rule, c.Category, c.ValidFrom); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `INSERT INTO control_rule (rule, category, valid_from, enabled, severity, factor, floor, periods, seasonal, reason, actor_id,
			recorded_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		c.Rule, c.Category, c.ValidFrom, c.Enabled, c.Severity, c.Factor, c.Floor, c.Periods, c.Seasonal, c.Reason, by.actor, by.at)
	return err
}

// arranged puts the built-in parameters before those that were set, by rule, category and
// date, and marks those that apply today.
func arranged(set []ControlRule, in ControlFilter, today day.Date, page op.Page) []ControlRow {
	var rows []ControlRow
	for _, name := range Rule("").EnumValues() {
		rows = append(rows, ControlRow{ControlRule: ControlRule{Rule: Rule(name), Params: DefaultParams(Rule(name))}})
	}
	for _, c := range set {
		rows = append(rows, ControlRow{ControlRule: c})
	}
	slices.SortStableFunc(rows, func(a, b ControlRow) int { return slices.Compare(a.PageKey(""), b.PageKey("")) })
	var out []ControlRow
	for i, row := range rows {
		last := i == len(rows)-1 || rows[i+1].Rule != row.Rule || rows[i+1].Category != row.Category || rows[i+1].ValidFrom.After(today)
		row.Current = last && !row.ValidFrom.After(today)
		if (in.Rule == "" || in.Rule == row.Rule) && (in.Category == "" || in.Category == row.Category) {
			out = append(out, row)
		}
	}
	if page.Desc {
		slices.Reverse(out)
	}
	if len(page.After) != 3 {
		return out
	}
	return slices.DeleteFunc(out, func(row ControlRow) bool {
		at := slices.Compare(row.PageKey(""), page.After)
		return at <= 0 && !page.Desc || at >= 0 && page.Desc
	})
}
