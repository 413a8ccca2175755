package backup_test

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"wasl/internal/platform/backup"
	"wasl/internal/platform/op"
	"wasl/internal/platform/text"
)

// TestTextsAreThere: every fault of the package, its operation and each figure
// of its summary have their French text.
func TestTextsAreThere(t *testing.T) {
	t.Parallel()
	c, err := text.New()
	if err != nil {
		t.Fatal(err)
	}
	need := func(key string) {
		t.Helper()
		if !c.Has(key) {
			t.Errorf("no text %s", key)
		}
	}
	codes := regexp.MustCompile(`fault\.(?:New|Wrap)\([^"\n]*"([a-z_.]+)"`)
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, path := range sources {
		body, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		for _, m := range codes.FindAllStringSubmatch(string(body), -1) {
			need("error." + m[1])
			seen++
		}
	}
	if seen < 15 {
		t.Errorf("only %d faults found in the sources", seen)
	}
	r := op.NewRegistry()
	backup.Register(r)
	if err := r.Check(); err != nil {
		t.Fatal(err)
	}
	need("op." + backup.Op)
	need("op." + backup.Op + ".help")
	need("subject.backup")
	summary := reflect.TypeFor[backup.Summary]()
	for i := range summary.NumField() {
		need("field." + summary.Field(i).Tag.Get("json"))
	}
}
