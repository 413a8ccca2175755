package tariff

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"wasl/internal/kernel/fault"
)

// folder reads files out of a map, as a disk would.
func folder(files map[string]string) func(string) ([]byte, error) {
	return func(name string) ([]byte, error) {
		source, ok := files[name]
		if !ok {
			return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
		}
		return []byte(source), nil
	}
}

func TestLoadFollowsIncludes(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"d/all.yaml":   everything,
		"d/other.yaml": "format: wasl-tariff/1\ninclude: [all.yaml]\n" + strings.TrimPrefix(other, "format: wasl-tariff/1\n"),
	}
	book, problems, err := Load(folder(files), "./d/all.yaml", "d/other.yaml", "d/all.yaml")
	if err != nil || len(problems) > 0 || strings.Join(book.Codes(), " ") != "t" || book.Tariff("t").Label != "Tarif" || book.Tariff("u") != nil {
		t.Fatalf("%v %v", problems, err)
	}
	delete(files, "d/other.yaml")
	book, problems, err = Load(folder(files), "d/all.yaml")
	if err != nil || book != nil || len(problems) != 1 || problems[0].Code != "tariff.include_missing" || problems[0].Place() != "d/all.yaml:2:11" {
		t.Errorf("missing include: %v %v", problems, err)
	}
	if _, _, err := Load(folder(files), "none.yaml"); fault.CodeOf(err) != "tariff.file_read" {
		t.Errorf("missing file: %v", err)
	}
	locked := func(name string) ([]byte, error) {
		if name == "d/other.yaml" {
			return nil, errors.New("locked")
		}
		return []byte(everything), nil
	}
	if _, _, err := Load(locked, "d/all.yaml"); fault.CodeOf(err) != "tariff.file_read" {
		t.Errorf("an include that cannot be read: %v", err)
	}
}

// A table of a file that an included file includes is not in sight.
func TestIncludesAreNotFollowedFurther(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"a.yaml": strings.Replace(strings.Replace(everything, "[other.yaml]", "[b.yaml]", 1), "vat_table: v", "vat_table: w", 1),
		"b.yaml": "format: wasl-tariff/1\ninclude: [c.yaml]\n", "c.yaml": other,
	}
	_, problems, err := Load(folder(files), "a.yaml")
	if err != nil || len(problems) == 0 || problems[0].Code != "tariff.table_unknown" {
		t.Errorf("%v %v", problems, err)
	}
	files["a.yaml"] = strings.Replace(files["a.yaml"], "[b.yaml]", "[c.yaml]", 1)
	if _, problems, err := Load(folder(files), "a.yaml"); err != nil || len(problems) > 0 {
		t.Errorf("in sight: %v %v", problems, err)
	}
}

// A chain of includes ends at a bound.
func TestLoadIsBounded(t *testing.T) {
	t.Parallel()
	read := func(name string) ([]byte, error) {
		var n int
		if _, err := fmt.Sscanf(name, "f%d.yaml", &n); err != nil {
			return nil, err
		}
		return fmt.Appendf(nil, "format: wasl-tariff/1\ninclude: [f%d.yaml]\n", n+1), nil
	}
	book, problems, err := Load(read, "f0.yaml")
	if err != nil || book != nil || len(problems) == 0 || problems[0].Code != "tariff.files_many" {
		t.Errorf("%v %v %v", book, problems, err)
	}
}

// Aliases that would make millions of charges out of a page are read up to a bound.
func TestAliasesAreBounded(t *testing.T) {
	t.Parallel()
	blocks := strings.TrimSuffix(strings.Repeat(`{ up_to: "1", price: "1" }, `, BlocksMax), ", ")
	source := "format: wasl-tariff/1\ntariffs:\n  - code: t\n    label: T\n    service: other\n    unit: u\n    currency: MAD\n    versions:\n" +
		"      - &v { version: v, from: 2020-01-01, status: example, source: s, basis: HT, rounding: line, prorata: none, on_change: end, charges: [ " +
		"&c { code: WATER, label: W, kind: blocks, blocks: [ " + blocks + " ] }" + strings.Repeat(", *c", ChargesMax-1) + " ] }\n" + strings.Repeat("      - *v\n", VersionsMax-1)
	_, problems := Parse("f", []byte(source))
	told := false
	for _, p := range problems {
		told = told || p.Code == "tariff.file_nodes"
	}
	if !told {
		t.Errorf("%d bytes of aliases are read to the end: %v", len(source), problems)
	}
}
