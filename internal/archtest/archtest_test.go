package archtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// root is the folder of go.mod, two above this package.
const root = "../.."

// TestHouse applies the rules to the repository itself.
func TestHouse(t *testing.T) {
	t.Parallel()
	found, err := Check(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		t.Error(f)
	}
}

// TestHouseIsSeen guards against rules that pass because they look at nothing.
func TestHouseIsSeen(t *testing.T) {
	t.Parallel()
	tree, err := Load(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, place := range []string{"internal/kernel/", "internal/platform/", "internal/archtest/archtest_test.go"} {
		if !tree.exists(place) {
			t.Errorf("%s is not seen", place)
		}
	}
	texts := map[string]bool{}
	for _, text := range tree.Texts {
		texts[text.Path] = true
	}
	for _, path := range []string{"go.mod", "README.md", "Makefile", ".ci/run", "docs/ARCHITECTURE.md"} {
		if !texts[path] {
			t.Errorf("%s is not read", path)
		}
	}
}

// TestCommitMessages: what is published includes the history. A source archive
// has none.
func TestCommitMessages(t *testing.T) {
	t.Parallel()
	absolute, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(absolute, ".git")); os.IsNotExist(err) {
		return
	}
	// The folder may belong to another user of the machine.
	git := exec.Command("git", "-c", "safe.directory=*", "-C", absolute, "log", "--all", "--format=commit %h%n%B")
	messages, err := git.Output()
	if err != nil {
		t.Fatalf("git log: %v", err)
	}
	for _, f := range wordsIn(forbiddenExpression(), "git log", string(messages)) {
		t.Error(f)
	}
}

// sources is a small tree by path.
type sources map[string]string

func treeOf(t *testing.T, files sources) *Tree {
	t.Helper()
	tree := newTree()
	for path, body := range files {
		if err := tree.add(path, body); err != nil {
			t.Fatal(err)
		}
	}
	return tree
}

// ruleCase is one tree and what a rule must say about it; an empty want means
// nothing.
type ruleCase struct {
	name  string
	files sources
	want  string
}

// try applies a rule to each case.
func try(t *testing.T, rule goRule, cases []ruleCase) {
	t.Helper()
	for _, c := range cases {
		found := rule(treeOf(t, c.files))
		switch {
		case c.want == "" && len(found) > 0:
			t.Errorf("%s: %v; want nothing", c.name, found)
		case c.want != "" && len(found) == 0:
			t.Errorf("%s: nothing is found; want %q", c.name, c.want)
		case c.want != "" && !strings.Contains(found[0].String(), c.want):
			t.Errorf("%s: %v; want %q", c.name, found, c.want)
		}
	}
}

// one is a tree of a single file.
func one(path, body string) sources { return sources{path: body} }

func TestImportLadder(t *testing.T) {
	t.Parallel()
	try(t, importLadder, []ruleCase{
		{"down", one("internal/platform/db/a.go", `package db; import "wasl/internal/kernel/day"`), ""},
		{"same step", one("internal/platform/op/a.go", `package op; import "wasl/internal/platform/db"`), ""},
		{"app wires", one("internal/app/a.go", `package app; import "wasl/internal/delivery/web"`), ""},
		{"foreign", one("internal/kernel/day/a.go", `package day; import "strings"`), ""},
		{"tests are free", one("internal/kernel/day/a_test.go", `package day; import "wasl/internal/app"`), ""},
		{"kernel to platform", one("internal/kernel/day/a.go", `package day; import "wasl/internal/platform/db"`), "a.go:1: [ladder] imports internal/platform/db"},
		{"platform to module", one("internal/platform/ui/a.go", "package ui\nimport x \"wasl/internal/module/org\""), "a.go:2: [ladder]"},
		{"module to delivery", one("internal/module/org/a.go", `package org; import "wasl/internal/delivery/web"`), "internal/delivery/web"},
		{"delivery to app", one("internal/delivery/web/a.go", `package web; import "wasl/internal/app"`), "internal/app"},
		{"off the ladder", one("internal/kernel/day/a.go", `package day; import "wasl/internal/extra"`), "internal/extra"},
		{"not a prefix", one("internal/app/a.go", `package app; import "wasl/internal/apparent"`), "internal/apparent"},
	})
}

func TestModuleImports(t *testing.T) {
	t.Parallel()
	try(t, moduleImports, []ruleCase{
		{"allowed", one("internal/module/access/a.go", `package access; import "wasl/internal/module/org"`), ""},
		{"itself", one("internal/module/org/tree/a.go", `package tree; import "wasl/internal/module/org"`), ""},
		{"not in the table", one("internal/module/org/a.go", `package org; import "wasl/internal/module/access"`), "org may not import access"},
		{"unknown module", one("internal/module/poetry/a.go", `package poetry`), "not in the table"},
	})
	if got := moduleCircle(map[string]map[string]string{"a": {"b": "r"}, "b": {"c": "r"}, "c": {"a": "r"}}); len(got) == 0 {
		t.Error("a circle of three is not found")
	}
	if got := moduleCircle(map[string]map[string]string{"a": {"b": "r", "c": "r"}, "b": {"c": "r"}, "c": {}}); len(got) != 0 {
		t.Errorf("no circle: %v", got)
	}
	for noun, others := range moduleTable() {
		for other, reason := range others {
			if _, known := moduleTable()[other]; len(reason) < 20 || !known {
				t.Errorf("%s → %s: unknown, or no reason: %q", noun, other, reason)
			}
		}
	}
}

func TestForeignImports(t *testing.T) {
	t.Parallel()
	try(t, foreignImports, []ruleCase{
		{"at home", one("internal/platform/db/pg.go", `package db; import "github.com/jackc/pgx/v5/pgxpool"`), ""},
		{"elsewhere", one("internal/module/org/a.go", `package org; import "github.com/jackc/pgx/v5"`), "belongs to internal/platform/db"},
		{"standard", one("internal/platform/job/a.go", `package job; import "database/sql"`), "belongs to internal/platform/db"},
		{"alike", one("internal/platform/job/a.go", `package job; import "modernc.org.example/x"`), ""},
	})
}

func TestTestkitImports(t *testing.T) {
	t.Parallel()
	try(t, testkitImports, []ruleCase{
		{"a test", one("internal/module/org/a_test.go", `package org; import "wasl/internal/testkit/pgtest"`), ""},
		{"testkit", one("internal/testkit/pgtest/cmd/main.go", `package main; import "wasl/internal/testkit/pgtest"`), ""},
		{"the program", one("internal/app/a.go", `package app; import "wasl/internal/testkit/pgtest"`), "only tests import"},
	})
}

func TestKernelInputOutput(t *testing.T) {
	t.Parallel()
	try(t, kernelInputOutput, []ruleCase{
		{"pure", one("internal/kernel/day/a.go", `package day; import "math/bits"`), ""},
		{"platform", one("internal/platform/file/a.go", `package file; import "os"`), ""},
		{"file", one("internal/kernel/day/a.go", `package day; import "os"`), "does not import os"},
		{"log", one("internal/kernel/money/a.go", `package money; import "log/slog"`), "log/slog"},
	})
}

func TestShape(t *testing.T) {
	t.Parallel()
	function := func(lines int) string {
		return "package p\n\nfunc f() {\n" + strings.Repeat("\tg()\n", lines-2) + "}\n"
	}
	file := func(lines int) string { return "package p\n" + strings.Repeat("//\n", lines-1) }
	width := func(columns int) string { return "package p\n//" + strings.Repeat("é", columns-2) + "\n" }
	try(t, shape, []ruleCase{
		{"70 lines", one("a.go", function(70)), ""},
		{"71 lines", one("a.go", function(71)), "a.go:3: [shape] f has 71 lines"},
		{"71 lines in a test", one("a_test.go", function(71)), ""},
		{"500 lines", one("a.go", file(500)), ""},
		{"501 lines", one("a.go", file(501)), "501 lines"},
		{"1000 lines of test", one("a_test.go", file(1000)), ""},
		{"1001 lines of test", one("a_test.go", file(1001)), "1001 lines"},
		{"160 columns", one("a.go", width(160)), ""},
		{"161 columns", one("a.go", width(161)), "a.go:2: [shape] 161 columns"},
		{"190 columns of test", one("a_test.go", width(190)), ""},
		{"191 columns of test", one("a_test.go", width(191)), "a_test.go:2: [shape] 191 columns"},
	})
}
