// Package hledgertest finds the independent program that reads exported journals in tests.
package hledgertest

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// Program is the path of hledger. Without it the test is skipped, or fails when
// WASL_TEST_REQUIRE holds "hledger".
func Program(t testing.TB) string {
	t.Helper()
	path, err := exec.LookPath("hledger")
	if err != nil {
		if strings.Contains(os.Getenv("WASL_TEST_REQUIRE"), "hledger") {
			t.Fatal("hledger is required and missing")
		}
		t.Skip("hledger is not installed")
	}
	return path
}

// Run prepares a call of the program, with a locale that knows accents.
func Run(program string, args ...string) *exec.Cmd {
	cmd := exec.Command(program, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	return cmd
}
