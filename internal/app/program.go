package app

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"wasl/internal/delivery/cli"
	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/module/access"
	"wasl/internal/module/account"
	"wasl/internal/module/billing"
	"wasl/internal/module/board"
	"wasl/internal/module/collection"
	"wasl/internal/module/customer"
	"wasl/internal/module/ledger"
	"wasl/internal/module/metering"
	"wasl/internal/module/org"
	"wasl/internal/module/tariff"
	"wasl/internal/platform/auth"
	"wasl/internal/platform/backup"
	"wasl/internal/platform/config"
	"wasl/internal/platform/db"
	"wasl/internal/platform/intake"
	"wasl/internal/platform/job"
	"wasl/internal/platform/op"
	"wasl/internal/platform/text"
	"wasl/internal/platform/ui"
)

// Program is the program as the command line drives it. Each command opens what it
// needs and closes it again.
type Program struct {
	// Env is the environment, as os.Environ gives it.
	Env []string
	// Now is the clock of the process; Started is when it started.
	Now     func() time.Time
	Started time.Time
	Version string
	// Executable is the path of the program itself, for the drills.
	Executable string
	// Log receives what operators must see.
	Log io.Writer
	// Assets are the files of the pages.
	Assets *ui.Assets
	// Texts are the words of the program.
	Texts *text.Catalog
}

var _ cli.App = (*Program)(nil)

// bareModules are the modules without a database of their own.
type bareModules struct {
	registry  *op.Registry
	files     *intake.Store
	who       *access.Module
	customers *customer.Module
	prices    *tariff.Module
}

// bare makes them, for what is known without a database or checked on another one.
func bare() bareModules {
	places := org.New(org.Options{})
	b := bareModules{
		registry: op.NewRegistry(), files: intake.New(intake.Options{}), customers: customer.New(customer.Options{}), prices: tariff.New(tariff.Options{}),
		who: access.New(access.Options{Places: places.Places(), Units: unitCards{places}, Top: places, Session: auth.DefaultSession()}),
	}
	register(b.registry, modules{
		b.files, places, b.who, account.New(account.Options{}), b.customers, metering.New(metering.Options{Imports: b.files}), b.prices,
		ledger.New(ledger.Options{}), billing.New(billing.Options{}), collection.New(collection.Options{Imports: b.files}), board.New(nil),
	}, job.New(&op.Runner{}, job.Options{}), op.Policy{})
	return b
}

// Operations are the operations of the program, known without a database.
func Operations() (*op.Registry, error) {
	r := bare().registry
	return r, r.Check()
}

// settings reads the configuration of a command.
func (p *Program) settings(g cli.Globals) (config.Config, error) {
	return config.Load(g.Settings, p.Env)
}

// logger writes to the error output as configured.
func (p *Program) logger(cfg config.Config) *slog.Logger {
	o := &slog.HandlerOptions{Level: cfg.Log.Level}
	if cfg.Log.Format == "json" {
		return slog.New(slog.NewJSONHandler(p.Log, o))
	}
	return slog.New(slog.NewTextHandler(p.Log, o))
}

// open opens the program over the configured database. One command is not a server: as
// long as nobody asks for warnings, its error output holds the reason of a refusal in
// one line, and errors. Precondition "app.db_absent".
func (p *Program) open(ctx context.Context, g cli.Globals, o Options) (*App, error) {
	if err := day.ZoneError(); err != nil {
		return nil, err
	}
	cfg, err := p.settings(g)
	if err != nil {
		return nil, err
	}
	o.Version, o.Wall, o.Texts = p.Version, p.Now, p.Texts
	if o.Now == nil {
		o.Now = p.Now
	}
	if path, lite := strings.CutPrefix(cfg.DB, "sqlite:"); lite && o.Existing {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return nil, fault.Wrap(err, fault.Precondition, "app.db_absent", "path", path)
		}
	}
	if o.Log == nil {
		if cfg.Log.Level == slog.LevelInfo {
			cfg.Log.Level = slog.LevelError
		}
		o.Log = p.logger(cfg)
	}
	return Open(ctx, cfg, o)
}

// opened opens, checks the schema and runs fn.
func (p *Program) opened(ctx context.Context, g cli.Globals, o Options, fn func(a *App) error) error {
	o.Existing = true
	a, err := p.open(ctx, g, o)
	if err != nil {
		return err
	}
	if err = a.Ready(ctx); err == nil {
		err = fn(a)
	}
	return join(err, a.Close())
}

// Open implements cli.App.
func (p *Program) Open(ctx context.Context, g cli.Globals) (cli.Backend, error) {
	a, err := p.open(ctx, g, Options{Existing: true})
	if err != nil {
		return nil, err
	}
	if err := a.Ready(ctx); err != nil {
		return nil, join(err, a.Close())
	}
	return &backend{a}, nil
}

// Serve implements cli.App: it makes the schema, prints the link of the first
// administrator when there is none, and runs until ctx ends.
func (p *Program) Serve(ctx context.Context, g cli.Globals, o cli.ServeOptions, out io.Writer) error {
	if err := p.Assets.Check(); err != nil {
		return err
	}
	cfg, err := p.settings(g)
	if err != nil {
		return err
	}
	if o.Day != "" && !o.Demo {
		return fault.New(fault.Invalid, "serve.day")
	}
	now, err := shiftedClock(p.Now, o.Day)
	if err != nil {
		return err
	}
	a, err := p.open(ctx, g, Options{Now: now, Demo: o.Demo, Log: p.logger(cfg)})
	if err != nil {
		return err
	}
	if _, err := a.Migrate(ctx); err != nil {
		return join(err, a.Close())
	}
	if err := a.Queue.Install(ctx); err != nil {
		return join(err, a.Close())
	}
	t := p.Texts.Printer(g.Lang)
	err = a.Serve(ctx, p.Assets, func(addr string) error {
		base := "http://" + addr
		if a.Config.BaseURL != "" {
			base = a.Config.BaseURL
		}
		link, err := a.SetupLink(ctx, base)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(out, t.T("serve.started", "address", "http://"+addr+" "))
		if link != "" && err == nil {
			_, err = fmt.Fprintln(out, t.T("serve.setup", "link", link))
		}
		return err
	})
	return join(err, a.Close())
}

// MigrateUp implements cli.App.
func (p *Program) MigrateUp(ctx context.Context, g cli.Globals, out io.Writer) error {
	a, err := p.open(ctx, g, Options{})
	if err != nil {
		return err
	}
	done, err := a.Migrate(ctx)
	if err == nil {
		err = p.migrations(g, done, out)
	}
	return join(err, a.Close())
}

// MigrateStatus implements cli.App.
func (p *Program) MigrateStatus(ctx context.Context, g cli.Globals, out io.Writer) error {
	a, err := p.open(ctx, g, Options{Existing: true})
	if err != nil {
		return err
	}
	all, err := a.DB.Status(ctx, a.set)
	if err == nil {
		err = p.migrations(g, all, out)
	}
	return join(err, a.Close())
}

func (p *Program) migrations(g cli.Globals, all []db.MigrationStatus, out io.Writer) error {
	t := p.Texts.Printer(g.Lang)
	return p.print(g, out, all, func() []string {
		var lines []string
		for _, m := range all {
			state := "migrate.pending"
			if m.Applied {
				state = "migrate.applied"
			}
			lines = append(lines, fmt.Sprintf("%s  %s", m.Name, t.T(state)))
		}
		return lines
	})
}

// print writes a result as JSON, or as lines of words.
func (p *Program) print(g cli.Globals, out io.Writer, v any, lines func() []string) error {
	if g.Format == "json" {
		enc := json.NewEncoder(out)
		enc.SetIndent("", "  ")
		return enc.Encode(v)
	}
	_, err := io.WriteString(out, strings.Join(append(lines(), ""), "\n"))
	return err
}

// Verify implements cli.App.
func (p *Program) Verify(ctx context.Context, g cli.Globals, acks io.Reader, out io.Writer) error {
	var keys []string
	if acks != nil {
		keys = []string{}
		lines := bufio.NewScanner(acks)
		for lines.Scan() {
			if key := strings.TrimSpace(lines.Text()); key != "" {
				keys = append(keys, key)
			}
		}
		if err := lines.Err(); err != nil {
			return fault.Wrap(err, fault.Invalid, "verify.acks")
		}
	}
	return p.opened(ctx, g, Options{}, func(a *App) error {
		all, err := a.Verify(ctx, keys)
		if err != nil {
			return err
		}
		if err := p.print(g, out, all, func() []string { return p.checkLines(g, all) }); err != nil {
			return err
		}
		broken := int64(0)
		for _, c := range all {
			broken += int64(len(c.Findings))
		}
		if broken > 0 {
			return fault.New(fault.Conflict, "verify.broken", "count", broken)
		}
		return nil
	})
}

func (p *Program) checkLines(g cli.Globals, all []CheckResult) []string {
	t := p.Texts.Printer(g.Lang)
	var lines []string
	for _, c := range all {
		state := "verify.holds"
		if len(c.Findings) > 0 {
			state = "verify.violated"
		}
		checked := t.T("verify.checked", "name", t.T("verify.name."+strings.ToLower(c.Name)), "count", c.Count)
		lines = append(lines, fmt.Sprintf("%-7s %s  %s", c.Name, t.T(state), checked))
		for _, f := range append(c.Findings, c.Notes...) {
			lines = append(lines, "        "+t.Text("verify."+f.Code, f.Args))
		}
	}
	return lines
}

// ConfigDump implements cli.App.
func (p *Program) ConfigDump(_ context.Context, g cli.Globals, out io.Writer) error {
	cfg, err := p.settings(g)
	if err != nil {
		return err
	}
	return p.print(g, out, cfg.Settings(), func() []string { return []string{strings.TrimRight(cfg.TOML(), "\n")} })
}

// AdminSetupLink implements cli.App.
func (p *Program) AdminSetupLink(ctx context.Context, g cli.Globals, out io.Writer) error {
	return p.opened(ctx, g, Options{}, func(a *App) error {
		base := a.Config.BaseURL
		if base == "" {
			base = "http://" + a.Config.Listen
		}
		link, err := a.SetupLink(ctx, base)
		if err == nil && link == "" {
			err = fault.New(fault.Precondition, "setup.done")
		}
		if err != nil {
			return err
		}
		return p.print(g, out, map[string]string{"link": link}, func() []string { return []string{link} })
	})
}

// healthTimeout bounds the question put to a running server.
const healthTimeout = 5 * time.Second

// Healthcheck implements cli.App.
func (p *Program) Healthcheck(ctx context.Context, g cli.Globals, url string, out io.Writer) error {
	if url == "" {
		cfg, err := p.settings(g)
		if err != nil {
			return err
		}
		url = "http://" + cfg.Listen
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(url, "/")+"/readyz", nil)
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "healthcheck.address", "address", url)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fault.Wrap(err, fault.Unavailable, "healthcheck.down", "address", url)
	}
	if err := errors.Join(res.Body.Close()); err != nil || res.StatusCode != http.StatusOK {
		return fault.New(fault.Unavailable, "healthcheck.not_ready", "status", res.Status)
	}
	return p.print(g, out, map[string]string{"status": "ready"}, func() []string { return []string{p.Texts.Printer(g.Lang).T("healthcheck.ready")} })
}

// keyFiles are the private keys of the installation.
func (a *App) keyFiles() []backup.KeyFile {
	keys := []backup.KeyFile{{Name: seedFile, Path: a.keyPath(seedFile)}}
	if _, err := os.Stat(a.anchors); err == nil {
		keys = append(keys, backup.KeyFile{Name: anchorsFile, Path: a.anchors})
	}
	return keys
}
