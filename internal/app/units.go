package app

import (
	"context"

	"wasl/internal/kernel/day"
	"wasl/internal/module/access"
	"wasl/internal/module/org"
	"wasl/internal/platform/db"
)

// unitCards lets the access module name units without importing org.
type unitCards struct{ org *org.Module }

// Cards names units.
func (u unitCards) Cards(ctx context.Context, r db.Reader, ids []int64, _ day.Date) (map[int64]access.UnitCard, error) {
	cards, err := u.org.Cards(ctx, r, ids)
	out := make(map[int64]access.UnitCard, len(cards))
	for id, c := range cards {
		out[id] = access.UnitCard{Code: c.Code, Name: c.Name, Kind: string(c.Kind)}
	}
	return out, err
}

// CountWithin counts the units a unit covers.
func (u unitCards) CountWithin(ctx context.Context, r db.Reader, root int64, on day.Date) (int64, error) {
	return u.org.CountWithin(ctx, r, root, on)
}
