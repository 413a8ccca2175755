package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"slices"
	"text/tabwriter"

	"wasl/internal/delivery/render"
	"wasl/internal/platform/op"
)

// rowWriter prints the rows of a list.
type rowWriter interface {
	begin() error
	row(v any) error
	// end closes the list; next is the cursor of the page that follows.
	end(next string) error
}

// rows makes the writer of the format asked for.
func (t *console) rows(d *op.Def, out io.Writer) rowWriter {
	switch t.format {
	case formatJSON:
		return &jsonRows{out: out}
	case formatCSV:
		return &fileRows{t, render.CSVForm(render.RFC4180).Open(out, d)}
	case formatXLSX:
		return &fileRows{t, render.WorkbookForm().Open(out, d)}
	}
	if form, own := d.Formats[t.format]; own {
		return formRows{form.Open(out)}
	}
	return &tableRowsWriter{t: t, d: d, out: out, columns: shownColumns(d.Columns, t.askedOf(d), t.ids)}
}

// formRows writes a form of the operation's own, which is always whole.
type formRows struct{ form op.RowFormat }

func (f formRows) begin() error     { return wrote(f.form.Begin()) }
func (f formRows) row(v any) error  { return wrote(f.form.Row(v)) }
func (f formRows) end(string) error { return wrote(f.form.End()) }

// jsonRows writes {"items":[…],"next":…} as rows come.
type jsonRows struct {
	out io.Writer
	n   int
}

func (j *jsonRows) begin() error { return j.text(`{"items":[`) }

func (j *jsonRows) text(s string) error {
	_, err := io.WriteString(j.out, s)
	return wrote(err)
}

func (j *jsonRows) row(v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	separator := "\n"
	if j.n++; j.n > 1 {
		separator = ",\n"
	}
	return j.text(separator + string(body))
}

func (j *jsonRows) end(next string) error {
	cursor := "null"
	if next != "" {
		cursor = `"` + next + `"` // base64: nothing to escape
	}
	return j.text("\n],\"next\":" + cursor + "}\n")
}

// fileRows writes CSV for programs or a workbook; the cursor goes to the error output.
type fileRows struct {
	t *console
	w render.ListFile
}

func (f *fileRows) begin() error    { return wrote(f.w.Header(f.t.words)) }
func (f *fileRows) row(v any) error { return wrote(f.w.Row(v)) }
func (f *fileRows) end(next string) error {
	if err := f.w.End(); err != nil {
		return wrote(err)
	}
	f.t.more(next)
	return nil
}

// Close gives back what the file took.
func (f *fileRows) Close() error { return f.w.Close() }

// more tells how to go on.
func (t *console) more(next string) {
	if next != "" {
		t.tell("cli.next_page", "cursor", next)
	}
}

// printResult prints what a command or a get came to.
func (t *console) printResult(d *op.Def, res op.Result) error {
	if t.format == formatJSON {
		body, _, err := render.Answer(d, res)
		if err != nil {
			return err
		}
		return t.printJSON(body)
	}
	switch {
	case res.Outcome == op.DryRun:
		t.tell("cli.trial")
		return t.printChanges(res.Changes)
	case res.Proposal != 0:
		_, err := fmt.Fprintln(t.Stdout, t.words.T("cli.proposed", "number", res.Number))
		return wrote(err)
	}
	out := res.Out
	if out == nil {
		again := reflect.New(d.Out)
		if json.Unmarshal(res.JSON, again.Interface()) != nil {
			return t.printJSON(res.JSON)
		}
		out = again.Elem().Interface()
	}
	if t.format == formatCSV {
		w := render.NewCSV(t.Stdout, render.RFC4180, d.Columns)
		if err := w.Header(t.words); err != nil {
			return wrote(err)
		}
		return wrote(w.Row(out))
	}
	return t.printRecord(d, out)
}

func (t *console) printJSON(body []byte) error {
	_, err := fmt.Fprintf(t.Stdout, "%s\n", body)
	return wrote(err)
}

// printChanges prints what a trial would change.
func (t *console) printChanges(changes []op.Change) error {
	if len(changes) == 0 {
		t.tell("cli.no_change")
		return nil
	}
	w := tabwriter.NewWriter(t.Stdout, 0, 0, tableGap, ' ', 0)
	for _, c := range changes {
		note := ""
		switch {
		case c.Before == nil:
			note = t.words.T("cli.effect.new")
		case c.After == nil:
			note = t.words.T("cli.effect.removed")
		}
		if _, err := fmt.Fprintf(w, "%s %s\t%s\n", t.words.Subject(c.Kind), render.OneLine(c.Label), note); err != nil {
			return wrote(err)
		}
		for _, name := range changedNames(c) {
			if _, err := fmt.Fprintf(w, "  %s\t%s → %s\n", t.words.Column(name), valueText(c.Before[name]), valueText(c.After[name])); err != nil {
				return wrote(err)
			}
		}
	}
	return wrote(w.Flush())
}

func changedNames(c op.Change) []string {
	var names []string
	for name := range c.Before {
		names = append(names, name)
	}
	for name := range c.After {
		if _, both := c.Before[name]; !both {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func valueText(v any) string {
	if v == nil {
		return "–"
	}
	return short(render.OneLine(fmt.Sprint(v)))
}
