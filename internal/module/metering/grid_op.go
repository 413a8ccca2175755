package metering

import (
	"context"
	"slices"
	"strings"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/op"
)

// GridAdd is the input of recording the indexes of a walk at once.
type GridAdd struct {
	Route op.ID    `json:"route" in:"required,ref=metering.route.list"`
	Date  day.Date `json:"date" in:"required"`
	// Kind is read when absent.
	Kind ReadingKind `json:"kind"`
	// Lines are "SERIAL;INDEX", or "SERIAL;REGISTER;INDEX" for a meter with several.
	Lines []string `json:"lines" in:"required,max=80"`
}

// Validate says what is wrong across the fields.
func (in GridAdd) Validate() []fault.Field { return ReadingAdd{Kind: in.Kind}.Validate() }

// GridAnswer is the answer of recording a walk.
type GridAnswer struct {
	Readings     int64 `json:"readings"`
	Known        int64 `json:"known"`
	Consumptions int64 `json:"consumptions"`
	Blocking     int64 `json:"blocking"`
	Warnings     int64 `json:"warnings"`
}

func (m *Module) registerGrid(r *op.Registry, duties []string) {
	op.RegisterCommand(r, op.Spec{Name: "metering.reading.enter_many", Path: "/metering/routes/{route}/readings", Duties: duties}, op.CommandHandler[GridAdd,
		GridAnswer]{
		Locks: func(in GridAdd) []int64 { return []int64{int64(in.Route)} },
		Targets: func(ctx context.Context, x *op.Exec, in GridAdd) ([]op.Target, error) {
			t, err := findRoute(ctx, x.R, int64(in.Route))
			return unitTargets(int64(t.Unit)), err
		},
		Do: m.enterGrid,
	})
}

// gridLine is a line of the grid as read.
type gridLine struct {
	serial, register string
	index            money.Quantity
}

// readLine reads one line.
func readLine(path, text string) (gridLine, []fault.Field) {
	parts := strings.Split(text, ";")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	l := gridLine{serial: parts[0]}
	switch len(parts) {
	case 2:
	case 3:
		l.register = parts[1]
	default:
		return l, []fault.Field{{Path: path, Code: "metering.line_shape"}}
	}
	index, err := money.ParseQuantity(parts[len(parts)-1])
	if err != nil {
		return l, []fault.Field{{Path: path, Code: fault.CodeOf(err)}}
	}
	l.index = index
	return l, nil
}

// enterGrid records a walk: all its lines or none.
func (m *Module) enterGrid(ctx context.Context, x *op.Exec, in GridAdd) (GridAnswer, error) {
	entries, err := gridEntries(ctx, x, in)
	if err != nil {
		return GridAnswer{}, err
	}
	taken, err := takeAll(ctx, x, entries)
	if err != nil {
		return GridAnswer{}, err
	}
	var out GridAnswer
	for i, t := range taken {
		if t.Same != 0 {
			out.Known++
			continue
		}
		out.Readings++
		if t.Consumption != nil {
			out.Consumptions++
		}
		for _, f := range t.Findings {
			if f.Severity == Blocking {
				out.Blocking++
			} else {
				out.Warnings++
			}
		}
		if err := x.Change("reading", int64(t.Reading.ID), entries[i].Supply.Code, nil, *t.Reading); err != nil {
			return out, err
		}
	}
	return out, nil
}

// gridEntries finds the meters of the lines among those of the route, with few
// statements whatever the number of lines.
func gridEntries(ctx context.Context, x *op.Exec, in GridAdd) ([]Entry, error) {
	kind := in.Kind
	if kind == "" {
		kind = Read
	}
	stops, err := stopsOf(ctx, x.R, int64(in.Route))
	if err != nil {
		return nil, err
	}
	points := make([]int64, len(stops))
	for i, s := range stops {
		points[i] = s.point.id
	}
	supplies, err := suppliesOfPoints(ctx, x.R, points, in.Date)
	if err != nil {
		return nil, err
	}
	standing, err := metersAt(ctx, x.R, points, in.Date)
	if err != nil {
		return nil, err
	}
	at := map[int64]int64{}
	var ids []int64
	for point, meter := range standing {
		at[meter] = point
		ids = append(ids, meter)
	}
	dials, bySerial, err := meterDials(ctx, x.R, ids)
	if err != nil {
		return nil, err
	}
	var faults []fault.Field
	var entries []Entry
	for i, text := range in.Lines {
		path := "lines[" + op.ID(i).String() + "]"
		l, wrong := readLine(path, text)
		if wrong != nil {
			faults = append(faults, wrong...)
			continue
		}
		meter := bySerial[l.serial]
		s, supplied := supplies[at[meter]]
		d := dials.dial(meter, l.register)
		switch {
		case meter == 0:
			faults = append(faults, fault.Field{Path: path, Code: "metering.serial_not_here", Args: fault.Args{"serial": l.serial}})
		case !supplied:
			faults = append(faults, fault.Field{Path: path, Code: "metering.no_contract", Args: fault.Args{"serial": l.serial, "date": in.Date}})
		case d == Dial{}:
			faults = append(faults, fault.Field{Path: path, Code: "metering.register_unknown", Args: fault.Args{"register": l.register}})
		default:
			if err := d.CheckIndex(path, l.index); err != nil {
				faults = append(faults, fault.As(err).Fields...)
			}
		}
		entries = append(entries, Entry{Supply: s, Meter: meter, Register: l.register, Date: in.Date, Index: l.index, Kind: kind})
	}
	if len(faults) > 0 {
		return nil, fault.InvalidFields(faults)
	}
	slices.SortStableFunc(entries, func(a, b Entry) int { return int(min(max(a.Supply.Account-b.Supply.Account, -1), 1)) })
	return entries, nil
}

// meterDials gives a book of the dials of some meters, and the meters by serial number.
func meterDials(ctx context.Context, r reader, meters []int64) (*book, map[string]int64, error) {
	b := &book{dials: map[int64][]Register{}, serials: map[int64]string{}}
	err := b.loadMeters(ctx, r, &ask{meters: meters})
	bySerial := map[string]int64{}
	for id, serial := range b.serials {
		bySerial[serial] = id
	}
	return b, bySerial, err
}
