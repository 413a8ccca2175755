package ledger

import (
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// AsOf are the two clocks: what had happened by the end of a day, as far as it
// was known at an instant. A zero day is every day, a zero instant is now.
type AsOf struct {
	On      day.Date
	KnownAt time.Time
}

// narrow adds both to a condition on a table of facts.
func (a AsOf) narrow(w *db.Where, prefix string) {
	if !a.On.IsZero() {
		w.And(prefix+"effective_on <= ?", a.On)
	}
	if !a.KnownAt.IsZero() {
		w.And(prefix+"recorded_at <= ?", a.KnownAt)
	}
}

// of narrows to one receivable account.
func (a AsOf) of(account op.ID) *db.Where {
	w := &db.Where{}
	w.And("receivable_account_id = ?", account)
	a.narrow(w, "")
	return w
}
