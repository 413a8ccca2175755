// Package file stores contents by their SHA-256: imported files, backups,
// produced documents. The same content is stored once, never changed, and
// checked whenever it is read. What a content is for, and who may read it, is
// the business of the caller, who keeps its Ref in a row.
package file

import (
	"context"
	"encoding/hex"
	"io"

	"wasl/internal/kernel/fault"
)

// Codes of the errors of this package; each is a key under "error." of the
// French texts.
const (
	// CodeTooLarge (limit): the content is over the bound; argument max, in bytes.
	CodeTooLarge = "file.too_large"
	// CodeSource (invalid): the content could not be read to its end; nothing
	// was stored.
	CodeSource = "file.source"
	// CodeWrite (unavailable): the store could not write, for instance because
	// the disk is full; nothing was stored.
	CodeWrite = "file.write"
	// CodeRead (unavailable): the store could not read.
	CodeRead = "file.read"
	// CodeNotFound (not found): no content has this reference.
	CodeNotFound = "file.not_found"
	// CodeCorrupt (internal): the stored content is not what its name says.
	CodeCorrupt = "file.corrupt"
)

// Ref names a content.
type Ref struct {
	// SHA256 is the digest of the content, 64 lower-case hexadecimal digits.
	SHA256 string `json:"sha256"`
	// Size is the length of the content, in bytes.
	Size int64 `json:"size"`
}

// Valid says whether a reference could name a content. A store refuses the
// others, so that a reference from outside never becomes a path.
func (r Ref) Valid() bool {
	raw, err := hex.DecodeString(r.SHA256)
	return err == nil && len(raw) == 32 && hex.EncodeToString(raw) == r.SHA256 && r.Size >= 0
}

// Store keeps contents. Folder is the one on disk; an object store can take its
// place.
type Store interface {
	// Put stores what the source gives, up to limit bytes, and names it. When it
	// returns without error the content is durable; on an error nothing is left
	// under any name. Storing a content again changes nothing, and repairs a
	// damaged copy. Errors: CodeTooLarge, CodeSource, CodeWrite, or the
	// source's own *fault.Error.
	Put(ctx context.Context, source io.Reader, limit int64) (Ref, error)
	// Open reads a content. Its last Read fails with CodeCorrupt, in place of
	// io.EOF, when what was read is not what the reference names: a caller acts
	// on a content only after its end. Errors: CodeNotFound, CodeRead.
	Open(ctx context.Context, ref Ref) (io.ReadCloser, error)
	// Exists says whether a content of this digest and size is there, without
	// reading it. Error: CodeRead.
	Exists(ctx context.Context, ref Ref) (bool, error)
	// Verify reads a content whole. Errors: CodeNotFound, CodeRead,
	// CodeCorrupt.
	Verify(ctx context.Context, ref Ref) error
	// Walk calls visit for each content, in the order of the digests, until an
	// error, which it returns. Size is the length found; it may be wrong in a
	// damaged store, which Verify tells. Error: CodeRead.
	Walk(ctx context.Context, visit func(Ref) error) error
}

// notFound is the error for a reference that names nothing.
func notFound(ref Ref) error {
	return fault.New(fault.NotFound, CodeNotFound, "sha256", ref.SHA256)
}
