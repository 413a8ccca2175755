package file

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"time"

	"wasl/internal/kernel/fault"
)

// partFolder holds the contents that are being written. It is on the same file
// system as the rest, so that a finished one is moved, not copied.
const partFolder = "part"

const (
	folderMode  = 0o700
	partPattern = "put-*"
)

// Folder is a Store in a folder of the local disk: ab/cd/abcd… by the digits of
// the digest. It is safe for concurrent use, also by several processes.
type Folder struct{ root string }

var _ Store = (*Folder)(nil)

// NewFolder opens the store in a folder and creates it when it is missing; its
// parent must exist, because a mount that is absent must not be replaced by an
// empty folder. Error: CodeWrite.
func NewFolder(root string) (*Folder, error) {
	for _, path := range []string{root, filepath.Join(root, partFolder)} {
		if err := os.Mkdir(path, folderMode); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, fault.Wrap(err, fault.Unavailable, CodeWrite)
		}
	}
	return &Folder{root: root}, nil
}

// path is where a content lives.
func (f *Folder) path(digest string) string {
	return filepath.Join(f.root, digest[:2], digest[2:4], digest)
}

// Put implements Store: the content is written beside, synced, then renamed.
func (f *Folder) Put(ctx context.Context, source io.Reader, limit int64) (Ref, error) {
	part, err := os.CreateTemp(filepath.Join(f.root, partFolder), partPattern)
	if err != nil {
		return Ref{}, fault.Wrap(err, fault.Unavailable, CodeWrite)
	}
	defer os.Remove(part.Name())
	ref, err := fill(ctx, part, source, limit)
	if err != nil {
		return Ref{}, errors.Join(err, part.Close())
	}
	if err := errors.Join(part.Sync(), part.Close()); err != nil {
		return Ref{}, fault.Wrap(err, fault.Unavailable, CodeWrite)
	}
	if err := f.settle(part.Name(), ref); err != nil {
		return Ref{}, fault.Wrap(err, fault.Unavailable, CodeWrite)
	}
	return ref, nil
}

// fill copies the source and names what it read. One byte over the bound is
// read to know that there is one.
func fill(ctx context.Context, part io.Writer, source io.Reader, limit int64) (Ref, error) {
	hash := sha256.New()
	input := &sourceReader{ctx: ctx, source: io.LimitReader(source, min(limit, math.MaxInt64-1)+1)}
	size, err := io.Copy(io.MultiWriter(part, hash), input)
	switch {
	case input.err != nil:
		var own *fault.Error
		if errors.As(input.err, &own) {
			return Ref{}, own
		}
		return Ref{}, fault.Wrap(input.err, fault.Invalid, CodeSource)
	case err != nil:
		return Ref{}, fault.Wrap(err, fault.Unavailable, CodeWrite)
	case size > limit:
		return Ref{}, fault.New(fault.Limit, CodeTooLarge, "max", limit)
	}
	return Ref{SHA256: hex.EncodeToString(hash.Sum(nil)), Size: size}, nil
}

// sourceReader remembers that it was the source that failed, not the disk, and
// ends with the request.
type sourceReader struct {
	ctx    context.Context
	source io.Reader
	err    error
}

// Read implements io.Reader.
func (s *sourceReader) Read(buffer []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		s.err = err
		return 0, err
	}
	n, err := s.source.Read(buffer)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

// settle moves a written part to its place and makes the names durable. It
// replaces what is there: the same bytes, or a damaged copy of them.
func (f *Folder) settle(part string, ref Ref) error {
	target := f.path(ref.SHA256)
	inner := filepath.Dir(target)
	outer := filepath.Dir(inner)
	if err := os.MkdirAll(inner, folderMode); err != nil {
		return err
	}
	if err := os.Rename(part, target); err != nil {
		return err
	}
	return errors.Join(syncFolder(inner), syncFolder(outer), syncFolder(f.root))
}

// syncFolder makes the names inside a folder durable.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// Open implements Store.
func (f *Folder) Open(_ context.Context, ref Ref) (io.ReadCloser, error) {
	if !ref.Valid() {
		return nil, notFound(ref)
	}
	content, err := os.Open(f.path(ref.SHA256))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, notFound(ref)
	}
	if err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, CodeRead)
	}
	return newChecked(content, ref), nil
}

// Exists implements Store.
func (f *Folder) Exists(_ context.Context, ref Ref) (bool, error) {
	if !ref.Valid() {
		return false, nil
	}
	info, err := os.Stat(f.path(ref.SHA256))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fault.Wrap(err, fault.Unavailable, CodeRead)
	}
	return info.Mode().IsRegular() && info.Size() == ref.Size, nil
}

// Verify implements Store.
func (f *Folder) Verify(ctx context.Context, ref Ref) error {
	content, err := f.Open(ctx, ref)
	if err != nil {
		return err
	}
	input := &sourceReader{ctx: ctx, source: content}
	_, err = io.Copy(io.Discard, input)
	err = errors.Join(err, content.Close())
	var own *fault.Error
	if err == nil || errors.As(err, &own) {
		return err
	}
	return fault.Wrap(err, fault.Unavailable, CodeRead)
}

// Walk implements Store. What is not named like a content is skipped: it is
// not ours.
func (f *Folder) Walk(ctx context.Context, visit func(Ref) error) error {
	var visited error
	err := filepath.WalkDir(f.root, func(path string, entry fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path == filepath.Join(f.root, partFolder):
			return fs.SkipDir
		case !entry.Type().IsRegular():
			return nil
		}
		ref, err := f.refOf(path, entry)
		if err != nil || ref.SHA256 == "" {
			return err
		}
		visited = visit(ref)
		return visited
	})
	if err == nil || visited != nil {
		return visited
	}
	return fault.Wrap(err, fault.Unavailable, CodeRead)
}

// refOf names a content found at a path; the zero Ref when it is not one.
func (f *Folder) refOf(path string, entry fs.DirEntry) (Ref, error) {
	ref := Ref{SHA256: entry.Name()}
	if !ref.Valid() || path != f.path(ref.SHA256) {
		return Ref{}, nil
	}
	info, err := entry.Info()
	if err != nil {
		return Ref{}, err
	}
	ref.Size = info.Size()
	return ref, nil
}

// Sweep removes the parts that an interrupted Put left, when they were last
// written before the instant given, and returns their number. The caller passes
// an instant well before the longest Put that may be under way. Error:
// CodeWrite.
func (f *Folder) Sweep(ctx context.Context, before time.Time) (int, error) {
	entries, err := os.ReadDir(filepath.Join(f.root, partFolder))
	count := 0
	for _, entry := range entries {
		if err = errors.Join(err, ctx.Err()); err != nil {
			break
		}
		info, statErr := entry.Info()
		if errors.Is(statErr, fs.ErrNotExist) || statErr == nil && !info.ModTime().Before(before) {
			continue
		}
		if err = errors.Join(statErr, os.Remove(filepath.Join(f.root, partFolder, entry.Name()))); err == nil {
			count++
		}
	}
	if err != nil {
		return count, fault.Wrap(err, fault.Unavailable, CodeWrite)
	}
	return count, nil
}
