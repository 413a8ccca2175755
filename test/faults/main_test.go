// Package faults holds the whole program to what it promises when things go
// wrong: a database call that fails at any place, a commit without an answer,
// neighbours that fail in the same commit, a process that is killed, a database
// somebody has tampered with.
package faults

import (
	"os"
	"testing"

	"wasl/internal/testkit/apptest"
)

var kit *apptest.Kit

func TestMain(m *testing.M) { os.Exit(apptest.Main(m, &kit)) }
