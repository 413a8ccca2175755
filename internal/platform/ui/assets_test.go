package ui

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"wasl/internal/kernel/fault"
)

// someFiles are the files of a build, small; parts are those of bundleParts.
func someFiles(t *testing.T) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{
		"wasl.css": {Data: []byte(strings.Repeat("a{color:red}\n", 50))}, "wasl-parts.css": {Data: []byte("b{}")}, "wasl-charts.css": {Data: []byte("c{}")},
		"wasl.js": {Data: []byte("one()")}, "wasl-widgets.js": {Data: []byte("two()")}, "wasl-grid.js": {Data: []byte("three()")},
		"wasl-counter.js": {Data: []byte("four()")}, "wasl-counter.css": {Data: []byte("d{}")}, "logo.svg": {Data: []byte("<svg/>")},
	}
	sums := map[string]string{}
	for name, content := range map[string]string{"base.css": "base{}", "htmx.js": "htmx()", "icons.svg": "<svg/>"} {
		files["vendor/"+name] = &fstest.MapFile{Data: []byte(content)}
		sum := sha256.Sum256([]byte(content))
		sums[name] = hex.EncodeToString(sum[:])
	}
	manifest, err := json.Marshal(sums)
	if err != nil {
		t.Fatal(err)
	}
	files["vendor/manifest.json"] = &fstest.MapFile{Data: manifest}
	return files
}

func TestCheckNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	if err := loadAssets(someFiles(t)).Check(); err != nil {
		t.Fatalf("a whole build is refused: %v", err)
	}
	for _, broken := range []struct {
		name  string
		spoil func(fstest.MapFS)
	}{
		{"vendor/htmx.js", func(f fstest.MapFS) { delete(f, "vendor/htmx.js") }},
		{"vendor/manifest.json", func(f fstest.MapFS) { delete(f, "vendor/manifest.json") }},
		{"vendor/manifest.json", func(f fstest.MapFS) { f["vendor/manifest.json"].Data = []byte("{") }},
		{"vendor/base.css", func(f fstest.MapFS) { f["vendor/base.css"].Data = []byte("other{}") }},
		{"wasl.js", func(f fstest.MapFS) { delete(f, "wasl.js") }},
	} {
		files := someFiles(t)
		broken.spoil(files)
		err := loadAssets(files).Check()
		if fault.KindOf(err) != fault.Precondition || fault.CodeOf(err) != "ui.assets_missing" {
			t.Errorf("%s: got %v", broken.name, err)
			continue
		}
		if names := fault.As(err).Args["files"]; names != broken.name {
			t.Errorf("the fault names %v, want %s", names, broken.name)
		}
	}
	var none *Assets
	if fault.CodeOf(none.Check()) != "ui.assets_missing" {
		t.Error("no assets at all are missing assets")
	}
}

func get(a *Assets, path string, header ...string) *http.Response {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	a.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r io.Reader) string {
	t.Helper()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestServeWholeFilesForEver(t *testing.T) {
	t.Parallel()
	a := loadAssets(someFiles(t))
	address := a.URL("wasl.js")
	if !regexp.MustCompile(`^/static/[0-9a-f]{12}/wasl\.js$`).MatchString(address) {
		t.Fatalf("address %q", address)
	}
	answer := get(a, address)
	if answer.StatusCode != http.StatusOK || body(t, answer.Body) != "htmx()\none()\ntwo()\nthree()\nfour()\n" {
		t.Errorf("the bundle is not its parts in order: %d", answer.StatusCode)
	}
	for name, want := range map[string]string{
		"Cache-Control": "public, max-age=31536000, immutable", "Content-Type": "text/javascript; charset=utf-8",
		"X-Content-Type-Options": "nosniff", "Vary": "Accept-Encoding",
	} {
		if got := answer.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	again := get(a, address, "If-None-Match", answer.Header.Get("ETag"))
	if again.StatusCode != http.StatusNotModified || body(t, again.Body) != "" {
		t.Errorf("a kept file is sent again: %d", again.StatusCode)
	}
}

func TestServeGzip(t *testing.T) {
	t.Parallel()
	a := loadAssets(someFiles(t))
	plain := body(t, get(a, a.URL("wasl.css")).Body)
	answer := get(a, a.URL("wasl.css"), "Accept-Encoding", "br, gzip;q=0.8")
	if answer.Header.Get("Content-Encoding") != "gzip" {
		t.Fatal("a browser that takes gzip gets it")
	}
	unpacked, err := gzip.NewReader(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	if body(t, unpacked) != plain {
		t.Error("both encodings carry the same file")
	}
	if get(a, a.URL("wasl.css"), "Accept-Encoding", "gzip;q=0").Header.Get("Content-Encoding") != "" {
		t.Error("a refusal of gzip is heard")
	}
	if get(a, a.URL("logo.svg"), "Accept-Encoding", "gzip").Header.Get("Content-Encoding") != "" {
		t.Error("a file that gzip makes longer is sent plain")
	}
}

func TestServeRefusals(t *testing.T) {
	t.Parallel()
	a := loadAssets(someFiles(t))
	for _, path := range []string{
		"/static/", "/static/wasl.css", "/static/000000000000/wasl.css", a.URL("nothing"), "/static//wasl.css",
		a.URL("wasl.css") + "/..", a.URL("../go.mod"),
	} {
		if got := get(a, path).StatusCode; got != http.StatusNotFound {
			t.Errorf("%s answers %d", path, got)
		}
	}
	w := httptest.NewRecorder()
	a.ServeHTTP(w, httptest.NewRequest(http.MethodPost, a.URL("wasl.css"), nil))
	if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, HEAD" {
		t.Errorf("POST answers %d", w.Code)
	}
	w = httptest.NewRecorder()
	a.ServeHTTP(w, httptest.NewRequest(http.MethodHead, a.URL("wasl.css"), nil))
	if w.Code != http.StatusOK || w.Body.Len() != 0 || w.Header().Get("Content-Length") == "" {
		t.Errorf("HEAD answers %d with %d bytes", w.Code, w.Body.Len())
	}
}

// TestBuiltBundles looks at the files npm made: every icon of the kit is there,
// and the whole stays small. Without the bundles there is nothing to look at.
func TestBuiltBundles(t *testing.T) {
	t.Parallel()
	a := LoadAssets()
	if err := a.Check(); err != nil {
		if strings.Contains(os.Getenv("WASL_TEST_REQUIRE"), "assets") {
			t.Fatal(err)
		}
		t.Skip("npm run assets has not been run")
	}
	source, err := os.ReadFile("icon.go")
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile(`(?m)^\s*Icon\w+\s+Icon = "([a-z0-9-]+)"`).FindAllSubmatch(source, -1)
	if len(names) < 60 {
		t.Fatalf("only %d icons are declared", len(names))
	}
	for _, name := range names {
		if !bytes.Contains(a.files["icons.svg"].plain, []byte(`<symbol id="`+string(name[1])+`" `)) {
			t.Errorf("the sprite has no %s", name[1])
		}
	}
	total := 0
	for _, f := range a.files {
		if f.gzip != nil {
			total += len(f.gzip)
			continue
		}
		total += len(f.plain)
	}
	const budget = 45_000
	if total > budget {
		t.Errorf("the bundle weighs %d bytes packed, more than %d", total, budget)
	}
}

func TestReadPrefs(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]Prefs{
		"": {}, "dark": {Theme: "dark"}, "light.folded": {Theme: "light", NavFolded: true}, "folded": {NavFolded: true}, "<script>.x": {},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.AddCookie(&http.Cookie{Name: PrefsCookie, Value: value})
		if got := ReadPrefs(r); got != want {
			t.Errorf("%q reads %+v, want %+v", value, got, want)
		}
	}
	if ReadPrefs(httptest.NewRequest(http.MethodGet, "/", nil)) != (Prefs{}) {
		t.Error("no cookie is no preference")
	}
}
