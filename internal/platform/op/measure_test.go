package op

import (
	"testing"

	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
)

// measures holds one field of each decimal type.
type measures struct {
	Price  money.Price    `json:"price"`
	Volume money.Quantity `json:"volume" in:"min=0,max=1000000"`
	Share  money.Rate     `json:"share"`
}

// TestMeasuresByHand gives the same texts to a program's door, the terminal and
// a form: what could be meant in two ways is refused where a person typed it.
func TestMeasuresByHand(t *testing.T) {
	t.Parallel()
	const unreadable = -1 << 40
	cases := []struct {
		field, text string
		// What each hand makes of it, in the smallest unit, or the code of the fault.
		program, terminal, form int64
		code                    string
	}{
		{"price", "0.901", 901_000, 901_000, 901_000, ""},
		{"price", "0,9010", 901_000, 901_000, 901_000, ""},
		{"price", "1 234,5", 1_234_500_000, 1_234_500_000, 1_234_500_000, ""},
		{"price", "1.234", 1_234_000, 1_234_000, unreadable, "money.ambiguous"},
		{"price", "1,2345678", unreadable, unreadable, unreadable, "money.decimals"},
		{"price", "douze", unreadable, unreadable, unreadable, "input.price"},
		{"price", "1,2,3", unreadable, unreadable, unreadable, "money.separators"},
		{"volume", "250", 250_000, 250_000, 250_000, ""},
		{"volume", "1.234", 1234, 1234, unreadable, "money.ambiguous"},
		{"volume", "1,234", 1234, 1234, 1234, ""},
		{"volume", "1 000", 1_000_000, 1_000_000, 1_000_000, ""},
		{"volume", "1000,001", unreadable, unreadable, unreadable, "input.range"},
		{"volume", "-0,5", unreadable, unreadable, unreadable, "input.range"},
		{"volume", "x", unreadable, unreadable, unreadable, "input.quantity"},
		{"share", "20 %", 2000, 2000, 2000, ""},
		{"share", "5,5%", 550, 550, 550, ""},
		{"share", "0.20", 2000, 2000, 2000, ""},
		{"share", "1.50", 15_000, unreadable, unreadable, "money.percent"},
		{"share", "20", 200_000, unreadable, unreadable, "money.percent"},
		{"share", "x", unreadable, unreadable, unreadable, "input.rate"},
	}
	d := defOf[measures](t)
	for _, c := range cases {
		for by, want := range map[hand]int64{byProgram: c.program, atTerminal: c.terminal, inForm: c.form} {
			got, err := d.decodeBy(Input{c.field: c.text}, by)
			if want == unreadable {
				e := fault.As(err)
				if e == nil || len(e.Fields) != 1 || e.Fields[0].Path != c.field || e.Fields[0].Code != c.code {
					t.Errorf("%s %q by %d: %v, want %s", c.field, c.text, by, err, c.code)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s %q by %d: %v", c.field, c.text, by, err)
				continue
			}
			m := got.(*measures)
			if n := map[string]int64{"price": int64(m.Price), "volume": int64(m.Volume), "share": int64(m.Share)}[c.field]; n != want {
				t.Errorf("%s %q by %d is %d, want %d", c.field, c.text, by, n, want)
			}
		}
	}
}

// TestMeasuresComeBack reads again what a record writes, by every door that may
// send it back.
func TestMeasuresComeBack(t *testing.T) {
	t.Parallel()
	d := defOf[measures](t)
	in := &measures{Price: 1_234_000, Volume: 1234, Share: 15_000}
	stored, err := d.canonical(in)
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"price":"1.234","volume":"1.234","share":"1.50"}`; string(stored) != want {
		t.Fatalf("stored as %s, want %s", stored, want)
	}
	raw, err := FromJSON(stored)
	if err != nil {
		t.Fatal(err)
	}
	if back, err := d.decode(raw); err != nil || *back.(*measures) != *in {
		t.Errorf("from what is stored: %+v, %v", back, err)
	}
	typed := Input{"price": in.Price.French(), "volume": in.Volume.French(), "share": in.Share.French()}
	if back, err := d.decodeBy(typed, inForm); err != nil || *back.(*measures) != *in {
		t.Errorf("from a form: %+v, %v", back, err)
	}
}

// TestHandOfChannel: a form is typed by a person, a terminal may be, all other
// doors are programs.
func TestHandOfChannel(t *testing.T) {
	t.Parallel()
	for channel, want := range map[Channel]hand{Web: inForm, Console: atTerminal, API: byProgram, System: byProgram, JobRun: byProgram} {
		if got := handOf(channel); got != want {
			t.Errorf("%s is %d, want %d", channel, got, want)
		}
	}
}

// TestMeasureColumns keeps the shape of results.
func TestMeasureColumns(t *testing.T) {
	t.Parallel()
	d := newDef[thingRef, measures](Spec{Name: "test.it", Path: "/it", Central: true}, Command)
	want := []Type{Price, Quantity, Rate}
	for i, c := range d.Columns {
		if c.Type != want[i] || !c.Type.Decimal() {
			t.Errorf("column %s is %s, want %s", c.Name, c.Type, want[i])
		}
	}
	if Text.Decimal() || Number.Decimal() || !Amount.Decimal() {
		t.Error("decimals are the types of the money package")
	}
}
