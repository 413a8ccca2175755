package api

import (
	"bytes"
	"mime"
	"net"
	"net/http"
	"strconv"

	"wasl/internal/kernel/fault"
)

// streamBytes is how much of an export is held back before anything is sent, and
// the size of each later write.
const streamBytes = 64 << 10

// stream writes an answer of unknown length with a deadline per write, so that a
// client that stopped reading does not hold a snapshot for ever.
type stream struct {
	api     *API
	w       http.ResponseWriter
	control *http.ResponseController
	name    string
	// mediaType is what the bytes are.
	mediaType string
	buffer    bytes.Buffer
	started   bool
}

func (a *API) newStream(w http.ResponseWriter, name, mediaType string) *stream {
	return &stream{api: a, w: w, control: http.NewResponseController(w), name: name, mediaType: mediaType}
}

// Write keeps or sends bytes.
func (s *stream) Write(b []byte) (int, error) {
	s.buffer.Write(b)
	if s.buffer.Len() < streamBytes {
		return len(b), nil
	}
	return len(b), s.send()
}

func (s *stream) send() error {
	if !s.started {
		s.started = true
		h := s.w.Header()
		h.Set("Content-Type", s.mediaType)
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": s.name}))
		h.Set("Trailer", HeaderRows)
		s.w.WriteHeader(http.StatusOK)
	}
	// A writer without deadlines (a test, HTTP/3) is bounded by the request's own timeout.
	_ = s.control.SetWriteDeadline(s.api.c.Now().Add(StallMax))
	_, err := s.w.Write(s.buffer.Bytes())
	s.buffer.Reset()
	if err != nil {
		return fault.Wrap(err, fault.Unavailable, "api.client_gone")
	}
	return nil
}

// finish sends what is left and the trailer that says that nothing is missing.
func (s *stream) finish(rows int) error {
	if err := s.send(); err != nil {
		return err
	}
	s.w.Header().Set(HeaderRows, strconv.Itoa(rows))
	return nil
}

// cut ends the connection without ending the answer: the client sees a broken
// transfer, never a short file that looks whole. Where the connection cannot be
// taken over, the missing trailer says it.
func (s *stream) cut() {
	conn, _, err := s.control.Hijack()
	if err != nil {
		return
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // a reset also tells a client that reads until the end
	}
	_ = conn.Close()
}
