package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// quoteLine is what a script reads of an answer.
type quoteLine struct {
	ID    string `json:"id"`
	Total string `json:"total"`
	Error *struct {
		Code, Message, Field string
	} `json:"error"`
}

// given a tariff file and what it includes, no database
// when requests are piped in
// then answers come in order, refusals among them, and the exit code says that there were
func TestTariffQuote(t *testing.T) {
	t.Parallel()
	var stdout, stderr bytes.Buffer
	in := `{"id":"a","tariff":"ma-elec-domestic","from":"2018-03-01","to":"2018-03-31","months":1,"quantity":"150","attributes":{"use":"domestic","fixed":"onee-2018"}}
{"id":"b","tariff":"ma-elec-domestic","from":"2018-03-01","to":"2018-03-31","months":1,"quantity":"150","attributes":{}}
not a request
{"id":"c","tariff":"ma-elec-domestic","from":"2018-03-01","to":"2018-03-31","months":1,"quantity":"0","attributes":{"use":"domestic"}}`
	code := run(t.Context(), []string{"tariff", "quote", "--tariff", "../../packs/ma/electricity.yaml", "-"}, nil, strings.NewReader(in), &stdout, &stderr)
	want := []quoteLine{{ID: "a", Total: "163.42"}, {ID: "b"}, {}, {ID: "c", Total: "0.00"}}
	lines := strings.Split(strings.TrimSpace(stdout.String()), "\n")
	if code != 1 || len(lines) != len(want) {
		t.Fatalf("code %d: %s%s", code, stdout.String(), stderr.String())
	}
	for i, w := range want {
		var got quoteLine
		if err := json.Unmarshal([]byte(lines[i]), &got); err != nil {
			t.Fatal(err)
		}
		if got.ID != w.ID || got.Total != w.Total || (got.Error == nil) != (w.Total != "") {
			t.Errorf("line %d: %s", i, lines[i])
		}
	}
	if !strings.Contains(lines[1], `"field":"attributes.use"`) || !strings.Contains(stderr.String(), "2 demandes refusées sur 4") {
		t.Errorf("%s\n%s", lines[1], stderr.String())
	}
}

func TestTariffQuoteOfPacks(t *testing.T) {
	t.Parallel()
	in := `{"id":"a","tariff":"five-tier","from":"2018-03-01","to":"2018-03-31","quantity":"7","attributes":{"class":"RESIDENTIAL_MULTI"}}`
	path := filepath.Join(t.TempDir(), "requests")
	if err := os.WriteFile(path, []byte(in), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, errs := call(t, t.TempDir(), "tariff", "quote", "--tariff", "pack:example/five-tier.yaml", "--explain", path)
	if code != 0 || !strings.Contains(out, `"total":"21.61"`) || !strings.Contains(out, `"sentences":[`) { // 6 × 2.37 + 7.39
		t.Errorf("%d %s%s", code, out, errs)
	}
	for _, args := range [][]string{
		{"tariff", "quote"},
		{"tariff", "quote", "--tariff", "pack:example/none.yaml"},
		{"tariff", "quote", "--tariff", "pack:example/five-tier.yaml", "none"},
		{"tariff", "quote", "--tariff", "pack:example/five-tier.yaml", path, path},
	} {
		if code, out, errs := call(t, t.TempDir(), args...); code == 0 || out != "" || strings.Count(errs, "\n") != 1 {
			t.Errorf("%v: %d %s%s", args, code, out, errs)
		}
	}
}

func TestTariffCheck(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	bad := filepath.Join(dir, "bad.yaml")
	if err := os.WriteFile(bad, []byte("format: wasl-tariff/1\ninclude: [none.yaml]\ncolour: red\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, errs := call(t, dir, "tariff", "check", bad)
	if code != 1 || !strings.Contains(out, bad+":2:11") || !strings.Contains(out, bad+":3:1") || !strings.Contains(errs, "2 probl") {
		t.Errorf("%d %s%s", code, out, errs)
	}
	code, out, _ = call(t, dir, "tariff", "check", "--format", "json", bad)
	var told []struct {
		File, Code, Message string
		Line, Column        int
	}
	if err := json.Unmarshal([]byte(out), &told); err != nil || code != 1 || len(told) != 2 || told[0].Line != 2 || told[0].Column != 11 || told[0].Message == "" {
		t.Errorf("%d %s %v", code, out, err)
	}
	if code, out, errs := call(t, dir, "tariff", "check", "../../packs/ma/electricity.yaml", "../../packs/ma/water-example.yaml"); code != 0 || errs != "" {
		t.Errorf("%d %s%s", code, out, errs)
	}
	if code, _, _ := call(t, dir, "tariff", "check"); code != 2 {
		t.Errorf("no file: %d", code)
	}
}
