package api

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"wasl/internal/delivery/render"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/auth"
	"wasl/internal/platform/op"
)

// serve carries out one request for an operation.
func (a *API) serve(w http.ResponseWriter, r *http.Request, d *op.Def) {
	id := idOf(r)
	patience := a.patience(r, d)
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	if patience > a.c.Timeout {
		a.extend(w, patience)
	}
	r = r.WithContext(ctx)
	leave, err := a.enter(ctx, d)
	if err != nil {
		a.fail(w, r, id, err)
		return
	}
	defer leave()
	req, err := a.request(w, r, d, id)
	if err != nil {
		a.fail(w, r, id, err)
		return
	}
	if d.Kind == op.List {
		a.list(w, r, d, req)
		return
	}
	res, err := a.c.Runner.Run(ctx, req)
	if err != nil {
		a.fail(w, r, id, err)
		return
	}
	a.answer(w, r, d, req, res)
}

// patience is how long a request may take.
func (a *API) patience(r *http.Request, d *op.Def) time.Duration {
	switch {
	case takesFiles(d):
		return a.c.UploadTimeout
	case d.Kind == op.List && exportFormat(r) != "":
		return a.c.ExportTimeout
	}
	return a.c.Timeout
}

// extend gives a long request more time than the server gives the others. A
// writer without deadlines has none to extend.
func (a *API) extend(w http.ResponseWriter, patience time.Duration) {
	control := http.NewResponseController(w)
	until := a.c.Now().Add(patience)
	_ = control.SetReadDeadline(until)
	_ = control.SetWriteDeadline(until)
}

func takesFiles(d *op.Def) bool {
	return slices.ContainsFunc(d.Fields, func(f op.Field) bool { return f.Type == op.File })
}

// enter waits for a turn, so that a burst costs patience and not memory.
func (a *API) enter(ctx context.Context, d *op.Def) (leave func(), err error) {
	if !takesFiles(d) {
		select {
		case a.slots <- struct{}{}: // nobody waits: no timer is needed
			return func() { <-a.slots }, nil
		default:
		}
	}
	ctx, cancel := context.WithTimeout(ctx, QueueWaitMax)
	defer cancel()
	gates := []chan struct{}{a.slots}
	if takesFiles(d) {
		gates = append(gates, a.uploads)
	}
	for i, gate := range gates {
		select {
		case gate <- struct{}{}:
		case <-ctx.Done():
			release(gates[:i])
			return nil, fault.New(fault.Unavailable, "api.busy")
		}
	}
	return func() { release(gates) }, nil
}

func release(gates []chan struct{}) {
	for _, gate := range gates {
		<-gate
	}
}

// request makes the runner's request out of path, query, headers and body.
func (a *API) request(w http.ResponseWriter, r *http.Request, d *op.Def, id string) (op.Request, error) {
	req := op.Request{Name: d.Name, RequestID: id}
	token, err := bearer(r)
	if err != nil {
		return req, err
	}
	req.Credential = op.Credential{Channel: op.API, Token: token, Address: a.c.Address(r)}
	if err := readHeaders(r, &req); err != nil {
		return req, err
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return req, fault.Wrap(err, fault.Invalid, "api.query")
	}
	if d.Kind.Changes() {
		if len(query) > 0 {
			return req, fault.New(fault.Invalid, "api.query_on_change")
		}
		if req.Input, err = a.readBody(w, r, d, req); err != nil {
			return req, err
		}
		return req, mergePath(r, d, req.Input)
	}
	if r.ContentLength != 0 {
		return req, fault.New(fault.Invalid, "api.body_on_query")
	}
	cursor := ""
	if d.Kind == op.List {
		if cursor, err = readPage(d, query, &req); err != nil {
			return req, err
		}
	}
	req.Input = op.FromValues(query)
	if err := mergePath(r, d, req.Input); err != nil || d.Kind != op.List {
		return req, err
	}
	return req, render.OpenCursor(d, &req, cursor)
}

// bearer reads the API token. No header is nobody; another scheme, a session
// token or anything else is refused without being repeated.
func bearer(r *http.Request) (string, error) {
	given := r.Header.Values("Authorization")
	if len(given) == 0 {
		return "", nil
	}
	scheme, text, _ := strings.Cut(given[0], " ")
	if len(given) > 1 || !strings.EqualFold(scheme, "Bearer") {
		return "", fault.New(fault.Unauthenticated, auth.CodeTokenInvalid)
	}
	token, err := auth.ParseToken(auth.APIToken, strings.TrimSpace(text))
	if err != nil {
		return "", err
	}
	return token.Reveal(), nil
}

// header reads a header that may be given once.
func header(r *http.Request, name string) (string, error) {
	given := r.Header.Values(name)
	if len(given) > 1 {
		return "", fault.New(fault.Invalid, "api.header", "name", name)
	}
	if len(given) == 0 {
		return "", nil
	}
	return strings.TrimSpace(given[0]), nil
}

// readHeaders reads the key, the trial flag and the unit. A trial flag that is
// not understood is refused: it must never become the real thing.
func readHeaders(r *http.Request, req *op.Request) (err error) {
	if req.Key, err = header(r, HeaderKey); err != nil {
		return err
	}
	dry, err := header(r, HeaderDryRun)
	if err != nil {
		return err
	}
	switch strings.ToLower(dry) {
	case "", "false", "0":
	case "true", "1":
		req.DryRun = true
	default:
		return fault.New(fault.Invalid, "api.header", "name", HeaderDryRun)
	}
	unit, err := header(r, HeaderUnit)
	if err != nil || unit == "" {
		return err
	}
	req.Unit, err = render.ParseUnit(unit)
	return err
}

// mergePath puts the values of the path into the input. A value given in both
// must agree.
func mergePath(r *http.Request, d *op.Def, in op.Input) error {
	for _, name := range d.PathParams() {
		value := r.PathValue(name)
		if given, both := in[name]; both && given != nil && !agrees(given, value) {
			return fault.InvalidField(name, "api.path_differs")
		}
		in[name] = value
	}
	return nil
}

func agrees(given any, value string) bool {
	switch v := given.(type) {
	case string:
		return strings.TrimSpace(v) == strings.TrimSpace(value)
	case interface{ String() string }: // json.Number
		return v.String() == value
	}
	return false
}

// words are the texts in the language that a request prefers.
func (a *API) words(r *http.Request) render.Words {
	return render.NewWords(a.c.Text, preferred(r.Header.Get("Accept-Language"), a.c.Text.Languages()))
}
