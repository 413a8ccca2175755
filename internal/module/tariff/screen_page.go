package tariff

import (
	"context"
	"strings"

	g "maragu.dev/gomponents"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// Screens are the pages of the tariffs (NORM-3, NORM-5).
func (m *Module) Screens() []screen.Screen {
	page := func(menu int, path, title, right string, render func(context.Context, *screen.View) (ui.Page, error)) screen.Screen {
		return screen.Screen{Path: path, Place: screen.Billing, Title: title, Menu: menu, Right: right, Render: render}
	}
	byID := page(0, "/tariff/versions/{id}", "page.tariff.version", "tariff.show", versionByIDPage)
	byID.Record = "tariff_version"
	imports := page(4, "/tariff/import", "page.tariff.import", "tariff.import", importPage)
	imports.After = "tariff.import"
	return []screen.Screen{
		page(1, "/tariffs", "page.tariff.list", "tariff.list", listPage),
		page(2, "/tariff/quote", "page.tariff.quote", "tariff.quote.explain", quotePage),
		page(3, "/tariff/versions", "page.tariff.versions", "tariff.versions", versionsPage),
		imports, byID,
		page(0, "/tariffs/{code}", "page.tariff.one", "tariff.versions", tariffPage),
		page(0, "/tariffs/{code}/compare", "page.tariff.compare", "tariff.compare", comparePage),
		page(0, "/tariffs/{code}/{name}", "page.tariff.version", "tariff.show", versionPage),
	}
}

// tariffsShown bounds the tariffs drawn on the time line.
const tariffsShown = 40

func tariffHref(v *screen.View, code string) string { return v.Href("/tariffs/" + code) }

func versionHref(v *screen.View, code, name string) string {
	return v.Href("/tariffs/" + code + "/" + name)
}

// listPage is all tariffs and tables with their versions on one time line.
func listPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	versions, more, err := screen.Rows[VersionRow](ctx, v, "tariff.versions", versionsShown)
	if err != nil {
		return ui.Page{}, err
	}
	l, err := v.List(ctx, "tariff.list", screen.ListOptions{
		Columns: []string{"code", "label", "nature", "measured_in", "name", "valid_from", "status", "versions", "drafts"},
		Open:    func(row any) string { return tariffHref(v, row.(Row).Code) },
		Cell:    func(column string, row any) *ui.Cell { return headCell(v, column, row.(Row)) },
		Empty: &ui.Empty{
			Icon: ui.IconInvoice, Title: v.Say("page.tariff.empty"), Text: v.Say("page.tariff.empty.text"), Actions: importButton(v),
		},
	})
	if err != nil {
		return ui.Page{}, err
	}
	body := g.Group{v.Env.List(l)}
	if len(versions) > 0 && !more {
		body = append(body, v.Panel(ui.Panel{
			Title: v.Say("page.tariff.timeline"), Sub: v.Say("page.tariff.timeline.sub"), Body: v.SpanChart(timeline(v, versions, true)),
		}))
	}
	return ui.Page{Body: body, Actions: importButton(v)}, nil
}

func importButton(v *screen.View) []ui.Button {
	if !v.May("tariff.import") {
		return nil
	}
	return []ui.Button{{Label: v.Say("op.tariff.import"), Icon: ui.IconImport, Href: v.Href("/tariff/import"), Primary: true}}
}

// headCell sets what the columns of the list cannot say by themselves.
func headCell(v *screen.View, column string, row Row) *ui.Cell {
	switch column {
	case "code":
		return &ui.Cell{Text: row.Code, Href: tariffHref(v, row.Code)}
	case "name":
		if row.Name == "" {
			return &ui.Cell{Text: v.Say("page.tariff.none_in_force")}
		}
		return &ui.Cell{Text: row.Name, Href: versionHref(v, row.Code, row.Name)}
	case "status":
		return statusCell(v, row.Status)
	case "versions", "drafts":
		n := row.Versions
		if column == "drafts" {
			n = row.Drafts
		}
		return &ui.Cell{Text: ui.Count(n)}
	}
	return nil
}

func statusCell(v *screen.View, s Status) *ui.Cell {
	if s == "" {
		return &ui.Cell{}
	}
	status := statusBadge(v, s)
	return &ui.Cell{Status: &status}
}

// statusBadge says whose figures they are: example figures must be seen at once.
func statusBadge(v *screen.View, s Status) ui.Status {
	if s == Example {
		return ui.Status{Tone: ui.Waits, Icon: ui.IconInfo, Label: v.Say("enum.tariff_status.example")}
	}
	return ui.Status{Tone: ui.Settled, Icon: ui.IconCheck, Label: v.Say("enum.tariff_status." + string(s))}
}

// stateBadge says where a version stands.
func stateBadge(v *screen.View, s State) ui.Status {
	out := ui.Status{Label: v.Say("enum.tariff_state." + string(s))}
	switch s {
	case Draft:
		out.Tone, out.Icon = ui.Waits, ui.IconEdit
	case Active:
		out.Tone = ui.Settled
	case Replaced, Withdrawn:
		out.Icon = ui.IconHistory
	}
	return out
}

// versionsShown bounds the versions of a page that shows them all.
const versionsShown = 200

// versionsPage is every version stored, with filters and export.
func versionsPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	l, err := v.List(ctx, "tariff.versions", screen.ListOptions{
		Columns: []string{"tariff", "name", "nature", "valid_from", "valid_to", "status", "state", "file_name", "imported_at", "imported_by"},
		Open: func(row any) string {
			r := row.(VersionRow)
			return versionHref(v, r.Tariff, r.Name)
		},
		Cell: func(column string, row any) *ui.Cell { return versionCell(v, column, row.(VersionRow)) },
	})
	return ui.Page{Body: v.Env.List(l), Actions: importButton(v)}, err
}

func versionCell(v *screen.View, column string, row VersionRow) *ui.Cell {
	switch column {
	case "tariff":
		return &ui.Cell{Text: row.Tariff, Href: tariffHref(v, row.Tariff)}
	case "name":
		return &ui.Cell{Text: row.Name, Href: versionHref(v, row.Tariff, row.Name)}
	case "status":
		return statusCell(v, row.Status)
	case "state":
		status := stateBadge(v, row.State)
		return &ui.Cell{Status: &status}
	}
	return nil
}

// timeline draws versions from the first day of the first one to a year after today
// and after the last one began.
func timeline(v *screen.View, versions []VersionRow, byTariff bool) ui.SpanChart {
	const yearDays = 365
	first, last := v.Today, v.Today.AddDays(yearDays)
	for _, r := range versions {
		if r.ValidFrom.Before(first) {
			first = r.ValidFrom
		}
		if end := r.ValidFrom.AddDays(yearDays); end.After(last) {
			last = end
		}
	}
	line := dayLine{first, last}
	c := ui.SpanChart{
		Title: v.Say("page.tariff.timeline"), Today: line.at(v.Today), TodayLabel: v.Say("page.tariff.today", "date", v.Today), Ticks: line.ticks(),
		Heads: [5]string{
			v.Say("field.tariff"), v.Say("page.tariff.version"), v.Say("field.valid_from"), v.Say("field.ends_on"), v.Say("field.state"),
		},
	}
	for i := 0; i < len(versions) && len(c.Rows) < tariffsShown; {
		row := ui.SpanRow{Label: versions[i].Label, Href: tariffHref(v, versions[i].Tariff)}
		if !byTariff {
			row.Label, row.Href = versions[i].Tariff, ""
		}
		start := i
		for ; i < len(versions) && versions[i].Tariff == versions[start].Tariff && versions[i].Nature == versions[start].Nature; i++ {
			row.Spans = append(row.Spans, line.span(v, versions[start:], i-start))
		}
		c.Rows = append(c.Rows, row)
	}
	return c
}

// dayLine is a stretch of days.
type dayLine struct{ first, last day.Date }

// partWhole is the length of the line, in the unit of the presentation kit.
const partWhole = 10000

// at is the place of a day, in ten-thousandths.
func (l dayLine) at(d day.Date) int {
	days := l.first.DaysUntil(l.last)
	if days <= 0 {
		return 0
	}
	return l.first.DaysUntil(d) * partWhole / days
}

// ticksMax bounds the years written under the line.
const ticksMax = 12

func (l dayLine) ticks() []ui.SpanTick {
	years := l.last.Year() - l.first.Year()
	step := years/ticksMax + 1
	var out []ui.SpanTick
	for y := l.first.Year() + 1; y <= l.last.Year(); y += step {
		d, err := day.New(y, 1, 1)
		if err == nil {
			out = append(out, ui.SpanTick{At: l.at(d), Label: d.String()[:4]})
		}
	}
	return out
}

// span is a version on the line: it ends with its last day, or where the next active
// one begins.
func (l dayLine) span(v *screen.View, versions []VersionRow, i int) ui.Span {
	r := versions[i]
	out := ui.Span{
		From: l.at(r.ValidFrom), To: partWhole, Label: r.Name, Href: versionHref(v, r.Tariff, r.Name), Since: r.ValidFrom.French(), Until: ui.Dash,
		State: v.Say("enum.tariff_state." + string(r.State)), Hollow: r.State != Active,
	}
	end := r.ValidTo
	for _, next := range versions[i+1:] {
		if end.IsZero() && next.Tariff == r.Tariff && next.Nature == r.Nature && next.State == Active && r.State == Active {
			end = next.ValidFrom
		}
	}
	if !end.IsZero() {
		out.To, out.Until = l.at(end), end.AddDays(-1).French()
	}
	return out
}

// moneyOf is the sign of a currency.
func moneyOf(v *screen.View, currency string) string {
	if currency == "MAD" {
		return v.Say("unit.dh")
	}
	return currency
}

// perUnit is the unit of a price.
func perUnit(v *screen.View, t *Tariff, unit string) string {
	if unit == "" {
		return moneyOf(v, t.Currency)
	}
	return moneyOf(v, t.Currency) + "/" + unit
}

// word is the text of one of the closed words of the format.
func word(v *screen.View, prefix, value string) string { return v.Say(prefix + value) }

// joinedWords puts what is said one after the other.
func joinedWords(parts ...string) string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, " · ")
}

// priceText is a price with its unit. What is a sum of money and not a price by a unit
// is written as money is, where whole centimes allow it.
func priceText(p money.Price, unit string) string {
	const centime = 10_000
	if !strings.Contains(unit, "/") && p%centime == 0 {
		return money.Amount(p/centime).French() + ui.HardSpace + unit
	}
	return p.French() + ui.HardSpace + unit
}

// importPage hands files in and says what became of them.
func importPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	var left g.Group
	if v.Query("created") != "" || v.Query("unchanged") != "" {
		left = append(left, v.Env.Figures(v.Say("page.tariff.import"), []ui.Figure{
			{Label: v.Say("enum.tariff_fate.created"), Value: figureOr0(v.Query("created"))},
			{Label: v.Say("enum.tariff_fate.changed"), Value: figureOr0(v.Query("changed"))},
			{Label: v.Say("enum.tariff_fate.unchanged"), Value: figureOr0(v.Query("unchanged"))},
		}))
	}
	drafts, err := draftsPanel(ctx, v)
	if err != nil {
		return ui.Page{}, err
	}
	f, err := v.OpForm(ctx, v.Runner.Registry.Find("tariff.import"), screen.FormState{Values: map[string][]string{}, Key: v.Key(), Back: v.Href("/tariff/import")})
	if err != nil {
		return ui.Page{}, err
	}
	f.SubmitIcon, f.Cancel, f.More = ui.IconUpload, "", nil
	left = append(left, v.Panel(ui.Panel{Title: v.Say("op.tariff.import"), Sub: v.Say("page.tariff.import.sub"), Body: v.Form(f)}), drafts)
	return ui.Page{Body: left}, nil
}

func figureOr0(s string) string {
	if s == "" {
		return "0"
	}
	return s
}

// draftsPanel are the versions that wait for their activation, to be ticked together.
func draftsPanel(ctx context.Context, v *screen.View) (g.Node, error) {
	rows, _, err := screen.Rows[VersionRow](ctx, v, "tariff.versions", versionsShown, "state", string(Draft))
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	l := ui.List{ID: "drafts", Caption: v.Say("page.tariff.drafts"), Bare: true, Columns: []ui.Column{
		{Label: v.Say("field.tariff"), Kind: ui.CodeColumn},
		{Label: v.Say("page.tariff.version")},
		{Label: v.Say("field.nature")},
		{Label: v.Say("field.valid_from"), Kind: ui.DateColumn},
		{Label: v.Say("field.status"), Kind: ui.StatusColumn},
		{Label: v.Say("field.file_name")},
	}}
	for _, r := range rows {
		l.Rows = append(l.Rows, ui.Row{Href: versionHref(v, r.Tariff, r.Name), Cells: []ui.Cell{
			{Text: r.Tariff},
			{Text: r.Name},
			{Text: v.Say("enum.tariff_nature." + string(r.Nature))},
			{Text: r.ValidFrom.French()},
			*statusCell(v, r.Status),
			{Text: r.FileName},
		}})
	}
	return v.Panel(ui.Panel{
		Title: v.Say("page.tariff.drafts"), Sub: v.Say("page.tariff.drafts.sub"), Body: v.Env.List(l), Flush: true, Foot: activateAll(v, rows),
	}), nil
}

// activateAll leads to the activation of all drafts at once.
func activateAll(v *screen.View, rows []VersionRow) g.Node {
	if !v.May("tariff.activate") {
		return nil
	}
	return v.Env.Button(activateButton(v, v.Say("page.tariff.activate_all"), rows))
}

// activateButton leads to the form of an activation with its versions chosen.
func activateButton(v *screen.View, label string, rows []VersionRow) ui.Button {
	path := "/o/tariff.activate?"
	for i, r := range rows {
		if i > 0 {
			path += "&"
		}
		path += "versions=" + r.ID.String()
	}
	return ui.Button{Label: label, Icon: ui.IconApprove, Href: path + "&" + screen.BackField + "=" + "/tariff/import"}
}

// idIn reads an id of a path.
func idIn(v *screen.View) op.ID {
	var id op.ID
	if err := id.UnmarshalJSON([]byte(`"` + v.PathValue("id") + `"`)); err != nil {
		return 0
	}
	return id
}
