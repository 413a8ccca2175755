package intake

import (
	"context"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"

	g "maragu.dev/gomponents"

	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// stepsPage imports a kind of file in three steps: the file, what was understood of it,
// what became of it.
func (s *Store) stepsPage(ctx context.Context, v *screen.View, k *kindInfo) (ui.Page, error) {
	p := ui.Page{Title: v.Say("import.kind." + k.name), Sub: g.Text(v.Say("import.kind." + k.name + ".help"))}
	if v.May(opList) {
		p.Actions = []ui.Button{{Label: v.Say("page.imports"), Icon: ui.IconList, Href: v.Href("/imports", "kind", k.name)}}
	}
	if v.Query("batch") == "" {
		form, err := fileForm(ctx, v, k)
		if err != nil {
			return p, err
		}
		panel := v.Panel(ui.Panel{Title: v.Say("page.imports.file"), Sub: v.Say("page.imports.file.sub"), Body: form})
		p.Body = v.Columns("8-4", g.Group{steps(v, k, BatchCard{}), panel, samplePanel(v, k)}, columnPanel(v, k))
		return p, nil
	}
	b, err := screen.Fetch[BatchCard](ctx, v, opShow, "id", v.Query("batch"))
	if err != nil {
		return p, err
	}
	left := g.Group{steps(v, k, b)}
	outcome, err := checkOutcome(ctx, v, k, b)
	if err != nil {
		return p, err
	}
	left = append(left, outcome...)
	apply, err := applyPanel(ctx, v, k, b)
	if err != nil {
		return p, err
	}
	mapping, err := mapForm(ctx, v, k, b)
	if err != nil {
		return p, err
	}
	p.Body = v.Columns("8-4", append(left, apply), g.Group{formPanel(v, b.Form), mapping})
	return p, nil
}

// steps shows where one stands.
func steps(v *screen.View, k *kindInfo, b BatchCard) g.Node {
	file := ui.Step{Label: v.Say("page.imports.file"), Sub: []string{v.Say("page.imports.file.step")}, State: ui.Action, Href: v.Href(PathOf(k.name))}
	look := ui.Step{Label: v.Say("page.imports.look"), Sub: []string{v.Say("page.imports.look.step")}}
	end := ui.Step{Label: v.Say("page.imports.end"), Sub: []string{v.Say("page.imports.end.step")}}
	if b.ID != 0 {
		file.State, look.State, file.Sub = ui.Settled, ui.Action, []string{b.FileName}
		if b.Rejected > 0 || b.Reason != "" {
			look.State = ui.Wrong
		}
	}
	return v.Panel(ui.Panel{Body: v.Steps(v.Say("import.kind."+k.name), []ui.Step{file, look, end})})
}

// ownFields are the fields of an operation that are the kind's own parameters.
func ownFields(d *op.Def) []*op.Field {
	var out []*op.Field
	for i := range d.Fields {
		switch d.Fields[i].Name {
		case "file", "batch", "mode", "map", "save_map", "charset", "separator", "rows", "unterminated", "note":
		default:
			out = append(out, &d.Fields[i])
		}
	}
	return out
}

// fieldsOf are controls of some fields with their values.
func fieldsOf(ctx context.Context, v *screen.View, d *op.Def, values url.Values, names ...string) ([]ui.Field, error) {
	var out []ui.Field
	for _, name := range names {
		f := d.Field(name)
		if f == nil {
			continue
		}
		control, err := v.Field(ctx, d, f, values, nil)
		if err != nil {
			return nil, err
		}
		out = append(out, control)
	}
	return out, nil
}

// fileForm is the first step: the file and the parameters of its kind.
func fileForm(ctx context.Context, v *screen.View, k *kindInfo) (g.Node, error) {
	d := v.Runner.Registry.Find(k.checkOperation())
	names := []string{"file"}
	for _, f := range ownFields(d) {
		names = append(names, f.Name)
	}
	fields, err := fieldsOf(ctx, v, d, v.Request.URL.Query(), append(names, "unterminated")...)
	if err != nil {
		return nil, err
	}
	fields[0].Required, fields[0].Focus, fields[0].Accept = true, true, ".csv,.txt,.tsv,.gz,.xlsx"
	return v.Form(ui.Form{
		ID: "file", Action: v.OpHref(d.Name), IdemKey: v.Key(), Submit: v.Say("page.imports.look"), SubmitIcon: ui.IconEye,
		Sets: []ui.FieldSet{{Fields: fields}}, Hidden: []ui.Pair{{Name: screen.BackField, Value: v.Href(PathOf(k.name))}},
	}), nil
}

// checkOutcome says what the rows looked at would come to, and shows the first ones.
func checkOutcome(ctx context.Context, v *screen.View, k *kindInfo, b BatchCard) (g.Group, error) {
	var out g.Group
	if b.Reason != "" {
		out = append(out, v.Env.Notice(ui.Notice{Tone: ui.Wrong, Title: v.Say("page.imports.unmapped"), Text: v.Say("import.reason." + b.Reason)}))
		return append(out, rawPanel(v, b)), nil
	}
	if b.Same != 0 {
		out = append(out, sameNotice(v, b.Same))
	}
	out = append(out, v.Env.Figures(v.Say("page.imports.counts"), figures(v, b)[1:]))
	if b.Rows >= int64(k.checkRows) {
		out = append(out, v.Env.Notice(ui.Notice{Text: v.Say("page.imports.first_rows", "count", b.Rows)}))
	}
	if b.Rejected == 0 && b.Rows > 0 {
		out = append(out, v.Env.Notice(ui.Notice{Tone: ui.Settled, Title: v.Say("page.imports.clean"), Text: v.Say("page.imports.clean.text")}))
	}
	out = append(out, previewPanel(v, k, b))
	refused, err := rejectPanel(ctx, v, b)
	return append(out, refused), err
}

// previewPanel shows the first rows as they were understood, with what is wrong under
// each cell.
func previewPanel(v *screen.View, k *kindInfo, b BatchCard) g.Node {
	title := v.Say("page.imports.preview", "count", len(b.Preview))
	l := ui.List{ID: "preview", Caption: title, Tall: true, Bare: true, Columns: []ui.Column{
		{Label: v.Say("field.line"), Kind: ui.NumberColumn}, {Label: v.Say("field.state"), Kind: ui.StatusColumn},
	}}
	var used []int
	for i, c := range k.columns {
		if b.Map[c.Name] != "" {
			used = append(used, i)
			l.Columns = append(l.Columns, ui.Column{Label: k.columnWord(v, c.Name)})
		}
	}
	for _, row := range b.Preview {
		tone := ui.Settled
		if row.Fate == Rejected.word() {
			tone = ui.Wrong
		}
		first := ui.Cell{Status: &ui.Status{Label: v.Say("enum.import_fate." + row.Fate), Tone: tone}, Sub: faultWords(v, row, "")}
		cells := []ui.Cell{{Text: ui.Number(row.Line)}, first}
		for _, i := range used {
			cell := ui.Cell{Sub: faultWords(v, row, k.columns[i].Name)}
			if i < len(row.Cells) {
				cell.Text = row.Cells[i]
			}
			if cell.Sub != "" {
				cell.Tone = ui.Wrong
			}
			cells = append(cells, cell)
		}
		l.Rows = append(l.Rows, ui.Row{Cells: cells})
	}
	return v.Panel(ui.Panel{Title: title, Body: v.Env.List(l), Flush: true})
}

// faultWords are the reasons a row is refused for in one column, or as a whole.
func faultWords(v *screen.View, row PreviewRow, column string) string {
	var words []string
	for _, f := range row.Faults {
		if f.Path == column {
			words = append(words, v.Say("error."+f.Code, argPairs(f.Args)...))
		}
	}
	return strings.Join(words, " ")
}

func argPairs(args map[string]any) []any {
	var out []any
	for _, name := range sortedKeys(args) {
		out = append(out, name, args[name])
	}
	return out
}

// rawPanel shows the first rows as they stand in the file.
func rawPanel(v *screen.View, b BatchCard) g.Node {
	title := v.Say("page.imports.preview", "count", len(b.Preview))
	l := ui.List{ID: "preview", Caption: title, Bare: true, Columns: []ui.Column{{Label: v.Say("field.line"), Kind: ui.NumberColumn}}}
	for _, name := range b.Form.Header {
		l.Columns = append(l.Columns, ui.Column{Label: name})
	}
	for _, row := range b.Preview {
		cells := []ui.Cell{{Text: ui.Number(row.Line)}}
		for i := range b.Form.Header {
			cell := ui.Cell{}
			if i < len(row.Raw) {
				cell.Text = row.Raw[i]
			}
			cells = append(cells, cell)
		}
		l.Rows = append(l.Rows, ui.Row{Cells: cells})
	}
	return v.Panel(ui.Panel{Title: title, Body: v.Env.List(l), Flush: true})
}

// carried are the values that go on from a check: the file, its parameters.
func carried(d *op.Def, b BatchCard) []ui.Pair {
	pairs := []ui.Pair{{Name: "batch", Value: b.ID.String()}}
	own := map[string]json.RawMessage{}
	if len(b.Parameters) > 0 && json.Unmarshal(b.Parameters, &own) != nil {
		own = nil // written by this program; a form without them asks again
	}
	for _, f := range ownFields(d) {
		for _, value := range plainTexts(own[f.Name]) {
			pairs = append(pairs, ui.Pair{Name: f.Name, Value: value})
		}
	}
	if b.Form.Charset != Workbook {
		pairs = append(pairs, ui.Pair{Name: "charset", Value: string(b.Form.Charset)}, ui.Pair{Name: "separator", Value: string(b.Form.Separator)})
	}
	return pairs
}

// mapPairs are the map of a batch as it was used, each column said.
func mapPairs(k *kindInfo, b BatchCard) []ui.Pair {
	var pairs []ui.Pair
	for _, c := range k.columns {
		pairs = append(pairs, ui.Pair{Name: "map", Value: c.Name + "=" + b.Map[c.Name]})
	}
	return pairs
}

// mapForm corrects how the file was understood: its columns, encoding, separator.
func mapForm(ctx context.Context, v *screen.View, k *kindInfo, b BatchCard) (g.Node, error) {
	d := v.Runner.Registry.Find(k.checkOperation())
	set := ui.FieldSet{Title: v.Say("field.map"), Help: v.Say("page.imports.map.help")}
	for _, c := range k.columns {
		f := ui.Field{
			Name: "map-" + c.Name, SendAs: "map", Label: k.columnWord(v, c.Name), Kind: ui.EnumField, Value: c.Name + "=" + b.Map[c.Name],
			Options: []ui.Option{{Value: c.Name + "=", Label: v.Say("page.imports.unused")}},
		}
		if c.Required || c.Expected {
			f.Label += " *"
		}
		for _, name := range b.Form.Header[:readable(b.Form.Header)] {
			if name != "" {
				f.Options = append(f.Options, ui.Option{Value: c.Name + "=" + name, Label: name})
			}
		}
		set.Fields = append(set.Fields, f)
	}
	sets := []ui.FieldSet{set}
	hidden := carried(d, b)
	if b.Form.Charset != Workbook {
		hidden = hidden[:len(hidden)-2]
		values := url.Values{"charset": {string(b.Form.Charset)}, "separator": {string(b.Form.Separator)}}
		fields, err := fieldsOf(ctx, v, d, values, "charset", "separator")
		if err != nil {
			return nil, err
		}
		sets = append(sets, ui.FieldSet{Title: v.Say("field.form"), Fields: fields})
	}
	form := v.Form(ui.Form{
		ID: "columns", Action: v.OpHref(d.Name), IdemKey: v.Key(), Submit: v.Say("page.imports.again"), SubmitIcon: ui.IconRefresh,
		Sets: sets, Hidden: append(hidden, ui.Pair{Name: screen.BackField, Value: v.Href(PathOf(k.name), "batch", b.ID.String())}),
	})
	return v.Panel(ui.Panel{Title: v.Say("page.imports.correct"), Body: form}), nil
}

// applyPanel is the last step: import the file that was looked at.
func applyPanel(ctx context.Context, v *screen.View, k *kindInfo, b BatchCard) (g.Node, error) {
	if b.Reason != "" || !v.May(k.operation) {
		return nil, nil
	}
	d := v.Runner.Registry.Find(k.operation)
	fields, err := fieldsOf(ctx, v, d, url.Values{"mode": {string(AllOrNothing)}}, "mode", "rows", "unterminated", "save_map", "note")
	if err != nil {
		return nil, err
	}
	for i := range fields {
		if fields[i].Name == "mode" {
			fields[i].Required = true // both ways are shown at once
		}
	}
	form := v.Form(ui.Form{
		ID: "apply", Action: v.OpHref(d.Name), IdemKey: v.Key(), Submit: v.Say("page.imports.apply"), SubmitIcon: ui.IconImport,
		Sets:   []ui.FieldSet{{Fields: fields}},
		Hidden: append(append(carried(d, b), mapPairs(k, b)...), ui.Pair{Name: screen.BackField, Value: v.Href(PathOf(k.name), "batch", b.ID.String())}),
	})
	return v.Panel(ui.Panel{Title: v.Say("page.imports.apply"), Sub: v.Say("page.imports.apply.sub"), Body: form, Focus: true}), nil
}

// columnPanel documents the columns of a kind.
func columnPanel(v *screen.View, k *kindInfo) g.Node {
	title := v.Say("page.imports.expected")
	l := ui.List{ID: "expected", Caption: title, Tall: true, Bare: true, Columns: []ui.Column{
		{Label: v.Say("field.column"), Kind: ui.CodeColumn}, {Label: v.Say("page.imports.holds")},
	}}
	for _, c := range k.columns {
		help := k.columnWord(v, c.Name)
		if key := "import.column." + k.name + "." + c.Name + ".help"; v.Texts.Has(key) {
			help += ui.HardSpace + ": " + v.Say(key)
		}
		cell := ui.Cell{Text: help}
		if c.Required {
			cell.Sub = v.Say("page.imports.required")
		}
		l.Rows = append(l.Rows, ui.Row{Cells: []ui.Cell{{Text: c.Name, Sub: strings.Join(c.Synonyms, ", ")}, cell}})
	}
	l.Note = v.Say("page.imports.columns.note")
	return v.Panel(ui.Panel{Title: title, Body: v.Env.List(l), Flush: true})
}

// plainTexts are the values of a parameter as a form sends them.
func plainTexts(body json.RawMessage) []string {
	var list []json.RawMessage
	if json.Unmarshal(body, &list) != nil {
		list = []json.RawMessage{body}
	}
	var out []string
	for _, item := range list {
		var text string
		switch {
		case len(item) == 0 || string(item) == "null" || string(item) == "false" || string(item) == "0":
			continue
		case json.Unmarshal(item, &text) != nil:
			text = string(item)
		}
		if text != "" {
			out = append(out, text)
		}
	}
	return out
}
