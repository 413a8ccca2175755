package intake

import (
	"context"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/job"
	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// PathOf is the address of the page that imports a kind of file.
func PathOf(kind string) string { return "/import/" + kind }

// Screens are the pages of imports: the batches, one batch, and for each kind of file
// the three steps.
func (s *Store) Screens() []screen.Screen {
	all := []screen.Screen{
		{Path: "/imports", Place: screen.Administration, Title: "page.imports", Menu: 10, Right: opList, Render: s.batchesPage},
		{Path: "/imports/{id}", Place: screen.Administration, Title: "op.intake.batch.show", Record: "import_batch", Render: s.batchPage},
	}
	for _, name := range s.names {
		k := s.kinds[name]
		all = append(all, screen.Screen{
			Path: PathOf(name), Place: k.place, Title: "import.kind." + name, Right: k.checkOperation(), After: k.checkOperation(),
			Render: func(ctx context.Context, v *screen.View) (ui.Page, error) { return s.stepsPage(ctx, v, k) },
		})
	}
	return all
}

// batchesPage lists what was imported, with a way to each kind of file.
func (s *Store) batchesPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	l, err := v.List(ctx, opList, screen.ListOptions{
		Record:  "import_batch",
		Columns: []string{"recorded_at", "file_name", "kind", "state", "rows", "created", "changed", "unchanged", "rejected", "flagged", "actor", "unit"},
		Cell: func(column string, row any) *ui.Cell {
			if b, ok := row.(BatchRow); ok && column == "kind" {
				return &ui.Cell{Text: s.kindWord(v, b.Kind)}
			}
			return nil
		},
		Empty: &ui.Empty{Icon: ui.IconImport, Title: v.Say("page.imports.empty"), Text: v.Say("page.imports.empty.text")},
	})
	if err != nil {
		return ui.Page{}, err
	}
	p := ui.Page{Sub: g.Text(v.Say("page.imports.sub")), Body: v.Env.List(l)}
	for _, name := range s.names {
		if v.May(s.kinds[name].checkOperation()) {
			p.Actions = append(p.Actions, ui.Button{Label: v.Say("import.kind." + name), Icon: ui.IconImport, Href: v.Href(PathOf(name))})
		}
	}
	return p, nil
}

// kindWord is the name of a kind; that of a kind the program no longer knows stays.
func (s *Store) kindWord(v *screen.View, name string) string {
	if s.kinds[name] == nil {
		return name
	}
	return v.Say("import.kind." + name)
}

// batchPage shows one file: what it is, how it was read, what became of it.
// stateBadge says what became of a file: the first thing asked of it.
func stateBadge(v *screen.View, state State) g.Node {
	return v.Badge(ui.Status{Label: v.Say("enum.import_state." + string(state)), Tone: screen.ToneOf(string(state))})
}

func (s *Store) batchPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	b, err := screen.Fetch[BatchCard](ctx, v, opShow, "id", v.PathValue("id"))
	if err != nil {
		return ui.Page{}, err
	}
	body := g.Group{v.Env.Figures(v.Say("page.imports.counts"), figures(v, b))}
	if b.Reason != "" {
		body = append(body, v.Env.Notice(ui.Notice{Tone: ui.Wrong, Title: v.Say("enum.import_state." + string(b.State)), Text: v.Say("import.reason." + b.Reason)}))
	}
	if b.Same != 0 {
		body = append(body, sameNotice(v, b.Same))
	}
	if len(b.Flags) > 0 {
		body = append(body, v.Panel(ui.Panel{Title: v.Say("field.flags"), Body: v.Env.List(flagList(v, b.Flags)), Flush: true}))
	}
	refused, err := rejectPanel(ctx, v, b)
	if err != nil {
		return ui.Page{}, err
	}
	body = append(body, refused)
	facts, err := v.Facts(ctx, opShow, b, "recorded_at", "applied_at", "actor", "unit", "mode", "note", "size", "sha256")
	if err != nil {
		return ui.Page{}, err
	}
	side := g.Group{v.Panel(ui.Panel{Title: v.Say("op.intake.batch.show"), Body: v.Env.Facts(facts)}), formPanel(v, b.Form), s.mapPanel(v, b)}
	p := ui.Page{
		Title: b.FileName, Code: b.ID.String(), Back: "/imports", Sub: g.Group{stateBadge(v, b.State), g.Text(" " + s.kindWord(v, b.Kind))},
		Crumbs: []ui.Link{{Label: v.Say("page.imports"), Href: v.Href("/imports")}, {Label: b.FileName}},
		Body:   v.Columns("8-4", body, side),
	}
	return p, s.jobActions(ctx, v, b, &p)
}

// jobActions lets a batch whose job stopped be taken up again or given up.
func (s *Store) jobActions(ctx context.Context, v *screen.View, b BatchCard, p *ui.Page) error {
	if b.State != Staged || b.Job == 0 {
		return nil
	}
	j, err := screen.Fetch[job.Job](ctx, v, "job.show", "id", b.Job.String())
	if fault.KindOf(err) == fault.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	post := func(name string, icon ui.Icon, confirm string) ui.Button {
		return ui.Button{
			Label: v.Say("op." + name), Icon: icon, Post: v.OpHref(name), IdemKey: v.Key(), Confirm: confirm,
			Hidden: []ui.Pair{{Name: "id", Value: b.Job.String()}, {Name: screen.BackField, Value: v.Href("/imports/" + b.ID.String())}},
		}
	}
	p.Actions = []ui.Button{{Label: v.Say("page.imports.follow"), Icon: ui.IconEye, Href: v.RecordHref("job", b.Job)}}
	if j.State != job.Cancelling && !j.State.Final() || j.State == job.Failed {
		p.Actions = append(p.Actions, post("job.cancel", ui.IconBan, v.Say("jobs.cancel_confirm")))
	}
	if j.State == job.Failed {
		retry := post("job.retry", ui.IconRefresh, "")
		retry.Primary = true
		p.Actions = append(p.Actions, retry)
	}
	return nil
}

// figures are the totals of a batch.
func figures(v *screen.View, b BatchCard) []ui.Figure {
	out := []ui.Figure{
		{Label: v.Say("field.state"), Status: &ui.Status{Label: v.Say("enum.import_state." + string(b.State)), Tone: stateTone(b.State)}},
		{Label: v.Say("page.imports.rows"), Value: ui.Number(b.Rows)},
	}
	for _, f := range []struct {
		name string
		n    int64
		tone ui.Tone
	}{
		{"created", b.Created, ui.Neutral},
		{"changed", b.Changed, ui.Neutral},
		{"unchanged", b.Unchanged, ui.Neutral},
		{"rejected", b.Rejected, ui.Wrong},
		{"flagged", b.BatchRow.Flagged, ui.Waits},
	} {
		figure := ui.Figure{Label: v.Say("field." + f.name), Value: ui.Number(f.n)}
		if f.n > 0 && f.tone != ui.Neutral {
			figure.Tone, figure.Sub = f.tone, v.Say("page.imports."+f.name+".sub")
		}
		out = append(out, figure)
	}
	return out
}

func stateTone(s State) ui.Tone {
	switch s {
	case Applied:
		return ui.Settled
	case Staged, Checked:
		return ui.Waits
	case Refused:
		return ui.Wrong
	}
	return ui.Neutral
}

func sameNotice(v *screen.View, same op.ID) g.Node {
	return v.Env.Notice(ui.Notice{
		Tone: ui.Waits, Title: v.Say("page.imports.same"), Text: v.Say("page.imports.same.text", "batch", same.String()),
		Links: []ui.Link{{Label: v.Say("page.imports.same.open"), Href: v.RecordHref("import_batch", same)}},
	})
}

func flagList(v *screen.View, flags map[string]int64) ui.List {
	l := ui.List{ID: "flags", Caption: v.Say("field.flags"), Bare: true, Columns: []ui.Column{
		{Label: v.Say("field.reason")}, {Label: v.Say("page.imports.rows"), Kind: ui.NumberColumn},
	}}
	for _, reason := range sortedKeys(flags) {
		l.Rows = append(l.Rows, ui.Row{Cells: []ui.Cell{{Text: v.Say("import.flag." + reason)}, {Text: ui.Number(flags[reason])}}})
	}
	return l
}

// rejectsShown are the refused rows on a page; the file has all that are kept.
const rejectsShown = 50

// rejectPanel lists refused rows, with the file to correct and send again.
func rejectPanel(ctx context.Context, v *screen.View, b BatchCard) (g.Node, error) {
	if b.Rejected == 0 {
		return nil, nil
	}
	rows, _, err := screen.Rows[Reject](ctx, v, opRejects, rejectsShown, "batch", b.ID.String())
	if err != nil {
		return nil, err
	}
	l := ui.List{ID: "rejects", Caption: v.Say("op.intake.batch.rejects"), Tall: true, Bare: true, Columns: []ui.Column{
		{Label: v.Say("field.line"), Kind: ui.NumberColumn},
		{Label: v.Say("field.column"), Kind: ui.CodeColumn},
		{Label: v.Say("field.value"), Kind: ui.CodeColumn},
		{Label: v.Say("field.rule")},
	}}
	for _, r := range rows {
		l.Rows = append(l.Rows, ui.Row{Cells: []ui.Cell{{Text: ui.Number(r.Line)}, {Text: r.Column}, {Text: r.Value}, {Text: r.Reason}}})
	}
	if int64(len(rows)) < b.Rejected {
		l.Note = v.Say("page.imports.rejects_more", "count", len(rows))
	}
	return v.Panel(ui.Panel{
		Title: v.Say("op.intake.batch.rejects"), Sub: v.Say("page.imports.rejects.sub"), Body: v.Env.List(l), Flush: true,
		Links: []ui.Link{{Label: v.Say("page.imports.download"), Icon: ui.IconDown, Href: v.Href("/export/"+opRejects+".csv", "batch", b.ID.String())}},
	}), nil
}

// formPanel says what was detected of a file.
func formPanel(v *screen.View, f Form) g.Node {
	facts := []ui.Fact{
		{Label: v.Say("field.charset"), Value: v.Say("enum.import_charset." + string(f.Charset))},
		{Label: v.Say("field.separator"), Value: v.Say("enum.import_separator." + string(f.Separator))},
		{Label: v.Say("page.imports.header_line"), Value: ui.Number(f.HeaderLine), Number: true},
		{Label: v.Say("page.imports.columns"), Value: ui.Number(len(f.Header)), Number: true},
	}
	if f.Sheet != "" {
		facts = append(facts, ui.Fact{Label: v.Say("page.imports.sheet"), Value: f.Sheet})
	}
	if f.Gzip {
		facts = append(facts, ui.Fact{Label: v.Say("page.imports.packed"), Value: "gzip"})
	}
	return v.Panel(ui.Panel{Title: v.Say("field.form"), Body: v.Env.Facts(facts)})
}

// mapPanel says which header is which column.
func (s *Store) mapPanel(v *screen.View, b BatchCard) g.Node {
	k := s.kinds[b.Kind]
	if k == nil || len(b.Map) == 0 {
		return nil
	}
	l := ui.List{ID: "map", Caption: v.Say("field.map"), Bare: true, Columns: []ui.Column{
		{Label: v.Say("field.column")}, {Label: v.Say("page.imports.header"), Kind: ui.CodeColumn},
	}}
	for _, c := range k.columns {
		l.Rows = append(l.Rows, ui.Row{Cells: []ui.Cell{{Text: k.columnWord(v, c.Name), Sub: c.Name}, {Text: b.Map[c.Name]}}})
	}
	return v.Panel(ui.Panel{Title: v.Say("field.map"), Body: v.Env.List(l), Flush: true})
}

// columnWord is the label of a column.
func (k *kindInfo) columnWord(v *screen.View, column string) string {
	return v.Say("import.column." + k.name + "." + column)
}

// samplePanel gives a file to start from.
func samplePanel(v *screen.View, k *kindInfo) g.Node {
	if k.example == "" {
		return nil
	}
	title := v.Say("page.imports.example")
	return v.Panel(ui.Panel{Title: title, Body: h.Pre(h.TabIndex("0"), h.Aria("label", title), g.Text(k.example))})
}
