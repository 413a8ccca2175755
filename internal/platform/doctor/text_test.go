package doctor

import (
	"os"
	"regexp"
	"testing"

	"wasl/internal/platform/text"
)

// TestTextsAreThere: whatever a check may find has its French text, and advice
// when something is wrong.
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
	made := regexp.MustCompile(`\b(ok|warn|fail)\("([a-z_]+)", "([a-z_]+)"`)
	seen := 0
	for _, path := range []string{"doctor.go", "database.go"} {
		body, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range made.FindAllStringSubmatch(string(body), -1) {
			seen++
			need("doctor." + m[2])
			need("doctor." + m[2] + "." + m[3])
			if m[1] != "ok" {
				need("doctor." + m[2] + "." + m[3] + ".advice")
			}
		}
		for _, m := range regexp.MustCompile(`broken\("([a-z_]+)"`).FindAllStringSubmatch(string(body), -1) {
			need("doctor." + m[1] + ".unknown")
			need("doctor." + m[1] + ".unknown.advice")
		}
	}
	if seen < 25 {
		t.Errorf("only %d findings in the sources", seen)
	}
	// What these two make with a name that is not written out.
	for _, name := range []string{"data_dir", "key"} {
		for _, code := range []string{"missing", "open", "private", "missing.advice", "open.advice"} {
			need("doctor." + name + "." + code)
		}
	}
	for _, code := range []string{"enough", "low", "full", "low.advice", "full.advice"} {
		need("doctor.disk." + code)
	}
	for _, s := range State("").EnumValues() {
		need("enum.doctor_state." + s)
	}
}
