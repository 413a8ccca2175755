package archtest

import (
	"fmt"
	"go/ast"
	"go/token"
	"regexp"
	"strings"
)

// forbiddenCalls: time, contexts, output and the end of the process come from
// above; a package that takes them by itself cannot be tested nor stopped. A
// mention counts as a call: passing time.Now along is the same decision.
func forbiddenCalls(t *Tree) []Finding {
	var found []Finding
	forbidden := forbiddenNames()
	for _, f := range t.Files {
		if f.Test || within(f.Path, "internal/testkit") {
			continue
		}
		imports := f.imports()
		ast.Inspect(f.Syntax, func(node ast.Node) bool {
			name := calledName(node, imports)
			if reason := forbidden[name]; reason != "" && !t.allowed(callExceptions(), f.Path, name) {
				found = append(found, t.finding("calls", f, node, name+": "+reason))
			}
			return true
		})
	}
	return found
}

// calledName is package.Name for a mention of an imported name, or the bare
// name for a call of a builtin; empty otherwise.
func calledName(node ast.Node, imports map[string]string) string {
	switch n := node.(type) {
	case *ast.SelectorExpr:
		if base, ok := n.X.(*ast.Ident); ok && imports[base.Name] != "" {
			return imports[base.Name] + "." + n.Sel.Name
		}
	case *ast.CallExpr:
		if name, ok := n.Fun.(*ast.Ident); ok && (name.Name == "panic" || name.Name == "print" || name.Name == "println") {
			return name.Name
		}
	}
	return ""
}

// sqlForm matches the beginning of a statement.
var sqlForm = regexp.MustCompile(`(?is)^\s*(SELECT\s.*\bFROM\b|SELECT\s+(\$\d|\d|count\(|coalesce\()|INSERT\s+INTO\s|UPDATE\s+\S+\s+SET\s|DELETE\s+FROM\s|` +
	`WITH\s+(RECURSIVE\s+)?\w+\s*(\([^)]*\))?\s+AS\s|(CREATE|DROP|ALTER)\s+(UNIQUE\s+)?(TABLE|INDEX|VIEW|SEQUENCE)\s|PRAGMA\s)`)

// sqlPlace: SQL is written beside its noun, in a store file, or in the engine.
func sqlPlace(t *Tree) []Finding {
	var found []Finding
	for _, f := range t.Files {
		if f.Test || strings.HasSuffix(f.Path, "_store.go") || within(f.Path, "internal/platform/db") || within(f.Path, "internal/testkit") {
			continue
		}
		f.literals(func(node *ast.BasicLit, value string) {
			if sqlForm.MatchString(value) {
				found = append(found, t.finding("sql", f, node, "SQL belongs in a file named *_store.go"))
			}
		})
	}
	return found
}

// moneyPath says whether a file computes with money, prices or quantities, or
// stores them.
func moneyPath(path string) bool {
	return within(path, "internal/kernel") || within(path, "internal/module") || strings.HasSuffix(path, "_store.go")
}

// moneyPaths: no floating point where money passes.
func moneyPaths(t *Tree) []Finding {
	var found []Finding
	for _, f := range t.Files {
		if f.Test || !moneyPath(f.Path) {
			continue
		}
		ast.Inspect(f.Syntax, func(node ast.Node) bool {
			switch n := node.(type) {
			case *ast.Ident:
				if n.Name == "float32" || n.Name == "float64" {
					found = append(found, t.finding("money", f, n, n.Name+" in a money path"))
				}
			case *ast.BasicLit:
				if n.Kind == token.FLOAT {
					found = append(found, t.finding("money", f, n, "a number with a point in a money path: "+n.Value))
				}
			}
			return true
		})
	}
	return found
}

// EngineTextsMax is how many statements may differ between the engines
// (db.By). Each one is tested on both; raise it with a reason.
const EngineTextsMax = 12

// engineTexts counts db.By outside tests.
func engineTexts(t *Tree) []Finding {
	var found []Finding
	for _, f := range t.Files {
		if f.Test {
			continue
		}
		imports := f.imports()
		ast.Inspect(f.Syntax, func(node ast.Node) bool {
			literal, ok := node.(*ast.CompositeLit)
			if !ok {
				return true
			}
			name, _ := literal.Type.(*ast.Ident)
			if calledName(literal.Type, imports) == Module+"/internal/platform/db.By" ||
				name != nil && name.Name == "By" && folderOf(f.Path) == "internal/platform/db" {
				found = append(found, t.finding("engines", f, node, "one statement per engine"))
			}
			return true
		})
	}
	if len(found) <= EngineTextsMax {
		return nil
	}
	return append(found, Finding{"engines", "internal/archtest/calls.go", 0, fmt.Sprintf("db.By is used %d times; at most %d", len(found), EngineTextsMax)})
}
