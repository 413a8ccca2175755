package tariff

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"wasl/internal/platform/text"
)

// literals are the strings of the package, tests left out.
func literals(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
				if s, err := strconv.Unquote(l.Value); err == nil {
					found = append(found, s)
				}
			}
			return true
		})
	}
	return found
}

// Every code of this package has its text, be it that of an error, an operation or a
// finding, and so has every sentence.
func TestCodesHaveTexts(t *testing.T) {
	t.Parallel()
	catalog, err := text.New()
	if err != nil {
		t.Fatal(err)
	}
	code := regexp.MustCompile(`^(tariff|money|input)\.[a-z_]+$`)
	count := 0
	for _, s := range literals(t) {
		if !code.MatchString(s) {
			continue
		}
		count++
		if !catalog.Has("error."+s) && !catalog.Has("op."+s) && !catalog.Has("verify."+s) {
			t.Errorf("%s has no text", s)
		}
	}
	if count < 50 {
		t.Errorf("only %d codes seen", count)
	}
	for _, key := range []string{
		"rounding.line", "rounding.total", "rounding.ttc", "status.official", "status.example",
		"tax.vat.line", "tax.vat.total", "tax.vat.ttc", "tax.exempt", "tax.none",
	} {
		if !catalog.Has(sentencePrefix + key) {
			t.Errorf("%s has no sentence", key)
		}
	}
}
