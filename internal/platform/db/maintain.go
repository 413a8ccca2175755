package db

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"zombiezen.com/go/sqlite"

	"wasl/internal/kernel/fault"
)

const (
	backupPagesPerStep = 2048 // between two looks at the context
	integrityErrorsMax = 100
)

// BackupTo copies a SQLite database to a new file: one consistent snapshot,
// taken while others write. The file appears complete or not at all, and is on
// the disk when BackupTo returns. It is a Conflict fault "db.backup_exists"
// when the file exists, a Precondition fault "db.sqlite_only" on PostgreSQL.
func (d *DB) BackupTo(ctx context.Context, path string) error {
	if d.lite == nil {
		return fault.New(fault.Precondition, "db.sqlite_only")
	}
	if _, err := os.Lstat(path); err == nil {
		return fault.New(fault.Conflict, "db.backup_exists")
	}
	draft := path + ".part"
	if err := os.Remove(draft); err != nil && !errors.Is(err, os.ErrNotExist) {
		return storageFault(err)
	}
	err := d.lite.read(ctx, func(ctx context.Context, t *txn) error {
		r := t.s.(liteSession).lc
		if _, _, err := r.number("SELECT count(*) FROM sqlite_schema"); err != nil { // takes the snapshot
			return d.mapError(err)
		}
		return d.mapError(copyPages(ctx, r.c, draft))
	})
	if err == nil {
		err = storageFault(publish(draft, path))
	}
	if err != nil {
		_ = os.Remove(draft) // the first error is the one to tell
	}
	return err
}

// copyPages copies the database of a connection that holds a read snapshot.
func copyPages(ctx context.Context, from *sqlite.Conn, path string) (err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, liteFileMode)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	to, err := sqlite.OpenConn(path, sqlite.OpenReadWrite)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	b, err := sqlite.NewBackup(to, "main", from, "main")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		more, err := b.Step(backupPagesPerStep)
		if err != nil || !more {
			return err
		}
	}
}

// publish makes a finished file durable under its final name.
func publish(draft, path string) error {
	if err := syncPath(draft); err != nil {
		return err
	}
	if err := os.Rename(draft, path); err != nil {
		return err
	}
	return syncPath(filepath.Dir(path))
}

func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func storageFault(err error) error {
	if err == nil {
		return nil
	}
	return engineFault(classPlain, fault.Unavailable, "db.storage", err)
}

// CheckIntegrity asks the engine whether its own structures are sound and
// gives what it found; empty when all is well. On PostgreSQL, which checks as
// it reads, it gives nothing: see pg_amcheck.
func (d *DB) CheckIntegrity(ctx context.Context) ([]string, error) {
	if d.lite == nil {
		return nil, nil
	}
	var found []string
	err := d.Read(ctx, func(ctx context.Context, r Reader) error {
		lines, err := All(ctx, r, scanText, `PRAGMA integrity_check(100)`) // the most it tells
		if err != nil {
			return err
		}
		for _, line := range lines {
			if line != "ok" {
				found = append(found, line)
			}
		}
		broken, err := All(ctx, r, scanText, `SELECT 'row ' || coalesce(rowid, 0) || ' of ' || "table" || ' refers to no row of ' || parent
FROM pragma_foreign_key_check LIMIT $1`, integrityErrorsMax)
		found = append(found, broken...)
		return err
	})
	return found, err
}

func scanText(rows Rows) (string, error) {
	var s string
	err := rows.Scan(&s)
	return s, err
}

// DiskBytes is the size of the database on disk: the file and its WAL, or what
// PostgreSQL says.
func (d *DB) DiskBytes(ctx context.Context) (int64, error) {
	size := int64(0)
	err := d.Read(ctx, func(ctx context.Context, r Reader) (err error) {
		size, err = Value[int64](ctx, r, By{
			SQLite:   `SELECT page_count * page_size FROM pragma_page_count, pragma_page_size`,
			Postgres: `SELECT pg_database_size(current_database())`,
		}.For(r.Engine()))
		return err
	})
	return size + d.WALBytes(), err
}

// WALBytes is the size of the SQLite WAL; 0 on PostgreSQL.
func (d *DB) WALBytes() int64 {
	if d.lite == nil {
		return 0
	}
	return d.lite.walBytes()
}

// Path is the file of a SQLite database; empty on PostgreSQL.
func (d *DB) Path() string {
	if d.lite == nil {
		return ""
	}
	return d.lite.path
}
