package conformance

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
	"wasl/internal/testkit/dbtest"
)

func send(t *testing.T, r *http.Request) apptest.Answer {
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Error(err)
		return apptest.Answer{}
	}
	defer res.Body.Close() //nolint:errcheck // read to its end
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Error(err)
	}
	return apptest.Answer{Status: res.StatusCode, Header: res.Header, Body: string(body)}
}

func site(t *testing.T, o apptest.Options) *apptest.World {
	t.Helper()
	return kit.Open(t, dbtest.SQLite, o)
}

func credentials(login, password string) url.Values {
	return url.Values{"login": {login}, "password": {password}}
}

// cookie finds a cookie that is being set.
func cookie(t *testing.T, h http.Header, name string) *http.Cookie {
	t.Helper()
	for _, c := range (&http.Response{Header: h}).Cookies() {
		if c.Name == name {
			return c
		}
	}
	return nil
}

func TestLoginIsThrottled(t *testing.T) {
	t.Parallel()
	w := site(t, apptest.Options{})
	const free = 5 // auth.DefaultThrottle
	for i := range free + 1 {
		if got := w.Post("/login", "", credentials("agent.own", "pas le bon mot")); got.Status != http.StatusUnauthorized {
			t.Fatalf("attempt %d: status %d", i+1, got.Status)
		}
	}
	got := w.Post("/login", "", credentials("agent.own", apptest.Password))
	if got.Status != http.StatusTooManyRequests || cookie(t, got.Header, apptest.Cookie) != nil {
		t.Fatalf("the right password too early: status %d", got.Status)
	}
	if !strings.Contains(got.Body, "1\u00a0s") && !strings.Contains(got.Body, "1 s") && !strings.Contains(got.Body, "seconde") {
		t.Errorf("the page does not say how long to wait")
	}
	api := w.Ask(http.MethodPost, "/api/v1/login", "", map[string]any{"login": "agent.own", "password": apptest.Password})
	if api.Status != http.StatusTooManyRequests || api.Header.Get("Retry-After") == "" || api.Code() != "login.throttled" {
		t.Errorf("by API: status %d, code %s, Retry-After %q", api.Status, api.Code(), api.Header.Get("Retry-After"))
	}
	other := httptest.NewRequest(http.MethodPost, "/api/v1/login", strings.NewReader(`{"login":"agent.own","password":"x"}`))
	other.Header.Set("Content-Type", "application/json")
	other.RemoteAddr = apptest.Address + ":9999"
	if got := w.Do(other); got.Status != http.StatusTooManyRequests {
		t.Errorf("from another port of the same place: status %d", got.Status)
	}
	w.Clock.Advance(2 * time.Second)
	if got := w.Post("/login", "", credentials("agent.own", apptest.Password)); got.Status != http.StatusSeeOther {
		t.Errorf("after the wait: status %d", got.Status)
	}
	known, unknown := w.Post("/login", "", credentials("agent.child", "x")), w.Post("/login", "", credentials("agent.perdu", "x"))
	if known.Status != unknown.Status || wordsOf(known.Body) != wordsOf(unknown.Body) {
		t.Errorf("an unknown login is told apart: %d, %d", known.Status, unknown.Status)
	}
}

// wordsOf are the words of a page.
func wordsOf(body string) string {
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(body))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return b.String()
		case html.TextToken:
			b.Write(z.Text())
		}
	}
}

func TestSessions(t *testing.T) {
	t.Parallel()
	w := site(t, apptest.Options{})
	planted := "wasl_s_" + strings.Repeat("A", 43)
	login := func(cookieValue string) string {
		got := w.Post("/login", cookieValue, credentials(apptest.Actor, apptest.Password))
		c := cookie(t, got.Header, apptest.Cookie)
		if got.Status != http.StatusSeeOther || c == nil || c.Value == "" {
			t.Fatalf("login: status %d, cookie %v", got.Status, c)
		}
		return c.Value
	}
	in := func(session string) bool { return w.Get("/me", session).Status == http.StatusOK }
	mine := login(planted)
	if mine == planted || in(planted) {
		t.Error("a planted session was adopted")
	}
	theirs := w.NewSession(apptest.Nobody)
	if again := login(theirs); again == theirs {
		t.Error("the session of somebody else was adopted")
	}
	if !in(mine) {
		t.Fatal("not signed in")
	}
	if got := w.Post("/logout", mine, nil); got.Status != http.StatusSeeOther {
		t.Errorf("logout: status %d", got.Status)
	}
	if in(mine) {
		t.Error("a session goes on after its end")
	}
	stolen, kept := login(""), login("")
	got := w.Post("/o/me.password", kept, url.Values{"current": {apptest.Password}, "password": {"amber-heron-lands-77"}})
	renewed := cookie(t, got.Header, apptest.Cookie)
	if got.Status != http.StatusSeeOther || renewed == nil || renewed.Value == kept {
		t.Fatalf("new password: status %d, cookie %v", got.Status, renewed)
	}
	if in(stolen) || in(kept) || !in(renewed.Value) {
		t.Errorf("after a new password: stolen %v, old %v, new %v", in(stolen), in(kept), in(renewed.Value))
	}
	if strings.Contains(got.Body, "wasl_s_") {
		t.Error("the token of a session is shown")
	}
	w.Clock.Advance(31 * time.Minute)
	if in(renewed.Value) {
		t.Error("a session goes on after half an hour of silence")
	}
	if api := w.Ask(http.MethodGet, "/api/v1/me", mine, nil); api.Status != http.StatusUnauthorized {
		t.Errorf("a session's token by API: status %d", api.Status)
	}
	byCookie := httptest.NewRequest(http.MethodGet, "/api/v1/me", nil)
	byCookie.AddCookie(&http.Cookie{Name: apptest.Cookie, Value: w.NewSession(apptest.Nobody)})
	if got := w.Do(byCookie); got.Status != http.StatusUnauthorized {
		t.Errorf("the API reads cookies: status %d", got.Status)
	}
}

func TestCookies(t *testing.T) {
	t.Parallel()
	for base, want := range map[string]struct {
		name   string
		secure bool
	}{"": {apptest.Cookie, false}, "https://wasl.example": {"__Host-wasl_session", true}} {
		w := site(t, apptest.Options{BaseURL: base})
		got := w.Post("/login", "", credentials(apptest.Actor, apptest.Password))
		c := cookie(t, got.Header, want.name)
		if c == nil {
			t.Fatalf("%q: no cookie %s in %v", base, want.name, got.Header.Values("Set-Cookie"))
		}
		if !c.HttpOnly || c.Secure != want.secure || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.MaxAge <= 0 {
			t.Errorf("%q: %+v", base, c)
		}
		if hsts := got.Header.Get("Strict-Transport-Security"); (hsts != "") != want.secure {
			t.Errorf("%q: Strict-Transport-Security %q", base, hsts)
		}
	}
}

func TestOtherSitesChangeNothing(t *testing.T) {
	t.Parallel()
	w := site(t, apptest.Options{})
	session := w.Session(apptest.Actor)
	form := url.Values{"id": {w.At[apptest.Own].Unit.String()}, "version": {"1"}, "name": {"Prise"}}
	before := w.Dump()
	for _, h := range [][]string{
		{"Sec-Fetch-Site", "cross-site"},
		{"Sec-Fetch-Site", "same-site"},
		{"Sec-Fetch-Site", "", "Origin", "https://evil.example"},
		{"Sec-Fetch-Site", "", "Origin", "null"},
	} {
		for _, path := range []string{"/o/org.unit.update", "/logout", "/login"} {
			if got := w.Post(path, session, form, h...); got.Status != http.StatusForbidden {
				t.Errorf("%v %s: status %d", h, path, got.Status)
			}
		}
	}
	now := w.Dump()
	if !same(before, now) {
		t.Error("something changed")
	}
}

// policy is the only one there is: the program itself, nothing inline.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// TestEveryPage follows every link from the start page, as who may do all, with
// and without a unit chosen.
func TestEveryPage(t *testing.T) {
	t.Parallel()
	w := site(t, apptest.Options{})
	session := w.Session(apptest.Admin)
	const pagesMax = 400
	seen := map[string]bool{}
	shapes := map[string]int{}
	queue := []string{"/", "/?unit=" + w.Units["A1"].String(), "/login", "/setup", "/invitation", "/search?q=A1", "/search/suggest?q=ag", "/pick-unit?q=A1"}
	for _, d := range w.App.Registry.All() {
		asks := slices.ContainsFunc(d.Fields, func(f op.Field) bool { return f.Required })
		if !d.ConsoleOnly && (d.Kind != op.List || !asks) {
			queue = append(queue, "/o/"+d.Name)
		}
	}
	for len(queue) > 0 && len(seen) < pagesMax {
		path := queue[0]
		queue = queue[1:]
		if seen[path] {
			continue
		}
		seen[path] = true
		got := w.Get(path, session)
		checkPage(t, path, got)
		for _, link := range links(t, path, got) {
			// Pages of one shape with other numbers in it are looked at a few times.
			if shape := longNumber.ReplaceAllString(link, "N"); !seen[link] && shapes[shape] < 3 {
				shapes[shape]++
				queue = append(queue, link)
			}
		}
	}
	if len(seen) < 100 {
		t.Errorf("only %d pages were found", len(seen))
	}
	t.Logf("%d pages", len(seen))
}

func checkPage(t *testing.T, path string, got apptest.Answer) {
	t.Helper()
	if got.Status >= http.StatusBadRequest {
		t.Errorf("%s: status %d: %.200s", path, got.Status, strings.TrimSpace(wordsOf(got.Body)))
	}
	if strings.HasPrefix(path, "/api") || strings.HasPrefix(path, "/static/") {
		return
	}
	for name, want := range map[string]string{
		"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
	} {
		if have := got.Header.Get(name); have != want {
			t.Errorf("%s: %s is %q", path, name, have)
		}
	}
	if !strings.HasPrefix(got.Header.Get("Content-Type"), "text/html") {
		return
	}
	root, err := html.Parse(strings.NewReader(got.Body))
	if err != nil {
		t.Errorf("%s: %v", path, err)
		return
	}
	each := func(n *html.Node) {
		src := attribute(n, "src")
		switch {
		case n.Data == "style":
			t.Errorf("%s: a style inside the page", path)
		case n.Data == "script" && src == "" && attribute(n, "type") != "application/json":
			t.Errorf("%s: a script inside the page", path)
		}
		for _, a := range n.Attr {
			foreign := (a.Key == "src" || a.Key == "href" || a.Key == "action") && (strings.HasPrefix(a.Val, "http") || strings.HasPrefix(a.Val, "//"))
			inline := a.Key == "style" || strings.HasPrefix(a.Key, "on") || strings.HasPrefix(a.Key, "hx-on")
			if inline || strings.HasPrefix(strings.ToLower(a.Val), "javascript:") || foreign {
				t.Errorf("%s: <%s %s=%q>", path, n.Data, a.Key, a.Val)
			}
		}
	}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			each(n)
		}
	}
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// links are the addresses of the program a page leads to by reading.
func links(t *testing.T, path string, got apptest.Answer) []string {
	t.Helper()
	if to := got.Header.Get("Location"); to != "" {
		return []string{to}
	}
	if !strings.HasPrefix(got.Header.Get("Content-Type"), "text/html") {
		return nil
	}
	root, err := html.Parse(strings.NewReader(got.Body))
	if err != nil {
		return nil
	}
	base, err := url.Parse(path)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for n := range root.Descendants() {
		for _, name := range []string{"href", "hx-get"} {
			to, err := base.Parse(attribute(n, name))
			if attribute(n, name) == "" || err != nil || to.Host != "" || !strings.HasPrefix(to.Path, "/") {
				continue
			}
			to.Fragment = ""
			out = append(out, to.String())
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// TestBadBodies: whatever is sent, the answer is a refusal and never a failure,
// and nothing changes.
func TestBadBodies(t *testing.T) {
	t.Parallel()
	w := site(t, apptest.Options{})
	token, session := w.Token(apptest.Actor), w.Session(apptest.Actor)
	before := w.Dump()
	const jsonType, formType = "application/json", "application/x-www-form-urlencoded"
	big := strings.Repeat("a", 2<<20)
	for name, c := range map[string]struct{ kind, body string }{
		"empty":              {jsonType, ""},
		"cut":                {jsonType, `{"code":"N-1"`},
		"array":              {jsonType, `[1]`},
		"null":               {jsonType, `null`},
		"number":             {jsonType, `12`},
		"trailing":           {jsonType, `{} {}`},
		"twice":              {jsonType, `{"code":"A","code":"B"}`},
		"deep":               {jsonType, strings.Repeat(`{"a":`, 5000) + "1" + strings.Repeat("}", 5000)},
		"deep array":         {jsonType, `{"code":` + strings.Repeat("[", 100000) + strings.Repeat("]", 100000) + `}`},
		"wide":               {jsonType, `{"code":[` + strings.Repeat("1,", 300000) + `1]}`},
		"large":              {jsonType, `{"code":"` + big + `"}`},
		"not UTF-8":          {jsonType, "{\"code\":\"\xff\xfe\"}"},
		"NUL":                {jsonType, `{"code":"A\u0000B"}`},
		"lone surrogate":     {jsonType, `{"name":"\ud800","code":"X"}`},
		"object for text":    {jsonType, `{"code":{"a":1}}`},
		"huge id":            {jsonType, `{"parent":"99999999999999999999999999"}`},
		"huge number":        {jsonType, `{"parent":1e400}`},
		"negative id":        {jsonType, `{"parent":"-1"}`},
		"unknown field":      {jsonType, `{"admin":true}`},
		"form cut":           {formType, "code=%zz"},
		"form not UTF-8":     {formType, "code=%ff%fe&name=%00"},
		"form large":         {formType, "code=" + big},
		"form wide":          {formType, strings.Repeat("a=1&", 200000)},
		"multipart no bound": {"multipart/form-data", "x"},
		"multipart cut":      {"multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"code\"\r\n\r\nA"},
		"multipart many": {
			"multipart/form-data; boundary=b",
			strings.Repeat("--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nA\r\n", 5000) + "--b--\r\n",
		},
		"multipart file":     {"multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"code\"; filename=\"x\"\r\n\r\nA\r\n--b--\r\n"},
		"multipart nameless": {"multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data\r\n\r\nA\r\n--b--\r\n"},
		"other kind":         {"text/plain", "code=A"},
		"no kind":            {"", `{"code":"A"}`},
		"other charset":      {jsonType + "; charset=utf-16", `{}`},
	} {
		for path, page := range map[string]bool{
			"/api/v1/org/units": false, "/api/v1/org/imports": false, "/o/org.unit.add": true, "/o/org.unit.import": true, "/login": true,
		} {
			r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(c.body))
			if c.kind != "" {
				r.Header.Set("Content-Type", c.kind)
			}
			if page {
				r.Header.Set("Sec-Fetch-Site", "same-origin")
				r.AddCookie(&http.Cookie{Name: apptest.Cookie, Value: session})
			} else {
				r.Header.Set("Authorization", "Bearer "+token)
			}
			if got := w.Do(r); got.Status < 400 || got.Status >= 500 {
				t.Errorf("%s to %s: status %d, %.200s", name, path, got.Status, wordsOf(got.Body))
			}
		}
	}
	now := w.Dump()
	for _, table := range []string{"unit", "unit_import", "job", "op_key"} {
		if !slices.Equal(before[table], now[table]) {
			t.Errorf("table %s changed", table)
		}
	}
}

// TestBadAddresses: the same for what comes in an address.
func TestBadAddresses(t *testing.T) {
	t.Parallel()
	w := site(t, apptest.Options{})
	token, session := w.Token(apptest.Actor), w.Session(apptest.Actor)
	for _, value := range []string{
		"0", "-1", "9007199254740992", "99999999999999999999", "abc", "%00", "%ff%fe", "1%27%20OR%201=1", "..%2f..", strings.Repeat("9", 3000),
	} {
		for _, path := range []string{
			"/api/v1/org/units/" + value, "/api/v1/org/units?unit=" + value, "/api/v1/org/units?parent=" + value, "/api/v1/org/units?cursor=" + value,
			"/api/v1/org/units?limit=" + value, "/api/v1/org/units?sort=" + value, "/api/v1/" + value, "/api/v1/org/units?zzz=" + value,
		} {
			if got := w.Ask(http.MethodGet, path, token, nil); got.Status < 400 || got.Status >= 500 {
				t.Errorf("%s: status %d, %.200s", path, got.Status, got.Body)
			}
		}
		for _, path := range []string{
			"/org/units/" + value, "/o/" + value, "/export/" + value, "/export/org.unit.list.csv?parent=" + value, "/approvals/" + value, "/audit/" + value,
		} {
			if got := w.Get(path, session); got.Status < 300 || got.Status >= 500 {
				t.Errorf("%s: status %d, %.200s", path, got.Status, wordsOf(got.Body))
			}
		}
		for _, path := range []string{
			"/?unit=" + value, "/login?next=" + value, "/search?q=" + value, "/pick/org.unit.list?q=" + value, "/o/org.unit.list?cursor=" + value,
		} {
			if got := w.Get(path, session); got.Status >= 500 {
				t.Errorf("%s: status %d, %.200s", path, got.Status, wordsOf(got.Body))
			}
		}
	}
	for _, next := range []string{"https://evil.example", "//evil.example", "/\\evil.example", "/%09/evil.example", "javascript:alert(1)"} {
		form := credentials(apptest.Actor, apptest.Password)
		form.Set("next", next)
		if got := w.Post("/login", "", form); got.Status != http.StatusSeeOther || !within(got.Header.Get("Location")) {
			t.Errorf("next %q leads to %q", next, got.Header.Get("Location"))
		}
	}
}

// within says that a browser stays on the site.
func within(to string) bool {
	u, err := (&url.URL{Scheme: "https", Host: "wasl.example"}).Parse(strings.Map(func(r rune) rune {
		if r == '\t' || r == '\n' || r == '\r' {
			return -1 // browsers drop them
		}
		return r
	}, strings.ReplaceAll(to, `\`, "/")))
	return err == nil && u.Host == "wasl.example" && u.Scheme == "https"
}

// TestTypedTextStaysText: what people type is shown, never run.
func TestTypedTextStaysText(t *testing.T) {
	t.Parallel()
	w := site(t, apptest.Options{})
	const evil = `"><script>alert(1)</script><img src=x onerror=alert(1)>`
	w.Must(apptest.Console(apptest.Admin), "org.unit.update", op.Input{"id": w.Units["A1"].String(), "version": "1", "name": evil})
	w.Must(apptest.Console(apptest.Admin), "org.holiday.add", op.Input{"date": "2026-08-20", "label": `=HYPERLINK("http://evil","x")`, "kind": "civil"})
	session := w.Session(apptest.Admin)
	for _, path := range []string{
		"/", "/?unit=" + w.Units["A1"].String(), "/o/org.unit.list", "/o/org.unit.show?id=" + w.Units["A1"].String(), "/org/units/" + w.Units["A1"].String(),
		"/search?q=" + url.QueryEscape(evil), "/login?login=" + url.QueryEscape(evil), "/o/org.unit.add?name=" + url.QueryEscape(evil), "/audit",
	} {
		got := w.Get(path, session)
		checkPage(t, path, got)
		if strings.Contains(got.Body, "<script>alert") || strings.Contains(got.Body, "<img src=x") {
			t.Errorf("%s: what was typed is run", path)
		}
	}
	sheet := w.Get("/export/org.holiday.list.csv", session)
	if !bytes.Contains([]byte(sheet.Body), []byte("'=HYPERLINK")) {
		t.Errorf("a formula goes to the spreadsheet: %.300s", sheet.Body)
	}
	if got := fmt.Sprint(sheet.Trailer.Get("Wasl-Rows")); got == "" {
		t.Error("the export does not say that it is whole")
	}
	if list := w.Get("/org/holidays", session); !strings.Contains(list.Body, `href="/export/org.holiday.list.xlsx`) {
		t.Error("the list does not lead to its workbook")
	}
	workbook := w.Get("/export/org.holiday.list.xlsx", session)
	if !strings.HasPrefix(workbook.Body, "PK") || workbook.Trailer.Get("Wasl-Rows") != sheet.Trailer.Get("Wasl-Rows") {
		t.Errorf("the workbook has %q rows of %q: %.20q", workbook.Trailer.Get("Wasl-Rows"), sheet.Trailer.Get("Wasl-Rows"), workbook.Body)
	}
}
