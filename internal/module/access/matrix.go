package access

import (
	"context"
	"encoding/json"
	"slices"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/op"
)

// MatrixColumn is a right.
type MatrixColumn struct {
	Right string `json:"right"`
	// Module groups the columns.
	Module string `json:"module"`
	// Approve says that it is the right to approve what others propose.
	Approve bool `json:"approve"`
	// Holders is the number of people who hold it in the scope.
	Holders int64 `json:"holders"`
}

// MatrixRow is a person.
type MatrixRow struct {
	User     op.ID        `json:"user"`
	Login    string       `json:"login"`
	Name     string       `json:"name"`
	Function string       `json:"function"`
	Unit     op.ID        `json:"unit"`
	UnitName string       `json:"unit_name"`
	Cells    []MatrixCell `json:"cells"`
}

// MatrixCell says how a person holds a right, or that it is asked for.
type MatrixCell struct {
	Right string `json:"right"`
	// Unit is the highest place where it holds, Kind the unit's kind (the letter
	// shown), Places how many there are.
	Unit     op.ID  `json:"unit"`
	UnitName string `json:"unit_name"`
	Kind     string `json:"kind"`
	Places   int    `json:"places"`
	// Limit is the most that may be decided there; nil is no limit.
	Limit *money.Amount `json:"limit,omitempty"`
	// Until is the last day it holds there; none is no end.
	Until day.Date `json:"until"`
	// Proposal waits for a second person to give this right; 0 when none.
	Proposal op.ID `json:"proposal"`
	// Conflict says that the person holds an incompatible right over a common
	// unit.
	Conflict bool `json:"conflict"`
}

// holder is a person with the grants that matter.
type holder struct {
	user   User
	grants []Grant
}

// matrixBuilder makes rows out of holders.
type matrixBuilder struct {
	roles   map[int64][]string
	within  withinFunc
	pairs   []op.Conflict
	cards   map[int64]UnitCard
	waiting map[int64][]waitingGrant
}

// waitingGrant is a proposal to grant.
type waitingGrant struct {
	proposal op.ID
	input    GrantInput
}

// row makes one person's row; cells come in the order of the rights' names.
func (b *matrixBuilder) row(h holder) (MatrixRow, error) {
	u := h.user
	row := MatrixRow{User: u.ID, Login: u.Login, Name: u.Name, Function: u.Function, Unit: u.Unit, UnitName: b.cards[int64(u.Unit)].Name}
	byRight := rightsByGrant(h.grants, b.roles)
	conflicts, err := conflictFinder{within: b.within, pairs: b.pairs}.find(byRight)
	if err != nil {
		return row, err
	}
	cells := map[string]MatrixCell{}
	for right, grants := range byRight {
		top, err := b.highest(grants)
		if err != nil {
			return row, err
		}
		card := b.cards[int64(top.Unit)]
		cells[right] = MatrixCell{
			Right: right, Unit: top.Unit, UnitName: card.Name, Kind: card.Kind, Places: len(unitsOf(grants)), Limit: top.Limit, Until: top.ValidTo,
		}
	}
	for _, c := range conflicts {
		for _, right := range []string{c.RightA, c.RightB} {
			cell := cells[right]
			cell.Conflict = true
			cells[right] = cell
		}
	}
	for _, w := range b.waiting[int64(u.ID)] {
		for _, right := range b.roles[int64(w.input.Role)] {
			cell := cells[right]
			cell.Right, cell.Proposal = right, w.proposal
			cells[right] = cell
		}
	}
	row.Cells = make([]MatrixCell, 0, len(cells))
	for _, cell := range cells {
		row.Cells = append(row.Cells, cell)
	}
	slices.SortFunc(row.Cells, func(a, b MatrixCell) int { return compareText(a.Right, b.Right) })
	return row, nil
}

// highest is the grant over the highest unit; over one unit the one without
// limit, or with the highest, then the one that lasts longest, then the oldest.
func (b *matrixBuilder) highest(grants []Grant) (Grant, error) {
	best := grants[0]
	for _, g := range grants[1:] {
		if g.Unit == best.Unit {
			if better(g, best) {
				best = g
			}
			continue
		}
		above, err := b.within(int64(best.Unit), int64(g.Unit))
		if err != nil {
			return best, err
		}
		if above {
			best = g
		}
	}
	return best, nil
}

func better(g, than Grant) bool {
	if c := compareEnd(limitOf(g), limitOf(than)); c != 0 {
		return c > 0
	}
	if g.ValidTo != than.ValidTo {
		return g.ValidTo.IsZero() || !than.ValidTo.IsZero() && g.ValidTo.After(than.ValidTo)
	}
	return g.ID < than.ID
}

func limitOf(g Grant) *int64 {
	if g.Limit == nil {
		return nil
	}
	n := int64(*g.Limit)
	return &n
}

// compareEnd orders bounds; none is above all.
func compareEnd(a, b *int64) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return 1
	case b == nil:
		return -1
	case *a < *b:
		return -1
	case *a > *b:
		return 1
	}
	return 0
}

func compareText(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// reach says which units' grants concern the scope on a date: those over a unit in
// it, and those over a unit above it, which hold in it too.
func (m *Module) reach(ctx context.Context, x *op.Exec, on day.Date) (func(unit int64) bool, error) {
	return m.covered(ctx, x, on, true)
}

// inScope says which units lie in the scope on a date.
func (m *Module) inScope(ctx context.Context, x *op.Exec, on day.Date) (func(unit int64) bool, error) {
	return m.covered(ctx, x, on, false)
}

// covered looks at each unit once. The tree is in memory: an error can only come
// with the first question, which is asked here.
func (m *Module) covered(ctx context.Context, x *op.Exec, on day.Date, above bool) (func(unit int64) bool, error) {
	roots := x.ScopeOf().Roots
	top, err := m.o.Places.Top(ctx, x.R)
	if err != nil {
		return nil, err
	}
	if slices.Contains(roots, top) {
		return func(int64) bool { return true }, nil
	}
	within := func(unit, root int64) bool {
		in, err := m.o.Places.Within(ctx, x.R, unit, root, on)
		return err == nil && in
	}
	known := map[int64]bool{}
	return func(unit int64) bool {
		in, asked := known[unit]
		if !asked {
			in = slices.ContainsFunc(roots, func(root int64) bool { return within(unit, root) || above && within(root, unit) })
			known[unit] = in
		}
		return in
	}, nil
}

// builder gathers what rows need.
func (m *Module) builder(ctx context.Context, x *op.Exec, on day.Date, holders []holder, waiting []waitingGrant) (*matrixBuilder, error) {
	roles, err := roleRights(ctx, x.R)
	if err != nil {
		return nil, err
	}
	b := &matrixBuilder{roles: roles, within: m.withinOn(ctx, x.R, on), pairs: x.Registry().Conflicts(), waiting: map[int64][]waitingGrant{}}
	for _, w := range waiting {
		b.waiting[int64(w.input.User)] = append(b.waiting[int64(w.input.User)], w)
	}
	var units []int64
	for _, h := range holders {
		units = append(units, int64(h.user.Unit))
		units = append(units, unitsOf(h.grants)...)
	}
	slices.Sort(units)
	b.cards, err = m.o.Units.Cards(ctx, x.R, slices.Compact(units), on)
	return b, err
}

// readWaiting turns stored inputs into proposals to grant.
func readWaiting(id op.ID, input string) (waitingGrant, error) {
	w := waitingGrant{proposal: id}
	if err := json.Unmarshal([]byte(input), &w.input); err != nil {
		return w, fault.Wrap(err, fault.Internal, "internal")
	}
	return w, nil
}
