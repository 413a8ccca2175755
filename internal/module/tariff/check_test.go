package tariff

import (
	"slices"
	"strings"
	"testing"
)

// other is the file that everything includes.
const other = "format: wasl-tariff/1\nvat:\n  - { code: w, components: [ { code: c, rates: [ { from: 2014-01-01, rate: \"0.2\" } ] } ] }\n"

// compileText parses and compiles files, given as name and text.
func compileText(t testing.TB, files ...string) (*Book, Problems) {
	t.Helper()
	var parsed []*File
	var all Problems
	for i := 0; i < len(files); i += 2 {
		f, problems := Parse(files[i], []byte(files[i+1]))
		parsed, all = append(parsed, f), append(all, problems...)
	}
	book, problems := Compile(parsed...)
	return book, append(all, problems...).sorted()
}

func TestEverythingCompiles(t *testing.T) {
	t.Parallel()
	if _, problems := compileText(t, "dir/all.yaml", everything, "dir/other.yaml", other); len(problems) > 0 {
		t.Fatal(problems)
	}
}

// Each change keeps the form of the file and makes it mean nothing.
func TestCompileRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ from, to, code string }{
		{"[other.yaml]", "[none.yaml]", "tariff.include_missing"},
		{"  - code: v\n", "  - code: w\n", "tariff.code_taken"},
		{"  - code: v\n", "  - code: x\n", "tariff.table_unknown"},
		{"    use_attribute: use\n", "", "tariff.use_attribute"},
		{"    use_attribute: use\n", "    use_attribute: flats\n", "tariff.use_missing"},
		{"{ from: 2014-01-01, use: home, exempt: true }", `{ from: 2014-01-01, rate: "0.2" }`, "tariff.rates_order"},
		{"      - { name: kva", "      - { name: flats", "tariff.name_taken"},
		{"      - { name: kva", "      - { name: months", "tariff.name_taken"},
		{"values: [home, shop]", "values: [home, home, shop]", "tariff.value_twice"},
		{"[Maison, Commerce]", "[Maison]", "tariff.labels"},
		{"default: home", "default: farm", "tariff.default"},
		{"default: 1 }", "default: 10 }", "tariff.default"},
		{`min: "0.5", max: "1000"`, `min: "5", max: "4"`, "tariff.min_above_max"},
		{`to: "2030-01-01"`, `to: 2014-01-01`, "tariff.version_empty"},
		{"rounding: line", "rounding: ttc", "tariff.rounding_basis"},
		{"basis: HT", "basis: TTC", "tariff.rounding_basis"},
		{"of: [quantity]", "of: [sewered]", "tariff.name_unknown"},
		{"name: sewered", "name: use", "tariff.name_taken"},
		{"name: sewered", "name: kva", "tariff.name_taken"},
		{`min: "0", max: "100"`, `min: "101", max: "100"`, "tariff.min_above_max"},
		{"quantity: quantity\n", "quantity: litres\n", "tariff.name_unknown"},
		{"scale: [months, flats]", "scale: [months, use]", "tariff.name_unknown"},
		{"cap_scale: [months]", "cap_scale: [weeks]", "tariff.name_unknown"},
		{"            vat: c\n", "            vat: d\n", "tariff.component_unknown"},
		{"            vat: c\n", "", "tariff.key_missing"},
		{"when: { use: [home, shop]", "when: { use: [home, farm]", "tariff.value_unknown"},
		{"when: { use: [home, shop]", "when: { use: { min: 1 }", "tariff.condition_range"},
		{"when: { use: [home, shop]", "when: { size: home", "tariff.condition_unknown"},
		{`kva: "3.3" }`, `kva: home }`, "tariff.condition_number"},
		{`progressive_up_to: "6"`, `progressive_up_to: "7"`, "tariff.progressive_limit"},
		{"by: use\n", "by: flats\n", "tariff.by_unknown"},
		{"                shop: [", "                farm: [", "tariff.value_unknown"},
		{`shop: "3" }`, `farm: "3" }`, "tariff.value_unknown"},
		{`{ up_to: "12", tolerance: "1"`, `{ up_to: "6", tolerance: "1"`, "tariff.blocks_order"},
		{`{ up_to: "6", price: "1" }`, `{ up_to: "6", tolerance: "7", price: "1" }`, "tariff.blocks_order"},
		{`{ price: "4" }`, `{ up_to: "20", price: "4" }`, "tariff.block_last"},
		{`{ up_to: "6", price: "5.5" }`, `{ price: "5.5" }`, "tariff.block_last"},
		{"code: SEWER", "code: WATER", "tariff.charge_taken"},
		{"of: [SEWER, FIXED]", "of: [SEWER, FIXED-9]", "tariff.of_unknown"},
		{"of: [SEWER, FIXED]", "of: [SEWER, SURCHARGE-1]", "tariff.of_unknown"},
		{"of: [SEWER, FIXED]", "of: [SEWER, WATER]", "tariff.of_vat"},
		{"    vat_table: v\n", "", "tariff.table_missing"},
	} {
		bad := strings.Replace(everything, c.from, c.to, 1)
		if bad == everything {
			t.Fatalf("%q is not in the file", c.from)
		}
		book, problems := compileText(t, "dir/all.yaml", bad, "dir/other.yaml", other)
		told := slices.ContainsFunc(problems, func(p Problem) bool { return p.Code == c.code && p.Line > 0 && p.Column > 0 && p.Path != "" })
		if !told || book != nil {
			t.Errorf("%q → %q: %v, want %s", c.from, c.to, problems, c.code)
		}
	}
}

// All problems of all files are told at once, each at its place.
func TestProblemsAtTheirPlaces(t *testing.T) {
	t.Parallel()
	source := "format: wasl-tariff/1\ncolour: red\nvat:\n  - code: v\n    components:\n      - { code: c, rates: [ { from: 2014-13-01, rate: 0.2 } ] }\n"
	_, problems := compileText(t, "b.yaml", source, "a.yaml", "format: wasl-tariff/1\ninclude: [c.yaml]\n")
	var got []string
	for _, p := range problems {
		got = append(got, p.Place()+" "+p.Code+" "+p.Path)
	}
	want := []string{
		"a.yaml:2:11 tariff.include_missing include[0]",
		"b.yaml:2:1 tariff.key_unknown colour",
		"b.yaml:6:37 tariff.not_date vat[0].components[0].rates[0].from",
		"b.yaml:6:55 tariff.not_decimal vat[0].components[0].rates[0].rate",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if err := problems.Err(); err == nil || (Problems{}).Err() != nil {
		t.Errorf("as an error: %v", err)
	}
}

// Versions follow each other: order, overlap, names.
func TestVersionsInOrder(t *testing.T) {
	t.Parallel()
	version := func(code, from, to string) string {
		return "\n      - { version: \"" + code + "\", from: " + from + ", " + to + "status: example, source: s, basis: HT, rounding: line, prorata: none, " +
			`on_change: end, charges: [ { code: FIXED, label: F, kind: fixed, price: "1" } ] }`
	}
	for _, c := range []struct{ first, second, code string }{
		{version("a", "2014-01-01", ""), version("b", "2015-01-01", ""), ""},
		{version("a", "2014-01-01", "to: 2015-01-01, "), version("b", "2015-01-01", ""), ""},
		{version("a", "2014-01-01", "to: 2014-06-01, "), version("b", "2015-01-01", ""), ""},
		{version("a", "2014-01-01", "to: 2015-01-02, "), version("b", "2015-01-01", ""), "tariff.versions_order"},
		{version("a", "2015-01-01", ""), version("b", "2015-01-01", ""), "tariff.versions_order"},
		{version("a", "2016-01-01", ""), version("b", "2015-01-01", ""), "tariff.versions_order"},
		{version("a", "2014-01-01", ""), version("a", "2015-01-01", ""), "tariff.code_taken"},
	} {
		source := "format: wasl-tariff/1\ntariffs:\n  - code: t\n    label: T\n    service: other\n    unit: u\n    currency: MAD\n    versions:" + c.first + c.second + "\n"
		_, problems := compileText(t, "f", source)
		if c.code == "" && len(problems) > 0 || c.code != "" && (len(problems) == 0 || problems[0].Code != c.code) {
			t.Errorf("%s %s: %v, want %q", c.first, c.second, problems, c.code)
		}
	}
}

// Charges share a code when their conditions never hold together.
func TestConditionsApart(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		first, second string
		together      bool
	}{
		{"{ use: home }", "{ use: shop }", false},
		{"{ use: [home, shop] }", "{ use: shop }", true},
		{"{ use: home }", "{ flats: 1 }", true},
		{"{ flats: { max: 2 } }", "{ flats: { min: 3 } }", false},
		{"{ flats: { max: 3 } }", "{ flats: { min: 3 } }", true},
		{"{ flats: 3 }", "{ flats: { min: 4 } }", false},
		{"{ flats: { max: 3 } }", `{ flats: "3" }`, true},
		{`{ kva: "3.30" }`, `{ kva: ["3.3", "6"] }`, true},
		{`{ kva: "3.31" }`, `{ kva: ["3.3", "6"] }`, false},
		{"{ use: home, flats: 1 }", "{ use: home, flats: 2 }", false},
	} {
		source := strings.Replace(everything, "vat: none, price: \"2\", quantity", "vat: none, when: "+c.first+", price: \"2\", quantity", 1)
		source = strings.Replace(source, "{ code: FIXED, label: Fixe, kind: fixed, vat: none,", "{ code: SEWER, label: Fixe, kind: fixed, vat: none, when: "+c.second+",", 1)
		source = strings.Replace(source, "of: [SEWER, FIXED]", "of: [SEWER]", 1)
		_, problems := compileText(t, "all.yaml", source, "other.yaml", other)
		if told := len(problems) > 0 && problems[0].Code == "tariff.charge_taken"; told != c.together || len(problems) > 1 {
			t.Errorf("%s and %s: %v", c.first, c.second, problems)
		}
	}
}

// A file that would grow without end by its aliases is refused at a bound, and so is one
// that is no YAML, several documents, or too long.
func TestParseBounds(t *testing.T) {
	t.Parallel()
	bomb := "format: wasl-tariff/1\nvat: &a\n"
	bomb += "  - code: c\n    components: *a\n"
	_, problems := Parse("cycle", []byte(bomb))
	if len(problems) == 0 {
		t.Error("a cycle of aliases is accepted")
	}
	for source, code := range map[string]string{
		"":                                  "tariff.yaml",
		"a: [":                              "tariff.yaml",
		"format: x\n---\nformat: y":         "tariff.one_document",
		"- a":                               "tariff.not_map",
		strings.Repeat("#", FileBytesMax+1): "tariff.file_size",
	} {
		if _, problems := Parse("f", []byte(source)); len(problems) != 1 || problems[0].Code != code {
			t.Errorf("%.20q: %v, want %s", source, problems, code)
		}
	}
	wide := "format: wasl-tariff/1\nvat:\n" + strings.Repeat("  - &x { code: v }\n", 1)
	for range 999 {
		wide += "  - *x\n"
	}
	if _, problems := Parse("f", []byte(wide)); len(problems) > ProblemsMax {
		t.Errorf("%d problems told", len(problems))
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(everything))
	f.Add([]byte(other))
	f.Add([]byte("a: &a [*a]"))
	f.Add([]byte("format: wasl-tariff/1\nvat: &v [ { code: c, components: *v } ]"))
	f.Fuzz(func(t *testing.T, source []byte) {
		file, problems := Parse("f", source)
		book, more := Compile(file)
		if len(problems)+len(more) > 2*ProblemsMax || (book == nil) != (len(more) > 0) {
			t.Errorf("%d problems, %d more, book %v", len(problems), len(more), book != nil)
		}
		for _, p := range append(problems, more...) {
			if p.Code == "" || p.Line < 0 {
				t.Errorf("%+v", p)
			}
		}
	})
}
