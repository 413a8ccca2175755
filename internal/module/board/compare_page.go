package board

import (
	"context"
	"strconv"

	g "maragu.dev/gomponents"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/kernel/page"
	"wasl/internal/module/ledger"
	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// Screens are the pages of the board (DRI-01, DRI-08, AG-18).
func (m *Module) Screens() []screen.Screen {
	return []screen.Screen{
		{Path: "/board", Place: screen.Day, Title: "page.board.compare", Menu: 3, Right: "board.unit.list", Render: comparePage},
	}
}

// comparison is what the page and the part of the day draw.
type comparison struct {
	all   []Standing
	total Standing
	units map[op.ID]string
	under op.ID
	month string
	live  bool
}

// compared reads the units below the one a person answers for.
func compared(ctx context.Context, v *screen.View, month string) (c comparison, err error) {
	if c.under, _, err = placeOf(ctx, v, "board.unit.list"); err != nil {
		return c, err
	}
	pairs := []string{"month", month, "sort", v.Query("sort")}
	if c.under != 0 {
		pairs = append(pairs, "under", c.under.String())
	}
	c.month, c.live = month, v.Query("live") == "true"
	if c.live {
		pairs = append(pairs, "live", "true")
	}
	if c.all, err = sortedRows(ctx, v, pairs...); err != nil || len(c.all) == 0 {
		return c, err
	}
	var ids []op.ID
	for _, s := range c.all {
		ids = append(ids, s.Unit)
		if err := c.total.add(s); err != nil {
			return c, err
		}
	}
	if c.total.Rate, err = rateOf(c.total.Collected, c.total.Billed); err != nil {
		return c, err
	}
	c.total.Month, c.total.Closed, c.total.AsOf = c.all[0].Month, c.all[0].Closed, c.all[0].AsOf
	c.units, err = v.Labels(ctx, "unit", ids)
	return c, err
}

// sortedRows reads the lines in the order that the address asks for.
func sortedRows(ctx context.Context, v *screen.View, pairs ...string) (all []Standing, err error) {
	in := []string{}
	sort := ""
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i] == "sort" {
			sort = pairs[i+1]
			continue
		}
		in = append(in, pairs[i], pairs[i+1])
	}
	all, _, err = screen.Rows[Standing](ctx, v, "board.unit.list", page.LimitMax, in...)
	if sort != "" && err == nil {
		name, down := sort, false
		if sort[0] == '-' {
			name, down = sort[1:], true
		}
		order(all, name, down)
	}
	return all, err
}

// add adds the figures of a line.
func (s *Standing) add(o Standing) (err error) {
	for _, pair := range [][2]*money.Amount{
		{&s.Billed, &o.Billed},
		{&s.BilledBefore, &o.BilledBefore},
		{&s.BilledYear, &o.BilledYear},
		{&s.Collected, &o.Collected},
		{&s.Arrears, &o.Arrears},
		{&s.ArrearsBefore, &o.ArrearsBefore},
		{&s.Old, &o.Old},
	} {
		if *pair[0], err = pair[0].Add(*pair[1]); err != nil {
			return err
		}
	}
	s.Bills, s.Anomalies, s.Blocking = s.Bills+o.Bills, s.Anomalies+o.Anomalies, s.Blocking+o.Blocking
	s.Late, s.Routes = s.Late+o.Late, s.Routes+o.Routes
	if s.Cycle.IsZero() {
		s.Cycle = o.Cycle
	}
	return nil
}

// comparePage is the board of a region: its agences side by side.
func comparePage(ctx context.Context, v *screen.View) (ui.Page, error) {
	c, err := compared(ctx, v, v.Query("month"))
	if err != nil {
		return ui.Page{}, err
	}
	if len(c.all) == 0 {
		return ui.Page{Body: v.Env.Empty(ui.Empty{Icon: ui.IconReport, Title: v.Say("page.board.none"), Text: v.Say("page.board.none.text")})}, nil
	}
	return ui.Page{Sub: c.status(v), Body: g.Group{
		c.figures(v), c.table(v), v.Columns("8-4", c.chart(v), c.months(v)),
	}}, nil
}

// comparePart is the board on the page of the day of a region.
func comparePart(ctx context.Context, v *screen.View, _ op.ID) (g.Node, error) {
	_, wide, err := placeOf(ctx, v, "board.unit.list")
	if err != nil || !wide {
		return nil, err
	}
	c, err := compared(ctx, v, "")
	if err != nil || len(c.all) == 0 {
		return nil, err
	}
	return g.Group{c.figures(v), c.table(v)}, nil
}

// status says of which month the figures are, and whether they may still change.
func (c *comparison) status(v *screen.View) g.Node {
	return g.Group{v.Badge(*c.badge(v)), g.Text(" " + v.Say("page.board.as_of", "month", day.MonthOf(c.total.Month), "date", c.total.AsOf))}
}

// badge says whether the figures may still change.
func (c *comparison) badge(v *screen.View) *ui.Status {
	if c.total.Closed {
		return &ui.Status{Label: v.Say("page.board.closed"), Tone: ui.Settled}
	}
	return &ui.Status{Label: v.Say("page.board.provisional"), Tone: ui.Waits}
}

// clock leads from the closing to what is known today, and back.
func (c *comparison) clock(v *screen.View) []ui.Link {
	switch {
	case c.total.Closed:
		return []ui.Link{{Label: v.Say("page.board.to_live", "date", v.Today), Href: v.Href("/board", "month", c.month, "live", "true")}}
	case c.live:
		return []ui.Link{{Label: v.Say("page.board.to_closed"), Href: v.Href("/board", "month", c.month)}}
	}
	return nil
}

// figures are those of all units together.
func (c *comparison) figures(v *screen.View) g.Node {
	t := c.total
	month := day.MonthOf(t.Month)
	rate := ui.Explain{About: v.Say("page.board.rate"), Body: g.Group{
		g.Text(v.Say("page.board.rate.formula", "month", month)), g.Text(" " + ui.MoneyExact(t.Collected) + " ÷ " + ui.MoneyExact(t.Billed)),
	}}
	return v.Figures(v.Say("page.board.compare"), []ui.Figure{
		{
			Label: v.Say("page.board.billed_in", "month", month), Value: ui.MoneyExact(t.Billed), Unit: "DH",
			Sub:  v.Say("page.board.against", "before", change(t.Billed, t.BilledBefore), "year", change(t.Billed, t.BilledYear)),
			Href: c.billsHref(v, t, month),
		},
		{
			Label: v.Say("page.board.collected_on", "month", month), Value: ui.MoneyExact(t.Collected), Unit: "DH", Sub: v.Say("page.board.at", "date", t.AsOf),
			Href: c.billsHref(v, t, month),
		},
		{Label: v.Say("page.board.rate"), Value: rateText(t), Sub: ui.MoneyExact(t.Collected) + " ÷ " + ui.MoneyExact(t.Billed), Explain: &rate},
		{
			Label: v.Say("page.board.arrears"), Value: ui.MoneyExact(t.Arrears), Unit: "DH",
			Sub:  v.Say("page.board.arrears.sub", "before", change(t.Arrears, t.ArrearsBefore), "share", percentText(t.Old, t.Arrears)),
			Href: c.lateHref(v, t, 0),
		},
		{
			Label: v.Say("page.board.late_routes"), Value: ui.Count(t.Late), Unit: v.Say("page.board.of", "count", t.Routes),
			Sub: v.Say("page.board.anomalies_wait", "count", t.Anomalies), Href: c.walksHref(v, t),
		},
	})
}

// itemsHref leads to the items behind a figure, seen by the clock of the board.
func (c *comparison) itemsHref(v *screen.View, s Standing, pairs ...string) string {
	unit := s.Unit
	if unit == 0 {
		unit = c.under
	}
	pairs = append(pairs, "on", s.AsOf.String(), "unit", idText(unit))
	if s.Closed {
		pairs = append(pairs, "closed", "true")
	}
	return v.Href("/ledger/items", pairs...)
}

// billsHref leads to the bills of a month: their amounts are what was billed, what is left
// of them what was not collected.
func (c *comparison) billsHref(v *screen.View, s Standing, month day.Month) string {
	return c.itemsHref(v, s, "kind", string(ledger.ItemBill), "issued_from", month.First().String(), "issued_to", month.Last().String(), "settled", "true")
}

// lateHref leads to what is more than some days past its due day.
func (c *comparison) lateHref(v *screen.View, s Standing, days int) string {
	return c.itemsHref(v, s, "owing", "true", "due_to", s.AsOf.AddDays(-days-1).String())
}

// walksHref leads to the routes that are overdue.
func (c *comparison) walksHref(v *screen.View, s Standing) string {
	unit := s.Unit
	if unit == 0 {
		unit = c.under
	}
	return v.Href("/metering", "month", s.Cycle.String(), "overdue", "true", "unit", idText(unit))
}

// table is the units side by side.
func (c *comparison) table(v *screen.View) g.Node {
	l := ui.List{ID: "units", Caption: v.Say("page.board.side_by_side"), Bare: true}
	heads := []struct {
		name string
		kind ui.ColumnKind
		sort string
	}{
		{"unit", ui.TextColumn, "unit"},
		{"bills", ui.NumberColumn, ""},
		{"billed", ui.AmountColumn, "billed"},
		{"on_before", ui.NumberColumn, ""},
		{"on_year", ui.NumberColumn, ""},
		{"collected", ui.AmountColumn, "collected"},
		{"rate", ui.NumberColumn, "rate"},
		{"arrears", ui.AmountColumn, "arrears"},
		{"over_90", ui.NumberColumn, "arrears_over_90"},
		{"anomalies", ui.NumberColumn, "anomalies"},
		{"delays", ui.NumberColumn, "late_routes"},
	}
	for _, h := range heads {
		l.Columns = append(l.Columns, ui.Column{Label: v.Say("page.board.col." + h.name), Kind: h.kind, Sort: c.sort(v, h.sort)})
	}
	for _, s := range c.all {
		l.Rows = append(l.Rows, c.row(v, s))
	}
	l.Totals = c.row(v, c.total).Cells
	l.Totals[0] = ui.Cell{Text: v.Say("field.total")}
	return v.Panel(ui.Panel{
		Title: v.Say("page.board.side_by_side_n", "count", len(c.all)), Sub: v.Say("page.board.of_month", "month", day.MonthOf(c.total.Month), "date", c.total.AsOf),
		Body: v.Env.List(l), Flush: true, Foot: g.Text(v.Say("page.board.rule")),
		Status: c.badge(v),
		Links:  append(c.clock(v), v.Exports("board.unit.list", "under", idText(c.under), "month", c.month)...),
	})
}

func idText(id op.ID) string {
	if id == 0 {
		return ""
	}
	return id.String()
}

// sort is the link of a column: amounts begin with the largest.
func (c *comparison) sort(v *screen.View, name string) ui.Sort {
	if name == "" {
		return ui.Sort{}
	}
	turn, order := "-"+name, ""
	if name == "unit" || name == "rate" {
		turn = name
	}
	switch v.Query("sort") {
	case name:
		order, turn = "ascending", "-"+name
	case "-" + name:
		order, turn = "descending", name
	}
	return ui.Sort{Href: v.Href("/board", "month", c.month, "live", v.Query("live"), "sort", turn), Order: order}
}

// row is one unit.
func (c *comparison) row(v *screen.View, s Standing) ui.Row {
	at := func(path string, pairs ...string) string {
		if s.Unit == 0 {
			return v.Href(path, pairs...)
		}
		return v.Href(path, append(pairs, "unit", s.Unit.String())...)
	}
	anomalies := ui.Cell{Text: ui.Number(s.Anomalies), Href: at("/metering/anomalies", "state", "open")}
	late := ui.Cell{Text: ui.Number(s.Late) + "/" + ui.Number(s.Routes), Href: c.walksHref(v, s)}
	month := day.MonthOf(c.total.Month)
	bills := c.billsHref(v, s, month)
	if s.Late > 0 {
		late.Tone = ui.Wrong
	}
	return ui.Row{Cells: []ui.Cell{
		{Text: c.units[s.Unit], Href: at("/board", "month", c.month)},
		{Text: ui.Number(s.Bills), Href: bills},
		{Text: ui.Money(s.Billed), Href: bills},
		{Text: change(s.Billed, s.BilledBefore), Href: c.billsHref(v, s, month.Add(-1))},
		{Text: change(s.Billed, s.BilledYear), Href: c.billsHref(v, s, month.Add(-12))},
		{Text: ui.Money(s.Collected), Href: bills},
		{Text: rateText(s), Href: bills},
		{Text: ui.Money(s.Arrears), Href: c.lateHref(v, s, 0)},
		{Text: percentText(s.Old, s.Arrears), Href: c.lateHref(v, s, oldDays)},
		anomalies, late,
	}}
}

// chart draws the rates.
func (c *comparison) chart(v *screen.View) g.Node {
	bars := make([]ui.Bar, 0, len(c.all))
	for _, s := range c.all {
		bars = append(bars, ui.Bar{
			Label: c.units[s.Unit], Part: int(s.Rate), Value: rateText(s), Wrong: s.Rate < c.total.Rate,
			Sub: ui.Money(s.Collected) + " ÷ " + ui.Money(s.Billed),
		})
	}
	return v.Panel(ui.Panel{
		Title: v.Say("page.board.rate"), Sub: v.Say("page.board.rate.sub", "rate", rateText(c.total)), Body: v.Env.Bars(v.Say("page.board.rate"), bars),
	})
}

// monthsBack is how many months the board can be asked for from its page.
const monthsBack = 6

// months leads to the months before.
func (c *comparison) months(v *screen.View) g.Node {
	facts := make([]ui.Fact, 0, monthsBack)
	for i := range monthsBack {
		month := day.MonthOf(v.Today).Add(-i)
		state := v.Say("page.board.other")
		if month == day.MonthOf(c.total.Month) {
			state = v.Say("page.board.shown")
		}
		facts = append(facts, ui.Fact{Label: state, Value: v.Texts.Value(month), Href: v.Href("/board", "month", month.First().String())})
	}
	return v.Panel(ui.Panel{Title: v.Say("page.board.other_months"), Body: v.Env.Facts(facts)})
}

// rateText is a rate with one decimal.
func rateText(s Standing) string {
	if s.Billed == 0 {
		return ui.Dash
	}
	tenths := (int64(s.Rate) + 5) / 10
	return strconv.FormatInt(tenths/10, 10) + "," + strconv.FormatInt(tenths%10, 10) + " %"
}

// change is how much more or less than before, in percent with one decimal.
func change(now, before money.Amount) string {
	if before == 0 {
		return ui.Dash
	}
	more, err := now.Sub(before)
	if err != nil {
		return ui.Dash
	}
	rate, err := rateOf(more, before)
	if err != nil {
		return ui.Dash
	}
	sign, tenths := "+", int64(rate+5)/10
	if rate < 0 {
		sign, tenths = "−", int64(5-rate)/10
	}
	return sign + strconv.FormatInt(tenths/10, 10) + "," + strconv.FormatInt(tenths%10, 10) + " %"
}
