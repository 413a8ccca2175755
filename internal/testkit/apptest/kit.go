// Package apptest opens the whole program for tests: every module, the API and
// the pages, on each engine, with a clock set by hand and a small utility in
// which every kind of record exists at each place around one person. The
// utility is made once per engine through the operations themselves and copied,
// so that a test costs milliseconds.
package apptest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"wasl/internal/app"
	"wasl/internal/platform/auth"
	"wasl/internal/platform/config"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
	"wasl/internal/platform/ui"
	"wasl/internal/testkit/dbtest"
	"wasl/internal/testkit/pgtest"
)

const (
	dirMode      = 0o700
	fileMode     = 0o600
	closeTimeout = time.Minute
	connections  = "6"
	dbFile       = "wasl.db"
)

// Kit keeps the templates of one test process. Make it with NewKit in TestMain.
type Kit struct {
	dir    string
	name   string
	assets *ui.Assets

	mu     sync.Mutex
	made   map[string]*template
	events []Event
	texts  map[string]bool
}

// template is a database to copy, with what is known of it.
type template struct {
	once sync.Once
	err  error
	// folder holds the files and keys, and the database on SQLite.
	folder string
	facts  Facts
}

// NewKit makes an empty kit.
func NewKit() (*Kit, error) {
	dir, err := os.MkdirTemp("", "wasl-apptest-")
	if err != nil {
		return nil, err
	}
	return &Kit{
		dir: dir, name: "wasl_world_" + strings.ToLower(rand.Text()), assets: ui.LoadAssets(), made: map[string]*template{}, texts: map[string]bool{},
	}, nil
}

// Assets are the files of the pages, as far as they are there.
func (k *Kit) Assets() *ui.Assets { return k.assets }

// Close removes the templates.
func (k *Kit) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	err := os.RemoveAll(k.dir)
	for key := range k.made {
		if !strings.HasPrefix(key, dbtest.SQLite) {
			err = errors.Join(err, k.drop(ctx, key))
		}
	}
	return err
}

func (k *Kit) drop(ctx context.Context, key string) error {
	cluster, err := pgtest.Ensure(ctx)
	if err != nil {
		return err
	}
	defer cluster.Release()
	c, err := pgx.Connect(ctx, cluster.DSN)
	if err != nil {
		return err
	}
	_, err = c.Exec(ctx, "DROP DATABASE IF EXISTS "+pgx.Identifier{k.database(key)}.Sanitize()+" WITH (FORCE)")
	return errors.Join(err, c.Close(ctx))
}

func (k *Kit) database(key string) string { return k.name + "_" + strings.ReplaceAll(key, "-", "_") }

// Options of Open.
type Options struct {
	// BaseURL is the public address; https makes the cookies secure.
	BaseURL string
	// Empty leaves the program without its first administrator.
	Empty bool
	// Demo lets the console approve and shows the ready accounts.
	Demo bool
	// Config are more settings, by the name of their flag.
	Config map[string]string
	// Processors price the drafts of a run at once; those of the machine when 0.
	Processors int
}

// Open gives the program on a fresh copy of the utility. Without PostgreSQL the
// test is skipped, or fails when WASL_TEST_REQUIRE holds "pg".
func (k *Kit) Open(t testing.TB, engine string, o Options) *World {
	t.Helper()
	key := engine
	if o.Empty {
		key += "-empty"
	}
	folder := filepath.Join(t.TempDir(), "data")
	dsn, facts := k.copyTo(t, key, engine, o.Empty, folder)
	w := &World{TB: t, Kit: k, Engine: engine, Facts: facts, Clock: dbtest.NewClock(facts.Now), mu: &sync.Mutex{}, secrets: map[string]string{}}
	w.App = k.start(t, engine, dsn, folder, w.Clock, o)
	if err := w.App.Ready(t.Context()); err != nil {
		t.Fatalf("ready: %v", err)
	}
	t.Cleanup(func() {
		k.keepMissing(w.App)
		if err := w.App.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	w.handler = sync.OnceValues(func() (http.Handler, error) { return w.App.Handler(k.assets) })
	return w
}

// start opens the program on a database that is there.
func (k *Kit) start(t testing.TB, engine, dsn, folder string, clock *dbtest.Clock, o Options) *app.App {
	t.Helper()
	flags := map[string]string{"db": dsn, "data-dir": folder, "base-url": o.BaseURL, "pool-connections": connections}
	for name, value := range o.Config {
		flags[name] = value
	}
	cfg, err := config.Load(flags, nil)
	if err != nil {
		t.Fatalf("settings: %v", err)
	}
	a, err := app.Open(t.Context(), cfg, app.Options{
		Now: clock.Now, Password: auth.TestParams(), Version: "test", Demo: o.Demo, PartitionProfile: engine == dbtest.PostgresHash, Processors: o.Processors,
		Observe: func(e op.Event) { k.note(engine, e) },
	})
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	return a
}

// copyTo gives the address of a copy of a template, made by whoever needs it
// first, and what is known of it. The copied files are in folder.
func (k *Kit) copyTo(t testing.TB, key, engine string, empty bool, folder string) (string, Facts) {
	t.Helper()
	k.mu.Lock()
	tpl := k.made[key]
	if tpl == nil {
		tpl = &template{folder: filepath.Join(k.dir, key)}
		k.made[key] = tpl
	}
	k.mu.Unlock()
	build := func(dsn string) error {
		if err := os.MkdirAll(tpl.folder, dirMode); err != nil {
			return err
		}
		clock := dbtest.NewClock(begin())
		a := k.start(t, engine, dsn, tpl.folder, clock, Options{})
		err := makeWorld(t.Context(), a, clock, empty, &tpl.facts)
		return errors.Join(err, a.Close())
	}
	dsn := "sqlite:" + filepath.Join(folder, dbFile)
	if engine == dbtest.SQLite {
		tpl.once.Do(func() { tpl.err = build("sqlite:" + filepath.Join(tpl.folder, dbFile)) })
		if tpl.err != nil {
			t.Fatalf("template: %v", tpl.err)
		}
	} else {
		dsn = pgtest.FromTemplate(t, k.database(key), build)
	}
	if err := os.CopyFS(folder, os.DirFS(tpl.folder)); err != nil {
		t.Fatal(err)
	}
	return dsn, tpl.facts
}

// keepMissing gathers the texts asked for in vain.
func (k *Kit) keepMissing(a *app.App) {
	missing := a.Texts.Missing()
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, key := range missing {
		k.texts[key] = true
	}
}

// MissingTexts are the texts asked for in vain by the worlds closed so far.
func (k *Kit) MissingTexts() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	var out []string
	for key := range k.texts {
		out = append(out, key)
	}
	return out
}

// World is the program on its own copy of the utility.
type World struct {
	testing.TB
	Facts
	Kit    *Kit
	Engine string
	App    *app.App
	Clock  *dbtest.Clock

	// handler makes the handler when it is first asked for: the description of the API
	// costs more than all the rest of a world.
	handler func() (http.Handler, error)
	mu      *sync.Mutex
	secrets map[string]string
}

// Handler answers the API and the pages.
func (w *World) Handler() http.Handler {
	w.Helper()
	h, err := w.handler()
	if err != nil {
		w.Fatalf("handler: %v", err)
	}
	return h
}

// For is the same program on the same database, for a part of the test.
func (w *World) For(t testing.TB) *World {
	part := *w
	part.TB = t
	return &part
}

// Run carries out an operation in process.
func (w *World) Run(c op.Credential, name string, in op.Input) (op.Result, error) {
	return w.App.Runner.Run(w.Context(), op.Request{Name: name, Credential: c, Input: in, RequestID: "test"})
}

// Must is Run that fails the test.
func (w *World) Must(c op.Credential, name string, in op.Input) op.Result {
	w.Helper()
	res, err := w.Run(c, name, in)
	if err != nil {
		w.Fatalf("%s: %v", name, err)
	}
	return res
}

// Console is a person at the local command line.
func Console(login string) op.Credential { return op.Credential{Channel: op.Console, Login: login} }

// Session opens a session of a person, once, and gives its token.
func (w *World) Session(login string) string {
	w.Helper()
	return w.secret("session "+login, func() any {
		return w.Must(op.Credential{Channel: op.Web, Address: Address}, "access.login", op.Input{"login": login, "password": Password, "agent": "test"}).Out
	}, "access.login")
}

// NewSession opens another session of a person.
func (w *World) NewSession(login string) string {
	w.Helper()
	res := w.Must(op.Credential{Channel: op.Web, Address: Address}, "access.login", op.Input{"login": login, "password": Password})
	return w.SecretOf("access.login", res.Out)
}

// Token makes an API token of a person, once.
func (w *World) Token(login string) string {
	w.Helper()
	session := w.Session(login)
	return w.secret("token "+login, func() any {
		return w.Must(op.Credential{Channel: op.Web, Token: session}, "me.token_add",
			op.Input{"name": "test", "expires_on": w.App.Today().AddDays(100).String()}).Out
	}, "me.token_add")
}

func (w *World) secret(key string, makeOne func() any, name string) string {
	w.Helper()
	w.mu.Lock()
	known := w.secrets[key]
	w.mu.Unlock()
	if known == "" {
		known = w.SecretOf(name, makeOne())
		w.mu.Lock()
		w.secrets[key] = known
		w.mu.Unlock()
	}
	return known
}

// SecretOf is the secret in the answer of an operation.
func (w *World) SecretOf(name string, out any) string {
	for _, c := range w.App.Registry.Find(name).Columns {
		if text, _ := c.Value(out).(string); c.Secret && text != "" {
			return text
		}
	}
	return ""
}

// Dump is the content of the database: the rows of each table as JSON objects.
func (w *World) Dump() map[string][]string {
	w.Helper()
	out := map[string][]string{}
	err := w.App.DB.Read(w.Context(), func(ctx context.Context, r db.Reader) error {
		var err error
		out, err = dump(ctx, r)
		return err
	})
	if err != nil {
		w.Fatalf("dump: %v", err)
	}
	return out
}

// Serve gives the address of a server on the program.
func (w *World) Serve() *url.URL {
	w.Helper()
	return serve(w.TB, w.Handler())
}

func problemf(what string, err error) error { return fmt.Errorf("%s: %w", what, err) }
