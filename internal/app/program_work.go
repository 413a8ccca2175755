package app

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"wasl/internal/delivery/cli"
	"wasl/internal/kernel/fault"
	"wasl/internal/module/access"
	"wasl/internal/module/account"
	"wasl/internal/module/billing"
	"wasl/internal/module/collection"
	"wasl/internal/module/customer"
	"wasl/internal/module/ledger"
	"wasl/internal/module/metering"
	"wasl/internal/module/org"
	"wasl/internal/module/tariff"
	"wasl/internal/platform/backup"
	"wasl/internal/platform/db"
	"wasl/internal/platform/doctor"
	"wasl/internal/platform/find"
	"wasl/internal/platform/intake"
	"wasl/internal/platform/job"
	"wasl/internal/platform/op"
)

// backend carries out operations for the command line, in this process.
type backend struct{ app *App }

// Run implements cli.Backend.
func (b *backend) Run(ctx context.Context, q op.Request) (op.Result, error) {
	return b.app.Runner.Run(ctx, q)
}

// Rows implements cli.Backend.
func (b *backend) Rows(ctx context.Context, q op.Request, begin func(op.ListMeta) error, yield func(any) error) (bool, error) {
	return b.app.Runner.Rows(ctx, q, begin, yield)
}

// Labels implements cli.Backend.
func (b *backend) Labels(ctx context.Context, kind string, ids []int64) (words map[int64]string, err error) {
	err = b.app.Runner.DB.Read(ctx, func(ctx context.Context, r db.Reader) error {
		words, err = b.app.Runner.Registry.Labels(ctx, r, kind, ids)
		return err
	})
	return words, err
}

// Receive implements cli.Backend.
func (b *backend) Receive(ctx context.Context, q op.Request, f *op.Field, name string, source io.Reader) (op.Upload, error) {
	return b.app.Runner.Receive(ctx, q, f, name, source)
}

// Token implements cli.Backend.
func (b *backend) Token() string { return b.app.Config.Token }

// Close implements cli.Backend. What was noted of sessions and tokens is written.
func (b *backend) Close() error { return b.app.Close() }

// workEvery is how often the advance of a job is read.
const workEvery = 200 * time.Millisecond

// Work implements cli.Backend: it carries the job out here unless another process
// has taken it, and tells how far it is.
func (b *backend) Work(ctx context.Context, id op.ID, report func(done, total int64)) (cli.JobEnd, error) {
	finished := make(chan error, 1)
	begin := func() { go func() { finished <- b.app.Queue.RunJob(ctx, id) }() }
	begin()
	idle := false
	tick := time.NewTicker(workEvery)
	defer tick.Stop()
	var ran error
	for {
		select {
		case <-ctx.Done():
			return cli.JobEnd{Job: id}, ctx.Err()
		case ran = <-finished:
			idle = true
		case <-tick.C:
			// A step that failed puts the job back in the queue for later; nobody else may
			// be there to take it up again.
			if idle {
				idle = false
				begin()
			}
		}
		j, err := b.job(ctx, id)
		if err != nil {
			return cli.JobEnd{Job: id}, err
		}
		report(j.Done, j.Total)
		if j.State.Final() {
			return b.end(j), nil
		}
		if ran != nil && fault.KindOf(ran) != fault.Conflict {
			return cli.JobEnd{Job: id}, ran
		}
	}
}

// job reads a job as the program itself.
func (b *backend) job(ctx context.Context, id op.ID) (job.Job, error) {
	res, err := b.app.Runner.Run(ctx, op.Request{
		Name: "job.show", Credential: op.Credential{Channel: op.System}, Input: op.Input{"id": id.String()},
	})
	j, _ := res.Out.(job.Job)
	return j, err
}

func (b *backend) end(j job.Job) cli.JobEnd {
	e := cli.JobEnd{Job: j.ID, State: string(j.State), Failed: j.State != job.Done, Summary: j.Summary}
	if j.ErrorCode != "" {
		f := fault.New(fault.Internal, j.ErrorCode)
		if len(j.ErrorArgs) > 0 && json.Unmarshal(j.ErrorArgs, &f.Args) != nil {
			f.Args = nil
		}
		e.Reason, _ = b.app.Texts.Printer(b.app.Config.Lang).Error(f)
	}
	return e
}

// backupConfig says what a copy of this installation holds and where it goes.
func (a *App) backupConfig(out string) backup.Config {
	return backup.Config{
		DB: a.DB, Set: a.set, Program: a.opt.Version, Files: a.Files, Keys: a.keyFiles(), Passphrase: []byte(a.Config.Backup.Passphrase),
		Out: out, KeepDays: a.Config.Backup.Keep, Now: a.opt.Now, Random: a.opt.Random, Log: a.Log,
		Heads: func(ctx context.Context, r db.Reader) (any, error) {
			heads, err := op.ChainHeads(ctx, r)
			anchors := make([]op.Anchor, 0, len(heads))
			for _, h := range heads {
				anchors = append(anchors, anchorOf(h))
			}
			return anchors, err
		},
	}
}

// Backup implements cli.App.
func (p *Program) Backup(ctx context.Context, g cli.Globals, to string, out io.Writer) error {
	return p.opened(ctx, g, Options{}, func(a *App) error {
		if to == "" {
			to = a.Config.Backup.Dir
		}
		if to == "" {
			return fault.New(fault.Precondition, "backup.not_configured")
		}
		s, err := backup.Create(ctx, a.backupConfig(to))
		if err != nil {
			return err
		}
		t := p.Texts.Printer(g.Lang)
		return p.print(g, out, s, func() []string {
			return []string{
				t.T("backup.done", "archive", filepath.Join(to, s.Archive), "files", s.Files, "rows", s.Rows, "bytes", s.Bytes),
				t.T("backup.keys." + s.Keys),
			}
		})
	})
}

// Restore implements cli.App.
func (p *Program) Restore(ctx context.Context, g cli.Globals, o cli.RestoreOptions, out io.Writer) error {
	cfg, err := p.settings(g)
	if err != nil {
		return err
	}
	t := p.Texts.Printer(g.Lang)
	target := backup.Target{
		Archive: o.From, DSN: cfg.DB, Files: filepath.Join(cfg.DataDir, "files"), Keys: filepath.Join(cfg.DataDir, "keys"),
		Passphrase: []byte(cfg.Backup.Passphrase), Migrations: sources(), DB: db.Options{Now: p.Now}, Log: p.logger(cfg),
	}
	target.Verify = func(ctx context.Context, d *db.DB, _ string) error { return p.verifyCopy(ctx, d) }
	if o.Verify {
		m, err := backup.Check(ctx, o.From)
		if err != nil {
			return err
		}
		return p.print(g, out, m, func() []string { return []string{t.T("restore.sound", "files", int64(len(m.Files)))} })
	}
	restored, err := backup.Restore(ctx, target)
	if err != nil {
		return err
	}
	return p.print(g, out, restored, func() []string {
		return []string{t.T("restore.done", "files", int64(len(restored.Manifest.Files)))}
	})
}

// verifyCopy checks the invariants of a restored database before it takes its name.
func (p *Program) verifyCopy(ctx context.Context, d *db.DB) error {
	b := bare()
	checks := invariants(nil, b.who, b.files, b.customers, b.prices)
	return d.Read(ctx, func(ctx context.Context, r db.Reader) error {
		for _, c := range checks {
			rep, err := c.Run(ctx, r)
			if err != nil {
				return err
			}
			if len(rep.Findings) > 0 {
				return fault.New(fault.Conflict, "verify.broken", "count", int64(len(rep.Findings)))
			}
		}
		return nil
	})
}

// sources are the migrations of the whole program.
func sources() []fs.FS {
	return []fs.FS{
		op.Migrations(), job.Migrations(), intake.Migrations(), find.Migrations(),
		org.Migrations(), access.Migrations(),
		account.Migrations(), customer.Migrations(),
		metering.Migrations(),
		tariff.Migrations(),
		ledger.Migrations(),
		billing.Migrations(),
		collection.Migrations(),
	}
}

// Doctor implements cli.App.
func (p *Program) Doctor(ctx context.Context, g cli.Globals, out io.Writer) error {
	a, err := p.open(ctx, g, Options{Existing: true})
	if err != nil {
		return err
	}
	checks := doctor.Run(ctx, doctor.Config{
		Program: p.Version, DB: a.DB, Set: a.set, DataDir: a.Config.DataDir, Keys: []string{a.keyPath(seedFile)}, Backups: a.Config.Backup.Dir,
		Assets: p.Assets.Missing, Tail: op.UnsealedTail, Now: p.Now, Started: p.Started,
	})
	t := p.Texts.Printer(g.Lang)
	err = p.print(g, out, checks, func() []string {
		var lines []string
		for _, c := range checks {
			lines = append(lines, fmt.Sprintf("%-10s %-24s %s", t.T("enum.doctor_state."+string(c.State)), t.T("doctor."+c.Name), t.Text(c.TextKey(), c.Args)))
			if advice := c.TextKey() + ".advice"; c.State != doctor.OK && p.Texts.Has(advice) {
				lines = append(lines, fmt.Sprintf("%-35s %s", "", t.T(advice)))
			}
		}
		return lines
	})
	if err == nil && doctor.Worst(checks) == doctor.Fail {
		err = fault.New(fault.Precondition, "doctor.unfit")
	}
	return join(err, a.Close())
}

// Demo implements cli.App.
func (p *Program) Demo(ctx context.Context, g cli.Globals, o cli.DemoOptions, out io.Writer) error {
	const patience = 10 * time.Minute
	now, err := shiftedClock(p.Now, o.Day)
	if err != nil {
		return err
	}
	a, err := p.open(ctx, g, Options{Now: now, Demo: true, Past: o.Contracts >= 0, Patience: patience})
	if err != nil {
		return err
	}
	if _, err = a.Migrate(ctx); err == nil {
		err = a.Demo(ctx, DemoSize{Units: int(o.Units), Users: int(o.Users), Contracts: int(o.Contracts), Seed: o.Seed}, out)
	}
	return join(err, a.Close())
}

// Bench implements cli.App.
func (p *Program) Bench(ctx context.Context, g cli.Globals, o cli.BenchOptions, out io.Writer) error {
	if o.Name == "tariff" {
		return p.benchTariff(ctx, g, out)
	}
	measures := p.measures(ctx, o)
	measure, known := measures[o.Name]
	if !known {
		names := slices.Sorted(maps.Keys(measures))
		return fault.InvalidField("name", "input.enum", "values", strings.Join(append(names, "tariff"), ", "))
	}
	return p.filled(ctx, g, func(a *App) error {
		res, err := measure(a)
		if err != nil {
			return err
		}
		g.Format = "json"
		return p.print(g, out, res, nil)
	})
}

// measures are the benchmarks that fill a database, by name.
func (p *Program) measures(ctx context.Context, o cli.BenchOptions) map[string]func(*App) (any, error) {
	return map[string]func(*App) (any, error){
		"ops": func(a *App) (any, error) {
			return a.Bench(ctx, BenchOptions{
				Program: p.Executable, Args: []string{"--db", a.Config.DB, "--data-dir", a.Config.DataDir},
			}, p.Assets, io.Discard)
		},
		"import":  func(a *App) (any, error) { return a.BenchImport(ctx, int(o.Contracts), int(o.Months)) },
		"ageing":  func(a *App) (any, error) { return a.BenchAgeing(ctx, int(o.Items)) },
		"payment": func(a *App) (any, error) { return a.BenchPayment(ctx, 0, 0, p.Assets) },
		"pages":   func(a *App) (any, error) { return a.BenchPages(ctx, int(o.Contracts), int(o.Months), p.Assets) },
		"print":   func(a *App) (any, error) { return a.BenchPrint(ctx, int(o.Contracts)) },
		"billing": func(a *App) (any, error) { return a.BenchBilling(ctx, int(o.Contracts), int(o.Months), io.Discard) },
	}
}

// Drill implements cli.App.
func (p *Program) Drill(ctx context.Context, g cli.Globals, o cli.DrillOptions, out io.Writer) error {
	if o.Name != "ops" && o.Name != "payment" {
		return fault.InvalidField("name", "input.enum", "values", "ops, payment")
	}
	return p.filled(ctx, g, func(a *App) error {
		run := a.Drill
		if o.Name == "payment" {
			run = a.DrillPayment
		}
		res, err := run(ctx, DrillOptions{
			Program: p.Executable, Args: []string{"--db", a.Config.DB, "--data-dir", a.Config.DataDir},
			Clients: int(o.Clients), Kills: int(o.Kills), Seed: uint64(o.Seed),
		}, p.Log)
		if err != nil {
			return err
		}
		g.Format = "json"
		if err := p.print(g, out, res, nil); err != nil {
			return err
		}
		if bad := res.Lost + res.Double + res.violations(); bad > 0 {
			return fault.New(fault.Conflict, "verify.broken", "count", bad)
		}
		return nil
	})
}

// filled opens and migrates a database that a measure will fill by itself.
func (p *Program) filled(ctx context.Context, g cli.Globals, fn func(a *App) error) error {
	a, err := p.open(ctx, g, Options{Demo: true})
	if err != nil {
		return err
	}
	if _, err = a.Migrate(ctx); err == nil {
		err = fn(a)
	}
	return join(err, a.Close())
}

// violations counts what the checks of a drill found.
func (r DrillResult) violations() (n int64) {
	for _, c := range r.Checks {
		n += int64(len(c.Findings))
	}
	return n
}
