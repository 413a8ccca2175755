package access

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"strconv"

	"wasl/internal/kernel/day"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// HeldConflict is two rights one person holds over a common unit.
type HeldConflict struct {
	User   op.ID  `json:"user" out:"ref=user"`
	Login  string `json:"login"`
	Name   string `json:"name"`
	RightA string `json:"right_a"`
	RightB string `json:"right_b"`
	// Unit is where both hold: the lower of the two grants' units.
	Unit   op.ID `json:"unit" out:"ref=unit"`
	GrantA op.ID `json:"grant_a"`
	GrantB op.ID `json:"grant_b"`
	// Until is the last day both hold; none is no end.
	Until day.Date `json:"until"`
}

// PageKey is the row's place in its list.
func (c HeldConflict) PageKey(string) []string {
	return []string{c.Login, c.RightA, c.RightB, c.GrantA.String(), c.GrantB.String()}
}

func (c HeldConflict) pair() ConflictPair {
	return ConflictPair{RightA: c.RightA, RightB: c.RightB, Unit: c.Unit}
}

// withinFunc says whether a unit is another one or below it.
type withinFunc func(unit, root int64) (bool, error)

// withinOn asks the organisation on a date, each pair of units once.
func (m *Module) withinOn(ctx context.Context, r db.Reader, on day.Date) withinFunc {
	known := map[[2]int64]bool{}
	return func(unit, root int64) (bool, error) {
		key := [2]int64{unit, root}
		if in, asked := known[key]; asked {
			return in, nil
		}
		in, err := m.o.Places.Within(ctx, r, unit, root, on)
		if err == nil {
			known[key] = in
		}
		return in, err
	}
}

// conflictFinder looks for pairs of rights over a common unit.
type conflictFinder struct {
	within withinFunc
	pairs  []op.Conflict
}

// find gives the conflicts among the grants of one person, in the order of the
// pairs.
func (f conflictFinder) find(byRight map[string][]Grant) ([]HeldConflict, error) {
	var out []HeldConflict
	for _, p := range f.pairs {
		for _, a := range byRight[p.A] {
			for _, b := range byRight[p.B] {
				unit, overlap, err := f.common(a, b)
				if err != nil {
					return nil, err
				}
				if overlap {
					out = append(out, HeldConflict{
						User: a.User, RightA: p.A, RightB: p.B, Unit: unit, GrantA: a.ID, GrantB: b.ID, Until: earlier(a.ValidTo, b.ValidTo),
					})
				}
			}
		}
	}
	return out, nil
}

// common is the lower of two units of which one contains the other.
func (f conflictFinder) common(a, b Grant) (op.ID, bool, error) {
	in, err := f.within(int64(a.Unit), int64(b.Unit))
	if err != nil || in {
		return a.Unit, in, err
	}
	in, err = f.within(int64(b.Unit), int64(a.Unit))
	return b.Unit, in, err
}

// earlier of two last days, where none is no end.
func earlier(a, b day.Date) day.Date {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// pairedRoles keeps of each role the rights that stand in a pair; roles without
// any are left out. Most grants cannot be in conflict, and cost nothing then.
func pairedRoles(roles map[int64][]string, pairs []op.Conflict) map[int64][]string {
	paired := map[string]bool{}
	for _, p := range pairs {
		paired[p.A], paired[p.B] = true, true
	}
	out := map[int64][]string{}
	for role, rights := range roles {
		for _, right := range rights {
			if paired[right] {
				out[role] = append(out[role], right)
			}
		}
	}
	return out
}

// conflictsIn gives the conflicts among what concerns the scope, in the order of the
// list; user narrows to one person, 0 is everybody.
func (m *Module) conflictsIn(ctx context.Context, x *op.Exec, on day.Date, user op.ID) ([]HeldConflict, error) {
	s, err := m.staffOn(ctx, x, on)
	if err != nil {
		return nil, err
	}
	reach, err := m.reach(ctx, x, on)
	if err != nil {
		return nil, err
	}
	return s.conflictsAmong(func(g Grant) bool { return (user == 0 || g.User == user) && reach(int64(g.Unit)) }), nil
}

// among gives the conflicts of each of some people, sorted.
func (f conflictFinder) among(holders []holder, roles map[int64][]string) ([]HeldConflict, error) {
	var out []HeldConflict
	for _, h := range holders {
		byRight := rightsByGrant(h.grants, roles)
		if len(byRight) < 2 {
			continue
		}
		found, err := f.find(byRight)
		if err != nil {
			return nil, err
		}
		for i := range found {
			found[i].Login, found[i].Name = h.user.Login, h.user.Name
		}
		out = append(out, found...)
	}
	slices.SortFunc(out, compareConflicts)
	return out, nil
}

func compareConflicts(a, b HeldConflict) int {
	return cmp.Or(cmp.Compare(a.Login, b.Login), cmp.Compare(a.RightA, b.RightA), cmp.Compare(a.RightB, b.RightB),
		cmp.Compare(a.GrantA, b.GrantA), cmp.Compare(a.GrantB, b.GrantB))
}

// conflictRows is the list of conflicts in the scope, after the page's key.
func (m *Module) conflictRows(ctx context.Context, x *op.Exec, in ConflictFilter) iter.Seq2[HeldConflict, error] {
	return func(yield func(HeldConflict, error) bool) {
		all, err := m.conflictsIn(ctx, x, orToday(x, in.On), in.User)
		if err != nil {
			yield(HeldConflict{}, err)
			return
		}
		for _, c := range afterKey(x.Page, all, compareConflicts, conflictOfKey) {
			if !yield(c, nil) {
				return
			}
		}
	}
}

// afterKey gives the rows of a sorted list made in memory that come after the
// page's key, in the order asked for. The row of the key may be gone.
func afterKey[T any](p op.Page, rows []T, compare func(a, b T) int, read func(key []string) T) []T {
	if p.Desc {
		slices.Reverse(rows)
	}
	if len(p.After) == 0 {
		return rows
	}
	last := read(p.After)
	return slices.DeleteFunc(rows, func(row T) bool {
		c := compare(row, last)
		return c == 0 || p.Desc == (c > 0)
	})
}

// conflictOfKey reads what HeldConflict.PageKey wrote. An unreadable part only
// starts the list elsewhere.
func conflictOfKey(key []string) HeldConflict {
	key = append(slices.Clone(key), "", "", "", "", "")
	return HeldConflict{Login: key[0], RightA: key[1], RightB: key[2], GrantA: idOf(key[3]), GrantB: idOf(key[4])}
}

func idOf(text string) op.ID {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0
	}
	return op.ID(n)
}

func orToday(x *op.Exec, on day.Date) day.Date {
	if on.IsZero() {
		return x.Today
	}
	return on
}
