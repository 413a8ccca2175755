package metering

import (
	"slices"

	"wasl/internal/kernel/day"
	"wasl/internal/platform/op"
)

// EstimateSetting is a set of parameters of estimation as stored: for a tariff category
// (empty is every one), from a date until the next row of the category.
type EstimateSetting struct {
	Category  string   `json:"category"`
	ValidFrom day.Date `json:"valid_from"`
	EstimateRule
	Reason string `json:"reason"`
	Actor  op.ID  `json:"actor" out:"ref=user"`
}

// estimateIn are the parameters of a category on a date: its own, or those of every one, or
// the built-in ones. Rows are the latest first.
func estimateIn(rows []EstimateSetting, category string, on day.Date) EstimateRule {
	for _, wanted := range []string{category, ""} {
		at := slices.IndexFunc(rows, func(r EstimateSetting) bool { return r.Category == wanted && !r.ValidFrom.After(on) })
		if at >= 0 {
			return rows[at].EstimateRule
		}
	}
	return DefaultEstimate()
}
