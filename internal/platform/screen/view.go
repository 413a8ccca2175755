package screen

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/page"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
	"wasl/internal/platform/ui"
)

// Texts gives the words of one language.
type Texts interface {
	// T is the text of a key, completed by names and values.
	T(key string, args ...any) string
	// Has says whether a key has a text.
	Has(key string) bool
	// Error is an error in words, and its fields' faults by path.
	Error(err error) (message string, fields map[string]string)
	// Value is a value as shown: amounts, dates, instants, numbers.
	Value(v any) string
}

// View is one request for a page.
type View struct {
	ui.Env
	Texts  Texts
	Runner *op.Runner
	Set    *Set
	// Request carries the path values and the query.
	Request    *http.Request
	Credential op.Credential
	RequestID  string
	Actor      op.Actor
	Rights     *op.Rights
	Today      day.Date
	// Unit is the unit chosen in the top bar; 0 is everything allowed.
	Unit int64
	// Posted is the form of the page that was refused; nil when nothing was sent.
	Posted *FormState
	// Key makes idempotency keys for the forms of the page.
	Key func() string
}

// Say is the text of a key.
func (v *View) Say(key string, args ...any) string { return v.Texts.T(key, args...) }

// May says whether the person holds the right somewhere. Operations open to
// anybody signed in are always allowed.
func (v *View) May(name string) bool {
	if d := v.Runner.Registry.Find(name); d != nil && d.Access != op.Granted {
		return !v.Actor.Anonymous()
	}
	return v.Rights.Has(name)
}

// Query is a value of the address.
func (v *View) Query(name string) string { return v.Request.URL.Query().Get(name) }

// PathValue is a value of the path.
func (v *View) PathValue(name string) string { return v.Request.PathValue(name) }

// Href is an address that keeps the unit chosen. Pairs are names and values;
// empty values are left out.
func (v *View) Href(path string, pairs ...string) string {
	path, query, _ := strings.Cut(path, "?")
	q, err := url.ParseQuery(query)
	if err != nil {
		q = url.Values{}
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	if v.Unit != 0 && q.Get("unit") == "" {
		q.Set("unit", op.ID(v.Unit).String())
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// RecordHref is the address of a record; empty when its kind has no page, or none that the
// person may open.
func (v *View) RecordHref(kind string, id op.ID) string {
	path := v.Set.RecordPath(kind)
	if path == "" || id == 0 || v.Rights != nil && !v.mayOpen(kind) {
		return ""
	}
	return v.Href(strings.Replace(path, "{id}", id.String(), 1))
}

// mayOpen says whether the person holds the right of the page of a kind of record.
func (v *View) mayOpen(kind string) bool {
	right := v.Set.RecordRight(kind)
	return right == "" || v.May(right)
}

// OpHref is the address of an operation's form or list.
func (v *View) OpHref(name string, pairs ...string) string {
	return v.Href("/o/"+name, pairs...)
}

// DocumentPath is the address below which operations give their files.
const DocumentPath = "/document/"

// Document leads to the file an operation gives; nil when the person may not use it.
func (v *View) Document(name string, icon ui.Icon, pairs ...string) []ui.Button {
	if !v.May(name) {
		return nil
	}
	return []ui.Button{{Label: v.Say("op." + name), Icon: icon, Href: v.Href(DocumentPath+name, pairs...)}}
}

// Button leads to an operation's form; nil when the person may not use it.
func (v *View) Button(name string, icon ui.Icon, pairs ...string) []ui.Button {
	if !v.May(name) {
		return nil
	}
	return []ui.Button{{Label: v.Say("op." + name), Icon: icon, Href: v.OpHref(name, append(pairs, "back", v.here())...)}}
}

// here is the current address, to come back to.
func (v *View) here() string { return v.Request.URL.RequestURI() }

// request makes an operation request of the person behind the view. The unit
// chosen narrows lists, not what is asked about one record.
func (v *View) request(name string, in op.Input) op.Request {
	q := op.Request{Name: name, Credential: v.Credential, Input: in, RequestID: v.RequestID}
	if d := v.Runner.Registry.Find(name); d != nil && len(d.PathParams()) == 0 {
		q.Unit = v.Unit
	}
	return q
}

// Get runs a query for one record.
func (v *View) Get(ctx context.Context, name string, pairs ...string) (any, error) {
	res, err := v.Runner.Run(ctx, v.request(name, inputOf(pairs)))
	return res.Out, err
}

// Preview is what a change would answer: it is carried out and rolled back.
func (v *View) Preview(ctx context.Context, name string, pairs ...string) (any, error) {
	q := v.request(name, inputOf(pairs))
	q.DryRun = true
	res, err := v.Runner.Run(ctx, q)
	return res.Out, err
}

// Fetch is Get with its type.
func Fetch[T any](ctx context.Context, v *View, name string, pairs ...string) (T, error) {
	out, err := v.Get(ctx, name, pairs...)
	t, _ := out.(T)
	return t, err
}

// Rows runs a list and keeps at most n rows; n is at most page.LimitMax.
func Rows[T any](ctx context.Context, v *View, name string, n int, pairs ...string) (rows []T, more bool, err error) {
	q := v.request(name, inputOf(pairs))
	q.Page.Limit = min(n, page.LimitMax)
	more, err = v.Runner.Rows(ctx, q, nil, func(row any) error {
		if t, ok := row.(T); ok {
			rows = append(rows, t)
		}
		return nil
	})
	return rows, more, err
}

func inputOf(pairs []string) op.Input {
	values := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			values.Add(pairs[i], pairs[i+1])
		}
	}
	return op.FromValues(values)
}

// Labels gives the words for records of one kind.
func (v *View) Labels(ctx context.Context, kind string, ids []op.ID) (map[op.ID]string, error) {
	plain := make([]int64, 0, len(ids))
	for _, id := range ids {
		if id != 0 && !slices.Contains(plain, int64(id)) {
			plain = append(plain, int64(id))
		}
	}
	out := map[op.ID]string{}
	err := v.Runner.DB.Read(ctx, func(ctx context.Context, r db.Reader) error {
		words, err := v.Runner.Registry.Labels(ctx, r, kind, plain)
		for id, w := range words {
			out[op.ID(id)] = w
		}
		return err
	})
	return out, err
}

// Label is the word for one record; its id when it has none.
func (v *View) Label(ctx context.Context, kind string, id op.ID) (string, error) {
	if id == 0 {
		return "", nil
	}
	words, err := v.Labels(ctx, kind, []op.ID{id})
	if w := words[id]; w != "" {
		return w, err
	}
	return id.String(), err
}
