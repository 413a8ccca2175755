package backup

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/file"
)

const (
	restoring   = ".restoring"
	loadTimeout = 24 * time.Hour
	contentMax  = 1 << 40
)

// Target says where an archive is restored to.
type Target struct {
	// Archive is the folder of the archive.
	Archive string
	// DSN is the database: a SQLite file that does not exist, or a PostgreSQL
	// database without tables.
	DSN string
	// Files is the folder of the contents, absent or empty; required when the
	// archive has contents.
	Files string
	// Keys is the folder of the private keys; empty leaves them in the archive.
	Keys string
	// Passphrase opens the private keys.
	Passphrase []byte
	// Migrations are those of the whole program, as given to db.Migrations.
	Migrations []fs.FS
	// DB are the options of the restored database; its clock is required.
	DB db.Options
	// Verify checks the restored database before it takes its name; nil is no
	// check. files is the folder of the contents, empty when there is none.
	Verify func(ctx context.Context, d *db.DB, files string) error
	Log    *slog.Logger
}

// Restored is what a restore came to.
type Restored struct {
	Manifest Manifest
	// Migrated are the migrations younger than the archive, now applied.
	Migrated []db.MigrationStatus
	// Keys says whether private keys were written.
	Keys bool
}

// Restore checks a whole archive, then makes an installation of it in a target
// that must be empty. Nothing takes its final name before everything was
// restored and verified. Errors: "backup.altered" (Invalid) names a file of the
// archive; "backup.target_not_empty" (Conflict); "backup.engine"
// (Precondition) for a physical archive and a PostgreSQL target;
// "db.schema_newer" (Precondition) for an archive of a newer program.
func Restore(ctx context.Context, t Target) (Restored, error) {
	if t.Log == nil {
		t.Log = slog.New(slog.DiscardHandler)
	}
	m, err := Check(ctx, t.Archive)
	if err != nil {
		return Restored{}, err
	}
	out := Restored{Manifest: m}
	set, err := db.Migrations(t.Migrations...)
	if err != nil {
		return out, err
	}
	plain, err := t.openKeys(m)
	if err != nil {
		return out, err
	}
	if err := t.mustBeEmpty(m, plain); err != nil {
		return out, err
	}
	files, err := t.restoreFiles(ctx, m)
	if err != nil {
		return out, err
	}
	place := t.place()
	if err := place.makeFolder(); err != nil {
		return out, err
	}
	if out.Migrated, err = t.restoreData(ctx, m, set, place, files); err != nil {
		_ = os.RemoveAll(files) // hidden; a later restore removes it first
		return out, err
	}
	if files != "" {
		if err := settleFolder(files, t.Files); err != nil {
			return out, storage(err)
		}
	}
	if plain != nil {
		if err := writeKeys(t.Keys, plain); err != nil {
			return out, err
		}
		out.Keys = true
	}
	return out, place.settle()
}

// openKeys decrypts the private keys before anything is touched.
func (t Target) openKeys(m Manifest) (map[string][]byte, error) {
	if m.Keys != KeysEncrypted || t.Keys == "" {
		return nil, nil
	}
	if len(t.Passphrase) == 0 {
		return nil, fault.New(fault.Precondition, "backup.passphrase_missing")
	}
	sealed, err := readBounded(filepath.Join(t.Archive, keysName), keysFileMax)
	if err != nil {
		return nil, altered(keysName)
	}
	return openKeys(sealed, t.Passphrase)
}

// mustBeEmpty refuses to write over anything.
func (t Target) mustBeEmpty(m Manifest, plain map[string][]byte) error {
	taken := func(what string) error { return fault.New(fault.Conflict, "backup.target_not_empty", "what", what) }
	if path, lite := strings.CutPrefix(t.DSN, "sqlite:"); lite {
		for _, side := range []string{"", "-wal", "-shm"} {
			if _, err := os.Lstat(path + side); err == nil {
				return taken(filepath.Base(path + side))
			}
		}
	} else if m.Form == Physical {
		return fault.New(fault.Precondition, "backup.engine", "engine", m.Engine)
	}
	if hasContents(m) {
		if t.Files == "" {
			return fault.New(fault.Precondition, "backup.files_folder_missing")
		}
		entries, err := os.ReadDir(t.Files)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return storage(err)
		}
		if len(entries) > 0 {
			return taken(filepath.Base(t.Files))
		}
	}
	for name := range plain {
		if _, err := os.Lstat(filepath.Join(t.Keys, name)); err == nil {
			return taken(name)
		}
	}
	return nil
}

func hasContents(m Manifest) bool {
	return slices.ContainsFunc(m.Files, isContent)
}

func isContent(e Entry) bool { return strings.HasPrefix(e.Path, fileFolder+"/") }

// restoreFiles fills a store beside its final folder; empty without contents.
func (t Target) restoreFiles(ctx context.Context, m Manifest) (string, error) {
	if !hasContents(m) {
		return "", nil
	}
	folder := t.Files + restoring
	if err := os.RemoveAll(folder); err != nil {
		return "", storage(err)
	}
	if err := os.MkdirAll(filepath.Dir(folder), folderMode); err != nil {
		return "", storage(err)
	}
	store, err := file.NewFolder(folder)
	if err != nil {
		return "", err
	}
	for _, e := range m.Files {
		if !isContent(e) {
			continue
		}
		err := readEntry(t.Archive, e, func(from io.Reader) error {
			ref, err := store.Put(ctx, from, contentMax)
			if err == nil && contentPath(ref.SHA256) != e.Path {
				err = altered(e.Path)
			}
			return err
		})
		if err != nil {
			return "", err
		}
	}
	return folder, nil
}

// settleFolder gives a folder its name, taking the place of an empty one.
func settleFolder(from, to string) error {
	if err := os.Remove(to); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return syncPath(filepath.Dir(to))
}

// place is where the data are while they are being restored.
type place struct {
	dsn         string
	from, final string // files of SQLite; empty on PostgreSQL
}

func (t Target) place() place {
	path, lite := strings.CutPrefix(t.DSN, "sqlite:")
	if !lite {
		return place{dsn: t.DSN}
	}
	return place{dsn: "sqlite:" + path + restoring, from: path + restoring, final: path}
}

// makeFolder makes the folder of the file.
func (p place) makeFolder() error {
	if p.from == "" {
		return nil
	}
	return storage(os.MkdirAll(filepath.Dir(p.from), folderMode))
}

// settle gives the restored file its name.
func (p place) settle() error {
	if p.from == "" {
		return nil
	}
	for _, side := range []string{"-wal", "-shm", ".migrate.lock"} {
		if err := os.Remove(p.from + side); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return storage(err)
		}
	}
	if err := syncPath(p.from); err != nil {
		return storage(err)
	}
	if err := os.Rename(p.from, p.final); err != nil {
		return storage(err)
	}
	return storage(syncPath(filepath.Dir(p.final)))
}

// discard takes away what a failed restore left.
func (p place) discard() error {
	if p.from == "" {
		return nil
	}
	var errs []error
	for _, side := range []string{"", "-wal", "-shm", ".migrate.lock"} {
		if err := os.Remove(p.from + side); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// restoreData makes the database, brings it to the program's schema and has it
// verified.
func (t Target) restoreData(ctx context.Context, m Manifest, set db.MigrationSet, p place, files string) (migrated []db.MigrationStatus, err error) {
	if err := p.discard(); err != nil {
		return nil, storage(err)
	}
	if m.Form == Physical {
		if err := t.copyDatabase(m, p.from); err != nil {
			return nil, errors.Join(err, p.discard())
		}
	}
	d, err := db.Open(ctx, p.dsn, t.DB)
	if err != nil {
		return nil, errors.Join(err, p.discard())
	}
	made := false
	defer func() {
		if err != nil && made && d.Engine() == db.Postgres {
			err = errors.Join(err, d.Write(context.WithoutCancel(ctx), db.WriteOptions{Keyed: true, NoGroup: true, Timeout: loadTimeout}, dropTables))
		}
		if failed := d.Close(); err == nil {
			err = failed
		}
		if err != nil {
			err = errors.Join(err, p.discard())
		}
	}()
	if m.Form == Logical {
		if made, err = t.load(ctx, d, m); err != nil {
			return nil, err
		}
	}
	if migrated, err = d.Migrate(ctx, set); err != nil {
		return migrated, err
	}
	if err := compareCounts(ctx, d, m); err != nil && len(migrated) == 0 {
		return migrated, err
	}
	if t.Verify != nil {
		return migrated, t.Verify(ctx, d, files)
	}
	return migrated, nil
}

func (t Target) copyDatabase(m Manifest, to string) error {
	at := slices.IndexFunc(m.Files, func(e Entry) bool { return e.Path == databaseName })
	if at < 0 {
		return altered(databaseName)
	}
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return storage(err)
	}
	err = readEntry(t.Archive, m.Files[at], func(from io.Reader) error { _, err := io.Copy(f, from); return err })
	return storage(errors.Join(err, f.Sync(), f.Close()))
}

// load makes the schema of the archive in an empty database and fills it in one
// transaction. made says that the schema was begun.
func (t Target) load(ctx context.Context, d *db.DB, m Manifest) (made bool, err error) {
	err = d.Read(ctx, func(ctx context.Context, r db.Reader) error {
		tables, err := tablesOf(ctx, r)
		if err == nil && len(tables) > 0 {
			err = fault.New(fault.Conflict, "backup.target_not_empty", "what", tables[0].Name)
		}
		return err
	})
	if err != nil {
		return false, err
	}
	sources := make([]fs.FS, len(t.Migrations))
	for i, s := range t.Migrations {
		sources[i] = only{s, m.Schema}
	}
	set, err := db.Migrations(sources...)
	if err != nil {
		return false, err
	}
	if err := knowsSchema(ctx, d, set, m); err != nil {
		return false, err
	}
	if _, err := d.Migrate(ctx, set); err != nil {
		return true, err
	}
	return true, d.Write(ctx, db.WriteOptions{NoGroup: true, Timeout: loadTimeout}, func(ctx context.Context, tx db.Tx) error {
		return t.loadTables(ctx, tx, m)
	})
}

func (t Target) loadTables(ctx context.Context, tx db.Tx, m Manifest) error {
	tables, err := tablesOf(ctx, tx)
	if err != nil {
		return err
	}
	if tables, err = parentsFirst(ctx, tx, tables); err != nil {
		return err
	}
	if err := errors.Join(lateForeignKeys(ctx, tx), clearTables(ctx, tx, tables)); err != nil {
		return err
	}
	entries := map[string]Entry{}
	for _, e := range m.Files {
		entries[e.Path] = e
	}
	loaded := 0
	for _, live := range tables {
		at := slices.IndexFunc(m.Tables, func(a Table) bool { return a.Name == live.Name })
		if at < 0 {
			continue
		}
		e, ok := entries[tablePath(live.Name)]
		if !ok {
			return altered(tablePath(live.Name))
		}
		if err := t.loadTable(ctx, tx, live, m.Tables[at], e); err != nil {
			return err
		}
		loaded++
	}
	if loaded != len(m.Tables) {
		return altered(manifestName)
	}
	return nil
}

// loadTable reads a file into a table, by the types of the target.
func (t Target) loadTable(ctx context.Context, tx db.Tx, live table, given Table, e Entry) error {
	columns := make([]Column, len(given.Columns))
	for i, c := range given.Columns {
		at := slices.IndexFunc(live.Columns, func(l Column) bool { return l.Name == c.Name })
		if at < 0 {
			return altered(manifestName)
		}
		columns[i] = live.Columns[at]
	}
	return readEntry(t.Archive, e, func(from io.Reader) error {
		n, err := tx.Bulk(ctx, live.Name, names(columns), parseRows(from, columns))
		switch {
		case errors.Is(err, errLine):
			return altered(e.Path)
		case err != nil:
			return err
		case n != given.Rows:
			return altered(e.Path)
		}
		return nil
	})
}

// compareCounts compares the restored tables with the manifest. A younger
// migration may have changed them on purpose.
func compareCounts(ctx context.Context, d *db.DB, m Manifest) error {
	return d.Read(ctx, func(ctx context.Context, r db.Reader) error {
		for _, t := range m.Tables {
			n, err := countRows(ctx, r, t.Name)
			if err != nil {
				return err
			}
			if n != t.Rows {
				return fault.New(fault.Internal, "backup.count", "table", t.Name, "rows", n, "want", t.Rows)
			}
		}
		return nil
	})
}

// knowsSchema says that the program has every migration of the archive.
func knowsSchema(ctx context.Context, d *db.DB, set db.MigrationSet, m Manifest) error {
	status, err := d.Status(ctx, set)
	if err != nil {
		return err
	}
	for _, v := range m.Schema {
		if !slices.ContainsFunc(status, func(s db.MigrationStatus) bool { return s.Version == v }) {
			return fault.New(fault.Precondition, "db.schema_newer", "version", v, "known", status[len(status)-1].Version)
		}
	}
	return nil
}

// only shows, of migrations, those an archive was made with.
type only struct {
	fs.FS
	versions []int64
}

// ReadDir implements fs.ReadDirFS.
func (o only) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(o.FS, name)
	return slices.DeleteFunc(entries, func(e fs.DirEntry) bool {
		head, _, _ := strings.Cut(e.Name(), "_")
		version, err := strconv.ParseInt(head, 10, 64)
		return !e.IsDir() && err == nil && !slices.Contains(o.versions, version)
	}), err
}
