package archtest

import (
	"slices"
	"strconv"
	"strings"
)

// importOf is one import of a file.
type importOf struct {
	path string
	line int
}

// importsOf lists the imports of a file in order.
func (t *Tree) importsOf(f *File) []importOf {
	var list []importOf
	for _, spec := range f.Syntax.Imports {
		if path, err := strconv.Unquote(spec.Path.Value); err == nil {
			list = append(list, importOf{path, t.line(spec)})
		}
	}
	return list
}

// stepOf is the step of the ladder a folder or import path stands on; -1 when
// it is not on the ladder.
func stepOf(folder string) int {
	return slices.IndexFunc(ladder(), func(step []string) bool {
		return slices.ContainsFunc(step, func(prefix string) bool { return within(folder, prefix) })
	})
}

// within says whether a path is a folder or below it.
func within(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, folder+"/")
}

// ownFolder turns an import path into a folder of the project; empty for a
// foreign one.
func ownFolder(path string) string {
	folder, own := strings.CutPrefix(path, Module+"/")
	if !own {
		return ""
	}
	return folder
}

// importLadder: kernel ← platform ← module ← delivery ← app ← cmd. A package
// imports its own step and those below.
func importLadder(t *Tree) []Finding {
	var found []Finding
	for _, f := range t.Files {
		from := stepOf(folderOf(f.Path))
		if f.Test || from < 0 {
			continue
		}
		for _, imported := range t.importsOf(f) {
			folder := ownFolder(imported.path)
			if folder == "" || within(folder, "internal/testkit") {
				continue
			}
			if to := stepOf(folder); to < 0 || to > from {
				found = append(found, Finding{"ladder", f.Path, imported.line, "imports " + folder + ", which stands higher; declare a small interface here"})
			}
		}
	}
	return found
}

// moduleOf is the business noun a folder belongs to; empty outside modules.
func moduleOf(folder string) string {
	rest, found := strings.CutPrefix(folder, "internal/module/")
	if !found {
		return ""
	}
	noun, _, _ := strings.Cut(rest, "/")
	return noun
}

// moduleImports: between modules only what the table allows; a module that is
// not in the table is not known to the house.
func moduleImports(t *Tree) []Finding {
	var found []Finding
	table := moduleTable()
	for _, f := range t.Files {
		noun := moduleOf(folderOf(f.Path))
		if noun == "" || f.Test {
			continue
		}
		if _, known := table[noun]; !known {
			found = append(found, Finding{"modules", f.Path, 1, "module " + noun + " is not in the table of modules"})
			continue
		}
		for _, imported := range t.importsOf(f) {
			other := moduleOf(ownFolder(imported.path))
			if other != "" && other != noun && table[noun][other] == "" {
				found = append(found, Finding{"modules", f.Path, imported.line, noun + " may not import " + other})
			}
		}
	}
	return append(found, moduleCircle(table)...)
}

// moduleCircle refuses a table in which modules import each other in a circle.
func moduleCircle(table map[string]map[string]string) []Finding {
	state := map[string]int{}
	var visit func(noun string) bool
	visit = func(noun string) bool {
		switch state[noun] {
		case 1:
			return true
		case 2:
			return false
		}
		state[noun] = 1
		for other := range table[noun] {
			if visit(other) {
				return true
			}
		}
		state[noun] = 2
		return false
	}
	for noun := range table {
		if visit(noun) {
			return []Finding{{"modules", "internal/archtest/tables.go", 0, "the table of modules has a circle through " + noun}}
		}
	}
	return nil
}

// foreignImports: a library stays behind the package that wraps it, so that it
// can be replaced in one place.
func foreignImports(t *Tree) []Finding {
	var found []Finding
	for _, f := range t.Files {
		folder := folderOf(f.Path)
		if f.Test || within(folder, "internal/deps") {
			continue
		}
		for _, imported := range t.importsOf(f) {
			for _, library := range libraries() {
				if within(imported.path, library.path) && !slices.ContainsFunc(library.homes, func(home string) bool { return within(folder, home) }) {
					found = append(found, Finding{"libraries", f.Path, imported.line, imported.path + " belongs to " + strings.Join(library.homes, ", ")})
				}
			}
		}
	}
	return found
}

// testkitImports: helpers for tests never reach the program.
func testkitImports(t *Tree) []Finding {
	var found []Finding
	for _, f := range t.Files {
		if f.Test || within(f.Path, "internal/testkit") {
			continue
		}
		for _, imported := range t.importsOf(f) {
			if within(ownFolder(imported.path), "internal/testkit") {
				found = append(found, Finding{"testkit", f.Path, imported.line, "only tests import " + imported.path})
			}
		}
	}
	return found
}

// kernelInputOutput: the kernel is pure. It reads no file, no network and no
// environment, and logs nothing.
func kernelInputOutput(t *Tree) []Finding {
	impure := []string{"os", "net", "net/http", "database/sql", "log", "log/slog", "syscall", "os/exec", "io/fs", "path/filepath", "context"}
	var found []Finding
	for _, f := range t.Files {
		if f.Test || !within(f.Path, "internal/kernel") {
			continue
		}
		for _, imported := range t.importsOf(f) {
			if slices.Contains(impure, imported.path) {
				found = append(found, Finding{"kernel", f.Path, imported.line, "the kernel is pure; it does not import " + imported.path})
			}
		}
	}
	return found
}
