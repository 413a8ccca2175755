package archtest

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
	"unicode"
)

// globalState: a package has no variable that can change and no init. What is
// needed is passed in.
func globalState(t *Tree) []Finding {
	var found []Finding
	for _, f := range t.Files {
		if f.Test {
			continue
		}
		for _, declaration := range f.Syntax.Decls {
			switch d := declaration.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil && d.Name.Name == "init" {
					found = append(found, t.finding("state", f, d, "init runs behind the back of app.New; call it from there"))
				}
			case *ast.GenDecl:
				if d.Tok == token.VAR {
					found = append(found, t.mutable(f, d)...)
				}
			}
		}
	}
	return found
}

// mutable lists the variables of a declaration that are neither constant by
// nature nor excused.
func (t *Tree) mutable(f *File, d *ast.GenDecl) []Finding {
	var found []Finding
	imports := f.imports()
	for _, spec := range d.Specs {
		s, ok := spec.(*ast.ValueSpec)
		if !ok || embedded(d.Doc) || embedded(s.Doc) {
			continue
		}
		for i, name := range s.Names {
			fixed := i < len(s.Values) && len(s.Names) == len(s.Values) && unchanging(s.Values[i], imports)
			if name.Name != "_" && !fixed && !t.allowed(stateExceptions(), f.Path, name.Name) {
				found = append(found, t.finding("state", f, name, "package variable "+name.Name+"; make it a constant, a function or a field"))
			}
		}
	}
	return found
}

// embedded says whether a comment carries a go:embed directive.
func embedded(doc *ast.CommentGroup) bool {
	return doc != nil && slices.ContainsFunc(doc.List, func(c *ast.Comment) bool { return strings.HasPrefix(c.Text, "//go:embed ") })
}

// unchanging says whether a value is made once and cannot change: an error to
// compare with, a compiled expression, a replacer, a type, a value computed once.
func unchanging(value ast.Expr, imports map[string]string) bool {
	call, ok := value.(*ast.CallExpr)
	if !ok {
		return false
	}
	function := call.Fun
	if generic, ok := function.(*ast.IndexExpr); ok {
		function = generic.X
	}
	makers := []string{
		"errors.New", "fmt.Errorf", "regexp.MustCompile", "strings.NewReplacer", "sync.OnceValue", "sync.OnceValues", "reflect.TypeFor",
		Module + "/internal/kernel/fault.New",
	}
	return slices.Contains(makers, calledName(function, imports))
}

// userTexts: what a person reads is a key of the texts; French in a Go literal
// would escape translation and review. Letters outside ASCII give it away.
func userTexts(t *Tree) []Finding {
	var found []Finding
	for _, f := range t.Files {
		if f.Test || within(f.Path, "internal/platform/text") {
			continue
		}
		f.literals(func(node *ast.BasicLit, value string) {
			at := strings.IndexFunc(value, func(r rune) bool { return r > unicode.MaxASCII && unicode.IsLetter(r) })
			if at >= 0 && !t.allowed(textExceptions(), f.Path, "accents") {
				found = append(found, t.finding("texts", f, node, "a text for people belongs in the text files: "+node.Value))
			}
		})
	}
	return found
}

// parallelTests: the first statement of a test is t.Parallel(), which keeps
// tests free of shared state. t.Setenv and t.Chdir forbid it by themselves.
func parallelTests(t *Tree) []Finding {
	var found []Finding
	for _, f := range t.Files {
		if !f.Test {
			continue
		}
		for _, declaration := range f.Syntax.Decls {
			d, ok := declaration.(*ast.FuncDecl)
			if !ok || !isTest(d) || callsMethod(d.Body.List[:min(1, len(d.Body.List))], "Parallel") {
				continue
			}
			if !callsMethod(d.Body.List, "Setenv", "Chdir") && !t.allowed(parallelExceptions(), f.Path, d.Name.Name) {
				found = append(found, t.finding("parallel", f, d, d.Name.Name+" does not begin with t.Parallel()"))
			}
		}
	}
	return found
}

// isTest recognises func TestX(t *testing.T).
func isTest(d *ast.FuncDecl) bool {
	return d.Recv == nil && d.Body != nil && strings.HasPrefix(d.Name.Name, "Test") && d.Name.Name != "TestMain" &&
		len(d.Type.Params.List) == 1
}

// callsMethod says whether one of the methods is called in the statements.
func callsMethod(statements []ast.Stmt, methods ...string) bool {
	calls := false
	for _, statement := range statements {
		ast.Inspect(statement, func(node ast.Node) bool {
			if selector, ok := node.(*ast.SelectorExpr); ok && slices.Contains(methods, selector.Sel.Name) {
				calls = true
			}
			return !calls
		})
	}
	return calls
}
