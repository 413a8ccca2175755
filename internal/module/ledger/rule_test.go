package ledger

import (
	"context"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"wasl/internal/kernel/money"
	"wasl/internal/platform/db"
	"wasl/internal/testkit/dbtest"
)

// shipped reads the reference rules and chart.
func shipped(t *testing.T) (set RuleSet, accounts map[string]AccountKind) {
	t.Helper()
	d := dbtest.Open(t, dbtest.SQLite, schema(t), db.Options{})
	err := d.Read(t.Context(), func(ctx context.Context, r db.Reader) error {
		sets, err := activeSets(ctx, r)
		if err != nil || len(sets) != 1 {
			t.Fatalf("%d sets, %v", len(sets), err)
		}
		set = sets[0]
		accounts, err = accountKinds(ctx, r, set.ValidFrom)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return set, accounts
}

func TestReference(t *testing.T) {
	t.Parallel()
	set, accounts := shipped(t)
	if faults := set.Rules.Check(accounts); len(faults) > 0 {
		t.Errorf("the reference rules: %v", faults)
	}
	if got := set.Rules.digest(); got != set.SHA256 {
		t.Errorf("the digest of the reference rules is %s, not %s", got, set.SHA256)
	}
	if accounts[set.Liaison] != Liaison {
		t.Errorf("liaison account %s", set.Liaison)
	}
}

// TestCheckRefuses breaks the reference rules one way at a time.
func TestCheckRefuses(t *testing.T) {
	t.Parallel()
	set, accounts := shipped(t)
	at := func(want Rule) int {
		return slices.IndexFunc(set.Rules, func(r Rule) bool {
			return r.Event == want.Event && r.Account == want.Account && r.Measure == want.Measure && (want.Nature == "" || r.Nature == want.Nature)
		})
	}
	vat := at(Rule{Event: EventBill, Account: "44551", Measure: Parts})
	total := at(Rule{Event: EventBill, Account: "3421", Measure: Total})
	tender := at(Rule{Event: EventReceipt, Account: "@tender", Measure: Total})
	for _, c := range []struct {
		what   string
		change func(rs Rules) Rules
		code   string
	}{
		{"a line is missing", func(rs Rules) Rules { return slices.Delete(rs, vat, vat+1) }, "ledger.rule_unbalanced"},
		{"a line is there twice", func(rs Rules) Rules { return append(rs, rs[vat]) }, "ledger.rule_unbalanced"},
		{"the wrong side", func(rs Rules) Rules { rs[total].Side = Credited; return rs }, "ledger.rule_unbalanced"},
		{"one nature is left out", func(rs Rules) Rules { rs[vat].Nature = Costs; return rs }, "ledger.rule_unbalanced"},
		{"one regime is left out", func(rs Rules) Rules { rs[vat].Regime = OnInvoices; return rs }, "ledger.rule_unbalanced"},
		{"an account that is not there", func(rs Rules) Rules { rs[vat].Account = "99999"; return rs }, "ledger.rule_account"},
		{"a role of another event", func(rs Rules) Rules { rs[tender].Account = "@debit"; return rs }, "ledger.rule_role"},
		{"a measure of another event", func(rs Rules) Rules { rs[total].Measure = Stamp; return rs }, "ledger.rule_measure"},
		{"a filter on a total", func(rs Rules) Rules { rs[total].Nature = VAT; return rs }, "ledger.rule_filter"},
		{"a nature the event has not", func(rs Rules) Rules { rs[vat].Nature = Money; return rs }, "ledger.rule_filter"},
		{"a word that is none", func(rs Rules) Rules { rs[vat].Side = "left"; return rs }, "ledger.rule_word"},
		{"a control account elsewhere", func(rs Rules) Rules { rs[total].Book = Collecting; return rs }, "ledger.rule_control"},
		{"an event without lines", func(rs Rules) Rules {
			return slices.DeleteFunc(rs, func(r Rule) bool { return r.Event == EventCashOver })
		}, "ledger.rule_missing"},
		{"an item on two accounts", func(rs Rules) Rules {
			return append(rs, Rule{EventBill, AnyRegime, Managing, Debited, "3424", Total, "", ""}, Rule{EventBill, AnyRegime, Managing, Credited, "3424", Total, "", ""})
		}, "ledger.rule_item"},
		{"an item whose account depends on the regime", func(rs Rules) Rules {
			rs[total].Regime = OnReceipts
			return append(rs, Rule{EventBill, OnInvoices, Managing, Debited, "3424", Total, "", ""})
		}, "ledger.rule_item"},
	} {
		faults := c.change(slices.Clone(set.Rules)).Check(accounts)
		if len(faults) == 0 || faults[0].Code != c.code {
			t.Errorf("%s: %v, want %s", c.what, faults, c.code)
		}
	}
}

// TestLinesBalance: whatever the amounts, whichever the event and the regime,
// every book of every entry balances.
func TestLinesBalance(t *testing.T) {
	t.Parallel()
	set, _ := shipped(t)
	amount := rapid.Custom(func(t *rapid.T) money.Amount {
		return money.Amount(rapid.Int64Range(0, 1_000_000_00).Draw(t, "amount"))
	})
	rapid.Check(t, func(t *rapid.T) {
		event := Event(rapid.SampledFrom(Event("").EnumValues()[:12]).Draw(t, "event"))
		keep := func(s Split) Split {
			return slices.DeleteFunc(s, func(p Part) bool { return !slices.Contains(shapes()[event].natures, p.Nature) })
		}
		f := Facts{
			Event: event, Parts: keep(anySplit().Draw(t, "parts")), Debit: anySplit().Draw(t, "debit"), Credit: anySplit().Draw(t, "credit"),
			Prepaid: anySplit().Draw(t, "prepaid"), Sum: amount.Draw(t, "sum"), Stamp: amount.Draw(t, "stamp"), Fee: amount.Draw(t, "fee"),
			FeeVAT: amount.Draw(t, "fee vat"), Undo: rapid.Bool().Draw(t, "undo"),
			Roles: map[Role]string{RoleTender: "5141", RoleFrom: "5161", RoleDebit: "3421", RoleCredit: "4421"},
		}
		regime := rapid.SampledFrom([]Regime{OnReceipts, OnInvoices})
		regimes := Uniform(regime.Draw(t, "regime"))
		for _, name := range Service("").EnumValues() {
			regimes = regimes.with(Service(name), regime.Draw(t, name))
		}
		lines, err := set.Rules.Lines(regimes, rapid.Bool().Draw(t, "one book"), set.Liaison, f)
		if err != nil {
			t.Fatal(err)
		}
		sums := map[Book]money.Amount{}
		for _, l := range lines {
			if l.Amount == 0 {
				t.Fatalf("a line of nothing: %+v", l)
			}
			sums[l.Book] += l.Amount
		}
		for book, sum := range sums {
			if sum != 0 {
				t.Fatalf("%s is out of balance by %s: %+v", book, sum, lines)
			}
		}
	})
}

func TestLinesRefuse(t *testing.T) {
	t.Parallel()
	set, _ := shipped(t)
	for _, c := range []struct {
		f    Facts
		code string
	}{
		{Facts{Event: EventManual}, "ledger.rule_missing"},
		{Facts{Event: EventReceipt, Parts: Received(100)}, "ledger.role"},
		{Facts{Event: EventBill, Parts: Received(100)}, "ledger.unbalanced"},
	} {
		if _, err := set.Rules.Lines(Uniform(OnReceipts), true, "1605", c.f); !slices.Contains(codesOf(err), c.code) {
			t.Errorf("%s: %v, want %s", c.f.Event, err, c.code)
		}
	}
}

func TestChartIsFolded(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t, dbtest.SQLite, schema(t), db.Options{})
	err := d.Read(t.Context(), func(ctx context.Context, r db.Reader) error {
		return db.Each(ctx, r, func(rows db.Rows) error {
			var code, label, folded string
			err := rows.Scan(&code, &label, &folded)
			if want := db.Fold(label + " " + code); folded != want {
				t.Errorf("%s is found by %q, want %q", code, folded, want)
			}
			return err
		}, `SELECT code, label, folded FROM gl_account`)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestRegimesOfOneBill: a bill of 100.00 of water under 10 % on receipts and 50.00 of sanitation
// under 20 % on invoices. The customer owes 170.00; the tax of water, 10.00, waits on 44551, that
// of sanitation, 10.00, is due on 4455 at once. Paid, only the tax of water moves.
func TestRegimesOfOneBill(t *testing.T) {
	t.Parallel()
	set, _ := shipped(t)
	regimes := Uniform(OnReceipts).with(Sanitation, OnInvoices)
	split := Split{
		{Service: Water, Nature: Principal, Amount: 100_00},
		{Service: Water, Nature: VAT, Rate: 1000, Amount: 10_00},
		{Service: Sanitation, Nature: Principal, Amount: 50_00},
		{Service: Sanitation, Nature: VAT, Rate: 2000, Amount: 10_00},
	}
	for _, c := range []struct {
		facts Facts
		want  map[string]money.Amount
	}{
		{Facts{Event: EventBill, Parts: split}, map[string]money.Amount{"3421": 170_00, "71211": -100_00, "71243": -50_00, "44551": -10_00, "4455": -10_00}},
		{Facts{Event: EventSettle, Debit: split}, map[string]money.Amount{"44551": 10_00, "4455": -10_00}},
		// What was posted while everything was on receipts is settled so.
		{Facts{Event: EventSettle, Debit: split, Regimes: Uniform(OnReceipts)}, map[string]money.Amount{"44551": 20_00, "4455": -20_00}},
	} {
		lines, err := set.Rules.Lines(regimes, true, set.Liaison, c.facts)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]money.Amount{}
		for _, l := range lines {
			got[l.Account] += l.Amount
		}
		if !maps.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.facts.Event, got, c.want)
		}
	}
}
