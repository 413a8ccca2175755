package api

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"wasl/internal/delivery/render"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/op"
)

// proposedBody is the answer when a second person must approve.
type proposedBody struct {
	Proposal op.ID       `json:"proposal"`
	Number   string      `json:"number"`
	Changes  []op.Change `json:"changes"`
}

// trialBody is the answer of a trial.
type trialBody struct {
	Changes []op.Change     `json:"changes"`
	Result  json.RawMessage `json:"result"`
}

// answer writes what a command, a job or a get came to.
func (a *API) answer(w http.ResponseWriter, r *http.Request, d *op.Def, req op.Request, res op.Result) {
	h := w.Header()
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

// bodyOf gives the status and the body of a result, and sets its headers.
func (a *API) bodyOf(h http.Header, d *op.Def, res op.Result) (int, []byte, error) {
	switch {
	case res.Outcome == op.DryRun:
		h.Set(HeaderDryRun, "true")
		trial := trialBody{Changes: orNone(res.Changes), Result: res.JSON}
		if d.Kind == op.Job {
			trial.Result = nil // the job was never queued
		}
		return encode(http.StatusOK, trial)
	case res.Proposal != 0:
		h.Set("Location", locationOf(a.decision, res.Proposal))
		return encode(http.StatusAccepted, proposedBody{res.Proposal, res.Number, orNone(res.Changes)})
	case d.Kind == op.Job:
		return a.queued(h, res)
	case res.Out != nil:
		return encode(http.StatusOK, res.Out)
	case len(res.JSON) > 0:
		return http.StatusOK, res.JSON, nil
	}
	return http.StatusOK, []byte("{}"), nil
}

func (a *API) queued(h http.Header, res op.Result) (int, []byte, error) {
	var job op.QueuedJob
	if err := json.Unmarshal(res.JSON, &job); err != nil {
		return 0, nil, fault.Wrap(err, fault.Internal, "internal")
	}
	h.Set("Location", locationOf(a.jobShow, job.Job))
	return encode(http.StatusAccepted, job)
}

func encode(status int, v any) (int, []byte, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return 0, nil, fault.Wrap(err, fault.Internal, "internal")
	}
	return status, body, nil
}

// orNone makes an empty list of a nil one: JSON then says [] and not null.
func orNone(changes []op.Change) []op.Change {
	if changes == nil {
		return []op.Change{}
	}
	return changes
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
