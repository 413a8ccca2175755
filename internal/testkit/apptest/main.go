package apptest

import (
	"fmt"
	"os"
	"testing"

	"wasl/internal/testkit/dbtest"
)

// Main makes the kit of a test process, runs its tests and removes the kit. It
// gives the code to exit with, for the last line of TestMain. What after finds
// when the tests are over is told, a line each, and fails the process.
func Main(m *testing.M, kit **Kit, after ...func(*Kit) []string) int {
	made, err := NewKit()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	*kit = made
	code := m.Run()
	for _, look := range after {
		for _, line := range look(made) {
			fmt.Fprintln(os.Stderr, "FAIL: "+line)
			code = 1
		}
	}
	if err := made.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	return code
}

// OnBoth runs a test on each engine, at once, on a program of its own.
func (k *Kit) OnBoth(t *testing.T, fn func(t *testing.T, w *World)) {
	t.Helper()
	for _, engine := range dbtest.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			fn(t, k.Open(t, engine, Options{}))
		})
	}
}
