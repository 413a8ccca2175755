package web

import (
	"net/http"
	"net/url"
	"strings"

	"wasl/internal/delivery/render"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/page"
	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

const (
	// foundMax is the most results per kind.
	foundMax = 8
	// foundWords are the names such a filter may have.
	foundWords = "search text words"
	// numberField finds a record by its number, or by how that begins.
	numberField = "number"
	// latestMax bounds the rows of a list without such a filter that a text is looked for in.
	latestMax = page.LimitMax
)

// searchField is the filter by which a list finds a text; empty when it has none.
func searchField(d *op.Def) string {
	for name := range strings.FieldsSeq(foundWords) {
		if d.Field(name) != nil {
			return name
		}
	}
	return ""
}

// rowsFor runs a list for a few rows that match a text.
func (s *Server) rowsFor(v *visit, d *op.Def, field, text string, most int) ([]op.ID, error) {
	in := op.Input{}
	if text != "" {
		in[field] = text
	}
	var ids []op.ID
	q := op.Request{Name: d.Name, Credential: v.Credential, Input: in, Page: op.Page{Limit: most}, RequestID: v.RequestID}
	_, err := s.cfg.Runner.Rows(v.Request.Context(), q, nil, func(row any) error {
		for _, c := range d.Columns {
			if id, ok := c.Value(row).(op.ID); ok && c.Name == "id" {
				ids = append(ids, id)
			}
		}
		return nil
	})
	return ids, err
}

// pick answers a field that finds one record of a list.
func (s *Server) pick(w http.ResponseWriter, r *http.Request) {
	v := s.open(w, r, "")
	if v == nil {
		return
	}
	d := s.find(w, r, v)
	if d == nil {
		return
	}
	if d.Kind != op.List {
		s.fail(w, r, v, fault.New(fault.NotFound, "operation.unknown", "name", d.Name))
		return
	}
	options, err := s.offered(v, d, strings.TrimSpace(r.URL.Query().Get("q")))
	if err != nil {
		s.fail(w, r, v, err)
		return
	}
	draw(w, http.StatusOK, v.PickerOptions(options))
}

// offered are the records of a list that a text finds: by the list of another module that
// knows more of them, by the list's own search, or among its latest by their labels.
func (s *Server) offered(v *visit, d *op.Def, text string) ([]ui.Option, error) {
	if by, known := s.cfg.Set.Finder(d.Name); known && text != "" && v.May(by.List) {
		if options, err := s.offeredBy(v, d, by, text); err != nil || len(options) > 0 {
			return options, err
		}
	}
	if field := searchField(d); field != "" {
		ids, err := s.rowsFor(v, d, field, text, foundMax)
		if err != nil {
			return nil, err
		}
		return labelled(v, d, ids, "")
	}
	if d.Field(numberField) != nil && text != "" {
		ids, err := s.rowsFor(v, d, numberField, text, foundMax)
		if err == nil && len(ids) > 0 {
			return labelled(v, d, ids, "")
		}
	}
	ids, err := s.rowsFor(v, d, "", "", latestMax)
	if err != nil {
		return nil, err
	}
	return labelled(v, d, ids, text)
}

// labelled are records by their labels; a text keeps those whose label has it.
func labelled(v *visit, d *op.Def, ids []op.ID, text string) (out []ui.Option, err error) {
	words, err := v.Labels(v.Request.Context(), v.Runner.Registry.KindOf(d.Name), ids)
	for _, id := range ids {
		label := words[id]
		if label == "" || !strings.Contains(strings.ToLower(label), strings.ToLower(text)) {
			continue
		}
		if out = append(out, ui.Option{Value: id.String(), Label: label}); len(out) == foundMax {
			break
		}
	}
	return out, err
}

// offeredBy are the records that the rows of another list point at, with what those say
// of them.
func (s *Server) offeredBy(v *visit, d *op.Def, by screen.Finder, text string) (out []ui.Option, err error) {
	list := s.cfg.Runner.Registry.Find(by.List)
	q := op.Request{
		Name: by.List, Credential: v.Credential, Input: op.Input{searchField(list): text}, Page: op.Page{Limit: foundMax}, RequestID: v.RequestID,
	}
	var ids, told []op.ID
	if _, err = s.cfg.Runner.Rows(v.Request.Context(), q, nil, func(row any) error {
		id, _ := columnOf(list, by.Column, row).(op.ID)
		sub, _ := columnOf(list, by.Sub, row).(op.ID)
		ids, told = append(ids, id), append(told, sub)
		return nil
	}); err != nil {
		return nil, err
	}
	words, err := v.Labels(v.Request.Context(), v.Runner.Registry.KindOf(d.Name), ids)
	if err != nil {
		return nil, err
	}
	subs, err := v.Labels(v.Request.Context(), by.Sub, told)
	for i, id := range ids {
		if words[id] != "" {
			out = append(out, ui.Option{Value: id.String(), Label: words[id], Sub: subs[told[i]]})
		}
	}
	return out, err
}

// columnOf is the value of a column of a row, nil without such a column.
func columnOf(d *op.Def, name string, row any) any {
	for _, c := range d.Columns {
		if c.Name == name {
			return c.Value(row)
		}
	}
	return nil
}

// pickUnit answers the unit picker of the top bar: addresses to go to.
func (s *Server) pickUnit(w http.ResponseWriter, r *http.Request) {
	v := s.open(w, r, "")
	if v == nil {
		return
	}
	d := s.cfg.Runner.Registry.Find("org.unit.list")
	ids, err := s.rowsFor(v, d, searchField(d), r.URL.Query().Get("q"), foundMax)
	if err != nil {
		s.fail(w, r, v, err)
		return
	}
	words, err := v.Labels(r.Context(), "unit", ids)
	if err != nil {
		s.fail(w, r, v, err)
		return
	}
	path := r.URL.Query().Get("path")
	if !local(path) {
		path = "/"
	}
	var options []ui.Option
	for _, id := range ids {
		options = append(options, ui.Option{Value: path + "?" + url.Values{"unit": {id.String()}}.Encode(), Label: words[id]})
	}
	draw(w, http.StatusOK, v.PickerOptions(options))
}

// found runs every searchable list of records that have a page.
func (s *Server) found(v *visit, text string) ([]ui.Found, error) {
	var out []ui.Found
	if text = strings.TrimSpace(text); text == "" {
		return nil, nil
	}
	for _, d := range s.cfg.Runner.Registry.All() {
		kind := s.cfg.Runner.Registry.KindOf(d.Name)
		if d.Kind != op.List || searchField(d) == "" || s.cfg.Set.RecordPath(kind) == "" || !v.May(d.Name) {
			continue
		}
		ids, err := s.rowsFor(v, d, searchField(d), text, foundMax)
		if err != nil {
			return nil, err
		}
		words, err := v.Labels(v.Request.Context(), kind, ids)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			out = append(out, ui.Found{Kind: v.Say("subject." + kind), Label: words[id], Href: v.RecordHref(kind, id)})
		}
	}
	return out, nil
}

func (s *Server) search(w http.ResponseWriter, r *http.Request) {
	v := s.open(w, r, "")
	if v == nil {
		return
	}
	found, err := s.found(v, r.URL.Query().Get("q"))
	if err != nil {
		s.fail(w, r, v, err)
		return
	}
	s.show(w, v, http.StatusOK, "", ui.Page{Title: v.Say("search.title"), Body: v.Panel(ui.Panel{Body: v.SearchResults(found)}), Back: "/"})
}

func (s *Server) suggest(w http.ResponseWriter, r *http.Request) {
	v := s.open(w, r, "")
	if v == nil {
		return
	}
	found, err := s.found(v, r.URL.Query().Get("q"))
	if err != nil {
		s.fail(w, r, v, err)
		return
	}
	draw(w, http.StatusOK, v.SearchResults(found))
}

// export answers a list as a file for spreadsheets, whole: CSV or a workbook, by the
// ending of its name.
func (s *Server) export(w http.ResponseWriter, r *http.Request) {
	v := s.open(w, r, "")
	if v == nil {
		return
	}
	form := render.CSVForm(render.Excel)
	name, ok := strings.CutSuffix(r.PathValue("file"), "."+form.Extension)
	if !ok {
		form = render.WorkbookForm()
		name, ok = strings.CutSuffix(r.PathValue("file"), "."+form.Extension)
	}
	d := s.cfg.Runner.Registry.Find(name)
	if !ok || d == nil || d.Kind != op.List {
		s.fail(w, r, v, fault.New(fault.NotFound, "operation.unknown", "name", name))
		return
	}
	values := r.URL.Query()
	sort := values.Get("sort")
	values.Del("sort")
	values.Del("unit")
	err := s.cfg.Export(w, r, d, op.Request{
		Name: name, Credential: v.Credential, Input: op.FromValues(values), Unit: v.Unit, Page: op.Page{Sort: sort}, RequestID: v.RequestID,
	}, form)
	if err != nil {
		s.fail(w, r, v, err)
	}
}
