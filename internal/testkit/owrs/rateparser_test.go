package owrs_test

import (
	"compress/gzip"
	"encoding/csv"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"testing"

	"wasl/internal/testkit/owrs"
)

// The formulas are read as RateParser reads them: its bills for the real
// consumptions of a town, under two rate files, are Bill's.
func TestBillsOfRateParser(t *testing.T) {
	t.Parallel()
	root := filepath.Join(dataFolder(t), "..", "..", "water-santamonica")
	for _, c := range []struct{ rates, bills string }{
		{"five-tier.owrs", "bills_rateparser_5tier.csv.gz"},
		{"smc-2016-03-01.owrs", "bills_rateparser_smc2016.csv.gz"},
	} {
		source, err := os.ReadFile(filepath.Join(root, c.rates))
		if err != nil {
			t.Fatal(err)
		}
		file, err := owrs.Read(source)
		if err != nil {
			t.Fatal(err)
		}
		classes := map[string]*owrs.Class{}
		for _, class := range file.Classes {
			classes[class.Name] = class
		}
		equal, different := compareBills(t, filepath.Join(root, c.bills), classes)
		t.Logf("%s: %d bills equal", c.rates, equal)
		if different > 0 || equal < 80_000 {
			t.Errorf("%s: %d bills equal, %d different", c.rates, equal, different)
		}
	}
}

func compareBills(t *testing.T, path string, classes map[string]*owrs.Class) (equal, different int) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // read only
	unpacked, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	rows := csv.NewReader(unpacked)
	head, err := rows.Read()
	if err != nil {
		t.Fatal(err)
	}
	column := map[string]int{}
	for i, name := range head {
		column[name] = i
	}
	for {
		row, err := rows.Read()
		if err == io.EOF {
			return equal, different
		}
		if err != nil {
			t.Fatal(err)
		}
		usage, ok := new(big.Rat).SetString(row[column["usage_ccf"]])
		want, is := new(big.Rat).SetString(row[column["bill"]])
		class := classes[row[column["cust_class"]]]
		if !ok || !is || class == nil {
			t.Fatalf("row %v", row)
		}
		got, err := class.Bill(owrs.Input{Numbers: map[string]*big.Rat{"usage_ccf": usage}})
		if err == nil && got.FloatString(2) == want.FloatString(2) {
			equal++
			continue
		}
		if different++; different < 5 {
			t.Errorf("row %v: got %v %v", row, got, err)
		}
	}
}
