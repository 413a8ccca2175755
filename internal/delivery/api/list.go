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

// readPage takes the parameters of the list out of the query, leaves the filters
// in it and gives the cursor. A filter named unit hides the parameter; the
// header remains.
func readPage(d *op.Def, query url.Values, req *op.Request) (cursor string, err error) {
	for _, name := range append(listWords(), "unit") {
		if len(query[name]) > 1 && d.Field(name) == nil {
			return "", fault.InvalidField(name, "input.twice")
		}
	}
	if d.Field("unit") == nil {
		if req.Unit, err = readUnit(query, req.Unit); err != nil {
			return "", err
		}
	}
	if format := query.Get("format"); format != "" && !slices.Contains(formats(), format) {
		return "", fault.InvalidField("format", "input.enum", "values", strings.Join(formats(), ", "))
	}
	if text := query.Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > page.LimitMax {
			return "", fault.InvalidField("limit", "input.range", "min", 1, "max", page.LimitMax)
		}
		req.Page.Limit = n
	}
	req.Page.Sort, cursor = query.Get("sort"), query.Get("cursor")
	for _, name := range listWords() {
		query.Del(name)
	}
	return cursor, nil
}

// formats are the forms of a list.
func formats() []string { return []string{"json", "csv", "xlsx"} }

func readUnit(query url.Values, fromHeader int64) (int64, error) {
	text := query.Get("unit")
	query.Del("unit")
	if text == "" {
		return fromHeader, nil
	}
	unit, err := render.ParseUnit(text)
	if err == nil && fromHeader != 0 && fromHeader != unit {
		err = fault.InvalidField("unit", "api.path_differs")
	}
	return unit, err
}

// list answers a list, as a page of JSON, as CSV or as a workbook.
func (a *API) list(w http.ResponseWriter, r *http.Request, d *op.Def, req op.Request) {
	dialect := r.URL.Query().Get("dialect")
	w.Header().Add("Vary", "Accept")
	format := exportFormat(r)
	if format == "csv" {
		a.export(w, r, d, req, dialect)
		return
	}
	if dialect != "" {
		a.fail(w, r, req.RequestID, fault.InvalidField("dialect", "input.unknown_field"))
		return
	}
	if format == "xlsx" {
		if err := a.Download(w, r, d, req, render.WorkbookForm()); err != nil {
			a.fail(w, r, req.RequestID, err)
		}
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
	keyed := render.Paged(d)
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
		next = render.NextCursor(d, req, last)
	}
	if next == "" {
		body.WriteString("null}")
		return body.Bytes(), nil
	}
	err = appendJSON(&body, next)
	body.WriteByte('}')
	return body.Bytes(), err
}

func appendJSON(body *bytes.Buffer, v any) error {
	encoded, err := json.Marshal(v)
	if err != nil {
		return fault.Wrap(err, fault.Internal, "internal")
	}
	body.Write(encoded)
	return nil
}

// export answers a list as CSV: all its rows unless a limit was asked for.
func (a *API) export(w http.ResponseWriter, r *http.Request, d *op.Def, req op.Request, name string) {
	dialect, err := render.ParseDialect(name)
	if err == nil {
		err = a.Download(w, r, d, req, render.CSVForm(dialect))
	}
	if err != nil {
		a.fail(w, r, req.RequestID, err)
	}
}

// Download streams the rows of a list as a file. The first rows are held
// back: an error is returned only when nothing was sent, and the caller answers
// it. A failure after that cuts the connection and is logged; the trailer with the
// number of rows is then missing. The web exports with it too.
func (a *API) Download(w http.ResponseWriter, r *http.Request, d *op.Def, req op.Request, form render.FileForm) error {
	out := a.newStream(w, strings.ReplaceAll(d.Name, ".", "-")+"."+form.Extension, form.MediaType)
	rows := form.Open(out, d)
	defer func() {
		if closing := rows.Close(); closing != nil {
			a.c.Log.Warn("export left open", "operation", d.Name, "request", req.RequestID, "code", fault.CodeOf(closing))
		}
	}()
	n := 0
	_, err := a.c.Runner.Rows(r.Context(), req, func(op.ListMeta) error { return rows.Header(a.words(r)) }, func(row any) error {
		n++
		return rows.Row(row)
	})
	if err == nil {
		err = rows.End()
	}
	if err == nil {
		err = out.finish(n)
	}
	if err == nil || !out.started {
		return err
	}
	a.c.Log.Warn("export cut", "operation", d.Name, "request", req.RequestID, "rows", n, "code", fault.CodeOf(err))
	out.cut()
	return nil
}
