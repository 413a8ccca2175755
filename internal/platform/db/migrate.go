package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"

	"wasl/internal/kernel/fault"
)

const (
	migrateLockKey   = 0x7761736c // advisory lock of migrations: "wasl"
	migrateLockEvery = 20 * time.Millisecond
)

// MigrationStatus is one migration and whether the database has it.
type MigrationStatus struct {
	Version int64  `json:"version"`
	Name    string `json:"name"`
	Applied bool   `json:"applied"`
}

// Migrate applies the missing migrations, each in its own transaction, and
// gives those it applied. Interrupted anywhere, it can be run again. One
// process migrates at a time. A database with a migration the set does not
// know is refused: this program is too old for it.
func (d *DB) Migrate(ctx context.Context, set MigrationSet) ([]MigrationStatus, error) {
	unlock, err := d.lockMigrations(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	before, err := d.Status(ctx, set)
	if err != nil {
		return nil, err
	}
	if err := d.applyMigrations(ctx, set); err != nil {
		return nil, err
	}
	if d.pg != nil {
		d.pg.pool.Reset() // plans and names of the schema before
	}
	var applied []MigrationStatus
	for _, m := range before {
		if !m.Applied {
			m.Applied = true
			applied = append(applied, m)
		}
	}
	return applied, d.recordNode(ctx)
}

func (d *DB) recordNode(ctx context.Context) error {
	return d.Write(ctx, WriteOptions{Keyed: true}, func(ctx context.Context, tx Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO db_node (one, node) VALUES (1, $1) ON CONFLICT (one) DO NOTHING`, d.opt.Node)
		return err
	})
}

// applyMigrations runs goose over its own connection, closed afterwards.
func (d *DB) applyMigrations(ctx context.Context, set MigrationSet) error {
	files, err := set.render(d.engine, d.opt.PartitionProfile)
	if err != nil {
		return err
	}
	connector, dialect := d.migrationConnector()
	pool := sql.OpenDB(connector)
	provider, err := goose.NewProvider(dialect, pool, files,
		goose.WithAllowOutofOrder(true), goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return errors.Join(err, pool.Close())
	}
	_, err = provider.Up(ctx)
	if err := errors.Join(err, pool.Close()); err != nil {
		return fault.Wrap(err, fault.Internal, "db.migrate_failed")
	}
	return nil
}

// migrationConnector gives database/sql what it needs to open the database.
func (d *DB) migrationConnector() (driver.Connector, goose.Dialect) {
	var c driver.Connector
	dialect := goose.DialectSQLite3
	if d.engine == SQLite {
		params := "?_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)&_pragma=synchronous(2)&_txlock=immediate"
		c = sqliteConnector{"file:" + (&url.URL{Path: d.lite.path}).EscapedPath() + params}
	} else {
		c, dialect = stdlib.GetConnector(*d.pg.config.Copy()), goose.DialectPostgres
	}
	if d.opt.migrating != nil {
		c = d.opt.migrating(c)
	}
	return c, dialect
}

// sqliteConnector opens the driver without registering anything.
type sqliteConnector struct{ dsn string }

// Connect implements driver.Connector.
func (c sqliteConnector) Connect(context.Context) (driver.Conn, error) { return c.Driver().Open(c.dsn) }

// Driver implements driver.Connector.
func (c sqliteConnector) Driver() driver.Driver { return &sqlite.Driver{} }

// lockMigrations waits for any other process that migrates.
func (d *DB) lockMigrations(ctx context.Context) (unlock func(), err error) {
	if d.engine == SQLite {
		return waitFileLock(ctx, d.lite.path+".migrate.lock")
	}
	c, err := pgx.ConnectConfig(ctx, d.pg.config)
	if err != nil {
		return nil, d.mapError(err)
	}
	unlock = func() {
		ctx, cancel := context.WithTimeout(d.base, pgEndTimeout)
		defer cancel()
		_ = c.Close(ctx) // the lock ends with its session, however that ends
	}
	if _, err := c.Exec(ctx, `SELECT pg_advisory_lock($1)`, migrateLockKey); err != nil {
		unlock()
		return nil, d.mapError(err)
	}
	return unlock, nil
}

// Status compares the database with a set. It is a Precondition fault
// "db.schema_newer" when the database knows a migration the set does not.
func (d *DB) Status(ctx context.Context, set MigrationSet) ([]MigrationStatus, error) {
	applied, err := d.appliedVersions(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]MigrationStatus, len(set.files))
	for i, m := range set.files {
		out[i] = MigrationStatus{m.version, m.name, applied[m.version]}
		delete(applied, m.version)
	}
	for v := range applied {
		return nil, fault.New(fault.Precondition, "db.schema_newer", "version", v, "known", set.last())
	}
	return out, nil
}

// CheckSchema says that the database has exactly the migrations of the set:
// otherwise a Precondition fault "db.schema_newer" or "db.schema_missing".
func (d *DB) CheckSchema(ctx context.Context, set MigrationSet) error {
	status, err := d.Status(ctx, set)
	if err != nil {
		return err
	}
	missing := 0
	for _, m := range status {
		if !m.Applied {
			missing++
		}
	}
	if missing > 0 {
		return fault.New(fault.Precondition, "db.schema_missing", "count", missing)
	}
	return nil
}

func (d *DB) appliedVersions(ctx context.Context) (map[int64]bool, error) {
	exists := By{
		SQLite:   `SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'goose_db_version'`,
		Postgres: `SELECT count(*) FROM pg_class WHERE oid = to_regclass('goose_db_version')`,
	}
	applied := make(map[int64]bool)
	err := d.Read(ctx, func(ctx context.Context, r Reader) error {
		n, err := Value[int64](ctx, r, exists.For(r.Engine()))
		if err != nil || n == 0 {
			return err
		}
		return Each(ctx, r, func(rows Rows) error {
			var v int64
			err := rows.Scan(&v)
			applied[v] = true
			return err
		}, `SELECT version_id FROM goose_db_version WHERE version_id > 0`)
	})
	return applied, err
}
