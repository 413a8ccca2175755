package db_test

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/testkit/dbtest"
)

// TestBackupWhileWriting: pairs are written in one transaction each; a backup
// taken meanwhile holds whole pairs only.
func TestBackupWhileWriting(t *testing.T) {
	t.Parallel()
	d := openSQLite(t, db.Options{})
	exec(t, d, `INSERT INTO thing (id, code, content) VALUES (-1, 'ballast', zeroblob(20000000))`)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := 0; ; i += 2 {
			select {
			case <-stop:
				return
			default:
			}
			err := d.Write(t.Context(), db.WriteOptions{}, func(ctx context.Context, tx db.Tx) error {
				if err := add(i).fn(ctx, tx); err != nil {
					return err
				}
				return add(i+1).fn(ctx, tx)
			})
			if err != nil {
				t.Error(err)
				return
			}
		}
	})
	dir := t.TempDir()
	for _, name := range []string{"a.db", "b.db"} {
		path := filepath.Join(dir, name)
		if err := d.BackupTo(t.Context(), path); err != nil {
			t.Fatal(err)
		}
		copied := dbtest.Connect(t, "sqlite:"+path, db.Options{})
		if n := value[int64](t, copied, `SELECT count(*) FROM thing WHERE id >= 0`); n%2 != 0 {
			t.Errorf("%s holds %d rows: half a transaction", name, n)
		}
		if found, err := copied.CheckIntegrity(t.Context()); err != nil || len(found) > 0 {
			t.Errorf("%s: %v %v", name, found, err)
		}
		if err := copied.CheckSchema(t.Context(), sampleSet(t)); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	wg.Wait()
	wantCode(t, d.BackupTo(t.Context(), filepath.Join(dir, "a.db")), fault.Conflict, "db.backup_exists")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := d.BackupTo(ctx, filepath.Join(dir, "c.db")); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("cancelled: %v", err)
	}
	for _, left := range []string{"c.db", "c.db.part"} {
		if _, err := os.Stat(filepath.Join(dir, left)); err == nil {
			t.Errorf("%s was left behind", left)
		}
	}
}

func TestIntegrityFindsDamage(t *testing.T) {
	t.Parallel()
	dsn := dbtest.DSN(t, dbtest.SQLite, sampleSet(t))
	d, err := db.Open(t.Context(), dsn, db.Options{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 400 {
		if err := d.Write(t.Context(), db.WriteOptions{}, add(i).fn); err != nil {
			t.Fatal(err)
		}
	}
	path := d.Path()
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := len(raw) - 3000; i < len(raw)-2000; i++ { // in the middle of the last page
		raw[i] ^= 0x5a
	}
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	damaged := dbtest.Connect(t, dsn, db.Options{})
	found, err := damaged.CheckIntegrity(t.Context())
	if len(found) == 0 && fault.CodeOf(err) != "db.corrupt" {
		t.Errorf("the damage was not found: %v", err)
	}
}

func TestSizes(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		before, err := d.DiskBytes(t.Context())
		if err != nil || before <= 0 {
			t.Fatal(before, err)
		}
		// PostgreSQL compresses what repeats itself, and its own files may shrink meanwhile.
		content := make([]byte, 3_000_000)
		if _, err := rand.NewChaCha8([32]byte{1}).Read(content); err != nil {
			t.Fatal(err)
		}
		exec(t, d, `INSERT INTO thing (id, code, content) VALUES (1, 'a', $1)`, content)
		after, err := d.DiskBytes(t.Context())
		if err != nil || after < before+2_500_000 || d.Engine() == db.SQLite && after < before+3_000_000 {
			t.Errorf("%d, then %d, %v", before, after, err)
		}
		if wal := d.WALBytes(); (wal > 0) != (d.Engine() == db.SQLite) || d.Stats().WALBytes != wal {
			t.Errorf("WAL of %d bytes", wal)
		}
		if (d.Path() != "") != (d.Engine() == db.SQLite) {
			t.Errorf("path %q", d.Path())
		}
		if d.Engine() == db.Postgres {
			wantCode(t, d.BackupTo(t.Context(), "x"), fault.Precondition, "db.sqlite_only")
			if found, err := d.CheckIntegrity(t.Context()); found != nil || err != nil {
				t.Error(found, err)
			}
		}
	})
}
