package op

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"reflect"
)

// Document is an answer that is a file: a bill on paper, a print file. As JSON it is
// described; the file itself is handed over by each door in its own way.
type Document struct {
	// Name is the name of the file.
	Name string `json:"name"`
	// MediaType is what it is, as in the header Content-Type.
	MediaType string `json:"media_type"`
	// Size is in bytes; SHA256 is 64 hexadecimal digits.
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`

	open func(ctx context.Context) (io.ReadCloser, error)
}

// NewDocument is a document held in memory.
func NewDocument(name, mediaType string, body []byte) Document {
	sum := sha256.Sum256(body)
	return StoredDocument(Document{Name: name, MediaType: mediaType, Size: int64(len(body)), SHA256: hex.EncodeToString(sum[:])},
		func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil })
}

// StoredDocument is a document that is read when it is handed over.
func StoredDocument(d Document, open func(ctx context.Context) (io.ReadCloser, error)) Document {
	d.open = open
	return d
}

// Open reads the document. The caller closes it. A document that was only described is
// empty.
func (d Document) Open(ctx context.Context) (io.ReadCloser, error) {
	if d.open == nil {
		return io.NopCloser(bytes.NewReader(nil)), nil
	}
	return d.open(ctx)
}

// GivesDocument says that an operation answers with a file.
func (d *Def) GivesDocument() bool { return d.Kind == Get && d.Out == reflect.TypeFor[Document]() }
