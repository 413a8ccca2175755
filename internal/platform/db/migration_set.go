package db

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

//go:embed migrations/*.sql
var ownMigrations embed.FS

var migrationName = regexp.MustCompile(`^([0-9]{4})_[a-z][a-z0-9_]*\.sql$`)

// MigrationSet is the ordered migrations of the whole program: those of this
// package and those of each module. Make it with Migrations.
type MigrationSet struct{ files []migration }

type migration struct {
	version int64
	name    string
	source  string
	parts   []stretch
}

// Migrations merges the migrations embedded by the modules: every *.sql file
// of each file system, at any depth, named NNNN_noun.sql. A number used twice
// is an error; so is a table without its class.
func Migrations(sources ...fs.FS) (MigrationSet, error) {
	var set MigrationSet
	for _, source := range append([]fs.FS{ownMigrations}, sources...) {
		err := fs.WalkDir(source, ".", func(p string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || path.Ext(p) != ".sql" {
				return err
			}
			text, err := fs.ReadFile(source, p)
			if err != nil {
				return err
			}
			return set.add(path.Base(p), string(text))
		})
		if err != nil {
			return MigrationSet{}, err
		}
	}
	slices.SortFunc(set.files, func(a, b migration) int { return int(a.version - b.version) })
	for _, e := range []Engine{SQLite, Postgres} {
		if _, err := set.render(e, true); err != nil {
			return MigrationSet{}, err
		}
	}
	return set, nil
}

func (s *MigrationSet) add(name, source string) error {
	m := migrationName.FindStringSubmatch(name)
	if m == nil {
		return badMigration(name, "the name is not NNNN_noun.sql")
	}
	version, err := strconv.ParseInt(m[1], 10, 64)
	if err != nil {
		return err
	}
	for _, f := range s.files {
		if f.version == version {
			return badMigration(name, "the number is that of "+f.name)
		}
	}
	parts, err := readTables(name, source)
	s.files = append(s.files, migration{version, name, source, parts})
	return err
}

// last is the highest version of the set.
func (s MigrationSet) last() int64 {
	if len(s.files) == 0 {
		return 0
	}
	return s.files[len(s.files)-1].version
}

const gooseUp = "-- +goose Up\n"

// render gives the files for an engine, in the form the migration runner reads.
func (s MigrationSet) render(e Engine, partitions bool) (memFS, error) {
	out := make(memFS, len(s.files))
	for _, m := range s.files {
		text, err := translate(e, expandTables(m.parts, e, partitions), true)
		if err != nil {
			return nil, errors.Join(badMigration(m.name, "type words"), err)
		}
		out[m.name] = gooseUp + text
	}
	return out, nil
}

// Hash identifies the schema a set makes on an engine; for templates of tests.
func (s MigrationSet) Hash(e Engine, partitions bool) (string, error) {
	files, err := s.render(e, partitions)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	for _, m := range s.files {
		fmt.Fprintf(h, "%s\n%d\n%s", m.name, len(files[m.name]), files[m.name])
	}
	return hex.EncodeToString(h.Sum(nil))[:16], nil
}

// memFS is a flat read-only file system in memory.
type memFS map[string]string

// Open implements fs.FS.
func (m memFS) Open(name string) (fs.File, error) {
	if name == "." {
		return &memDir{files: m}, nil
	}
	text, ok := m[name]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &memFile{Reader: strings.NewReader(text), info: memInfo{name, int64(len(text)), 0}}, nil
}

type memFile struct {
	*strings.Reader
	info memInfo
}

// Stat implements fs.File.
func (f *memFile) Stat() (fs.FileInfo, error) { return f.info, nil }

// Close implements fs.File.
func (f *memFile) Close() error { return nil }

type memDir struct {
	files memFS
	read  int // entries already given
}

// Stat implements fs.File.
func (d *memDir) Stat() (fs.FileInfo, error) { return memInfo{".", 0, fs.ModeDir}, nil }

// Read implements fs.File.
func (d *memDir) Read([]byte) (int, error) { return 0, fs.ErrInvalid }

// Close implements fs.File.
func (d *memDir) Close() error { return nil }

// ReadDir implements fs.ReadDirFile.
func (d *memDir) ReadDir(n int) ([]fs.DirEntry, error) {
	names := slices.Sorted(maps.Keys(d.files))[d.read:]
	if n > 0 && len(names) == 0 {
		return nil, io.EOF
	}
	if n > 0 {
		names = names[:min(n, len(names))]
	}
	d.read += len(names)
	out := make([]fs.DirEntry, len(names))
	for i, name := range names {
		out[i] = fs.FileInfoToDirEntry(memInfo{name, int64(len(d.files[name])), 0})
	}
	return out, nil
}

type memInfo struct {
	name string
	size int64
	mode fs.FileMode
}

// Name implements fs.FileInfo.
func (i memInfo) Name() string { return i.name }

// Size implements fs.FileInfo.
func (i memInfo) Size() int64 { return i.size }

// Mode implements fs.FileInfo.
func (i memInfo) Mode() fs.FileMode { return i.mode }

// ModTime implements fs.FileInfo.
func (i memInfo) ModTime() time.Time { return time.Time{} }

// IsDir implements fs.FileInfo.
func (i memInfo) IsDir() bool { return i.mode.IsDir() }

// Sys implements fs.FileInfo.
func (i memInfo) Sys() any { return nil }
