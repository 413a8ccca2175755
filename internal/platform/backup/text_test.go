package backup_test

import (
	"reflect"
	"testing"

	"wasl/internal/platform/backup"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/texttest"
)

// TestTextsAreThere: every fault of the package, its operation and each figure
// of its summary have their French text.
func TestTextsAreThere(t *testing.T) {
	t.Parallel()
	texts := texttest.New(t)
	texts.Each("error.", texttest.Found(t, `fault\.(?:New|Wrap)\([^"\n]*"([a-z_.]+)"`, 15)...)
	r := op.NewRegistry()
	backup.Register(r)
	if err := r.Check(); err != nil {
		t.Fatal(err)
	}
	texts.Each("op.", backup.Op, backup.Op+".help")
	texts.Need("subject.backup")
	summary := reflect.TypeFor[backup.Summary]()
	for i := range summary.NumField() {
		texts.Need("field." + summary.Field(i).Tag.Get("json"))
	}
}
