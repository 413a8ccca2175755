package naivetariff_test

import (
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/module/tariff"
	"wasl/internal/testkit/naivetariff"
)

// The sample of every run of the tests, and how many requests one file gets.
const (
	samplePairs     = 20_000
	requestsPerFile = 20
	differencesMax  = 20
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
	const workers = 2
	var group sync.WaitGroup
	tallies := make([]*tally, workers)
	begin := time.Now()
	for w := range workers {
		tallies[w] = &tally{t: t, outcomes: map[string]int{}}
		group.Add(1)
		go func() {
			defer group.Done()
			for i := w; i < pairs/requestsPerFile && tallies[w].differences < differencesMax; i += workers {
				tallies[w].compare(naivetariff.Generate(uint64(seed+i), requestsPerFile))
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
		"tariff.change_mixed", "tariff.no_charge", "tariff.vat_missing", "several parts", "several rates", "exempt", "ttc", "line", "total",
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
		got, form := quote(book, request)
		y.pairs++
		y.count(want)
		if form {
			// The text of a number is no number: reading it is not the book's.
			if want.Error == "" {
				y.differ(c, i, got, want)
			}
			continue
		}
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

// Quote asks the engine. Form says that the request does not even hold the
// numbers and dates a tariff.Request is made of.
func quote(book *tariff.Book, text []byte) (answer naivetariff.Answer, form bool) {
	r, err := request(text)
	if err != nil {
		return naivetariff.Answer{Error: err.Error()}, true
	}
	q, err := book.Quote(r)
	if err != nil {
		f := fault.As(err)
		answer.Error = f.Code
		if len(f.Fields) > 0 {
			answer.Field = f.Fields[0].Path
			if f.Fields[0].Code != "" {
				answer.Error = f.Fields[0].Code
			}
		}
		return answer, false
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
	return answer, false
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

// Request reads the JSON text of a request.
func request(text []byte) (tariff.Request, error) {
	var raw struct {
		ID, Tariff, Quantity string
		From, To             string
		Months               any
		TaxDate              string `json:"tax_date"`
		Attributes           json.RawMessage
	}
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	if err := decoder.Decode(&raw); err != nil {
		return tariff.Request{}, err
	}
	r := tariff.Request{ID: raw.ID, Tariff: raw.Tariff}
	var err error
	if r.Quantity, err = money.ParsePlain[money.Quantity](raw.Quantity); err != nil {
		return r, err
	}
	if raw.Months != nil {
		if r.Months, err = money.ParsePlain[money.Quantity](fmt.Sprint(raw.Months)); err != nil {
			return r, err
		}
		if r.Months == 0 {
			return r, fmt.Errorf("months of 0 are none")
		}
	}
	for _, d := range []struct {
		text string
		date *day.Date
	}{{raw.From, &r.From}, {raw.To, &r.To}, {raw.TaxDate, &r.TaxDate}} {
		if d.text == "" {
			continue
		}
		if *d.date, err = day.Parse(d.text); err != nil {
			return r, err
		}
	}
	r.Attributes, err = attributes(raw.Attributes)
	return r, err
}

// Attributes keeps the order of the text.
func attributes(text []byte) ([]tariff.Value, error) {
	var found []tariff.Value
	if len(text) == 0 {
		return nil, nil
	}
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	if _, err := decoder.Token(); err != nil {
		return nil, err
	}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, err
		}
		v := tariff.Value{Name: fmt.Sprint(name), Text: strings.Trim(string(value), `"`), Bare: value[0] != '"'}
		found = append(found, v)
	}
	return found, nil
}
