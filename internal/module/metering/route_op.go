package metering

import (
	"context"
	"iter"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/op"
)

// RouteFilter narrows the list of routes.
type RouteFilter struct {
	// Text is searched in code, name and reader.
	Text string `json:"text" in:"max=80"`
}

// RouteRow is a route in the list.
type RouteRow struct {
	Route
	Stops int64 `json:"stops"`
}

// PageKey is the row's place in its list.
func (r RouteRow) PageKey(string) []string { return []string{r.Code} }

// RouteRef points at a route.
type RouteRef struct {
	ID op.ID `json:"id" in:"required,ref=metering.route.list"`
}

// RouteCard is a route with its walk.
type RouteCard struct {
	Route
	// Points are the codes of its service points in walking order.
	Points []string `json:"points"`
}

// RouteAdd is the input of adding a route.
type RouteAdd struct {
	Code   string `json:"code" in:"required,pattern=code,max=31"`
	Name   string `json:"name" in:"required,max=120"`
	Unit   op.ID  `json:"unit" in:"required,ref=org.unit.list"`
	Reader string `json:"reader" in:"max=120"`
}

// RouteUpdate is the input of correcting a route; what is absent stays.
type RouteUpdate struct {
	ID      op.ID   `json:"id" in:"required,ref=metering.route.list"`
	Version int64   `json:"version" in:"required,min=1"`
	Name    *string `json:"name" in:"min=1,max=120"`
	Reader  *string `json:"reader" in:"max=120"`
}

// RouteStops is the input of setting the walk of a route.
type RouteStops struct {
	ID      op.ID `json:"id" in:"required,ref=metering.route.list"`
	Version int64 `json:"version" in:"required,min=1"`
	// Points are the codes of the service points in walking order; those left out
	// leave the route.
	Points []string `json:"points" in:"pattern=code,max=31"`
}

// SheetAsk asks for the reading sheet of a route.
type SheetAsk struct {
	ID op.ID `json:"id" in:"required,ref=metering.route.list"`
	// Month is any day of it; none is the present one.
	Month day.Date `json:"month" in:"month"`
}

func (m *Module) registerRoutes(r *op.Registry) {
	duties := []string{"DRI-01", "AG-12"}
	target := func(ctx context.Context, x *op.Exec, id op.ID) ([]op.Target, error) {
		t, err := findRoute(ctx, x.R, int64(id))
		return unitTargets(int64(t.Unit)), err
	}
	op.RegisterList(r, op.Spec{Name: "metering.route.list", Path: "/metering/routes", Duties: duties}, op.ListHandler[RouteFilter, RouteRow]{
		Sorts: []string{"code"},
		Rows: func(ctx context.Context, x *op.Exec, in RouteFilter) iter.Seq2[RouteRow, error] {
			return listRoutes(ctx, x, in)
		},
	})
	op.RegisterGet(r, op.Spec{Name: "metering.route.show", Path: "/metering/routes/{id}", Duties: duties}, op.GetHandler[RouteRef, RouteCard]{
		Targets: func(ctx context.Context, x *op.Exec, in RouteRef) ([]op.Target, error) { return target(ctx, x, in.ID) },
		Do:      showRoute,
	})
	op.RegisterList(r, op.Spec{Name: "metering.route.sheet", Path: "/metering/routes/{id}/sheet", Duties: duties}, op.ListHandler[SheetAsk, SheetRow]{
		Sorts: []string{"sequence"},
		Rows:  sheetRows,
	})
	op.RegisterCommand(r, op.Spec{Name: "metering.route.add", Path: "/metering/routes", Duties: duties}, op.CommandHandler[RouteAdd, op.Saved]{
		Locks: func(RouteAdd) []int64 { return []int64{lockRoutes} },
		Targets: func(_ context.Context, _ *op.Exec, in RouteAdd) ([]op.Target, error) {
			return unitTargets(int64(in.Unit)), nil
		},
		Do: addRoute,
	})
	op.RegisterCommand(r, op.Spec{
		Name: "metering.route.update", Path: "/metering/routes/{id}", Versioned: true, Duties: duties,
	}, op.CommandHandler[RouteUpdate, op.Saved]{
		Locks: func(in RouteUpdate) []int64 { return []int64{int64(in.ID)} },
		Targets: func(ctx context.Context, x *op.Exec, in RouteUpdate) ([]op.Target, error) {
			return target(ctx, x, in.ID)
		},
		Do: changeRoute,
	})
	op.RegisterCommand(r, op.Spec{
		Name: "metering.route.stops", Path: "/metering/routes/{id}/stops", Versioned: true, Duties: duties,
	}, op.CommandHandler[RouteStops, op.Saved]{
		Locks: func(in RouteStops) []int64 { return []int64{lockRoutes, int64(in.ID)} },
		Targets: func(ctx context.Context, x *op.Exec, in RouteStops) ([]op.Target, error) {
			return target(ctx, x, in.ID)
		},
		Do: changeStops,
	})
}

// lockRoutes serialises what decides which route a service point stands in.
const lockRoutes int64 = 0x726f7574

func showRoute(ctx context.Context, x *op.Exec, in RouteRef) (card RouteCard, err error) {
	if card.Route, err = findRoute(ctx, x.R, int64(in.ID)); err != nil {
		return card, err
	}
	stops, err := stopsOf(ctx, x.R, int64(in.ID))
	for _, s := range stops {
		card.Points = append(card.Points, s.point.code)
	}
	return card, err
}

func addRoute(ctx context.Context, x *op.Exec, in RouteAdd) (op.Saved, error) {
	id, err := x.Tx.NewID(ctx)
	if err != nil {
		return op.Saved{}, err
	}
	t := Route{ID: op.ID(id), Code: in.Code, Name: in.Name, Unit: in.Unit, Reader: in.Reader, Version: 1}
	if err := insertRoute(ctx, x.Tx, t); err != nil {
		return op.Saved{}, err
	}
	return op.Saved{ID: t.ID, Version: 1}, x.Change("route", id, t.Code, nil, t)
}

func changeRoute(ctx context.Context, x *op.Exec, in RouteUpdate) (op.Saved, error) {
	t, err := findRoute(ctx, x.R, int64(in.ID))
	if err != nil {
		return op.Saved{}, err
	}
	if err := op.CheckVersion(t.Version, in.Version); err != nil {
		return op.Saved{}, err
	}
	before := t
	op.Set(&t.Name, in.Name)
	op.Set(&t.Reader, in.Reader)
	if t == before {
		return op.Saved{ID: t.ID, Version: t.Version}, nil
	}
	if err := updateRoute(ctx, x.Tx, &t); err != nil {
		return op.Saved{}, err
	}
	return op.Saved{ID: t.ID, Version: t.Version}, x.Change("route", int64(t.ID), t.Code, before, t)
}

// changeStops sets the walk: every point is known, of the route's unit or below it in
// the scope of the person, in no other route, and stands once.
func changeStops(ctx context.Context, x *op.Exec, in RouteStops) (op.Saved, error) {
	t, err := findRoute(ctx, x.R, int64(in.ID))
	if err != nil {
		return op.Saved{}, err
	}
	if err := op.CheckVersion(t.Version, in.Version); err != nil {
		return op.Saved{}, err
	}
	points, err := stopPoints(ctx, x, t, in.Points)
	if err != nil {
		return op.Saved{}, err
	}
	before, err := showRoute(ctx, x, RouteRef{in.ID})
	if err != nil {
		return op.Saved{}, err
	}
	if err := setStops(ctx, x.Tx, int64(t.ID), points); err != nil {
		return op.Saved{}, err
	}
	after := before
	if err := updateRoute(ctx, x.Tx, &t); err != nil {
		return op.Saved{}, err
	}
	after.Route, after.Points = t, in.Points
	return op.Saved{ID: t.ID, Version: t.Version}, x.Change("route", int64(t.ID), t.Code, before, after)
}

func stopPoints(ctx context.Context, x *op.Exec, t Route, codes []string) ([]int64, error) {
	known, err := pointsByCode(ctx, x.R, codes)
	if err != nil {
		return nil, err
	}
	var faults []fault.Field
	var ids []int64
	seen := map[int64]bool{}
	for i, code := range codes {
		path := "points[" + op.ID(i).String() + "]"
		p, found := known[code]
		inside := false
		if found {
			if inside, err = x.Places().Within(ctx, x.R, p.unit, int64(t.Unit), x.Today); err != nil {
				return nil, err
			}
		}
		switch {
		case !found || !inside:
			faults = append(faults, fault.Field{Path: path, Code: "metering.point_unknown_here", Args: fault.Args{"code": code}})
		case seen[p.id]:
			faults = append(faults, fault.Field{Path: path, Code: "metering.point_twice", Args: fault.Args{"code": code}})
		}
		seen[p.id] = true
		ids = append(ids, p.id)
	}
	if len(faults) > 0 {
		return nil, fault.InvalidFields(faults)
	}
	elsewhere, err := routesOfPoints(ctx, x.R, int64(t.ID), ids)
	for i, id := range ids {
		if route, taken := elsewhere[id]; taken {
			faults = append(faults, fault.Field{
				Path: "points[" + op.ID(i).String() + "]", Code: "metering.point_elsewhere", Args: fault.Args{"code": codes[i], "route": route},
			})
		}
	}
	if err == nil {
		err = fault.InvalidFields(faults)
	}
	return ids, err
}

// sheetRows is the reading sheet: each register of each stop, with its previous index,
// its usual consumption and what was entered for the month.
func sheetRows(ctx context.Context, x *op.Exec, in SheetAsk) iter.Seq2[SheetRow, error] {
	return func(yield func(SheetRow, error) bool) {
		rows, err := sheet(ctx, x, in)
		if err != nil {
			yield(SheetRow{}, err)
			return
		}
		for _, row := range rows {
			if len(x.Page.After) == 1 && (sheetKey(row) <= x.Page.After[0]) != x.Page.Desc {
				continue
			}
			if !yield(row, nil) {
				return
			}
		}
	}
}

func sheet(ctx context.Context, x *op.Exec, in SheetAsk) ([]SheetRow, error) {
	t, err := findRoute(ctx, x.R, int64(in.ID))
	if err != nil {
		return nil, err
	}
	if err := mustSee(ctx, x, int64(t.Unit)); err != nil {
		return nil, err
	}
	stops, err := stopsOf(ctx, x.R, int64(in.ID))
	if err != nil || len(stops) == 0 {
		return nil, err
	}
	month := day.MonthOf(orDate(in.Month, x.Today))
	s := &sheetMaker{stops: stops, month: month, last: month.Last()}
	if s.last.After(x.Today) {
		s.last = x.Today
	}
	if err := s.load(ctx, x); err != nil {
		return nil, err
	}
	var out []SheetRow
	for _, stop := range stops {
		out = append(out, s.rows(stop)...)
	}
	return out, nil
}

// mustSee refuses a unit outside the scope of a query.
func mustSee(ctx context.Context, x *op.Exec, unit int64) error {
	for _, root := range x.ScopeOf().Roots {
		inside, err := x.Places().Within(ctx, x.R, unit, root, x.Today)
		if err != nil || inside {
			return err
		}
	}
	return fault.New(fault.Forbidden, "scope.outside", "unit", op.ID(unit))
}

// sheetMaker holds what the lines of a sheet are made of.
type sheetMaker struct {
	stops    []stop
	month    day.Month
	last     day.Date
	supplies map[int64]Supply
	meters   map[int64]int64
	book     *book
}

func (s *sheetMaker) load(ctx context.Context, x *op.Exec) error {
	points := make([]int64, len(s.stops))
	for i, stop := range s.stops {
		points[i] = stop.point.id
	}
	var err error
	if s.supplies, err = suppliesOfPoints(ctx, x.R, points, s.last); err != nil {
		return err
	}
	if s.meters, err = metersAt(ctx, x.R, points, s.last); err != nil {
		return err
	}
	a := newAsk(0)
	for _, p := range points {
		if supply, found := s.supplies[p]; found {
			a.about(supply, s.meters[p], s.month.First())
		}
	}
	s.book, err = openBook(ctx, x, a)
	return err
}

func (s *sheetMaker) rows(at stop) []SheetRow {
	row := SheetRow{Sequence: at.sequence, Point: at.point.code, Address: at.point.address}
	supply, supplied := s.supplies[at.point.id]
	if !supplied {
		return []SheetRow{row}
	}
	row.Account, row.Contract, row.Customer = op.ID(supply.Account), supply.Code, supply.Name
	meter := s.meters[at.point.id]
	if meter == 0 {
		return []SheetRow{row}
	}
	row.Meter, row.Serial = op.ID(meter), s.book.serials[meter]
	var out []SheetRow
	for _, register := range s.book.registersOf(meter) {
		line := row
		line.Register, line.Digits = register, s.book.dial(meter, register).Digits
		s.complete(&line, supply, meter)
		out = append(out, line)
	}
	return out
}

// complete adds what is known of the register.
func (s *sheetMaker) complete(line *SheetRow, supply Supply, meter int64) {
	at := s.book.at(place{supply.Account, line.Register})
	month := s.month.First()
	until := s.last.AddDays(1)
	for i := range at.spent {
		if c := &at.spent[i]; c.month == month && c.state.live() {
			line.Quantity, line.State = quantity(c.quantity), c.state
			until = c.periodDate
			for _, q := range at.points {
				if q.ID == c.toReading {
					line.Index = quantity(q.Index)
				}
			}
		}
	}
	e := Entry{Supply: supply, Meter: meter, Register: line.Register, Date: until, Kind: Read}
	c := s.book.caseOf(e, at)
	if c.Previous != nil {
		line.Previous, line.PreviousOn = quantity(c.Previous.Index), c.Previous.Date
		c.Period = day.Period{From: c.Previous.Date.AddDays(1), To: until}
	} else {
		c.Period = s.month.Period()
	}
	if c.Period.Validate() != nil || line.Quantity == nil { // what a usual month comes to
		c.Period = s.month.Period()
	}
	if u, ok := s.book.usual(supply.Category, &c); ok {
		line.Usual = quantity(u.Quantity)
	}
}
