package org

import (
	"context"
	"strconv"

	g "maragu.dev/gomponents"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/page"
	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// holidaysPage is the calendar of one year: the days that are not worked.
func holidaysPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	year := v.Today.Year()
	if n, err := strconv.Atoi(v.Query("year")); err == nil && n >= day.YearTypedMin && n <= day.YearTypedMax {
		year = n
	}
	place := ""
	if v.Unit != 0 {
		place = op.ID(v.Unit).String()
	}
	rows, more, err := screen.Rows[Holiday](ctx, v, "org.holiday.list", page.LimitMax, "year", strconv.Itoa(year), "unit", place)
	if err != nil {
		return ui.Page{}, err
	}
	ids := make([]op.ID, 0, len(rows))
	for _, h := range rows {
		ids = append(ids, h.UnitID)
	}
	units, err := v.Labels(ctx, "unit", ids)
	if err != nil {
		return ui.Page{}, err
	}
	add := primary(v.Button("org.holiday.add", ui.IconPlus))
	l := ui.List{ID: "holidays", Caption: v.Say("page.org.holidays"), Columns: []ui.Column{
		{Label: v.Say("field.date"), Kind: ui.DateColumn},
		{Label: v.Say("page.org.weekday")},
		{Label: v.Say("field.label")},
		{Label: v.Say("field.kind")},
		{Label: v.Say("page.org.where")},
		{Label: v.Say("page.org.actions")},
	}, Empty: &ui.Empty{
		Icon: ui.IconCalendar, Title: v.Say("page.org.holidays_empty", "year", strconv.Itoa(year)), Text: v.Say("page.org.holidays_empty.text"),
	}}
	for _, h := range rows {
		l.Rows = append(l.Rows, holidayRow(v, h, units))
	}
	if len(rows) > 0 {
		l.Note = v.Say("page.org.holidays.note")
		l.Exports = v.Exports("org.holiday.list", "year", strconv.Itoa(year))
	}
	if more {
		l.Note = v.Say("page.org.holidays.more", "count", len(rows))
	}
	around := func(n int, icon ui.Icon) ui.Button {
		text := strconv.Itoa(year + n)
		return ui.Button{Label: text, Icon: icon, Href: v.Href("/org/holidays", "year", text)}
	}
	return ui.Page{
		Title: v.Say("page.org.holidays_of", "year", strconv.Itoa(year)), Sub: g.Text(v.Say("page.org.holidays.sub", "count", len(rows))),
		Body: v.Env.List(l), Actions: append([]ui.Button{around(-1, ui.IconArrowLeft), around(1, ui.IconArrowRight)}, add...),
	}, nil
}

func holidayRow(v *screen.View, h Holiday, units map[op.ID]string) ui.Row {
	where := ui.Cell{Text: v.Say("page.org.everywhere")}
	if h.UnitID != 0 {
		where = ui.Cell{Text: units[h.UnitID], Href: v.RecordHref("unit", h.UnitID)}
	}
	return ui.Row{Cells: []ui.Cell{
		{Text: h.Date.French()},
		{Text: v.Say("weekday." + strconv.Itoa(int(h.Date.Weekday())))},
		{Text: h.Label},
		{Text: enumWord(v, h.Kind)},
		where,
		{Node: holidayActions(v, h)},
	}}
}

// holidayActions are those of one row: changing it, and removing it at once.
func holidayActions(v *screen.View, h Holiday) g.Node {
	id, version := h.ID.String(), strconv.FormatInt(h.Version, 10)
	node := g.Group{}
	values := []string{"id", id, "version", version, "date", h.Date.String(), "label", h.Label, "kind", string(h.Kind)}
	for _, b := range v.Button("org.holiday.update", ui.IconEdit, values...) {
		b.Quiet, b.Label = true, v.Say("page.org.change")
		node = append(node, v.Env.Button(b))
	}
	if v.May("org.holiday.remove") {
		node = append(node, v.Env.Button(ui.Button{
			Label: v.Say("page.org.remove"), Icon: ui.IconTrash, Quiet: true, Post: v.OpHref("org.holiday.remove"), IdemKey: v.Key(),
			Confirm: v.Say("page.org.holiday_remove", "label", h.Label, "date", h.Date),
			Hidden:  []ui.Pair{{Name: "id", Value: id}, {Name: "version", Value: version}, {Name: screen.BackField, Value: v.Request.URL.RequestURI()}},
		}))
	}
	return node
}
