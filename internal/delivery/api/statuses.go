package api

import (
	"strconv"

	"wasl/internal/delivery/render"
	"wasl/internal/kernel/fault"
)

// statusRow is one line of the table of errors.
type statusRow struct{ status, kind string }

// statusRows are the kinds of error with the status each one gets.
func statusRows() []statusRow {
	kinds := []fault.Kind{
		fault.Invalid, fault.NotFound, fault.Conflict, fault.Precondition, fault.Forbidden, fault.Unauthenticated, fault.Limit, fault.Unavailable, fault.Internal,
	}
	rows := make([]statusRow, 0, len(kinds))
	for _, k := range kinds {
		rows = append(rows, statusRow{strconv.Itoa(render.Status(fault.New(k, "any"))), string(k)})
	}
	return rows
}
