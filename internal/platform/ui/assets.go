package ui

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"sort"
	"strconv"
	"strings"

	"wasl/internal/kernel/fault"
)

// static holds our own files and, once the asset script has run, its copies.
//
//go:embed all:static
var static embed.FS

// AssetsPrefix is the path under which the files are served; delivery mounts
// [Assets] there. The checksum of the file is part of each address, so that
// browsers may keep the answer for ever.
const AssetsPrefix = "/static/"

const (
	manifestName = "vendor/manifest.json"
	checksumLen  = 12
	assetMaxAge  = "public, max-age=31536000, immutable"
)

// bundleParts tells which files make each served file, in order. One style
// sheet and one script: a page costs two requests on a slow line, then none.
func bundleParts() map[string][]string {
	return map[string][]string{
		"wasl.css":  {"vendor/base.css", "wasl.css", "wasl-parts.css", "wasl-charts.css", "wasl-counter.css"},
		"wasl.js":   {"vendor/htmx.js", "wasl.js", "wasl-widgets.js", "wasl-grid.js", "wasl-counter.js"},
		"icons.svg": {"vendor/icons.svg"},
		"logo.svg":  {"logo.svg"},
	}
}

// asset is one served file, ready in both encodings.
type asset struct {
	sum   string
	mime  string
	plain []byte
	gzip  []byte
}

// Assets are the files every page needs. It is an http.Handler for
// [AssetsPrefix] and never changes after it was loaded.
type Assets struct {
	files   map[string]asset
	missing []string
}

// LoadAssets reads the files embedded in the binary. It does not fail when the
// bundles are absent (a fresh clone, before npm); [Assets.Check] says so.
func LoadAssets() *Assets {
	sub, err := fs.Sub(static, "static")
	if err != nil {
		return &Assets{missing: []string{"static"}}
	}
	return loadAssets(sub)
}

func loadAssets(files fs.FS) *Assets {
	a := &Assets{files: map[string]asset{}}
	a.missing = checkManifest(files)
	for name, parts := range bundleParts() {
		var whole bytes.Buffer
		for _, part := range parts {
			content, err := fs.ReadFile(files, part)
			if err != nil {
				a.missing = append(a.missing, part)
				continue
			}
			whole.Write(content)
			whole.WriteByte('\n')
		}
		a.files[name] = makeAsset(name, whole.Bytes())
	}
	a.missing = sortedUnique(a.missing)
	return a
}

// checkManifest compares the copied files with the checksums the script wrote.
// It returns the names that are absent or differ.
func checkManifest(files fs.FS) []string {
	raw, err := fs.ReadFile(files, manifestName)
	if err != nil {
		return []string{manifestName}
	}
	sums := map[string]string{}
	if err := json.Unmarshal(raw, &sums); err != nil {
		return []string{manifestName}
	}
	var bad []string
	for name, want := range sums {
		content, err := fs.ReadFile(files, "vendor/"+name)
		if err != nil || checksum(content) != want {
			bad = append(bad, "vendor/"+name)
		}
	}
	return bad
}

func makeAsset(name string, content []byte) asset {
	a := asset{sum: checksum(content)[:checksumLen], mime: mime.TypeByExtension(path.Ext(name)), plain: content}
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return a
	}
	if _, err := w.Write(content); err != nil {
		return a
	}
	if err := w.Close(); err != nil || packed.Len() >= len(content) {
		return a
	}
	a.gzip = packed.Bytes()
	return a
}

func checksum(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

func sortedUnique(names []string) []string {
	sort.Strings(names)
	var out []string
	for _, n := range names {
		if len(out) == 0 || out[len(out)-1] != n {
			out = append(out, n)
		}
	}
	return out
}

// Missing names the bundles that are absent or differ from what the script built.
func (a *Assets) Missing() []string { return a.missing }

// Check answers whether every bundle is there as the script built it. The fault
// is Precondition "ui.assets_missing" with the names under "files": run
// `npm ci && npm run assets`, then build again.
func (a *Assets) Check() error {
	if a == nil {
		return fault.New(fault.Precondition, "ui.assets_missing", "files", "static")
	}
	if len(a.missing) == 0 {
		return nil
	}
	return fault.New(fault.Precondition, "ui.assets_missing", "files", strings.Join(a.missing, ", "))
}

// URL is the address of a file, with its checksum. An unknown name gives an
// address that answers 404; a nil receiver (tests of fragments) gives a bare one.
func (a *Assets) URL(name string) string {
	if a == nil {
		return AssetsPrefix + "-/" + name
	}
	f, ok := a.files[name]
	if !ok {
		return AssetsPrefix + "-/" + name
	}
	return AssetsPrefix + f.sum + "/" + name
}

// ServeHTTP answers GET and HEAD of [AssetsPrefix]checksum/name. An address
// with another checksum is not found: it belongs to another version.
func (a *Assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		return
	}
	sum, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, AssetsPrefix), "/")
	f, ok := a.files[name]
	if !ok || sum != f.sum {
		http.NotFound(w, r)
		return
	}
	head := w.Header()
	head.Set("Content-Type", f.mime)
	head.Set("Cache-Control", assetMaxAge)
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("Vary", "Accept-Encoding")
	body, tag := f.plain, `"`+f.sum+`"`
	if f.gzip != nil && acceptsGzip(r.Header.Get("Accept-Encoding")) {
		body, tag = f.gzip, `"`+f.sum+`-gz"`
		head.Set("Content-Encoding", "gzip")
	}
	head.Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	serveBytes(w, r, body)
}

// acceptsGzip reads the header as browsers write it; gzip with q=0 is a refusal.
func acceptsGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.TrimSpace(name) != "gzip" {
			continue
		}
		q := strings.ReplaceAll(params, " ", "")
		return q != "q=0" && q != "q=0.0" && q != "q=0.00" && q != "q=0.000"
	}
	return false
}

func serveBytes(w http.ResponseWriter, r *http.Request, body []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return
	}
	// A client that went away is no concern of ours.
	_, _ = w.Write(body)
}
