package op

import (
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
)

// mood is a named text, as the states of records are.
type mood string

// plainRecord has one field of each type that has a short way.
type plainRecord struct {
	ID       ID             `json:"id"`
	Text     string         `json:"text"`
	Mood     mood           `json:"mood"`
	Flag     bool           `json:"flag"`
	Count    int64          `json:"count"`
	Small    int            `json:"small"`
	On       day.Date       `json:"on"`
	At       time.Time      `json:"at"`
	Amount   money.Amount   `json:"amount"`
	Price    money.Price    `json:"price"`
	Quantity money.Quantity `json:"quantity"`
	Rate     money.Rate     `json:"rate"`
	Password string         `json:"password" out:"secret"`
	Unsaid   string         `json:"-"`
	hidden   int
}

func drawRecord(rt *rapid.T) plainRecord {
	texts := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "Béni Mellal", "a<b>&\"\\\n", "\xff\xfe", "\u2028وصل", "\x00"}))
	return plainRecord{
		ID: ID(rapid.Int64Range(0, 2).Draw(rt, "id")), Text: texts.Draw(rt, "text"), Mood: mood(texts.Draw(rt, "mood")), Flag: rapid.Bool().Draw(rt, "flag"),
		Count: rapid.Int64().Draw(rt, "count"), Small: rapid.Int().Draw(rt, "small"),
		On:     rapid.SampledFrom([]day.Date{{}, day.Of(time.UnixMicro(0)), day.Of(time.UnixMicro(1 << 50))}).Draw(rt, "on"),
		At:     rapid.SampledFrom([]time.Time{{}, time.UnixMicro(1_700_000_000_123_456).UTC(), time.UnixMicro(1_700_000_000_100_000).UTC()}).Draw(rt, "at"),
		Amount: money.Amount(rapid.Int64().Draw(rt, "amount")), Price: money.Price(rapid.Int64().Draw(rt, "price")),
		Quantity: money.Quantity(rapid.Int64().Draw(rt, "quantity")), Rate: money.Rate(rapid.Int64().Draw(rt, "rate")),
		Password: texts.Draw(rt, "password"), Unsaid: "never", hidden: 7,
	}
}

// The short way from a record to its fields gives what its JSON gives.
func TestRecordIsItsJSON(t *testing.T) {
	t.Parallel()
	r := &Runner{}
	if !r.shape(reflect.TypeFor[plainRecord]()).plain {
		t.Fatal("no short way")
	}
	rapid.Check(t, func(rt *rapid.T) {
		v := drawRecord(rt)
		want, err := asMap(v)
		if err != nil {
			rt.Fatal(err)
		}
		for _, given := range []any{v, &v} {
			if got, err := r.record(given); err != nil || !reflect.DeepEqual(got, want) {
				rt.Fatalf("%v, %v\nwant %v", got, err, want)
			}
		}
		other := drawRecord(rt)
		before, after, err := r.differences(reflect.ValueOf(v), reflect.ValueOf(other))
		b, _ := asMap(v)
		a, _ := asMap(other)
		for name := range before {
			if !reflect.DeepEqual(before[name], b[name]) || !reflect.DeepEqual(after[name], a[name]) {
				rt.Fatalf("%s: %v and %v, want %v and %v", name, before[name], after[name], b[name], a[name])
			}
		}
		if err != nil {
			rt.Fatal(err)
		}
	})
}

// What JSON treats in a way of its own goes by its text.
func TestOtherRecordsGoByTheirText(t *testing.T) {
	t.Parallel()
	type inner struct {
		A int64 `json:"a"`
	}
	r := &Runner{}
	for _, v := range []any{
		struct {
			inner
			B string `json:"b"`
		}{inner{1}, "x"},
		struct {
			A string `json:"a,omitempty"`
		}{},
		struct {
			At time.Time `json:"at,omitzero"`
		}{},
		struct{ Untagged string }{"x"},
		struct {
			List []ID `json:"list"`
		}{[]ID{1, 0}},
		struct {
			Maybe *string `json:"maybe"`
		}{},
		struct {
			Month day.Month `json:"month"`
		}{},
		map[string]any{"a": 1},
		(*inner)(nil),
		nil,
	} {
		want, err := asMap(v)
		if err != nil {
			t.Fatal(err)
		}
		if rv := structOf(v); rv.IsValid() && r.shape(rv.Type()).plain {
			t.Errorf("%T has a short way", v)
		}
		if got, err := r.record(v); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%T: %v, %v; want %v", v, got, err, want)
		}
	}
}
