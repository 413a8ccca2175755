package access

import (
	"context"
	"slices"
	"strconv"
	"strings"

	g "maragu.dev/gomponents"

	"wasl/internal/kernel/day"
	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// Classes of rights: what they let do. Rights of one class that the same people
// hold the same way stand in one column.
const (
	classRead = iota
	classChange
	classApprove
)

// peopleShown is how many people stand on one page of the matrix: with a dozen
// columns they keep it light on a slow line.
const peopleShown = 25

// matrixAsk is what the address of the matrix says.
type matrixAsk struct {
	v *screen.View
	m Matrix
	// module keeps the columns of one module, read shows the rights to read,
	// open shows each right in a column of its own.
	module, read, open, text string
	user                     op.ID
}

// href is the page with some values changed, the rest kept.
func (a *matrixAsk) href(pairs ...string) string {
	all := []string{"module", a.module, "read", a.read, "open", a.open, "search", a.text, "on", a.v.Query("on"), "user", idText(a.user)}
	for i := 0; i+1 < len(pairs); i += 2 {
		if at := slices.Index(all, pairs[i]); at >= 0 && at%2 == 0 {
			all[at+1] = pairs[i+1]
			continue
		}
		all = append(all, pairs[i], pairs[i+1])
	}
	return a.v.Href("/access/matrix", all...)
}

// matrixScreen is who may do what, where, until when; beside it what a grant
// would change, and what is to be looked at.
func matrixScreen(ctx context.Context, v *screen.View) (ui.Page, error) {
	a := &matrixAsk{
		v: v, module: v.Query("module"), read: v.Query("read"), open: v.Query("open"), text: v.Query("search"), user: idIn(v.Query("user")),
	}
	var err error
	a.m, err = screen.Fetch[Matrix](ctx, v, "access.matrix", "unit", idText(op.ID(v.Unit)), "on", v.Query("on"), "search", a.text,
		"after", v.Query("after"), "people", strconv.Itoa(peopleShown))
	if err != nil {
		return ui.Page{}, err
	}
	preview, err := a.grantPanel(ctx)
	if err != nil {
		return ui.Page{}, err
	}
	review, err := a.reviewPanel(ctx)
	if err != nil {
		return ui.Page{}, err
	}
	folds := a.folds()
	p := ui.Page{
		Sub: g.Text(v.Say("page.access.matrix.sub", "people", a.m.People, "date", a.m.On)),
		Body: g.Group{
			v.Panel(ui.Panel{Body: a.bar(), Flush: true}),
			v.Columns("8-4", a.matrix(folds), g.Group{preview, review}),
		},
	}
	if v.May("audit.entry.list") {
		p.Actions = append(p.Actions, ui.Button{Label: v.Say("page.access.journal"), Icon: ui.IconHistory, Href: v.Href("/audit", "subject", "grant")})
	}
	if v.May("access.matrix.list") {
		p.Actions = append(p.Actions, ui.Button{Label: v.Say("ui.export"), Icon: ui.IconDown, Href: v.Href("/export/access.matrix.list.csv", "on", v.Query("on"))})
	}
	return p, nil
}

// bar narrows the matrix: people, module, date, rights to read.
func (a *matrixAsk) bar() g.Node {
	v := a.v
	options := []ui.Option{{Value: "", Label: v.Say("page.access.all_modules")}}
	for _, c := range a.m.Columns {
		if !slices.ContainsFunc(options, func(o ui.Option) bool { return o.Value == c.Module }) {
			options = append(options, ui.Option{Value: c.Module, Label: v.Say("module." + c.Module)})
		}
	}
	b := screen.Bar{ID: "matrix-bar", Action: "/access/matrix", Fields: []ui.Field{
		{Name: "search", Label: v.Say("page.access.person"), Value: a.text, MaxLength: 100},
		{Name: "module", Label: v.Say("page.access.module"), Kind: ui.EnumField, Value: a.module, Options: options},
		{Name: "on", Label: v.Say("page.access.on"), Kind: ui.DateField, Value: a.m.On.String()},
		{Name: "read", Label: v.Say("page.access.with_reading"), Kind: ui.BoolField, Value: a.read},
		{Name: "open", Label: v.Say("page.access.unfold"), Kind: ui.BoolField, Value: a.open},
	}}
	if a.user != 0 {
		b.Kept = []ui.Pair{{Name: "user", Value: a.user.String()}}
	}
	return v.Bar(b)
}

// strand is one column: rights of one class of one module that the same people
// hold the same way.
type strand struct {
	module  string
	class   int
	rights  []string
	holders int64
	cells   []*MatrixCell
}

// folds makes the columns. Rights nobody holds nor asks for have none.
func (a *matrixAsk) folds() []strand {
	cells := a.cellsByRight()
	var out []strand
	for _, c := range a.m.Columns {
		f := strand{module: c.Module, class: a.classOf(c), rights: []string{c.Right}, holders: c.Holders, cells: cells[c.Right]}
		if a.module != "" && c.Module != a.module || a.read == "" && f.class == classRead {
			continue
		}
		if c.Holders == 0 && f.cells == nil {
			continue
		}
		same := slices.IndexFunc(out, func(o strand) bool { return a.open == "" && o.like(f) })
		if same >= 0 {
			out[same].rights = append(out[same].rights, c.Right)
			continue
		}
		out = append(out, f)
	}
	slices.SortStableFunc(out, func(x, y strand) int { return strings.Compare(x.module, y.module) })
	return out
}

// cellsByRight turns the rows into columns: for each right a cell by person.
func (a *matrixAsk) cellsByRight() map[string][]*MatrixCell {
	out := map[string][]*MatrixCell{}
	for i, row := range a.m.Rows {
		for j := range row.Cells {
			cell := &row.Cells[j]
			if out[cell.Right] == nil {
				out[cell.Right] = make([]*MatrixCell, len(a.m.Rows))
			}
			out[cell.Right][i] = cell
		}
	}
	return out
}

func (a *matrixAsk) classOf(c MatrixColumn) int {
	if c.Approve {
		return classApprove
	}
	if d := a.v.Runner.Registry.Find(c.Right); d != nil && !d.Kind.Changes() {
		return classRead
	}
	return classChange
}

// like says that two columns would show the same.
func (f strand) like(o strand) bool {
	if f.module != o.module || f.class != o.class || f.holders != o.holders || len(f.cells) != len(o.cells) {
		return false
	}
	for i := range f.cells {
		if !sameCell(f.cells[i], o.cells[i]) {
			return false
		}
	}
	return true
}

func sameCell(a, b *MatrixCell) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Unit == b.Unit && a.Places == b.Places && a.Until == b.Until && a.Proposal == b.Proposal && a.Conflict == b.Conflict &&
		limitText(a.Limit) == limitText(b.Limit)
}

// label names a column by its right, or by what its rights have in common.
func (a *matrixAsk) label(f strand, alone bool) string {
	v := a.v
	if len(f.rights) == 1 {
		return v.RightLabel(f.rights[0])
	}
	if alone {
		return v.Say("page.access.class." + strconv.Itoa(f.class))
	}
	return v.Say("page.access.fold", "right", v.RightLabel(f.rights[0]), "count", len(f.rights)-1)
}

// matrix draws the people and the columns.
func (a *matrixAsk) matrix(folds []strand) g.Node {
	v := a.v
	m := ui.Matrix{
		ID: "matrix", Caption: v.Say("page.access.matrix"), Corner: v.Say("page.access.corner"), TotalLabel: v.Say("page.access.totals"),
		Legend: a.legend(), Note: v.Say("page.access.legend"),
	}
	for i, f := range folds {
		alone := !slices.ContainsFunc(folds, func(o strand) bool { return o.module == f.module && o.class == f.class && o.rights[0] != f.rights[0] })
		column := ui.MatrixColumn{Label: a.label(f, alone)}
		if len(f.rights) > 1 {
			column.Href = a.href("module", f.module, "open", "true")
		}
		if i == 0 || folds[i-1].module != f.module {
			m.Groups = append(m.Groups, ui.MatrixGroup{Label: v.Say("module." + f.module)})
		}
		last := &m.Groups[len(m.Groups)-1]
		last.Columns = append(last.Columns, column)
		m.Totals = append(m.Totals, ui.Count(f.holders))
	}
	m.Rows = a.rows(folds)
	if v.Query("after") != "" {
		m.Pager.First = a.href("after", "")
	}
	if a.m.More && len(a.m.Rows) > 0 {
		m.Pager.Next = a.href("after", a.m.Rows[len(a.m.Rows)-1].User.String())
	}
	if len(m.Rows) == 0 || len(folds) == 0 {
		none := ui.Empty{Icon: ui.IconKey, Title: v.Say("page.access.matrix_empty"), Text: v.Say("page.access.matrix_empty.text")}
		return v.Panel(ui.Panel{Body: v.Env.Empty(none)})
	}
	return v.Matrix(m)
}

// rows are the people with something in a column; the others, who only read,
// fold into one line.
func (a *matrixAsk) rows(folds []strand) []ui.MatrixRow {
	v := a.v
	var out []ui.MatrixRow
	var readers []string
	for i, row := range a.m.Rows {
		shown := slices.ContainsFunc(folds, func(f strand) bool { return i < len(f.cells) && f.cells[i] != nil })
		if !shown && a.read == "" && row.User != a.user && a.text == "" {
			readers = append(readers, row.Name)
			continue
		}
		out = append(out, a.row(i, row, folds))
	}
	if len(readers) > 0 {
		out = append(out, ui.MatrixRow{
			Label: v.Say("page.access.only_reading", "count", len(readers)), Sub: firstNames(v, readers), Href: a.href("read", "true"),
		})
	}
	return out
}

// firstNames names some people and counts the others.
func firstNames(v *screen.View, names []string) string {
	const shown = 3
	text := strings.Join(names[:min(shown, len(names))], ", ")
	if len(names) > shown {
		text += " " + v.Say("page.access.and_more", "count", len(names)-shown)
	}
	return text
}

func (a *matrixAsk) row(i int, row MatrixRow, folds []strand) ui.MatrixRow {
	sub := row.Function
	if sub == "" {
		sub = row.UnitName
	}
	out := ui.MatrixRow{
		Label: row.Name, Sub: sub, Href: a.href("user", row.User.String()), Current: row.User == a.user,
	}
	for _, f := range folds {
		var cell *ui.MatrixCell
		if i < len(f.cells) && f.cells[i] != nil {
			cell = a.cell(*f.cells[i])
		}
		out.Cells = append(out.Cells, cell)
	}
	return out
}

// cell is the letter of the highest unit, and below it the ceiling, or the day
// it ends.
func (a *matrixAsk) cell(c MatrixCell) *ui.MatrixCell {
	v := a.v
	if c.Unit == 0 {
		return &ui.MatrixCell{Pending: true, Meaning: v.Say("page.access.cell_pending"), Href: v.RecordHref("proposal", c.Proposal)}
	}
	out := &ui.MatrixCell{Letter: v.Say("letter.unit_kind." + c.Kind), Level: levelOf(c.Kind), Under: limitText(c.Limit), Conflict: c.Conflict}
	meaning := v.Say("page.access.cell", "unit", c.UnitName)
	if c.Limit != nil {
		meaning += ", " + v.Say("page.access.cell_limit", "limit", limitText(c.Limit))
	}
	if !c.Until.IsZero() {
		meaning += ", " + v.Say("page.access.until", "date", c.Until)
		if out.Under == "" {
			out.Under = shortDate(c.Until)
		}
	}
	if c.Places > 1 {
		meaning += ", " + v.Say("page.access.cell_places", "count", c.Places)
	}
	if c.Conflict {
		meaning += ", " + v.Say("page.access.cell_conflict")
	}
	out.Meaning = meaning
	return out
}

// shortDate is the day and month of a date.
func shortDate(d day.Date) string {
	text := d.French()
	return text[:len("22/11")]
}

// levelOf is how far a kind of unit reaches: 0 a centre, 1 an agency, 2 above.
func levelOf(kind string) int {
	switch kind {
	case "central", "region":
		return 2
	case "agency_service", "agency_mixed":
		return 1
	}
	return 0
}

func (a *matrixAsk) legend() []ui.MatrixMark {
	v := a.v
	mark := func(kind string) ui.MatrixMark {
		return ui.MatrixMark{Cell: ui.MatrixCell{Letter: v.Say("letter.unit_kind." + kind), Level: levelOf(kind)}, Text: v.Say("page.access.mark." + kind)}
	}
	return []ui.MatrixMark{
		mark("unit"), mark("centre"), mark("agency_mixed"), mark("region"), mark("central"),
		{Cell: ui.MatrixCell{Pending: true}, Text: v.Say("page.access.mark.pending")},
		{Cell: ui.MatrixCell{Conflict: true}, Text: v.Say("page.access.mark.conflict")},
	}
}

// reviewShown is how many grants to look at stand beside the matrix.
const reviewShown = 6

// reviewPanel is what somebody should look at, the most pressing first.
func (a *matrixAsk) reviewPanel(ctx context.Context) (g.Node, error) {
	v := a.v
	if !v.May("access.review.list") {
		return nil, nil
	}
	rows, more, err := screen.Rows[ReviewRow](ctx, v, "access.review.list", reviewShown)
	if err != nil {
		return nil, err
	}
	l := ui.List{ID: "review", Caption: v.Say("page.access.review"), Bare: true, Tall: true, Columns: []ui.Column{
		{Label: v.Say("field.name")}, {Label: v.Say("page.access.end"), Kind: ui.DateColumn},
	}, Empty: &ui.Empty{Icon: ui.IconCheck, Title: v.Say("page.access.review_empty")}}
	conflicts := 0
	for _, r := range rows {
		end := ui.Cell{Text: v.Say("page.access.no_end")}
		if !r.ValidTo.IsZero() {
			end.Text = r.ValidTo.French()
		}
		if r.Why == ReviewConflict {
			conflicts++
			end.Tone = ui.Wrong
		}
		l.Rows = append(l.Rows, ui.Row{Cells: []ui.Cell{
			{Text: r.Name, Sub: joinDots(r.RoleName, strings.ToLower(v.Say("enum.review_reason."+string(r.Why)))), Href: v.RecordHref("user", r.User)}, end,
		}})
	}
	p := ui.Panel{
		Title: v.Say("page.access.review"), Body: v.Env.List(l), Flush: true,
		Links: []ui.Link{{Label: v.Say("page.access.all"), Href: v.Href("/access/review")}},
	}
	if conflicts > 0 {
		p.Status = &ui.Status{Tone: ui.Wrong, Label: v.Say("page.access.conflict_count", "count", conflicts)}
	}
	if more {
		p.Foot = g.Text(v.Say("page.access.review_more", "count", len(rows)))
	}
	return v.Panel(p), nil
}
