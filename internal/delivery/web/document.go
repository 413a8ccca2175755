package web

import (
	"errors"
	"net/http"

	"wasl/internal/delivery/render"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/op"
)

// document shows the file an operation gives.
func (s *Server) document(w http.ResponseWriter, r *http.Request) {
	v := s.open(w, r, "")
	if v == nil {
		return
	}
	name := r.PathValue("operation")
	d := s.cfg.Runner.Registry.Find(name)
	if d == nil || !d.GivesDocument() {
		s.fail(w, r, v, fault.New(fault.NotFound, "operation.unknown", "name", name))
		return
	}
	values := r.URL.Query()
	if d.Field("unit") == nil {
		values.Del("unit")
	}
	res, err := s.cfg.Runner.Run(r.Context(), op.Request{Name: name, Credential: v.Credential, Input: op.FromValues(values), RequestID: v.RequestID})
	if err != nil {
		s.fail(w, r, v, err)
		return
	}
	given, _ := res.Out.(op.Document)
	content, err := given.Open(r.Context())
	if err != nil {
		s.fail(w, r, v, err)
		return
	}
	s.extend(w)
	err = errors.Join(render.Hand(w, given, "inline", content), content.Close())
	if err != nil && s.cfg.Log != nil {
		s.cfg.Log.Warn("file not delivered", "path", r.URL.Path, "request", v.RequestID, "error", err.Error())
	}
}
