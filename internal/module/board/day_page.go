package board

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	g "maragu.dev/gomponents"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/kernel/page"
	"wasl/internal/module/ledger"
	"wasl/internal/module/org"
	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// Parts are what the board shows on the page of the day: above its columns, in the wide
// one, and at the side.
func (m *Module) Parts() []screen.Part {
	return []screen.Part{
		{Record: screen.DayRecord, Zone: screen.Head, Right: "board.unit.list", Render: comparePart},
		{Record: screen.DayRecord, Zone: screen.Head, Right: "board.anomaly.list", Render: anomalyPart},
		{Record: screen.DayRecord, Right: "board.cycle.list", Render: cyclePart},
		{Record: screen.DayRecord, Right: "collection.day.list", Render: receiptsPart},
		{Record: screen.DayRecord, Right: "billing.run.list", Render: runsPart},
		{Record: screen.DayRecord, Zone: screen.Side, Right: "board.cycle.list", Render: latePart},
		{Record: screen.DayRecord, Zone: screen.Side, Right: "ledger.ageing", Render: agesPart},
	}
}

// placeOf is the unit a person answers for by a right, or the one chosen; 0 is several.
// wide says that it is a region or more: its parts are compared, not walked through.
func placeOf(ctx context.Context, v *screen.View, right string) (unit op.ID, wide bool, err error) {
	unit = op.ID(v.Unit)
	if roots := v.Rights.Roots(right); unit == 0 && len(roots) == 1 {
		unit = op.ID(roots[0].Unit)
	}
	if unit == 0 || !v.May("org.unit.show") {
		return unit, unit == 0, nil
	}
	card, err := screen.Fetch[org.UnitCard](ctx, v, "org.unit.show", "id", unit.String())
	return unit, card.Kind == org.Central || card.Kind == org.Region, err
}

// anomalyPart is the strip of what waits for a decision, by rule.
func anomalyPart(ctx context.Context, v *screen.View, _ op.ID) (g.Node, error) {
	all, _, err := screen.Rows[Waiting](ctx, v, "board.anomaly.list", page.LimitMax)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	type rule struct {
		code           string
		count, blocked int64
	}
	var rules []rule
	var total rule
	for _, a := range all {
		i := slices.IndexFunc(rules, func(r rule) bool { return r.code == a.Rule })
		if i < 0 {
			i, rules = len(rules), append(rules, rule{code: a.Rule})
		}
		for _, r := range []*rule{&rules[i], &total} {
			r.count += a.Count
			if a.Blocking {
				r.blocked += a.Count
			}
		}
	}
	slices.SortStableFunc(rules, func(a, b rule) int { return int(b.blocked - a.blocked) })
	figure := func(label string, r rule, pairs ...string) ui.Figure {
		f := ui.Figure{Label: label, Value: ui.Count(r.count), Sub: v.Say("page.board.warns")}
		if v.May("metering.anomaly.list") {
			f.Href = v.Href("/metering/anomalies", append(pairs, "state", "open")...)
		}
		if r.blocked > 0 {
			f.Sub, f.Tone = v.Say("page.board.blocks", "count", r.blocked), ui.Wrong
		}
		return f
	}
	const rulesMax = 5
	figures := []ui.Figure{figure(v.Say("page.board.anomalies"), total)}
	for _, r := range rules[:min(len(rules), rulesMax)] {
		figures = append(figures, figure(v.Say("enum.control_rule."+r.code), r, "rule", r.code))
	}
	return v.Figures(v.Say("page.board.anomalies"), figures), nil
}

// cycleMax is how many routes are shown one by one; of more, those in the same state are
// one line for each unit.
const cycleMax = 18

// cyclePart is the month of each route as a line of cells.
func cyclePart(ctx context.Context, v *screen.View, _ op.ID) (g.Node, error) {
	_, wide, err := placeOf(ctx, v, "board.cycle.list")
	if err != nil || wide {
		return nil, err
	}
	all, more, err := screen.Rows[Cycle](ctx, v, "board.cycle.list", page.LimitMax)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	var ids []op.ID
	for _, c := range all {
		ids = append(ids, c.Unit)
	}
	units, err := v.Labels(ctx, "unit", ids)
	if err != nil {
		return nil, err
	}
	l := ui.List{ID: "cycle", Caption: v.Say("page.board.cycle"), Bare: true, Columns: []ui.Column{
		{Label: v.Say("page.board.route"), Kind: ui.CodeColumn}, {Label: v.Say("page.board.reader")}, {Label: v.Say("page.board.meters"), Kind: ui.NumberColumn},
	}}
	for _, stage := range stages() {
		l.Columns = append(l.Columns, ui.Column{Label: v.Say("page.board.stage." + stage), Kind: ui.StatusColumn})
	}
	done, open := make([]int, len(stages())), 0
	var stops int64
	for _, group := range folded(v, all) {
		l.Rows = append(l.Rows, group.row(v, units))
		for i := range done {
			done[i] += group.done[i]
		}
		stops += group.stops
		if group.done[len(done)-1] < len(group.all) {
			open += len(group.all)
		}
	}
	l.Totals = []ui.Cell{{}, {Text: v.Say("page.board.routes", "count", len(all))}, {Text: ui.Count(stops)}}
	for _, n := range done {
		l.Totals = append(l.Totals, ui.Cell{Text: strconv.Itoa(n) + "/" + strconv.Itoa(len(all))})
	}
	month := day.MonthOf(all[0].Month)
	panel := ui.Panel{
		Title: v.Say("page.board.cycle_of", "month", month), Sub: v.Say("page.board.cycle.sub", "open", open, "count", len(all)), Body: v.Env.List(l), Flush: true,
		Foot: g.Text(v.Say("page.board.cycle.note")),
	}
	if more {
		panel.Foot = g.Text(v.Say("page.board.cycle.more", "count", len(all)))
	}
	if v.May("metering.period.list") {
		panel.Links = []ui.Link{{Label: v.Say("page.board.calendar"), Href: v.Href("/metering", "month", month.First().String())}}
	}
	return v.Panel(panel), nil
}

// receiptsPart is what the desks have taken today, by unit and means.
func receiptsPart(ctx context.Context, v *screen.View, _ op.ID) (g.Node, error) {
	const linesMax = 12
	today := v.Today.String()
	l, err := v.List(ctx, "collection.day.list", screen.ListOptions{
		Bare: true, Limit: linesMax, Fixed: []string{"from", today, "to", today}, Columns: []string{"unit", "kind", "receipts", "amount", "stamp", "cancelled"},
		Empty: &ui.Empty{Icon: ui.IconCash, Title: v.Say("page.board.receipts_empty")},
		Cell:  func(column string, row any) *ui.Cell { return takenCell(v, column, row) },
	})
	if err != nil {
		return nil, err
	}
	l.Pager = ui.Pager{}
	for i := range l.Columns {
		l.Columns[i].Sort = ui.Sort{}
	}
	return v.Panel(ui.Panel{
		Title: v.Say("page.board.receipts"), Sub: v.Say("page.board.receipts.sub", "date", v.Today), Body: v.Env.List(l), Flush: true,
		Links: []ui.Link{{Label: v.Say("page.board.all"), Href: v.Href("/o/collection.day.list")}},
	}), nil
}

// takenCell leads from what was taken by one means to its receipts, and names the means
// that the program ships; others keep the code of the utility.
func takenCell(v *screen.View, column string, row any) *ui.Cell {
	of := func(name string) string {
		for _, c := range v.Runner.Registry.Find("collection.day.list").Columns {
			if c.Name == name {
				return fmt.Sprint(c.Value(row))
			}
		}
		return ""
	}
	switch key := "page.board.tender." + of("kind"); {
	case column == "kind" && v.Texts.Has(key):
		return &ui.Cell{Text: v.Say(key)}
	case column == "receipts" && v.May("collection.receipt.list"):
		return &ui.Cell{Text: of("receipts"), Href: v.Href("/collection/receipts", "from", of("received_on"), "to", of("received_on"), "tender", of("kind"),
			"unit", of("unit"), "state", "taken")}
	}
	return nil
}

// runsPart lists the latest runs.
func runsPart(ctx context.Context, v *screen.View, _ op.ID) (g.Node, error) {
	const runsMax = 6
	l, err := v.List(ctx, "billing.run.list", screen.ListOptions{
		Bare: true, Limit: runsMax, Record: "billing_run", Columns: []string{"code", "unit", "from_month", "state", "bills", "total", "issued_on"},
	})
	if err != nil || len(l.Rows) == 0 {
		return nil, err
	}
	l.Pager = ui.Pager{}
	for i := range l.Columns {
		l.Columns[i].Sort = ui.Sort{}
	}
	return v.Panel(ui.Panel{
		Title: v.Say("page.billing.runs"), Body: v.Env.List(l), Flush: true,
		Links: []ui.Link{{Label: v.Say("page.board.all"), Href: v.Href("/billing/runs")}},
	}), nil
}

// latePart lists what is late: walks that are overdue, runs that wait.
func latePart(ctx context.Context, v *screen.View, _ op.ID) (g.Node, error) {
	_, wide, err := placeOf(ctx, v, "board.cycle.list")
	if err != nil || wide {
		return nil, err
	}
	all, _, err := screen.Rows[Cycle](ctx, v, "board.cycle.list", page.LimitMax)
	if err != nil {
		return nil, err
	}
	l := ui.List{ID: "late", Caption: v.Say("page.board.late"), Bare: true, Tall: true, Columns: []ui.Column{
		{Label: v.Say("page.board.what")}, {Label: v.Say("page.board.delay"), Kind: ui.StatusColumn},
	}, Empty: &ui.Empty{Icon: ui.IconCheck, Title: v.Say("page.board.late_empty")}}
	slices.SortStableFunc(all, func(a, b Cycle) int { return int(b.LateDays - a.LateDays) })
	const lateMax = 5
	count := 0
	for _, c := range all {
		if c.LateDays == 0 {
			continue
		}
		if count++; count > lateMax {
			continue
		}
		l.Rows = append(l.Rows, ui.Row{Href: v.RecordHref("route", c.Route), Cells: []ui.Cell{
			{
				Text: v.Say("page.board.late.walk", "route", c.Code),
				Sub:  v.Say("page.board.late.walk.sub", "date", c.ClosesOn, "left", c.Stops-c.Read, "reader", c.Reader),
			},
			{Status: &ui.Status{Label: delay(v, c.LateDays), Tone: ui.Wrong}},
		}})
	}
	panel := ui.Panel{Title: v.Say("page.board.late"), Body: v.Env.List(l), Flush: true}
	if count > 0 {
		panel.Status = &ui.Status{Label: strconv.Itoa(count), Tone: ui.Wrong}
	}
	return v.Panel(panel), nil
}

func delay(v *screen.View, days int64) string { return v.Say("page.board.days_late", "count", days) }

// agesPart is what is owed by age: live for an agence, as closed for a region.
func agesPart(ctx context.Context, v *screen.View, _ op.ID) (g.Node, error) {
	unit, wide, err := placeOf(ctx, v, "ledger.ageing")
	if err != nil {
		return nil, err
	}
	pairs := []string{"under", ""}
	if unit != 0 {
		pairs[1] = unit.String()
	}
	sub := v.Say("page.board.ages.live", "date", v.Today)
	if last := day.MonthOf(v.Today).Add(-1).Last(); wide {
		pairs = append(pairs, "closed", "true", "on", last.String())
		sub = v.Say("page.board.ages.closed", "date", last)
	}
	rows, _, err := screen.Rows[ledger.AgeRow](ctx, v, "ledger.ageing", page.LimitMax, pairs...)
	if err != nil {
		return nil, err
	}
	on := v.Today
	if wide {
		on = day.MonthOf(v.Today).Add(-1).Last()
	}
	bars, total, old, err := ageBars(rows, func(from, to int64) string {
		late := []string{"owing", "true", "on", on.String(), "unit", pairs[1], "due_to", on.AddDays(-int(from)).String()}
		if to != 0 {
			late = append(late, "due_from", on.AddDays(-int(to)).String())
		}
		if wide {
			late = append(late, "closed", "true")
		}
		return v.Href("/ledger/items", late...)
	})
	if err != nil || len(bars) == 0 {
		return nil, err
	}
	panel := ui.Panel{
		Title: v.Say("page.board.ages"), Sub: sub, Body: v.Env.Bars(v.Say("page.board.ages"), bars),
		Links: []ui.Link{{Label: v.Say("page.ledger.ageing"), Href: v.Href("/ledger", pairs[2:]...)}},
		Foot:  g.Text(v.Say("page.board.ages.foot", "total", ui.MoneyExact(total), "share", percentText(old, total))),
	}
	return v.Panel(panel), nil
}

// ageBars adds the cells of an ageing up by age: what is late, and how much of it is more
// than 90 days late. href leads to the items of an age in days, both ends included, 0 for
// no end.
func ageBars(rows []ledger.AgeRow, href func(from, to int64) string) (bars []ui.Bar, total, old money.Amount, err error) {
	by := map[int64]money.Amount{}
	limits := ledger.LimitsDefault()
	var longest money.Amount
	for _, r := range rows {
		if r.Kind != ledger.Late {
			continue
		}
		if by[r.FromDays], err = by[r.FromDays].Add(r.Amount); err != nil {
			return nil, 0, 0, err
		}
		longest = max(longest, by[r.FromDays])
		if total, err = total.Add(r.Amount); err != nil {
			return nil, 0, 0, err
		}
		if r.FromDays > oldDays {
			if old, err = old.Add(r.Amount); err != nil {
				return nil, 0, 0, err
			}
		}
	}
	from := int64(1)
	for i := 0; i <= len(limits) && longest > 0; i++ {
		label := "> " + strconv.FormatInt(from-1, 10) + " j"
		if i < len(limits) {
			label = strconv.FormatInt(from, 10) + "–" + strconv.Itoa(limits[i]) + " j"
		}
		part, err := rateOf(by[from], longest)
		if err != nil {
			return nil, 0, 0, err
		}
		bar := ui.Bar{Label: label, Part: int(part), Value: ui.Money(by[from]), Wrong: from > oldDays}
		to := int64(0)
		if i < len(limits) {
			to = int64(limits[i])
		}
		if by[from] != 0 {
			bar.Href = href(from, to)
		}
		bars, from = append(bars, bar), to+1
	}
	return bars, total, old, nil
}

// percentText is a share in whole percent.
func percentText(part, whole money.Amount) string {
	rate, err := rateOf(part, whole)
	if err != nil {
		return ui.Dash
	}
	return strconv.Itoa(int(rate+50)/100) + " %"
}
