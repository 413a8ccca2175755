package money

import (
	"encoding/json"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"wasl/internal/kernel/fault"
)

func TestParseAmount(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in   string
		want Amount
		code string
	}{
		{"1234,5", 123450, ""},
		{"1 234.50", 123450, ""},
		{"1 234,56", 123456, ""},
		{"1\u00a0234,56", 123456, ""},
		{"1\u202f234\u202f567,89", 123456789, ""},
		{"1234567.89", 123456789, ""},
		{" 12 ", 1200, ""},
		{"0", 0, ""},
		{"-0", 0, ""},
		{"007,10", 710, ""},
		{"-1 234,56", -123456, ""},
		{"\u22121\u202f234,56", -123456, ""},
		{"1 234,56 DH", 123456, ""},
		{"346,56\u00a0DH", 34656, ""},
		{"92233720368547758.07", 9223372036854775807, ""},
		{"-92233720368547758.08", -9223372036854775808, ""},
		{"92233720368547758.08", 0, "money.overflow"},
		{"999999999999999999999", 0, "money.overflow"},
		{"1.234", 0, "money.decimals"},
		{"1,234", 0, "money.decimals"},
		{"1,2345", 0, "money.decimals"},
		{"1.234,56", 0, "money.separators"},
		{"1,234.56", 0, "money.separators"},
		{"1,234,567", 0, "money.separators"},
		{"12 34", 0, "money.separators"},
		{"1 2345", 0, "money.separators"},
		{"1234 567", 0, "money.separators"},
		{"1  234", 0, "money.separators"},
		{"", 0, "input.number"},
		{"-", 0, "input.number"},
		{",50", 0, "input.number"},
		{"5,", 0, "input.number"},
		{"+5", 0, "input.number"},
		{"--5", 0, "input.number"},
		{"5-", 0, "input.number"},
		{"1e3", 0, "input.number"},
		{"0x10", 0, "input.number"},
		{"٣", 0, "input.number"},
		{"DH", 0, "input.number"},
		{"5 EUR", 0, "input.number"},
		{"12,5 0", 0, "input.number"},
		{strings.Repeat("1", 200), 0, "input.number"},
	} {
		got, err := ParseAmount(c.in)
		if got != c.want || fault.CodeOf(err) != c.code {
			t.Errorf("ParseAmount(%q) = %d, %v; want %d %s", c.in, got, err, c.want, c.code)
		}
	}
}

func TestParsePriceAndQuantity(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in   string
		want Price
		code string
	}{
		{"0,9010", 901000, ""},
		{"1.0732", 1073200, ""},
		{"1,073", 1073000, ""}, // the comma is decimal
		{"0.125", 125000, ""},  // nobody writes 0 thousand
		{"1 234.500", 1234500000, ""},
		{"1.234", 0, "money.ambiguous"},
		{"-12.500", 0, "money.ambiguous"},
		{"\u221212.500", 0, "money.ambiguous"},
		{"1,0000001", 0, "money.decimals"},
		{"1.23x", 0, "input.number"},
	} {
		got, err := ParsePrice(c.in)
		if got != c.want || fault.CodeOf(err) != c.code {
			t.Errorf("ParsePrice(%q) = %d, %v; want %d %s", c.in, got, err, c.want, c.code)
		}
	}
	for _, c := range []struct {
		in   string
		want Quantity
		code string
	}{
		{"250", 250000, ""},
		{"12 854", 12854000, ""},
		{"12,5", 12500, ""},
		{"12,512", 12512, ""},
		{"12.51", 12510, ""},
		{"12.512", 0, "money.ambiguous"},
		{"12,5125", 0, "money.decimals"},
	} {
		got, err := ParseQuantity(c.in)
		if got != c.want || fault.CodeOf(err) != c.code {
			t.Errorf("ParseQuantity(%q) = %d, %v; want %d %s", c.in, got, err, c.want, c.code)
		}
	}
}

func TestParseRate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in   string
		want Rate
		code string
	}{
		{"20 %", 2000, ""},
		{"20%", 2000, ""},
		{"20\u00a0%", 2000, ""},
		{"5,5 %", 550, ""},
		{"0,25 %", 25, ""},
		{"100 %", 10000, ""},
		{"0.20", 2000, ""},
		{"0,0025", 25, ""},
		{"0", 0, ""},
		{"0,125 %", 0, "money.decimals"}, // 0.00125 has five decimals
		{"20", 0, "money.percent"},
		{"1", 0, "money.percent"},
		{"-1", 0, "money.percent"},
		{"%", 0, "input.number"},
		{"vingt %", 0, "input.number"},
	} {
		got, err := ParseRate(c.in)
		if got != c.want || fault.CodeOf(err) != c.code {
			t.Errorf("ParseRate(%q) = %d, %v; want %d %s", c.in, got, err, c.want, c.code)
		}
	}
}

func TestParsePlain(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in   string
		want Amount
		code string
	}{
		{"1234.56", 123456, ""},
		{"-1234.5", -123450, ""},
		{"12", 1200, ""},
		{"1234,56", 0, "input.number"},
		{"1 234.56", 0, "input.number"},
		{"1234.", 0, "input.number"},
		{".5", 0, "input.number"},
		{"", 0, "input.number"},
		{"-", 0, "input.number"},
		{"+1", 0, "input.number"},
		{"1.2.3", 0, "input.number"},
		{" 1", 0, "input.number"},
		{"1234 DH", 0, "input.number"},
		{"1.234", 0, "money.decimals"},
		{"92233720368547758.08", 0, "money.overflow"},
		{strings.Repeat("0", 60), 0, "input.number"},
	} {
		got, err := ParsePlain[Amount](c.in)
		if got != c.want || fault.CodeOf(err) != c.code {
			t.Errorf("ParsePlain(%q) = %d, %v; want %d %s", c.in, got, err, c.want, c.code)
		}
	}
}

func TestPrint(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		value         interface{ String() string }
		plain, french string
	}{
		{Amount(123456), "1234.56", "1\u202f234,56"},
		{Amount(-5), "-0.05", "\u22120,05"},
		{Amount(0), "0.00", "0,00"},
		{Amount(100000000), "1000000.00", "1\u202f000\u202f000,00"},
		{Amount(-9223372036854775808), "-92233720368547758.08", "\u221292\u202f233\u202f720\u202f368\u202f547\u202f758,08"},
		{Price(901000), "0.901", "0,9010"},
		{Price(1073200), "1.0732", "1,0732"},
		{Price(763559), "0.763559", "0,763559"},
		{Price(2_000_000), "2.00", "2,0000"},
		{Quantity(250000), "250", "250"},
		{Quantity(12854500), "12854.5", "12\u202f854,5"},
		{Quantity(-1), "-0.001", "\u22120,001"},
		{Rate(2000), "0.20", "20\u00a0%"},
		{Rate(550), "0.055", "5,5\u00a0%"},
		{Rate(25), "0.0025", "0,25\u00a0%"},
		{Rate(0), "0.00", "0\u00a0%"},
		{Rate(10000), "1.00", "100\u00a0%"},
	} {
		printer, ok := c.value.(interface{ French() string })
		if !ok || c.value.String() != c.plain || printer.French() != c.french {
			t.Errorf("%T: %q, %q; want %q, %q", c.value, c.value, printer.French(), c.plain, c.french)
		}
	}
	for e, want := range map[Exact]string{
		Quantity(151000).Times(1073200):  "162.0532",
		Quantity(100000).Times(901000):   "90.10",
		Quantity(-1).Times(1):            "-0.000000001",
		{}:                               "0.00",
		Amount(0).Exact():                "0.00",
		Amount(-150).Exact():             "-1.50",
		Price(1).Exact():                 "0.000001",
		Quantity(1000).Times(10_000_000): "10.00",
	} {
		if e.String() != want {
			t.Errorf("%q, want %q", e, want)
		}
	}
}

func TestJSONForms(t *testing.T) {
	t.Parallel()
	type record struct {
		Amount   Amount   `json:"amount"`
		Price    Price    `json:"price"`
		Quantity Quantity `json:"quantity"`
		Rate     Rate     `json:"rate"`
		Paid     *Amount  `json:"paid"`
	}
	in := record{Amount: -123456, Price: 901000, Quantity: 250000, Rate: 2000}
	b, err := json.Marshal(in)
	if want := `{"amount":"-1234.56","price":"0.901","quantity":"250","rate":"0.20","paid":null}`; err != nil || string(b) != want {
		t.Fatalf("%s, %v; want %s", b, err, want)
	}
	var out record
	if err := json.Unmarshal(b, &out); err != nil || out != in {
		t.Fatalf("%+v, %v", out, err)
	}
	for text, code := range map[string]string{
		`{"amount":1234.56}`:     "input.number",
		`{"amount":12}`:          "input.number",
		`{"amount":null}`:        "input.number",
		`{"amount":""}`:          "input.number",
		`{"amount":"1 234,56"}`:  "input.number",
		`{"amount":"1.234"}`:     "money.decimals",
		`{"price":0.9}`:          "input.number",
		`{"quantity":250}`:       "input.number",
		`{"rate":true}`:          "input.number",
		`{"rate":"20 %"}`:        "input.number",
		`{"price":"0.12345678"}`: "money.decimals",
	} {
		if err := json.Unmarshal([]byte(text), &out); fault.CodeOf(err) != code {
			t.Errorf("%s: %v, want %s", text, err, code)
		}
	}
	if out != in {
		t.Errorf("a refused text changed the record: %+v", out)
	}
}

func TestTextKeys(t *testing.T) {
	t.Parallel()
	b, err := json.Marshal(map[Rate]Amount{2000: 5776})
	if err != nil || string(b) != `{"0.20":"57.76"}` {
		t.Fatalf("%s, %v", b, err)
	}
	var back map[Rate]Amount
	if err := json.Unmarshal(b, &back); err != nil || back[2000] != 5776 {
		t.Errorf("%v, %v", back, err)
	}
	for _, to := range []interface{ UnmarshalText([]byte) error }{new(Amount), new(Price), new(Quantity), new(Rate)} {
		if err := to.UnmarshalText([]byte("0.5")); err != nil {
			t.Errorf("%T: %v", to, err)
		}
		if err := to.UnmarshalText([]byte("0,5")); fault.CodeOf(err) != "input.number" {
			t.Errorf("%T: %v", to, err)
		}
	}
}

func roundTrip[N number](t *rapid.T, n N, printed, french string, parse func(string) (N, error)) {
	if back, err := ParsePlain[N](printed); err != nil || back != n {
		t.Fatalf("plain %q gives %d, %v; want %d", printed, int64(back), err, int64(n))
	}
	if back, err := parse(french); err != nil || back != n {
		t.Fatalf("french %q gives %d, %v; want %d", french, int64(back), err, int64(n))
	}
	// The plain form is the exact fraction.
	value, ok := new(big.Rat).SetString(printed)
	if !ok || value.Cmp(unit(int64(n), decimals[N]())) != 0 {
		t.Fatalf("%d prints %q", int64(n), printed)
	}
}

func TestPrintedFormsReadBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := anyInt64().Draw(t, "n")
		roundTrip(t, Amount(n), Amount(n).String(), Amount(n).French(), ParseAmount)
		roundTrip(t, Price(n), Price(n).String(), Price(n).French(), ParsePrice)
		roundTrip(t, Quantity(n), Quantity(n).String(), Quantity(n).French(), ParseQuantity)
		roundTrip(t, Rate(n), Rate(n).String(), Rate(n).French(), ParseRate)
	})
}

// What a person typed and was accepted holds exactly the digits typed: spaces
// dropped, comma read as a point.
func FuzzParseAmount(f *testing.F) {
	for _, s := range []string{"1 234,56", "1234.5", "-0,01", "1.234,56", "1\u202f234", "12 DH", "\u2212 5", "1e5", "0x1p4", ""} {
		f.Add(s)
	}
	clean := strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", "\u2009", "", "\t", "", "\u2212", "-", ",", ".", "DH", "")
	f.Fuzz(func(t *testing.T, s string) {
		got, err := ParseAmount(s)
		if err != nil {
			if got != 0 {
				t.Fatalf("%q: %d with %v", s, got, err)
			}
			return
		}
		want, ok := new(big.Rat).SetString(strings.TrimSpace(clean.Replace(s)))
		if !ok || want.Cmp(unit(int64(got), 2)) != 0 {
			t.Fatalf("%q became %s", s, got)
		}
		if back, err := ParseAmount(got.French()); err != nil || back != got {
			t.Fatalf("%q prints %q, which gives %s, %v", s, got.French(), back, err)
		}
	})
}

func FuzzParsePlain(f *testing.F) {
	for _, s := range []string{"1234.56", "-0.000001", "1", "1.", ".1", "1e5", "9223372036854.775807"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := ParsePlain[Price](s)
		if err != nil {
			return
		}
		want, ok := new(big.Rat).SetString(s)
		if !ok || want.Cmp(unit(int64(got), 6)) != 0 {
			t.Fatalf("%q became %s", s, got)
		}
	})
}

// FuzzArithmetic checks the checked operations against math/big on raw bits.
func FuzzArithmetic(f *testing.F) {
	f.Add(int64(123456), int64(2000), int64(365))
	f.Add(int64(-1<<63), int64(-1), int64(1))
	f.Fuzz(func(t *testing.T, a, b, c int64) {
		check := func(what string, got int64, err error, want *big.Int) {
			if want.IsInt64() != (err == nil) || (err == nil && got != want.Int64()) {
				t.Fatalf("%s(%d, %d, %d) = %d, %v; want %s", what, a, b, c, got, err, want)
			}
		}
		sum, err := Amount(a).Add(Amount(b))
		check("add", int64(sum), err, new(big.Int).Add(big.NewInt(a), big.NewInt(b)))
		difference, err := Amount(a).Sub(Amount(b))
		check("sub", int64(difference), err, new(big.Int).Sub(big.NewInt(a), big.NewInt(b)))
		product, err := Amount(a).Mul(b)
		check("mul", int64(product), err, new(big.Int).Mul(big.NewInt(a), big.NewInt(b)))
		value, err := Quantity(a).Times(Price(b)).Round()
		check("value", int64(value), err, rounded(new(big.Rat).Mul(unit(a, 3), unit(b, 6)), 2))
		if c != 0 {
			part, err := Amount(a).Portion(b, c)
			check("portion", int64(part), err, rounded(new(big.Rat).Mul(unit(a, 0), big.NewRat(b, c)), 0))
		}
	})
}

// Append writes what String gives, behind what is there.
func TestAppendIsString(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64().Draw(t, "n")
		for _, c := range []struct{ got, want string }{
			{string(Amount(n).Append([]byte("x"))), "x" + Amount(n).String()},
			{string(Price(n).Append([]byte("x"))), "x" + Price(n).String()},
			{string(Quantity(n).Append([]byte("x"))), "x" + Quantity(n).String()},
			{string(Rate(n).Append([]byte("x"))), "x" + Rate(n).String()},
		} {
			if c.got != c.want {
				t.Fatalf("%s, want %s", c.got, c.want)
			}
		}
	})
}

// An exact value has two decimals at least, the zero value too.
func TestExactTwoDecimals(t *testing.T) {
	t.Parallel()
	whole, err := Price(12_400_000).Exact().RoundTo(0)
	if err != nil {
		t.Fatal(err)
	}
	for want, e := range map[string]Exact{"0.00": {}, "12.00": whole, "12.40": Price(12_400_000).Exact(), "12.400001": Price(12_400_001).Exact()} {
		if e.String() != want {
			t.Errorf("got %s, want %s", e, want)
		}
	}
}
