package ui

import (
	_ "embed" // the invented data of the gallery
	"encoding/json"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"wasl/internal/kernel/fault"
)

//go:embed gallery.json
var galleryJSON string

// galleryData is the invented data, decoded into the kit's own structs.
type galleryData struct {
	Frame      Frame
	Print      Print
	Figures    []Figure
	List       List
	Plain      List
	Bars       []Bar
	Identity   Identity
	Tabs       []Tab
	Facts      []Fact
	Events     []Event
	Changes    []Change
	Form       Form
	Errors     map[string]string
	Confirm    Confirm
	Notices    []Notice
	Tree       Tree
	Branch     []TreeNode
	Pick       []Option
	Found      []Found
	Matrix     Matrix
	GrantFacts []Fact
	Steps      []Step
	Progress   Progress
	Done       Progress
	Unknown    Progress
	Empty      Empty
	Problem    Problem
	Buttons    []Button
	Login      Form
	Months     BarChart
	Compared   BarChart
	// The same steps priced part by part and at the step reached.
	Progressive, Selective StepChart
	Rates                  LineChart
	Volume                 SplitBar
	Words                  map[string]string
}

func loadGallery() (galleryData, error) {
	var d galleryData
	decoder := json.NewDecoder(strings.NewReader(galleryJSON))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&d); err != nil {
		return d, fault.Wrap(err, fault.Internal, "internal")
	}
	return d, nil
}

// GalleryViews are the names [Gallery] knows, the first being the default. The
// last ones are fragments asked for by the others.
func GalleryViews() []string {
	return []string{
		"list", "record", "form", "errors", "confirm", "tree", "matrix", "work", "charts", "states", "search", "login",
		"pick", "branch", "progress", "found",
	}
}

// Gallery draws a page with a part of the kit and invented data: every
// component appears in one of the views. Links stay on the page ("?view=…").
// The error is Internal when the data embedded in the binary does not decode.
func Gallery(e Env, view string) (g.Node, error) {
	d, err := loadGallery()
	if err != nil {
		return nil, err
	}
	switch view {
	case "pick":
		return e.PickerOptions(d.Pick), nil
	case "branch":
		return e.TreeItems(d.Branch, 4), nil
	case "progress":
		return e.Progress(d.Progress), nil
	case "found":
		return e.SearchResults(d.Found), nil
	case "login":
		return e.Bare(Bare{Title: d.Login.Submit, Sub: d.Words["office"], Body: e.Form(d.Login), Foot: d.Frame.Foot, Login: true}), nil
	}
	return e.galleryPage(d, view), nil
}

// galleryPage is a view in its frame.
func (e Env) galleryPage(d galleryData, view string) g.Node {
	page := Page{Sub: g.Text(d.Words["sub"]), Print: d.Print, Actions: []Button{d.Buttons[1]}}
	page.Body = e.galleryBody(&d, &page, view)
	for i := range d.Frame.Nav {
		n := &d.Frame.Nav[i]
		n.Current = n.Href == "?view="+view
		if n.Current {
			page.Title = n.Label
		}
	}
	if page.Title == "" {
		page.Title = d.Words["results"]
	}
	page.Crumbs = []Link{{Label: d.Words["crumb"], Href: "?view=tree"}, {Label: d.Words["crumb2"], Href: "?view=tree"}, {Label: page.Title}}
	d.Frame.Scopes[0].Panel = e.ScopeSearch("scope-unit-q", d.Words["search"], "?view=pick")
	d.Frame.Scopes[1].Panel = e.ScopeForm("scope-period-v", "?", "m", "month", d.Words["date"], "2026-11", []Pair{{Name: "view", Value: view}})
	return e.Shell(d.Frame, page)
}

func (e Env) galleryBody(d *galleryData, page *Page, view string) g.Node {
	switch view {
	case "record":
		return e.galleryRecord(d)
	case "form":
		return e.Panel(Panel{Title: d.Words["decide"], Body: e.Form(d.Form)})
	case "errors":
		return e.Panel(Panel{Title: d.Words["decide"], Body: e.Form(withErrors(d.Form, d.Errors))})
	case "confirm":
		return e.Confirm(d.Confirm)
	case "tree":
		return e.Columns("5-7", e.Panel(Panel{Title: d.Tree.Label, Body: e.Tree(d.Tree), Flush: true}), e.galleryUnit(d))
	case "matrix":
		return e.Columns("8-4", e.Matrix(d.Matrix), e.galleryGrant(d))
	case "work":
		return e.galleryWork(d)
	case "charts":
		return e.galleryCharts(d)
	case "states":
		page.Flash = d.Notices
		return e.galleryStates(d)
	case "search":
		return e.Panel(Panel{Title: d.Words["found"], Body: e.SearchResults(d.Found), Flush: true})
	}
	page.Actions = append(page.Actions, d.Buttons[0])
	return e.galleryList(d)
}

func withErrors(f Form, errors map[string]string) Form {
	for i := range f.Sets {
		for j := range f.Sets[i].Fields {
			field := &f.Sets[i].Fields[j]
			field.Error = errors[field.Name]
		}
	}
	return f
}

func (e Env) galleryExplain(d *galleryData) *Explain {
	return &Explain{About: d.Words["explainAbout"], Body: g.Group{h.P(g.Text(d.Words["formula"])), h.P(figure(d.Words["operands"]))}}
}

func (e Env) galleryList(d *galleryData) g.Node {
	d.Figures[3].Explain = e.galleryExplain(d)
	d.List.Columns[6].Explain = e.galleryExplain(d)
	return g.Group{
		e.Figures(d.Frame.Nav[0].Label, d.Figures), e.List(d.List),
		e.Columns("8-4",
			e.Panel(Panel{Title: d.Words["bars"], Sub: d.Words["ttc"], Links: []Link{{Label: d.Words["all"], Href: "?view=list"}}, Body: e.Bars(d.Words["bars"],
				d.Bars)}),
			e.Panel(Panel{
				Title: d.Words["review"], Status: &Status{Tone: Wrong, Label: d.Words["conflict"]}, Body: e.List(d.Plain), Flush: true,
				Foot: g.Text(d.Confirm.Rule),
			})),
	}
}

func (e Env) galleryRecord(d *galleryData) g.Node {
	d.Facts[6].Explain = e.galleryExplain(d)
	d.Events[1].Body = e.Diff(d.Events[1].Title, d.Changes[:2])
	facts := append(d.Facts, Fact{Label: d.Words["key"], Node: e.Copyable(d.Words["hash"], e.t("ui.copy"))})
	return g.Group{
		e.Identity(d.Identity), e.Tabs(d.Identity.Name, d.Tabs),
		e.Columns("5-7", e.Panel(Panel{Title: d.Words["facts"], Body: e.Facts(facts)}),
			e.Panel(Panel{ID: "what", Title: d.Words["timeline"], Body: e.Timeline(d.Events)})),
	}
}

func (e Env) galleryUnit(d *galleryData) g.Node {
	return g.Group{e.Identity(d.Identity), e.Panel(Panel{Title: d.Words["facts"], Body: e.Facts(d.Facts)})}
}

func (e Env) galleryGrant(d *galleryData) g.Node {
	buttons := []Button{d.Buttons[0], d.Buttons[1]}
	return e.Panel(Panel{
		Title: d.Words["decide"], Status: &Status{Tone: Waits, Label: d.Words["toDecide"]}, Focus: true,
		Body: g.Group{e.Facts(d.GrantFacts), e.Notice(d.Confirm.Warnings[0]), e.buttons("w-actions", buttons)},
		Foot: g.Text(d.Confirm.Rule),
	})
}

func (e Env) galleryWork(d *galleryData) g.Node {
	return g.Group{
		e.Panel(Panel{Title: d.Words["import"], Sub: d.Words["steps"], Body: e.Steps(d.Words["import"], d.Steps)}),
		e.Columns("4-4-4", e.Panel(Panel{Body: e.Progress(d.Progress)}), e.Panel(Panel{Body: e.Progress(d.Done)}), e.Panel(Panel{Body: e.Progress(d.Unknown)})),
		e.Diff(d.Words["timeline"], d.Changes),
	}
}

func (e Env) galleryCharts(d *galleryData) g.Node {
	panel := func(title string, body g.Node) g.Node { return e.Panel(Panel{Title: title, Body: body}) }
	return g.Group{
		e.Columns("8-4", panel(d.Months.Title, e.BarChart(d.Months)), panel(d.Volume.Title, e.SplitBar(d.Volume))),
		e.Columns("6-6", panel(d.Progressive.Title, e.StepChart(d.Progressive)), panel(d.Selective.Title, e.StepChart(d.Selective))),
		e.Columns("8-4", panel(d.Rates.Title, e.LineChart(d.Rates)), panel(d.Compared.Title, e.BarChart(d.Compared))),
	}
}

func (e Env) galleryStates(d *galleryData) g.Node {
	badges := g.Group{}
	for _, r := range d.List.Rows {
		badges = append(badges, e.Badge(*r.Cells[7].Status), g.Text(" "))
	}
	return g.Group{
		e.Panel(Panel{Title: d.Words["buttons"], Body: g.Group{e.buttons("w-actions", d.Buttons), h.P(badges), h.P(Key("Ctrl"), g.Text(" "), Key("K"))}}),
		e.Columns("6-6", e.Panel(Panel{Body: e.Empty(d.Empty)}), e.Problem(d.Problem)),
		e.List(List{ID: "none", Caption: d.List.Caption, Columns: d.List.Columns}),
	}
}
