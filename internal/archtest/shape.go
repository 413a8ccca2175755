package archtest

import (
	"fmt"
	"go/ast"
	"strings"
	"unicode/utf8"
)

// The sizes of the house. Tests are longer by nature: tables and scenarios.
const (
	// FunctionLinesMax is the longest function, from its first line to its brace.
	FunctionLinesMax = 70
	// FileLinesMax is the longest source file.
	FileLinesMax = 500
	// TestFileLinesMax is the longest test file.
	TestFileLinesMax = 1000
	// LineColumnsMax is the longest line, in characters; a tab is one.
	LineColumnsMax = 160
	// TestLineColumnsMax is the longest line of a test: a case of a table is one
	// line, however many columns the table has.
	TestLineColumnsMax = 190
)

// shape: functions, files and lines stay short enough to be read at once.
func shape(t *Tree) []Finding {
	var found []Finding
	for _, f := range t.Files {
		lines := strings.Split(strings.TrimSuffix(f.Source, "\n"), "\n")
		longest, widest := FileLinesMax, LineColumnsMax
		if f.Test {
			longest, widest = TestFileLinesMax, TestLineColumnsMax
		}
		if len(lines) > longest && !t.allowed(shapeExceptions(), f.Path, "file") {
			found = append(found, Finding{"shape", f.Path, longest + 1, fmt.Sprintf("%d lines; split the file at %d", len(lines), longest)})
		}
		for i, line := range lines {
			if width := utf8.RuneCountInString(line); width > widest {
				found = append(found, Finding{"shape", f.Path, i + 1, fmt.Sprintf("%d columns; at most %d", width, widest)})
			}
		}
		if !f.Test {
			found = append(found, t.longFunctions(f)...)
		}
	}
	return found
}

func (t *Tree) longFunctions(f *File) []Finding {
	var found []Finding
	for _, declaration := range f.Syntax.Decls {
		function, ok := declaration.(*ast.FuncDecl)
		if !ok {
			continue
		}
		length := t.Positions.Position(function.End()).Line - t.line(function.Type) + 1
		if length > FunctionLinesMax && !t.allowed(shapeExceptions(), f.Path, function.Name.Name) {
			found = append(found, t.finding("shape", f, function, fmt.Sprintf("%s has %d lines; at most %d", function.Name.Name, length, FunctionLinesMax)))
		}
	}
	return found
}
