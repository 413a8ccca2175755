package app

import (
	"bytes"
	"context"
	"io"
	"strconv"
	"time"

	"wasl/internal/delivery/cli"
	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/module/tariff"
)

// Sizes of the measure of prices.
const (
	priceRequests = 5_000
	priceRounds   = 40
	priceRuns     = 3
)

// PriceRate is how fast one tariff is priced: in this process from prepared requests,
// and as lines of JSON from bytes to bytes. Both count processor time of the one core
// they use, which a busy machine changes less than the clock.
type PriceRate struct {
	Tariff          string `json:"tariff"`
	QuotesPerSecond int64  `json:"quotes_per_second"`
	LinesPerSecond  int64  `json:"lines_per_second"`
	QuoteNanos      int64  `json:"quote_ns"`
	LineNanos       int64  `json:"line_ns"`
}

// PriceBench is what the measure of prices gives.
type PriceBench struct {
	// Requests are priced per run and tariff; Runs are the runs whose median is kept.
	Requests int         `json:"requests"`
	Runs     int         `json:"runs"`
	Tariffs  []PriceRate `json:"tariffs"`
	// QuotesPerSecond and LinesPerSecond are over all the tariffs, one request each in
	// turn.
	QuotesPerSecond int64 `json:"quotes_per_second"`
	LinesPerSecond  int64 `json:"lines_per_second"`
}

// pricing is what one tariff is measured with.
type pricing struct {
	pack, tariff string
	year, months int
	// step is by how much quantities grow from one request to the next, in thousandths,
	// and span where they begin again.
	step, span int64
	attributes []tariff.Value
}

// pricings are tariffs of every kind, each with the quantities of its customers.
func pricings() []pricing {
	domestic := tariff.Value{Name: "use", Text: "domestic"}
	return []pricing{
		{"ma/electricity.yaml", "ma-elec-domestic", 2025, 1, 7_000, 900_000, []tariff.Value{domestic, {Name: "fixed", Text: "onee-2018"}}},
		{"ma/electricity.yaml", "ma-elec-radeef-2025", 2025, 1, 7_000, 900_000, []tariff.Value{domestic}},
		{"ma/water-example.yaml", "ma-water-example", 2025, 3, 1_000, 120_000, []tariff.Value{domestic, {Name: "households", Text: "2", Bare: true}}},
		{"example/five-tier.yaml", "five-tier", 2015, 1, 1_000, 60_000, []tariff.Value{{Name: "class", Text: "RESIDENTIAL_MULTI"}}},
		{"example/santa-monica-2016.yaml", "santa-monica-2016", 2015, 1, 3_000, 900_000, []tariff.Value{
			{Name: "class", Text: "COMMERCIAL"}, {Name: "meter_size", Text: "2"},
		}},
		{"example/nycha.yaml", "nycha", 2018, 1, 1_000, 90_000, []tariff.Value{{Name: "days", Text: "31", Bare: true}}},
	}
}

// requests makes the requests of a tariff.
func (p pricing) requests() ([]tariff.Request, error) {
	month, err := day.NewMonth(p.year, time.March)
	if err != nil {
		return nil, err
	}
	out := make([]tariff.Request, 0, priceRequests)
	for i := range int64(priceRequests) {
		out = append(out, tariff.Request{
			ID: strconv.FormatInt(i, 10), Tariff: p.tariff, From: month.Add(1 - p.months).First(), To: month.Last(),
			Months: money.Quantity(p.months) * thousand, Quantity: money.Quantity(i * p.step % p.span), Attributes: p.attributes,
		})
	}
	return out, nil
}

// benchTariff measures prices on the packs; it needs no database.
func (p *Program) benchTariff(ctx context.Context, g cli.Globals, out io.Writer) error {
	res := PriceBench{Requests: priceRequests * priceRounds, Runs: priceRuns}
	var quotes, lines int64
	for _, one := range pricings() {
		rate, err := p.measurePricing(ctx, g, one)
		if err != nil {
			return err
		}
		res.Tariffs = append(res.Tariffs, rate)
		quotes, lines = quotes+rate.QuoteNanos, lines+rate.LineNanos
	}
	count := int64(len(res.Tariffs)) * int64(time.Second)
	res.QuotesPerSecond, res.LinesPerSecond = count/max(quotes, 1), count/max(lines, 1)
	g.Format = "json"
	return p.print(g, out, res, nil)
}

// measurePricing measures one tariff.
func (p *Program) measurePricing(ctx context.Context, g cli.Globals, one pricing) (PriceRate, error) {
	rate := PriceRate{Tariff: one.tariff}
	book, problems, err := tariff.Load(readTariff, packPrefix+one.pack)
	if err == nil {
		err = problems.Err()
	}
	if err != nil {
		return rate, err
	}
	requests, err := one.requests()
	if err != nil {
		return rate, err
	}
	rate.QuoteNanos, err = medianNanos(func() error { return quoteAll(book, requests) })
	if err != nil {
		return rate, err
	}
	text := requestLines(requests)
	words := p.Texts.Printer(g.Lang)
	rate.LineNanos, err = medianNanos(func() error {
		_, err := tariff.Stream(ctx, book, bytes.NewReader(text), io.Discard, tariff.StreamOptions{Words: words})
		return err
	})
	rate.QuotesPerSecond = int64(time.Second) / max(rate.QuoteNanos, 1)
	rate.LinesPerSecond = int64(time.Second) / max(rate.LineNanos, 1)
	return rate, err
}

// medianNanos is the processor time of one request in nanoseconds, the median of the
// runs.
func medianNanos(run func() error) (int64, error) {
	var all []int64
	for range priceRuns {
		before := processorTime()
		for range priceRounds {
			if err := run(); err != nil {
				return 0, err
			}
		}
		all = append(all, (processorTime()-before).Nanoseconds()/(priceRequests*priceRounds))
	}
	return median(all), nil
}

func quoteAll(book *tariff.Book, requests []tariff.Request) error {
	var q tariff.Quote
	for i := range requests {
		if err := book.QuoteInto(&requests[i], &q); err != nil {
			return err
		}
	}
	return nil
}

// requestLines writes requests as lines of JSON.
func requestLines(requests []tariff.Request) []byte {
	var b []byte
	for i := range requests {
		b = append(tariff.AppendRequest(b, &requests[i]), '\n')
	}
	return b
}
