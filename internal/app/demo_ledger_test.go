package app_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"wasl/internal/module/customer"
	"wasl/internal/module/ledger"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/hledgertest"
)

// TestAnotherProgramReadsTheDemonstration: hledger finds that every transaction of the
// whole demonstration balances and that every balance asserted at the end of each month
// is the one it computes.
func TestAnotherProgramReadsTheDemonstration(t *testing.T) {
	t.Parallel()
	program := hledgertest.Program(t)
	a := demoFilled(t, 1)
	var out bytes.Buffer
	w := a.Registry.Find("ledger.export").Formats["hledger"].Open(&out)
	if err := w.Begin(); err != nil {
		t.Fatal(err)
	}
	q := op.Request{Name: "ledger.export", Credential: op.Credential{Channel: op.Console, Login: "admin"}, Input: op.Input{}}
	if _, err := a.Runner.Rows(t.Context(), q, nil, w.Row); err != nil {
		t.Fatal(err)
	}
	if err := w.End(); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out.String(), " balances\n"); n < demoIssuedMonths {
		t.Errorf("%d months are asserted", n)
	}
	path := filepath.Join(t.TempDir(), "journal.hledger")
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if told, err := hledgertest.Run(program, "-f", path, "check").CombinedOutput(); err != nil {
		t.Errorf("hledger check: %v\n%s", err, told)
	}
}

// TestNaturesOfTheAccounts: the ledger narrows by the natures that customers have.
func TestNaturesOfTheAccounts(t *testing.T) {
	t.Parallel()
	if ours, theirs := ledger.LegalNature("").EnumValues(), customer.Nature("").EnumValues(); !slices.Equal(ours, theirs) {
		t.Errorf("the ledger knows %v, customers have %v", ours, theirs)
	}
}
