package billing

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/op"
)

// anyDue draws a due consumption.
func anyDue(t *rapid.T) Due {
	word := rapid.SampledFrom([]string{"", "water", "DOM", "eau é", `{"a":"b"}`, "x"})
	n := rapid.Int64Range(-1<<53, 1<<53)
	from := rapid.IntRange(0, 20_000).Draw(t, "from")
	start, err := day.New(1990, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	return Due{
		Account: op.ID(n.Draw(t, "account")), Contract: op.ID(n.Draw(t, "contract")), Unit: op.ID(n.Draw(t, "unit")), Consumption: op.ID(n.Draw(t, "consumption")),
		Code: rapid.StringN(0, 40, 60).Draw(t, "code"), Service: word.Draw(t, "service"), Register: word.Draw(t, "register"), Category: word.Draw(t, "category"),
		From: start.AddDays(from), To: start.AddDays(from + rapid.IntRange(0, 400).Draw(t, "days")), Quantity: money.Quantity(n.Draw(t, "quantity")),
		Undecided: rapid.Bool().Draw(t, "undecided"), Accepted: rapid.Bool().Draw(t, "accepted"), Ordinal: n.Draw(t, "ordinal"), Tariff: word.Draw(t, "tariff"),
		VATUse: word.Draw(t, "use"), Households: n.Draw(t, "households"), Power: money.Quantity(n.Draw(t, "power")), Attributes: word.Draw(t, "attributes"),
		LegalNature: word.Draw(t, "nature"), Turn: n.Draw(t, "turn"),
	}
}

// TestFreezingLosesNothing reads back what was kept, and refuses anything cut or longer.
func TestFreezingLosesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		dues := rapid.SliceOfN(rapid.Custom(anyDue), 0, 20).Draw(t, "dues")
		p := &part{}
		for i := range dues {
			p.drafts = append(p.drafts, draft{due: &dues[i]})
		}
		body := freeze(p)
		got, err := thaw(body)
		if err != nil || !slices.Equal(got, dues) {
			t.Fatalf("%v\n%+v\n%+v", err, got, dues)
		}
		for cut := range len(body) {
			if _, err := thaw(body[:cut]); err == nil {
				t.Fatalf("%d of %d bytes are taken for the whole", cut, len(body))
			}
		}
		if _, err := thaw(append(body, 0)); err == nil {
			t.Fatal("one byte more is taken")
		}
	})
}

// TestFreezingIsSmall holds the size that the storage of a run is planned with.
func TestFreezingIsSmall(t *testing.T) {
	t.Parallel()
	const bills = 1000
	on, err := day.New(2026, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	p := &part{}
	for i := range bills {
		p.drafts = append(p.drafts, draft{due: &Due{
			Account: op.ID(1<<43 + i*2), Contract: op.ID(1<<43 + i*2 + 1), Unit: 1<<43 + 7, Consumption: op.ID(1<<44 + i), Code: fmt.Sprintf("BM%08d", i), Service: "water",
			Category: "DOM", From: on, To: on.AddDays(30), Quantity: money.Quantity(i) * 1000, Ordinal: 1, Tariff: "ma-water-example", VATUse: "domestic",
			Households: 1, LegalNature: "private",
		}})
	}
	if size := len(freeze(p)) / bills; size > 45 {
		t.Errorf("%d bytes a bill", size)
	}
}
