// Package conformance holds the whole program to its promises: every operation
// of the registry on every engine and every channel, who reaches what, what a
// page may contain, which bodies are refused, which texts there are. It finds
// the operations in the registry and the endpoints in the OpenAPI document, so
// that what is added without a scenario fails.
package conformance

import (
	"os"
	"testing"

	"wasl/internal/testkit/apptest"
)

var kit *apptest.Kit

func TestMain(m *testing.M) {
	os.Exit(apptest.Main(m, &kit, func(k *apptest.Kit) (asked []string) {
		for _, key := range k.MissingTexts() {
			asked = append(asked, "a text was asked for in vain: "+key)
		}
		return asked
	}))
}
