package access

import (
	"context"
	"iter"
	"slices"
	"strconv"
	"strings"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
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
	s, err := m.staffOn(ctx, x, out.On)
	if err != nil {
		return out, err
	}
	all := s.holding(func(g Grant) bool { return reach(int64(g.Unit)) })
	out.Columns, out.People = columns(x.Registry(), countHolders(all, s.roles)), int64(len(all))
	waiting, err := waitingGrants(ctx, x, out.On)
	if err != nil {
		return out, err
	}
	holders, more, err := m.matrixHolders(ctx, x, in, all, waiting)
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

// matrixHolders gives the people of one page with their grants: those who hold
// something and those somebody asks something for, by name.
func (m *Module) matrixHolders(ctx context.Context, x *op.Exec, in MatrixInput, all []holder, waiting []waitingGrant) ([]holder, bool, error) {
	n := int(in.People)
	if n == 0 {
		n = MatrixPeople
	}
	holds := map[op.ID]bool{}
	for _, h := range all {
		holds[h.user.ID] = true
	}
	var asked []int64
	for _, w := range waiting {
		if !holds[w.input.User] {
			asked = append(asked, int64(w.input.User))
		}
	}
	others, err := usersAsked(ctx, x, asked, orToday(x, in.On))
	if err != nil {
		return nil, false, err
	}
	people := slices.Clone(all)
	for _, u := range others {
		people = append(people, holder{user: u})
	}
	if len(others) > 0 {
		slices.SortFunc(people, byName)
	}
	if in.Search != "" {
		text := folded(in.Search)
		people = slices.DeleteFunc(people, func(h holder) bool { return !strings.Contains(h.user.search(), text) })
	}
	if in.After != 0 {
		last, err := findUser(ctx, x.R, in.After)
		if err != nil {
			return nil, false, err
		}
		people = slices.DeleteFunc(people, func(h holder) bool { return byName(h, holder{user: last}) <= 0 })
	}
	return people[:min(n, len(people))], len(people) > n, nil
}

// countHolders gives the number of people per right. Many people share few
// combinations of roles, so rights are counted per combination.
func countHolders(people []holder, roles map[int64][]string) map[string]int64 {
	combinations := map[string]int64{}
	for _, h := range people {
		ids := make([]int64, len(h.grants))
		for i, g := range h.grants {
			ids[i] = int64(g.Role)
		}
		slices.Sort(ids)
		text := ""
		for _, id := range slices.Compact(ids) {
			text += strconv.FormatInt(id, 10) + " "
		}
		combinations[text]++
	}
	byRight := map[string]int64{}
	for text, n := range combinations {
		for right := range rightsOfRoles(strings.Fields(text), roles) {
			byRight[right] += n
		}
	}
	return byRight
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
	return func(yield func(HeldRight, error) bool) {
		l, err := m.heldList(ctx, x, in)
		for err == nil {
			var rows []HeldRight
			if rows, err = l.next(ctx, x, heldChunk(x.Page)); len(rows) == 0 {
				break
			}
			for _, row := range rows {
				if !yield(row, nil) {
					return
				}
			}
		}
		if err != nil {
			yield(HeldRight{}, err)
		}
	}
}

// heldRows is how many rows of an export are completed at once.
const heldRows = 2000

func heldChunk(p op.Page) int {
	if p.Limit > 0 {
		return p.Limit + 1
	}
	return heldRows
}
