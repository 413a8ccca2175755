package tariff

import (
	"io/fs"
	"path"
	"strings"
	"testing"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/packs"
)

// loadPack gives the book of shipped files.
func loadPack(t testing.TB, names ...string) *Book {
	t.Helper()
	book, problems, err := Load(func(name string) ([]byte, error) { return fs.ReadFile(packs.Files, name) }, names...)
	if err != nil || len(problems) > 0 {
		t.Fatalf("%v: %v %v", names, err, problems)
	}
	return book
}

func packNames(t testing.TB) []string {
	t.Helper()
	var names []string
	err := fs.WalkDir(packs.Files, ".", func(name string, _ fs.DirEntry, err error) error {
		if path.Ext(name) == ".yaml" {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestPacksCompileTogether(t *testing.T) {
	t.Parallel()
	book := loadPack(t, packNames(t)...)
	got := strings.Join(book.Codes(), " ")
	if got != "five-tier ma-elec-domestic ma-elec-other-example ma-elec-radeef-2025 ma-water-example nycha santa-monica-2016" {
		t.Errorf("tariffs: %s", got)
	}
}

func date(t testing.TB, s string) day.Date {
	t.Helper()
	d, err := day.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// ask is a request for March of a year with attributes name, value, name, value …
func ask(t testing.TB, tariff string, year string, quantity money.Quantity, attributes ...string) Request {
	t.Helper()
	r := Request{ID: "1", Tariff: tariff, From: date(t, year+"-03-01"), To: date(t, year+"-03-31"), Months: 1000, Quantity: quantity}
	for i := 0; i < len(attributes); i += 2 {
		r.Attributes = append(r.Attributes, Value{Name: attributes[i], Text: attributes[i+1]})
	}
	return r
}

// The totals were published, or computed by a program of others: facts.md §1.4.
func TestElectricityVectors(t *testing.T) {
	t.Parallel()
	book := loadPack(t, "ma/electricity.yaml")
	for _, c := range []struct {
		tariff, year, fixed string
		kwh                 money.Quantity
		total               string
	}{
		{"ma-elec-domestic", "2018", "onee-2018", 150, "163.42"},
		{"ma-elec-domestic", "2026", "none", 250, "326.90"}, // 291.90 + 35.00
		{"ma-elec-domestic", "2026", "none", 0, "0.00"},
		{"ma-elec-radeef-2025", "2025", "", 100, "114.58"},
		{"ma-elec-radeef-2025", "2025", "", 150, "168.24"},
		{"ma-elec-radeef-2025", "2025", "", 250, "351.37"},
	} {
		r := ask(t, c.tariff, c.year, c.kwh*1000, "use", "domestic")
		if c.fixed != "" {
			r.Attributes = append(r.Attributes, Value{Name: "fixed", Text: c.fixed})
		}
		q, err := book.Quote(r)
		if err != nil || q.Total.String() != c.total {
			t.Errorf("%s %d kWh: %s, %v; want %s", c.tariff, c.kwh, q.Total, err, c.total)
		}
	}
}

func BenchmarkQuote(b *testing.B) {
	book := loadPack(b, packNames(b)...)
	for name, r := range map[string]Request{
		"elec":   ask(b, "ma-elec-domestic", "2025", 250_000, "use", "domestic", "fixed", "onee-2018"),
		"radeef": ask(b, "ma-elec-radeef-2025", "2025", 250_000, "use", "domestic"),
		"water":  ask(b, "ma-water-example", "2025", 26_000, "use", "domestic", "households", "2"),
		"five":   ask(b, "five-tier", "2015", 40_000, "class", "RESIDENTIAL_MULTI"),
		"nycha":  ask(b, "nycha", "2018", 2_000, "days", "35"),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var q Quote
			for b.Loop() {
				if err := book.QuoteInto(&r, &q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
