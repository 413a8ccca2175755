package access

import (
	"cmp"
	"context"
	"slices"

	"wasl/internal/kernel/day"
	"wasl/internal/platform/op"
)

// heldList makes the rows of access.matrix.list, person by person, by login.
type heldList struct {
	m      *Module
	in     MatrixFilter
	on     day.Date
	page   op.Page
	people []holder
	roles  map[int64][]string
	names  map[int64]string
	// conflicts are the rights of grants that are in one.
	conflicts map[heldKey]bool
	after     *HeldRight
}

type heldKey struct {
	grant op.ID
	right string
}

func compareHeld(a, b HeldRight) int {
	return cmp.Or(cmp.Compare(a.Login, b.Login), cmp.Compare(a.Right, b.Right), cmp.Compare(a.Grant, b.Grant))
}

func (m *Module) heldList(ctx context.Context, x *op.Exec, in MatrixFilter) (*heldList, error) {
	l := &heldList{m: m, in: in, on: orToday(x, in.On), page: x.Page, conflicts: map[heldKey]bool{}}
	s, err := m.staffOn(ctx, x, l.on)
	if err != nil {
		return nil, err
	}
	reach, err := m.reach(ctx, x, l.on)
	if err != nil {
		return nil, err
	}
	concerns := func(g Grant) bool { return (in.User == 0 || g.User == in.User) && reach(int64(g.Unit)) }
	for _, c := range s.conflictsAmong(concerns) {
		l.conflicts[heldKey{c.GrantA, c.RightA}], l.conflicts[heldKey{c.GrantB, c.RightB}] = true, true
	}
	l.roles, l.people = s.roles, fitting(s.byLogin, concerns)
	if x.Page.Desc {
		slices.Reverse(l.people)
	}
	if key := x.Page.After; len(key) == 3 {
		l.after = &HeldRight{Login: key[0], Right: key[1], Grant: idOf(key[2])}
		l.people = slices.DeleteFunc(l.people, func(h holder) bool {
			c := cmp.Compare(h.user.Login, l.after.Login)
			return c != 0 && x.Page.Desc == (c > 0)
		})
	}
	var roles []int64
	for role := range s.byRole {
		roles = append(roles, role)
	}
	l.names, err = roleLabels(ctx, x.R, roles)
	return l, err
}

// next gives about n more rows, whole persons at a time; none at the end.
func (l *heldList) next(ctx context.Context, x *op.Exec, n int) ([]HeldRight, error) {
	var rows []HeldRight
	for len(l.people) > 0 && len(rows) < n {
		rows = append(rows, l.rowsOf(l.people[0])...)
		l.people = l.people[1:]
	}
	units := make([]int64, len(rows))
	for i, row := range rows {
		units[i] = int64(row.Unit)
	}
	slices.Sort(units)
	cards, err := l.m.o.Units.Cards(ctx, x.R, slices.Compact(units), l.on)
	for i := range rows {
		card := cards[int64(rows[i].Unit)]
		rows[i].UnitCode, rows[i].UnitName, rows[i].Kind = card.Code, card.Name, card.Kind
	}
	return rows, err
}

// rowsOf are the rows of one person that come after the page's key, in its order.
func (l *heldList) rowsOf(h holder) []HeldRight {
	var rows []HeldRight
	for _, g := range h.grants {
		for _, right := range l.roles[int64(g.Role)] {
			if l.in.Right != "" && right != l.in.Right {
				continue
			}
			rows = append(rows, HeldRight{
				User: h.user.ID, Login: h.user.Login, Name: h.user.Name, Function: h.user.Function, Home: h.user.Unit,
				Right: right, RoleName: l.names[int64(g.Role)], Grant: g.ID, Unit: g.Unit, Limit: g.Limit, ValidFrom: g.ValidFrom, ValidTo: g.ValidTo,
				Conflict: l.conflicts[heldKey{g.ID, right}],
			})
		}
	}
	slices.SortFunc(rows, compareHeld)
	if l.page.Desc {
		slices.Reverse(rows)
	}
	if l.after == nil {
		return rows
	}
	return slices.DeleteFunc(rows, func(row HeldRight) bool {
		c := compareHeld(row, *l.after)
		return c == 0 || l.page.Desc == (c > 0)
	})
}
