package conformance

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
	"wasl/internal/testkit/dbtest"
)

// asked asks a query on each channel and at each place within reach.
func (c *trial) asked() {
	c.Helper()
	if c.d.Kind == op.List {
		c.listed()
	}
	login := c.s.login(c.d)
	for _, p := range append(apptest.Places(), c.s.open...) {
		in := c.in[p]
		if in == nil || !p.Reached() && !slices.Contains(c.s.open, p) && !c.whole() {
			continue
		}
		api := c.byAPI(c.token(login), in)
		if !api.ok() || api.status != http.StatusOK {
			c.Errorf("%s by API: %v", p, api)
		}
		console := c.inProcess(c.console(login), in, "", false)
		if c.d.Kind == op.Get && canonical(console.json) != canonical(api.json) {
			c.Errorf("%s: the console answers %s, the API %s", p, canonical(console.json), canonical(api.json))
		}
		if page := c.byPage(c.session(login), in, nil); page.status != http.StatusOK {
			c.Errorf("%s by page: %v", p, page)
		}
		if p == apptest.Own && c.Engine == dbtest.SQLite {
			c.commanded(login, in, api)
		}
		if c.d.Kind == op.Get && p == apptest.Own {
			tag := api.head.Get("ETag")
			if again := c.byAPI(c.token(login), in, "If-None-Match", tag); tag == "" || again.status != http.StatusNotModified {
				c.Errorf("not modified: tag %q, %v", tag, again)
			}
		}
	}
}

// commanded asks the same on the command line.
func (c *trial) commanded(login string, in op.Input, api answer) {
	c.Helper()
	got := c.byCommand(login, in, "")
	want := canonical(api.json)
	if c.d.Kind == op.List {
		if all := c.pages(c.token(login), in, ""); len(all) > 0 {
			want = canonical(map[string]any{"items": all, "next": nil})
		}
	}
	if !got.ok() || canonical(got.json) != want {
		c.Errorf("the command line answers %s (%v), the API %s", canonical(got.json), got, want)
	}
}

func canonical(v any) string {
	body, _ := json.Marshal(v)
	return string(body)
}

// listed checks what a list holds: the same rows by pages of the API, by CSV, by
// the export of the page and at the console, and none from outside the reach.
func (c *trial) listed() {
	c.Helper()
	login, in := c.s.login(c.d), c.in[apptest.Own]
	rows := c.pages(c.token(login), in, "")
	if len(rows) == 0 {
		c.Errorf("an empty list shows nothing")
	}
	if got := consoleRows(c.World, login, c.d.Name, in); canonical(got) != canonical(rows) {
		c.Errorf("the console lists\n%s\nand the API\n%s", canonical(got), canonical(rows))
	}
	c.exports(login, in, rows)
	switch {
	case c.s.unitOf != nil:
		c.narrowed(login, rows)
	case c.s.reach == own:
		mine, theirs := ids(rows), ids(c.pages(c.token(apptest.Nobody), in, ""))
		for id := range theirs {
			if mine[id] {
				c.Errorf("row %s is in two persons' own lists", id)
			}
		}
	case c.s.reach == everything:
		if all := c.pages(c.Token(apptest.Admin), in, ""); canonical(all) != canonical(rows) {
			c.Errorf("declared open, but the administrator sees %d rows and %s %d", len(all), login, len(rows))
		}
	}
	c.nobodyExports(login, in)
}

func ids(rows []map[string]any) map[string]bool {
	out := map[string]bool{}
	for _, row := range rows {
		out[fmt.Sprint(row["id"])] = true
	}
	return out
}

// pages reads a list by pages of a few rows.
func (c *trial) pages(token string, in op.Input, unit string) []map[string]any {
	c.Helper()
	var rows []map[string]any
	cursor := ""
	for range 1000 {
		asked := op.Input{"limit": "7"}
		for name, v := range in {
			asked[name] = v
		}
		if cursor != "" {
			asked["cursor"] = cursor
		}
		if unit != "" {
			asked["unit"] = unit
		}
		got := c.byAPI(token, asked)
		if !got.ok() {
			c.Fatalf("list: %v", got)
		}
		items, _ := got.json["items"].([]any)
		for _, item := range items {
			row, _ := item.(map[string]any)
			rows = append(rows, row)
		}
		if cursor, _ = got.json["next"].(string); cursor == "" {
			return rows
		}
	}
	c.Fatalf("the pages never end")
	return nil
}

// narrowed compares with what the parents alone say: the rows of the units below
// the actor's, and no other.
func (c *trial) narrowed(login string, rows []map[string]any) {
	c.Helper()
	unitOf := c.s.unitOf(c.World)
	home := c.Units["A1"]
	within := func(unit, root op.ID) bool {
		return c.Below(unit, root) || c.s.above && c.Below(root, unit)
	}
	all := c.pages(c.Token(apptest.Admin), c.in[apptest.Own], "")
	var want []map[string]any
	outside := 0
	for _, row := range all {
		if within(unitOf(row), home) {
			want = append(want, row)
		} else {
			outside++
		}
	}
	if outside == 0 || len(want) == 0 {
		c.Errorf("the list proves nothing: %d rows within reach, %d outside", len(want), outside)
	}
	if sorted(want) != sorted(rows) {
		c.Errorf("%s sees\n%s\nwant\n%s", login, sorted(rows), sorted(want))
	}
	if c.d.Field("unit") != nil || c.d.Access != op.Granted {
		return
	}
	if got := c.byAPI(c.token(login), op.Input{"unit": c.At[apptest.Sibling].Unit.String()}); got.code != "scope.outside" {
		c.Errorf("narrowed to a sibling: %v", got)
	}
	if c.s.above {
		return
	}
	var below []map[string]any
	for _, row := range rows {
		if within(unitOf(row), c.At[apptest.Child].Unit) {
			below = append(below, row)
		}
	}
	if got := c.pages(c.token(login), c.in[apptest.Own], c.At[apptest.Child].Unit.String()); sorted(got) != sorted(below) {
		c.Errorf("narrowed to the child:\n%s\nwant\n%s", sorted(got), sorted(below))
	}
	if got := c.pages(c.token(login), c.in[apptest.Own], c.At[apptest.Parent].Unit.String()); sorted(got) != sorted(rows) {
		c.Errorf("narrowed to the parent:\n%s\nwant\n%s", sorted(got), sorted(rows))
	}
}

func sorted(rows []map[string]any) string {
	var out []string
	for _, row := range rows {
		out = append(out, canonical(row))
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

// exports compares the CSV of the API and of the page with the rows.
func (c *trial) exports(login string, in op.Input, rows []map[string]any) {
	c.Helper()
	asked := op.Input{"format": "csv"}
	for name, v := range in {
		asked[name] = v
	}
	api := c.byAPI(c.token(login), asked)
	table, err := csv.NewReader(strings.NewReader(api.body)).ReadAll()
	if err != nil || len(table) != len(rows)+1 {
		c.Fatalf("CSV by API: %v, %d lines for %d rows: %.300s", err, len(table), len(rows), api.body)
	}
	for i, row := range rows {
		for j, name := range table[0] {
			if want, simple := cell(row[name]); simple && name != "current" && strings.TrimPrefix(table[i+1][j], "'") != strings.TrimPrefix(want, "'") {
				c.Errorf("CSV line %d, column %s: %q, JSON %q", i+2, name, table[i+1][j], want)
			}
		}
	}
	page := c.Get("/export/"+c.d.Name+".csv?"+values(in).Encode(), c.session(login))
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(page.Body, "\ufeff")))
	r.Comma = ';'
	sheet, err := r.ReadAll()
	if err != nil || page.Status != http.StatusOK || len(sheet) != len(table) {
		c.Fatalf("export of the page: status %d, %v, %d lines, by API %d", page.Status, err, len(sheet), len(table))
	}
	for i := range table[1:] {
		for j := range table[i+1] {
			if a, b := sheet[i+1][j], table[i+1][j]; a != b && table[0][j] != "current" && strings.ReplaceAll(a, ",", ".") != b {
				c.Errorf("export line %d, column %s: %q, by API %q", i+2, table[0][j], a, b)
			}
		}
	}
	if disposition := page.Header.Get("Content-Disposition"); !strings.HasPrefix(disposition, "attachment") {
		c.Errorf("export: Content-Disposition %q", disposition)
	}
}

// cell is a JSON value as CSV writes it; only plain ones.
func cell(v any) (string, bool) {
	switch v := v.(type) {
	case nil:
		return "", false
	case string:
		return v, !strings.Contains(v, "T") || !strings.HasSuffix(v, "Z")
	case json.Number, bool:
		return fmt.Sprint(v), true
	}
	return "", false
}

// nobodyExports: what may not be listed may not be exported.
func (c *trial) nobodyExports(login string, in op.Input) {
	c.Helper()
	path := "/export/" + c.d.Name + ".csv?" + values(in).Encode()
	if got := c.Get(path, ""); got.Status != http.StatusSeeOther {
		c.Errorf("anonymous export: status %d", got.Status)
	}
	if c.d.Access == op.Granted {
		for _, stranger := range []string{apptest.Nobody, apptest.Former} {
			if got := c.Get(path, c.Session(stranger)); got.Status != http.StatusForbidden {
				c.Errorf("export by %s: status %d", stranger, got.Status)
			}
		}
	}
	if c.whole() || c.s.reach != units || c.d.Central {
		return
	}
	for _, p := range apptest.Places() {
		got := c.Get("/export/"+c.d.Name+".csv?"+url.Values(values(c.in[p])).Encode(), c.session(login))
		want := http.StatusForbidden
		if c.s.outside != "" { // what one may not see does not exist
			want = http.StatusNotFound
		}
		if p.Reached() != (got.Status == http.StatusOK) || !p.Reached() && got.Status != want {
			c.Errorf("export at %s: status %d", p, got.Status)
		}
	}
}
