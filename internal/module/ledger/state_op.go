package ledger

import (
	"context"
	"iter"
	"slices"
	"strconv"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// BalanceFilter asks for the balances of the chart.
type BalanceFilter struct {
	// On and KnownOn are the two clocks: by default every day, and everything known.
	On      day.Date `json:"on"`
	KnownOn day.Date `json:"known_on"`
	// Scope is a unit with all below it.
	Scope op.ID `json:"scope" in:"ref=org.unit.list"`
	// Merged adds the units up.
	Merged bool `json:"merged"`
}

// AgeingFilter asks for an ageing.
type AgeingFilter struct {
	On      day.Date    `json:"on"`
	KnownOn day.Date    `json:"known_on"`
	By      AgeingBy    `json:"by"`
	Group   AgeingGroup `json:"group"`
	// Under is a unit: its lines are the units directly below it. Without one, each
	// managing unit has a line.
	Under op.ID `json:"under" in:"ref=org.unit.list"`
	// Limits are the upper ends of the ages in days late, rising.
	Limits      []int64     `json:"limits" in:"min=1,max=36500"`
	Category    string      `json:"category" in:"max=31"`
	LegalNature LegalNature `json:"legal_nature"`
	// Service is the main one of a document; a closed month is not kept by it.
	Service Service `json:"service"`
	// Doubt keeps what is on the account of doubtful debts, or what is not.
	Doubt Doubt `json:"doubt"`
	// Closed reads the closed months that On ends.
	Closed bool `json:"closed"`
}

func (f AgeingFilter) query(today day.Date) AgeingQuery {
	q := AgeingQuery{
		AsOf: AsOf{f.On, endOf(f.KnownOn)}, By: f.By, Group: f.Group, Category: f.Category, LegalNature: string(f.LegalNature), Service: f.Service, Closed: f.Closed,
		Doubt: f.Doubt,
	}
	if q.By == "" {
		q.By = ByDue
	}
	if q.Group == "" {
		q.Group = GroupUnit
	}
	if q.On.IsZero() {
		q.On = today
	}
	for _, l := range f.Limits {
		q.Limits = append(q.Limits, int(l))
	}
	if len(q.Limits) == 0 {
		q.Limits = LimitsDefault()
	}
	return q
}

// Validate refuses limits that do not rise, and services of closed months.
func (f *AgeingFilter) Validate() []fault.Field {
	switch e := fault.As(f.query(day.Date{}).Validate()); {
	case e == nil:
		return nil
	case e.Code == "ledger.limits":
		return []fault.Field{{Path: "limits", Code: e.Code, Args: e.Args}}
	default:
		return []fault.Field{{Path: "closed", Code: e.Code, Args: e.Args}}
	}
}

// AgeKind says what an amount of an ageing is.
type AgeKind string

// The kinds.
const (
	NotDue AgeKind = "not_due"
	Late   AgeKind = "late"
	// InCredit is what is due to customers.
	InCredit AgeKind = "credit"
)

// EnumName is the prefix of the texts.
func (AgeKind) EnumName() string { return "ledger_age" }

// EnumValues are the kinds.
func (AgeKind) EnumValues() []string { return []string{string(NotDue), string(Late), string(InCredit)} }

// AgeRow is one cell of an ageing.
type AgeRow struct {
	Unit op.ID `json:"unit" out:"ref=unit"`
	// Key is the category, the legal nature or the service.
	Key  string  `json:"key"`
	Kind AgeKind `json:"age"`
	// FromDays and ToDays are days late, both included; ToDays is 0 for no end.
	FromDays int64        `json:"from_days"`
	ToDays   int64        `json:"to_days"`
	Amount   money.Amount `json:"amount"`
}

// cells are the cells of a line that hold something.
func (a Age) cells(limits []int) (out []AgeRow) {
	for i, amount := range a.Amounts {
		row := AgeRow{Unit: a.Unit, Key: a.Key, Kind: Late, Amount: amount}
		switch {
		case i == 0:
			row.Kind = NotDue
		case i == 1:
			row.FromDays = 1
		default:
			row.FromDays = int64(limits[i-2] + 1)
		}
		if i > 0 && i <= len(limits) {
			row.ToDays = int64(limits[i-1])
		}
		if amount != 0 {
			out = append(out, row)
		}
	}
	if a.Credits != 0 {
		out = append(out, AgeRow{Unit: a.Unit, Key: a.Key, Kind: InCredit, Amount: a.Credits})
	}
	return out
}

// ClosingFilter narrows the list of closed months.
type ClosingFilter struct {
	// Scope is a unit with all below it.
	Scope op.ID    `json:"scope" in:"ref=org.unit.list"`
	From  day.Date `json:"from"`
}

// PageKey is the row's place in its list.
func (c Closing) PageKey(string) []string { return []string{c.Month.String(), c.Unit.String()} }

// ClosingRef points at a month of a unit.
type ClosingRef struct {
	// ID is the unit, Month any day of the month.
	ID    op.ID    `json:"id" in:"required,ref=org.unit.list"`
	Month day.Date `json:"month" in:"required,month"`
}

// ClosingAsk is the input of closing a month.
type ClosingAsk struct {
	Unit op.ID `json:"unit" in:"required,ref=org.unit.list"`
	// Month is any day of the month.
	Month  day.Date `json:"month" in:"required,month"`
	Reason string   `json:"reason" in:"required,min=3,max=500,lines"`
}

func (m *Module) registerStates(r *op.Registry) {
	op.RegisterList(r, op.Spec{Name: "ledger.balance", Path: "/ledger/balances", Duties: []string{"DRI-06", "DRI-11", "DIST-7"}},
		op.ListHandler[BalanceFilter, Balance]{
			Sorts: []string{"account"},
			Rows: func(ctx context.Context, x *op.Exec, in BalanceFilter) iter.Seq2[Balance, error] {
				within, err := m.narrowed(ctx, x, in.Scope)
				if err != nil {
					return db.Failed[Balance](err)
				}
				rows, err := trialBalance(ctx, x.R, AsOf{in.On, endOf(in.KnownOn)}, !in.Merged, within)
				return listed(x, rows, err)
			},
		})
	op.RegisterList(r, op.Spec{Name: "ledger.ageing", Path: "/ledger/ageing", Duties: []string{"DRI-08", "DRI-09", "AG-18"}},
		op.ListHandler[AgeingFilter, AgeRow]{
			Sorts: []string{"unit"},
			Rows: func(ctx context.Context, x *op.Exec, in AgeingFilter) iter.Seq2[AgeRow, error] {
				lines, err := m.ageing(ctx, x, in)
				var rows []AgeRow
				for _, a := range lines {
					rows = append(rows, a.cells(in.query(x.Today).Limits)...)
				}
				return listed(x, rows, err)
			},
		})
	op.RegisterList(r, op.Spec{Name: "ledger.period.list", Path: "/ledger/periods", Duties: []string{"DRI-11", "AG-16"}},
		op.ListHandler[ClosingFilter, Closing]{
			Sorts: []string{"-month"},
			Rows: func(ctx context.Context, x *op.Exec, in ClosingFilter) iter.Seq2[Closing, error] {
				return listClosings(ctx, x, in)
			},
		})
	op.RegisterGet(r, op.Spec{Name: "ledger.period.show", Path: "/ledger/periods/units/{id}", Duties: []string{"DRI-11", "AG-16"}},
		op.GetHandler[ClosingRef, ClosingCheck]{
			Targets: func(_ context.Context, _ *op.Exec, in ClosingRef) ([]op.Target, error) {
				return []op.Target{{Unit: int64(in.ID)}}, nil
			},
			Do: func(ctx context.Context, x *op.Exec, in ClosingRef) (ClosingCheck, error) {
				return m.checkMonth(ctx, x.R, in.ID, day.MonthOf(in.Month))
			},
		})
	op.RegisterCommand(r, op.Spec{
		Name: "ledger.period.close", Path: "/ledger/periods", Duties: []string{"DRI-11", "AG-16"},
	}, op.CommandHandler[ClosingAsk, Closing]{
		Locks: func(in ClosingAsk) []int64 { return []int64{int64(in.Unit)} },
		Targets: func(_ context.Context, _ *op.Exec, in ClosingAsk) ([]op.Target, error) {
			return []op.Target{{Unit: int64(in.Unit)}}, nil
		},
		Do: func(ctx context.Context, x *op.Exec, in ClosingAsk) (Closing, error) {
			c, err := m.CloseMonth(ctx, x.Tx, in.Unit, day.MonthOf(in.Month), in.Reason, op.ID(x.Actor.UserID))
			if err != nil {
				return c, err
			}
			return c, x.Change("ledger_period", int64(in.Unit), c.Number, nil, c)
		},
	})
}

// ageing answers for the scope of the right; the lines are the units directly below
// the one asked for.
func (m *Module) ageing(ctx context.Context, x *op.Exec, in AgeingFilter) ([]Age, error) {
	q := in.query(x.Today)
	within, err := m.narrowed(ctx, x, in.Under)
	if err != nil {
		return nil, err
	}
	if in.Under == 0 || m.places == nil {
		return Ageing(ctx, x.R, q, within, nil)
	}
	known := map[op.ID]op.ID{}
	return Ageing(ctx, x.R, q, within, func(unit op.ID) (op.ID, error) {
		at, ok := known[unit]
		if !ok {
			path, err := m.places.Path(ctx, x.R, int64(unit), q.On)
			if err != nil {
				return unit, err
			}
			at = below(path, in.Under, unit)
			known[unit] = at
		}
		return at, nil
	})
}

// below is the unit of a path directly under another; itself when there is none.
func below(path []int64, under, itself op.ID) op.ID {
	if i := slices.Index(path, int64(under)); i >= 0 && i+1 < len(path) {
		return op.ID(path[i+1])
	}
	return itself
}

// narrowed is scoped for sums over millions of rows: the units are named, so that
// an index is walked from one to the next, and no condition at all stands for
// everything.
func (m *Module) narrowed(ctx context.Context, x *op.Exec, unit op.ID) (func(w *db.Where, column string), error) {
	if m.places == nil {
		return scoped(x, unit), nil
	}
	scope := x.ScopeOf()
	units, all, err := m.places.Below(ctx, x.R, scope.Roots, scope.On)
	if err != nil {
		return nil, err
	}
	if unit != 0 {
		own, whole, err := m.places.Below(ctx, x.R, []int64{int64(unit)}, x.Today)
		if err != nil {
			return nil, err
		}
		held := make(map[int64]bool, len(units))
		for _, u := range units {
			held[u] = true
		}
		units, all = slices.DeleteFunc(own, func(u int64) bool { return !held[u] }), all && whole
	}
	slices.Sort(units)
	return func(w *db.Where, column string) {
		if !all {
			w.In(column, units)
		}
	}, nil
}

// PageKey is the row's place in its list.
func (b Balance) PageKey(string) []string { return []string{b.Account, b.Unit.String()} }

// PageKey is the row's place in its list: these rows are counted.
func (r AgeRow) PageKey(string) []string {
	return []string{r.Unit.String(), r.Key, string(r.Kind), strconv.FormatInt(r.FromDays, 10)}
}

// keyed rows know their place.
type keyed interface{ PageKey(sort string) []string }

// listed gives rows that are in memory from a page's starting point on.
func listed[T keyed](x *op.Exec, rows []T, err error) iter.Seq2[T, error] {
	if err != nil {
		return db.Failed[T](err)
	}
	return func(yield func(T, error) bool) {
		begun, n := len(x.Page.After) == 0, 0
		for _, row := range rows {
			if !begun {
				begun = sameKey(row.PageKey(x.Page.Sort), x.Page.After)
				continue
			}
			if n++; x.Page.Limit > 0 && n > x.Page.Limit+1 || !yield(row, nil) {
				return
			}
		}
	}
}

func sameKey(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
