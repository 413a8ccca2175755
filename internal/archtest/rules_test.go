package archtest

import (
	"strings"
	"testing"
)

// documented begins a source whose package is documented.
const documented = "// Package p is here.\npackage p\n"

func TestDocumentation(t *testing.T) {
	t.Parallel()
	try(t, documentation, []ruleCase{
		{"package", one("p/a.go", "package p"), "p/a.go:1: [docs] package p has no comment"},
		{"package without stop", one("p/a.go", "// Package p\npackage p"), "full stop"},
		{"one file is enough", sources{"p/a.go": documented, "p/b.go": "package p"}, ""},
		{"test files are free", sources{"p/a.go": documented, "p/b_test.go": "package p\nfunc F() {}"}, ""},
		{"function", one("p/a.go", documented+"func F() {}"), "p/a.go:3: [docs] F is exported and has no comment"},
		{"function documented", one("p/a.go", documented+"// F does.\nfunc F() {}"), ""},
		{"function without stop", one("p/a.go", documented+"// F does\nfunc F() {}"), "F does not end"},
		{"example at the end", one("p/a.go", documented+"// F does:\n//\n//\tF()\nfunc F() {}"), ""},
		{"directive is no comment", one("p/a.go", documented+"//go:noinline\nfunc F() {}"), "no comment"},
		{"unexported function", one("p/a.go", documented+"func f() {}"), ""},
		{"method", one("p/a.go", documented+"// T is.\ntype T struct{}\nfunc (t *T) M() {}"), "M is exported"},
		{"method of generic", one("p/a.go", documented+"// T is.\ntype T[K any] struct{}\nfunc (t *T[K]) M() {}"), "M is exported"},
		{"method of unexported", one("p/a.go", documented+"type t struct{}\nfunc (t *t) M() {}"), ""},
		{"type", one("p/a.go", documented+"type T struct{}"), "T is exported"},
		{"type in a group", one("p/a.go", documented+"type (\n\tT struct{}\n)"), "T is exported"},
		{"constant", one("p/a.go", documented+"const C = 1"), "C is exported"},
		{"group comment", one("p/a.go", documented+"// The kinds.\nconst (\n\tC = 1\n\tD = 2\n)"), ""},
		{"own comment wins", one("p/a.go", documented+"// The kinds.\nconst (\n\t// C is\n\tC = 1\n)"), "C does not end"},
		{"variable", one("p/a.go", documented+"var V = 1"), "V is exported"},
	})
}

func TestForbiddenCalls(t *testing.T) {
	t.Parallel()
	file := func(body string) sources { return one("internal/platform/job/a.go", "package job\n"+body) }
	try(t, forbiddenCalls, []ruleCase{
		{"clock", file("import \"time\"\nfunc f() { time.Now() }"), "job/a.go:3: [calls] time.Now"},
		{"clock as a value", file("import \"time\"\nvar now = time.Now"), "time.Now"},
		{"clock by another name", file("import t \"time\"\nfunc f() { t.Since(x) }"), "time.Since"},
		{"own method", file("func f(time clock) { time.Now() }"), ""},
		{"context", file("import \"context\"\nfunc f() { context.Background() }"), "context.Background"},
		{"unfinished context", file("import \"context\"\nfunc f() { context." + unfinished + "() }"), "context." + unfinished},
		{"panic", file("func f() { panic(1) }"), "panic: return an error"},
		{"recover is fine", file("func f() { recover() }"), ""},
		{"exit", file("import \"os\"\nfunc f() { os.Exit(1) }"), "os.Exit"},
		{"log", file("import \"log\"\nfunc f() { log.Printf(``) }"), "log.Printf"},
		{"slog is fine", file("import \"log/slog\"\nfunc f(log *slog.Logger) { log.Print() }"), ""},
		{"output", file("import \"fmt\"\nfunc f() { fmt.Println() }"), "fmt.Println"},
		{"writer is fine", file("import \"fmt\"\nfunc f() { fmt.Fprintln(w) }"), ""},
		{"builtin", file("func f() { println() }"), "println"},
		{"test", one("internal/platform/job/a_test.go", "package job\nimport \"time\"\nfunc f() { time.Now() }"), ""},
		{"testkit", one("internal/testkit/x/a.go", "package x\nimport \"time\"\nfunc f() { time.Now() }"), ""},
		{"main", one("cmd/wasl/main.go", "package main\nimport \"time\"\nfunc f() { time.Now() }"), ""},
		{"beside main", one("cmd/wasl/other.go", "package main\nimport \"time\"\nfunc f() { time.Now() }"), "time.Now"},
	})
}

func TestSQLPlace(t *testing.T) {
	t.Parallel()
	file := func(literal string) sources {
		return one("internal/module/org/org.go", "package org\nconst q = `"+literal+"`")
	}
	try(t, sqlPlace, []ruleCase{
		{"select", file("SELECT id FROM unit"), "[sql]"},
		{"over lines", file("\n\t select id,\n name\n from unit"), "[sql]"},
		{"select value", file("SELECT 1"), "[sql]"},
		{"insert", file("INSERT INTO unit (id) VALUES ($1)"), "[sql]"},
		{"update", file("UPDATE unit SET name = $1"), "[sql]"},
		{"delete", file("DELETE FROM unit"), "[sql]"},
		{"with", file("WITH RECURSIVE tree AS (SELECT 1)"), "[sql]"},
		{"with columns", file("WITH tree(id, up) AS MATERIALIZED (SELECT 1)"), "[sql]"},
		{"table", file("CREATE TABLE unit (id {int})"), "[sql]"},
		{"index", file("CREATE UNIQUE INDEX i ON unit (id)"), "[sql]"},
		{"pragma", file("PRAGMA wal_checkpoint"), "[sql]"},
		{"words", file("select"), ""},
		{"sentence", file("update the unit"), ""},
		{"with a sentence", file("with care as always"), "[sql]"},
		{"store", one("internal/module/org/org_store.go", "package org\nconst q = `SELECT id FROM unit`"), ""},
		{"engine", one("internal/platform/db/a.go", "package db\nconst q = `SELECT id FROM unit`"), ""},
		{"test", one("internal/module/org/a_test.go", "package org\nconst q = `SELECT id FROM unit`"), ""},
		{"tag", one("internal/module/org/a.go", "package org\ntype t struct { f int `SELECT id FROM unit` }"), ""},
	})
}

func TestMoneyPaths(t *testing.T) {
	t.Parallel()
	try(t, moneyPaths, []ruleCase{
		{"type", one("internal/kernel/money/a.go", "package money\nfunc f(x float64) {}"), "float64 in a money path"},
		{"conversion", one("internal/module/org/org_store.go", "package org\nvar x = float32(1)"), "float32"},
		{"number", one("internal/kernel/money/a.go", "package money\nconst vat = 0.2"), "0.2"},
		{"integer", one("internal/kernel/money/a.go", "package money\nconst vat = 2000"), ""},
		{"elsewhere", one("internal/platform/ui/a.go", "package ui\nvar x float64"), ""},
		{"test", one("internal/kernel/money/a_test.go", "package money\nvar x float64"), ""},
		{"store of the platform", one("internal/platform/job/job_store.go", "package job\nvar x float64"), "float64"},
	})
}

func TestEngineTexts(t *testing.T) {
	t.Parallel()
	uses := func(n int) string { return strings.Repeat("var _ = db.By{SQLite: ``}\n", n) }
	file := func(n int) sources {
		return one("internal/platform/job/job_store.go", "package job\nimport \"wasl/internal/platform/db\"\n"+uses(n))
	}
	try(t, engineTexts, []ruleCase{
		{"at the bound", file(EngineTextsMax), ""},
		{"over it", file(EngineTextsMax + 1), "[engines]"},
		{"inside db", one("internal/platform/db/a.go", "package db\n"+strings.Repeat("var _ = By{}\n", EngineTextsMax+1)), "[engines]"},
		{"another By", one("internal/platform/ui/a.go", "package ui\n"+strings.Repeat("var _ = By{}\n", EngineTextsMax+1)), ""},
	})
}

func TestGlobalState(t *testing.T) {
	t.Parallel()
	try(t, globalState, []ruleCase{
		{"counter", one("p/a.go", "package p\nvar n int"), "p/a.go:2: [state] package variable n"},
		{"map", one("p/a.go", "package p\nvar m = map[string]int{}"), "package variable m"},
		{"group", one("p/a.go", "package p\nvar (\n\ta = 1\n)"), "package variable a"},
		{"sentinel", one("p/a.go", "package p\nimport \"errors\"\nvar errX = errors.New(`x`)"), ""},
		{"fault", one("p/a.go", "package p\nimport \"wasl/internal/kernel/fault\"\nvar errX = fault.New(1, ``)"), ""},
		{"not the errors package", one("p/a.go", "package p\nvar errX = errors.New(`x`)"), "package variable errX"},
		{"expression", one("p/a.go", "package p\nimport \"regexp\"\nvar r = regexp.MustCompile(`x`)"), ""},
		{"type", one("p/a.go", "package p\nimport \"reflect\"\nvar r = reflect.TypeFor[int]()"), ""},
		{"embedded", one("p/a.go", "package p\nimport _ \"embed\"\n//go:embed x.txt\nvar x string"), ""},
		{"assertion", one("p/a.go", "package p\nvar _ I = T{}"), ""},
		{"inside a function", one("p/a.go", "package p\nfunc f() { var n int; _ = n }"), ""},
		{"constant", one("p/a.go", "package p\nconst n = 1"), ""},
		{"init", one("p/a.go", "package p\nfunc init() {}"), "[state] init"},
		{"method init", one("p/a.go", "package p\nfunc (t T) init() {}"), ""},
		{"test", one("p/a_test.go", "package p\nvar n int\nfunc init() {}"), ""},
	})
}

func TestUserTexts(t *testing.T) {
	t.Parallel()
	try(t, userTexts, []ruleCase{
		{"French", one("p/a.go", "package p\nconst x = `Créer l'unité`"), "[texts]"},
		{"Arabic", one("p/a.go", "package p\nconst x = `وصل`"), "[texts]"},
		{"escaped", one("p/a.go", "package p\nconst x = \"Cr\\u00e9er\""), "[texts]"},
		{"signs", one("p/a.go", "package p\nconst x = `… – “x” ·\u202f×`"), ""},
		{"comment", one("p/a.go", "package p\n// arrêté\nconst x = ``"), ""},
		{"texts", one("internal/platform/text/a.go", "package text\nconst x = `Créer`"), ""},
		{"test", one("p/a_test.go", "package p\nconst x = `Créer`"), ""},
	})
}

func TestParallelTests(t *testing.T) {
	t.Parallel()
	file := func(body string) sources {
		return one("p/a_test.go", "package p\nfunc TestX(t *testing.T) {\n"+body+"\n}")
	}
	try(t, parallelTests, []ruleCase{
		{"first", file("t.Parallel()\ng()"), ""},
		{"missing", file("g()"), "TestX does not begin"},
		{"empty", file(""), "TestX does not begin"},
		{"later", file("g()\nt.Parallel()"), "TestX does not begin"},
		{"environment", file("t.Setenv(`a`, `b`)"), ""},
		{"main", one("p/a_test.go", "package p\nfunc TestMain(m *testing.M) {}"), ""},
		{"helper", one("p/a_test.go", "package p\nfunc helper(t *testing.T) {}"), ""},
		{"program", one("p/a.go", "package p\nfunc TestX(t *testing.T) {}"), ""},
	})
}

func TestModuleNotes(t *testing.T) {
	t.Parallel()
	try(t, moduleNotes, []ruleCase{
		{"missing", one("internal/module/org/a.go", "package org"), "has no README.md"},
		{"incomplete", sources{"internal/module/org/a.go": "package org", "internal/module/org/README.md": "Owns: x. Does not own: y."}, "invariants"},
		{"complete", sources{"internal/module/org/a.go": "package org", "internal/module/org/README.md": "Owns. Does not own. Invariants."}, ""},
		{"folder below", one("internal/module/org/migrations/0001.sql", ""), ""},
		{"platform", one("internal/platform/ui/a.go", "package ui"), ""},
	})
}

func TestForbiddenWords(t *testing.T) {
	t.Parallel()
	try(t, forbiddenWords, []ruleCase{
		{"mark", one("docs/a.md", "one\n"+unfinished+": later"), "docs/a.md:2: [words]"},
		{"mark in Go", one("p/a.go", "package p // FIX"+"ME"), "[words]"},
		{"inside a word", one("docs/a.md", "mas"+unfinished+"N"), ""},
		{"lower case", one("docs/a.md", strings.ToLower(unfinished)), ""},
		{"template of mktemp", one("scripts/a.sh", "mktemp -d /tmp/wasl-XX"+"XXXX"), ""},
		{"server", one("docs/a.md", "https://registry.npm"+"js.org/x"), "[words]"},
		{"lock file", one("package-lock.json", "https://registry.npm"+"js.org/x"), ""},
		{"machine", one("scripts/a.sh", "cd /wo"+"rk/main"), "[words]"},
		{"machine at the start", one("scripts/a.sh", "/wo"+"rk/main"), "[words]"},
		{"a relative path", one("scripts/a.sh", "cd test/wo"+"rk/main"), ""},
	})
}

func TestDependencyReasons(t *testing.T) {
	t.Parallel()
	const mod = "module wasl\n\nrequire example.com/a v1.0.0\n\nrequire (\n\texample.com/b v1.0.0\n\texample.com/c v1.0.0 // indirect\n)\n"
	try(t, dependencyReasons, []ruleCase{
		{"none", one("go.mod", mod), "example.com/"},
		{"one missing", sources{"go.mod": mod, "docs/adr/0003.md": "example.com/a because"}, "go.mod:6: [dependencies] example.com/b"},
		{"elsewhere does not count", sources{"go.mod": mod, "docs/adr/0003.md": "example.com/a", "docs/x.md": "example.com/b"}, "example.com/b"},
		{"all", sources{"go.mod": mod, "docs/adr/0003.md": "example.com/a, example.com/b"}, ""},
	})
}

func TestStaleExceptions(t *testing.T) {
	t.Parallel()
	main := one("cmd/wasl/main.go", "package main\nimport (\"time\"; \"os\"; \"context\")\nfunc main() { context.Background(); os.Exit(0) }")
	tree := treeOf(t, main)
	forbiddenCalls(tree)
	found := tree.stale()
	if len(found) != 1 || !strings.Contains(found[0].Text, "time.Now") {
		t.Errorf("stale = %v; want the one for time.Now", found)
	}
	if found := treeOf(t, sources{}).stale(); len(found) != 0 {
		t.Errorf("places that do not exist: %v", found)
	}
}

func TestExceptionsHaveReasons(t *testing.T) {
	t.Parallel()
	for _, table := range [][]exception{callExceptions(), stateExceptions(), shapeExceptions(), textExceptions(), parallelExceptions()} {
		for _, e := range table {
			if e.place == "" || e.subject == "" || len(e.reason) < 15 {
				t.Errorf("%+v has no real reason", e)
			}
		}
	}
}
