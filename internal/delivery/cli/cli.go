// Package cli is the command line. The commands that carry out operations come
// from the registry, like the API and the screens; the others are declared here
// and call the App. It holds no rule of its own.
//
// Results go to the standard output, messages and the reason of a refusal, on
// one line, to the error output. The exit code is 0, 1 when refused or failed, 2
// when the command line itself is wrong.
package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"wasl/internal/delivery/render"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/op"
	"wasl/internal/platform/text"
)

// Name is the name of the program.
const Name = "wasl"

// Config is what the command line is made of; every field but Env and Terminal
// is required.
type Config struct {
	App App
	// Registry holds the operations; no database is needed to know them.
	Registry *op.Registry
	Text     *text.Catalog
	Version  string
	// Now is the clock, for the rhythm of progress lines.
	Now func() time.Time
	// Env is the environment, as os.Environ gives it.
	Env    []string
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer
	// Terminal says that Stderr is one: progress is then a moving bar.
	Terminal bool
	// Display says that Stdout is one: what is not text is not written to it.
	Display bool
}

// console is one run of the command line.
type console struct {
	Config
	words  render.Words
	format string
	root   *cobra.Command
	// labels are the words of records in the database that is open; nil before.
	labels labeller
	// ids asks for the ids of records in place of their words.
	ids bool
	// stdinUsed says what took the standard input, which can be read once.
	stdinUsed bool
}

// Run carries out one command and gives the exit code.
func Run(ctx context.Context, c Config, args []string) int {
	t := &console{Config: c, words: render.NewWords(c.Text, languageOf(args, c.Env)), format: flagIn(args, "format")}
	t.tree()
	t.root.SetArgs(args)
	t.root.SetIn(c.Stdin)
	t.root.SetOut(c.Stdout)
	t.root.SetErr(c.Stderr)
	err := t.root.ExecuteContext(ctx)
	t.report(err)
	return render.ExitCode(err)
}

// report writes why a command did not succeed: one line, or a problem document
// when JSON was asked for.
func (t *console) report(err error) {
	if err == nil {
		return
	}
	p := render.NewProblem(t.words, err, "")
	if t.format == formatJSON {
		if body, jsonErr := json.Marshal(p); jsonErr == nil {
			t.say(string(body))
			return
		}
	}
	line := p.Line()
	if p.Kind == fault.Internal {
		// Locally the operator is the one who can repair: he gets the cause.
		line += " (" + render.OneLine(err.Error()) + ")"
	}
	t.say(Name + ": " + line)
}

// say writes a line for people; a closed error output is nobody's loss.
func (t *console) say(line string) { _, _ = fmt.Fprintln(t.Stderr, line) }

// tell is say with a text by its key.
func (t *console) tell(key string, pairs ...any) { t.say(t.words.T(key, pairs...)) }

// wrote turns a failure of the standard output into ours.
func wrote(err error) error {
	if err == nil {
		return nil
	}
	var f *fault.Error
	if errors.As(err, &f) {
		return err
	}
	return fault.Wrap(err, fault.Unavailable, "cli.output")
}

// languageOf finds the language before anything is built: the help itself is
// written in it.
func languageOf(args, env []string) string {
	if lang := flagIn(args, "lang"); lang != "" {
		return lang
	}
	return variable(env, "WASL_LANG")
}

// flagIn reads the last value of a flag without parsing the whole line.
func flagIn(args []string, name string) string {
	value := ""
	for i, arg := range args {
		if arg == "--" {
			break
		}
		if after, ok := strings.CutPrefix(arg, "--"+name+"="); ok {
			value = after
		} else if arg == "--"+name && i+1 < len(args) {
			value = args[i+1]
		}
	}
	return value
}

// variable reads a variable of the environment; the last one wins.
func variable(env []string, name string) string {
	for _, entry := range slices.Backward(env) {
		if value, ok := strings.CutPrefix(entry, name+"="); ok {
			return value
		}
	}
	return ""
}

// usage makes an error of the command line itself.
func usage(code string, pairs ...any) error {
	return fault.New(fault.Invalid, render.UsagePrefix+code, pairs...)
}
