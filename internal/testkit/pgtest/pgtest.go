package pgtest

import (
	"context"
	"crypto/rand"
	"errors"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

const dropTimeout = 30 * time.Second

// DSN gives the address of a new empty database, dropped at the end of the
// test. Without PostgreSQL the test is skipped, or fails when
// WASL_TEST_REQUIRE holds "pg".
func DSN(t testing.TB) string {
	t.Helper()
	return FromTemplate(t, "", nil)
}

// FromTemplate is DSN with a database copied from a template. The template is
// made by build when the cluster does not have it; its name has to change with
// what build makes.
func FromTemplate(t testing.TB, template string, build func(dsn string) error) string {
	t.Helper()
	ctx := t.Context()
	cluster, err := Ensure(ctx)
	if errors.Is(err, ErrMissing) {
		missing(t, err)
	}
	if err != nil {
		t.Fatalf("PostgreSQL for tests: %v", err)
	}
	t.Cleanup(cluster.Release)
	c, err := pgx.Connect(ctx, cluster.DSN)
	if err != nil {
		t.Fatalf("PostgreSQL for tests: %v", err)
	}
	defer c.Close(ctx) //nolint:errcheck // nothing was left in it
	if template != "" {
		if err := ensureTemplate(ctx, c, cluster.DSN, template, build); err != nil {
			t.Fatalf("template database: %v", err)
		}
	}
	name := "wasl_" + strings.ToLower(rand.Text())
	if err := create(ctx, c, name, template); err != nil {
		t.Fatalf("database for the test: %v", err)
	}
	t.Cleanup(func() { drop(t, cluster.DSN, name) })
	return withDatabase(t, cluster.DSN, name)
}

// Create gives the address of a new empty database outside a test, and what
// drops it.
func Create(ctx context.Context) (dsn string, done func() error, err error) {
	cluster, err := Ensure(ctx)
	if err != nil {
		return "", nil, err
	}
	c, err := pgx.Connect(ctx, cluster.DSN)
	if err != nil {
		cluster.Release()
		return "", nil, err
	}
	defer c.Close(ctx) //nolint:errcheck // nothing was left in it
	name := "wasl_" + strings.ToLower(rand.Text())
	if err := create(ctx, c, name, ""); err != nil {
		cluster.Release()
		return "", nil, err
	}
	dsn, err = databaseOf(cluster.DSN, name)
	return dsn, func() error {
		defer cluster.Release()
		return dropDatabase(context.WithoutCancel(ctx), cluster.DSN, name)
	}, err
}

func missing(t testing.TB, err error) {
	t.Helper()
	for _, need := range strings.Split(os.Getenv("WASL_TEST_REQUIRE"), ",") {
		if strings.TrimSpace(need) == "pg" {
			t.Fatalf("PostgreSQL is required by WASL_TEST_REQUIRE: %v", err)
		}
	}
	t.Skipf("no PostgreSQL on this machine: %v", err)
}

func create(ctx context.Context, c *pgx.Conn, name, template string) error {
	sql := "CREATE DATABASE " + pgx.Identifier{name}.Sanitize()
	if template != "" {
		sql += " TEMPLATE " + pgx.Identifier{template}.Sanitize()
	}
	_, err := c.Exec(ctx, sql)
	return err
}

// ensureTemplate makes the template once, whoever comes first. It appears
// under its name only when it is complete.
func ensureTemplate(ctx context.Context, c *pgx.Conn, dsn, name string, build func(dsn string) error) error {
	if _, err := c.Exec(ctx, `SELECT pg_advisory_lock(hashtext($1))`, name); err != nil {
		return err
	}
	defer c.Exec(ctx, `SELECT pg_advisory_unlock(hashtext($1))`, name) //nolint:errcheck // it ends with the connection anyway
	exists := false
	err := c.QueryRow(ctx, `SELECT exists (SELECT 1 FROM pg_database WHERE datname = $1)`, name).Scan(&exists)
	if err != nil || exists {
		return err
	}
	draft := name + "_draft"
	if _, err := c.Exec(ctx, "DROP DATABASE IF EXISTS "+pgx.Identifier{draft}.Sanitize()+" WITH (FORCE)"); err != nil {
		return err
	}
	if err := create(ctx, c, draft, ""); err != nil {
		return err
	}
	address, err := databaseOf(dsn, draft)
	if err != nil {
		return err
	}
	if err := build(address); err != nil {
		return err
	}
	_, err = c.Exec(ctx, "ALTER DATABASE "+pgx.Identifier{draft}.Sanitize()+" RENAME TO "+pgx.Identifier{name}.Sanitize())
	return err
}

func drop(t testing.TB, dsn, name string) {
	// The context of a test is cancelled before its cleanups.
	if err := dropDatabase(context.WithoutCancel(t.Context()), dsn, name); err != nil {
		t.Logf("database %s stays: %v", name, err)
	}
}

func dropDatabase(ctx context.Context, dsn, name string) error {
	ctx, cancel := context.WithTimeout(ctx, dropTimeout)
	defer cancel()
	c, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer c.Close(ctx) //nolint:errcheck // nothing was left in it
	_, err = c.Exec(ctx, "DROP DATABASE IF EXISTS "+pgx.Identifier{name}.Sanitize()+" WITH (FORCE)")
	return err
}

func withDatabase(t testing.TB, dsn, name string) string {
	t.Helper()
	out, err := databaseOf(dsn, name)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func databaseOf(dsn, name string) (string, error) {
	u, err := url.Parse(dsn)
	if err != nil {
		return "", err
	}
	u.Path = "/" + name
	return u.String(), nil
}
