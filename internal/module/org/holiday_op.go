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

// HolidayFilter narrows the list of holidays.
type HolidayFilter struct {
	Year int64 `json:"year" in:"min=1900,max=2999"`
	// UnitID keeps what holds in a unit: its own, those above it, everywhere.
	UnitID op.ID       `json:"unit" in:"ref=org.unit.list"`
	Kind   HolidayKind `json:"kind"`
}

// HolidayAdd is the input of adding a holiday.
type HolidayAdd struct {
	Date  day.Date    `json:"date" in:"required"`
	Label string      `json:"label" in:"required,min=2,max=120"`
	Kind  HolidayKind `json:"kind" in:"required"`
	// UnitID is absent for everywhere.
	UnitID op.ID `json:"unit" in:"ref=org.unit.list"`
}

// HolidayUpdate is the input of correcting a holiday; what is absent stays.
type HolidayUpdate struct {
	ID      op.ID        `json:"id" in:"required,ref=org.holiday.list"`
	Version int64        `json:"version" in:"required,min=1"`
	Date    *day.Date    `json:"date"`
	Label   *string      `json:"label" in:"min=2,max=120"`
	Kind    *HolidayKind `json:"kind"`
}

// HolidayRemove is the input of removing a holiday.
type HolidayRemove struct {
	ID      op.ID `json:"id" in:"required,ref=org.holiday.list"`
	Version int64 `json:"version" in:"required,min=1"`
}

// DayMove says how to look for a worked day.
type DayMove string

// The ways to look for a worked day.
const (
	// NextDay is the day itself when it is worked, else the first one after.
	NextDay DayMove = "next"
	// PreviousDay is the day itself when it is worked, else the last one before.
	PreviousDay DayMove = "previous"
	// AddDays counts worked days from the day, itself not counted.
	AddDays DayMove = "add"
)

// EnumName is the prefix of the texts.
func (DayMove) EnumName() string { return "day_move" }

// EnumValues are the ways.
func (DayMove) EnumValues() []string {
	return []string{string(NextDay), string(PreviousDay), string(AddDays)}
}

// DaysMax bounds the worked days counted at once.
const DaysMax = 2500

// WorkingDayInput asks for a worked day.
type WorkingDayInput struct {
	Date   day.Date `json:"date" in:"required"`
	UnitID op.ID    `json:"unit" in:"ref=org.unit.list"`
	// Move defaults to next.
	Move DayMove `json:"move"`
	// Days are counted by add; negative goes back.
	Days int64 `json:"days" in:"min=-2500,max=2500"`
}

// WorkingDay is the day found.
type WorkingDay struct {
	Date day.Date `json:"date"`
	// Worked says whether the day asked for is worked itself.
	Worked bool `json:"worked"`
	// Label names the holiday it is, if it is one.
	Label string `json:"label"`
}

func (m *Module) registerHolidays(r *op.Registry) {
	duties := []string{"DRI-01", "AG-04"}
	op.RegisterList(r, op.Spec{Name: "org.holiday.list", Path: "/org/holidays", Duties: duties}, op.ListHandler[HolidayFilter, Holiday]{
		Sorts: []string{"date"},
		Rows: func(ctx context.Context, x *op.Exec, in HolidayFilter) iter.Seq2[Holiday, error] {
			path, err := m.places.Path(ctx, x.R, int64(in.UnitID), x.Today)
			if err != nil {
				return db.Failed[Holiday](err)
			}
			return listHolidays(ctx, x, in, path)
		},
	})
	op.RegisterCommand(r, op.Spec{
		Name: "org.holiday.add", Path: "/org/holidays", Duties: duties,
		Example: HolidayAdd{Date: Beginning().AddMonths(12*126 + 4), Label: "1er mai", Kind: Civil},
	}, op.CommandHandler[HolidayAdd, op.Saved]{
		Targets: func(_ context.Context, _ *op.Exec, in HolidayAdd) ([]op.Target, error) {
			return unitTarget(in.UnitID), nil
		},
		Do: m.addHoliday,
	})
	op.RegisterCommand(r, op.Spec{Name: "org.holiday.update", Path: "/org/holidays/{id}", Versioned: true, Duties: duties},
		op.CommandHandler[HolidayUpdate, op.Saved]{
			Targets: func(ctx context.Context, x *op.Exec, in HolidayUpdate) ([]op.Target, error) {
				return holidayTarget(ctx, x, in.ID)
			},
			Do: changeHoliday,
		})
	op.RegisterCommand(r, op.Spec{Name: "org.holiday.remove", Path: "/org/holidays/{id}/remove", Versioned: true, Duties: duties},
		op.CommandHandler[HolidayRemove, op.Saved]{
			Targets: func(ctx context.Context, x *op.Exec, in HolidayRemove) ([]op.Target, error) {
				return holidayTarget(ctx, x, in.ID)
			},
			Do: removeHoliday,
		})
	op.RegisterGet(r, op.Spec{Name: "org.calendar.working_day", Path: "/org/working-day", Duties: duties}, op.GetHandler[WorkingDayInput, WorkingDay]{
		Do: m.workingDay,
	})
}

func holidayTarget(ctx context.Context, x *op.Exec, id op.ID) ([]op.Target, error) {
	h, err := findHoliday(ctx, x.R, id)
	return unitTarget(h.UnitID), err
}

func (m *Module) addHoliday(ctx context.Context, x *op.Exec, in HolidayAdd) (op.Saved, error) {
	if in.UnitID != 0 {
		if _, err := findUnit(ctx, x.Tx, int64(in.UnitID)); err != nil {
			return op.Saved{}, inField(err, "unit")
		}
	}
	if err := dayFree(ctx, x, in.Date, in.UnitID, 0); err != nil {
		return op.Saved{}, err
	}
	id, err := x.Tx.NewID(ctx)
	if err != nil {
		return op.Saved{}, err
	}
	h := Holiday{ID: op.ID(id), Date: in.Date, UnitID: in.UnitID, Kind: in.Kind, Label: in.Label, Version: 1}
	if err := insertHoliday(ctx, x.Tx, h); err != nil {
		return op.Saved{}, err
	}
	return op.Saved{ID: h.ID, Version: h.Version}, x.Change("holiday", id, h.label(), nil, h)
}

// dayFree refuses a second holiday on a day in one place.
func dayFree(ctx context.Context, x *op.Exec, on day.Date, unit, self op.ID) error {
	other, found, err := holidayOn(ctx, x.Tx, on, unit)
	if err == nil && found && other.ID != self {
		field := fault.Field{Path: "date", Code: "org.holiday.twice", Args: fault.Args{"label": other.Label}}
		return &fault.Error{Kind: fault.Conflict, Code: field.Code, Args: field.Args, Fields: []fault.Field{field}}
	}
	return err
}

func changeHoliday(ctx context.Context, x *op.Exec, in HolidayUpdate) (op.Saved, error) {
	h, err := findHoliday(ctx, x.Tx, in.ID)
	if err != nil {
		return op.Saved{}, err
	}
	if err := op.CheckVersion(h.Version, in.Version); err != nil {
		return op.Saved{}, err
	}
	before := h
	op.Set(&h.Date, in.Date)
	op.Set(&h.Label, in.Label)
	op.Set(&h.Kind, in.Kind)
	if h == before {
		return op.Saved{ID: h.ID, Version: h.Version}, nil
	}
	if err := dayFree(ctx, x, h.Date, h.UnitID, h.ID); err != nil {
		return op.Saved{}, err
	}
	if err := updateHoliday(ctx, x.Tx, &h); err != nil {
		return op.Saved{}, err
	}
	return op.Saved{ID: h.ID, Version: h.Version}, x.Change("holiday", int64(h.ID), h.label(), before, h)
}

func removeHoliday(ctx context.Context, x *op.Exec, in HolidayRemove) (op.Saved, error) {
	h, err := findHoliday(ctx, x.Tx, in.ID)
	if err != nil {
		return op.Saved{}, err
	}
	if err := op.CheckVersion(h.Version, in.Version); err != nil {
		return op.Saved{}, err
	}
	if err := deleteHoliday(ctx, x.Tx, h); err != nil {
		return op.Saved{}, err
	}
	return op.Saved{ID: h.ID, Version: h.Version}, x.Change("holiday", int64(h.ID), h.label(), h, nil)
}

// yearBounds are the first and last days of a run of years.
func yearBounds(from, to int64) (first, last day.Date) {
	first, _ = day.New(int(from), time.January, 1)
	last, _ = day.New(int(to), time.December, 31)
	return first, last
}

// CalendarOf gives the worked days of a unit (0 for everywhere) from one year to
// another: the weekly rest and the holidays that hold in it today. It is a Limit
// fault over YearsMax years.
func (m *Module) CalendarOf(ctx context.Context, r db.Reader, unit int64, fromYear, toYear int64) (day.Calendar, error) {
	if toYear < fromYear || toYear-fromYear >= YearsMax {
		return day.Calendar{}, fault.New(fault.Limit, "org.calendar_years", "max", YearsMax)
	}
	path, err := m.places.Path(ctx, r, unit, day.Of(r.Now()))
	if err != nil {
		return day.Calendar{}, err
	}
	first, last := yearBounds(fromYear, toYear)
	holidays, err := holidaysBetween(ctx, r, path, first, last)
	if err != nil {
		return day.Calendar{}, err
	}
	dates := make([]day.Date, len(holidays))
	for i, h := range holidays {
		dates[i] = h.Date
	}
	return day.NewCalendar(nil, dates)
}

func (m *Module) workingDay(ctx context.Context, x *op.Exec, in WorkingDayInput) (WorkingDay, error) {
	year := int64(in.Date.Year())
	// DaysMax worked days pass in less than twelve years, with fifty holidays a year.
	const span = 12
	c, err := m.CalendarOf(ctx, x.R, int64(in.UnitID), max(year-span, day.YearTypedMin), min(year+span, day.YearTypedMax))
	if err != nil {
		return WorkingDay{}, err
	}
	out := WorkingDay{Worked: c.IsWorking(in.Date)}
	switch in.Move {
	case PreviousDay:
		out.Date = c.PreviousWorking(in.Date)
	case AddDays:
		out.Date = c.AddWorking(in.Date, int(in.Days))
	default:
		out.Date = c.NextWorking(in.Date)
	}
	path, err := m.places.Path(ctx, x.R, int64(in.UnitID), x.Today)
	if err != nil {
		return out, err
	}
	holidays, err := holidaysBetween(ctx, x.R, path, in.Date, in.Date)
	if err == nil && len(holidays) > 0 {
		out.Label = holidays[0].Label
	}
	return out, err
}
