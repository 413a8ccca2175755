package tariff

import (
	"compress/gzip"
	"encoding/csv"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
)

// nychaList names each bill that no version gives, by its line in the file.
const nychaList = "testdata/nycha-not-reproduced.csv"

// Real bills of New York's office of housing. The data do not say when a bill was made:
// each is priced at the year of every version, and counts as reproduced when one of
// them gives it to the cent. Each of the others stands in nychaList, no more and no less, with
// what was charged, the nearest that a version gives, and what can be seen of it.
// WASL_TEST_NYCHA names a file to write that list to.
func TestRealBillsOfNewYork(t *testing.T) {
	t.Parallel()
	packed, err := gzip.NewReader(shared(t, "data/water-nycha/bills.csv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(packed).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at := map[string]int{}
	for i, name := range rows[0] {
		at[name] = i
	}
	book := loadPack(t, "example/nycha.yaml")
	list := []string{"line,tds,edp,days,consumption_hcf,charged,nearest,version,reason"}
	for i, row := range rows[1:] {
		consumption, days := row[at["consumption_hcf"]], row[at["days"]]
		charge, err := money.ParsePlain[money.Amount](row[at["current_charges"]])
		if err != nil {
			t.Fatal(err)
		}
		nearest, version := nearestYear(t, book, consumption, days, charge)
		if version != "" && nearest == charge {
			continue
		}
		near := ""
		if version != "" {
			near = nearest.String()
		}
		list = append(list, strings.Join([]string{
			strconv.Itoa(i + 2), row[at["tds"]], row[at["edp"]], days, consumption, charge.String(), near, version, whyNot(consumption, days, charge),
		}, ","))
	}
	missed, bills := len(list)-1, len(rows)-1
	if bills != 14_886 || (bills-missed)*100 < 92*bills {
		t.Errorf("%d of %d not reproduced", missed, bills)
	}
	compareList(t, strings.Join(list, "\n")+"\n")
}

// compareList holds the bills against the list in the tree, or writes them where asked.
func compareList(t *testing.T, got string) {
	t.Helper()
	if to := os.Getenv("WASL_TEST_NYCHA"); to != "" {
		if err := os.WriteFile(to, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	body, err := os.ReadFile(nychaList)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Split(string(body), "\n")
	for _, line := range strings.Split(got, "\n") {
		if _, listed := slices.BinarySearchFunc(want[1:len(want)-1], line, byLine); line != "" && line != want[0] && !listed {
			t.Errorf("not in the list: %s", line)
		}
	}
	if got != string(body) && !t.Failed() {
		t.Error("the list names bills that are reproduced now, or is not in order")
	}
}

// byLine compares two lines of the list by the number they begin with, then as they are.
func byLine(a, b string) int {
	number := func(s string) int {
		head, _, _ := strings.Cut(s, ",")
		n, _ := strconv.Atoi(head)
		return n
	}
	if d := number(a) - number(b); d != 0 {
		return d
	}
	return strings.Compare(a, b)
}

// nearestYear finds the version whose price is nearest to a charge; none where no version has
// a price.
func nearestYear(t *testing.T, book *Book, consumption, days string, charge money.Amount) (nearest money.Amount, version string) {
	t.Helper()
	n, ok := thousandths(consumption)
	if !ok {
		return 0, ""
	}
	off := func(total money.Amount) money.Amount { return max(total-charge, charge-total) }
	for _, v := range book.Tariff("nycha").Versions {
		r := Request{Tariff: "nycha", From: v.From, To: v.From.AddDays(30), Quantity: money.Quantity(n), Attributes: []Value{{Name: "days", Text: days}}}
		q, err := book.Quote(r)
		if err != nil {
			if code := fault.CodeOf(err); code != "tariff.attribute_value" {
				t.Fatal(err)
			}
			return 0, ""
		}
		if version == "" || off(q.Total) < off(nearest) {
			nearest, version = q.Total, v.Code
		}
	}
	return nearest, version
}

// whyNot sorts the bills that no year gives: nothing charged for a consumption or days; a
// credit; over 100 days, so over a change of price; nothing consumed, and not the minimum of
// these days; a minimum, for other days than those said; a price between or outside those of
// the years, for two years in one period or for a correction.
func whyNot(consumption, days string, charge money.Amount) string {
	n, _ := strconv.ParseInt(days, 10, 64)
	switch {
	case charge == 0:
		return "nothing_charged"
	case charge < 0:
		return "credit"
	case n > 100:
		return "over_100_days"
	case consumption == "0":
		return "other_minimum"
	case consumption == "1" || consumption == "2" || consumption == "3":
		return "minimum_of_other_days"
	}
	return "other_price"
}

// The change of year of New York falls inside a bill in the calendar: the version of the
// last day prices it, as its file says.
func TestNewYorkChangesOnTheLastDay(t *testing.T) {
	t.Parallel()
	book := loadPack(t, "example/nycha.yaml")
	r := Request{Tariff: "nycha", From: date(t, "2018-06-15"), To: date(t, "2018-07-14"), Quantity: 10_000, Attributes: []Value{{Name: "days", Text: "30"}}}
	for to, want := range map[string]string{"2018-07-14": "101.01", "2018-06-30": "98.68"} { // 39.00 × 2.59 and 38.10 × 2.59
		r.To = date(t, to)
		if q, err := book.Quote(r); err != nil || q.Total.String() != want {
			t.Errorf("to %s: %s %v, want %s", to, q.Total, err, want)
		}
	}
}
