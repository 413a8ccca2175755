package ui

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// policy is the Content-Security-Policy every page must live under.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// french reads the texts of the product as they are shipped.
func french(t testing.TB) map[string]string {
	t.Helper()
	raw, err := os.ReadFile("../text/fr/ui.json")
	if err != nil {
		t.Fatalf("the French texts: %v", err)
	}
	texts := map[string]string{}
	if err := json.Unmarshal(raw, &texts); err != nil {
		t.Fatalf("the French texts: %v", err)
	}
	return texts
}

// frenchEnv is an environment with the French texts.
func frenchEnv(t testing.TB) Env {
	texts := french(t)
	return Env{T: translator(texts), Assets: LoadAssets(), Zone: time.FixedZone("Casablanca", 3600)}
}

func translator(texts map[string]string) func(string, ...any) string {
	return func(key string, args ...any) string {
		s, ok := texts[key]
		if !ok {
			return "!" + key
		}
		for i := 0; i+1 < len(args); i += 2 {
			s = strings.ReplaceAll(s, fmt.Sprintf("{%v}", args[i]), fmt.Sprint(args[i+1]))
		}
		return s
	}
}

// galleryHandler serves the gallery as a page of the product would be: same
// policy, the look from the cookie, dir and theme from the query for pictures.
func galleryHandler(base Env) http.Handler {
	mux := http.NewServeMux()
	mux.Handle(AssetsPrefix, base.Assets)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		e := base
		e.Prefs = ReadPrefs(r)
		q := r.URL.Query()
		e.Dir, e.Path = q.Get("dir"), r.URL.String()
		if theme := q.Get("theme"); theme != "" {
			e.Prefs.Theme = theme
		}
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		page, err := Gallery(e, q.Get("view"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		if r.Method == http.MethodPost && q.Get("view") == "list" {
			http.Redirect(w, r, "/?view=tree", http.StatusSeeOther)
			return
		}
		if r.Method == http.MethodPost && q.Get("view") == "errors" {
			w.WriteHeader(http.StatusUnprocessableEntity)
		}
		if err := page.Render(w); err != nil {
			return
		}
	})
	return mux
}

// TestServeGallery serves the gallery for the browser test, which starts it
// with WASL_GALLERY=host:port and ends it by closing its standard input.
func TestServeGallery(t *testing.T) {
	t.Parallel()
	address := os.Getenv("WASL_GALLERY")
	if address == "" {
		t.Skip("serves only when the browser test asks for it")
	}
	env := frenchEnv(t)
	if err := env.Assets.Check(); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: galleryHandler(env), ReadHeaderTimeout: time.Second}
	go func() {
		_, _ = os.Stdin.Read(make([]byte, 1))
		_ = server.Close()
	}()
	if _, err := fmt.Printf("gallery http://%s\n", listener.Addr()); err != nil {
		t.Fatal(err)
	}
	if err := server.Serve(listener); err != nil && err != http.ErrServerClosed {
		t.Fatal(err)
	}
}
