// Package web serves wasl to browsers: sessions, frame, pages, forms. It holds
// no business rule: every page calls the same operations as the API, and every
// operation has a form or a list here by its registration alone.
package web

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"wasl/internal/delivery/render"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// Config is what the web needs of the program.
type Config struct {
	Runner *op.Runner
	Set    *screen.Set
	// Texts gives the words of a language.
	Texts  func(lang string) screen.Texts
	Assets *ui.Assets
	Log    *slog.Logger
	// Secure sets the cookies for HTTPS only: the program stands behind TLS.
	Secure bool
	// SessionMax is how long the cookie of a session lives.
	SessionMax time.Duration
	// Version is shown at the foot of each page.
	Version string
	// Demo opens the gallery and shows the ready accounts.
	Demo []DemoAccount
	// Unread counts the notices a person has not read.
	Unread func(ctx context.Context, r db.Reader, user int64) (int64, error)
	// FirstStart says that no administrator exists yet.
	FirstStart func(ctx context.Context, r db.Reader) (bool, error)
	// UploadTimeout is how long a form with a large file may take; 0 leaves the time of
	// the server.
	UploadTimeout time.Duration
	// Now is the clock of the machine, for the deadlines of connections.
	Now func() time.Time
	// Export writes a list as a file for spreadsheets.
	Export func(w http.ResponseWriter, r *http.Request, d *op.Def, q op.Request, form render.FileForm) error
}

// DemoAccount is an account shown at the sign-in page of the demo.
type DemoAccount struct {
	Login, Password, Role string
}

// Bounds of a request.
const (
	// bodyMax bounds a form without files.
	bodyMax = 1 << 20
	// uploadMax bounds a form with files: the largest file and its form.
	uploadMax = op.UploadMax + bodyMax
	// storedMax bounds a form with a file that goes to the store.
	storedMax = op.StoredMax + bodyMax
	// memoryMax of a multipart form stays in memory; the rest goes to disk.
	memoryMax = 8 << 20
)

// Server answers browsers.
type Server struct{ cfg Config }

// New makes the handler of all pages.
func New(cfg Config) http.Handler {
	s := &Server{cfg: cfg}
	mux := http.NewServeMux()
	s.routes(mux)
	guarded := http.NewCrossOriginProtection()
	guarded.SetDenyHandler(http.HandlerFunc(s.denyCrossOrigin))
	return s.headers(guarded.Handler(s.bounded(mux)))
}

// routes is the one list of addresses outside the modules' screens.
func (s *Server) routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /login", s.loginForm)
	mux.HandleFunc("POST /login", s.login)
	mux.HandleFunc("POST /logout", s.logout)
	mux.HandleFunc("GET /setup", s.openForm("access.setup"))
	mux.HandleFunc("POST /setup", s.openPost("access.setup"))
	mux.HandleFunc("GET /invitation", s.openForm("access.invitation"))
	mux.HandleFunc("POST /invitation", s.openPost("access.invitation"))
	mux.HandleFunc("GET /o/{operation}", s.opGet)
	mux.HandleFunc("POST /o/{operation}", s.opPost)
	mux.HandleFunc("GET /export/{file}", s.export)
	mux.HandleFunc("GET "+screen.DocumentPath+"{operation}", s.document)
	mux.HandleFunc("GET /pick/{operation}", s.pick)
	mux.HandleFunc("GET /pick-unit", s.pickUnit)
	mux.HandleFunc("GET /search", s.search)
	mux.HandleFunc("GET /search/suggest", s.suggest)
	mux.Handle("GET /static/", s.cfg.Assets)
	for _, sc := range s.cfg.Set.All() {
		mux.HandleFunc("GET "+pattern(sc.Path), s.screen(sc))
		if sc.Does != "" {
			mux.HandleFunc("POST "+pattern(sc.Path), s.act(sc))
		}
	}
	mux.HandleFunc("/", s.notFound)
}

// pattern makes the start page match itself only.
func pattern(path string) string {
	if path == "/" {
		return "/{$}"
	}
	return path
}

// policy allows nothing but what the program itself serves (architecture §7).
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// headers sets what every answer carries.
func (s *Server) headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		h.Set("Cache-Control", "no-store")
		if s.cfg.Secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// bounded limits the body before anything reads it.
func (s *Server) bounded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		limit := int64(bodyMax)
		if isMultipart(r) {
			limit = uploadMax
			if d := s.cfg.Runner.Registry.Find(strings.TrimPrefix(r.URL.Path, "/o/")); d != nil && takesStored(d) {
				limit = storedMax
				s.extend(w)
			}
		}
		r.Body = http.MaxBytesReader(w, r.Body, limit)
		next.ServeHTTP(w, r)
	})
}

// extend gives a request with a large file more time than the server gives the
// others. A writer without deadlines has none to extend.
func (s *Server) extend(w http.ResponseWriter) {
	if s.cfg.UploadTimeout <= 0 || s.cfg.Now == nil {
		return
	}
	control := http.NewResponseController(w)
	until := s.cfg.Now().Add(s.cfg.UploadTimeout)
	_ = control.SetReadDeadline(until)
	_ = control.SetWriteDeadline(until)
}
