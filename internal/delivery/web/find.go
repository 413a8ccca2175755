package web

import (
	"net/http"
	"net/url"
	"strings"

	"wasl/internal/delivery/render"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

const (
	// foundMax is the most results per kind.
	foundMax = 8
	// foundWords are the names such a filter may have.
	foundWords = "search text"
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
func (s *Server) rowsFor(v *visit, d *op.Def, text string) ([]op.ID, error) {
	in := op.Input{}
	if text != "" {
		in[searchField(d)] = text
	}
	var ids []op.ID
	q := op.Request{Name: d.Name, Credential: v.Credential, Input: in, Page: op.Page{Limit: foundMax}, RequestID: v.RequestID}
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
	if d.Kind != op.List || searchField(d) == "" {
		s.fail(w, r, v, fault.New(fault.NotFound, "operation.unknown", "name", d.Name))
		return
	}
	ids, err := s.rowsFor(v, d, r.URL.Query().Get("q"))
	if err != nil {
		s.fail(w, r, v, err)
		return
	}
	words, err := v.Labels(r.Context(), screen.Noun(d.Name), ids)
	if err != nil {
		s.fail(w, r, v, err)
		return
	}
	var options []ui.Option
	for _, id := range ids {
		options = append(options, ui.Option{Value: id.String(), Label: words[id]})
	}
	draw(w, http.StatusOK, v.PickerOptions(options))
}

// pickUnit answers the unit picker of the top bar: addresses to go to.
func (s *Server) pickUnit(w http.ResponseWriter, r *http.Request) {
	v := s.open(w, r, "")
	if v == nil {
		return
	}
	d := s.cfg.Runner.Registry.Find("org.unit.list")
	ids, err := s.rowsFor(v, d, r.URL.Query().Get("q"))
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
		kind := screen.Noun(d.Name)
		if d.Kind != op.List || searchField(d) == "" || s.cfg.Set.RecordPath(kind) == "" || !v.May(d.Name) {
			continue
		}
		ids, err := s.rowsFor(v, d, text)
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
