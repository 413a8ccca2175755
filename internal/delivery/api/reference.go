package api

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"wasl/internal/delivery/render"
	"wasl/internal/platform/op"
	"wasl/internal/platform/ui"
)

// referencePolicy lets the page have our style sheet and nothing else.
const referencePolicy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"

// serveReference answers with the reference page, in the language asked for.
func (a *API) serveReference(w http.ResponseWriter, r *http.Request) {
	p := reference{words: a.words(r), prefs: ui.ReadPrefs(r), assets: a.c.Assets, registry: a.c.Runner.Registry, version: a.c.Version}
	var body bytes.Buffer
	if err := p.page().Render(&body); err != nil {
		a.fail(w, r, idOf(r), err)
		return
	}
	w.Header().Set("Content-Security-Policy", referencePolicy)
	w.Header().Set("Content-Language", p.words.Lang())
	a.write(w, http.StatusOK, "text/html; charset=utf-8", body.Bytes())
}

// reference makes the page: a section per module, a part per operation, all on
// one page so that the browser's own search finds everything.
type reference struct {
	words    render.Words
	prefs    ui.Prefs
	assets   *ui.Assets
	registry *op.Registry
	version  string
}

func (p reference) t(key string, pairs ...any) g.Node { return g.Text(p.words.T(key, pairs...)) }

func (p reference) page() g.Node {
	title := p.words.T("api.title")
	return h.Doctype(h.HTML(h.Lang(p.words.Lang()), h.Dir(p.words.Dir()), g.If(p.prefs.Theme != "", g.Attr("data-theme", p.prefs.Theme)),
		h.Head(h.Meta(h.Charset("utf-8")), h.Meta(h.Name("viewport"), h.Content("width=device-width, initial-scale=1")),
			h.TitleEl(g.Text(title)),
			g.Iff(p.assets != nil, func() g.Node {
				return g.Group{
					h.Link(h.Rel("icon"), h.Href(p.assets.URL("logo.svg")), h.Type("image/svg+xml")),
					h.Link(h.Rel("stylesheet"), h.Href(p.assets.URL("wasl.css"))),
				}
			})),
		h.Body(h.A(h.Class("w-skip"), h.Href("#main"), p.t("ui.skip")),
			h.Main(h.Class("w-main"), h.ID("main"), h.TabIndex("-1"),
				h.H1(g.Text(title)), h.P(h.Class("w-sub"), p.t("api.version", "version", p.version)),
				p.introduction(), p.contents(), g.Map(modulesOf(p.registry), p.module)))))
}

// introduction explains what holds for every operation.
func (p reference) introduction() g.Node {
	paragraph := func(key string) g.Node { return h.P(p.t(key)) }
	return h.Section(h.Class("w-panel"), h.ID("intro"), h.Div(h.Class("w-panel-body"),
		g.Map([]string{"api.intro", "api.intro.token", "api.intro.key", "api.intro.dry_run", "api.intro.approval", "api.intro.lists", "api.intro.errors"}, paragraph),
		h.P(h.A(h.Href(DocumentPath), p.t("api.document"))),
		h.H2(p.t("api.statuses")), p.statuses()))
}

// statuses lists the kinds of error with their status, from the function that maps them.
func (p reference) statuses() g.Node {
	return p.table([]string{"api.col.status", "api.col.kind", "api.col.meaning"}, g.Map(statusRows(), func(s statusRow) g.Node {
		return h.Tr(h.Td(g.Text(s.status)), h.Td(ui.Code(s.kind)), h.Td(p.t("api.kind."+s.kind)))
	}))
}

func (p reference) table(headings []string, rows g.Node) g.Node {
	return h.Table(h.Class("w-table"),
		h.THead(h.Tr(g.Map(headings, func(key string) g.Node { return h.Th(g.Attr("scope", "col"), p.t(key)) }))),
		h.TBody(rows))
}

func (p reference) contents() g.Node {
	return h.Nav(h.Aria("label", p.words.T("api.contents")), h.H2(p.t("api.contents")),
		g.Map(modulesOf(p.registry), func(m string) g.Node {
			return h.P(h.Strong(h.A(h.Href("#"+m), g.Text(p.words.Module(m)))), g.Text(" "),
				g.Map(p.operationsOf(m), func(d *op.Def) g.Node {
					return g.Group{h.A(h.Href("#"+d.Name), g.Text(p.words.Title(d))), g.Text(" · ")}
				}))
		}))
}

func (p reference) operationsOf(module string) []*op.Def {
	return slices.DeleteFunc(served(p.registry), func(d *op.Def) bool { return d.Module() != module })
}

func (p reference) module(name string) g.Node {
	return h.Section(h.ID(name), h.H2(g.Text(p.words.Module(name))), g.Map(p.operationsOf(name), p.operation))
}

func (p reference) operation(d *op.Def) g.Node {
	return h.Article(h.Class("w-panel"), h.ID(d.Name),
		h.Div(h.Class("w-panel-head"), h.H3(g.Text(p.words.Title(d)), g.Text(" "), ui.Code(d.Name))),
		h.Div(h.Class("w-panel-body"), p.details(d)))
}

// details are the rules, inputs, outputs and example of an operation.
func (p reference) details(d *op.Def) g.Node {
	return g.Group{
		h.P(ui.Code(d.Method() + " " + Prefix + d.Path)),
		g.If(p.words.Help(d) != "", h.P(g.Text(p.words.Help(d)))),
		h.P(h.Class("w-sub"), p.t("api.access."+string(d.Access)), g.Text(" "), g.If(d.Access == op.Granted, ui.Code(d.Name))),
		g.If(d.FourEyes, h.P(h.Class("w-sub"), p.t("api.four_eyes"), g.Text(" "), ui.Code(d.ApproveRight()))),
		g.If(len(d.Duties) > 0, h.P(h.Class("w-sub"), p.t("api.duties", "codes", strings.Join(d.Duties, ", ")))),
		p.inputs(d), p.outputs(d),
		h.H4(p.t("api.example")), h.Pre(h.TabIndex("0"), h.Code(g.Text(curl(d)))),
	}
}

func (p reference) inputs(d *op.Def) g.Node {
	if len(d.Fields) == 0 {
		return h.P(h.Class("w-sub"), p.t("api.no_input"))
	}
	return g.Group{h.H4(p.t("api.input")), p.table([]string{"api.col.name", "api.col.label", "api.col.type", "api.col.rule"},
		g.Map(d.Fields, func(f op.Field) g.Node {
			return h.Tr(h.Td(ui.Code(f.Name)), h.Td(g.Text(p.words.Field(d, f.Name))), h.Td(p.t("api.type."+string(f.Type))), h.Td(g.Text(p.rules(d, f))))
		}))}
}

// rules are the limits of a field, in words.
func (p reference) rules(d *op.Def, f op.Field) string {
	var out []string
	add := func(on bool, key string, pairs ...any) {
		if on {
			out = append(out, p.words.T(key, pairs...))
		}
	}
	add(f.Required, "api.rule.required")
	add(slices.Contains(d.PathParams(), f.Name), "api.rule.path")
	add(f.Many, "api.rule.many", "max", op.ListMax)
	add(f.Type == op.Text, "api.rule.length", "max", f.Max)
	add(f.Pattern != "", "api.rule.pattern", "pattern", f.Pattern)
	add(len(f.Values) > 0, "api.rule.values", "values", strings.Join(f.Values, ", "))
	add(f.Ref != "", "api.rule.ref", "operation", f.Ref)
	add(f.Secret, "api.rule.secret")
	if help := p.words.FieldHelp(d, f.Name); help != "" {
		out = append(out, help)
	}
	return strings.Join(out, " · ")
}

func (p reference) outputs(d *op.Def) g.Node {
	if len(d.Columns) == 0 {
		return h.P(h.Class("w-sub"), p.t("api.no_output"))
	}
	return g.Group{h.H4(p.t("api.output")), p.table([]string{"api.col.name", "api.col.label", "api.col.type"},
		g.Map(d.Columns, func(c op.Column) g.Node {
			return h.Tr(h.Td(ui.Code(c.Name)), h.Td(g.Text(p.words.Column(c.Name))), h.Td(p.t("api.type."+string(c.Type))))
		}))}
}

// curl is a command that asks for the operation, from its example.
func curl(d *op.Def) string {
	example := exampleOf(d)
	path := d.Path
	for _, name := range d.PathParams() {
		value, _ := example[name].(string)
		if value == "" {
			value = strings.ToUpper(name)
		}
		path = strings.Replace(path, "{"+name+"}", value, 1)
		delete(example, name)
	}
	var b strings.Builder
	b.WriteString("curl")
	if d.Kind.Changes() {
		b.WriteString(" -X POST")
	}
	b.WriteString(` "$WASL_URL` + Prefix + path + `"`)
	if d.Access != op.Anyone {
		b.WriteString(" \\\n  -H \"Authorization: Bearer $WASL_TOKEN\"")
	}
	if !d.Kind.Changes() {
		return b.String()
	}
	b.WriteString(" \\\n  -H \"" + HeaderKey + ": $(uuidgen)\"")
	for _, f := range d.Fields {
		if f.Type == op.File {
			b.WriteString(" \\\n  -F " + f.Name + "=@" + f.Name)
		}
	}
	if takesFiles(d) {
		return b.String()
	}
	body, err := json.Marshal(example)
	if err != nil || len(example) == 0 {
		body = []byte("{}")
	}
	b.WriteString(" \\\n  -H \"Content-Type: application/json\" \\\n  -d '" + strings.ReplaceAll(string(body), "'", `'\''`) + "'")
	return b.String()
}
