package org

import (
	"context"
	"iter"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// UnitFilter narrows the list of units.
type UnitFilter struct {
	// Text is searched in code, name and short name, without case nor accents.
	Text string `json:"text" in:"max=80"`
	Kind Kind   `json:"kind"`
	// Parent keeps what stands directly under a unit.
	Parent op.ID `json:"parent" in:"ref=org.unit.list"`
	State  State `json:"state"`
	// On is the date at which place and state are meant; none is today.
	On day.Date `json:"on"`
}

// UnitRow is a unit in the list, with its place on the date asked for. Its CSV
// can be imported again.
type UnitRow struct {
	Unit
	State    State `json:"state"`
	ParentID op.ID `json:"parent_id"`
	// Parent is the parent's code.
	Parent     string `json:"parent"`
	ParentName string `json:"parent_name"`
	// ValidFrom is the day since which it stands there.
	ValidFrom day.Date `json:"valid_from"`

	folded string
}

// PageKey is the row's place in its list.
func (u UnitRow) PageKey(sort string) []string {
	if sort == "name" {
		return []string{u.folded, u.ID.String()}
	}
	return []string{u.Code}
}

// UnitRef points at a unit.
type UnitRef struct {
	ID op.ID `json:"id" in:"required,ref=org.unit.list"`
}

// UnitAt points at a unit as of a date; none is today.
type UnitAt struct {
	ID op.ID    `json:"id" in:"required,ref=org.unit.list"`
	On day.Date `json:"on"`
}

// UnitName names a unit in passing.
type UnitName struct {
	ID   op.ID  `json:"id"`
	Code string `json:"code"`
	Kind Kind   `json:"kind"`
	Name string `json:"name"`
}

// Stay is a place of a unit in time.
type Stay struct {
	// ValidFrom is the first day, ValidTo the day after the last; none is for ever.
	ValidFrom day.Date `json:"valid_from"`
	ValidTo   day.Date `json:"valid_to"`
	ParentID  op.ID    `json:"parent_id"`
	// Parent is the parent's code.
	Parent     string    `json:"parent"`
	ParentName string    `json:"parent_name"`
	Reason     string    `json:"reason"`
	ActorID    op.ID     `json:"actor"`
	RecordedAt time.Time `json:"recorded_at,omitzero"`
}

// PageKey is the row's place in its list.
func (s Stay) PageKey(string) []string { return []string{op.KeyText(s.ValidFrom)} }

// UnitCard is all there is to know of a unit.
type UnitCard struct {
	Unit
	State State `json:"state"`
	// Path are the units above it, from the top down, without itself.
	Path []UnitName `json:"path"`
	// Stays are its places, latest first.
	Stays []Stay `json:"stays"`
	// Holders are the entity and operator of each service, own or inherited.
	Holders []Holder `json:"holders"`
	// Children is the number of units open directly under it.
	Children int64 `json:"children"`
}

// UnitAdd is the input of adding a unit.
type UnitAdd struct {
	Code      string `json:"code" in:"required,pattern=code,max=31"`
	Kind      Kind   `json:"kind" in:"required"`
	Name      string `json:"name" in:"required,min=2,max=120"`
	ShortName string `json:"short_name" in:"max=40"`
	Parent    op.ID  `json:"parent" in:"required,ref=org.unit.list"`
	// OpenedOn is the first day on which it is open.
	OpenedOn day.Date `json:"opened_on" in:"required"`
	Address  string   `json:"address" in:"max=200,lines"`
	Phone    string   `json:"phone" in:"pattern=phone"`
	Email    string   `json:"email" in:"pattern=email,max=120"`
	Reason   string   `json:"reason" in:"max=500,lines"`
}

// UnitUpdate is the input of correcting a unit; what is absent stays.
type UnitUpdate struct {
	ID        op.ID   `json:"id" in:"required,ref=org.unit.list"`
	Version   int64   `json:"version" in:"required,min=1"`
	Name      *string `json:"name" in:"min=2,max=120"`
	ShortName *string `json:"short_name" in:"max=40"`
	// Kind corrects a mistake; it holds for all dates.
	Kind    *Kind   `json:"kind"`
	Address *string `json:"address" in:"max=200,lines"`
	Phone   *string `json:"phone" in:"pattern=phone"`
	Email   *string `json:"email" in:"pattern=email,max=120"`
}

func (m *Module) registerUnits(r *op.Registry) {
	duties := []string{"AG-08", "DRI-17"}
	op.RegisterList(r, op.Spec{Name: "org.unit.list", Path: "/org/units", Duties: duties}, op.ListHandler[UnitFilter, UnitRow]{
		Sorts: []string{"code", "name"},
		Rows: func(ctx context.Context, x *op.Exec, in UnitFilter) iter.Seq2[UnitRow, error] {
			return listUnits(ctx, x, in)
		},
	})
	op.RegisterGet(r, op.Spec{Name: "org.unit.show", Path: "/org/units/{id}", Duties: duties}, op.GetHandler[UnitAt, UnitCard]{
		Targets: func(ctx context.Context, x *op.Exec, in UnitAt) ([]op.Target, error) { return m.target(ctx, x, in.ID) },
		Do:      m.showUnit,
	})
	op.RegisterList(r, op.Spec{Name: "org.unit.history", Path: "/org/units/{id}/history", Duties: duties}, op.ListHandler[UnitRef, Stay]{
		Sorts: []string{"-valid_from"},
		Rows:  m.unitHistory,
	})
	op.RegisterCommand(r, op.Spec{
		Name: "org.unit.add", Path: "/org/units", Duties: []string{"AG-08"},
		Example: UnitAdd{Code: "CTR-0417", Kind: Centre, Name: "Centre de Sefrou", Parent: 1 << 43, OpenedOn: Beginning().AddMonths(12 * 126)},
	}, op.CommandHandler[UnitAdd, op.Saved]{
		Locks: func(UnitAdd) []int64 { return []int64{lockTree} },
		Targets: func(ctx context.Context, x *op.Exec, in UnitAdd) ([]op.Target, error) {
			targets, err := m.target(ctx, x, in.Parent)
			if fault.KindOf(err) == fault.NotFound {
				err = fault.InvalidField("parent", "org.parent_unknown")
			}
			return targets, err
		},
		Do: m.addUnit,
	})
	op.RegisterCommand(r, op.Spec{
		Name: "org.unit.update", Path: "/org/units/{id}", Versioned: true, Duties: []string{"AG-08"},
	}, op.CommandHandler[UnitUpdate, op.Saved]{
		Locks: func(in UnitUpdate) []int64 {
			if in.Kind == nil { // the tree stays as it is
				return []int64{int64(in.ID)}
			}
			return []int64{lockTree, int64(in.ID)}
		},
		Targets: func(ctx context.Context, x *op.Exec, in UnitUpdate) ([]op.Target, error) {
			return m.target(ctx, x, in.ID)
		},
		Do: m.updateUnit,
	})
}

// target is a unit as a target; NotFound when there is none.
func (m *Module) target(ctx context.Context, x *op.Exec, unit op.ID) ([]op.Target, error) {
	f, err := m.places.forest(ctx, x.R)
	if err == nil {
		_, err = f.find(int64(unit))
	}
	return unitTarget(unit), err
}

func unitTarget(units ...op.ID) []op.Target {
	out := make([]op.Target, len(units))
	for i, unit := range units {
		out[i].Unit = int64(unit)
	}
	return out
}

func (m *Module) showUnit(ctx context.Context, x *op.Exec, in UnitAt) (card UnitCard, err error) {
	on := orDate(in.On, x.Today)
	if card.Unit, err = findUnit(ctx, x.R, int64(in.ID)); err != nil {
		return card, err
	}
	card.State = stateOn(card.OpenedOn, card.ClosedOn, on)
	path, err := m.places.Path(ctx, x.R, int64(in.ID), on)
	if err != nil {
		return card, err
	}
	if card.Path, err = namesOf(ctx, x.R, path[:max(len(path)-1, 0)]); err != nil {
		return card, err
	}
	if card.Stays, err = collect(listStays(ctx, x.R, nil, int64(in.ID))); err != nil {
		return card, err
	}
	if card.Holders, err = holdersOf(ctx, x.R, int64(in.ID), on); err != nil {
		return card, err
	}
	f, err := m.places.forest(ctx, x.R)
	if err == nil {
		card.Children = f.openBelow(int64(in.ID), on)
	}
	return card, err
}

// openBelow is the number of units open directly under a unit on a date.
func (f *forest) openBelow(unit int64, on day.Date) (count int64) {
	for _, id := range f.below[unit] {
		if n := f.nodes[id]; stateOn(n.opened, n.closed, on) == Open && n.placeOn(on) == unit {
			count++
		}
	}
	return count
}

// namesOf names units in the order given.
func namesOf(ctx context.Context, r db.Reader, ids []int64) ([]UnitName, error) {
	byID, err := unitsByID(ctx, r, ids)
	out := make([]UnitName, 0, len(ids))
	for _, id := range ids {
		u := byID[id]
		out = append(out, UnitName{op.ID(id), u.Code, u.Kind, u.Name})
	}
	return out, err
}

func (m *Module) unitHistory(ctx context.Context, x *op.Exec, in UnitRef) iter.Seq2[Stay, error] {
	if err := m.mustSee(ctx, x, int64(in.ID)); err != nil {
		return db.Failed[Stay](err)
	}
	return listStays(ctx, x.R, x, int64(in.ID))
}

// mustSee refuses a unit outside the scope of a query.
func (m *Module) mustSee(ctx context.Context, x *op.Exec, unit int64) error {
	f, err := m.places.forest(ctx, x.R)
	if err != nil {
		return err
	}
	if _, err := f.find(unit); err != nil {
		return err
	}
	for _, root := range x.ScopeOf().Roots {
		if f.within(unit, root, x.Today) {
			return nil
		}
	}
	return fault.New(fault.Forbidden, "scope.outside", "unit", op.ID(unit))
}

func (m *Module) addUnit(ctx context.Context, x *op.Exec, in UnitAdd) (op.Saved, error) {
	if err := checkDate("opened_on", in.OpenedOn, x.Today); err != nil {
		return op.Saved{}, err
	}
	if err := codeFree(ctx, x.Tx, "unit", in.Code, "org.unit.code_taken"); err != nil {
		return op.Saved{}, err
	}
	old, err := m.places.forest(ctx, x.Tx)
	if err != nil {
		return op.Saved{}, err
	}
	id, err := x.Tx.NewID(ctx)
	if err != nil {
		return op.Saved{}, err
	}
	n, err := old.plant(id, in.Kind, int64(in.Parent), in.OpenedOn)
	if err != nil {
		return op.Saved{}, err
	}
	u := &Unit{
		ID: op.ID(id), Code: in.Code, Kind: in.Kind, Name: in.Name, ShortName: in.ShortName,
		Address: in.Address, Phone: in.Phone, Email: in.Email, OpenedOn: in.OpenedOn, Version: 1,
	}
	if err := insertUnits(ctx, x.Tx, u); err != nil {
		return op.Saved{}, err
	}
	if err := saveTree(ctx, x.Tx, old, old.with(n), []int64{id}, originOf(x, in.Reason)); err != nil {
		return op.Saved{}, err
	}
	after := struct {
		Unit
		Parent op.ID  `json:"parent"`
		Reason string `json:"reason,omitempty"`
	}{*u, in.Parent, in.Reason}
	return op.Saved{ID: u.ID, Version: u.Version}, x.Change("unit", id, u.label(), nil, after)
}

func (m *Module) updateUnit(ctx context.Context, x *op.Exec, in UnitUpdate) (op.Saved, error) {
	u, err := findUnit(ctx, x.Tx, int64(in.ID))
	if err != nil {
		return op.Saved{}, err
	}
	if err := op.CheckVersion(u.Version, in.Version); err != nil {
		return op.Saved{}, err
	}
	before := u
	op.Set(&u.Name, in.Name)
	op.Set(&u.ShortName, in.ShortName)
	op.Set(&u.Kind, in.Kind)
	op.Set(&u.Address, in.Address)
	op.Set(&u.Phone, in.Phone)
	op.Set(&u.Email, in.Email)
	if u == before {
		return op.Saved{ID: u.ID, Version: u.Version}, nil
	}
	save := updateUnit
	if u.Kind == before.Kind && u.Name == before.Name && u.ShortName == before.ShortName {
		save = updateContacts
	}
	if err := save(ctx, x.Tx, &u); err != nil {
		return op.Saved{}, err
	}
	if u.Kind != before.Kind {
		if err := m.retype(ctx, x, u); err != nil {
			return op.Saved{}, err
		}
	}
	return op.Saved{ID: u.ID, Version: u.Version}, x.Change("unit", int64(u.ID), u.label(), before, u)
}

func (m *Module) retype(ctx context.Context, x *op.Exec, u Unit) error {
	old, err := m.places.forest(ctx, x.Tx)
	if err != nil {
		return err
	}
	n, err := old.retype(int64(u.ID), u.Kind)
	if err != nil {
		return err
	}
	return saveTree(ctx, x.Tx, old, old.with(n), []int64{n.id}, originOf(x, ""))
}

// CreateTop makes the unit above all others, for the first start; Conflict
// "org.top_exists" when there is one. It is open since the beginning.
func (m *Module) CreateTop(ctx context.Context, x *op.Exec, code, name string) (int64, error) {
	if err := x.Tx.Lock(ctx, lockTree); err != nil {
		return 0, err
	}
	old, err := m.places.forest(ctx, x.Tx)
	if err != nil {
		return 0, err
	}
	if old.top != 0 {
		return 0, fault.New(fault.Conflict, "org.top_exists")
	}
	id, err := x.Tx.NewID(ctx)
	if err != nil {
		return 0, err
	}
	u := &Unit{ID: op.ID(id), Code: code, Kind: Central, Name: name, OpenedOn: Beginning(), Version: 1}
	if err := insertUnits(ctx, x.Tx, u); err != nil {
		return 0, err
	}
	next := old.with(&node{id: id, kind: Central, opened: u.OpenedOn})
	if err := saveTree(ctx, x.Tx, old, next, []int64{id}, originOf(x, "")); err != nil {
		return 0, err
	}
	return id, x.Change("unit", id, u.label(), nil, u)
}
