package job_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"wasl/internal/platform/db"
	"wasl/internal/platform/job"
	"wasl/internal/platform/text"
	"wasl/internal/testkit/dbtest"
)

// TestTextsAreThere: every operation, field, column, state and fault of the
// package has its French text.
func TestTextsAreThere(t *testing.T) {
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
	clock := dbtest.NewClock(start())
	e := newEnv(t, dbtest.Open(t, dbtest.SQLite, testSet(t), db.Options{Now: clock.Now}), clock, newPeople(), job.Options{})
	for _, d := range e.runner.Registry.All() {
		if strings.HasPrefix(d.Name, "test.") {
			continue
		}
		need("op." + d.Name)
		need("op." + d.Name + ".help")
		need("module." + d.Module())
		for _, f := range d.Fields {
			need("field."+f.Name, "field."+d.Name+"."+f.Name)
		}
		for _, column := range d.Columns {
			need("field."+column.Name, "column."+column.Name, "field."+d.Name+"."+column.Name)
		}
	}
	for _, s := range job.State("").EnumValues() {
		need("enum.job_state." + s)
	}
	codes := regexp.MustCompile(`fault\.(?:New|Wrap)\([^"\n]*"([a-z_.]+)"|Code: "(job\.[a-z_]+)"`)
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range sources {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		body, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range codes.FindAllStringSubmatch(string(body), -1) {
			need("error." + m[1] + m[2])
		}
	}
	for _, k := range strings.Fields("subject.job subject.job_schedule schedule.maintenance field.replay_keys field.proposals field.events field.jobs") {
		need(k)
	}
}
