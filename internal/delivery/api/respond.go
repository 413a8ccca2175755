package api

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"wasl/internal/delivery/render"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/op"
)

// answer writes what a command, a job or a get came to.
func (a *API) answer(w http.ResponseWriter, r *http.Request, d *op.Def, req op.Request, res op.Result) {
	h := w.Header()
	if d.GivesDocument() {
		h.Add("Vary", "Accept")
		if given, ok := res.Out.(op.Document); ok && wantsFile(r, given.MediaType) {
			a.hand(w, r, req, given)
			return
		}
	}
	if res.Outcome == op.Replayed {
		h.Set(HeaderReplayed, "true")
	}
	status, body, err := a.bodyOf(h, d, res)
	if err != nil {
		a.fail(w, r, req.RequestID, err)
		return
	}
	if d.Kind == op.Get && fresh(w, r, tagOf(body)) {
		return
	}
	a.write(w, status, "application/json", body)
}

// hand sends the file an operation gave. It is opened before anything is sent, so that a
// file that is not there is a problem; one that breaks off ends the connection.
func (a *API) hand(w http.ResponseWriter, r *http.Request, req op.Request, d op.Document) {
	content, err := d.Open(r.Context())
	if err != nil {
		a.fail(w, r, req.RequestID, err)
		return
	}
	a.extend(w, a.c.ExportTimeout)
	err = render.Hand(w, d, "attachment", content)
	if err = errors.Join(err, content.Close()); err != nil {
		a.c.Log.Error("file not delivered", "request", req.RequestID, "error", err.Error())
		(&stream{api: a, control: http.NewResponseController(w)}).cut()
	}
}

// bodyOf gives the status and the body of a result, and sets its headers.
func (a *API) bodyOf(h http.Header, d *op.Def, res op.Result) (int, []byte, error) {
	body, later, err := render.Answer(d, res)
	if err != nil {
		return 0, nil, err
	}
	if res.Outcome == op.DryRun {
		h.Set(HeaderDryRun, "true")
	}
	if !later {
		return http.StatusOK, body, nil
	}
	if res.Proposal != 0 {
		h.Set("Location", locationOf(a.decision, res.Proposal))
		return http.StatusAccepted, body, nil
	}
	var job op.QueuedJob
	if err := json.Unmarshal(body, &job); err != nil {
		return 0, nil, fault.Wrap(err, fault.Internal, "internal")
	}
	h.Set("Location", locationOf(a.jobShow, job.Job))
	return http.StatusAccepted, body, nil
}

// locationOf is where a record can be seen; empty when nothing shows it.
func locationOf(show *op.Def, id op.ID) string {
	if show == nil {
		return ""
	}
	return Prefix + strings.Replace(show.Path, "{id}", id.String(), 1)
}

// write sends a whole body.
func (a *API) write(w http.ResponseWriter, status int, kind string, body []byte) {
	h := w.Header()
	if h.Get("Location") == "" {
		h.Del("Location")
	}
	h.Set("Content-Type", kind)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if _, err := w.Write(body); err != nil {
		a.c.Log.Debug("answer not delivered", "error", err.Error())
	}
}

// fail answers with a problem document.
func (a *API) fail(w http.ResponseWriter, r *http.Request, id string, err error) {
	words := a.words(r)
	p := render.NewProblem(words, err, id)
	body, marshalErr := json.Marshal(p)
	if marshalErr != nil {
		body = []byte("{}")
	}
	h := w.Header()
	h.Del("ETag")
	h.Set("Content-Language", words.Lang())
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="wasl"`)
	}
	if wait := render.RetryAfter(err); wait != "" {
		h.Set("Retry-After", wait)
	}
	a.write(w, p.Status, "application/problem+json", body)
}

// tagOf is the entity tag of a body.
func tagOf(body []byte) string {
	const length = 16
	sum := sha256.Sum256(body)
	return `"` + hex.EncodeToString(sum[:length]) + `"`
}

// fresh sets the entity tag and answers 304 when the client already has it.
func fresh(w http.ResponseWriter, r *http.Request, tag string) bool {
	w.Header().Set("ETag", tag)
	for given := range strings.SplitSeq(r.Header.Get("If-None-Match"), ",") {
		if given = strings.TrimPrefix(strings.TrimSpace(given), "W/"); given == tag || given == "*" {
			w.WriteHeader(http.StatusNotModified)
			return true
		}
	}
	return false
}
