package cli

import (
	"context"
	"encoding/json"
	"io"

	"wasl/internal/platform/op"
)

// Globals are what the command line says besides the command.
type Globals struct {
	// Settings are the settings written as flags, by flag name, for
	// config.Load; a flag that was not written is not there.
	Settings map[string]string
	// As is the login of the acting user; empty for none.
	As string
	// Format of the results: "table", "json", "csv", or "xlsx" of a list.
	Format string
	// Lang is the language of the messages.
	Lang string
}

// Backend carries out operations for the command line. The app makes it over an
// open database.
type Backend interface {
	Run(ctx context.Context, q op.Request) (op.Result, error)
	Rows(ctx context.Context, q op.Request, begin func(op.ListMeta) error, yield func(row any) error) (more bool, err error)
	// Labels gives the words for some records of a kind, by id.
	Labels(ctx context.Context, kind string, ids []int64) (map[int64]string, error)
	// Receive takes a file of a stored field into the file store before the request that
	// brings it.
	Receive(ctx context.Context, q op.Request, f *op.Field, name string, source io.Reader) (op.Upload, error)
	// Work carries out a queued job in this process and returns when it has
	// ended, here or elsewhere. Report is called now and then, from any
	// goroutine but never twice at once; total is 0 while it is not known.
	Work(ctx context.Context, job op.ID, report func(done, total int64)) (JobEnd, error)
	// Token is the API token of the settings (WASL_TOKEN); empty for none.
	Token() string
	Close() error
}

// JobEnd is what a job came to.
type JobEnd struct {
	Job op.ID `json:"job"`
	// State is the final state, as job.State says it.
	State string `json:"state"`
	// Failed says that it did not reach its end.
	Failed bool `json:"failed"`
	// Reason is the sentence of the failure; empty otherwise.
	Reason string `json:"reason,omitempty"`
	// Summary is the result the job gave, JSON; empty when it has none.
	Summary json.RawMessage `json:"summary,omitempty"`
}

// ServeOptions of the server.
type ServeOptions struct {
	// Demo shows the ready accounts.
	Demo bool
	// Day is the day that a demonstration begins on, as 2006-01-02; empty is today. It
	// needs Demo.
	Day string
}

// DemoOptions of filling a database.
type DemoOptions struct {
	// Units and Users are the sizes wanted; 0 is the ready utility.
	Units, Users int64
	// Contracts wanted; 0 is a few thousand.
	Contracts int64
	// Seed makes the data repeatable.
	Seed int64
	// Day is the last day that is lived, as 2006-01-02; empty is today.
	Day string
}

// BenchOptions of a measure; 0 is the default of the measure.
type BenchOptions struct {
	Name string
	// Contracts and Months are the size; 0 is the default of the measure.
	Contracts, Months int64
	// Items are the open items of an ageing; 0 is the default of the measure.
	Items int64
}

// DrillOptions of a drill; 0 is the default of the drill.
type DrillOptions struct {
	Name           string
	Clients, Kills int64
	Seed           int64
}

// RestoreOptions of taking back a copy.
type RestoreOptions struct {
	From string
	// Verify checks the copy and leaves the database alone.
	Verify bool
}

// App is the program, as the command line needs it. Each function opens and
// closes what it needs; out receives records in Globals.Format.
type App interface {
	// Open opens the database for operations. The schema must be up to date.
	Open(ctx context.Context, g Globals) (Backend, error)
	// Serve runs the server until ctx ends.
	Serve(ctx context.Context, g Globals, o ServeOptions, out io.Writer) error
	MigrateUp(ctx context.Context, g Globals, out io.Writer) error
	MigrateStatus(ctx context.Context, g Globals, out io.Writer) error
	// Verify checks the invariants; acks are acknowledged keys, one a line, nil
	// for none. An invariant that does not hold is an error.
	Verify(ctx context.Context, g Globals, acks io.Reader, out io.Writer) error
	Doctor(ctx context.Context, g Globals, out io.Writer) error
	Backup(ctx context.Context, g Globals, to string, out io.Writer) error
	Restore(ctx context.Context, g Globals, o RestoreOptions, out io.Writer) error
	ConfigDump(ctx context.Context, g Globals, out io.Writer) error
	Demo(ctx context.Context, g Globals, o DemoOptions, out io.Writer) error
	Bench(ctx context.Context, g Globals, o BenchOptions, out io.Writer) error
	Drill(ctx context.Context, g Globals, o DrillOptions, out io.Writer) error
	AdminSetupLink(ctx context.Context, g Globals, out io.Writer) error
	// TariffQuote answers requests, one JSON object a line, with quotes or refusals in
	// their order; a refusal makes it fail at the end.
	TariffQuote(ctx context.Context, g Globals, o TariffQuoteOptions, requests io.Reader, out io.Writer) error
	// TariffCheck prints every problem of tariff files; any makes it fail.
	TariffCheck(ctx context.Context, g Globals, files []string, out io.Writer) error
	// Healthcheck asks a running server whether it is ready; an empty address is
	// that of the settings.
	Healthcheck(ctx context.Context, g Globals, url string, out io.Writer) error
}
