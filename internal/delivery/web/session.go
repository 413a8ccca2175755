package web

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

const (
	plainCookie  = "wasl_session"
	secureCookie = "__Host-wasl_session"
	flashCookie  = "wasl_flash"
	flashLife    = 60 * time.Second
	flashMax     = 2048
)

func (s *Server) cookieName() string {
	if s.cfg.Secure {
		return secureCookie
	}
	return plainCookie
}

// credential is the session the browser shows, with its address for throttling.
func (s *Server) credential(r *http.Request) op.Credential {
	c := op.Credential{Channel: op.Web, Address: addressOf(r)}
	if cookie, err := r.Cookie(s.cookieName()); err == nil {
		c.Token = cookie.Value
	}
	return c
}

// addressOf is the peer's address without its port.
func addressOf(r *http.Request) string {
	if ap, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		return ap.Addr().Unmap().String()
	}
	return ""
}

func (s *Server) setSession(w http.ResponseWriter, token string) {
	c := &http.Cookie{
		Name: s.cookieName(), Value: token, Path: "/", HttpOnly: true, Secure: s.cfg.Secure,
		SameSite: http.SameSiteLaxMode, MaxAge: int(s.cfg.SessionMax.Seconds()),
	}
	if token == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// flash is the outcome of the last action, carried over one redirect. It holds a
// text key and plain values; it is shown escaped and proves nothing.
type flash struct {
	Tone ui.Tone           `json:"t"`
	Key  string            `json:"k"`
	Args map[string]string `json:"a,omitempty"`
	Href string            `json:"h,omitempty"`
	Link string            `json:"l,omitempty"`
}

func (s *Server) setFlash(w http.ResponseWriter, f flash) {
	body, err := json.Marshal(f)
	if err != nil || len(body) > flashMax {
		return
	}
	http.SetCookie(w, &http.Cookie{
		Name: flashCookie, Value: base64.RawURLEncoding.EncodeToString(body), Path: "/", HttpOnly: true, Secure: s.cfg.Secure,
		SameSite: http.SameSiteStrictMode, MaxAge: int(flashLife.Seconds()),
	})
}

// takeFlash reads the outcome and forgets it.
func (s *Server) takeFlash(w http.ResponseWriter, r *http.Request, t screen.Texts) []ui.Notice {
	cookie, err := r.Cookie(flashCookie)
	if err != nil {
		return nil
	}
	http.SetCookie(w, &http.Cookie{Name: flashCookie, Path: "/", HttpOnly: true, Secure: s.cfg.Secure, SameSite: http.SameSiteStrictMode, MaxAge: -1})
	body, err := base64.RawURLEncoding.DecodeString(cookie.Value)
	var f flash
	if err != nil || json.Unmarshal(body, &f) != nil || !t.Has(f.Key) {
		return nil
	}
	var args []any
	for k, v := range f.Args {
		args = append(args, k, v)
	}
	n := ui.Notice{Tone: f.Tone, Title: t.T(f.Key, args...), Closable: true}
	if local(f.Href) && t.Has(f.Link) {
		n.Links = []ui.Link{{Label: t.T(f.Link), Href: f.Href}}
	}
	return []ui.Notice{n}
}

// local says that an address stays on this site.
func local(href string) bool {
	return strings.HasPrefix(href, "/") && !strings.HasPrefix(href, "//") && !strings.HasPrefix(href, "/\\")
}

// langOf is the language asked for; French unless another is offered.
func langOf(a op.Actor) string {
	if a.Lang == "" {
		return "fr"
	}
	return a.Lang
}
