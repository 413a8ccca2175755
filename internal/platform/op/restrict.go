package op

import (
	"context"
	"slices"

	"wasl/internal/platform/db"
)

// RightSet is what an API token may use of its owner's rights; nil is all of them.
type RightSet struct{ names []string }

// NewRightSet makes a set of names; nil when there are none.
func NewRightSet(names []string) *RightSet {
	if len(names) == 0 {
		return nil
	}
	return &RightSet{names: names}
}

// Only keeps the rights of a set.
func (r *Rights) Only(set *RightSet) *Rights {
	if r == nil || set == nil {
		return r
	}
	kept := map[string][]Root{}
	for _, name := range set.names {
		if roots := r.byRight[name]; len(roots) > 0 {
			kept[name] = roots
		}
	}
	return &Rights{byRight: kept}
}

// Names are the names in the set; none for nil.
func (s *RightSet) Names() []string {
	if s == nil {
		return nil
	}
	return slices.Clone(s.names)
}

// restricted is the guard as an actor with a restricted token meets it: of his own
// rights he has those of the token.
type restricted struct {
	Guard
	actor Actor
}

// RightsOf implements Guard.
func (g restricted) RightsOf(ctx context.Context, r db.Reader, userID int64) (*Rights, error) {
	rights, err := g.Guard.RightsOf(ctx, r, userID)
	if err == nil && userID == g.actor.UserID {
		rights = rights.Only(g.actor.Only)
	}
	return rights, err
}

// guardOf is the guard for what an actor may do.
func (r *Runner) guardOf(a Actor) Guard {
	if a.Only == nil {
		return r.Guard
	}
	return restricted{r.Guard, a}
}
