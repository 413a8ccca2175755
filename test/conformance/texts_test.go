package conformance

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"wasl/internal/app"
	"wasl/internal/platform/op"
	"wasl/internal/platform/text"
)

// source is what the texts have to do with in the program's own files.
type source struct {
	// words are all literals.
	words map[string]bool
	// codes are those of errors a person may see, with a place.
	codes map[string]string
}

// readSource parses the program, tests left out.
func readSource(t *testing.T) source {
	t.Helper()
	s := source{words: map[string]bool{}, codes: map[string]string{}}
	set := token.NewFileSet()
	for _, root := range []string{"../../internal", "../../cmd"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			slashed := filepath.ToSlash(path)
			skip := strings.Contains(slashed, "/testkit/") || strings.Contains(slashed, "/archtest/") || strings.Contains(slashed, "/render/shop/")
			if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || skip {
				return nil
			}
			f, err := parser.ParseFile(set, path, nil, 0)
			if err != nil {
				return err
			}
			ast.Inspect(f, func(n ast.Node) bool {
				s.note(n, slashed)
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// codeShape is that of a code; "internal" and the like are words of the house.
var codeShape = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$`)

func literal(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	v, err := strconv.Unquote(lit.Value)
	return v, err == nil
}

// note keeps the literals, and the codes of errors: the second argument of
// fault.New and fault.InvalidField, the third of fault.Wrap, the first of bad, the
// field Code of a fault.
func (s source) note(n ast.Node, path string) {
	switch n := n.(type) {
	case *ast.BasicLit:
		if v, ok := literal(n); ok {
			s.words[v] = true
		}
	case *ast.Field:
		if n.Tag != nil { // the names of columns
			tag, _ := literal(n.Tag)
			name, _, _ := strings.Cut(reflect.StructTag(tag).Get("json"), ",")
			s.words[name] = true
		}
	case *ast.KeyValueExpr:
		if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Code" {
			if v, ok := literal(n.Value); ok && strings.Contains(v, ".") {
				s.codes[v] = path
			}
		}
	case *ast.CallExpr:
		if at, internal := codeAt(n); at >= 0 && at < len(n.Args) && !internal {
			if v, ok := literal(n.Args[at]); ok && codeShape.MatchString(v) {
				s.codes[v] = path
			}
		}
	}
}

// codeAt is the argument that holds the code; internal errors are never shown.
func codeAt(call *ast.CallExpr) (at int, internal bool) {
	isInternal := func(i int) bool {
		sel, ok := call.Args[i].(*ast.SelectorExpr)
		return ok && sel.Sel.Name == "Internal"
	}
	switch f := call.Fun.(type) {
	case *ast.Ident:
		if f.Name == "bad" {
			return 0, false
		}
	case *ast.SelectorExpr:
		pkg, ok := f.X.(*ast.Ident)
		if !ok || pkg.Name != "fault" {
			return -1, false
		}
		switch f.Sel.Name {
		case "New":
			return 1, isInternal(0)
		case "InvalidField":
			return 1, false
		case "Wrap":
			return 2, isInternal(1)
		}
	}
	return -1, false
}

func catalogue(t *testing.T) (*text.Catalog, []*op.Def) {
	t.Helper()
	texts, err := text.New()
	if err != nil {
		t.Fatal(err)
	}
	registry, err := app.Operations()
	if err != nil {
		t.Fatal(err)
	}
	return texts, registry.All()
}

// TestEveryWordHasItsText: operations, fields, columns, values, errors.
func TestEveryWordHasItsText(t *testing.T) {
	t.Parallel()
	texts, all := catalogue(t)
	need := func(what string, keys ...string) {
		if !slices.ContainsFunc(keys, texts.Has) {
			t.Errorf("%s has no text: %s", what, strings.Join(keys, " or "))
		}
	}
	for _, d := range all {
		need(d.Name, "op."+d.Name)
		need(d.Name, "op."+d.Name+".help")
		need(d.Name, "module."+d.Module())
		for _, f := range d.Fields {
			need(d.Name, "field."+d.Name+"."+f.Name, "field."+f.Name)
			for _, v := range f.Values {
				need(d.Name, "enum."+f.EnumName+"."+v)
			}
		}
		for _, c := range d.Columns {
			if !c.Secret {
				need(d.Name, "column."+d.Name+"."+c.Name, "column."+c.Name, "field."+c.Name)
			}
		}
	}
	for code, path := range readSource(t).codes {
		need(path, "error."+code)
	}
}

// dynamic are the beginnings of keys that the program completes by itself, with
// what completes them. Each stands as it is in the source.
func dynamic() map[string]string {
	return map[string]string{
		"verify.": "the code of a finding", "subject.": "the kind of an audited record", "config.help.": "the key of a setting",
		"channel.": "op.Channel", "outcome.": "op.Outcome", "place.": "screen.Place", "problem.": "fault.Kind", "flash.": "the operation done",
		"api.kind.": "fault.Kind", "api.param.": "a parameter", "api.access.": "op.Access", "api.type.": "op.Type",
		"cli.type.": "op.Type", "cli.cmd.": "a command", "cli.flag.": "a setting", "cli.usage.": "what is wrong with a command line",
		"doctor.": "a check and its finding", "month.": "1 to 12", "weekday.": "0 to 6", "ui.step.": "the state of a step",
		"letter.unit_kind.": "org.Kind", "page.access.class.": "a class of levels", "page.access.mark.": "org.Kind", "page.access.short.": "an operation",
		"page.me.notice.": "access.NoticeKind", "page.org.fiscal.": "a value", "page.org.import.column.": "a column", "page.org.import.": "a count",
		"page.board.col.": "a column", "page.board.stage.": "a stage of the cycle", "page.board.tender.": "a kind of tender",
		"page.collection.cheques.": "collection.ChequeState", "page.ledger.close.": "a control of a closing",
		"page.billing.effect.": "billing.ExceptionState", "page.billing.verb.": "billing.ExceptionState", "page.billing.rule.": "billing.Rule",
		"page.tariff.basis.":     "a word of the format",
		"page.tariff.rounding.":  "a word of the format",
		"page.tariff.prorata.":   "a word of the format",
		"page.tariff.on_change.": "a word of the format",
		"page.tariff.name.":      "a word of the format",
		"page.tariff.kind.":      "a word of the format",
		"page.tariff.aspect.":    "a word of the format",
		"tariff.explain.":        "what an explanation says",
		"schedule.":              "the code of a schedule",
		"fieldset.":              "an operation and the field a group begins with", "customer.notice.": "customer.Notice", "page.customer.use.": "customer.VATUse",
		"import.reason.": "why a file is refused", "import.kind.": "a kind of file", "import.column.": "a kind of file and its column",
		"unit.service.": "a service", "anomaly.": "metering.Evidence.Reason", "page.metering.month.": "1 to 12",
		"import.flag.": "a reason to look at a row", "page.imports.": "a count",
		"collection.paper.": "what a printed receipt or statement says",
		"backup.keys.":      "what a copy does with the keys", "bill.paper.": "what a printed bill says", "bill.print.": "a column", "words.": "a number or what counts",
	}
}

// ended are the ends that the program adds to a key that stands in the source.
func ended() []string { return []string{".sub", "_empty", ".help", ".advice"} }

// TestEveryTextIsUsed: a text nobody asks for is a leftover or a misspelt key.
func TestEveryTextIsUsed(t *testing.T) {
	t.Parallel()
	texts, all := catalogue(t)
	src := readSource(t)
	for prefix := range dynamic() {
		if !src.words[prefix] {
			t.Errorf("no source makes keys of %q any more", prefix)
		}
	}
	known := map[string]bool{}
	for _, d := range all {
		if d.FourEyes {
			known["op."+d.ApproveRight()] = true
		}
		known["op."+d.Name], known["op."+d.Name+".help"], known["module."+d.Module()] = true, true, true
		for _, f := range d.Fields {
			for _, own := range []string{"", d.Name + "."} {
				known["field."+own+f.Name], known["field."+own+f.Name+".help"] = true, true
			}
			for _, v := range f.Values {
				known["enum."+f.EnumName+"."+v] = true
			}
		}
		for _, c := range d.Columns {
			known["field."+c.Name], known["column."+c.Name], known["column."+d.Name+"."+c.Name] = true, true, true
		}
	}
	for _, key := range texts.Keys() {
		if known[key] || src.words[key] {
			continue
		}
		if rest, ok := strings.CutPrefix(key, "error."); ok && (src.words[rest] || patterned(rest) || usage(src, rest)) {
			continue
		}
		if slices.ContainsFunc(ended(), func(end string) bool { before, cut := strings.CutSuffix(key, end); return cut && src.words[before] }) {
			continue
		}
		kind, _, _ := strings.Cut(key, ".")
		if slices.Contains([]string{"field", "column", "enum"}, kind) && src.words[key[strings.LastIndex(key, ".")+1:]] {
			continue // columns of records shown inside others, sets of words of their own
		}
		if !begins(key) {
			t.Errorf("nobody asks for the text %q", key)
		}
	}
}

// usage: the codes of a wrong command line, made of the word given to usage.
func usage(src source, code string) bool {
	word, ok := strings.CutPrefix(code, "cli.usage.")
	return ok && src.words[word]
}

// patterned: the codes made of the name of a pattern.
func patterned(code string) bool { return strings.HasPrefix(code, "input.pattern.") }

func begins(key string) bool {
	for prefix := range dynamic() {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return false
}
