// Package main is the program: it gives the command line what belongs to the
// process (arguments, environment, clock, files) and nothing else.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"wasl/internal/app"
	"wasl/internal/delivery/cli"
	"wasl/internal/delivery/render"
	"wasl/internal/platform/text"
	"wasl/internal/platform/ui"
)

// version of the program; CHANGELOG.md says what it holds.
const version = "0.1.0"

// revisionShown is how much of a commit's name is shown.
const revisionShown = 12

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A second signal ends the process at once.
	context.AfterFunc(ctx, stop)
	roomy(os.Environ())
	os.Exit(run(ctx, os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr))
}

// run is the program between its inputs and outputs; tests call it. It gives the
// exit code.
func run(ctx context.Context, args, env []string, stdin io.Reader, stdout, stderr io.Writer) int {
	texts, err := text.New()
	if err != nil {
		return broken(stderr, err)
	}
	operations, err := app.Operations()
	if err != nil {
		return broken(stderr, err)
	}
	executable, err := os.Executable()
	if err != nil {
		return broken(stderr, err)
	}
	program := &app.Program{
		Env: env, Now: time.Now, Started: time.Now(), Version: versionOf(), Executable: executable, Log: stderr,
		Assets: ui.LoadAssets(), Texts: texts,
	}
	return cli.Run(ctx, cli.Config{
		App: program, Registry: operations, Text: texts, Version: program.Version, Now: time.Now, Env: env,
		Stdin: stdin, Stdout: stdout, Stderr: stderr, Terminal: isTerminal(stderr), Display: isTerminal(stdout),
	}, args)
}

// broken tells a defect of the program itself, for which there are no texts yet.
func broken(stderr io.Writer, err error) int {
	_, _ = io.WriteString(stderr, cli.Name+": "+err.Error()+"\n")
	return render.ExitFailed
}

// versionOf is the version with the commit it was built from, when the build
// knows it.
func versionOf() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return version
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) > revisionShown {
			return version + "+" + s.Value[:revisionShown]
		}
	}
	return version
}

// isTerminal says whether a writer is a terminal or the like.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
