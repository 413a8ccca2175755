package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	g "maragu.dev/gomponents"

	"wasl/internal/delivery/render"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// visit is one request of a signed-in person: the view and the frame.
type visit struct {
	*screen.View
	frame ui.Frame
	flash []ui.Notice
}

// env is what the kit needs of a request.
func (s *Server) env(r *http.Request, t screen.Texts, lang string) ui.Env {
	e := ui.Env{T: t.T, Lang: lang, Prefs: ui.ReadPrefs(r), Path: r.URL.RequestURI(), Assets: s.cfg.Assets, Zone: zone()}
	if lang == "ar" {
		e.Dir = "rtl"
	}
	return e
}

// open authenticates and builds the view. Without a session the browser is sent
// to sign in; the answer is then already written and the visit nil.
func (s *Server) open(w http.ResponseWriter, r *http.Request, place screen.Place) *visit {
	cred := s.credential(r)
	v := &visit{}
	err := s.cfg.Runner.Look(r.Context(), cred, func(ctx context.Context, x *op.Exec) (err error) {
		t := s.cfg.Texts(langOf(x.Actor))
		v.View = &screen.View{
			Env: s.env(r, t, langOf(x.Actor)), Texts: t, Runner: s.cfg.Runner, Set: s.cfg.Set, Request: r, Credential: cred,
			RequestID: requestID(r), Actor: x.Actor, Rights: x.Rights, Today: x.Today, Key: s.cfg.Runner.NewKey,
		}
		if n, err := strconv.ParseInt(r.URL.Query().Get("unit"), 10, 64); err == nil && n > 0 {
			v.Unit = n
		}
		v.frame, err = s.frame(ctx, x, v.View, place)
		return err
	})
	if fault.KindOf(err) == fault.Unauthenticated {
		s.toLogin(w, r)
		return nil
	}
	if err != nil {
		s.fail(w, r, nil, err)
		return nil
	}
	v.flash = s.takeFlash(w, r, v.Texts)
	if v.Actor.MustChangePassword && r.PathValue("operation") != "me.password" {
		http.Redirect(w, r, "/o/me.password", http.StatusSeeOther)
		return nil
	}
	return v
}

// toLogin sends to the sign-in page, and back afterwards. A first start goes to
// the explanation of the one-time link.
func (s *Server) toLogin(w http.ResponseWriter, r *http.Request) {
	target := "/login"
	if r.Method == http.MethodGet && r.URL.Path != "/" {
		target += "?" + url.Values{"next": {r.URL.RequestURI()}}.Encode()
	}
	http.Redirect(w, r, target, http.StatusSeeOther)
}

// screen answers with one of the modules' pages.
func (s *Server) screen(sc screen.Screen) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v := s.open(w, r, sc.Place)
		if v == nil {
			return
		}
		if sc.Right != "" && !v.May(sc.Right) {
			s.fail(w, r, v, fault.New(fault.Forbidden, "right.missing", "right", sc.Right))
			return
		}
		p, err := sc.Render(r.Context(), v.View)
		if err != nil {
			s.fail(w, r, v, err)
			return
		}
		if sc.Fragment && r.Header.Get("HX-Request") != "" {
			if p.Anew {
				w.Header().Set("HX-Refresh", "true")
			}
			draw(w, http.StatusOK, p.Body)
			return
		}
		if p.Title == "" {
			p.Title = v.Say(sc.Title)
		}
		s.show(w, v, http.StatusOK, sc.Path, p)
	}
}

// show draws a page in its frame, under the menu of its place.
func (s *Server) show(w http.ResponseWriter, v *visit, status int, path string, p ui.Page) {
	if tabs := s.tabs(v, path); tabs != nil {
		p.Body = g.Group{tabs, p.Body}
	}
	p.Flash = append(v.flash, p.Flash...)
	if p.Print.By == "" {
		p.Print.By = v.Say("print.by", "name", v.Actor.Name)
	}
	draw(w, status, v.Env.Shell(v.frame, p))
}

func draw(w http.ResponseWriter, status int, node g.Node) {
	var b strings.Builder
	if err := node.Render(&b); err != nil {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(b.String()))
}

// fail shows an error: in the frame when somebody is signed in.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, v *visit, err error) {
	if errors.Is(err, context.Canceled) {
		return
	}
	e := fault.As(err)
	if e.Kind == fault.Internal && s.cfg.Log != nil {
		s.cfg.Log.Error("page failed", "path", r.URL.Path, "request", requestID(r), "error", err.Error())
	}
	t := s.cfg.Texts("fr")
	if v != nil {
		t = v.Texts
	}
	message, _ := t.Error(worded(v, err))
	kind := "problem." + string(e.Kind)
	problem := ui.Problem{
		Happened: message, Kept: t.T("problem.kept"), Do: t.T(kind + ".do"), Reference: requestID(r),
		Actions: []ui.Button{{Label: t.T("problem.home"), Href: "/", Icon: ui.IconHome, Primary: true}},
	}
	if v != nil {
		s.show(w, v, render.Status(err), "", ui.Page{Title: t.T(kind), Body: v.Problem(problem)})
		return
	}
	env := s.env(r, t, "fr")
	draw(w, render.Status(err), env.Bare(ui.Bare{Title: t.T(kind), Body: env.Problem(problem)}))
}

// worded names the missing right as the screens do; the other doors give its code.
func worded(v *visit, err error) error {
	e := fault.As(err)
	right, ok := e.Args["right"].(string)
	if v == nil || !ok || e.Code != "right.missing" {
		return err
	}
	return fault.New(e.Kind, e.Code, "right", v.RightLabel(right))
}

func (s *Server) notFound(w http.ResponseWriter, r *http.Request) {
	v := s.open(w, r, "")
	if v != nil {
		s.fail(w, r, v, fault.New(fault.NotFound, "page.unknown"))
	}
}

func (s *Server) denyCrossOrigin(w http.ResponseWriter, r *http.Request) {
	s.fail(w, r, nil, fault.New(fault.Forbidden, "request.cross_origin"))
}
