package tariff

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
)

func TestDecodeRequest(t *testing.T) {
	t.Parallel()
	full := `{"id":"7","tariff":"t","from":"2025-03-01","to":"2025-03-31","months":1.5,"quantity":"250.125","tax_date":"2025-04-02","attributes":{"use":"home","flats":2}}`
	var r Request
	if err := DecodeRequest([]byte(full), &r); err != nil {
		t.Fatal(err)
	}
	want := Request{
		ID: "7", Tariff: "t", From: date(t, "2025-03-01"), To: date(t, "2025-03-31"), Months: 1500, Quantity: 250_125, TaxDate: date(t, "2025-04-02"),
		Attributes: []Value{{Name: "use", Text: "home"}, {Name: "flats", Text: "2", Bare: true}},
	}
	if !reflect.DeepEqual(r, want) {
		t.Errorf("got %+v", r)
	}
	var back Request
	if err := DecodeRequest(AppendRequest(nil, &r), &back); err != nil || !reflect.DeepEqual(back, want) {
		t.Errorf("written and read: %+v %v", back, err)
	}
}

func TestDecodeRequestRefuses(t *testing.T) {
	t.Parallel()
	full := `{"id":"7","tariff":"t","from":"2025-03-01","to":"2025-03-31","months":1,"quantity":"250","attributes":{"flats":2}}`
	for _, c := range []struct{ from, to, code, field string }{
		{full, `[]`, "tariff.request", ""},
		{full, `null`, "tariff.request", ""},
		{full, `{"id":"7"`, "tariff.request", ""},
		{full, full + `{}`, "tariff.request", ""},
		{full, `7`, "tariff.request", ""},
		{full, `{}`, "input.required", "tariff"},
		{`"id":"7"`, `"id":7`, "tariff.request_field", "id"},
		{`"tariff":"t"`, `"tariff":{}`, "tariff.request_field", "tariff"},
		{`"tariff":"t",`, ``, "input.required", "tariff"},
		{`"tariff":"t"`, `"tariff":null`, "input.required", "tariff"},
		{`"from":"2025-03-01",`, ``, "input.required", "from"},
		{`2025-03-01`, `2025-02-30`, "date.impossible", "from"},
		{`2025-03-01`, `01/03/2025`, "input.date", "from"},
		{`"to":"2025-03-31"`, `"to":20250331`, "input.date", "to"},
		{`"quantity":"250"`, `"quantity":250`, "tariff.quantity", "quantity"},
		{`"quantity":"250"`, `"quantity":"-250"`, "tariff.quantity", "quantity"},
		{`"quantity":"250"`, `"quantity":"250.1234"`, "tariff.quantity", "quantity"},
		{`"quantity":"250"`, `"quantity":"2,5"`, "tariff.quantity", "quantity"},
		{`"quantity":"250"`, `"quantity":""`, "tariff.quantity", "quantity"},
		{`"quantity":"250"`, `"quantity":"1000000000.001"`, "tariff.quantity", "quantity"},
		{`"quantity":"250"`, `"quantity":"99999999999999999999"`, "tariff.quantity", "quantity"},
		{`"months":1`, `"months":0`, "tariff.months", "months"},
		{`"months":1`, `"months":-1`, "tariff.months", "months"},
		{`"months":1`, `"months":1e0`, "tariff.months", "months"},
		{`"months":1`, `"months":1.0001`, "tariff.months", "months"},
		{`"months":1`, `"months":true`, "tariff.months", "months"},
		{`"months":1`, `"moths":1`, "input.unknown_field", "moths"},
		{`"months":1`, `"":null`, "input.unknown_field", ""},
		{`{"flats":2}`, `[]`, "tariff.request_field", "attributes"},
		{`{"flats":2}`, `{"flats":[2]}`, "tariff.request_field", "attributes.flats"},
		{`{"flats":2}`, `{"flats":null}`, "tariff.request_field", "attributes.flats"},
		{`{"flats":2}`, `{"flats":true}`, "tariff.request_field", "attributes.flats"},
		{`{"flats":2}`, `{"flats":{},"flats":2}`, "tariff.request_field", "attributes.flats"},
	} {
		line := strings.Replace(full, c.from, c.to, 1)
		var r Request
		err := DecodeRequest([]byte(line), &r)
		field := ""
		if f := fault.As(err); f != nil && len(f.Fields) > 0 {
			field = f.Fields[0].Path
		}
		if fault.CodeOf(err) != c.code || field != c.field {
			t.Errorf("%s: %v, want %s at %q", line, err, c.code, c.field)
		}
		if strings.Contains(line, `"id":"7"`) && json.Valid([]byte(line)) && r.ID != "7" {
			t.Errorf("%s: the refusal has lost its id", line)
		}
	}
}

// What scan accepts, the standard reader reads alike.
func FuzzDecodeRequest(f *testing.F) {
	f.Add(`{"id":"7","tariff":"t","from":"2025-03-01","to":"2025-03-31","months":1.5,"quantity":"250.125","tax_date":"2025-04-02","attributes":{"use":"home","flats":2}}`)
	f.Add(` { "id" : "\u0041" , "tariff":"t\"", "months":01, "attributes":{"a":1,"a":"2"}} `)
	f.Add(`{"id":"é","months":1.,"quantity":.5,"attributes":{}}`)
	f.Add(`{"attributes":{"x":"b","a":-1,"b":2e3},"id":null,}`)
	f.Fuzz(func(t *testing.T, line string) {
		var scanned, decoded written
		if !scanned.scan(line) {
			return
		}
		if err := decoded.decode([]byte(line)); err != nil {
			t.Fatalf("%q: scan reads what decode refuses: %v", line, err)
		}
		if scanned.fields != decoded.fields || !slices.Equal(scanned.attributes, decoded.attributes) {
			t.Fatalf("%q: scan %+v, decode %+v", line, scanned, decoded)
		}
	})
}

// The hand-written quote is the JSON of the same facts.
func TestAppendQuoteIsJSON(t *testing.T) {
	t.Parallel()
	type line struct {
		Code       string `json:"code"`
		Label      string `json:"label"`
		Quantity   string `json:"quantity,omitempty"`
		Unit       string `json:"unit,omitempty"`
		Price      string `json:"price,omitempty"`
		Basis      string `json:"basis"`
		Amount     string `json:"amount"`
		TaxRate    string `json:"tax_rate"`
		Service    string `json:"service"`
		Exempt     bool   `json:"exempt,omitempty"`
		ThirdParty string `json:"third_party,omitempty"`
	}
	type tax struct {
		Code   string `json:"code"`
		Rate   string `json:"rate"`
		Base   string `json:"base"`
		Amount string `json:"amount"`
	}
	type quote struct {
		ID    string `json:"id"`
		Lines []line `json:"lines"`
		Taxes []tax  `json:"taxes"`
		Net   string `json:"net"`
		Tax   string `json:"tax"`
		Total string `json:"total"`
		Parts string `json:"tariff_version"`
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"Énergie", `a"b\`, "tab\t", "\x00\x7f\u2028"}))
		q := Quote{ID: text.Draw(t, "id"), Basis: HT, Net: money.Amount(rapid.Int64().Draw(t, "net")), Parts: []Part{{Version: "a.1"}, {Version: "b-2"}}}
		want := quote{ID: q.ID, Lines: []line{}, Taxes: []tax{}, Net: q.Net.String(), Tax: "0.00", Total: "0.00", Parts: "a.1+b-2"}
		for range rapid.IntRange(0, 3).Draw(t, "lines") {
			l := Line{
				Code: "WATER-1", Label: text.Draw(t, "label"), Service: Water, Measured: rapid.Bool().Draw(t, "measured"), Exempt: rapid.Bool().Draw(t, "exempt"),
				Quantity: 1500, Price: 901_000, Amount: money.Amount(rapid.Int64().Draw(t, "amount")), Rate: 1800, ThirdParty: text.Draw(t, "party"),
			}
			w := line{Code: l.Code, Label: l.Label, Basis: "HT", Amount: l.Amount.String(), TaxRate: "0.18", Service: "water", Exempt: l.Exempt, ThirdParty: l.ThirdParty}
			if l.Measured {
				l.Unit = text.Draw(t, "unit")
				w.Quantity, w.Unit, w.Price = "1.5", l.Unit, "0.901"
			}
			q.Lines, want.Lines = append(q.Lines, l), append(want.Lines, w)
			q.Taxes, want.Taxes = append(q.Taxes, Tax{Code: TaxVAT, Rate: 700}), append(want.Taxes, tax{Code: "VAT", Rate: "0.07", Base: "0.00", Amount: "0.00"})
		}
		var got quote
		written := AppendQuote(nil, &q)
		if err := json.Unmarshal(written, &got); err != nil {
			t.Fatalf("%s: %v", written, err)
		}
		body, err := json.Marshal(want) // as JSON says it: what is no UTF-8 is replaced
		if err != nil {
			t.Fatal(err)
		}
		var expected quote
		if err := json.Unmarshal(body, &expected); err != nil || !reflect.DeepEqual(got, expected) {
			t.Fatalf("%s\nwant %s", written, body)
		}
	})
}

// thousandths agrees with the house's reader of decimals where that accepts.
func FuzzThousandths(f *testing.F) {
	for _, s := range []string{"0", "1.5", "007", "1.", ".5", "-1", "1000000000", "1000000000.001", "1.0000", "9223372036854775808"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, ok := thousandths(s)
		q, err := money.ParsePlain[money.Quantity](s)
		if want := err == nil && q >= 0 && q <= QuantityMax && !strings.HasPrefix(s, "-"); ok != want || ok && money.Quantity(n) != q {
			t.Errorf("%q: %d %v, the house reads %d %v", s, n, ok, q, err)
		}
	})
}
