package access_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"wasl/internal/platform/auth"
	"wasl/internal/platform/text"
	"wasl/internal/testkit/dbtest"
)

// Every operation, field, value and fault of the module has its French text.
func TestTextsAreComplete(t *testing.T) {
	t.Parallel()
	c, err := text.New()
	if err != nil {
		t.Fatal(err)
	}
	need := func(keys ...string) {
		t.Helper()
		for _, k := range keys {
			if c.Has(k) {
				return
			}
		}
		t.Errorf("no text %s", keys[0])
	}
	e := newEnv(t, dbtest.SQLite)
	for _, d := range e.reg.All() {
		if d.Module() != "access" && d.Module() != "me" {
			continue
		}
		need("op." + d.Name)
		need("op." + d.Name + ".help")
		if d.FourEyes {
			need("op." + d.ApproveRight())
		}
		for _, f := range d.Fields {
			need("field."+f.Name, "field."+d.Name+"."+f.Name)
			for _, v := range f.Values {
				need("enum." + f.EnumName + "." + v)
			}
		}
		for _, col := range d.Columns {
			need("field."+col.Name, "column."+col.Name, "field."+d.Name+"."+col.Name)
		}
	}
	for _, k := range []string{"module.access", "module.me", "subject.user", "subject.role", "subject.grant", "subject.session", "subject.token"} {
		need(k)
	}
	for _, code := range []string{
		auth.CodeBusy, auth.CodeRandom, auth.CodeHashUnreadable, auth.CodeParams, auth.CodeTokenInvalid, auth.CodePasswordTooShort,
		auth.CodePasswordTooLong, auth.CodePasswordText, auth.CodePasswordCommon, auth.CodePasswordSimple, auth.CodePasswordName,
	} {
		need("error." + code)
	}
	for prefix, code := range literals(t) {
		for _, k := range code {
			need(prefix + k)
		}
	}
}

// literals finds the codes of faults and findings in the sources.
func literals(t *testing.T) map[string][]string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	faults := regexp.MustCompile(`fault\.(?:New\(fault\.\w+|InvalidField\("\w+"), "([a-z_.]+)"|Code: "([a-z_.]+)"`)
	findings := regexp.MustCompile(`(?m)(?:Found|Note)\("([a-z_.]+)"|^\s*\{"(access\.[a-z_]+)", .SELECT`)
	out := map[string][]string{}
	for _, name := range files {
		if match, _ := filepath.Match("*_test.go", name); match {
			continue
		}
		body, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range faults.FindAllStringSubmatch(string(body), -1) {
			if code := m[1] + m[2]; code != "internal" {
				out["error."] = append(out["error."], code)
			}
		}
		for _, m := range findings.FindAllStringSubmatch(string(body), -1) {
			out["verify."] = append(out["verify."], m[1]+m[2])
		}
	}
	if len(out["error."]) < 30 || len(out["verify."]) < 4 {
		t.Fatalf("the sources were not understood: %v", out)
	}
	return out
}
