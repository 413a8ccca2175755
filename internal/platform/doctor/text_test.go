package doctor

import (
	"strings"
	"testing"

	"wasl/internal/testkit/texttest"
)

// TestTextsAreThere: whatever a check may find has its French text, and advice
// when something is wrong.
func TestTextsAreThere(t *testing.T) {
	t.Parallel()
	texts := texttest.New(t)
	for _, found := range texttest.Found(t, `\b(ok\(|warn\(|fail\()"([a-z_]+)"(,) "([a-z_]+)"`, 25) {
		made, code, _ := strings.Cut(found, "(")
		check, code, _ := strings.Cut(code, ",")
		texts.Each("doctor."+check, "", "."+code)
		if made != "ok" {
			texts.Need("doctor." + check + "." + code + ".advice")
		}
	}
	for _, check := range texttest.Found(t, `broken\("([a-z_]+)"`, 1) {
		texts.Each("doctor."+check, ".unknown", ".unknown.advice")
	}
	// What these two make with a name that is not written out.
	for _, name := range []string{"data_dir", "key"} {
		for _, code := range []string{"missing", "open", "private", "missing.advice", "open.advice"} {
			texts.Need("doctor." + name + "." + code)
		}
	}
	for _, code := range []string{"enough", "low", "full", "low.advice", "full.advice"} {
		texts.Need("doctor.disk." + code)
	}
	for _, s := range State("").EnumValues() {
		texts.Need("enum.doctor_state." + s)
	}
}
