package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"wasl/internal/delivery/cli"
	"wasl/internal/delivery/render/shop"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/job"
	"wasl/internal/platform/op"
)

// office is an App over the invented office: its operations run on a real
// database, the rest of the program only says how it was called.
type office struct {
	// sources is the folder of the platform's source.
	sources string
	now     func() time.Time
	env     []string
	// between is called before each report of a job; tests move the clock in it.
	between func()
	// display says that the output is a terminal.
	display bool
}

// newOffice finds the migrations and the texts in the source tree.
func newOffice(now func() time.Time, env []string) *office {
	sources := os.Getenv("WASL_TEST_SOURCES")
	if sources == "" {
		sources = "../../platform"
	}
	return &office{sources: sources, now: now, env: env}
}

func (o *office) Open(ctx context.Context, g cli.Globals) (cli.Backend, error) {
	dsn := g.Settings["db"]
	if dsn == "" {
		return nil, fault.New(fault.Invalid, "db.dsn")
	}
	d, err := db.Open(ctx, dsn, db.Options{Now: o.now})
	if err != nil {
		return nil, err
	}
	set, err := db.Migrations(os.DirFS(o.sources+"/op/migrations"), job.Migrations(), shop.Table())
	if err == nil {
		_, err = d.Migrate(ctx, set)
	}
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	r, q := shop.New(d, o.now)
	token := ""
	for _, entry := range o.env {
		if value, ok := strings.CutPrefix(entry, "WASL_TOKEN="); ok {
			token = value
		}
	}
	return &backend{r, q, o, token}, nil
}

type backend struct {
	*op.Runner
	queue  *job.Queue
	office *office
	token  string
}

func (b *backend) Labels(ctx context.Context, kind string, ids []int64) (words map[int64]string, err error) {
	err = b.DB.Read(ctx, func(ctx context.Context, r db.Reader) error {
		words, err = b.Registry.Labels(ctx, r, kind, ids)
		return err
	})
	return words, err
}

func (b *backend) Token() string { return b.token }
func (b *backend) Close() error  { return b.DB.Close() }

// Work runs the job and reports three times.
func (b *backend) Work(ctx context.Context, id op.ID, report func(done, total int64)) (cli.JobEnd, error) {
	for n := range int64(3) {
		if b.office.between != nil {
			b.office.between()
		}
		report(n, 3)
	}
	if err := b.queue.RunJob(ctx, id); err != nil {
		return cli.JobEnd{}, err
	}
	res, err := b.Run(ctx, op.Request{Name: "job.show", Credential: op.Credential{Channel: op.System}, Input: op.Input{"id": id.String()}})
	if err != nil {
		return cli.JobEnd{}, err
	}
	j := res.Out.(job.Job)
	end := cli.JobEnd{Job: id, State: string(j.State), Failed: j.State != job.Done, Reason: j.ErrorCode}
	if len(j.Summary) > 0 && j.State == job.Done {
		end.Summary = json.RawMessage(j.Summary)
	}
	return end, nil
}

// said writes how a command was called.
func said(out io.Writer, g cli.Globals, what string, args ...any) error {
	_, err := fmt.Fprintln(out, append([]any{what, "format=" + g.Format, "settings=" + fmt.Sprint(g.Settings)}, args...)...)
	return err
}

func (o *office) Serve(_ context.Context, g cli.Globals, s cli.ServeOptions, out io.Writer) error {
	return said(out, g, "serve", s.Demo, s.Day)
}

func (o *office) MigrateUp(_ context.Context, g cli.Globals, out io.Writer) error {
	return said(out, g, "migrate up")
}

func (o *office) MigrateStatus(_ context.Context, g cli.Globals, out io.Writer) error {
	return said(out, g, "migrate status")
}

func (o *office) Verify(_ context.Context, g cli.Globals, acks io.Reader, out io.Writer) error {
	keys := "none"
	if acks != nil {
		body, err := io.ReadAll(acks)
		if err != nil {
			return err
		}
		keys = strings.Join(strings.Fields(string(body)), "+")
	}
	if err := said(out, g, "verify", "acks="+keys); err != nil || keys != "lost" {
		return err
	}
	return fault.New(fault.Conflict, "row.stale", "version", 2, "given", 1)
}

func (o *office) Doctor(_ context.Context, g cli.Globals, out io.Writer) error {
	return said(out, g, "doctor")
}

func (o *office) Backup(_ context.Context, g cli.Globals, to string, out io.Writer) error {
	return said(out, g, "backup", to)
}

func (o *office) Restore(_ context.Context, g cli.Globals, r cli.RestoreOptions, out io.Writer) error {
	return said(out, g, "restore", r.From, r.Verify)
}

func (o *office) ConfigDump(_ context.Context, g cli.Globals, out io.Writer) error {
	return said(out, g, "config dump")
}

func (o *office) Demo(_ context.Context, g cli.Globals, d cli.DemoOptions, out io.Writer) error {
	return said(out, g, "demo", d.Units, d.Users, d.Seed, d.Day)
}

func (o *office) Bench(_ context.Context, g cli.Globals, b cli.BenchOptions, out io.Writer) error {
	return said(out, g, "bench", b.Name, b.Contracts, b.Months)
}

func (o *office) Drill(_ context.Context, g cli.Globals, d cli.DrillOptions, out io.Writer) error {
	return said(out, g, "drill", d.Name, d.Clients, d.Kills, d.Seed)
}

func (o *office) AdminSetupLink(_ context.Context, g cli.Globals, out io.Writer) error {
	return said(out, g, "setup-link")
}

func (o *office) Healthcheck(_ context.Context, g cli.Globals, url string, out io.Writer) error {
	return said(out, g, "healthcheck", url)
}

// run is the program as main would start it.
func run(o *office, in io.Reader, out, errs io.Writer, terminal bool, args []string) int {
	texts, err := shop.Texts(os.DirFS(o.sources + "/text"))
	if err != nil {
		panic(err)
	}
	r := shop.Registry()
	// The operations on jobs need no database to be known.
	job.New(&op.Runner{Registry: r, Now: o.now}, job.Options{}).Register(r)
	return cli.Run(context.Background(), cli.Config{
		App: o, Registry: r, Text: texts, Version: "1.2.3", Now: o.now, Env: o.env, Stdin: in, Stdout: out, Stderr: errs, Terminal: terminal,
		Display: o.display,
	}, args)
}

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"wasl": func() {
		os.Exit(run(newOffice(time.Now, os.Environ()), os.Stdin, os.Stdout, os.Stderr, false, os.Args[1:]))
	}})
}

// TestScripts runs the program as a shell would.
func TestScripts(t *testing.T) {
	t.Parallel()
	sources, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
		Setup: func(e *testscript.Env) error {
			e.Setenv("WASL_TEST_SOURCES", sources+"/../../platform")
			e.Setenv("HEAD", shop.TokenHead)
			e.Setenv("CHIEF", shop.TokenChief)
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){"code": code},
	})
}

// code runs a command and checks its exit code: code 2 wasl …
func code(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N command …")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	var exit interface{ ExitCode() int }
	if errors.As(err, &exit) {
		got = fmt.Sprint(exit.ExitCode())
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if got != args[0] {
		ts.Fatalf("exit code %s, want %s", got, args[0])
	}
}

// called is what one run in this process gave.
type called struct {
	code      int
	out, errs string
}

// call runs the program in this process on a database of its own per folder.
func call(t *testing.T, o *office, dir, stdin string, args ...string) called {
	t.Helper()
	var out, errs bytes.Buffer
	n := run(o, strings.NewReader(stdin), &out, &errs, false, append([]string{"--db", "sqlite:" + dir + "/t.db"}, args...))
	return called{n, out.String(), errs.String()}
}

func (o *office) TariffQuote(_ context.Context, _ cli.Globals, q cli.TariffQuoteOptions, requests io.Reader, out io.Writer) error {
	n, err := io.Copy(out, requests)
	if err == nil {
		_, err = fmt.Fprintf(out, "%d bytes, %v, explain %v\n", n, q.Files, q.Explain)
	}
	return err
}

func (o *office) TariffCheck(_ context.Context, _ cli.Globals, files []string, out io.Writer) error {
	_, err := fmt.Fprintln(out, files)
	return err
}
