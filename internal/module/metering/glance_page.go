package metering

import (
	"context"
	"slices"
	"strconv"
	"strings"

	g "maragu.dev/gomponents"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/kernel/page"
	"wasl/internal/module/org"
	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

const (
	// metersShown is the most meters on the page of a customer; the list has all.
	metersShown = 12
	// monthsShown is how far back the chart of consumptions goes.
	monthsShown = 24
	monthsYear  = 12
)

// Parts are what metering shows of the records of others: the meters in place at
// service points, and what was consumed on accounts.
func (m *Module) Parts() []screen.Part {
	return []screen.Part{
		{Record: "service_point", Right: "metering.meter.list", Together: metersPart},
		{Record: "account", Zone: screen.Side, Right: "metering.consumption.list", Together: monthsPart},
	}
}

// metersPart are the meters in place with their seals and last index.
func metersPart(ctx context.Context, v *screen.View, points []op.ID) (g.Node, error) {
	rows, more, err := screen.Rows[MeterRow](ctx, v, "metering.meter.list", metersShown, screen.Several("service_points", points)...)
	if err != nil {
		return nil, err
	}
	l := ui.List{ID: "meters", Columns: []ui.Column{
		{Label: v.Say("field.meter"), Kind: ui.CodeColumn},
		{Label: v.Say("field.service")},
		{Label: v.Say("field.point"), Kind: ui.CodeColumn},
		{Label: v.Say("field.installed_on"), Kind: ui.DateColumn},
		{Label: v.Say("field.seals"), Kind: ui.CodeColumn},
		{Label: v.Say("page.metering.last_index"), Kind: ui.NumberColumn},
		{Label: v.Say("page.metering.read_on"), Kind: ui.DateColumn},
	}, Empty: &ui.Empty{Icon: ui.IconGauge, Title: v.Say("page.metering.no_meter"), Text: v.Say("page.metering.no_meter.text")}}
	for _, m := range rows {
		seals, err := sealsInPlace(ctx, v, m.ID)
		if err != nil {
			return nil, err
		}
		index, on, err := lastIndex(ctx, v, m.ID)
		if err != nil {
			return nil, err
		}
		l.Rows = append(l.Rows, ui.Row{Href: v.RecordHref("meter", m.ID), Cells: []ui.Cell{
			{Text: m.Serial},
			{Text: v.Say("enum.service." + string(m.Service))},
			{Text: m.Point},
			{Text: m.InstalledOn.French()},
			{Text: seals},
			{Text: index},
			{Text: on},
		}})
	}
	sub := ""
	if more {
		sub = v.Say("page.metering.meters_more", "count", metersShown)
	}
	return panelOf(v, v.Say("page.metering.in_place"), sub, l), nil
}

// sealsInPlace are the numbers of the seals on a meter.
func sealsInPlace(ctx context.Context, v *screen.View, meter op.ID) (string, error) {
	if !v.May("metering.meter.show") {
		return "", nil
	}
	card, err := screen.Fetch[MeterCard](ctx, v, "metering.meter.show", "id", meter.String())
	var numbers []string
	for _, s := range card.Seals {
		if s.RemovedOn.IsZero() {
			numbers = append(numbers, s.Number)
		}
	}
	return strings.Join(numbers, ", "), err
}

// lastIndex is the last index of a meter, of each of its registers on that day, and
// the day.
func lastIndex(ctx context.Context, v *screen.View, meter op.ID) (index, on string, err error) {
	if !v.May("metering.reading.list") {
		return "", "", nil
	}
	rows, _, err := screen.Rows[ReadingRow](ctx, v, "metering.reading.list", RegistersMax, "meter", meter.String(), "state", string(Valid))
	if err != nil || len(rows) == 0 {
		return ui.Dash, "", err
	}
	var shown []string
	for _, r := range rows {
		if r.ReadingDate != rows[0].ReadingDate {
			break
		}
		text := r.Dial.French()
		if r.Register != "" {
			text = r.Register + ui.HardSpace + text
		}
		shown = append(shown, text)
	}
	return strings.Join(shown, ", "), rows[0].ReadingDate.French(), nil
}

// monthSum is what was consumed in a month.
type monthSum struct {
	quantity  money.Quantity
	estimated bool
}

// monthsPart draws what was consumed on accounts in the last months, one chart for each
// service.
func monthsPart(ctx context.Context, v *screen.View, accounts []op.ID) (g.Node, error) {
	rows, more, err := screen.Rows[ConsumptionRow](ctx, v, "metering.consumption.list", page.LimitMax, screen.Several("accounts", accounts)...)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	if more { // the oldest month may lack rows
		oldest := rows[len(rows)-1].Month
		rows = slices.DeleteFunc(rows, func(r ConsumptionRow) bool { return r.Month == oldest })
	}
	by := map[org.Service]map[day.Month]monthSum{}
	held := map[org.Service][]op.ID{}
	for _, r := range rows {
		if !r.State.Billable() && r.State != ToDecide {
			continue
		}
		sums := by[r.Service]
		if sums == nil {
			sums = map[day.Month]monthSum{}
			by[r.Service] = sums
		}
		if !slices.Contains(held[r.Service], r.Account) {
			held[r.Service] = append(held[r.Service], r.Account)
		}
		month := day.MonthOf(r.Month)
		sum := sums[month]
		if sum.quantity, err = money.Add(sum.quantity, r.Quantity); err != nil {
			return nil, err
		}
		sum.estimated = sum.estimated || r.Kind == Estimated
		sums[month] = sum
	}
	var nodes g.Group
	for _, service := range org.Service("").EnumValues() {
		if sums := by[org.Service(service)]; len(sums) > 0 {
			nodes = append(nodes, monthsPanel(v, service, sums, len(held[org.Service(service)])))
		}
	}
	return nodes, nil
}

// spanOf is the last month of some sums, and the first of them that is shown.
func spanOf(sums map[day.Month]monthSum) (first, last day.Month) {
	for month := range sums {
		if last.IsZero() || last.Before(month) {
			last = month
		}
	}
	first = last
	for month := range sums {
		if month.Before(first) {
			first = month
		}
	}
	if oldest := last.Add(1 - monthsShown); first.Before(oldest) {
		first = oldest
	}
	return first, last
}

// monthsPanel is the chart of one service.
func monthsPanel(v *screen.View, service string, sums map[day.Month]monthSum, accounts int) g.Node {
	first, last := spanOf(sums)
	title := v.Say("page.metering.months", "service", v.Say("enum.service."+service))
	c := ui.BarChart{Title: title, Unit: unitOf(v, service), Head: v.Say("field.month"), Series: []string{v.Say("field.consumption")}}
	var year, before money.Quantity
	for month := first; !last.Before(month); month = month.Add(1) {
		sum, known := sums[month]
		_, m := month.Civil()
		bar := ui.ChartBar{
			Label: v.Say("page.metering.month." + strconv.Itoa(int(m))), Name: v.Texts.Value(month), Marked: sum.estimated,
			Values: []ui.ChartValue{{N: int64(max(sum.quantity, 0)), Text: sum.quantity.French(), None: !known}},
		}
		if sum.estimated {
			c.Highlight = v.Say("page.metering.estimated")
		}
		c.Bars = append(c.Bars, bar)
		if last.Add(-monthsYear).Before(month) {
			year += sum.quantity
		} else {
			before += sum.quantity
		}
	}
	sub := v.Say("page.metering.months.year", "quantity", year.French(), "unit", c.Unit)
	if last.Add(1-monthsShown) == first {
		sub = v.Say("page.metering.months.years", "quantity", year.French(), "before", before.French(), "unit", c.Unit)
	}
	if accounts > 1 {
		sub += " " + v.Say("page.metering.months.several", "count", accounts)
	}
	return v.Panel(ui.Panel{Title: title, Sub: sub, Body: v.BarChart(c)})
}
