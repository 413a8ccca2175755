// Package api serves every registered operation over HTTP below /api/v1, from
// its registration alone: GET for queries, POST for changes. It also serves the
// OpenAPI 3.1 document of what it serves and a reference page. It holds no rule
// of its own: the runner decodes, checks, decides.
//
// Callers are known by an API token in the Authorization header. Cookies are
// never read here, so that no page of another site can act through a browser.
package api

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"wasl/internal/delivery/render"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/op"
	"wasl/internal/platform/text"
	"wasl/internal/platform/ui"
)

// Paths below which the handler is mounted.
const (
	// Root is the reference page; everything else is below it.
	Root = "/api"
	// Prefix is put before the path of every operation.
	Prefix = "/api/v1"
	// DocumentPath is the OpenAPI document.
	DocumentPath = "/api/openapi.json"
)

// Headers of the API.
const (
	HeaderKey       = "Idempotency-Key"
	HeaderReplayed  = "Idempotency-Replayed"
	HeaderRequestID = "X-Request-Id"
	HeaderDryRun    = "Wasl-Dry-Run"
	HeaderUnit      = "Wasl-Unit"
	// HeaderRows is the trailer of an export: the number of rows, present
	// only when the export is complete.
	HeaderRows = "Wasl-Rows"
)

// Defaults and bounds.
const (
	// BodyBytesMax bounds a body without file: JSON or form.
	BodyBytesMax = 1 << 20
	// UploadsMax is how many bodies with files are held in memory at once.
	UploadsMax = 4
	// ConcurrentDefault is how many requests are carried out at once.
	ConcurrentDefault = 64
	// QueueWaitMax is how long a request waits for its turn.
	QueueWaitMax = 2 * time.Second
	// TimeoutDefault bounds a request, body included.
	TimeoutDefault = 30 * time.Second
	// UploadTimeoutDefault bounds a request with files.
	UploadTimeoutDefault = 10 * time.Minute
	// ExportTimeoutDefault bounds an export.
	ExportTimeoutDefault = 30 * time.Minute
	// StallMax is how long one write of an export may wait for a slow client.
	StallMax = 30 * time.Second
	// WholeRowsMax bounds a list whose rows have no place to continue from.
	WholeRowsMax = 10_000
)

// Config is what the API is made of. Runner, Text and Now are required.
type Config struct {
	Runner *op.Runner
	Text   *text.Catalog
	// Now is the clock of the machine, for the deadlines of connections.
	Now func() time.Time
	// Version of the program, for the document.
	Version string
	// Assets are the style sheet of the reference page.
	Assets *ui.Assets
	// Log receives what the runner cannot see: a defect of this package.
	Log *slog.Logger
	// Random is the source of request ids; nil is crypto/rand.
	Random io.Reader
	// MaxConcurrent, MaxUploads and the timeouts are the defaults when 0.
	MaxConcurrent int
	MaxUploads    int
	Timeout       time.Duration
	UploadTimeout time.Duration
	ExportTimeout time.Duration
	// Address gives the remote address of a request, for throttling; nil takes
	// the address of the connection. It is where a trusted proxy is known.
	Address func(*http.Request) string
}

// API is the handler. Make it with New; it never changes afterwards.
type API struct {
	c        Config
	mux      *http.ServeMux
	document []byte
	docTag   string
	slots    chan struct{}
	uploads  chan struct{}
	jobShow  *op.Def
	decision *op.Def
}

// New makes the handler of every operation that may be asked for over the
// network. A registration that cannot be served is Internal "api.registration".
func New(c Config) (*API, error) {
	c = withDefaults(c)
	a := &API{
		c: c, mux: http.NewServeMux(), slots: make(chan struct{}, c.MaxConcurrent), uploads: make(chan struct{}, c.MaxUploads),
		jobShow: showOf(c.Runner.Registry, "job"), decision: showOf(c.Runner.Registry, "approval"),
	}
	var err error
	if a.document, err = Document(c.Runner.Registry, render.NewWords(c.Text, text.Base), c.Version); err != nil {
		return nil, err
	}
	a.docTag = tagOf(a.document)
	if err := a.routes(); err != nil {
		return nil, err
	}
	return a, nil
}

func withDefaults(c Config) Config {
	if c.MaxConcurrent <= 0 {
		c.MaxConcurrent = ConcurrentDefault
	}
	if c.MaxUploads <= 0 {
		c.MaxUploads = UploadsMax
	}
	if c.Timeout <= 0 {
		c.Timeout = TimeoutDefault
	}
	if c.UploadTimeout <= 0 {
		c.UploadTimeout = UploadTimeoutDefault
	}
	if c.ExportTimeout <= 0 {
		c.ExportTimeout = ExportTimeoutDefault
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
	if c.Address == nil {
		c.Address = addressOf
	}
	return c
}

// addressOf is the peer's address without its port, which changes with each
// connection: attempts are counted by place.
func addressOf(r *http.Request) string {
	if ap, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		return ap.Addr().Unmap().String()
	}
	return r.RemoteAddr
}

// served gives the operations the network may ask for.
func served(r *op.Registry) []*op.Def {
	return slices.DeleteFunc(r.All(), func(d *op.Def) bool { return d.ConsoleOnly })
}

// showOf finds the operation that shows one record of a module, for the
// Location of what was queued or proposed; nil when there is none.
func showOf(r *op.Registry, module string) *op.Def {
	for _, d := range served(r) {
		if d.Kind == op.Get && d.Module() == module && slices.Equal(d.PathParams(), []string{"id"}) && strings.HasSuffix(d.Path, "{id}") {
			return d
		}
	}
	return nil
}

// routes mounts everything. The mux refuses two patterns that overlap by ending
// the program; that is turned into an error.
func (a *API) routes() (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fault.Wrap(fmt.Errorf("%v", r), fault.Internal, "api.registration")
		}
	}()
	for _, d := range served(a.c.Runner.Registry) {
		if why := unservable(d); why != "" {
			return fault.New(fault.Internal, "api.registration", "operation", d.Name, "reason", why)
		}
		a.mux.HandleFunc(d.Method()+" "+Prefix+d.Path, func(w http.ResponseWriter, r *http.Request) { a.serve(w, r, d) })
	}
	a.mux.HandleFunc("GET "+DocumentPath, a.serveDocument)
	a.mux.HandleFunc("GET "+Root, a.serveReference)
	return nil
}

// listWords are the query parameters of every list.
func listWords() []string { return []string{"limit", "sort", "cursor", "format", "dialect"} }

// unservable says why an operation cannot be served; empty when it can.
func unservable(d *op.Def) string {
	for _, f := range d.Fields {
		if d.Kind == op.List && slices.Contains(listWords(), f.Name) {
			return "the field " + f.Name + " hides a parameter of lists"
		}
		if !d.Kind.Changes() && (f.Type == op.File || f.Secret) {
			return "the field " + f.Name + " cannot be in an address"
		}
	}
	return ""
}

// ServeHTTP answers a request. Unknown addresses and methods are answered with
// a problem too.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id := a.requestID(r)
	h := w.Header()
	h.Set(HeaderRequestID, id)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	defer a.rescue(w, r, id)
	handler, pattern := a.mux.Handler(r)
	if pattern == "" {
		a.nowhere(w, r, handler, id)
		return
	}
	a.mux.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), idKey{}, id)))
}

// idKey finds the request's id in its context.
type idKey struct{}

func idOf(r *http.Request) string {
	id, _ := r.Context().Value(idKey{}).(string)
	return id
}

// Bounds of a request id given by the caller, in bytes.
const (
	requestIDMin = 4
	requestIDMax = 64
)

// requestIDShape is saneID for the document.
const requestIDShape = `^[A-Za-z0-9._-]{4,64}$`

// saneID says that an id is of letters, digits and . _ - only.
func saneID(id string) bool {
	for _, c := range []byte(id) {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '_' || c == '-') {
			return false
		}
	}
	return len(id) >= requestIDMin && len(id) <= requestIDMax
}

// requestID keeps the caller's id when it is sane, otherwise makes one.
func (a *API) requestID(r *http.Request) string {
	if given := r.Header.Values(HeaderRequestID); len(given) == 1 && saneID(given[0]) {
		return given[0]
	}
	const size = 10
	var b [size]byte
	if _, err := io.ReadFull(a.c.Random, b[:]); err != nil {
		return rand.Text()
	}
	return fmt.Sprintf("%x", b)
}

// nowhere answers for an address or a method that is not served. The mux knows
// which of the two it is, and which methods the address has.
func (a *API) nowhere(w http.ResponseWriter, r *http.Request, handler http.Handler, id string) {
	probe := &headersOnly{header: http.Header{}}
	handler.ServeHTTP(probe, r)
	if allow := probe.header.Get("Allow"); allow != "" {
		w.Header().Set("Allow", allow)
		a.fail(w, r, id, fault.New(fault.Invalid, "api.method", "allow", allow))
		return
	}
	a.fail(w, r, id, fault.New(fault.NotFound, "api.path"))
}

// headersOnly keeps the headers of an answer and drops its body.
type headersOnly struct{ header http.Header }

// Header is the header kept.
func (h *headersOnly) Header() http.Header { return h.header }

// Write drops the body.
func (h *headersOnly) Write(b []byte) (int, error) { return len(b), nil }

// WriteHeader drops the status.
func (h *headersOnly) WriteHeader(int) {}

// rescue answers 500 for a defect of this package, and logs it.
func (a *API) rescue(w http.ResponseWriter, r *http.Request, id string) {
	if cause := recover(); cause != nil {
		a.c.Log.Error("api defect", "path", r.URL.Path, "request", id, "cause", fmt.Sprint(cause))
		a.fail(w, r, id, fault.New(fault.Internal, "internal"))
	}
}

// OpenAPI is the document of what is served, in French.
func (a *API) OpenAPI() []byte { return slices.Clone(a.document) }

func (a *API) serveDocument(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-cache")
	if fresh(w, r, a.docTag) {
		return
	}
	a.write(w, http.StatusOK, "application/json", a.document)
}
