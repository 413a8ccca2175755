package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	g "maragu.dev/gomponents"

	"wasl/internal/delivery/render"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// loginForm shows the sign-in page, or how to begin on a first start.
func (s *Server) loginForm(w http.ResponseWriter, r *http.Request) {
	first := false
	err := s.cfg.Runner.DB.Read(r.Context(), func(ctx context.Context, rd db.Reader) (err error) {
		first, err = s.cfg.FirstStart(ctx, rd)
		return err
	})
	if err != nil {
		s.fail(w, r, nil, err)
		return
	}
	if first {
		t := s.cfg.Texts("fr")
		env := s.env(r, t, "fr")
		draw(w, http.StatusOK, env.Bare(ui.Bare{
			Title: t.T("setup.waiting"), Sub: t.T("setup.waiting.sub"),
			Body: env.Notice(ui.Notice{Tone: ui.Action, Text: t.T("setup.waiting.text")}),
		}))
		return
	}
	s.showLogin(w, r, http.StatusOK, r.URL.Query(), "")
}

// showLogin draws the sign-in page with what was typed, but the password.
func (s *Server) showLogin(w http.ResponseWriter, r *http.Request, status int, values url.Values, message string) {
	t := s.cfg.Texts("fr")
	env := s.env(r, t, "fr")
	next := values.Get("next")
	if !local(next) {
		next = ""
	}
	f := ui.Form{
		ID: "login", Action: "/login", Submit: t.T("op.access.login"), Native: true, Hidden: []ui.Pair{{Name: "next", Value: next}},
		Sets: []ui.FieldSet{{Fields: []ui.Field{
			{
				Name: "login", Label: t.T("field.login"), Kind: ui.TextField, Required: true, Value: values.Get("login"), Auto: "username",
				Focus: values.Get("login") == "",
			},
			{Name: "password", Label: t.T("field.password"), Kind: ui.PasswordField, Required: true, Auto: "current-password", Focus: values.Get("login") != ""},
		}}},
	}
	if message != "" {
		f.Errors = []string{message}
	}
	body := g.Group{env.Form(f)}
	if len(s.cfg.Demo) > 0 {
		body = append(body, s.demoAccounts(env, t))
	}
	draw(w, status, env.Bare(ui.Bare{
		Title: t.T("login.title"), Sub: t.T("login.sub"), Flash: s.takeFlash(w, r, t), Body: body, Login: true,
		Foot: t.T("frame.foot", "version", s.cfg.Version),
	}))
}

// demoAccounts lists the ready accounts of the demo.
func (s *Server) demoAccounts(env ui.Env, t screen.Texts) g.Node {
	l := ui.List{ID: "demo", Caption: t.T("login.demo"), Bare: true, Columns: []ui.Column{
		{Label: t.T("field.login"), Kind: ui.CodeColumn}, {Label: t.T("field.password"), Kind: ui.CodeColumn}, {Label: t.T("field.role")},
	}}
	for _, a := range s.cfg.Demo {
		l.Rows = append(l.Rows, ui.Row{Cells: []ui.Cell{{Text: a.Login}, {Text: a.Password}, {Text: a.Role}}})
	}
	return env.Panel(ui.Panel{Title: t.T("login.demo"), Body: env.List(l), Flush: true})
}

// login runs access.login and hands the session to the browser. A session the
// browser already had is never taken over: the new one replaces it.
func (s *Server) login(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		s.fail(w, r, nil, tooLarge(err))
		return
	}
	cred := s.credential(r)
	res, err := s.cfg.Runner.Run(r.Context(), op.Request{
		Name: "access.login", Credential: cred, RequestID: requestID(r),
		Input: op.FromValues(url.Values{"login": r.PostForm["login"], "password": r.PostForm["password"], "agent": {clip(r.UserAgent(), agentMax)}}),
	})
	if err != nil {
		t := s.cfg.Texts("fr")
		message, _ := t.Error(err)
		if fault.KindOf(err) == fault.Invalid {
			message = t.T("login.incomplete")
		}
		s.showLogin(w, r, render.Status(err), r.PostForm, message)
		return
	}
	s.setSession(w, secretOf(s.cfg.Runner.Registry.Find("access.login"), res.Out))
	next := r.PostForm.Get("next")
	if !local(next) {
		next = "/"
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
}

// agentMax is the length kept of a browser's name for itself.
const agentMax = 200

// clip cuts a text to plain ASCII of at most n bytes.
func clip(text string, n int) string {
	out := make([]byte, 0, min(n, len(text)))
	for i := 0; i < len(text) && len(out) < n; i++ {
		if c := text[i]; c >= 0x20 && c < 0x7f {
			out = append(out, c)
		}
	}
	return string(out)
}

// secretOf is the one secret of an output.
func secretOf(d *op.Def, out any) string {
	for _, c := range d.Columns {
		if c.Secret {
			if text, _ := c.Value(out).(string); text != "" {
				return text
			}
		}
	}
	return ""
}

// logout ends the session and forgets the cookie, even of a session long ended.
func (s *Server) logout(w http.ResponseWriter, r *http.Request) {
	_, err := s.cfg.Runner.Run(r.Context(), op.Request{Name: "access.logout", Credential: s.credential(r), RequestID: requestID(r), Input: op.Input{}})
	if err != nil && fault.KindOf(err) != fault.Unauthenticated {
		s.fail(w, r, nil, err)
		return
	}
	s.setSession(w, "")
	s.setFlash(w, flash{Tone: ui.Settled, Key: "login.out"})
	http.Redirect(w, r, "/login", http.StatusSeeOther)
}

// openForm is the form of an operation for somebody who is not signed in yet:
// the first administrator, a person invited.
func (s *Server) openForm(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.showOpen(w, r, http.StatusOK, name, screen.FormState{Values: r.URL.Query(), Key: s.cfg.Runner.NewKey()})
	}
}

func (s *Server) showOpen(w http.ResponseWriter, r *http.Request, status int, name string, state screen.FormState) {
	t := s.cfg.Texts("fr")
	d := s.cfg.Runner.Registry.Find(name)
	v := &screen.View{Env: s.env(r, t, "fr"), Texts: t, Runner: s.cfg.Runner, Set: s.cfg.Set, Request: r}
	f, err := v.OpForm(r.Context(), d, state)
	if err != nil {
		s.fail(w, r, nil, err)
		return
	}
	f.Action, f.More, f.Cancel = r.URL.Path, nil, "/login"
	if link := state.Values.Get(linkField); link != "" {
		f.Hidden = append(f.Hidden, ui.Pair{Name: linkField, Value: link})
		f.Sets[0].Fields = slices.DeleteFunc(f.Sets[0].Fields, func(field ui.Field) bool { return field.Name == linkField })
	}
	draw(w, status, v.Bare(ui.Bare{Title: t.T("op." + name), Sub: t.T("op." + name + ".help"), Body: v.Form(f)}))
}

// linkField carries the secret of a one-time link.
const linkField = "link"

// openPost carries out what openForm asked and leads to the sign-in page.
func (s *Server) openPost(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		in, values, err := formInput(r)
		if err != nil {
			s.fail(w, r, nil, err)
			return
		}
		d := s.cfg.Runner.Registry.Find(name)
		_, err = s.cfg.Runner.Run(r.Context(), op.Request{
			Name: name, Credential: op.Credential{Channel: op.Web, Address: addressOf(r)}, Input: known(d, in), Key: values.Get(ui.KeyField), RequestID: requestID(r),
		})
		if err != nil {
			t := s.cfg.Texts("fr")
			message, faults := t.Error(err)
			if len(faults) > 0 && faults[linkField] == "" {
				message = "" // each is told at its field and in the summary
			}
			s.showOpen(w, r, render.Status(err), name, screen.FormState{Values: values, Message: message, Faults: faults, Key: values.Get(ui.KeyField)})
			return
		}
		s.setFlash(w, flash{Tone: ui.Settled, Key: "flash." + name})
		http.Redirect(w, r, "/login", http.StatusSeeOther)
	}
}
