package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"wasl/internal/app"
)

// call runs the program on a database of its own.
func call(t *testing.T, dir string, args ...string) (code int, out, errs string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	args = append([]string{"--db", "sqlite:" + dir + "/t.db"}, args...)
	code = run(t.Context(), args, nil, strings.NewReader(""), &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

func TestExitCodes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, c := range []struct {
		args string
		code int
	}{
		{"version", 0},
		{"--help", 0},
		{"nothing", 2},
		{"version --nothing", 2},
		{"org unit list", 1}, // there is no schema yet
		{"migrate up", 0},
		{"org unit list", 1}, // nobody acts
		{"verify", 0},
	} {
		if code, out, errs := call(t, dir, strings.Fields(c.args)...); code != c.code || (code != 0) != (errs != "" && strings.Count(errs, "\n") == 1) {
			t.Errorf("%s: code %d, want %d: %s%s", c.args, code, c.code, out, errs)
		}
	}
}

// Every operation of the program has its command and its help, without a text
// missing.
func TestEveryOperationHasItsCommand(t *testing.T) {
	t.Parallel()
	r, err := app.Operations()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, d := range r.All() {
		path := strings.Split(strings.ReplaceAll(d.Name, "_", "-"), ".")
		code, out, errs := call(t, dir, append(path, "--help")...)
		if code != 0 || !strings.Contains(out, "  wasl "+strings.Join(path, " ")) || strings.HasPrefix(out, d.Name) {
			t.Errorf("%s: %d %s%s", d.Name, code, out, errs)
		}
	}
}

func TestDocumentOfTheProgram(t *testing.T) {
	t.Parallel()
	code, out, errs := call(t, t.TempDir(), "openapi")
	var doc struct {
		Paths map[string]any `json:"paths"`
	}
	if err := json.Unmarshal([]byte(out), &doc); err != nil || code != 0 || len(doc.Paths) < 20 {
		t.Errorf("%d paths, %v: %s", len(doc.Paths), err, errs)
	}
}
