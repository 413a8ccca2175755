package backup

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"wasl/internal/kernel/fault"
)

// manifestMax bounds the manifest read into memory.
const manifestMax = 256 << 20

// writer fills an archive and remembers what it wrote.
type writer struct {
	root string
	m    Manifest
}

// add writes one file, synced, and records its digest.
func (w *writer) add(path string, fill func(io.Writer) error) (err error) {
	full := filepath.Join(w.root, filepath.FromSlash(path))
	if err := os.MkdirAll(filepath.Dir(full), folderMode); err != nil {
		return storage(err)
	}
	f, err := os.OpenFile(full, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return storage(err)
	}
	sum := sha256.New()
	count := &counter{to: io.MultiWriter(f, sum)}
	buffered := bufio.NewWriterSize(count, 1<<18)
	err = fill(buffered)
	if err == nil {
		err = errors.Join(buffered.Flush(), f.Sync())
	}
	if failed := f.Close(); err == nil {
		err = failed
	}
	if err != nil {
		return storage(err)
	}
	w.m.Files = append(w.m.Files, Entry{Path: path, SHA256: hex.EncodeToString(sum.Sum(nil)), Size: count.n})
	return nil
}

// existing records a file that is there already.
func (w *writer) existing(path string) error {
	e := Entry{Path: path}
	f, err := os.Open(filepath.Join(w.root, filepath.FromSlash(path)))
	if err != nil {
		return storage(err)
	}
	sum := sha256.New()
	e.Size, err = io.Copy(sum, f)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return storage(err)
	}
	e.SHA256 = hex.EncodeToString(sum.Sum(nil))
	w.m.Files = append(w.m.Files, e)
	return nil
}

type counter struct {
	to io.Writer
	n  int64
}

// Write implements io.Writer.
func (c *counter) Write(b []byte) (int, error) {
	n, err := c.to.Write(b)
	c.n += int64(n)
	return n, err
}

// publish writes the manifest, makes every name durable and gives the archive
// its own.
func (w *writer) publish(final string) error {
	slices.SortFunc(w.m.Files, func(a, b Entry) int { return strings.Compare(a.Path, b.Path) })
	body, err := json.MarshalIndent(w.m, "", " ")
	if err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	files := w.m.Files
	err = errors.Join(
		w.add(manifestName, func(to io.Writer) error { _, err := to.Write(body); return err }),
		w.add(digestName, func(to io.Writer) error { _, err := io.WriteString(to, hex.EncodeToString(sum[:])+"\n"); return err }))
	w.m.Files = files
	if err != nil {
		return err
	}
	err = filepath.WalkDir(w.root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		return syncPath(path)
	})
	if err != nil {
		return err
	}
	if err := os.Rename(w.root, final); err != nil {
		return err
	}
	return syncPath(filepath.Dir(final))
}

func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func (w *writer) summary(name string) Summary {
	s := Summary{Archive: name, Files: int64(len(w.m.Files)), Keys: w.m.Keys, Damaged: int64(len(w.m.Damaged))}
	for _, f := range w.m.Files {
		s.Bytes += f.Size
	}
	for _, t := range w.m.Tables {
		s.Rows += t.Rows
	}
	return s
}

// lock keeps one backup at a time in a folder.
func lock(path string) (release func(), err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, fileMode)
	if err != nil {
		return nil, storage(err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close() // nothing was written
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fault.New(fault.Conflict, "backup.running")
		}
		return nil, storage(err)
	}
	return func() { _ = f.Close() }, nil // closing unlocks
}

// clean removes what interrupted backups left, under the lock.
func clean(out string) error {
	left, err := filepath.Glob(filepath.Join(out, partPrefix+"*"))
	if err != nil {
		return err
	}
	for _, path := range left {
		if err := os.RemoveAll(path); err != nil {
			return err
		}
	}
	return nil
}

// altered says which file of an archive is not what was written.
func altered(path string) error {
	return fault.New(fault.Invalid, "backup.altered", "file", path)
}

// ReadManifest reads the manifest of an archive and checks it against its
// digest; it does not read the other files.
func ReadManifest(archive string) (Manifest, error) {
	var m Manifest
	want, err := readBounded(filepath.Join(archive, digestName), 2*sha256.Size+1)
	if err != nil || len(want) != 2*sha256.Size+1 || want[2*sha256.Size] != '\n' {
		return m, altered(digestName)
	}
	body, err := readBounded(filepath.Join(archive, manifestName), manifestMax)
	if err != nil {
		return m, altered(manifestName)
	}
	sum := sha256.Sum256(body)
	if hex.EncodeToString(sum[:])+"\n" != string(want) {
		return m, altered(manifestName)
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	if err := decoder.Decode(&m); err != nil {
		return m, altered(manifestName)
	}
	if m.Format != Format {
		return m, fault.New(fault.Precondition, "backup.format", "format", m.Format, "known", Format)
	}
	return m, nil
}

func readBounded(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(f, most+1))
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	if int64(len(body)) > most {
		return nil, fs.ErrInvalid
	}
	return body, nil
}

// Check reads a whole archive: every file must be there, be what was written,
// and nothing else may be. It is an Invalid fault "backup.altered" with the
// argument file otherwise.
func Check(ctx context.Context, archive string) (Manifest, error) {
	m, err := ReadManifest(archive)
	if err != nil {
		return m, err
	}
	known := map[string]bool{manifestName: true, digestName: true}
	for _, e := range m.Files {
		if err := ctx.Err(); err != nil {
			return m, fault.Wrap(err, fault.Unavailable, "backup.stopped")
		}
		if !filepath.IsLocal(filepath.FromSlash(e.Path)) || known[e.Path] {
			return m, altered(e.Path)
		}
		known[e.Path] = true
		if err := readEntry(archive, e, func(r io.Reader) error { _, err := io.Copy(io.Discard, r); return err }); err != nil {
			return m, err
		}
	}
	return m, filepath.WalkDir(archive, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return storage(err)
		}
		relative, err := filepath.Rel(archive, path)
		if name := filepath.ToSlash(relative); err != nil || !known[name] {
			return altered(name)
		}
		return nil
	})
}

// readEntry reads a file of an archive to its end and checks its digest: what
// was read counts only when readEntry returns without error.
func readEntry(archive string, e Entry, use func(io.Reader) error) error {
	info, err := os.Lstat(filepath.Join(archive, filepath.FromSlash(e.Path)))
	if err != nil || !info.Mode().IsRegular() || info.Size() != e.Size {
		return altered(e.Path)
	}
	f, err := os.Open(filepath.Join(archive, filepath.FromSlash(e.Path)))
	if err != nil {
		return altered(e.Path)
	}
	defer f.Close() //nolint:errcheck // only read
	in := &digesting{from: f, sum: sha256.New()}
	if err := use(in); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, in); err != nil || hex.EncodeToString(in.sum.Sum(nil)) != e.SHA256 {
		return altered(e.Path)
	}
	return nil
}

type digesting struct {
	from io.Reader
	sum  hash.Hash
}

// Read implements io.Reader.
func (d *digesting) Read(b []byte) (int, error) {
	n, err := d.from.Read(b)
	d.sum.Write(b[:n])
	return n, err
}
