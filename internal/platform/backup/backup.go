// Package backup makes archives of a running installation and restores them.
//
// An archive is a folder: manifest.json names every other file with its size
// and SHA-256, manifest.sha256 holds the digest of the manifest. The data are
// there in one of two forms. On SQLite the default is the physical one, a
// consistent copy of the database file, which costs a copy of its pages. On
// PostgreSQL, and on SQLite when asked for, it is the logical one: a text file
// per table, read in one snapshot, in a form that does not depend on the
// engine; it needs no tool of the server and also moves an installation from
// one engine to the other. The schema is not in a logical archive: it is made
// by the same migrations at restore.
//
// An archive is written under a hidden name, synced and renamed, so that an
// interrupted backup never looks complete. Contents of the file store are
// copied after the snapshot of the data: a row never refers to a content that
// is missing. Private keys leave the machine only encrypted.
package backup

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/file"
)

// Format is the version of the archive's layout.
const Format = 1

// The forms of the data in an archive.
const (
	// Physical is a copy of the SQLite file; it restores to SQLite only.
	Physical = "physical"
	// Logical is a file per table; it restores to either engine.
	Logical = "logical"
)

// What an archive says of the private keys.
const (
	// KeysNone: the installation has none.
	KeysNone = "none"
	// KeysEncrypted: they are in keys.enc, under a passphrase.
	KeysEncrypted = "encrypted"
	// KeysExcluded: there was no passphrase, so they stayed on the machine.
	KeysExcluded = "excluded"
)

const (
	manifestName = "manifest.json"
	digestName   = "manifest.sha256"
	databaseName = "database.sqlite"
	tableFolder  = "table"
	fileFolder   = "file"
	keysName     = "keys.enc"

	namePrefix = "wasl-"
	nameTime   = "20060102T150405Z"
	partPrefix = ".part-"
	lockName   = ".lock"

	folderMode = 0o700
	fileMode   = 0o600
)

// KeyFile is a private key kept in a file.
type KeyFile struct {
	// Name is its name in the archive and at restore; no folder.
	Name string
	Path string
}

// Config of Create. DB, Set, Out and Now are required.
type Config struct {
	DB  *db.DB
	Set db.MigrationSet
	// Program is the version of the program, for people.
	Program string
	// Files is the store of contents; nil is none.
	Files file.Store
	// Keys are the private keys of the installation.
	Keys []KeyFile
	// Passphrase encrypts the keys; empty leaves them out.
	Passphrase []byte
	// Out is the folder of the archives.
	Out string
	// Logical makes a logical archive of a SQLite database too.
	Logical bool
	// KeepDays is how many days with an archive are kept: the latest archive of
	// each. 0 keeps everything.
	KeepDays int
	// Heads gives the heads of the audit chain, written in the manifest.
	Heads func(ctx context.Context, r db.Reader) (any, error)
	Now   func() time.Time
	// Random is the source of salts; nil is crypto/rand.
	Random io.Reader
	Log    *slog.Logger
}

// Entry is one file of an archive.
type Entry struct {
	// Path is relative, with slashes.
	Path   string `json:"path"`
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"`
}

// Column is a column of a table: int, bool, instant, date, text or bytes.
type Column struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// Table is what an archive holds of a table.
type Table struct {
	Name    string   `json:"name"`
	Rows    int64    `json:"rows"`
	Columns []Column `json:"columns,omitempty"`
}

// Manifest describes an archive.
type Manifest struct {
	Format  int    `json:"format"`
	Program string `json:"program"`
	Engine  string `json:"engine"`
	Form    string `json:"form"`
	// Schema is the versions of the migrations applied.
	Schema    []int64   `json:"schema"`
	Node      int64     `json:"node"`
	CreatedAt time.Time `json:"created_at,omitzero"`
	Keys      string    `json:"keys"`
	Tables    []Table   `json:"tables"`
	// AuditHeads is what Config.Heads gave.
	AuditHeads json.RawMessage `json:"audit_heads,omitempty"`
	// Damaged are contents of the store that are not what their name says, by
	// digest; they are not in the archive.
	Damaged []string `json:"damaged,omitempty"`
	Files   []Entry  `json:"files"`
}

// Summary is what a backup came to.
type Summary struct {
	// Archive is the name of the folder in Config.Out.
	Archive string `json:"archive"`
	Bytes   int64  `json:"bytes"`
	Files   int64  `json:"files"`
	Rows    int64  `json:"rows"`
	Keys    string `json:"key_custody"`
	Damaged int64  `json:"damaged"`
	// Removed are the archives that were kept long enough.
	Removed []string `json:"removed"`
}

// Create makes one archive. It is a Conflict fault "backup.running" while
// another one is being made in the same folder, Unavailable "backup.storage"
// when the disk refuses.
func Create(ctx context.Context, c Config) (Summary, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if len(c.Passphrase) > 0 && len(c.Passphrase) < PassphraseMin {
		return Summary{}, fault.New(fault.Invalid, "backup.passphrase_short", "min", PassphraseMin)
	}
	if err := os.MkdirAll(c.Out, folderMode); err != nil {
		return Summary{}, storage(err)
	}
	unlock, err := lock(filepath.Join(c.Out, lockName))
	if err != nil {
		return Summary{}, err
	}
	defer unlock()
	if err := clean(c.Out); err != nil {
		return Summary{}, storage(err)
	}
	node, err := c.DB.Node(ctx)
	if err != nil {
		return Summary{}, err
	}
	at := c.Now().UTC().Truncate(time.Second)
	name := fmt.Sprintf("%s%s-n%d", namePrefix, at.Format(nameTime), node)
	if _, err := os.Lstat(filepath.Join(c.Out, name)); err == nil {
		return Summary{}, fault.New(fault.Conflict, "backup.exists", "name", name)
	}
	w := &writer{root: filepath.Join(c.Out, partPrefix+name)}
	w.m = Manifest{Format: Format, Program: c.Program, Engine: string(c.DB.Engine()), Form: Logical, Node: node, CreatedAt: at}
	if err := c.fill(ctx, w); err != nil {
		_ = os.RemoveAll(w.root) // what stays is hidden and removed by the next backup
		return Summary{}, err
	}
	if err := w.publish(filepath.Join(c.Out, name)); err != nil {
		return Summary{}, storage(err)
	}
	s := w.summary(name)
	if s.Removed, err = retain(c.Out, c.KeepDays); err != nil {
		c.Log.Warn("old backups not removed", slog.Any("error", err))
	}
	return s, nil
}

// fill writes everything but the manifest's own files.
func (c Config) fill(ctx context.Context, w *writer) error {
	if err := os.Mkdir(w.root, folderMode); err != nil {
		return storage(err)
	}
	status, err := c.DB.Status(ctx, c.Set)
	if err != nil {
		return err
	}
	for _, m := range status {
		if m.Applied {
			w.m.Schema = append(w.m.Schema, m.Version)
		}
	}
	if c.DB.Engine() == db.SQLite && !c.Logical {
		err = c.physical(ctx, w)
	} else {
		err = c.DB.Read(ctx, func(ctx context.Context, r db.Reader) error { return c.dump(ctx, r, w) })
	}
	if err != nil {
		return err
	}
	if err := c.contents(ctx, w); err != nil {
		return err
	}
	return c.keys(w)
}

// physical copies the database file, then opens the copy: what is counted, and
// proven readable, is what will be restored.
func (c Config) physical(ctx context.Context, w *writer) error {
	w.m.Form = Physical
	path := filepath.Join(w.root, databaseName)
	if err := c.DB.BackupTo(ctx, path); err != nil {
		return err
	}
	copied, err := db.Open(ctx, "sqlite:"+path, db.Options{Now: c.Now, MaxConns: 1})
	if err != nil {
		return err
	}
	err = c.describe(ctx, copied, w)
	if failed := copied.Close(); err == nil {
		err = failed
	}
	if err != nil {
		return err
	}
	// Closing folded the log of the copy back into it.
	for _, side := range []string{"-wal", "-shm"} {
		if err := os.Remove(path + side); err != nil && !os.IsNotExist(err) {
			return storage(err)
		}
	}
	return w.existing(databaseName)
}

func (c Config) describe(ctx context.Context, copied *db.DB, w *writer) error {
	found, err := copied.CheckIntegrity(ctx)
	if err != nil {
		return err
	}
	if len(found) > 0 {
		return fault.New(fault.Internal, "backup.damaged_database", "found", strings.Join(found, "; "))
	}
	return copied.Read(ctx, func(ctx context.Context, r db.Reader) error {
		tables, err := tablesOf(ctx, r)
		if err != nil {
			return err
		}
		for _, t := range tables {
			n, err := countRows(ctx, r, t.Name)
			if err != nil {
				return err
			}
			w.m.Tables = append(w.m.Tables, Table{Name: t.Name, Rows: n})
		}
		return c.heads(ctx, r, w)
	})
}

func (c Config) heads(ctx context.Context, r db.Reader, w *writer) error {
	if c.Heads == nil {
		return nil
	}
	heads, err := c.Heads(ctx, r)
	if err != nil {
		return err
	}
	if w.m.AuditHeads, err = json.Marshal(heads); err != nil {
		return fault.Wrap(err, fault.Internal, "internal")
	}
	return nil
}

// contents copies the file store. A damaged content is named and left out: it
// must not stop the backup of all the others.
func (c Config) contents(ctx context.Context, w *writer) error {
	if c.Files == nil {
		return nil
	}
	return c.Files.Walk(ctx, func(ref file.Ref) error {
		if err := ctx.Err(); err != nil {
			return fault.Wrap(err, fault.Unavailable, "backup.stopped")
		}
		path := contentPath(ref.SHA256)
		err := w.add(path, func(to io.Writer) error {
			from, err := c.Files.Open(ctx, ref)
			if err != nil {
				return err
			}
			defer from.Close() //nolint:errcheck // only read
			_, err = io.Copy(to, from)
			return err
		})
		if fault.CodeOf(err) == file.CodeCorrupt {
			w.m.Damaged = append(w.m.Damaged, ref.SHA256)
			c.Log.Error("damaged content left out of the backup", slog.String("sha256", ref.SHA256))
			return os.Remove(filepath.Join(w.root, filepath.FromSlash(path)))
		}
		return err
	})
}

func contentPath(digest string) string {
	return fileFolder + "/" + digest[:2] + "/" + digest
}

// storage is the fault of a disk that refuses.
func storage(err error) error {
	if err == nil {
		return nil
	}
	if f := fault.As(err); f.Code != "internal" {
		return err
	}
	return fault.Wrap(err, fault.Unavailable, "backup.storage")
}
