package file

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"

	"wasl/internal/kernel/fault"
)

// checked reads a content and compares it with its reference at the end.
type checked struct {
	content io.ReadCloser
	want    Ref
	hash    hash.Hash
	size    int64
	failed  error
}

func newChecked(content io.ReadCloser, want Ref) *checked {
	return &checked{content: content, want: want, hash: sha256.New()}
}

// Read implements io.Reader. A content that is too long is refused before its
// surplus is handed over.
func (c *checked) Read(buffer []byte) (int, error) {
	if c.failed != nil {
		return 0, c.failed
	}
	n, err := c.content.Read(buffer)
	c.size += int64(n)
	if c.size > c.want.Size {
		c.failed = c.corrupt()
		return 0, c.failed
	}
	c.hash.Write(buffer[:n])
	switch {
	case err == nil:
		return n, nil
	case err != io.EOF:
		c.failed = fault.Wrap(err, fault.Unavailable, CodeRead)
	case c.size != c.want.Size || hex.EncodeToString(c.hash.Sum(nil)) != c.want.SHA256:
		c.failed = c.corrupt()
	default:
		c.failed = io.EOF
	}
	return n, c.failed
}

// Close implements io.Closer.
func (c *checked) Close() error { return c.content.Close() }

func (c *checked) corrupt() error {
	return fault.New(fault.Internal, CodeCorrupt, "sha256", c.want.SHA256, "size", c.want.Size, "read", c.size)
}
