package collection

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/module/ledger"
	"wasl/internal/platform/op"
)

// The duty is 0.25 % of the amount. 163.42 × 0.0025 = 0.40855 and 351.37 × 0.0025 = 0.878425
// (facts §2.2); 110.00 and 2.00 fall on the half, which goes away from zero.
func TestStampDuty(t *testing.T) {
	t.Parallel()
	for amount, want := range map[money.Amount]money.Amount{163_42: 41, 351_37: 88, 110_00: 28, 2_00: 1, 1_99: 0, 1: 0, 40_000_00: 100_00} {
		tenders := []Tender{{Kind: "cash", Amount: amount}, {Kind: "transfer", Amount: 500_00}}
		total, err := stampDuty(tenders, []TenderKind{{StampRate: 25}, {}})
		if err != nil || total != want || tenders[0].Stamp != want || tenders[1].Stamp != 0 {
			t.Errorf("duty of %s: %s (%v), want %s", amount, total, err, want)
		}
	}
	// Parted ten times, 19.90 in cash bears what it bears at once: 0.04975, so 0.05, which is
	// reached with 2 × 1.99, 4 × 1.99 and so on (0.00995, 0.0199, 0.02985, 0.0398, 0.04975).
	parted := make([]Tender, 10)
	kinds := make([]TenderKind, len(parted))
	for i := range parted {
		parted[i], kinds[i] = Tender{Kind: "cash", Amount: 1_99}, TenderKind{StampRate: 25}
	}
	total, err := stampDuty(parted, kinds)
	if err != nil || total != 5 {
		t.Errorf("duty of 10 × 1.99: %s (%v), want 0.05", total, err)
	}
	for i, tender := range parted {
		if tender.Stamp != money.Amount(i%2) {
			t.Errorf("tender %d bears %s, want %d", i, tender.Stamp, i%2)
		}
	}
}

func TestParseTender(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Tender{
		"cash":                            {Kind: "cash", open: true},
		"cash;110,00":                     {Kind: "cash", Amount: 110_00},
		" cheque ; 50.00 ; 12 ; BMCE ; A": {Kind: "cheque", Amount: 50_00, Reference: "12", Bank: "BMCE", Drawer: "A"},
		"cheque;;12":                      {Kind: "cheque", Reference: "12", open: true},
	} {
		if got, ok := parseTender(text); !ok || got != want {
			t.Errorf("%q: %+v, %v", text, got, ok)
		}
	}
	for _, text := range []string{"", ";10.00", "cash;0", "cash;-1", "cash;1.234", "cash;ten", "a;1;b;c;d;e"} {
		if got, ok := parseTender(text); ok {
			t.Errorf("%q is read as %+v", text, got)
		}
	}
}

func TestAmounts(t *testing.T) {
	t.Parallel()
	owed := []due{{amount: 30_00}, {amount: 80_00}}
	chosen := []due{{amount: 30_00, exact: true}}
	for _, c := range []struct {
		what           string
		tenders        []Tender
		dues           []due
		total, surplus money.Amount
		code           string
	}{
		{"all of it", []Tender{{open: true}}, owed, 110_00, 0, ""},
		{"what the cheque leaves", []Tender{{Amount: 60_00}, {open: true}}, owed, 110_00, 0, ""},
		{"in part", []Tender{{Amount: 60_00}}, owed, 60_00, 0, ""},
		{"more than is owed", []Tender{{Amount: 120_00}}, owed, 120_00, 10_00, ""},
		{"nothing left for the open one", []Tender{{Amount: 110_00}, {open: true}}, owed, 0, 0, "collection.tender_nothing"},
		{"less than was asked for", []Tender{{Amount: 29_99}}, chosen, 0, 0, "collection.short"},
		{"what was asked for", []Tender{{Amount: 30_00}}, chosen, 30_00, 0, ""},
		{"beyond numbers", []Tender{{Amount: 1<<63 - 1}, {Amount: 1}}, owed, 0, 0, "money.overflow"},
	} {
		total, surplus, err := amounts(c.tenders, c.dues)
		code := fault.CodeOf(err)
		if e := fault.As(err); e != nil && len(e.Fields) > 0 {
			code = e.Fields[0].Code
		}
		if code != c.code || total != c.total || surplus != c.surplus {
			t.Errorf("%s: %s, %s, %v", c.what, total, surplus, err)
		}
	}
}

func TestChange(t *testing.T) {
	t.Parallel()
	cash := []Tender{{Amount: 110_00, Stamp: 28, Cash: true}, {Amount: 40_00}}
	for given, want := range map[money.Amount]money.Amount{0: 0, 110_28: 0, 120_00: 9_72} {
		if got, err := changeOf(given, cash); err != nil || got != want {
			t.Errorf("%s given: %s, %v", given, got, err)
		}
	}
	if _, err := changeOf(110_27, cash); err == nil {
		t.Error("a centime short is enough")
	}
	if _, err := changeOf(1, cash[1:]); err == nil {
		t.Error("change of a transfer")
	}
}

// TestSpread: whatever is owed and handed over, each tender is spent whole, no bill is paid
// beyond what is left of it, none is begun before the one before it is paid, and only what
// is beyond everything is a surplus.
func TestSpread(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		amount := rapid.Int64Range(1, 500)
		dues := make([]due, rapid.IntRange(0, 6).Draw(t, "dues"))
		for i := range dues {
			account := op.ID(rapid.IntRange(1, 3).Draw(t, "account"))
			dues[i] = due{holding: holding{account: account}, item: op.ID(100 + i), amount: money.Amount(amount.Draw(t, "owed"))}
		}
		tenders := make([]Tender, rapid.IntRange(1, 4).Draw(t, "tenders"))
		for i := range tenders {
			tenders[i].Amount = money.Amount(amount.Draw(t, "amount"))
		}
		total, surplus, err := amounts(tenders, dues)
		if err != nil {
			t.Fatal(err)
		}
		parts := spread(tenders, dues, part{kind: ledger.ItemOverpayment, holding: holding{account: 1}})
		spent, paid, rest := make([]money.Amount, len(tenders)), map[op.ID]money.Amount{}, money.Amount(0)
		for _, p := range parts {
			var sum money.Amount
			for _, pay := range p.pays {
				at := slices.IndexFunc(dues, func(d due) bool { return d.item == pay.Item })
				if dues[at].holding != p.holding || pay.Amount <= 0 {
					t.Fatalf("%+v pays %+v", p, pay)
				}
				sum += pay.Amount
				paid[pay.Item] += pay.Amount
			}
			if p.kind == ledger.ItemOverpayment {
				rest += p.amount
			} else if sum != p.amount {
				t.Fatalf("a part of %s pays %s", p.amount, sum)
			}
			spent[p.tender] += p.amount
		}
		for i := range tenders {
			if spent[i] != tenders[i].Amount {
				t.Fatalf("tender %d: %s of %s", i, spent[i], tenders[i].Amount)
			}
		}
		left := total - surplus
		for _, d := range dues {
			if want := min(left, d.amount); paid[d.item] != want {
				t.Fatalf("item %d: %s paid, want %s", d.item, paid[d.item], want)
			}
			left -= paid[d.item]
		}
		if rest != surplus {
			t.Fatalf("%s is kept, want %s", rest, surplus)
		}
	})
}

func TestCode(t *testing.T) {
	t.Parallel()
	m := New(Options{Secret: []byte("one")})
	r := Receipt{ID: 7, Number: "REC2026-1-1-000001-0001", Total: 110_00, Stamp: 28}
	code, err := m.Code(&r)
	if err != nil || len(code) != 14 || !sameCode(code, code) || !sameCode(code, " "+code[:4]+code[5:9]+" "+code[10:]) {
		t.Fatalf("%q, %v", code, err)
	}
	forged := r
	forged.Total++
	other, _ := m.Code(&forged)
	stranger, _ := New(Options{Secret: []byte("two")}).Code(&r)
	if sameCode(code, other) || sameCode(code, stranger) || sameCode(code, "") {
		t.Error("another receipt, or another secret, has the same code")
	}
}
