package access

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"wasl/internal/kernel/day"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// staff is everybody who holds something on a day, with what that makes together:
// the matrix, the conflicts and the review look at all of it, whatever part they
// show. It is never changed once made; lists made of it are copies.
type staff struct {
	holders []holder // by name
	byLogin []holder // the same by login
	roles   map[int64][]string
	byRole  map[int64]int64 // people
	// conflicts among all of them, in the order of the list.
	conflicts []HeldConflict
	// grants are those in conflicts.
	grants map[op.ID]Grant
}

// staffKey is what a staff was made from. past lets in those who work no more.
type staffKey struct {
	stamp, tree int64
	on          day.Date
	past        bool
}

// staffKept is how many are kept: today's, and that of another day being looked at.
const staffKept = 2

type staffCache struct {
	mu   sync.Mutex
	kept []keptStaff
}

type keptStaff struct {
	key   staffKey
	staff *staff
}

func (c *staffCache) find(key staffKey) *staff {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, k := range c.kept {
		if k.key == key {
			return k.staff
		}
	}
	return nil
}

func (c *staffCache) keep(key staffKey, s *staff) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kept = slices.DeleteFunc(c.kept, func(k keptStaff) bool { return k.key == key || k.key.on == key.on })
	c.kept = slices.Insert(c.kept, 0, keptStaff{key, s})
	c.kept = c.kept[:min(len(c.kept), staffKept)]
}

// staffOn gives the staff of a day as the query's snapshot has it.
func (m *Module) staffOn(ctx context.Context, x *op.Exec, on day.Date) (*staff, error) {
	stamp, err := readStamp(ctx, x.R, staffStamp)
	if err != nil {
		return nil, err
	}
	tree, err := m.treeStamp(ctx, x.R)
	if err != nil {
		return nil, err
	}
	key := staffKey{stamp: stamp, tree: tree, on: on, past: on.Before(x.Today)}
	if s := m.staff.find(key); s != nil {
		return s, nil
	}
	s, err := m.readStaff(ctx, x, on)
	if err == nil {
		m.staff.keep(key, s)
	}
	return s, err
}

// treeStamp is the identity of the tree of units in the reader's transaction; 0 when
// the organisation does not tell, which is the same tree for ever.
func (m *Module) treeStamp(ctx context.Context, r db.Reader) (int64, error) {
	if _, err := m.o.Places.Top(ctx, r); err != nil {
		return 0, err
	}
	stamped, ok := m.o.Places.(op.Stamped)
	if !ok {
		return 0, nil
	}
	stamp := int64(0)
	for _, s := range stamped.Stamps() {
		stamp, _ = db.Remembered[int64](r, s.Key)
	}
	return stamp, nil
}

func (m *Module) readStaff(ctx context.Context, x *op.Exec, on day.Date) (*staff, error) {
	roles, err := roleRights(ctx, x.R)
	if err != nil {
		return nil, err
	}
	var w db.Where
	validOn(&w, on)
	activeOn(&w, x.Today, on)
	s := &staff{roles: roles, byRole: map[int64]int64{}}
	if s.holders, err = readHolders(ctx, x.R, &w); err != nil {
		return nil, err
	}
	s.byLogin = slices.Clone(s.holders)
	slices.SortFunc(s.byLogin, func(a, b holder) int { return cmp.Compare(a.user.Login, b.user.Login) })
	for _, h := range s.holders {
		for i, g := range h.grants {
			if !slices.ContainsFunc(h.grants[:i], func(o Grant) bool { return o.Role == g.Role }) {
				s.byRole[int64(g.Role)]++
			}
		}
	}
	f := conflictFinder{within: m.withinOn(ctx, x.R, on), pairs: x.Registry().Conflicts()}
	if s.conflicts, err = f.among(s.holders, pairedRoles(roles, f.pairs)); err != nil {
		return nil, err
	}
	s.grants = map[op.ID]Grant{}
	for _, c := range s.conflicts {
		s.grants[c.GrantA], s.grants[c.GrantB] = Grant{}, Grant{}
	}
	for _, h := range s.holders {
		for _, g := range h.grants {
			if _, wanted := s.grants[g.ID]; wanted {
				s.grants[g.ID] = g
			}
		}
	}
	return s, nil
}

// holding keeps the people with a grant that fits, each with those grants.
func (s *staff) holding(fits func(Grant) bool) []holder { return fitting(s.holders, fits) }

func fitting(people []holder, fits func(Grant) bool) []holder {
	out := make([]holder, 0, len(people))
	for _, h := range people {
		n := 0
		for _, g := range h.grants {
			if fits(g) {
				n++
			}
		}
		switch n {
		case 0:
		case len(h.grants):
			out = append(out, h)
		default:
			out = append(out, holder{user: h.user, grants: slices.DeleteFunc(slices.Clone(h.grants), func(g Grant) bool { return !fits(g) })})
		}
	}
	return out
}

// conflictsAmong keeps the conflicts of which both grants fit.
func (s *staff) conflictsAmong(fits func(Grant) bool) []HeldConflict {
	out := make([]HeldConflict, 0, len(s.conflicts))
	for _, c := range s.conflicts {
		if fits(s.grants[c.GrantA]) && fits(s.grants[c.GrantB]) {
			out = append(out, c)
		}
	}
	return out
}

// byName is the order of the matrix.
func byName(a, b holder) int {
	return cmp.Or(cmp.Compare(a.user.Name, b.user.Name), cmp.Compare(a.user.ID, b.user.ID))
}
