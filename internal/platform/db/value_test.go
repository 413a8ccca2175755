package db

import (
	"math"
	"testing"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
)

type (
	code   string
	cents  int64
	yes    bool
	small  int8
	weight uint16
	raw    []byte
)

func mustDate(t testing.TB, s string) day.Date {
	t.Helper()
	d, err := day.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestNormalise(t *testing.T) {
	t.Parallel()
	instant := time.Date(2026, 3, 4, 5, 6, 7, 123456789, time.FixedZone("x", 3600))
	cut := time.Date(2026, 3, 4, 4, 6, 7, 123456000, time.UTC)
	d := mustDate(t, "2026-02-28")
	n, s, nilInt := cents(5), "x", (*int64)(nil)
	cases := []struct{ in, want any }{
		{nil, nil},
		{int64(1), int64(1)},
		{7, int64(7)},
		{int8(-3), int64(-3)},
		{uint32(9), int64(9)},
		{cents(12), int64(12)},
		{"é", "é"},
		{code("c"), "c"},
		{true, true},
		{yes(true), true},
		{"", ""},
		{&n, int64(5)},
		{&s, "x"},
		{nilInt, nil},
		{(*day.Date)(nil), nil},
		{d, d},
		{&d, d},
		{day.Date{}, nil},
		{time.Time{}, nil},
		{instant, cut},
		{&instant, cut},
		{uint64(math.MaxInt64), int64(math.MaxInt64)},
		// Towards the past, before 1970 too.
		{time.Date(1969, 12, 31, 23, 59, 59, 999999999, time.UTC), time.Date(1969, 12, 31, 23, 59, 59, 999999000, time.UTC)},
	}
	for _, c := range cases {
		got, err := normalise(c.in)
		if err != nil || got != c.want {
			t.Errorf("%T %v: got %T %v, %v; want %v", c.in, c.in, got, got, err, c.want)
		}
	}
	for _, in := range []any{[]byte{1}, raw{1}} {
		if got, err := normalise(in); err != nil || string(got.([]byte)) != "\x01" {
			t.Errorf("%v %v", got, err)
		}
	}
	if got, err := normalise([]byte(nil)); got != nil || err != nil {
		t.Errorf("nil bytes: %v %v", got, err)
	}
}

func TestNormaliseRefuses(t *testing.T) {
	t.Parallel()
	cases := map[string]any{
		"db.text":  "a\x00b",
		"db.value": 1.5,
	}
	for code, in := range cases {
		if _, err := normalise(in); fault.CodeOf(err) != code {
			t.Errorf("%v: %v", in, err)
		}
	}
	for _, in := range []any{
		uint64(math.MaxInt64) + 1,
		struct{}{},
		[]int32{1}, // lists are of int64 or string
		map[string]int{},
		time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC),
	} {
		if _, err := normalise(in); fault.CodeOf(err) != "db.value" {
			t.Errorf("%v: %v", in, err)
		}
	}
	if _, err := normalise("\xff"); fault.CodeOf(err) != "db.text" {
		t.Errorf("bad UTF-8: %v", err)
	}
	if _, err := normaliseAll([]any{1, "a\x00"}); fault.CodeOf(err) != "db.text" {
		t.Errorf("in a list: %v", err)
	}
}

// TestAssign gives each kind of cell to each kind of destination.
func TestAssign(t *testing.T) {
	t.Parallel()
	null, one, big := cell{}, cell{kind: cellInt, n: 1}, cell{kind: cellInt, n: 300}
	text, truth, blob := cell{kind: cellText, s: "2026-02-28"}, cell{kind: cellBool, n: 1}, cell{kind: cellBytes, b: []byte{1}}
	date, instant, other := cell{kind: cellDate, n: 1}, cell{kind: cellInstant, n: 1}, cell{kind: cellOther, s: "numeric"}
	all := []cell{null, one, big, text, truth, blob, date, instant, other}
	var p *string
	cases := []struct {
		name string
		dest func() any
		fits []cell
	}{
		{"int64", func() any { return new(int64) }, []cell{one, big}},
		{"int", func() any { return new(int) }, []cell{one, big}},
		{"named int", func() any { return new(cents) }, []cell{one, big}},
		{"int8", func() any { return new(small) }, []cell{one}},
		{"uint16", func() any { return new(weight) }, []cell{one, big}},
		{"string", func() any { return new(string) }, []cell{text, date}},
		{"named string", func() any { return new(code) }, []cell{text, date}},
		{"bool", func() any { return new(bool) }, []cell{one, truth}},
		{"named bool", func() any { return new(yes) }, []cell{one, truth}},
		{"bytes", func() any { return new([]byte) }, []cell{null, blob}},
		{"named bytes", func() any { return new(raw) }, []cell{null, blob}},
		{"date", func() any { return new(day.Date) }, []cell{null, text, date}},
		{"instant", func() any { return new(time.Time) }, []cell{null, one, big, instant}},
		{"pointer to string", func() any { return &p }, []cell{null, text, date}},
		{"pointer to date", func() any { return new(*day.Date) }, []cell{null, text, date}},
		{"float", func() any { return new(float64) }, nil},
		{"not a pointer", func() any { return 5 }, nil},
		{"nil pointer", func() any { return (*cents)(nil) }, nil},
	}
	for _, c := range cases {
		for _, v := range all {
			want := false
			for _, f := range c.fits {
				want = want || f.kind == v.kind && f.n == v.n
			}
			if err := assign(c.dest(), v); (err == nil) != want {
				t.Errorf("%s from %s %d: %v", c.name, v.kind, v.n, err)
			}
		}
	}
}

func TestAssignValues(t *testing.T) {
	t.Parallel()
	var d day.Date
	if err := assign(&d, cell{kind: cellDate, n: 0}); err != nil || d.String() != "1970-01-01" {
		t.Error(d, err)
	}
	if err := assign(&d, cell{}); err != nil || !d.IsZero() {
		t.Error(d, err)
	}
	if err := assign(&d, cell{kind: cellText, s: "2026-13-01"}); err == nil {
		t.Error("a text that is no date fits a date")
	}
	pn := new(cents)
	if err := assign(&pn, cell{kind: cellInt, n: 42}); err != nil || *pn != 42 {
		t.Error(pn, err)
	}
	if err := assign(&pn, cell{}); err != nil || pn != nil {
		t.Error(pn, err)
	}
	var at time.Time
	if err := assign(&at, cell{kind: cellInstant, n: 1_500_000}); err != nil || at != time.Date(1970, 1, 1, 0, 0, 1, 500000000, time.UTC) {
		t.Error(at, err)
	}
	if err := assign(new(weight), cell{kind: cellInt, n: -1}); err == nil {
		t.Error("a negative number fits an unsigned one")
	}
}
