package web

import (
	"net/http"

	"wasl/internal/delivery/render"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// act carries out the operation of a page's own form. A refusal shows the page again
// with what was typed, under the same key: sending it again is harmless.
func (s *Server) act(sc screen.Screen) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v := s.open(w, r, sc.Place)
		if v == nil {
			return
		}
		d := s.cfg.Runner.Registry.Find(sc.Does)
		if d == nil || !v.May(sc.Does) {
			s.fail(w, r, v, fault.New(fault.Forbidden, "right.missing", "right", sc.Does))
			return
		}
		_, values, err := formInput(r)
		if err != nil {
			s.fail(w, r, v, err)
			return
		}
		sent := values
		if sc.Input != nil {
			sent = sc.Input(values)
		}
		res, err := s.cfg.Runner.Run(r.Context(), op.Request{
			Name: d.Name, Credential: v.Credential, Input: known(d, op.FromValues(sent)), Key: values.Get(ui.KeyField), RequestID: v.RequestID,
		})
		state := screen.FormState{Values: values, Key: values.Get(ui.KeyField), Back: r.URL.RequestURI()}
		if err == nil {
			s.done(w, r, v, d, state, res)
			return
		}
		s.again(w, v, sc, d, state, err)
	}
}

// again draws a page whose form was refused.
func (s *Server) again(w http.ResponseWriter, v *visit, sc screen.Screen, d *op.Def, state screen.FormState, refusal error) {
	if s.cfg.Log != nil && fault.As(refusal).Kind == fault.Internal {
		s.cfg.Log.Error("operation failed", "operation", d.Name, "request", v.RequestID, "error", refusal.Error())
	}
	s.explain(v, d, &state, refusal)
	v.Posted = &state
	p, err := sc.Render(v.Request.Context(), v.View)
	if err != nil {
		s.fail(w, v.Request, v, err)
		return
	}
	if p.Title == "" {
		p.Title = v.Say(sc.Title)
	}
	s.show(w, v, render.Status(refusal), sc.Path, p)
}
