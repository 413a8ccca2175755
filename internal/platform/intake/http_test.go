package intake_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"

	"wasl/internal/delivery/api"
	"wasl/internal/delivery/web"
	"wasl/internal/platform/auth"
	"wasl/internal/platform/db"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/text"
	"wasl/internal/testkit/dbtest"
)

// served is an env behind its doors.
func served(t *testing.T) (*env, *httptest.Server) {
	t.Helper()
	e := newEnv(t, dbtest.Open(t, dbtest.SQLite, testSet(t), db.Options{}), t.TempDir()+"/files")
	texts, err := text.New()
	if err != nil {
		t.Fatal(err)
	}
	rest, err := api.New(api.Config{Runner: e.runner, Text: texts, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	pages := web.New(web.Config{
		Runner: e.runner, Set: screen.NewSet(web.CoreScreens(), web.JobScreens(), e.store.Screens()), Texts: web.Texts(texts), Now: time.Now,
		Unread:     func(context.Context, db.Reader, int64) (int64, error) { return 0, nil },
		FirstStart: func(context.Context, db.Reader) (bool, error) { return false, nil },
		Export:     rest.Download,
	})
	mux := http.NewServeMux()
	mux.Handle("/api/", rest)
	mux.Handle("/", pages)
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return e, s
}

// token is one that looks right; the guard of the tests lets everybody in.
func token(t testing.TB, kind auth.TokenKind) string {
	t.Helper()
	tok, err := auth.NewToken(kind, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return tok.Reveal()
}

// upload is a form with a file.
func upload(t testing.TB, name, content string, fields ...string) (body []byte, kind string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for i := 0; i+1 < len(fields); i += 2 {
		if err := w.WriteField(fields[i], fields[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	part, err := w.CreateFormFile("file", name)
	if err == nil {
		_, err = io.WriteString(part, content)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), w.FormDataContentType()
}

// An upload that is cut at any byte is refused by the API, and leaves no batch.
func TestUploadCut(t *testing.T) {
	t.Parallel()
	e, s := served(t)
	bearer := token(t, auth.APIToken)
	body, kind := upload(t, "stock.csv", some(5), "mode", "valid")
	send := func(part []byte, length int, chunked bool) int {
		conn, err := net.Dial("tcp", s.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close() //nolint:errcheck // a test
		head := "POST /api/v1/test/stock HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer " + bearer + "\r\nContent-Type: " + kind + "\r\n"
		if chunked {
			head += "Transfer-Encoding: chunked\r\n\r\n" + fmt.Sprintf("%x\r\n", len(part)) + string(part) + "\r\n0\r\n\r\n"
		} else {
			head += fmt.Sprintf("Content-Length: %d\r\n\r\n%s", length, part)
		}
		if _, err := io.WriteString(conn, head); err != nil {
			t.Fatal(err)
		}
		if tcp, ok := conn.(*net.TCPConn); ok && !chunked {
			_ = tcp.CloseWrite() // also says that the client is gone
		}
		answer, _ := io.ReadAll(conn)
		status := 0
		_, _ = fmt.Sscanf(string(answer), "HTTP/1.1 %d", &status)
		return status
	}
	for cut := 0; cut < len(body)-2; cut += 3 {
		if got := send(body[:cut], len(body), false); got != 0 && got != http.StatusBadRequest && got != http.StatusUnprocessableEntity {
			t.Fatalf("cut at %d of %d: status %d", cut, len(body), got)
		}
		// The transfer is whole and the form is not.
		if got := send(body[:cut], 0, true); got != http.StatusBadRequest {
			t.Fatalf("a form that ends at %d of %d: status %d, %q", cut, len(body), got, body[:cut])
		}
	}
	if jobs := e.texts(t, `SELECT operation FROM job`); len(jobs) != 0 {
		t.Fatalf("jobs %q", jobs)
	}
	if got := send(body, 0, true); got != http.StatusAccepted {
		t.Fatalf("whole: status %d", got)
	}
}

// browser follows the pages as a person does.
type browser struct {
	*testing.T
	s       *httptest.Server
	session string
}

func (b *browser) do(method, path string, body []byte, kind string) (*html.Node, *http.Response) {
	b.Helper()
	req, err := http.NewRequestWithContext(b.Context(), method, b.s.URL+path, bytes.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	req.AddCookie(&http.Cookie{Name: "wasl_session", Value: b.session})
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // a test
	doc, err := html.Parse(res.Body)
	if err != nil {
		b.Fatal(err)
	}
	return doc, res
}

func (b *browser) get(path string) *html.Node {
	b.Helper()
	doc, res := b.do(http.MethodGet, path, nil, "")
	if res.StatusCode != http.StatusOK {
		b.Fatalf("%s: %s %s", path, res.Status, words(doc, "main"))
	}
	return doc
}

// words are the texts under what a selector finds.
func words(doc *html.Node, selector string) string {
	var out []string
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		if s := strings.TrimSpace(n.Data); n.Type == html.TextNode && s != "" {
			out = append(out, s)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	for _, n := range cascadia.QueryAll(doc, cascadia.MustCompile(selector)) {
		walk(n)
	}
	return strings.Join(out, " ")
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// values are what a form would send as it stands.
func formValues(form *html.Node) url.Values {
	out := url.Values{}
	for _, n := range cascadia.QueryAll(form, cascadia.MustCompile("input, select, textarea")) {
		name := attr(n, "name")
		switch {
		case name == "" || attr(n, "type") == "file":
		case n.Data == "select":
			if chosen := cascadia.Query(n, cascadia.MustCompile("option[selected]")); chosen != nil {
				out.Add(name, attr(chosen, "value"))
			}
		case attr(n, "type") == "radio" || attr(n, "type") == "checkbox":
			if slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "checked" }) {
				out.Add(name, attr(n, "value"))
			}
		default:
			out.Add(name, attr(n, "value"))
		}
	}
	return out
}

// submit sends a form as a browser would and gives where it leads.
func (b *browser) submit(doc *html.Node, id string, change func(url.Values)) string {
	b.Helper()
	form := cascadia.Query(doc, cascadia.MustCompile("form#"+id))
	if form == nil {
		b.Fatalf("no form %s: %s", id, words(doc, "main"))
	}
	v := formValues(form)
	change(v)
	body := []byte(v.Encode())
	kind := "application/x-www-form-urlencoded"
	if content := v.Get("_content"); content != "" {
		v.Del("_content")
		var fields []string
		for name, all := range v {
			for _, one := range all {
				fields = append(fields, name, one)
			}
		}
		body, kind = upload(b, "relevés.csv", content, fields...)
	}
	answer, res := b.do(http.MethodPost, attr(form, "action"), body, kind)
	if res.StatusCode != http.StatusSeeOther {
		b.Fatalf("form %s: %s %s", id, res.Status, words(answer, "main"))
	}
	return res.Header.Get("Location")
}

// The three pages: a file with headers nobody knows is mapped by menus, looked at
// again, then imported; its refused rows are downloaded.
func TestPages(t *testing.T) {
	t.Parallel()
	e, s := served(t)
	b := &browser{T: t, s: s, session: token(t, auth.SessionToken)}
	// given a file whose columns are not found
	content := "Réf client;Le;m3;Libellé\nA1;01/02/2026;3;un\nA2;32/02/2026;4;deux\n"
	to := b.submit(b.get("/import/stock"), "file", func(v url.Values) { v.Set("_content", content) })
	doc := b.get(to)
	if got := words(doc, "#preview"); !strings.Contains(got, "Réf client") || !strings.Contains(got, "32/02/2026") {
		t.Fatalf("the file as it stands is not shown: %s", words(doc, "main"))
	}
	if cascadia.Query(doc, cascadia.MustCompile("form#apply")) != nil {
		t.Fatal("a file that is not understood can be imported")
	}
	// when its columns are chosen
	to = b.submit(doc, "columns", func(v url.Values) {
		v["map"] = []string{"code=Réf client", "held_on=Le", "quantity=m3", "name=Libellé", "kind="}
	})
	doc = b.get(to)
	// then the first rows are shown with what is wrong under the cell
	if got := words(doc, "#preview"); !strings.Contains(got, "A1") || !strings.Contains(got, "2026") {
		t.Fatalf("preview: %s", got)
	}
	if got := words(doc, "#rejects"); !strings.Contains(got, "held_on") || !strings.Contains(got, "32/02/2026") {
		t.Fatalf("rejects: %s; page %s", got, words(doc, "main"))
	}
	chosen := cascadia.Query(doc, cascadia.MustCompile(`form#columns select option[selected][value="code=Réf client"]`))
	if chosen == nil {
		t.Fatal("the menu does not show the column that was chosen")
	}
	// and the right rows are imported on demand
	to = b.submit(doc, "apply", func(v url.Values) { v.Set("mode", "valid"); v.Set("save_map", "Agence"); v.Set("note", "essai") })
	if !strings.HasPrefix(to, "/jobs/") {
		t.Fatalf("it leads to %s", to)
	}
	if found, err := e.queue.One(t.Context()); !found || err != nil {
		t.Fatal(found, err)
	}
	doc = b.get(to)
	link := cascadia.Query(doc, cascadia.MustCompile(`a[href^="/imports/"]`))
	if link == nil {
		t.Fatalf("the job does not lead to its file: %s", words(doc, "main"))
	}
	doc = b.get(attr(link, "href"))
	if got := words(doc, "main"); !strings.Contains(got, "essai") || !strings.Contains(got, "Agence") && !strings.Contains(got, "Réf client") {
		t.Fatalf("the page of the file: %s", got)
	}
	download := cascadia.Query(doc, cascadia.MustCompile(`a[href^="/export/intake.batch.rejects.csv"]`))
	if download == nil {
		t.Fatal("nothing to download")
	}
	if got := e.visible(t); !slices.Equal(got, []string{"A1 2026-02-01 3000 un"}) {
		t.Fatalf("rows %q", got)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+attr(download, "href"), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.AddCookie(&http.Cookie{Name: "wasl_session", Value: b.session})
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil || res.Body.Close() != nil {
		t.Fatal(err)
	}
	// The file that was downloaded is corrected and sent again: the map is found by its header.
	corrected := strings.Replace(string(body), "32/02/2026", "28/02/2026", 1)
	if !strings.HasPrefix(corrected, "\ufeffRéf client;Le;m3;Libellé;line;column;value;rule;reason\r\n") {
		t.Fatalf("the refused rows: %s", corrected)
	}
	to = b.submit(b.get("/import/stock"), "file", func(v url.Values) { v.Set("_content", corrected) })
	doc = b.get(to)
	b.submit(doc, "apply", func(url.Values) {})
	if found, err := e.queue.One(t.Context()); !found || err != nil {
		t.Fatal(found, err)
	}
	if got := e.visible(t); len(got) != 2 || got[1] != "A2 2026-02-28 4000 deux" {
		t.Fatalf("rows %q", got)
	}
	if got := words(b.get("/imports"), "main"); strings.Count(got, "relevés.csv") != 2 {
		t.Fatalf("the list of files: %s", got)
	}
	e.sound(t)
}

// The API takes a file as a form and as JSON, and gives the refused rows as CSV.
func TestAPI(t *testing.T) {
	t.Parallel()
	e, s := served(t)
	bearer := token(t, auth.APIToken)
	call := func(method, path string, body []byte, kind string) (int, []byte) {
		req, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+bearer)
		if kind != "" {
			req.Header.Set("Content-Type", kind)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close() //nolint:errcheck // a test
		out, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, out
	}
	body, kind := upload(t, "a.csv", "code;date;quantity\nA;1/1/2026;x\n", "mode", "valid")
	status, out := call(http.MethodPost, "/api/v1/test/stock/check", body, kind)
	var r struct {
		Batch    string `json:"batch"`
		Rejected int64  `json:"rejected"`
	}
	if err := json.Unmarshal(out, &r); err != nil || status != http.StatusOK || r.Rejected != 1 {
		t.Fatalf("check: %d %s", status, out)
	}
	status, out = call(http.MethodGet, "/api/v1/imports/"+r.Batch+"/rejects?format=csv", nil, "")
	want := "code,date,quantity,line,column,value,rule,reason\r\nA,1/1/2026,x,2,quantity,x,input.number,because of input.number\r\n"
	if status != http.StatusOK || string(out) != want {
		t.Fatalf("rejects: %d %q", status, out)
	}
	status, out = call(http.MethodPost, "/api/v1/test/stock", []byte(`{"file":{"name":"b.csv","content":"Y29kZTtkYXRlO3F1YW50aXR5CkE7MS8xLzIwMjY7MgoK"}}`), "application/json")
	if status != http.StatusAccepted {
		t.Fatalf("as JSON: %d %s", status, out)
	}
	if found, err := e.queue.One(t.Context()); !found || err != nil {
		t.Fatal(found, err)
	}
	if got := e.visible(t); !slices.Equal(got, []string{"A 2026-01-01 2000 "}) {
		t.Fatalf("rows %q", got)
	}
}
