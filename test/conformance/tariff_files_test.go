package conformance

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"wasl/internal/testkit/apptest"
	"wasl/internal/testkit/dbtest"
)

// twoFiles are a tariff and the table of rates it needs, which must come together: the
// code of the table is a new one.
func twoFiles(code string) map[string][]byte {
	other := func(body []byte) []byte { return bytes.ReplaceAll(body, []byte(apptest.TariffTax), []byte(code)) }
	eau := bytes.ReplaceAll(other(apptest.TariffFile("1", "2026-01-01", "2.30")), []byte(apptest.TariffCode), []byte("eau-"+code))
	return map[string][]byte{"eau.yaml": eau, "tva.yaml": other(apptest.TaxFile("", ""))}
}

// body is a form with both files under one name.
func body(t *testing.T, files map[string][]byte, values map[string]string) (*bytes.Buffer, string) {
	t.Helper()
	var out bytes.Buffer
	form := multipart.NewWriter(&out)
	for name, value := range values {
		if err := form.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	for name, content := range files {
		part, err := form.CreateFormFile("files", name)
		if err == nil {
			_, err = part.Write(content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	return &out, form.FormDataContentType()
}

// TestSeveralFiles hands two files in at once by every door.
func TestSeveralFiles(t *testing.T) {
	t.Parallel()
	w := kit.Open(t, dbtest.SQLite, apptest.Options{})
	p := pricing{w}
	api, kind := body(t, twoFiles("par-api"), nil)
	r := httptest.NewRequest(http.MethodPost, "/api/v1/tariff/import", api)
	r.Header.Set("Content-Type", kind)
	r.Header.Set("Authorization", "Bearer "+w.Token(apptest.Admin))
	if got := w.Do(r); got.Status != http.StatusOK || !strings.Contains(got.Body, `"created":2`) {
		t.Errorf("by API: %d %s", got.Status, got.Body)
	}
	page, kind := body(t, twoFiles("par-page"), map[string]string{"_key": "page-key"})
	r = httptest.NewRequest(http.MethodPost, "/o/tariff.import", page)
	r.Header.Set("Content-Type", kind)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.AddCookie(&http.Cookie{Name: apptest.Cookie, Value: w.Session(apptest.Admin)})
	if got := w.Do(r); got.Status != http.StatusSeeOther || !strings.Contains(got.Header.Get("Location"), "created=2") {
		t.Errorf("by page: %d to %q: %.300s", got.Status, got.Header.Get("Location"), wordsOf(got.Body))
	}
	dir := t.TempDir()
	args := []string{"--as", apptest.Admin, "tariff", "import"}
	for name, content := range twoFiles("par-ligne") {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, path)
	}
	code, stdout, stderr := w.Terminal(strings.NewReader(""), args...)
	if code != 0 || !strings.Contains(stdout, `"created":2`) {
		t.Errorf("at the terminal: %d %s %s", code, stdout, stderr)
	}
	if got := p.row("1"); got.State != "draft" {
		t.Errorf("%+v", got)
	}
}
