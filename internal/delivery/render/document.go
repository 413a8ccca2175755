package render

import (
	"io"
	"mime"
	"net/http"
	"strconv"

	"wasl/internal/platform/op"
)

// Hand sends a file with its name, type and size. How is "inline" to show it or
// "attachment" to keep it.
func Hand(w http.ResponseWriter, d op.Document, how string, content io.Reader) error {
	h := w.Header()
	h.Set("Content-Type", d.MediaType)
	h.Set("Content-Length", strconv.FormatInt(d.Size, 10))
	h.Set("Content-Disposition", mime.FormatMediaType(how, map[string]string{"filename": d.Name}))
	w.WriteHeader(http.StatusOK)
	_, err := io.Copy(w, content)
	return err
}
