package render

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
)

// Form is the body of a form with files, read part by part.
type Form struct {
	*multipart.Reader
	tail *tail
	end  []byte
}

// NewForm reads the form of a request. The library's own end is not enough: it also
// ends quietly in the middle of the head of a part, so Whole asks for the last
// boundary.
func NewForm(r *http.Request) (*Form, error) {
	_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return nil, err
	}
	boundary := params["boundary"]
	if boundary == "" {
		return nil, http.ErrMissingBoundary
	}
	t := &tail{src: r.Body}
	return &Form{Reader: multipart.NewReader(t, boundary), tail: t, end: []byte("--" + boundary + "--")}, nil
}

// Whole says, after the last part, whether the body had its end: a form that was cut
// has none.
func (f *Form) Whole() (bool, error) {
	if _, err := io.Copy(io.Discard, f.tail); err != nil {
		return false, err
	}
	return bytes.HasSuffix(bytes.TrimRight(f.tail.last, "\r\n \t"), f.end), nil
}

// tailBytes is more than the longest boundary (RFC 2046: 70 characters) with what
// stands around it.
const tailBytes = 256

// tail keeps the last bytes that were read.
type tail struct {
	src  io.Reader
	last []byte
}

// Read implements io.Reader.
func (t *tail) Read(p []byte) (int, error) {
	n, err := t.src.Read(p)
	t.last = append(t.last, p[max(0, n-tailBytes):n]...)
	if over := len(t.last) - tailBytes; over > 0 {
		t.last = append(t.last[:0], t.last[over:]...)
	}
	return n, err
}
