package naivetariff_test

import (
	"math/big"
	"os"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"wasl/internal/kernel/fault"
	"wasl/internal/module/tariff"
	"wasl/internal/testkit/naivetariff"
)

// The sample of every run of the tests, and how many requests one file gets:
// reading files is half of the work, which the long run saves by fewer of them.
const (
	samplePairs         = 20_000
	requestsPerFile     = 10
	requestsPerFileLong = 50
	differencesMax      = 20
)

// setting reads a number of the environment: WASL_TARIFF_PAIRS and
// WASL_TARIFF_SEED make the long run (see README.md).
func setting(t *testing.T, name string, otherwise int) int {
	t.Helper()
	s := os.Getenv(name)
	if s == "" {
		return otherwise
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatalf("%s=%s: %v", name, s, err)
	}
	return n
}

// Both implementations answer every pair alike: each line, each tax, the totals,
// and for what is refused the code and the field.
func TestTwoImplementationsAgree(t *testing.T) {
	t.Parallel()
	pairs, seed := setting(t, "WASL_TARIFF_PAIRS", samplePairs), setting(t, "WASL_TARIFF_SEED", 1)
	perFile := requestsPerFile
	if pairs > samplePairs {
		perFile = requestsPerFileLong
	}
	const workers = 2
	var group sync.WaitGroup
	tallies := make([]*tally, workers)
	begin := time.Now()
	for w := range workers {
		tallies[w] = &tally{t: t, outcomes: map[string]int{}}
		group.Add(1)
		go func() {
			defer group.Done()
			for i := w; i < pairs/perFile && tallies[w].differences < differencesMax; i += workers {
				tallies[w].compare(naivetariff.Generate(uint64(seed+i), perFile))
			}
		}()
	}
	group.Wait()
	all := tallies[0]
	for _, other := range tallies[1:] {
		all.pairs += other.pairs
		for outcome, n := range other.outcomes {
			all.outcomes[outcome] += n
		}
	}
	t.Logf("%d pairs in %s, seeds from %d: %v", all.pairs, time.Since(begin).Round(time.Second), seed, all.outcomes)
	if pairs < samplePairs {
		return
	}
	for _, outcome := range outcomes() {
		if all.outcomes[outcome] == 0 {
			t.Errorf("no pair ends in %q: the generator misses it", outcome)
		}
	}
}

// Outcomes are what the pairs must come to, all of them.
func outcomes() []string {
	return []string{
		"quote", "money.overflow", "tariff.unknown", "tariff.period", "tariff.quantity", "tariff.quantity_negative", "tariff.no_version",
		"tariff.attribute_unknown", "tariff.attribute_missing", "tariff.attribute_value", "tariff.months", "tariff.months_needed",
		"tariff.change_mixed", "tariff.no_charge", "tariff.vat_missing", "tariff.request", "tariff.request_field", "input.unknown_field",
		"input.required", "input.date", "date.impossible", "several parts", "several rates", "exempt", "ttc", "line", "total",
	}
}

// A tally counts what one worker compared.
type tally struct {
	t                  *testing.T
	pairs, differences int
	outcomes           map[string]int
}

func (y *tally) compare(c naivetariff.Case) {
	naive, err := naivetariff.Load(c.Files)
	if err != nil {
		y.t.Errorf("seed %d: %v", c.Seed, err)
		return
	}
	read := func(name string) ([]byte, error) { return c.Files[name], nil }
	book, problems, err := tariff.Load(read, c.Main)
	if err != nil || len(problems) > 0 {
		y.differences++
		y.t.Errorf("seed %d is refused: %v %v\n%s", c.Seed, err, problems, c.Shown(0))
		return
	}
	for i, request := range c.Requests {
		want := naive.Quote(request)
		got := quote(book, request)
		y.pairs++
		y.count(want)
		if !reflect.DeepEqual(got, want) {
			y.differ(c, i, got, want)
		}
	}
}

func (y *tally) count(a naivetariff.Answer) {
	if a.Error != "" {
		y.outcomes[a.Error]++
		return
	}
	y.outcomes["quote"]++
	y.outcomes[a.Rounding]++
	if strings.Contains(a.Version, ",") {
		y.outcomes["several parts"]++
	}
	if len(a.Taxes) > 1 {
		y.outcomes["several rates"]++
	}
	if len(a.Taxes) > 0 && a.Taxes[0].Exempt {
		y.outcomes["exempt"]++
	}
}

func (y *tally) differ(c naivetariff.Case, i int, got, want naivetariff.Answer) {
	y.differences++
	y.t.Errorf("seed %d, request %d\n got %s\nwant %s\n%s", c.Seed, i, got, want, c.Shown(i))
}

// Quote asks the engine.
func quote(book *tariff.Book, text []byte) (answer naivetariff.Answer) {
	var r tariff.Request
	if err := tariff.DecodeRequest(text, &r); err != nil {
		return refused(err)
	}
	q, err := book.Quote(r)
	if err != nil {
		return refused(err)
	}
	answer.Rounding = string(q.Rounding)
	var versions []string
	for _, p := range q.Parts {
		versions = append(versions, p.Version)
	}
	answer.Version = strings.Join(versions, ",")
	for _, l := range q.Lines {
		line := naivetariff.Line{Code: l.Code, Amount: short(l.Amount.String()), Rate: short(l.Rate.String())}
		if l.Measured {
			line.Quantity, line.Price = short(l.Quantity.String()), short(l.Price.String())
		}
		answer.Lines = append(answer.Lines, line)
	}
	for _, x := range q.Taxes {
		answer.Taxes = append(answer.Taxes, naivetariff.Tax{
			Rate: short(x.Rate.String()), Exempt: x.Code == tariff.TaxExempt, Base: short(x.Base.String()), Amount: short(x.Amount.String()),
		})
	}
	answer.Net, answer.Tax, answer.Total = short(q.Net.String()), short(q.Tax.String()), short(q.Total.String())
	return answer
}

func refused(err error) (answer naivetariff.Answer) {
	f := fault.As(err)
	if f == nil {
		return naivetariff.Answer{Error: err.Error()}
	}
	answer.Error = f.Code
	if len(f.Fields) > 0 {
		answer.Field = f.Fields[0].Path
		if f.Fields[0].Code != "" {
			answer.Error = f.Fields[0].Code
		}
	}
	return answer
}

// Short writes a decimal text as the second implementation does.
func short(s string) string {
	v, ok := new(big.Rat).SetString(s)
	if !ok {
		return "no number: " + s
	}
	s = v.FloatString(15)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}
