package billing

import (
	"context"

	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// printsPage lists the print files of runs; a file that is ready can be fetched.
func printsPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	l, err := v.List(ctx, "billing.print.list", screen.ListOptions{
		Columns: []string{"recorded_at", "run", "unit", "state", "bills", "pages", "parts", "total", "requested_by"},
		Open: func(row any) string {
			if p, ok := row.(Print); ok && p.State == Printed && v.May("billing.print.download") {
				return v.Href(screen.DocumentPath+"billing.print.download", "id", p.ID.String())
			}
			return ""
		},
	})
	return ui.Page{Title: v.Say("page.billing.prints"), Body: v.Env.List(l)}, err
}
