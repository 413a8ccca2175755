// Package conformance holds the whole program to its promises: every operation
// of the registry on every engine and every channel, who reaches what, what a
// page may contain, which bodies are refused, which texts there are. It finds
// the operations in the registry and the endpoints in the OpenAPI document, so
// that what is added without a scenario fails.
package conformance

import (
	"fmt"
	"os"
	"testing"

	"wasl/internal/testkit/apptest"
)

var kit *apptest.Kit

func TestMain(m *testing.M) {
	var err error
	if kit, err = apptest.NewKit(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	for _, key := range kit.MissingTexts() {
		fmt.Fprintln(os.Stderr, "FAIL: a text was asked for in vain: "+key)
		code = 1
	}
	if err := kit.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}
