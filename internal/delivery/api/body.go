package api

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"

	"wasl/internal/delivery/render"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/op"
)

// Bounds of bodies.
const (
	// DepthMax is how deep a JSON body may nest.
	DepthMax = 16
	// ValuesMax is how many values a JSON body may hold.
	ValuesMax = 100_000
	// PartsMax is how many parts a multipart body may have.
	PartsMax = 200
	// base64Growth: four characters carry three bytes.
	base64Growth = 4
	base64Bytes  = 3
)

// readBody reads the input of a change: JSON, a form, or a multipart form for
// files. No body is an empty input.
func (a *API) readBody(w http.ResponseWriter, r *http.Request, d *op.Def, req op.Request) (op.Input, error) {
	kind := r.Header.Get("Content-Type")
	if kind == "" && r.ContentLength == 0 {
		return op.Input{}, nil
	}
	media, params, err := mime.ParseMediaType(kind)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "api.media_type")
	}
	if charset := params["charset"]; charset != "" && !strings.EqualFold(charset, "utf-8") {
		return nil, fault.New(fault.Invalid, "api.media_type")
	}
	if r.Header.Get("Content-Encoding") != "" {
		return nil, fault.New(fault.Invalid, "api.media_type")
	}
	limit := int64(BodyBytesMax)
	switch {
	case media == "multipart/form-data":
		limit += filesMax(d)
	case takesFiles(d):
		limit += op.UploadMax * base64Growth / base64Bytes
	}
	r.Body = http.MaxBytesReader(w, r.Body, limit)
	switch media {
	case "application/json":
		return readJSON(r)
	case "application/x-www-form-urlencoded":
		return readForm(r)
	case "multipart/form-data":
		return a.readMultipart(r, d, req)
	}
	return nil, fault.New(fault.Invalid, "api.media_type")
}

// filesMax is how many bytes of files an operation takes with a form.
func filesMax(d *op.Def) (most int64) {
	for _, f := range d.Fields {
		if f.Type == op.File {
			most += f.FileMax()
		}
	}
	return most
}

func readJSON(r *http.Request) (op.Input, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, bodyFault(err)
	}
	if err := checkShape(body); err != nil {
		return nil, err
	}
	return op.FromJSON(body)
}

// checkShape bounds depth and number of values before anything is decoded: a
// small body can otherwise become a large tree.
func checkShape(body []byte) error {
	depth, values, inText, escaped := 0, 1, false, false
	for _, b := range body {
		switch {
		case escaped:
			escaped = false
		case inText:
			escaped, inText = b == '\\', b != '"'
		case b == '"':
			inText = true
		case b == '{' || b == '[':
			depth++
			values++
		case b == '}' || b == ']':
			depth--
		case b == ',':
			values++
		}
		if depth > DepthMax || values > ValuesMax {
			return fault.New(fault.Invalid, "api.deep", "depth", DepthMax, "values", ValuesMax)
		}
	}
	return nil
}

func readForm(r *http.Request) (op.Input, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, BodyBytesMax+1))
	if err != nil {
		return nil, bodyFault(err)
	}
	if len(body) > BodyBytesMax {
		return nil, tooLarge(BodyBytesMax)
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "api.form")
	}
	return op.FromValues(values), nil
}

// readMultipart reads fields and files; a file goes only to a field that takes one.
// A form that ends without its last boundary was cut and is refused.
func (a *API) readMultipart(r *http.Request, d *op.Def, req op.Request) (op.Input, error) {
	parts, err := render.NewForm(r)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "api.form")
	}
	in := op.Input{}
	text := int64(0)
	for n := 0; ; n++ {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			if whole, err := parts.Whole(); err != nil || !whole {
				return nil, formFault(err)
			}
			return in, nil
		}
		if err != nil {
			return nil, formFault(err)
		}
		if n == PartsMax {
			return nil, fault.New(fault.Invalid, "api.form_parts", "max", PartsMax)
		}
		value, err := a.readPart(r.Context(), part, d, req, &text)
		if err != nil {
			return nil, err
		}
		addValue(in, part.FormName(), value)
	}
}

// addValue adds a value; a name that comes again makes a list.
func addValue(in op.Input, name string, value any) {
	before, again := in[name]
	if !again {
		in[name] = value
		return
	}
	list, isList := before.([]any)
	if !isList {
		list = []any{before}
	}
	in[name] = append(list, value)
}

// readPart reads one part of a form; text counts the bytes of all that are no
// files. A file that is stored goes there as it comes in.
func (a *API) readPart(ctx context.Context, part *multipart.Part, d *op.Def, req op.Request, text *int64) (any, error) {
	f := d.Field(part.FormName())
	if f != nil && f.Stored && part.FileName() != "" {
		return a.c.Runner.Receive(ctx, req, f, part.FileName(), &formSource{part})
	}
	if f != nil && f.Type == op.File {
		data, err := io.ReadAll(io.LimitReader(part, op.UploadMax+1))
		if err != nil {
			return nil, formFault(err)
		}
		if part.FileName() == "" && len(data) == 0 {
			return nil, nil
		}
		return op.NewUpload(part.FileName(), data), nil
	}
	if part.FileName() != "" && f != nil {
		return nil, fault.InvalidField(f.Name, "input.type")
	}
	data, err := io.ReadAll(io.LimitReader(part, BodyBytesMax+1-*text))
	if err != nil {
		return nil, formFault(err)
	}
	if *text += int64(len(data)); *text > BodyBytesMax {
		return nil, tooLarge(BodyBytesMax)
	}
	return string(data), nil
}

// formSource gives the errors of a body the face they have everywhere.
type formSource struct{ src io.Reader }

// Read implements io.Reader.
func (f *formSource) Read(p []byte) (int, error) {
	n, err := f.src.Read(p)
	if err != nil && err != io.EOF {
		err = formFault(err)
	}
	return n, err
}

func tooLarge(most int64) error { return fault.New(fault.Limit, "api.too_large", "max", most) }

// bodyFault says why a body could not be read.
func bodyFault(err error) error {
	var over *http.MaxBytesError
	if errors.As(err, &over) {
		return tooLarge(over.Limit)
	}
	return fault.Wrap(err, fault.Invalid, "api.body_cut")
}

// formFault is bodyFault for a multipart body, whose own form may be wrong.
func formFault(err error) error {
	var over *http.MaxBytesError
	if errors.As(err, &over) {
		return tooLarge(over.Limit)
	}
	return fault.Wrap(err, fault.Invalid, "api.form")
}
