package cli_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wasl/internal/delivery/render/shop"
	"wasl/internal/testkit/dbtest"
)

func ready(t *testing.T) (*office, string, *dbtest.Clock) {
	t.Helper()
	clock := dbtest.NewClock(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	return newOffice(clock.Now, nil), t.TempDir(), clock
}

// ok checks that a call succeeded and gives its output.
func (c called) ok(t *testing.T) string {
	t.Helper()
	if c.code != 0 {
		t.Fatalf("code %d: %s", c.code, c.errs)
	}
	return c.out
}

// record reads a JSON object of the output.
func record(t *testing.T, text string) map[string]any {
	t.Helper()
	out := map[string]any{}
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return out
}

func TestFourEyesOverTheConsole(t *testing.T) {
	t.Parallel()
	o, dir, _ := ready(t)
	made := call(t, o, dir, "", "shop", "thing", "create", "--as", "head", "--code", "A", "--name", "Axe", "--kind", "part", "--format", "json").ok(t)
	id := record(t, made)["id"].(string)
	// given a proposal
	said := call(t, o, dir, "", "shop", "thing", "retire", id, "--as", "head", "--key", "p").ok(t)
	if !strings.HasPrefix(said, "Proposition D") || !strings.Contains(said, "deuxième personne") {
		t.Errorf("said %q", said)
	}
	again := record(t, call(t, o, dir, "", "shop", "thing", "retire", "--id", id, "--as", "head", "--key", "p", "--format", "json").ok(t))
	proposal, _ := again["proposal"].(string)
	if proposal == "" || !strings.Contains(said, again["number"].(string)) {
		t.Fatalf("replay %v", again)
	}
	// when the second person acts at the console, it is refused
	if c := call(t, o, dir, "", "approval", "approve", proposal, "--version", "1", "--as", "chief"); c.code != 1 {
		t.Errorf("the console approved: %s", c.out)
	}
	// then the owner of a token may
	o.env = []string{"WASL_TOKEN=" + shop.TokenChief}
	if got := call(t, o, dir, "", "approval", "approve", proposal, "--version", "1").ok(t); !strings.Contains(got, proposal) {
		t.Errorf("approved %q", got)
	}
}

func TestEveryRowOfALongList(t *testing.T) {
	t.Parallel()
	o, dir, _ := ready(t)
	// A list whose rows know no place is given whole, beyond one flush of the table.
	rows := strings.Split(strings.TrimSpace(call(t, o, dir, "", "shop", "system", "rows", "--count", "1203").ok(t)), "\n")
	if len(rows) != 1204 || !strings.HasPrefix(rows[1203], "1203") && !strings.HasPrefix(rows[1203], "1\u202f203") {
		t.Errorf("%d lines, the last %q", len(rows), rows[len(rows)-1])
	}
	out := call(t, o, dir, "", "shop", "system", "rows", "--count", "700", "--format", "json").ok(t)
	if items := record(t, out)["items"].([]any); len(items) != 700 {
		t.Errorf("%d items", len(items))
	}
	lines, err := csv.NewReader(strings.NewReader(call(t, o, dir, "", "shop", "system", "rows", "--count", "3", "--format", "csv").ok(t))).ReadAll()
	if err != nil || len(lines) != 4 || lines[1][1] != "'=1+1" {
		t.Errorf("csv %v %v", lines, err)
	}
	// A list that breaks is a failure, and its JSON cannot be taken for whole.
	c := call(t, o, dir, "", "shop", "system", "rows", "--count", "9", "--fail-at", "5", "--format", "json")
	if c.code != 1 || json.Valid([]byte(c.out)) || !strings.Contains(c.errs, `"code":"shop.broken"`) {
		t.Errorf("broken: %d %q %q", c.code, c.out, c.errs)
	}
}

// A workbook is whole, goes to the file named or through a pipe, and never to a terminal.
func TestWorkbook(t *testing.T) {
	t.Parallel()
	o, dir, _ := ready(t)
	path := filepath.Join(dir, "lignes.xlsx")
	ask := []string{"shop", "system", "rows", "--count", "700", "--format", "xlsx"}
	if got := call(t, o, dir, "", append(ask, "--out", path)...).ok(t); got != "" {
		t.Errorf("output %q", got)
	}
	kept, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	piped := call(t, o, dir, "", ask...).ok(t)
	for name, body := range map[string]string{"kept": string(kept), "piped": piped} {
		archive, err := zip.NewReader(strings.NewReader(body), int64(len(body)))
		if err != nil {
			t.Fatal(name, err)
		}
		sheet, err := fs.ReadFile(archive, "xl/worksheets/sheet1.xml")
		if err != nil || strings.Count(string(sheet), "<row ") != 701 || !strings.Contains(string(sheet), "=1+1</t>") {
			t.Errorf("%s: %d lines, %v", name, strings.Count(string(sheet), "<row "), err)
		}
	}
	o.display = true
	for _, more := range [][]string{nil, {"--out", "-"}} {
		if c := call(t, o, dir, "", append(ask, more...)...); c.code != 2 || c.out != "" || !strings.Contains(c.errs, "--out") {
			t.Errorf("a terminal got %d %q %q", c.code, c.out, c.errs)
		}
	}
	// A list that breaks leaves the file of that name as it was, and a record is no list.
	broken := call(t, o, dir, "", "shop", "system", "rows", "--count", "9", "--fail-at", "5", "--format", "xlsx", "--out", path)
	if again, err := os.ReadFile(path); broken.code != 1 || err != nil || string(again) != string(kept) {
		t.Errorf("broken: %d %q, file kept %v %v", broken.code, broken.errs, string(again) == string(kept), err)
	}
	if c := call(t, o, dir, "", "shop", "thing", "show", "1", "--as", "head", "--format", "xlsx"); c.code != 2 {
		t.Errorf("a record: %d %q", c.code, c.errs)
	}
	// Every form of a list is kept in a file.
	call(t, o, dir, "", "shop", "system", "rows", "--count", "3", "--format", "csv", "--out", path).ok(t)
	if lines, err := os.ReadFile(path); err != nil || strings.Count(string(lines), "\r\n") != 4 {
		t.Errorf("csv in a file: %q %v", lines, err)
	}
}

func TestCursorsAreThoseOfTheAPI(t *testing.T) {
	t.Parallel()
	o, dir, _ := ready(t)
	for _, name := range []string{"A", "B", "C"} {
		call(t, o, dir, "", "shop", "thing", "create", "--as", "head", "--code", name, "--name", "Nom", "--kind", "part").ok(t)
	}
	first := record(t, call(t, o, dir, "", "shop", "thing", "list", "--as", "head", "--limit", "2", "--format", "json").ok(t))
	cursor := first["next"].(string)
	second := record(t, call(t, o, dir, "", "shop", "thing", "list", "--as", "head", "--cursor", cursor, "--format", "json").ok(t))
	if items := second["items"].([]any); len(items) != 1 || items[0].(map[string]any)["code"] != "C" || second["next"] != nil {
		t.Errorf("second page %v", second)
	}
	for _, other := range [][]string{{"--sort", "-code"}, {"--kind", "part"}, {"--unit", "1"}} {
		args := append([]string{"shop", "thing", "list", "--as", "head", "--cursor", cursor}, other...)
		if c := call(t, o, dir, "", args...); c.code != 1 {
			t.Errorf("%v: a foreign cursor was taken: %s", other, c.out)
		}
	}
}

func TestTerminalIsNotAttacked(t *testing.T) {
	t.Parallel()
	o, dir, _ := ready(t)
	input := filepath.Join(dir, "in.json")
	if err := os.WriteFile(input, []byte(`{"code":"A","name":"ab\u202ecd `+strings.Repeat("x", 20)+`","kind":"part"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	call(t, o, dir, "", "shop", "thing", "create", "--as", "head", "--json", input).ok(t)
	out := call(t, o, dir, "", "shop", "thing", "list", "--as", "head").ok(t)
	if strings.ContainsRune(out, '\u202e') || !strings.Contains(out, "ab cd") {
		t.Errorf("output %q", out)
	}
	c := call(t, o, dir, "", "shop", "thing", "show", "\x1b[31m", "--as", "head")
	if strings.ContainsRune(c.errs, '\x1b') || strings.Count(c.errs, "\n") != 1 {
		t.Errorf("error %q", c.errs)
	}
}

func TestProgress(t *testing.T) {
	t.Parallel()
	o, dir, clock := ready(t)
	o.between = func() { clock.Advance(6 * time.Second) }
	c := call(t, o, dir, "", "shop", "work", "run", "--as", "head", "--count", "1", "--wait")
	// Reports come at 6, 12 and 18 seconds: one line, at 12.
	if c.code != 0 || c.errs != "1 sur 3\n" {
		t.Errorf("code %d, progress %q", c.code, c.errs)
	}
	var out, errs bytes.Buffer
	args := []string{"--db", "sqlite:" + dir + "/t.db", "shop", "work", "run", "--as", "head", "--count", "1", "--wait"}
	n := run(o, strings.NewReader(""), &out, &errs, true, args)
	if n != 0 || !strings.Contains(errs.String(), "\r") || !strings.Contains(out.String(), `"state":"done"`) {
		t.Errorf("on a terminal: %d %q %q", n, errs.String(), out.String())
	}
}

// broken is an output that nobody reads any more.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, fmt.Errorf("closed") }

func TestOutputThatBreaks(t *testing.T) {
	t.Parallel()
	o, dir, _ := ready(t)
	call(t, o, dir, "", "shop", "thing", "create", "--as", "head", "--code", "A", "--name", "Nom", "--kind", "part").ok(t)
	for _, format := range []string{"table", "json", "csv"} {
		for _, args := range [][]string{{"shop", "thing", "list", "--as", "head"}, {"shop", "system", "rows", "--count", "2"}, {"version"}, {"openapi"}} {
			var errs bytes.Buffer
			args = append([]string{"--db", "sqlite:" + dir + "/t.db", "--format", format}, args...)
			if n := run(o, strings.NewReader(""), broken{}, &errs, false, args); n != 1 || errs.Len() == 0 {
				t.Errorf("%v: code %d, %q", args, n, errs.String())
			}
		}
	}
}

func TestLanguageIsKnownBeforeAnything(t *testing.T) {
	t.Parallel()
	o, dir, _ := ready(t)
	for _, args := range [][]string{{"--lang", "fr", "nothing"}, {"--lang=en", "nothing"}, {"nothing", "--", "--lang", "xx"}} {
		if c := call(t, o, dir, "", args...); c.code != 2 || !strings.Contains(c.errs, "nothing") || strings.Contains(c.errs, "[") {
			t.Errorf("%v: %d %q", args, c.code, c.errs)
		}
	}
}

// At the terminal 1.234 is what the program prints; a rate from 1 needs its sign.
func TestMeasuresAtTheTerminal(t *testing.T) {
	t.Parallel()
	o, dir, _ := ready(t)
	got := record(t, call(t, o, dir, "", "shop", "measure", "echo", "--price", "1,0732", "--volume", "1.234", "--share", "20 %", "--format", "json").ok(t))
	if got["price"] != "1.0732" || got["volume"] != "1.234" || got["share"] != "0.20" {
		t.Errorf("got %v", got)
	}
	if c := call(t, o, dir, "", "shop", "measure", "echo", "--share", "20"); c.code != 1 || !strings.Contains(c.errs, "%") {
		t.Errorf("a rate without sign: %d %s", c.code, c.errs)
	}
}
