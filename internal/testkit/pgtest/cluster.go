// Package pgtest gives tests a real PostgreSQL: one throw-away cluster for all
// the test processes of a user, and a fresh database per test.
//
// The cluster is made by the initdb and pg_ctl of the machine, listens on a
// socket of a private folder only, is shared through that folder's lock files
// and stops by itself a minute after its last user. The variable WASL_TEST_PG
// (the address of a superuser) makes tests use another cluster.
// WASL_TEST_PG_FSYNC=1 makes it durable; otherwise it trades that for speed.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// ErrMissing says that the machine has no PostgreSQL server programs.
var ErrMissing = errors.New("pgtest: no initdb in /usr/lib/postgresql/*/bin nor on PATH")

const (
	startTimeout = 60 * time.Second
	superuser    = "postgres"
	socketPort   = 5432 // only names the socket: nothing listens on TCP
)

// reaper stops the cluster once nobody has held the lock "users" for a minute.
// While it stops it, it holds that lock, so that a newcomer waits and starts
// anew.
const reaper = `idle=0
while sleep 20 && [ -d "$1/data" ]; do
  if flock -n "$1/users" true; then idle=$((idle + 1)); else idle=0; fi
  if [ "$idle" -ge 3 ] && flock -n "$1/users" sh -c '"$0" -D "$1/data" -m immediate stop; rm -rf "$1/data"' "$2" "$1"; then exit 0; fi
done`

// Cluster is a running server.
type Cluster struct {
	// DSN is the address of its superuser, on the database postgres.
	DSN string
	// release lets the cluster stop.
	release func()
}

// Release says that the caller no longer uses the cluster.
func (c Cluster) Release() { c.release() }

// Ensure gives a running cluster, starting it when needed. It stays at least
// until Release.
func Ensure(ctx context.Context) (Cluster, error) {
	if dsn := os.Getenv("WASL_TEST_PG"); dsn != "" {
		return Cluster{DSN: dsn, release: func() {}}, nil
	}
	bin, err := binaries()
	if err != nil {
		return Cluster{}, err
	}
	s := server{bin: bin, dir: folder()}
	if s.cred, err = credential(); err != nil {
		return Cluster{}, err
	}
	if err := s.makeFolder(); err != nil {
		return Cluster{}, err
	}
	users, err := lockFile(filepath.Join(s.dir, "users"), syscall.LOCK_SH)
	if err != nil {
		return Cluster{}, err
	}
	if err := s.ensure(ctx); err != nil {
		users()
		return Cluster{}, err
	}
	return Cluster{DSN: s.dsn(), release: users}, nil
}

// Stop stops the cluster and removes it.
func Stop(ctx context.Context) error {
	bin, err := binaries()
	if err != nil {
		return err
	}
	s := server{bin: bin, dir: folder()}
	if s.cred, err = credential(); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(s.dir, "data")); err != nil {
		return nil //nolint:nilerr // nothing runs
	}
	unlock, err := lockFile(filepath.Join(s.dir, "lock"), syscall.LOCK_EX)
	if err != nil {
		return err
	}
	defer unlock()
	_, err = s.run(ctx, "pg_ctl", "-D", s.data(), "-m", "immediate", "-w", "stop")
	return errors.Join(err, os.RemoveAll(s.data()))
}

type server struct {
	bin, dir string
	cred     *syscall.Credential
}

func (s server) data() string { return filepath.Join(s.dir, "data") }

func (s server) dsn() string {
	q := url.Values{"host": {s.dir}, "port": {strconv.Itoa(socketPort)}, "user": {superuser}, "sslmode": {"disable"}}
	return "postgres:///postgres?" + q.Encode()
}

// ensure starts the cluster unless it answers.
func (s server) ensure(ctx context.Context) error {
	unlock, err := lockFile(filepath.Join(s.dir, "lock"), syscall.LOCK_EX)
	if err != nil {
		return err
	}
	defer unlock()
	if s.answers(ctx) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	if err := s.start(ctx); err != nil {
		// What a crash left behind is worth nothing: start from an empty folder.
		if err := os.RemoveAll(s.data()); err != nil {
			return err
		}
		return s.start(ctx)
	}
	return nil
}

func (s server) answers(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	c, err := pgx.Connect(ctx, s.dsn())
	if err != nil {
		return false
	}
	return c.Close(ctx) == nil
}

func (s server) start(ctx context.Context) error {
	if _, err := os.Stat(filepath.Join(s.data(), "PG_VERSION")); err != nil {
		if err := s.initialise(ctx); err != nil {
			return err
		}
	}
	options := []string{
		"-c listen_addresses=''", "-c unix_socket_directories='" + s.dir + "'", "-c port=" + strconv.Itoa(socketPort),
		"-c max_connections=400", "-c max_locks_per_transaction=512", "-c shared_buffers=128MB", "-c jit=off",
		"-c deadlock_timeout=200ms", "-c wal_level=minimal", "-c max_wal_senders=0", "-c max_wal_size=2GB", "-c checkpoint_timeout=30min",
	}
	if !durable() {
		options = append(options, "-c fsync=off", "-c full_page_writes=off", "-c synchronous_commit=off")
	}
	if out, err := s.run(ctx, "pg_ctl", "-D", s.data(), "-l", filepath.Join(s.dir, "log"), "-o", strings.Join(options, " "), "-w", "start"); err != nil {
		return fmt.Errorf("pg_ctl start: %w: %s", err, out)
	}
	watch := exec.Command("sh", "-c", reaper, "sh", s.dir, filepath.Join(s.bin, "pg_ctl"))
	s.detach(watch)
	if err := watch.Start(); err != nil {
		return err
	}
	return watch.Process.Release()
}

// initialise makes the cluster. Its default order of text is a French one where
// the server can, so that a text column that forgot its collation shows.
func (s server) initialise(ctx context.Context) error {
	base := []string{"-D", s.data(), "-U", superuser, "-A", "trust", "-E", "UTF8", "--no-sync"}
	_, err := s.run(ctx, "initdb", append(slices.Clone(base), "--locale=C", "--locale-provider=icu", "--icu-locale=fr-FR")...)
	if err == nil {
		return nil
	}
	if err := os.RemoveAll(s.data()); err != nil {
		return err
	}
	out, err := s.run(ctx, "initdb", append(base, "--locale=C.UTF-8")...)
	if err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	return nil
}

func (s server) run(ctx context.Context, program string, args ...string) (string, error) {
	out, err := os.CreateTemp("", "wasl-pg-*.out")
	if err != nil {
		return "", err
	}
	defer os.Remove(out.Name()) //nolint:errcheck // a leftover temporary file harms nobody
	defer out.Close()           //nolint:errcheck // read back below
	cmd := exec.CommandContext(ctx, filepath.Join(s.bin, program), args...)
	// A file, not a pipe: the server inherits it and would keep a pipe open.
	cmd.Stdout, cmd.Stderr = out, out
	s.detach(cmd)
	err = cmd.Run()
	text, _ := os.ReadFile(out.Name())
	return string(text), err
}

// detach gives a command its own session and, under root, another user.
func (s server) detach(cmd *exec.Cmd) {
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), "LC_ALL=C", "TZ=UTC")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Credential: s.cred}
}

func (s server) makeFolder() error {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return err
	}
	if s.cred == nil {
		return nil
	}
	return os.Chown(s.dir, int(s.cred.Uid), int(s.cred.Gid))
}

func durable() bool { return os.Getenv("WASL_TEST_PG_FSYNC") == "1" }

// folder is short: the name of a socket has at most 107 bytes.
func folder() string {
	name := "wasl-pg-" + strconv.Itoa(os.Getuid())
	if durable() {
		name += "-durable"
	}
	dir := filepath.Join(os.TempDir(), name)
	if len(dir) > 80 {
		dir = filepath.Join("/tmp", name)
	}
	return dir
}

// binaries finds the newest server of the machine.
func binaries() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return "", err
	}
	version := func(p string) int {
		n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(p))))
		return n
	}
	slices.SortFunc(found, func(a, b string) int { return version(b) - version(a) })
	if len(found) > 0 {
		return filepath.Dir(found[0]), nil
	}
	if p, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(p), nil
	}
	return "", ErrMissing
}

// credential is the user the server runs as: it refuses root.
func credential() (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		u, err = user.Lookup("nobody")
	}
	if err != nil {
		return nil, err
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, err
}

// lockFile waits for a lock on a file and gives what releases it. The lock
// also ends with the process.
func lockFile(path string, how int) (release func(), err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(f.Fd()), how)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() { _ = f.Close() }, nil
}
