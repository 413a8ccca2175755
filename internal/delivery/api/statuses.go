package api

import (
	"strconv"

	"wasl/internal/delivery/render"
	"wasl/internal/kernel/fault"
)

// statusRow is one line of the table of errors.
type statusRow struct{ status, kind string }

// statusRows are the kinds of error with the statuses each one gets, asked from
// the function that decides them.
func statusRows() []statusRow {
	kinds := []fault.Kind{
		fault.Invalid, fault.NotFound, fault.Conflict, fault.Precondition, fault.Forbidden, fault.Unauthenticated, fault.Limit, fault.Unavailable, fault.Internal,
	}
	special := map[fault.Kind][]error{
		fault.Invalid: {fault.New(fault.Invalid, "input.json"), fault.New(fault.Invalid, "api.method"), fault.New(fault.Invalid, "api.media_type")},
		fault.Limit:   {fault.New(fault.Limit, "api.too_large"), fault.New(fault.Limit, "any", "seconds", 1)},
	}
	rows := make([]statusRow, 0, len(kinds))
	for _, k := range kinds {
		statuses := strconv.Itoa(render.Status(fault.New(k, "any")))
		for _, err := range special[k] {
			statuses += ", " + strconv.Itoa(render.Status(err))
		}
		rows = append(rows, statusRow{statuses, string(k)})
	}
	return rows
}
