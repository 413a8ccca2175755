package tariff

import (
	"sync"
	"testing"

	"pgregory.net/rapid"

	"wasl/internal/kernel/money"
)

// drawn is a random request of a shipped tariff.
func drawn(t *rapid.T, tb testing.TB) Request {
	quantity := money.Quantity(rapid.Int64Range(0, 2_000_000).Draw(t, "quantity"))
	var r Request
	switch rapid.IntRange(0, 4).Draw(t, "tariff") {
	case 0:
		r = ask(tb, "ma-elec-domestic", rapid.SampledFrom([]string{"2015", "2024", "2025", "2026"}).Draw(t, "year"), quantity, "use", "domestic", "fixed",
			rapid.SampledFrom([]string{"none", "onee-2018"}).Draw(t, "fixed"))
	case 1:
		r = ask(tb, "ma-elec-radeef-2025", "2025", quantity, "use", "domestic")
	case 2:
		r = ask(tb, "ma-water-example", "2025", quantity, "use", rapid.SampledFrom([]string{"domestic", "other"}).Draw(t, "use"), "households",
			rapid.SampledFrom([]string{"1", "2", "7"}).Draw(t, "households"))
	case 3:
		r = ask(tb, "five-tier", "2015", quantity, "class", "RESIDENTIAL_MULTI")
	default:
		r = ask(tb, "nycha", "2018", quantity, "days", rapid.SampledFrom([]string{"0", "29", "365"}).Draw(t, "days"))
	}
	if r.Tariff != "five-tier" {
		r.Months = money.Quantity(rapid.Int64Range(1, 12_000).Draw(t, "months"))
	}
	return r
}

// What is printed adds up: lines to the net or to the total, taxes to net and tax.
func TestQuoteAddsUp(t *testing.T) {
	t.Parallel()
	book := loadPack(t, packNames(t)...)
	rapid.Check(t, func(rt *rapid.T) {
		q, err := book.Quote(drawn(rt, t))
		if err != nil {
			rt.Fatal(err)
		}
		var lines, net, tax money.Amount
		for _, l := range q.Lines {
			lines += l.Amount
			if l.Amount < 0 || l.Measured && l.Quantity < 0 {
				rt.Fatalf("negative: %+v", l)
			}
		}
		for _, x := range q.Taxes {
			net, tax = net+x.Base, tax+x.Amount
		}
		want := net
		if q.Basis == TTC {
			want = net + tax
		}
		if lines != want || q.Net != net || q.Tax != tax || q.Total != net+tax {
			rt.Fatalf("lines %s, taxes %s + %s, quote %s + %s = %s", lines, net, tax, q.Net, q.Tax, q.Total)
		}
	})
}

// Who consumes more never pays less: true of these grids, whose prices grow with the
// blocks, in selective ones too.
func TestQuoteIsMonotone(t *testing.T) {
	t.Parallel()
	book := loadPack(t, packNames(t)...)
	rapid.Check(t, func(rt *rapid.T) {
		r := drawn(rt, t)
		less, err := book.Quote(r)
		if err != nil {
			rt.Fatal(err)
		}
		r.Quantity += money.Quantity(rapid.Int64Range(0, 1_000_000).Draw(rt, "more"))
		more, err := book.Quote(r)
		if err != nil {
			rt.Fatal(err)
		}
		if more.Total < less.Total {
			rt.Fatalf("%s: %s for %s, %s for more", r.Tariff, less.Total, r.Quantity, more.Total)
		}
	})
}

// Progressive blocks hold the whole quantity, each at most its width.
func TestBlocksHoldTheQuantity(t *testing.T) {
	t.Parallel()
	book := loadPack(t, "example/five-tier.yaml")
	widths := []money.Quantity{6_000, 6_000, 8_000, 15_000}
	rapid.Check(t, func(rt *rapid.T) {
		r := ask(t, "five-tier", "2015", money.Quantity(rapid.Int64Range(0, 200_000).Draw(rt, "quantity")), "class", "RESIDENTIAL_SINGLE")
		q, err := book.Quote(r)
		if err != nil {
			rt.Fatal(err)
		}
		var sum money.Quantity
		for i, l := range q.Lines {
			sum += l.Quantity
			if l.Block != i+1 || i < len(widths) && l.Quantity > widths[i] || i+1 < len(q.Lines) && l.Quantity != widths[i] {
				rt.Fatalf("block %d holds %s", l.Block, l.Quantity)
			}
		}
		if sum != r.Quantity {
			rt.Fatalf("blocks hold %s of %s", sum, r.Quantity)
		}
	})
}

// The parts of a period cut by a change share its days, quantity and months, whatever
// they are.
func TestPartsShareTheWhole(t *testing.T) {
	t.Parallel()
	settings := "basis: HT, rounding: total, prorata: months, on_change: days"
	charge := `{ code: WATER, label: W, kind: unit, vat: none, price: "1" }`
	book, problems := compileText(t, "f", sampleHead+"    versions:\n"+sampleVersion("v1", "2020-01-01", settings, "", charge)+
		sampleVersion("v2", "2020-02-01", settings, "", charge)+sampleVersion("v3", "2020-02-29", settings, "", charge)+sampleVersion("v4", "2020-03-01", settings, "", charge))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	rapid.Check(t, func(rt *rapid.T) {
		r := request(t, "0")
		r.From = r.From.AddDays(rapid.IntRange(0, 59).Draw(rt, "from"))
		r.To = r.From.AddDays(rapid.IntRange(0, 200).Draw(rt, "days"))
		r.Months = money.Quantity(rapid.Int64Range(1, 9_999).Draw(rt, "months"))
		r.Quantity = money.Quantity(rapid.Int64Range(0, 1_000_000_000_000).Draw(rt, "quantity"))
		q, err := book.Quote(r)
		if err != nil {
			rt.Fatal(err)
		}
		var days int
		var months, quantity money.Quantity
		at := r.From
		for _, p := range q.Parts {
			if p.From != at || p.From.DaysUntil(p.To)+1 != p.Days {
				rt.Fatalf("part %+v begins at %s", p, at)
			}
			days, months, quantity, at = days+p.Days, months+p.Months, quantity+p.Quantity, p.To.AddDays(1)
		}
		if days != r.From.DaysUntil(r.To)+1 || months != r.Months || quantity != r.Quantity || at != r.To.AddDays(1) {
			rt.Fatalf("parts of %d days, %s months, %s", days, months, quantity)
		}
	})
}

// A Book is shared by goroutines: each has its own quote.
func TestBookIsShared(t *testing.T) {
	t.Parallel()
	book := loadPack(t, packNames(t)...)
	r := ask(t, "ma-elec-domestic", "2025", 250_000, "use", "domestic", "fixed", "onee-2018")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			var q Quote
			for range 1000 {
				if err := book.QuoteInto(&r, &q); err != nil || q.Total != 34_656 { // 291.90 + 19.66 + 35.00
					t.Errorf("%s %v", q.Total, err)
					return
				}
			}
		})
	}
	all.Wait()
}
