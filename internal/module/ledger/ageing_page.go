package ledger

import (
	"context"
	"strconv"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/kernel/page"
	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// ageLine is one line of the matrix.
type ageLine struct {
	unit   op.ID
	key    string
	by     map[int64]money.Amount // by the first day late; -1 is not due
	credit money.Amount
	total  money.Amount
}

// notDueKey is the age of what is not due in ageLine.by.
const notDueKey = -1

// ageingPage is the matrix units × age, with heat by share and a way down to the
// items.
func ageingPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	under := underOf(v)
	in := []string{"under", under}
	in = append(in, append(ageingAsked(v), "group", groupOf(v))...)
	rows, more, err := screen.Rows[AgeRow](ctx, v, "ledger.ageing", page.LimitMax, in...)
	if err != nil {
		return ui.Page{}, err
	}
	units, err := v.Labels(ctx, "unit", unitsOf(rows))
	if err != nil {
		return ui.Page{}, err
	}
	l := ui.List{ID: "ageing", Caption: v.Say("page.ledger.ageing"), Empty: &ui.Empty{
		Icon: ui.IconBook, Title: v.Say("page.ledger.ageing_empty"), Text: v.Say("page.ledger.ageing_empty.text"),
	}}
	if err := v.Filters(ctx, "ledger.ageing", &l, "under", "limits"); err != nil {
		return ui.Page{}, err
	}
	lines, totals := ageLines(rows)
	ageTable(v, &l, lines, totals, units)
	l.Note = v.Say("page.ledger.ageing.note")
	if more {
		l.Note = v.Say("page.ledger.ageing.more", "count", len(lines))
	}
	l.Exports = v.Exports("ledger.ageing", in...)
	rates, err := ratesPanel(ctx, v, under)
	if err != nil {
		return ui.Page{}, err
	}
	sub, err := ageingSub(ctx, v)
	if err != nil {
		return ui.Page{}, err
	}
	doubt, err := doubtfulFigure(ctx, v, under)
	if err != nil {
		return ui.Page{}, err
	}
	clocks := v.Panel(ui.Panel{Title: v.Say("page.ledger.clocks"), Body: h.P(g.Text(v.Say("page.ledger.clocks.text")))})
	return ui.Page{Sub: sub, Body: g.Group{ageFigures(v, totals, doubt), v.Env.List(l), v.Columns("8-4", ageChart(v, totals), clocks), rates}}, nil
}

// groupOf is what the lines stand for; empty is units.
func groupOf(v *screen.View) string { return v.Query("group") }

// doubtfulFigure is what of the debts of the page is on the account of doubtful ones.
func doubtfulFigure(ctx context.Context, v *screen.View, under string) ([]ui.Figure, error) {
	if v.Query("doubt") != "" {
		return nil, nil
	}
	rows, _, err := screen.Rows[AgeRow](ctx, v, "ledger.ageing", page.LimitMax, append(ageingAsked(v), "under", under, "doubt", string(InDoubt))...)
	var sum money.Amount
	for _, r := range rows {
		sum += r.Amount
	}
	return []ui.Figure{{
		Label: v.Say("page.ledger.in_doubt"), Value: ui.MoneyExact(sum), Unit: "DH", Sub: v.Say("page.ledger.in_doubt.sub"),
		Href: v.Href("/ledger", append(ageingAsked(v), "doubt", string(InDoubt), "group", groupOf(v))...),
	}}, err
}

// ageChart draws the debts of the page by age, with the same figures in a table.
func ageChart(v *screen.View, totals ageLine) g.Node {
	c := ui.BarChart{
		Title: v.Say("page.ledger.ages"), Unit: "DH", Head: v.Say("page.ledger.ages.head"), Series: []string{v.Say("field.owed")},
	}
	starts, names := ageNames(v)
	for i, start := range starts {
		amount := totals.by[start]
		c.Bars = append(c.Bars, ui.ChartBar{Label: names[i], Values: []ui.ChartValue{{
			N: int64(amount), Text: ui.MoneyExact(amount), Short: ui.Number(int64(amount / wholeDirham)),
		}}})
	}
	return v.Panel(ui.Panel{Title: c.Title, Sub: v.Say("page.ledger.ages.sub"), Body: v.Env.BarChart(c)})
}

// wholeDirham is 1.00 DH.
const wholeDirham = money.Amount(100)

// ageNames are the ages of the page: their first days late, and their names.
func ageNames(v *screen.View) (starts []int64, names []string) {
	limits := LimitsDefault()
	starts, names = []int64{notDueKey}, []string{v.Say("enum.ledger_age.not_due")}
	for i, limit := range limits {
		from := 1
		if i > 0 {
			from = limits[i-1] + 1
		}
		starts, names = append(starts, int64(from)), append(names, strconv.Itoa(from)+"–"+strconv.Itoa(limit))
	}
	last := limits[len(limits)-1]
	return append(starts, int64(last+1)), append(names, "> "+strconv.Itoa(last))
}

// ageingAsked is what the matrix was asked for, but for its lines: it is kept on the way
// down.
func ageingAsked(v *screen.View) (pairs []string) {
	for _, name := range []string{"on", "known_on", "by", "closed", "category", "legal_nature", "service", "doubt"} {
		pairs = append(pairs, name, v.Query(name))
	}
	return pairs
}

// underOf is the unit whose parts are the lines: the one chosen, else the one the
// person answers for.
func underOf(v *screen.View) string {
	if v.Unit != 0 {
		return op.ID(v.Unit).String()
	}
	if roots := v.Rights.Roots("ledger.ageing"); len(roots) == 1 {
		return op.ID(roots[0].Unit).String()
	}
	return ""
}

// asOf is the day of the page: that of the address, else today. A closed month is
// seen on its last day.
func asOf(v *screen.View) day.Date {
	on, err := day.Parse(v.Query("on"))
	if err != nil {
		on = v.Today
	}
	if v.Query("closed") == "true" {
		on = day.MonthOf(on).Last()
	}
	return on
}

// ageingSub says which clocks are meant, whether the figures may still change, and
// what has been closed.
func ageingSub(ctx context.Context, v *screen.View) (g.Node, error) {
	on, closed := asOf(v), v.Query("closed") == "true"
	known := v.Say("page.ledger.known_now")
	if d, err := day.Parse(v.Query("known_on")); err == nil {
		known = v.Say("page.ledger.known_on", "date", d)
	}
	status := ui.Status{Label: v.Say("page.ledger.provisional"), Tone: ui.Waits}
	if closed {
		status, known = ui.Status{Label: v.Say("page.ledger.closed"), Tone: ui.Settled}, v.Say("page.ledger.known_closed")
	}
	nodes := g.Group{v.Badge(status), g.Text(" " + v.Say("page.ledger.as_of", "date", on) + " " + known)}
	if !v.May("ledger.period.list") || !closed && on != day.MonthOf(on).Last() {
		return nodes, nil
	}
	month := day.MonthOf(on)
	rows, _, err := screen.Rows[Closing](ctx, v, "ledger.period.list", page.LimitMax, "from", month.First().String())
	n := 0
	for _, c := range rows {
		if day.MonthOf(c.Month) == month {
			n++
		}
	}
	return append(nodes, g.Text(" · "+v.Say("page.ledger.closed_units", "count", n, "month", month))), err
}

// ratesPanel are both rates of collection of the month of the page, each with its
// formula and its operands.
func ratesPanel(ctx context.Context, v *screen.View, under string) (g.Node, error) {
	if !v.May("ledger.rate.list") {
		return nil, nil
	}
	on := asOf(v)
	in := []string{"month", on.String(), "on", on.String(), "known_on", v.Query("known_on"), "scope", under}
	rows, _, err := screen.Rows[RateRow](ctx, v, "ledger.rate.list", page.LimitMax, in...)
	if err != nil {
		return nil, err
	}
	var sum RateRow
	for _, r := range rows {
		sum.Billed, sum.Collected = sum.Billed+r.Billed, sum.Collected+r.Collected
		sum.Received, sum.Arrears = sum.Received+r.Received, sum.Arrears+r.Arrears
	}
	month := day.MonthOf(on)
	dirhams := func(a money.Amount) string { return ui.MoneyExact(a) + ui.HardSpace + "DH" }
	return v.Panel(ui.Panel{
		Title: v.Say("page.ledger.rates", "month", month), Sub: v.Say("page.ledger.rates.sub", "date", on),
		Links: v.Exports("ledger.rate.list", in...),
		Body: v.Figures(v.Say("page.ledger.rates", "month", month), []ui.Figure{
			{
				Label: v.Say("page.ledger.rate"), Value: percent(sum.Collected, sum.Billed),
				Sub: v.Say("page.ledger.rate.formula", "collected", dirhams(sum.Collected), "billed", dirhams(sum.Billed)),
			},
			{
				Label: v.Say("page.ledger.rate_global"), Value: percent(sum.Received, sum.Arrears+sum.Billed),
				Sub: v.Say("page.ledger.rate_global.formula", "received", dirhams(sum.Received), "arrears", dirhams(sum.Arrears), "billed", dirhams(sum.Billed)),
			},
		}),
		Foot: g.Text(v.Say("page.ledger.rates.note")),
	}), nil
}

// percent is a part of a whole in per cent, or a dash.
func percent(part, whole money.Amount) string {
	if whole <= 0 {
		return ui.Dash
	}
	rate, err := money.Portion(wholeRate, int64(part), int64(whole))
	if err != nil {
		return ui.Dash
	}
	return rate.French()
}

// wholeRate is 100 %.
const wholeRate = money.Rate(10_000)

// ageLines gathers the cells by line, in order, and adds them up.
func ageLines(rows []AgeRow) (lines []*ageLine, totals ageLine) {
	totals.by = map[int64]money.Amount{}
	type key struct {
		unit op.ID
		key  string
	}
	at := map[key]*ageLine{}
	for _, r := range rows {
		k := key{r.Unit, r.Key}
		line := at[k]
		if line == nil {
			line = &ageLine{unit: r.Unit, key: r.Key, by: map[int64]money.Amount{}}
			at[k], lines = line, append(lines, line)
		}
		from := r.FromDays
		if r.Kind == NotDue {
			from = notDueKey
		}
		for _, sum := range []*ageLine{line, &totals} {
			if r.Kind == InCredit {
				sum.credit += r.Amount
				continue
			}
			sum.by[from] += r.Amount
			sum.total += r.Amount
		}
	}
	return lines, totals
}

// ageTable fills the columns, rows and totals of the matrix.
func ageTable(v *screen.View, l *ui.List, lines []*ageLine, totals ageLine, units map[op.ID]string) {
	head := v.Say("field.unit")
	if group := groupOf(v); group != "" {
		head = v.Say("enum.ledger_ageing_group." + group)
	}
	l.Columns = []ui.Column{{Label: head}}
	starts, names := ageNames(v)
	for _, name := range names {
		l.Columns = append(l.Columns, ui.Column{Label: name, Kind: ui.AmountColumn})
	}
	l.Columns = append(l.Columns, ui.Column{Label: v.Say("field.total"), Kind: ui.AmountColumn}, ui.Column{Label: v.Say("field.credits"), Kind: ui.AmountColumn})
	for _, line := range lines {
		l.Rows = append(l.Rows, ageRow(v, line, starts, units))
	}
	l.Totals = []ui.Cell{{Text: v.Say("field.total")}}
	for _, start := range starts {
		l.Totals = append(l.Totals, ui.Cell{Text: ui.Money(totals.by[start])})
	}
	l.Totals = append(l.Totals, ui.Cell{Text: ui.MoneyExact(totals.total)}, ui.Cell{Text: ui.Money(totals.credit)})
}

// ageRow is one line: its name leads one level down, each amount to its items.
func ageRow(v *screen.View, line *ageLine, starts []int64, units map[op.ID]string) ui.Row {
	name, of := ageName(v, line, units)
	if name.Text == "" {
		name.Text = ui.Dash
	}
	row := ui.Row{Cells: []ui.Cell{name}}
	for i, start := range starts {
		amount := line.by[start]
		cell := ui.Cell{Text: ui.Money(amount), Heat: heatOf(amount, line.total)}
		if amount != 0 {
			from, to := dueSpan(v, start, starts, i)
			cell.Href = itemsHref(v, from, to, of)
		}
		row.Cells = append(row.Cells, cell)
	}
	total := ui.Cell{Text: ui.MoneyExact(line.total)}
	if line.total != 0 {
		total.Href = itemsHref(v, "", "", of)
	}
	row.Cells = append(row.Cells, total, ui.Cell{Text: ui.Money(line.credit)})
	return row
}

// ageName is the name of a line, which leads one level down: from a unit to those below
// it, from the last unit to its categories, then to natures, to services, to the items. of
// is what narrows to the line.
func ageName(v *screen.View, line *ageLine, units map[op.ID]string) (name ui.Cell, of []string) {
	down := func(group AgeingGroup) string {
		return v.Href("/ledger", replaced(append([]string{"unit", v.Query("unit")}, append(ageingAsked(v), "group", string(group))...), of)...)
	}
	switch AgeingGroup(groupOf(v)) {
	case GroupCategory:
		of = []string{"category", line.key}
		return ui.Cell{Text: line.key, Href: down(GroupLegalNature)}, of
	case GroupLegalNature:
		of = []string{"legal_nature", line.key}
		name = ui.Cell{Text: v.Word("legal_nature", line.key), Href: down(GroupService)}
		if v.Query("closed") == "true" { // which is not kept by service
			name.Href = itemsHref(v, "", "", of)
		}
		return name, of
	case GroupService:
		of = []string{"service", line.key}
		return ui.Cell{Text: v.Say("enum.ledger_service." + line.key), Href: itemsHref(v, "", "", of)}, of
	}
	place := line.unit.String()
	of = []string{"unit", place}
	if place == underOf(v) {
		return ui.Cell{Text: units[line.unit], Href: down(GroupCategory)}, of
	}
	return ui.Cell{Text: units[line.unit], Href: down("")}, of
}

// replaced gives some pairs other values, or adds them.
func replaced(pairs, by []string) []string {
	for i := 0; i+1 < len(by); i += 2 {
		found := false
		for k := 0; k+1 < len(pairs); k += 2 {
			if pairs[k] == by[i] {
				pairs[k+1], found = by[i+1], true
			}
		}
		if !found {
			pairs = append(pairs, by[i], by[i+1])
		}
	}
	return pairs
}

// itemsHref is the list of the items behind an amount: those of a line, due or issued in
// a span.
func itemsHref(v *screen.View, from, to string, of []string) string {
	span := []string{"due_from", from, "due_to", to}
	if v.Query("by") == string(ByIssue) {
		span = []string{"issued_from", from, "issued_to", to}
	}
	pairs := append([]string{"unit", v.Query("unit")}, append(span, "on", asOf(v).String(), "owing", "true")...)
	for _, name := range []string{"category", "legal_nature", "service"} {
		pairs = append(pairs, name, v.Query(name))
	}
	if v.Query("closed") == "true" {
		pairs = append(pairs, "closed", "true")
	} else {
		pairs = append(pairs, "known_on", v.Query("known_on"))
	}
	if v.Query("doubt") == string(InDoubt) {
		pairs = append(pairs, "doubtful", "true")
	}
	return v.Href("/ledger/items", replaced(pairs, of)...)
}

// dueSpan are the due dates of an age.
func dueSpan(v *screen.View, start int64, starts []int64, i int) (from, to string) {
	on := asOf(v)
	if start == notDueKey {
		return on.String(), ""
	}
	if i+1 < len(starts) {
		from = on.AddDays(-int(starts[i+1] - 1)).String()
	}
	return from, on.AddDays(-int(start)).String()
}

// heatOf is the tint of a share: the fifth it falls in.
func heatOf(amount, total money.Amount) int {
	if amount <= 0 || total <= 0 {
		return 0
	}
	share, err := money.Portion(money.Amount(ui.HeatMax), int64(amount), int64(total))
	if err != nil {
		return 0
	}
	return max(1, int(share))
}

// ageFigures are the sums above the matrix.
func ageFigures(v *screen.View, totals ageLine, doubt []ui.Figure) g.Node {
	var late money.Amount
	for from, amount := range totals.by {
		if from != notDueKey {
			late += amount
		}
	}
	figure := func(label string, a money.Amount, sub string) ui.Figure {
		return ui.Figure{Label: label, Value: ui.MoneyExact(a), Unit: "DH", Sub: sub}
	}
	figures := append([]ui.Figure{
		figure(v.Say("field.owed"), totals.total, v.Say("page.ledger.owed.sub")),
		figure(v.Say("field.late"), late, v.Say("page.ledger.late.sub")),
	}, doubt...)
	return v.Figures(v.Say("page.ledger.ageing"), append(figures,
		figure(v.Say("field.credits"), totals.credit, v.Say("page.ledger.credits.sub")),
		figure(v.Say("page.ledger.net"), totals.total-totals.credit, v.Say("page.ledger.net.sub")),
	))
}
