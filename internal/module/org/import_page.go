package org

import (
	"context"
	"strconv"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// importExample is a file that can be copied and imported below a region whose
// code is DRI-FM.
const importExample = `code;kind;name;parent;valid_from;address;phone;email
AG-SF;agency_mixed;Agence Sefrou;DRI-FM;01/01/2019;Route nationale 8;+212 535 66 00 00;sefrou@example.ma
CTR-0417;centre;Centre Sefrou;AG-SF;01/01/2019;;;
CTR-0418;centre;Centre Bhalil;AG-SF;01/06/2021;;;
GU-0417-1;unit;Guichet Sefrou ville;CTR-0417;01/06/2021;;;
`

// importPage takes units out of a file in two steps: look at it, then import it.
func importPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	checked := v.Query("import")
	importing := v.Query("step") == "import"
	left := g.Group{importSteps(v, checked, importing)}
	if checked != "" && !importing {
		outcome, err := importOutcome(ctx, v, checked)
		if err != nil {
			return ui.Page{}, err
		}
		left = append(left, outcome)
	}
	name, title := "org.unit.import_check", "page.org.import.check"
	if importing || checked != "" && !faulty(v) {
		name, title = "org.unit.import", "page.org.import.apply"
	}
	form, err := importForm(ctx, v, name)
	if err != nil {
		return ui.Page{}, err
	}
	if form != nil {
		left = append(left, v.Panel(ui.Panel{Title: v.Say(title), Sub: v.Say(title + ".sub"), Body: form}))
	}
	left = append(left, importSample(v))
	return ui.Page{Sub: g.Text(v.Say("page.org.import.sub")), Body: v.Columns("8-4", left, importHelp(v))}, nil
}

// importForm is the form of one of the two operations; nil without its right.
func importForm(ctx context.Context, v *screen.View, name string) (g.Node, error) {
	if !v.May(name) {
		return nil, nil
	}
	state := screen.FormState{Values: map[string][]string{"mode": {string(AllOrNothing)}}, Key: v.Key(), Back: v.Href("/org/import")}
	f, err := v.OpForm(ctx, v.Runner.Registry.Find(name), state)
	if err != nil {
		return nil, err
	}
	f.More, f.SubmitIcon, f.Cancel = nil, ui.IconUpload, ""
	if name == "org.unit.import_check" {
		f.SubmitIcon, f.Submit = ui.IconEye, v.Say("page.org.import.check")
	}
	return v.Form(f), nil
}

// faulty says that the file looked at has lines refused.
func faulty(v *screen.View) bool { return orText(v.Query("rejected"), "0") != "0" }

func importSteps(v *screen.View, checked string, importing bool) g.Node {
	file := ui.Step{Label: v.Say("page.org.import.check"), Sub: []string{v.Say("page.org.import.check.step")}, State: ui.Action, Href: v.Href("/org/import")}
	apply := ui.Step{Label: v.Say("page.org.import.apply"), Sub: []string{v.Say("page.org.import.apply.step")}, Href: v.Href("/org/import", "step", "import")}
	follow := ui.Step{Label: v.Say("page.org.import.follow"), Sub: []string{v.Say("page.org.import.follow.step")}, Href: v.Href("/work")}
	switch {
	case checked != "" && faulty(v) && !importing:
		file.State = ui.Wrong
	case checked != "" || importing:
		file.State, apply.State = ui.Settled, ui.Action
	}
	return v.Panel(ui.Panel{Body: v.Steps(v.Say("page.org.import"), []ui.Step{file, apply, follow})})
}

// importOutcome says what the file would do and lists the lines refused.
func importOutcome(ctx context.Context, v *screen.View, checked string) (g.Node, error) {
	rows, more, err := screen.Rows[Reject](ctx, v, "org.unit.import_rejects", rejectsShown, "import", checked)
	if err != nil {
		return nil, err
	}
	body := g.Group{v.Env.Figures(v.Say("page.org.import.outcome"), importFigures(v))}
	if len(rows) == 0 {
		return append(body, v.Env.Notice(ui.Notice{Tone: ui.Settled, Title: v.Say("page.org.import.clean"), Text: v.Say("page.org.import.clean.text")})), nil
	}
	l := ui.List{ID: "rejects", Tall: true, Columns: []ui.Column{
		{Label: v.Say("field.line"), Kind: ui.NumberColumn},
		{Label: v.Say("field.column"), Kind: ui.CodeColumn},
		{Label: v.Say("field.value"), Kind: ui.CodeColumn},
		{Label: v.Say("field.rule")},
	}, Exports: []ui.Link{{Label: v.Say("page.org.import.download"), Icon: ui.IconDown, Href: v.Href("/export/org.unit.import_rejects.csv", "import", checked)}}}
	for _, r := range rows {
		l.Rows = append(l.Rows, ui.Row{Cells: []ui.Cell{{Text: ui.Number(r.Line)}, {Text: r.Column}, {Text: r.Value}, {Text: r.Reason, Sub: r.Code + " " + r.Name}}})
	}
	if more {
		l.Note = v.Say("page.org.import.rejects_more", "count", len(rows))
	}
	return append(body, panelOf(v, v.Say("page.org.import.rejects"), v.Say("page.org.import.rejects.sub"), l)), nil
}

// importFigures are the counts of the answer, which came in the address.
func importFigures(v *screen.View) []ui.Figure {
	var figures []ui.Figure
	for _, name := range []string{"lines", "created", "updated", "moved", "unchanged", "rejected"} {
		n, err := strconv.ParseInt(orText(v.Query(name), "0"), 10, 64)
		if err != nil || n == 0 && name != "lines" && name != "created" && name != "rejected" {
			continue
		}
		f := ui.Figure{Label: v.Say("page.org.import." + name), Value: ui.Count(n)}
		if name == "rejected" && n > 0 {
			f.Tone, f.Sub = ui.Wrong, v.Say("page.org.import.to_correct")
		}
		figures = append(figures, f)
	}
	return figures
}

// importHelp documents the columns.
func importHelp(v *screen.View) g.Node {
	l := ui.List{ID: "columns", Columns: []ui.Column{{Label: v.Say("field.column"), Kind: ui.CodeColumn}, {Label: v.Say("page.org.import.holds")}}}
	for _, name := range columnNames() {
		l.Rows = append(l.Rows, ui.Row{Cells: []ui.Cell{{Text: name}, {Text: v.Say("page.org.import.column." + name)}}})
	}
	l.Note = v.Say("page.org.import.columns.note", "lines", ImportLinesMax)
	return panelOf(v, v.Say("page.org.import.columns"), "", l)
}

// importSample gives a file to start from, and what may hang under what.
func importSample(v *screen.View) g.Node {
	title := v.Say("page.org.import.example")
	example := ui.Panel{Title: title, Body: h.Pre(h.TabIndex("0"), h.Aria("label", title), g.Text(importExample))}
	kinds := ui.List{ID: "kinds", Columns: []ui.Column{
		{Label: v.Say("page.org.import.kind"), Kind: ui.CodeColumn}, {Label: v.Say("field.kind")}, {Label: v.Say("page.org.import.under")},
	}}
	for _, word := range Kind("").EnumValues() {
		parents := ""
		for i, up := range hangsUnder(Kind(word)) {
			if i > 0 {
				parents += ", "
			}
			parents += enumWord(v, up)
		}
		kinds.Rows = append(kinds.Rows, ui.Row{Cells: []ui.Cell{{Text: word}, {Text: enumWord(v, Kind(word))}, {Text: parents}}})
	}
	return g.Group{v.Panel(example), panelOf(v, v.Say("page.org.import.kinds"), "", kinds)}
}
