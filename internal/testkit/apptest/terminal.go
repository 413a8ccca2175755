package apptest

import (
	"bytes"
	"io"

	"wasl/internal/app"
	"wasl/internal/delivery/cli"
)

// Terminal gives a command line to the program, on the database of the world and with
// JSON as its form. It gives the exit code and what was written on both outputs.
func (w *World) Terminal(stdin io.Reader, args ...string) (code int, stdout, stderr string) {
	w.Helper()
	var out, told bytes.Buffer
	program := &app.Program{Now: w.Clock.Now, Started: w.Clock.Now(), Version: "test", Log: &told, Assets: w.Kit.Assets(), Texts: w.App.Texts}
	code = cli.Run(w.Context(), cli.Config{
		App: program, Registry: w.App.Registry, Text: w.App.Texts, Version: "test", Now: w.Clock.Now, Stdin: stdin, Stdout: &out, Stderr: &told,
	}, append([]string{"--db", w.App.Config.DB, "--data-dir", w.App.Config.DataDir, "--format", "json"}, args...))
	return code, out.String(), told.String()
}
