package api

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"wasl/internal/delivery/render"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/page"
	"wasl/internal/platform/op"
)

// readPage takes the parameters of the list out of the query, and leaves the
// filters in it. A filter named unit hides the parameter; the header remains.
func readPage(d *op.Def, query url.Values, req *op.Request) (err error) {
	for _, name := range append(listWords(), "unit") {
		if len(query[name]) > 1 && d.Field(name) == nil {
			return fault.InvalidField(name, "input.twice")
		}
	}
	if d.Field("unit") == nil {
		if req.Unit, err = readUnit(query, req.Unit); err != nil {
			return err
		}
	}
	if format := query.Get("format"); format != "" && format != "json" && format != "csv" {
		return fault.InvalidField("format", "input.enum", "values", "json, csv")
	}
	if text := query.Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > page.LimitMax {
			return fault.InvalidField("limit", "input.range", "min", 1, "max", page.LimitMax)
		}
		req.Page.Limit = n
	}
	req.Page.Sort = query.Get("sort")
	cursor := query.Get("cursor")
	for _, name := range listWords() {
		if name != "dialect" {
			query.Del(name)
		}
	}
	c, err := page.Decode(place(d, query, *req), cursor)
	if err != nil {
		return err
	}
	if cursor != "" && (c.Direction != page.Forward || !pages(d)) {
		return fault.New(fault.Invalid, "page.cursor")
	}
	req.Page.After = c.Keys
	return nil
}

func readUnit(query url.Values, fromHeader int64) (int64, error) {
	text := query.Get("unit")
	query.Del("unit")
	if text == "" {
		return fromHeader, nil
	}
	unit, err := parseUnit(text)
	if err == nil && fromHeader != 0 && fromHeader != unit {
		err = fault.InvalidField("unit", "api.path_differs")
	}
	return unit, err
}

// place names one list in one order with its filters: a cursor is good for it
// only.
func place(d *op.Def, filters url.Values, req op.Request) string {
	kept := url.Values{}
	for name, values := range filters {
		if name != "dialect" {
			kept[name] = values
		}
	}
	return strings.Join([]string{d.Name, sortOf(d, req.Page.Sort), strconv.FormatInt(req.Unit, 10), kept.Encode()}, "\n")
}

// sortOf is the order asked for, or the default one.
func sortOf(d *op.Def, asked string) string {
	if asked == "" && len(d.Sorts) > 0 {
		return d.Sorts[0]
	}
	return asked
}

// pages says whether the rows of a list know their place. Those that do not are
// short lists, given whole.
func pages(d *op.Def) bool {
	_, ok := rowOf(d).(op.Keyed)
	return ok && len(d.Sorts) > 0
}

// list answers a list, as a page of JSON or as CSV.
func (a *API) list(w http.ResponseWriter, r *http.Request, d *op.Def, req op.Request) {
	dialect, _ := req.Input["dialect"].(string)
	delete(req.Input, "dialect")
	w.Header().Add("Vary", "Accept")
	if wantsCSV(r) {
		a.export(w, r, d, req, dialect)
		return
	}
	if dialect != "" {
		a.fail(w, r, req.RequestID, fault.InvalidField("dialect", "input.unknown_field"))
		return
	}
	body, err := a.page(r, d, req)
	if err != nil {
		a.fail(w, r, req.RequestID, err)
		return
	}
	a.write(w, http.StatusOK, "application/json", body)
}

// page is one page of a list: at most page.LimitMax rows, built whole before
// anything is sent, so that a failure is always a problem and never a half answer.
func (a *API) page(r *http.Request, d *op.Def, req op.Request) ([]byte, error) {
	limit, err := page.Limit(req.Page.Limit)
	if err != nil {
		return nil, err
	}
	keyed := pages(d)
	if req.Page.Limit = limit; !keyed {
		req.Page.Limit = 0
	}
	var body bytes.Buffer
	var last any
	n := 0
	body.WriteString(`{"items":[`)
	more, err := a.c.Runner.Rows(r.Context(), req, nil, func(row any) error {
		if n++; n > WholeRowsMax {
			return fault.New(fault.Limit, "api.rows", "max", WholeRowsMax)
		}
		if n > 1 {
			body.WriteByte(',')
		}
		last = row
		return appendJSON(&body, row)
	})
	if err != nil {
		return nil, err
	}
	body.WriteString(`],"next":`)
	next := ""
	if more {
		next = nextOf(r, d, req, last)
	}
	if next == "" {
		body.WriteString("null}")
		return body.Bytes(), nil
	}
	err = appendJSON(&body, next)
	body.WriteByte('}')
	return body.Bytes(), err
}

// nextOf is the cursor after the last row.
func nextOf(r *http.Request, d *op.Def, req op.Request, last any) string {
	query := r.URL.Query()
	for _, name := range listWords() {
		query.Del(name)
	}
	if d.Field("unit") == nil {
		query.Del("unit")
	}
	keyed, ok := last.(op.Keyed)
	if !ok {
		return ""
	}
	keys := keyed.PageKey(strings.TrimPrefix(sortOf(d, req.Page.Sort), "-"))
	return page.Cursor{Keys: slices.Clone(keys), Direction: page.Forward}.Encode(place(d, query, req))
}

func appendJSON(body *bytes.Buffer, v any) error {
	encoded, err := json.Marshal(v)
	if err != nil {
		return fault.Wrap(err, fault.Internal, "internal")
	}
	body.Write(encoded)
	return nil
}

// export streams a list as CSV: all its rows unless a limit was asked for.
func (a *API) export(w http.ResponseWriter, r *http.Request, d *op.Def, req op.Request, name string) {
	dialect, err := render.ParseDialect(name)
	if err == nil {
		err = a.Download(w, r, d, req, dialect)
	}
	if err != nil {
		a.fail(w, r, req.RequestID, err)
	}
}

// Download streams a list as a CSV file; pages use it too. The first rows are held
// back, so that a refusal is still an error for the caller to show; a failure
// after that cuts the connection, and the trailer with the number of rows is
// missing.
func (a *API) Download(w http.ResponseWriter, r *http.Request, d *op.Def, req op.Request, dialect render.Dialect) error {
	out := a.newStream(w, strings.ReplaceAll(d.Name, ".", "-")+".csv")
	rows := render.NewCSV(out, dialect, d.Columns)
	n := 0
	_, err := a.c.Runner.Rows(r.Context(), req, func(op.ListMeta) error { return rows.Header(a.words(r)) }, func(row any) error {
		n++
		return rows.Row(row)
	})
	if err == nil {
		err = out.finish(n)
	}
	if err != nil && out.started {
		a.c.Log.Warn("export cut", "operation", d.Name, "request", req.RequestID, "rows", n, "code", fault.CodeOf(err))
		out.cut()
		return nil
	}
	if err != nil {
		out.forget()
	}
	return err
}
