package access

import (
	"context"
	"iter"
	"strings"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// MatrixPeople is how many people the matrix shows at once unless asked.
const MatrixPeople = 100

// MatrixInput asks for the matrix of a unit on a date.
type MatrixInput struct {
	// Unit narrows to a unit and what is below it; none is all the actor sees.
	Unit   op.ID    `json:"unit" in:"ref=org.unit.list"`
	On     day.Date `json:"on"`
	Search string   `json:"search" in:"max=100,personal"`
	// After is the last user of the page before.
	After op.ID `json:"after" in:"ref=access.user.list"`
	// People is how many to show; 0 is MatrixPeople.
	People int64 `json:"people" in:"min=0,max=500"`
}

// Matrix is who may do what, where, until when. A right held over a unit above
// the scope holds in it, so it is there too.
type Matrix struct {
	On      day.Date       `json:"on"`
	Columns []MatrixColumn `json:"columns"`
	Rows    []MatrixRow    `json:"rows"`
	// People is the number of people who hold anything in the scope.
	People int64 `json:"people"`
	// More says that people follow after the last row.
	More bool `json:"more"`
}

// MatrixFilter narrows the rows of the export.
type MatrixFilter struct {
	On    day.Date `json:"on"`
	User  op.ID    `json:"user" in:"ref=access.user.list"`
	Right string   `json:"right" in:"pattern=right"`
}

// HeldRight is one right one person holds by one grant.
type HeldRight struct {
	User      op.ID         `json:"user"`
	Login     string        `json:"login"`
	Name      string        `json:"name"`
	Function  string        `json:"function"`
	Home      op.ID         `json:"home"`
	Right     string        `json:"right"`
	RoleName  string        `json:"role_name"`
	Grant     op.ID         `json:"grant"`
	Unit      op.ID         `json:"unit"`
	UnitCode  string        `json:"unit_code"`
	UnitName  string        `json:"unit_name"`
	Kind      string        `json:"kind"`
	Limit     *money.Amount `json:"limit"`
	ValidFrom day.Date      `json:"valid_from"`
	ValidTo   day.Date      `json:"valid_to"`
	Conflict  bool          `json:"conflict"`
}

// PageKey is the row's place in its list.
func (h HeldRight) PageKey(string) []string { return []string{h.Login, h.Right, h.Grant.String()} }

// ConflictFilter narrows the list of conflicts.
type ConflictFilter struct {
	On   day.Date `json:"on"`
	User op.ID    `json:"user" in:"ref=access.user.list"`
}

func (m *Module) registerMatrix(r *op.Registry) {
	duties := append(dutiesRights(), "DRI-25")
	op.RegisterGet(r, op.Spec{Name: "access.matrix", Path: "/access/matrix", Duties: duties}, op.GetHandler[MatrixInput, Matrix]{Do: m.matrix})
	op.RegisterList(r, op.Spec{Name: "access.matrix.list", Path: "/access/rights", Duties: duties},
		op.ListHandler[MatrixFilter, HeldRight]{Sorts: []string{"login"}, Rows: m.heldRights})
	op.RegisterList(r, op.Spec{Name: "access.conflict.list", Path: "/access/conflicts", Duties: duties},
		op.ListHandler[ConflictFilter, HeldConflict]{Sorts: []string{"login"}, Rows: m.conflictRows})
}

func (m *Module) matrix(ctx context.Context, x *op.Exec, in MatrixInput) (Matrix, error) {
	if err := x.Narrow(ctx, int64(in.Unit)); err != nil {
		return Matrix{}, err
	}
	out := Matrix{On: orToday(x, in.On), Rows: []MatrixRow{}}
	reach, err := m.reach(ctx, x, out.On)
	if err != nil {
		return out, err
	}
	byRight, people, err := countHolders(ctx, x, out.On, reach)
	if err != nil {
		return out, err
	}
	out.Columns, out.People = columns(x.Registry(), byRight), people
	waiting, err := waitingGrants(ctx, x, out.On)
	if err != nil {
		return out, err
	}
	holders, more, err := m.matrixHolders(ctx, x, in, reach, waiting)
	if err != nil {
		return out, err
	}
	b, err := m.builder(ctx, x, out.On, holders, waiting)
	if err != nil {
		return out, err
	}
	for _, h := range holders {
		row, err := b.row(h)
		if err != nil {
			return out, err
		}
		out.Rows = append(out.Rows, row)
	}
	out.More = more
	return out, nil
}

// matrixHolders gives the people of one page with their grants.
func (m *Module) matrixHolders(ctx context.Context, x *op.Exec, in MatrixInput, reach func(*db.Where), waiting []waitingGrant) ([]holder, bool, error) {
	n := int(in.People)
	if n == 0 {
		n = MatrixPeople
	}
	asked := make([]int64, len(waiting))
	for i, w := range waiting {
		asked[i] = int64(w.input.User)
	}
	users, err := matrixUsers(ctx, x, in, reach, asked, n+1)
	if err != nil {
		return nil, false, err
	}
	more := len(users) > n
	users = users[:min(n, len(users))]
	ids := make([]int64, len(users))
	for i, u := range users {
		ids[i] = int64(u.ID)
	}
	var w db.Where
	reach(&w)
	w.In("g.user_id", ids)
	found, err := readHolders(ctx, x.R, &w)
	if err != nil {
		return nil, false, err
	}
	grants := map[op.ID][]Grant{}
	for _, h := range found {
		grants[h.user.ID] = h.grants
	}
	holders := make([]holder, len(users))
	for i, u := range users {
		holders[i] = holder{user: u, grants: grants[u.ID]}
	}
	return holders, more, nil
}

// columns are all rights of the registry in the order of their names, by module.
func columns(reg *op.Registry, holders map[string]int64) []MatrixColumn {
	out := []MatrixColumn{}
	for _, d := range reg.All() {
		for _, right := range d.Rights() {
			out = append(out, MatrixColumn{
				Right: right, Module: d.Module(), Approve: strings.HasSuffix(right, op.ApproveSuffix), Holders: holders[right],
			})
		}
	}
	return out
}

// heldRights is the matrix as rows, for an export.
func (m *Module) heldRights(ctx context.Context, x *op.Exec, in MatrixFilter) iter.Seq2[HeldRight, error] {
	finish, reach, err := m.finishHeld(ctx, x, in)
	if err != nil {
		return func(yield func(HeldRight, error) bool) { yield(HeldRight{}, err) }
	}
	return listHeld(ctx, x, in, reach, finish)
}

// finishHeld reads, before the rows are opened, what completes them: the units'
// cards and the conflicts.
func (m *Module) finishHeld(ctx context.Context, x *op.Exec, in MatrixFilter) (func(*HeldRight), func(*db.Where), error) {
	on := orToday(x, in.On)
	reach, err := m.reach(ctx, x, on)
	if err != nil {
		return nil, nil, err
	}
	found, err := m.conflictsIn(ctx, x, on, func(w *db.Where) {
		if in.User != 0 {
			w.And("g.user_id = ?", in.User)
		}
	})
	if err != nil {
		return nil, nil, err
	}
	type key struct {
		grant op.ID
		right string
	}
	conflicts := map[key]bool{}
	for _, c := range found {
		conflicts[key{c.GrantA, c.RightA}], conflicts[key{c.GrantB, c.RightB}] = true, true
	}
	units, err := grantUnits(ctx, x.R, on)
	if err != nil {
		return nil, nil, err
	}
	cards, err := m.o.Units.Cards(ctx, x.R, units, on)
	return func(h *HeldRight) {
		card := cards[int64(h.Unit)]
		h.UnitCode, h.UnitName, h.Kind = card.Code, card.Name, card.Kind
		h.Conflict = conflicts[key{h.Grant, h.Right}]
	}, reach, err
}
