package owrs_test

import (
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/module/tariff"
	"wasl/internal/testkit/owrs"
)

const (
	// expressedMin is the goal: how many of the files the format must express.
	expressedMin = 200
	filesWanted  = 245
	// inputsPerClass is the sample of every rate class.
	inputsPerClass = 200
)

// dataFolder is where the rate files are; without them the test is skipped.
func dataFolder(t *testing.T) string {
	t.Helper()
	root := os.Getenv("WASL_DATA")
	if root == "" {
		root = "../../../../shared/data"
	}
	root = filepath.Join(root, "tariffs", "owrs")
	if _, err := os.Stat(root); errors.Is(err, fs.ErrNotExist) {
		if strings.Contains(os.Getenv("WASL_TEST_REQUIRE"), "data") {
			t.Fatalf("the data set is required and missing: %s", "tariffs/owrs")
		}
		t.Skipf("the data set is not there: %s", "tariffs/owrs")
	}
	return root
}

func rateFiles(t *testing.T, root string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".owrs") {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	sort.Strings(found)
	return found
}

// A result is what became of one file.
type result struct {
	name           string
	classes, bills int
	refused        error
}

// Most of the rate files are expressed: the tariff file is read without a
// problem, and for random inputs of every class the total of its quote is the
// amount of the formulas rounded to the cent. The others are listed.
func TestRateFilesAreExpressed(t *testing.T) {
	t.Parallel()
	root := dataFolder(t)
	files := rateFiles(t, root)
	if len(files) != filesWanted {
		t.Errorf("%d rate files, want %d", len(files), filesWanted)
	}
	page, err := os.ReadFile("../../../docs/owrs.md")
	if err != nil {
		t.Fatal(err)
	}
	var done, classes, bills int
	for _, path := range files {
		r := express(t, root, path)
		if r.refused != nil {
			t.Logf("refused: %s: %v", r.name, r.refused)
			if _, name, _ := strings.Cut(r.name, "/"); !strings.Contains(string(page), "| "+name+" |") {
				t.Errorf("%s is refused and not listed in docs/owrs.md", r.name)
			}
			continue
		}
		done, classes, bills = done+1, classes+r.classes, bills+r.bills
	}
	t.Logf("%d of %d files expressed: %d classes, %d bills equal to the cent", done, len(files), classes, bills)
	if said := fmt.Sprintf("**%d of %d files are expressed**", done, len(files)); !strings.Contains(string(page), said) {
		t.Errorf("docs/owrs.md does not say %s", said)
	}
	if done < expressedMin {
		t.Errorf("%d files expressed, want %d", done, expressedMin)
	}
}

func express(t *testing.T, root, path string) result {
	t.Helper()
	name, err := filepath.Rel(root, path)
	if err != nil {
		t.Fatal(err)
	}
	r := result{name: filepath.ToSlash(name)}
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	file, err := owrs.Read(source)
	if err != nil {
		r.refused = err
		return r
	}
	text, tariffs, err := owrs.Convert(file)
	if err != nil {
		r.refused = err
		return r
	}
	parsed, problems := tariff.Parse("owrs.yaml", text)
	book, more := tariff.Compile(parsed)
	if problems = append(problems, more...); len(problems) > 0 {
		t.Errorf("%s: %v\n%s", r.name, problems, text)
		return r
	}
	random := rand.New(rand.NewPCG(uint64(len(source)), 1))
	for _, one := range tariffs {
		r.classes++
		equal := 0
		for range inputsPerClass {
			in := input(random, one, file)
			if same(t, r.name, book, one, in, file) {
				equal++
			}
		}
		r.bills += equal
		if equal == 0 {
			t.Errorf("%s, %s: no bill was compared", r.name, one.Class.Name)
		}
		if t.Failed() {
			t.Logf("%s\n%s", r.name, text)
			t.FailNow()
		}
	}
	return r
}

// Input draws what a customer's month brings: keys of the maps, and numbers as
// they are usual, the usage often on a whole unit.
func input(random *rand.Rand, one owrs.Tariff, file *owrs.File) owrs.Input {
	in := owrs.Input{Choices: map[string]string{}, Numbers: map[string]*big.Rat{}}
	decimals := func(units, decimals int64) *big.Rat { return big.NewRat(random.Int64N(units*decimals+1), decimals) }
	in.Numbers["hhsize"] = decimals(9, 1)
	in.Numbers["days_in_period"] = new(big.Rat).Add(big.NewRat(28, 1), decimals(34, 10))
	in.Numbers["et_amount"] = decimals(9, 100)
	in.Numbers["irr_area"] = decimals(9000, 1)
	in.Numbers["number_dwelling_units"] = decimals(40, 1)
	in.Numbers["land_area"] = decimals(9000, 10)
	in.Numbers["diameter_connection"] = decimals(12, 8)
	in.Numbers["usage_indoor_budget_ccf"] = decimals(3, 100)
	in.Numbers["rolling_average"] = decimals(90, 10)
	in.Numbers["three_year_avg"] = decimals(90, 1)
	for _, c := range one.Choices {
		in.Choices[c.Input] = c.Keys[random.IntN(len(c.Keys))]
		if v, ok := new(big.Rat).SetString(in.Choices[c.Input]); ok && in.Numbers[c.Input] != nil {
			in.Numbers[c.Input] = v
		}
	}
	usage := [][2]int64{{30, 1}, {200, 1}, {5000, 1}, {60, 1000}, {300, 2}}[random.IntN(5)]
	in.Numbers["usage_ccf"] = decimals(usage[0], usage[1])
	return in
}

// Same says whether the quote and the formulas agree on a bill; where a map has no
// value for the keys, the quote has to be refused.
func same(t *testing.T, name string, book *tariff.Book, one owrs.Tariff, in owrs.Input, file *owrs.File) bool {
	t.Helper()
	want, err := one.Class.Bill(in)
	if err != nil && !errors.Is(err, owrs.ErrNoValue) {
		t.Errorf("%s, %s: %v", name, one.Class.Name, err)
		return false
	}
	q, quoteErr := book.Quote(request(t, one, in, file))
	if err != nil {
		if f := fault.As(quoteErr); f == nil || f.Code != "tariff.attribute_value" {
			t.Errorf("%s, %s, %s: no value for the keys, but quoted: %v", name, one.Class.Name, told(in), quoteErr)
		}
		return false
	}
	if quoteErr != nil {
		t.Errorf("%s, %s, %s: %v, want %s", name, one.Class.Name, told(in), quoteErr, want.FloatString(6))
		return false
	}
	if got := q.Total.String(); got != want.FloatString(2) {
		t.Errorf("%s, %s, %s: total %s, want %s", name, one.Class.Name, told(in), got, want.FloatString(6))
		return false
	}
	return true
}

func request(t *testing.T, one owrs.Tariff, in owrs.Input, file *owrs.File) tariff.Request {
	t.Helper()
	from, err := day.Parse(file.From.Format(time.DateOnly))
	if err != nil {
		t.Fatal(err)
	}
	to, err := day.Parse(file.From.AddDate(0, 0, 29).Format(time.DateOnly))
	if err != nil {
		t.Fatal(err)
	}
	r := tariff.Request{Tariff: one.Code, From: from, To: to, Months: 1000}
	if r.Quantity, err = money.ParsePlain[money.Quantity](in.Numbers["usage_ccf"].FloatString(3)); err != nil {
		t.Fatal(err)
	}
	for _, c := range one.Choices {
		for i, key := range c.Keys {
			if key == in.Choices[c.Input] {
				r.Attributes = append(r.Attributes, tariff.Value{Name: c.Attribute, Text: c.Words[i]})
			}
		}
	}
	for _, n := range one.Numbers {
		r.Attributes = append(r.Attributes, tariff.Value{Name: n, Text: in.Numbers[n].FloatString(3)})
	}
	return r
}

func told(in owrs.Input) string {
	var all []string
	for name, v := range in.Numbers {
		all = append(all, name+"="+v.FloatString(3))
	}
	for name, key := range in.Choices {
		all = append(all, name+"="+strconv.Quote(key))
	}
	sort.Strings(all)
	return fmt.Sprint(all)
}
