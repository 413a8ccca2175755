package api_test

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"wasl/internal/kernel/page"
)

// codes reads one page of things and gives their codes and the next cursor.
func (e *env) codes(query string) (codes []string, next string) {
	e.t.Helper()
	got := e.ask("GET", "/api/v1/things?"+query, "", asHead).is(200).object()
	for _, item := range got["items"].([]any) {
		codes = append(codes, item.(map[string]any)["code"].(string))
	}
	next, _ = got["next"].(string)
	return codes, next
}

// filled is an office with things A, B … of alternating kind, one a minute.
func filled(t testing.TB, n int) *env {
	e := newEnv(t)
	for i := range n {
		kind := []string{"part", "tool"}[i%2]
		unit := []string{"2", "3"}[i%2]
		body := fmt.Sprintf(`{"code":"%c","name":"Pièce","kind":"%s","unit":"%s","amount":"-%d.05"}`, 'A'+i, kind, unit, i)
		e.ask("POST", "/api/v1/things", body, asHead, isJSON).is(200)
		e.clock.Advance(time.Minute)
	}
	return e
}

func TestPages(t *testing.T) {
	t.Parallel()
	e := filled(t, 7)
	for _, c := range []struct{ query, want string }{
		{"", "ABCDEFG"},
		{"sort=code", "ABCDEFG"},
		{"sort=-code", "GFEDCBA"},
		{"sort=-noted_at", "GFEDCBA"},
		{"sort=noted_at", "ABCDEFG"},
		{"kind=tool", "BDF"},
		{"unit=2", "ACEG"},
		{"kind=tool&unit=2", ""},
	} {
		for _, limit := range []int{1, 2, 3, 7, 50} {
			var all []string
			next := ""
			for range 10 {
				query := fmt.Sprintf("%s&limit=%d&cursor=%s", c.query, limit, url.QueryEscape(next))
				codes, after := e.codes(query)
				if len(codes) > limit {
					t.Fatalf("%s: %d rows", query, len(codes))
				}
				all = append(all, codes...)
				if next = after; next == "" {
					break
				}
			}
			if got := strings.Join(all, ""); got != c.want {
				t.Errorf("%q by %d: %s, want %s", c.query, limit, got, c.want)
			}
		}
	}
	if got, _ := e.codes("limit=50"); len(got) != 7 {
		t.Errorf("%v", got)
	}
	viaHeader := e.ask("GET", "/api/v1/things", "", asHead, "Wasl-Unit: 2").is(200).object()["items"].([]any)
	if len(viaHeader) != 4 {
		t.Errorf("the header narrows to %d", len(viaHeader))
	}
}

func TestCursorsAreGoodForOneListOnly(t *testing.T) {
	t.Parallel()
	e := filled(t, 4)
	_, cursor := e.codes("limit=2")
	refused := func(query string) {
		t.Helper()
		e.ask("GET", "/api/v1/things?"+query, "", asHead).problem(422, "page.cursor")
	}
	for _, other := range []string{"sort=-code", "sort=noted_at", "kind=tool", "unit=2", "name=x"} {
		refused("limit=2&" + other + "&cursor=" + cursor)
	}
	e.ask("GET", "/api/v1/audit?cursor="+cursor, "", asHead).problem(422, "page.cursor")
	backward := page.Cursor{Keys: []string{"C", "1"}, Direction: page.Backward}.Encode("shop.thing.list\ncode\n0\n{}")
	refused("cursor=" + backward)
	refused("cursor=" + strings.Repeat("A", 3000))
	// A list that is not paged takes no cursor.
	e.ask("GET", "/api/v1/rows?count=2&cursor="+page.Cursor{Keys: []string{"1"}, Direction: page.Forward}.Encode("shop.system.rows\n\n0\n{\"count\":\"2\"}"), "").
		problem(422, "page.cursor")
	for i := range cursor {
		if cursor[i] != 'A' {
			refused("limit=2&cursor=" + cursor[:i] + "A" + cursor[i+1:])
		}
	}
	if codes, _ := e.codes("limit=2&cursor=" + cursor); !slices.Equal(codes, []string{"C", "D"}) {
		t.Errorf("the true cursor gives %v", codes)
	}
	// The size of the page is not part of the place.
	if codes, _ := e.codes("limit=1&sort=code&cursor=" + cursor); !slices.Equal(codes, []string{"C"}) {
		t.Errorf("the true cursor by one gives %v", codes)
	}
}

func TestListWithPathParameter(t *testing.T) {
	t.Parallel()
	e := filled(t, 5)
	got := e.ask("GET", "/api/v1/kinds/tool/things?limit=1", "", asHead).is(200).object()
	next, _ := got["next"].(string)
	if items := got["items"].([]any); len(items) != 1 || items[0].(map[string]any)["code"] != "B" || next == "" {
		t.Fatalf("got %v", got)
	}
	got = e.ask("GET", "/api/v1/kinds/tool/things?cursor="+next, "", asHead).is(200).object()
	if items := got["items"].([]any); len(items) != 1 || items[0].(map[string]any)["code"] != "D" {
		t.Errorf("got %v", got)
	}
	e.ask("GET", "/api/v1/kinds/part/things?cursor="+next, "", asHead).problem(422, "page.cursor")
	e.ask("GET", "/api/v1/kinds/tool/things?kind=part", "", asHead).problem(422, "input.invalid")
}

func TestListParameters(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	for query, field := range map[string]string{
		"limit=0": "limit", "limit=501": "limit", "limit=-1": "limit", "limit=x": "limit", "limit=99999999999999999999": "limit",
		"limit=1&limit=2": "limit", "sort=amount": "sort", "sort=--code": "sort", "format=xml": "format", "unit=x": "unit", "unit=-2": "unit",
		"format=csv&dialect=tsv": "dialect", "dialect=excel": "dialect", "color=red": "color", "kind=none": "kind",
	} {
		p := e.ask("GET", "/api/v1/things?"+query, "", asHead).problem(422, "input.invalid")
		if fieldsOf(p)[field] == "" {
			t.Errorf("%s: %v", query, p)
		}
	}
	e.ask("GET", "/api/v1/things?a=%zz", "", asHead).problem(400, "api.query")
	e.ask("GET", "/api/v1/things?unit=2", "", asHead, "Wasl-Unit: 3").problem(422, "input.invalid")
	e.ask("GET", "/api/v1/things?unit=3", "", asNorth).problem(403, "scope.outside")
}

func TestListsWithoutPlaceAreGivenWhole(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	got := e.ask("GET", "/api/v1/rows?count=700", "").is(200).object()
	if len(got["items"].([]any)) != 700 || got["next"] != nil {
		t.Errorf("%d rows, next %v", len(got["items"].([]any)), got["next"])
	}
	e.ask("GET", "/api/v1/rows?count=10001", "").problem(422, "api.rows")
	// A failure after many rows is a problem, not half a list.
	e.ask("GET", "/api/v1/rows?count=9000&fail_at=8999", "").problem(409, "shop.broken")
}

func TestCSV(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.thing("C-1", `,"amount":"-1234.50","since":"2026-01-31","unit":"2","tags":["a","b"],"active":true`)
	for _, name := range []string{"=1+1", "+1", "-1", "@x", "；；", `a"b,c;d`, "＝cmd"} {
		body := fmt.Sprintf(`{"code":"N%d","name":%q,"kind":"part"}`, len(e.csv("", ',')), name)
		e.ask("POST", "/api/v1/things", body, asHead, isJSON).is(200)
	}
	rows := e.csv("sort=code", ',')
	want := []string{"id", "code", "name", "amount", "count", "kind", "since", "noted_at", "active", "unit", "version", "tags"}
	if !slices.Equal(rows[0], want) {
		t.Errorf("header %v", rows[0])
	}
	first := rows[1]
	if !slices.Equal(first[1:], []string{"C-1", "Pièce C-1", "-1234.50", "0", "part", "2026-01-31", "2026-03-02T09:00:00Z", "true", "2", "1", `["a","b"]`}) {
		t.Errorf("row %q", first)
	}
	var names []string
	for _, row := range rows[2:] {
		names = append(names, row[2])
		if row[6] != "" {
			t.Errorf("no date is %q", row[6])
		}
	}
	// Texts that a spreadsheet would run get a quote; a negative amount does not.
	if !slices.Equal(names, []string{"'=1+1", "'+1", "'-1", "'@x", "；；", `a"b,c;d`, "'＝cmd"}) {
		t.Errorf("names %q", names)
	}
	if one := e.csv("limit=1", ','); len(one) != 2 {
		t.Errorf("limit=1 gives %d lines", len(one))
	}
}

// csv asks for things as CSV and reads it.
func (e *env) csv(query string, comma rune) [][]string {
	e.t.Helper()
	a := e.ask("GET", "/api/v1/things?"+query, "", asHead, "Accept: text/csv").is(200)
	r := csv.NewReader(strings.NewReader(string(a.body)))
	r.Comma = comma
	rows, err := r.ReadAll()
	if err != nil {
		e.t.Fatal(err)
	}
	return rows
}

func TestCSVHeadersAndDialect(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.thing("C-1", `,"amount":"-1234.50"`)
	a := e.ask("GET", "/api/v1/things?format=csv", "", asHead).is(200)
	if !strings.HasPrefix(a.header.Get("Content-Type"), "text/csv") || a.header.Get("Content-Disposition") != "attachment; filename=shop-thing-list.csv" {
		t.Errorf("headers %v", a.header)
	}
	if !strings.HasPrefix(string(a.body), "id,code,") || strings.Count(string(a.body), "\r\n") != 2 {
		t.Errorf("body %q", a.body)
	}
	x := string(e.ask("GET", "/api/v1/things?format=csv&dialect=excel", "", asHead).is(200).body)
	if !strings.HasPrefix(x, "\ufeff") || !strings.Contains(x, ";-1234,50;") {
		t.Errorf("excel %q", x)
	}
	for accept, isCSV := range map[string]bool{
		"text/csv": true, "application/json": false, "*/*": false, "": false, "text/csv;q=0.5, application/json": false,
		"application/json;q=0.1, text/csv;q=0.2": true, "text/csv;q=nan": false, "garbage;;;": false,
	} {
		got := strings.HasPrefix(e.ask("GET", "/api/v1/things", "", asHead, "Accept: "+accept).is(200).header.Get("Content-Type"), "text/csv")
		if got != isCSV {
			t.Errorf("%q: csv %v", accept, got)
		}
	}
	// A refusal of an export is a problem.
	e.ask("GET", "/api/v1/things?format=xlsx", "", asGuest).problem(403, "right.missing")
	e.ask("GET", "/api/v1/rows?count=10&fail_at=5&format=xlsx", "").problem(409, "shop.broken")
	e.ask("GET", "/api/v1/things?format=xlsx&dialect=excel", "", asHead).problem(422, "input.invalid")
	e.ask("GET", "/api/v1/things?format=csv", "", asGuest).problem(403, "right.missing")
	e.ask("GET", "/api/v1/rows?count=10&fail_at=5&format=csv", "").problem(409, "shop.broken")
}

// A workbook is asked for by the parameter or by its type, and is an archive with one
// sheet that holds every row.
func TestWorkbook(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	for _, code := range []string{"A", "B", "C"} {
		e.thing(code, `,"amount":"-1234.50"`)
	}
	const kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	for query, headers := range map[string][]string{
		"format=xlsx": {asHead}, "sort=-code": {asHead, "Accept: " + kind + ", application/json;q=0.5, text/csv;q=0.9"},
	} {
		a := e.ask("GET", "/api/v1/things?"+query, "", headers...).is(200)
		if a.header.Get("Content-Type") != kind || a.header.Get("Content-Disposition") != "attachment; filename=shop-thing-list.xlsx" {
			t.Errorf("headers %v", a.header)
		}
		archive, err := zip.NewReader(bytes.NewReader(a.body), int64(len(a.body)))
		if err != nil {
			t.Fatal(err)
		}
		sheet, err := fs.ReadFile(archive, "xl/worksheets/sheet1.xml")
		if err != nil || bytes.Count(sheet, []byte("<row ")) != 4 || bytes.Count(sheet, []byte("<v>-1234.5</v>")) != 3 {
			t.Errorf("%s: sheet %s %v", query, sheet, err)
		}
	}
	for accept, want := range map[string]string{
		kind + ";q=0.4, text/csv;q=0.5": "text/csv; charset=utf-8; header=present", kind + ";q=0.4, application/json": "application/json",
	} {
		if got := e.ask("GET", "/api/v1/things", "", asHead, "Accept: "+accept).is(200).header.Get("Content-Type"); got != want {
			t.Errorf("%q gives %q", accept, got)
		}
	}
}

// An export that fails after its first bytes must never look whole.
func TestExportThatBreaks(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	server := httptest.NewServer(e.api)
	defer server.Close()
	get := func(path string) (rows int, trailer string, err error) {
		res, err := http.Get(server.URL + path)
		if err != nil {
			return 0, "", err
		}
		defer res.Body.Close()
		lines := bufio.NewScanner(res.Body)
		for lines.Scan() {
			rows++
		}
		_, copyErr := io.Copy(io.Discard, res.Body)
		if err = lines.Err(); err == nil {
			err = copyErr
		}
		return rows - 1, res.Trailer.Get("Wasl-Rows"), err
	}
	rows, trailer, err := get("/api/v1/rows?count=60000&format=csv")
	if rows != 60000 || trailer != "60000" || err != nil {
		t.Errorf("whole: %d rows, trailer %q, %v", rows, trailer, err)
	}
	rows, trailer, err = get("/api/v1/rows?count=60000&fail_at=50000&format=csv")
	if err == nil || trailer != "" || rows >= 50000 {
		t.Errorf("broken: %d rows, trailer %q, %v", rows, trailer, err)
	}
}

// Whatever the filters, orders and sizes, the pages put together are the list.
func TestPagesPutTogether(t *testing.T) {
	t.Parallel()
	e := filled(t, 9)
	rapid.Check(t, func(rt *rapid.T) {
		base := rapid.SampledFrom([]string{"", "sort=-code", "sort=noted_at", "kind=part", "kind=tool&sort=-noted_at", "unit=3"}).Draw(rt, "query")
		whole, _ := e.codes(base)
		var parts []string
		next := ""
		for range 20 {
			limit := rapid.IntRange(1, 10).Draw(rt, "limit")
			codes, after := e.codes(fmt.Sprintf("%s&limit=%d&cursor=%s", base, limit, next))
			parts = append(parts, codes...)
			if next = after; next == "" {
				break
			}
		}
		if !slices.Equal(whole, parts) {
			rt.Fatalf("%q: %v in parts, %v whole", base, parts, whole)
		}
	})
}
