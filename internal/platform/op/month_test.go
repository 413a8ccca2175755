package op

import (
	"reflect"
	"testing"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
)

type monthly struct {
	Month day.Date `json:"month" in:"required,month"`
}

type notMonthly struct {
	Name string `json:"name" in:"month"`
}

// A field that stands for a month takes the month alone, as people and as controls write
// it, and still any day of it.
func TestDecodeMonth(t *testing.T) {
	t.Parallel()
	d := defOf[monthly](t)
	for text, want := range map[string]string{
		"2026-11": "2026-11-01", "11/2026": "2026-11-01", "2026-11-01": "2026-11-01", "17/11/2026": "2026-11-17", " 2026-02 ": "2026-02-01",
	} {
		got, err := d.decode(Input{"month": text})
		if err != nil || got.(*monthly).Month.String() != want {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"2026-13", "novembre", "2026", "00/2026"} {
		_, err := d.decode(Input{"month": text})
		if f := fault.As(err); f == nil || len(f.Fields) != 1 || f.Fields[0].Code != "input.month" {
			t.Errorf("%q: %v", text, err)
		}
	}
	if f := fieldsOf(reflect.TypeFor[notMonthly]())[0]; f.Fault == "" {
		t.Error("a text stands for a month")
	}
}
