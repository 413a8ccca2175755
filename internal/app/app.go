// Package app puts wasl together: it opens the database, builds the modules,
// registers their operations and pages, and runs the program. It is the only
// wiring; nothing imports it but main and the tests from outside.
package app

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

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
	"wasl/internal/platform/doc"
	"wasl/internal/platform/file"
	"wasl/internal/platform/intake"
	"wasl/internal/platform/job"
	"wasl/internal/platform/op"
	"wasl/internal/platform/text"
)

// Options are what a process, or a test, adds to the configuration.
type Options struct {
	// Now is the one clock of the process.
	Now func() time.Time
	// Wall is the clock of the machine, for the deadlines of connections, where Now is
	// that of a demonstration in the past; nil is Now.
	Wall func() time.Time
	// Log receives what operators must see; nil discards.
	Log *slog.Logger
	// Texts are the words of the program; nil reads them.
	Texts *text.Catalog
	// Demo lets the console approve and shows the ready accounts.
	Demo bool
	// Past lets the clock begin months ago, for the filling of a demonstration: each of its
	// operations is recorded on the day it belongs to. The clock of a database never goes
	// back, so this is said before it is opened.
	Past bool
	// Version of the program.
	Version string
	// Existing refuses a SQLite file that is not there, which would be made empty: a command
	// that only looks must not make what a slip of the path names.
	Existing bool
	// Password are the costs of hashing; zero is auth.DefaultParams.
	Password auth.Params
	// Observe sees how every request ended; tests and metrics.
	Observe func(op.Event)
	// Intercept sees every database call; tests.
	Intercept db.Interceptor
	// Random replaces crypto/rand; tests.
	Random io.Reader
	// SealDelay replaces op.SealDelay; tests.
	SealDelay time.Duration
	// Patience replaces the time that an operation or a step of a job may take: the
	// filling of a demonstration on a machine at work. 0 leaves what is configured.
	Patience time.Duration
	// PartitionProfile makes hash partitions on PostgreSQL; tests.
	PartitionProfile bool
	// Processors price the drafts of a run at once; those of the machine when 0; tests.
	Processors int
}

// App is the program, put together.
type App struct {
	Config     config.Config
	DB         *db.DB
	Registry   *op.Registry
	Runner     *op.Runner
	Org        *org.Module
	Access     *access.Module
	Tariff     *tariff.Module
	Account    *account.Module
	Customer   *customer.Module
	Metering   *metering.Module
	Ledger     *ledger.Module
	Billing    *billing.Module
	Collection *collection.Module
	Board      *board.Module
	Queue      *job.Queue
	Sealer     *op.Sealer
	Texts      *text.Catalog
	Files      *file.Folder
	Intake     *intake.Store
	Log        *slog.Logger

	opt     Options
	set     db.MigrationSet
	anchors string
	metrics *metrics
	// clock is that of the demonstration; nil elsewhere.
	clock *demoClock
}

// Migrations are the tables of the whole program.
func Migrations() (db.MigrationSet, error) {
	return db.Migrations(sources()...)
}

// hashesAtOnce bounds concurrent password hashes: each takes 19 MiB.
const hashesAtOnce = 4

// Open opens the database and builds the program. It neither migrates nor
// checks the schema: see Migrate and Ready.
func Open(ctx context.Context, cfg config.Config, o Options) (*App, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	if o.Password == (auth.Params{}) {
		o.Password = auth.DefaultParams()
	}
	if o.SealDelay == 0 {
		o.SealDelay = op.SealDelay
	}
	if o.Wall == nil {
		o.Wall = o.Now
	}
	a := &App{Config: cfg, Log: o.Log, metrics: newMetrics()}
	if o.Past {
		a.clock = newDemoClock(o.Now)
		o.Now = a.clock.Now
	}
	a.opt = o
	if o.Patience > 0 {
		cfg.Timeout.Operation = o.Patience
		a.Config = cfg
	}
	var err error
	if a.set, err = Migrations(); err != nil {
		return nil, err
	}
	if a.Texts = o.Texts; a.Texts == nil {
		if a.Texts, err = text.New(); err != nil {
			return nil, err
		}
	}
	if err := a.prepareDataDir(); err != nil {
		return nil, err
	}
	a.DB, err = db.Open(ctx, cfg.DB, db.Options{
		Now: o.Now, Log: o.Log, SlowQuery: cfg.Log.SlowQuery, MemberTimeout: cfg.Timeout.Operation, MaxConns: connections(cfg),
		Intercept: o.Intercept, PartitionProfile: o.PartitionProfile,
	})
	if err != nil {
		return nil, err
	}
	if err := a.build(); err != nil {
		return nil, join(err, a.DB.Close())
	}
	return a, nil
}

// connections is the size of the pool: readers on SQLite, connections on PostgreSQL.
func connections(cfg config.Config) int {
	if cfg.Pool.Connections > 0 {
		return cfg.Pool.Connections
	}
	return cfg.Pool.Readers
}

// prepareDataDir makes the folders of files and keys, closed to other users.
func (a *App) prepareDataDir() error {
	for _, dir := range []string{"", "files", "keys"} {
		if err := os.MkdirAll(filepath.Join(a.Config.DataDir, dir), dirMode); err != nil {
			return fault.Wrap(err, fault.Precondition, "app.data_dir", "path", a.Config.DataDir)
		}
	}
	a.anchors = a.keyPath(anchorsFile)
	var err error
	a.Files, err = file.NewFolder(filepath.Join(a.Config.DataDir, "files"))
	return err
}

// build makes the modules, registers their operations and checks the registry.
func (a *App) build() error {
	hasher, err := auth.NewHasher(a.opt.Password, hashesAtOnce, a.opt.Random)
	if err != nil {
		return err
	}
	a.Registry = op.NewRegistry()
	a.Runner = &op.Runner{DB: a.DB, Registry: a.Registry, Log: a.Log, Now: a.opt.Now, Observe: a.observe, Random: a.opt.Random, Files: a.Files}
	fr := a.Texts.Printer(text.Base)
	explain := func(f fault.Field) string { return fr.Text("error."+f.Code, f.Args) }
	a.Intake = intake.New(intake.Options{
		Files: a.Files, Explain: explain, Say: func(key string) string { return fr.T(key) },
		TempDir: filepath.Join(a.Config.DataDir, "files", "part"),
	})
	a.Org = org.New(org.Options{Files: a.Files, Explain: explain})
	a.Access = access.New(access.Options{
		DB: a.DB, Hasher: hasher, Random: a.opt.Random, Places: a.Org.Places(), Units: unitCards{a.Org}, Top: a.Org,
		Session: a.sessionRule(), Throttle: auth.DefaultThrottle(),
	})
	a.Tariff = tariff.New(tariff.Options{Words: fr})
	a.Customer = customer.New(customer.Options{Intake: a.Intake, Tariffs: a.Tariff})
	a.Account = account.New(account.Options{Customers: a.Customer})
	a.Metering = metering.New(metering.Options{Imports: a.Intake, Say: fr.Text})
	a.Ledger = ledger.New(ledger.Options{
		Places: a.Org.Places(), Blockers: []ledger.Blocker{collection.Blocker}, Uses: []ledger.Use{collection.UsesAccount}, Reserved: collection.Reserved,
	})
	fonts := doc.NewFonts()
	a.Billing = billing.New(billing.Options{
		Tariffs: a.Tariff, Ledger: a.Ledger, Places: a.Org.Places(), Words: fr, Fonts: fonts, Workers: a.opt.Processors, Files: a.Files,
	})
	signer, err := loadSigner(a.keyPath(seedFile), a.opt.Random)
	if err != nil {
		return err
	}
	a.Collection = collection.New(collection.Options{
		Ledger: a.Ledger, Imports: a.Intake, Secret: signer.Secret("codes of receipts"), Find: findPayers, Words: fr, Fonts: fonts,
	})
	a.Board = board.New(a.Org.Places())
	a.Runner.Guard, a.Runner.Places = a.Access, a.Org.Places()
	a.Queue = job.New(a.Runner, job.Options{
		Workers: a.Config.Pool.Workers, Lease: 2 * a.opt.Patience, Log: a.Log, Calendar: a.Org.Calendar,
		Outside: a.outside(), Lanes: a.opt.Processors,
	})
	a.Runner.Queue = a.Queue
	mods := modules{a.Intake, a.Org, a.Access, a.Account, a.Customer, a.Metering, a.Tariff, a.Ledger, a.Billing, a.Collection, a.Board}
	register(a.Registry, mods, a.Queue, op.Policy{ConsoleApproves: a.opt.Demo})
	if err := a.Intake.Err(); err != nil {
		return err
	}
	if err := a.Queue.Schedules(
		job.Schedule{Code: "maintenance", Operation: job.MaintenanceOp, Rule: "daily 02:30"},
		job.Schedule{Code: "backup", Operation: backup.Op, Rule: "daily 23:30", Off: a.Config.Backup.Dir == ""},
	); err != nil {
		return err
	}
	a.Runner.Pepper = signer.Secret("inputs under an idempotency key")
	a.Sealer = &op.Sealer{DB: a.DB, Signer: signer, ChainOf: a.Org.Places().AgencyOf, Delay: a.opt.SealDelay}
	return a.Registry.Check()
}

// outside is the slow work of jobs that is done outside their transactions.
func (a *App) outside() map[string]job.Outside {
	all := map[string]job.Outside{backup.Op: backup.Outside(func() (backup.Config, error) {
		if a.Config.Backup.Dir == "" {
			return backup.Config{}, fault.New(fault.Precondition, "backup.not_configured")
		}
		return a.backupConfig(a.Config.Backup.Dir), nil
	})}
	for name, work := range a.Billing.Jobs(a.DB.Read) {
		all[name] = work
	}
	return all
}

// modules are the modules of the program.
type modules struct {
	intake     *intake.Store
	org        *org.Module
	access     *access.Module
	account    *account.Module
	customer   *customer.Module
	metering   *metering.Module
	tariff     *tariff.Module
	ledger     *ledger.Module
	billing    *billing.Module
	collection *collection.Module
	board      *board.Module
}

// register fills a registry with the operations of the whole program.
func register(r *op.Registry, m modules, q *job.Queue, policy op.Policy) {
	op.RegisterApprovals(r, policy)
	op.RegisterAudit(r)
	q.Register(r)
	m.intake.Register(r)
	m.org.Register(r)
	m.access.Register(r)
	m.account.Register(r)
	m.customer.Register(r)
	m.metering.Register(r)
	m.tariff.Register(r)
	m.ledger.Register(r)
	m.billing.Register(r)
	m.collection.Register(r)
	m.board.Register(r)
	job.RegisterMaintenance(r, m.access.Purges()...)
	backup.Register(r)
}

// Migrate brings the schema up to date and installs the built-in schedules.
func (a *App) Migrate(ctx context.Context) ([]db.MigrationStatus, error) {
	done, err := a.DB.Migrate(ctx, a.set)
	if err != nil {
		return done, err
	}
	return done, a.Ready(ctx)
}

// Ready checks the schema and learns the node.
func (a *App) Ready(ctx context.Context) error {
	if err := a.DB.CheckSchema(ctx, a.set); err != nil {
		return err
	}
	node, err := a.DB.Node(ctx)
	a.Runner.Node = node
	return err
}

// Close ends the use of the database.
func (a *App) Close() error { return a.DB.Close() }

// observe feeds the counters and whoever watches.
func (a *App) observe(e op.Event) {
	a.metrics.observe(e)
	if a.opt.Observe != nil {
		a.opt.Observe(e)
	}
}

// Today is the business day.
func (a *App) Today() day.Date { return day.Of(a.opt.Now()) }

// sessionRule is the life of sessions as configured.
func (a *App) sessionRule() auth.SessionRule {
	rule := auth.DefaultSession()
	rule.Idle, rule.Absolute = a.Config.Session.Idle, a.Config.Session.Max
	return rule
}
