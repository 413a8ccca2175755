// Package texttest holds packages to their French texts: whatever a package
// shows, from an operation to a fault, has a text in the catalogue.
package texttest

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"wasl/internal/platform/op"
	"wasl/internal/platform/text"
)

// Catalogue is what the keys of a test are looked up in.
type Catalogue struct {
	t testing.TB
	c *text.Catalog
}

// New reads the texts of the house.
func New(t testing.TB) Catalogue {
	t.Helper()
	c, err := text.New()
	if err != nil {
		t.Fatal(err)
	}
	return Catalogue{t, c}
}

// Need expects one of the keys to have a text; the first is named when none has.
func (c Catalogue) Need(keys ...string) {
	c.t.Helper()
	for _, k := range keys {
		if c.c.Has(k) {
			return
		}
	}
	c.t.Errorf("no text %s", keys[0])
}

// Each expects every key to have a text.
func (c Catalogue) Each(prefix string, keys ...string) {
	c.t.Helper()
	for _, k := range keys {
		c.Need(prefix + k)
	}
}

// Operation expects the texts of an operation, its fields with their values and
// its columns.
func (c Catalogue) Operation(d *op.Def) {
	c.t.Helper()
	c.Each("op.", d.Name, d.Name+".help")
	c.Need("module." + d.Module())
	if d.FourEyes {
		c.Need("op." + d.ApproveRight())
	}
	for _, f := range d.Fields {
		c.Need("field."+f.Name, "field."+d.Name+"."+f.Name)
		c.Each("enum."+f.EnumName+".", f.Values...)
	}
	for _, column := range d.Columns {
		c.Need("field."+column.Name, "column."+column.Name, "field."+d.Name+"."+column.Name)
	}
}

// Found are the places in the sources of the package under test, its tests left
// out, where a pattern matches: the groups of each, joined. Fewer than least fail
// the test: the pattern no longer understands the sources.
func Found(t testing.TB, pattern string, least int) []string {
	t.Helper()
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	code := regexp.MustCompile(pattern)
	var out []string
	for _, path := range sources {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		body, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range code.FindAllStringSubmatch(string(body), -1) {
			out = append(out, strings.Join(m[1:], ""))
		}
	}
	if len(out) < least {
		t.Fatalf("the sources were not understood: %s found %d times, want %d at least", pattern, len(out), least)
	}
	return out
}
