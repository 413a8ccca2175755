package web

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"wasl/internal/delivery/render"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/auth"
	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

func isMultipart(r *http.Request) bool {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return kind == "multipart/form-data"
}

// tooLarge turns a body's bound into a fault that says it.
func tooLarge(err error) error {
	var big *http.MaxBytesError
	if errors.As(err, &big) {
		return fault.New(fault.Limit, "request.too_large", "max", big.Limit)
	}
	return fault.Wrap(err, fault.Invalid, "request.malformed")
}

// formInput reads a posted form: texts, and files as uploads.
func formInput(r *http.Request) (op.Input, url.Values, error) {
	if !isMultipart(r) {
		if err := r.ParseForm(); err != nil {
			return nil, nil, tooLarge(err)
		}
		return op.FromValues(r.PostForm), r.PostForm, nil
	}
	if err := r.ParseMultipartForm(memoryMax); err != nil {
		return nil, nil, tooLarge(err)
	}
	defer func() { _ = r.MultipartForm.RemoveAll() }()
	values := url.Values(r.MultipartForm.Value)
	in := op.FromValues(values)
	for name, files := range r.MultipartForm.File {
		var uploads []any
		for _, f := range files {
			if f.Size == 0 {
				continue
			}
			up, err := uploadOf(f)
			if err != nil {
				return nil, nil, err
			}
			uploads = append(uploads, up)
		}
		switch len(uploads) {
		case 0:
		case 1:
			in[name] = uploads[0]
		default:
			in[name] = uploads
		}
	}
	return in, values, nil
}

// uploadOf reads one file of a form.
func uploadOf(f *multipart.FileHeader) (op.Upload, error) {
	part, err := f.Open()
	if err != nil {
		return op.Upload{}, fault.Wrap(err, fault.Invalid, "request.malformed")
	}
	data, err := io.ReadAll(io.LimitReader(part, op.UploadMax+1))
	_ = part.Close()
	if err != nil {
		return op.Upload{}, tooLarge(err)
	}
	return op.NewUpload(f.Filename, data), nil
}

// postedInput reads the form of an operation. Files that are stored go to the store as
// they come in, and are never whole in memory.
func (s *Server) postedInput(r *http.Request, v *visit, d *op.Def) (op.Input, url.Values, error) {
	if !isMultipart(r) || !takesStored(d) {
		return formInput(r)
	}
	parts, err := render.NewForm(r)
	if err != nil {
		return nil, nil, fault.Wrap(err, fault.Invalid, "request.malformed")
	}
	values, files := url.Values{}, op.Input{}
	left := int64(bodyMax)
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			if whole, err := parts.Whole(); err != nil || !whole {
				return nil, nil, tooLarge(err)
			}
			break
		}
		if err != nil {
			return nil, nil, tooLarge(err)
		}
		f := d.Field(part.FormName())
		if f != nil && f.Stored {
			if part.FileName() == "" {
				continue // nothing was chosen
			}
			up, err := s.cfg.Runner.Receive(r.Context(), op.Request{Name: d.Name, Credential: v.Credential}, f, part.FileName(), &bodySource{part})
			if err != nil {
				return nil, nil, err
			}
			files[f.Name] = up
			continue
		}
		text, err := io.ReadAll(io.LimitReader(part, left+1))
		if err != nil {
			return nil, nil, tooLarge(err)
		}
		if left -= int64(len(text)); left < 0 {
			return nil, nil, fault.New(fault.Limit, "request.too_large", "max", int64(bodyMax))
		}
		values.Add(part.FormName(), string(text))
	}
	in := op.FromValues(values)
	for name, up := range files {
		in[name] = up
	}
	return in, values, nil
}

// takesStored says that an operation has a file that goes to the store.
func takesStored(d *op.Def) bool {
	return slices.ContainsFunc(d.Fields, func(f op.Field) bool { return f.Stored })
}

// bodySource gives the errors of a body the face they have everywhere.
type bodySource struct{ src io.Reader }

// Read implements io.Reader.
func (b *bodySource) Read(p []byte) (int, error) {
	n, err := b.src.Read(p)
	if err != nil && err != io.EOF {
		err = tooLarge(err)
	}
	return n, err
}

// known keeps what belongs to the operation: a page's own fields start with _
// or are the address to return to.
func known(d *op.Def, in op.Input) op.Input {
	out := op.Input{}
	for name, value := range in {
		if d.Field(name) == nil && (strings.HasPrefix(name, "_") || name == screen.BackField) {
			continue
		}
		out[name] = value
	}
	return out
}

// find gives the operation of the address, or answers that there is none.
func (s *Server) find(w http.ResponseWriter, r *http.Request, v *visit) *op.Def {
	d := s.cfg.Runner.Registry.Find(r.PathValue("operation"))
	switch {
	case d == nil || d.ConsoleOnly:
		s.fail(w, r, v, fault.New(fault.NotFound, "operation.unknown", "name", r.PathValue("operation")))
	case d.Access == op.Granted && !v.May(d.Name):
		s.fail(w, r, v, fault.New(fault.Forbidden, "right.missing", "right", d.Name))
	default:
		return d
	}
	return nil
}

// placeOf lights the place of the module's screens.
func (s *Server) placeOf(name string) screen.Place {
	switch module, _, _ := strings.Cut(name, "."); module {
	case "org":
		return screen.Organisation
	case "tariff", "billing":
		return screen.Billing
	case "metering":
		return screen.Reading
	case "customer", "account":
		return screen.Customers
	case "collection":
		return screen.Collection
	case "ledger":
		return screen.Accounting
	case "me", "approval":
		return screen.Day
	}
	return screen.Administration
}

// opGet shows an operation by its registration alone: a list, a record, a form.
func (s *Server) opGet(w http.ResponseWriter, r *http.Request) {
	v := s.open(w, r, s.placeOf(r.PathValue("operation")))
	if v == nil {
		return
	}
	d := s.find(w, r, v)
	if d == nil {
		return
	}
	var p ui.Page
	var err error
	switch d.Kind {
	case op.List:
		p, err = s.listPage(v, d)
	case op.Get:
		p, err = s.recordPage(v, d)
	default:
		values := r.URL.Query()
		if err = v.Prefill(r.Context(), d, values); err == nil {
			p, err = s.formPage(v, d, screen.FormState{Values: values, Key: s.cfg.Runner.NewKey(), Back: backOf(values)})
		}
	}
	if err != nil {
		s.fail(w, r, v, err)
		return
	}
	s.show(w, v, http.StatusOK, "", p)
}

// listPage shows a list, or the form that asks for what it cannot be read without.
func (s *Server) listPage(v *visit, d *op.Def) (ui.Page, error) {
	l, err := v.View.List(v.Request.Context(), d.Name, screen.ListOptions{})
	if fault.KindOf(err) == fault.Invalid && (onlyMissing(err) || len(fault.As(err).Fields) > 0 && !brings(v, d)) {
		return s.askPage(v, d, err)
	}
	return ui.Page{Title: v.Say("op." + d.Name), Body: v.Env.List(l), Back: "/"}, err
}

// brings says that the address gives the operation any of its fields.
func brings(v *visit, d *op.Def) bool {
	return slices.ContainsFunc(d.Fields, func(f op.Field) bool { return v.Query(f.Name) != "" })
}

// onlyMissing says that nothing of an input is wrong but what is not there.
func onlyMissing(refusal error) bool {
	fields := fault.As(refusal).Fields
	return len(fields) > 0 && !slices.ContainsFunc(fields, func(f fault.Field) bool { return f.Code != "input.required" })
}

// recordPage shows the answer of a query, or the form that asks for its input.
func (s *Server) recordPage(v *visit, d *op.Def) (ui.Page, error) {
	ctx := v.Request.Context()
	values := v.Request.URL.Query()
	p := ui.Page{Title: v.Say("op." + d.Name), Back: "/"}
	in := known(d, op.FromValues(values))
	if d.Field("unit") == nil {
		delete(in, "unit")
	}
	res, err := s.cfg.Runner.Run(ctx, op.Request{Name: d.Name, Credential: v.Credential, Input: in, Unit: v.Unit, RequestID: v.RequestID})
	if fault.KindOf(err) == fault.Invalid {
		return s.askPage(v, d, err)
	}
	if err != nil {
		return p, err
	}
	facts, err := v.Facts(ctx, d.Name, res.Out)
	p.Body = v.Panel(ui.Panel{Body: v.Env.Facts(facts)})
	return p, err
}

// askPage asks for the input of a query that was refused.
func (s *Server) askPage(v *visit, d *op.Def, refusal error) (ui.Page, error) {
	values := v.Request.URL.Query()
	state := screen.FormState{Values: values, Back: backOf(values)}
	asked := known(d, op.FromValues(values))
	delete(asked, "unit")
	if len(asked) > 0 {
		s.explain(v, d, &state, refusal)
	}
	f, err := v.OpForm(v.Request.Context(), d, state)
	f.Method, f.More = "get", nil
	return ui.Page{Title: v.Say("op." + d.Name), Back: "/", Body: v.Panel(ui.Panel{Body: v.Form(f)})}, err
}

func (s *Server) formPage(v *visit, d *op.Def, state screen.FormState) (ui.Page, error) {
	f, err := v.OpForm(v.Request.Context(), d, state)
	p := ui.Page{Title: v.Say("op." + d.Name), Back: f.Cancel}
	panel := ui.Panel{Body: v.Form(f)}
	if key := "op." + d.Name + ".help"; v.Texts.Has(key) {
		p.Sub = g.Text(v.Say(key))
	}
	if d.FourEyes {
		panel.Foot = g.Text(v.Say("form.four_eyes"))
	}
	if err != nil {
		return p, err
	}
	beside, err := s.beside(v, d, &state)
	if p.Body = v.Panel(panel); beside != nil {
		p.Body = v.Columns("8-4", v.Panel(panel), beside)
	}
	return p, err
}

func backOf(values url.Values) string {
	if back := values.Get(screen.BackField); local(back) {
		return back
	}
	return "/"
}

// opPost carries out an operation, or shows its effect when asked.
func (s *Server) opPost(w http.ResponseWriter, r *http.Request) {
	v := s.open(w, r, s.placeOf(r.PathValue("operation")))
	if v == nil {
		return
	}
	d := s.find(w, r, v)
	if d == nil {
		return
	}
	in, values, err := s.postedInput(r, v, d)
	if err == nil && !d.Kind.Changes() {
		err = fault.New(fault.Invalid, "request.not_a_change")
	}
	if err != nil {
		s.fail(w, r, v, err)
		return
	}
	if values.Get(screen.AgainField) != "" {
		s.showForm(w, v, d, http.StatusOK, screen.FormState{Values: values, Key: values.Get(ui.KeyField), Back: backOf(values), Again: true})
		return
	}
	preview := values.Get(screen.PreviewField) != ""
	res, err := s.cfg.Runner.Run(r.Context(), op.Request{
		Name: d.Name, Credential: v.Credential, Input: known(d, in), Key: values.Get(ui.KeyField), DryRun: preview, RequestID: v.RequestID,
	})
	state := screen.FormState{Values: values, Key: values.Get(ui.KeyField), Back: backOf(values)}
	switch {
	case err != nil:
		s.refused(w, v, d, state, err)
	case preview:
		if state.Effect = res.Changes; state.Effect == nil {
			state.Effect = []op.Change{}
		}
		s.showForm(w, v, d, http.StatusOK, state)
	default:
		s.done(w, r, v, d, state, res)
	}
}

// refused shows the form again with what was typed and why it was refused.
func (s *Server) refused(w http.ResponseWriter, v *visit, d *op.Def, state screen.FormState, err error) {
	e := fault.As(err)
	if e.Kind == fault.Internal && s.cfg.Log != nil {
		s.cfg.Log.Error("operation failed", "operation", d.Name, "request", v.RequestID, "error", err.Error())
	}
	s.explain(v, d, &state, err)
	s.showForm(w, v, d, render.Status(err), state)
}

// explain says a refusal in words: at its field, or above the form for what the
// operation does not know.
func (s *Server) explain(v *visit, d *op.Def, state *screen.FormState, err error) {
	state.Message, state.Faults = v.Texts.Error(worded(v, err))
	e := fault.As(err)
	if e.Code == op.CodeStale {
		s.refresh(v, d, state)
	}
	if len(e.Fields) == 0 || e.Code == op.CodeStale {
		return
	}
	state.Message = ""
	shown := map[string]string{}
	for path, message := range state.Faults {
		if name, _, _ := strings.Cut(path, "["); d.Field(name) != nil {
			shown[path] = message
			continue
		}
		state.Message = strings.TrimSpace(state.Message + " " + path + ui.HardSpace + ": " + message)
	}
	state.Faults = shown
}

// refresh gives a form refused as stale the version of now: the differences stand
// at the fields, and sending it again is then a choice.
func (s *Server) refresh(v *visit, d *op.Def, state *screen.FormState) {
	fresh := url.Values{}
	for _, name := range append(d.PathParams(), "id") {
		fresh.Set(name, state.Values.Get(name))
	}
	if err := v.Prefill(v.Request.Context(), d, fresh); err == nil && fresh.Get("version") != "" {
		state.Values.Set("version", fresh.Get("version"))
		state.Key = s.cfg.Runner.NewKey()
	}
}

func (s *Server) showForm(w http.ResponseWriter, v *visit, d *op.Def, status int, state screen.FormState) {
	p, err := s.formPage(v, d, state)
	if err != nil {
		s.fail(w, v.Request, v, err)
		return
	}
	s.show(w, v, status, "", p)
}

// done leads on after a change: to the record, to where one came from, or to
// the secret that is shown once.
func (s *Server) done(w http.ResponseWriter, r *http.Request, v *visit, d *op.Def, state screen.FormState, res op.Result) {
	secret := secretOf(d, res.Out)
	if _, err := auth.ParseToken(auth.SessionToken, secret); err == nil {
		s.setSession(w, secret) // a new password renews the session; its token is nobody's to see
	} else if secret != "" {
		s.showSecret(w, v, d, state.Back, secret)
		return
	}
	to, f := state.Back, flash{Tone: ui.Settled, Key: "flash.done", Args: map[string]string{"operation": v.Say("op." + d.Name)}}
	switch res.Outcome {
	case op.Proposed:
		f = proposedFlash(v, res)
	case op.Queued:
		f = flash{Tone: ui.Waits, Key: "flash.queued", Args: f.Args}
		if job, ok := res.Out.(op.QueuedJob); ok {
			to = v.RecordHref("job", job.Job)
		}
	case op.Replayed:
		f.Key = "flash.replayed"
		if res.Proposal != 0 {
			f = proposedFlash(v, res)
		}
	}
	if after := v.AfterHref(d, res.Out); after != "" && res.Outcome != op.Proposed && res.Outcome != op.Queued {
		to = after
	} else if to == "/" {
		to = s.recordOf(v, d, res)
	}
	s.setFlash(w, f)
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// proposedFlash says that a second person must decide, and where.
func proposedFlash(v *visit, res op.Result) flash {
	return flash{
		Tone: ui.Waits, Key: "flash.proposed", Args: map[string]string{"number": res.Number},
		Href: v.RecordHref("proposal", res.Proposal), Link: "flash.open",
	}
}

// recordOf is the page of the record an operation made or changed.
func (s *Server) recordOf(v *visit, d *op.Def, res op.Result) string {
	for _, c := range d.Columns {
		if c.Name == "id" {
			if id, ok := c.Value(res.Out).(op.ID); ok {
				if to := v.RecordHref(op.Noun(d.Name), id); to != "" {
					return to
				}
			}
		}
	}
	return "/"
}

// linkPrefix begins every one-time link (auth.LinkToken): it is handed over as
// the address to open.
const linkPrefix = "wasl_i_"

// showSecret gives a secret once: it is not stored and cannot be shown again.
func (s *Server) showSecret(w http.ResponseWriter, v *visit, d *op.Def, back, secret string) {
	if strings.HasPrefix(secret, linkPrefix) {
		scheme := "http://"
		if s.cfg.Secure {
			scheme = "https://"
		}
		secret = scheme + v.Request.Host + "/invitation?" + url.Values{linkField: {secret}}.Encode()
	}
	p := ui.Page{Title: v.Say("op." + d.Name), Back: back, Body: v.Panel(ui.Panel{
		Title: v.Say("secret.title"), Focus: true,
		Body: g.Group{
			v.Env.Notice(ui.Notice{Tone: ui.Waits, Text: v.Say("secret.once")}),
			h.P(v.Copyable(secret, v.Say("secret.copy"))),
			v.Env.Button(ui.Button{Label: v.Say("secret.done"), Href: back, Primary: true}),
		},
	})}
	s.show(w, v, http.StatusOK, "", p)
}
