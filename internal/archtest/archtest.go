// Package archtest is the house rules of the project as a test: who may import
// whom, how long a function may be, what must be documented, which calls are
// kept to which place. It only parses; it compiles and runs nothing. Each rule
// is proven able to fail by a bad source in the tests of this package.
//
// Every exception stands in a table of tables.go with its reason, and an
// exception that excuses nothing is itself a finding.
package archtest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Finding is one place where a rule of the house is broken.
type Finding struct {
	// Rule is the short name of the rule.
	Rule string
	// Path is the file, relative to the root of the repository, with slashes.
	Path string
	// Line is the line in the file; zero when the whole file is meant.
	Line int
	// Text says what is wrong and what to do.
	Text string
}

// String is path:line: [rule] text, the form that editors turn into a link.
func (f Finding) String() string {
	return fmt.Sprintf("%s:%d: [%s] %s", f.Path, f.Line, f.Rule, f.Text)
}

// goRule looks at the whole parsed tree.
type goRule func(tree *Tree) []Finding

// rules is the list of rules on Go sources.
func rules() []goRule {
	return []goRule{
		importLadder, moduleImports, foreignImports, testkitImports, kernelInputOutput,
		shape, documentation, forbiddenCalls, sqlPlace, globalState, moneyPaths, engineTexts, userTexts, parallelTests,
	}
}

// Check applies every rule to the tree below a folder and returns what it
// finds, in the order of files and lines. Error: a file that cannot be read or
// parsed.
func Check(root string) ([]Finding, error) {
	tree, err := Load(root)
	if err != nil {
		return nil, err
	}
	found := slices.Concat(moduleNotes(tree), forbiddenWords(tree), dependencyReasons(tree))
	for _, rule := range rules() {
		found = append(found, rule(tree)...)
	}
	found = append(found, tree.stale()...)
	slices.SortFunc(found, func(a, b Finding) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line), strings.Compare(a.Text, b.Text))
	})
	return found, nil
}

// allowed looks an exception up and marks it as used. The place of an exception
// is a file, or a folder when it ends with a slash.
func (t *Tree) allowed(table []exception, path, subject string) bool {
	for _, e := range table {
		if e.subject == subject && covers(e.place, path) {
			t.used[e] = true
			return true
		}
	}
	return false
}

// covers says whether a place (a file, or a folder with a closing slash) holds a
// path.
func covers(place, path string) bool {
	return place == path || strings.HasSuffix(place, "/") && strings.HasPrefix(path, place)
}

// stale reports the exceptions that excused nothing, when their place exists:
// a table that grows and never shrinks is no rule.
func (t *Tree) stale() []Finding {
	var found []Finding
	for _, e := range slices.Concat(callExceptions(), stateExceptions(), shapeExceptions(), textExceptions(), parallelExceptions()) {
		if !t.used[e] && t.exists(e.place) {
			found = append(found, Finding{"stale", e.place, 0, "the exception for " + e.subject + " excuses nothing; remove it"})
		}
	}
	return found
}

// exists says whether a file of the tree is at a place.
func (t *Tree) exists(place string) bool {
	return slices.ContainsFunc(t.Files, func(f *File) bool { return covers(place, f.Path) })
}
