package op

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
)

type size string

func (size) EnumName() string     { return "size" }
func (size) EnumValues() []string { return []string{"small", "large", "very_large"} }

// every has a field of each type a request may carry.
type every struct {
	Text    string          `json:"text" in:"max=50"`
	Note    string          `json:"note" in:"lines,max=60"`
	Code    string          `json:"code" in:"pattern=code"`
	Maybe   *string         `json:"maybe" in:"max=50"`
	Number  int64           `json:"number" in:"min=-1000,max=1000"`
	Count   *int64          `json:"count"`
	Small   int32           `json:"small"`
	Owner   ID              `json:"owner"`
	Flag    bool            `json:"flag"`
	Choose  *bool           `json:"choose"`
	On      day.Date        `json:"on"`
	Until   *day.Date       `json:"until"`
	Amount  money.Amount    `json:"amount" in:"min=-100000,max=100000"`
	Limit   *money.Amount   `json:"limit"`
	Price   money.Price     `json:"price"`
	Volume  money.Quantity  `json:"volume"`
	Most    *money.Quantity `json:"most"`
	Share   money.Rate      `json:"share"`
	Size    size            `json:"size"`
	Sizes   []size          `json:"sizes"`
	Owners  []ID            `json:"owners"`
	Names   []string        `json:"names"`
	Amounts []money.Amount  `json:"amounts"`
	Word    string          `json:"word" in:"secret"`
}

func defOf[In any](t testing.TB) *Def {
	t.Helper()
	d := newDef[In, thingRef](Spec{Name: "test.it", Path: "/it", Central: true}, Command)
	for _, f := range d.Fields {
		if f.Fault != "" {
			t.Fatalf("%s: %s", f.Name, f.Fault)
		}
	}
	return d
}

// sample draws a value and writes it as texts, by its own rules, not those of decode.
type sample struct {
	*rapid.T
	want  every
	texts map[string][]string
}

// word is a text without blanks at its ends nor anything that NFC or the
// validator would change.
func (s *sample) word(label string) string {
	return rapid.StringMatching(`[a-zA-Z0-9éèçàùîôâ\x{621}-\x{64a}'"<>&%=+;:!?-]{1,8}( [a-z0-9é]{1,8})?`).Draw(s.T, label)
}

func (s *sample) has(label string) bool { return rapid.Bool().Draw(s.T, label+" given") }

func (s *sample) put(name string, texts ...string) { s.texts[name] = texts }

func (s *sample) date(label string) day.Date {
	start, err := day.New(1990, 1, 1)
	if err != nil {
		s.Fatal(err)
	}
	return start.AddDays(rapid.IntRange(0, 20000).Draw(s.T, label))
}

// centimes writes an amount by hand.
func centimes(n int64) string {
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	return fmt.Sprintf("%s%d.%02d", sign, n/100, n%100)
}

func drawSample(t *rapid.T) *sample {
	s := &sample{T: t, texts: map[string][]string{}}
	s.drawTexts()
	s.drawNumbers()
	s.drawMeasures()
	s.drawLists()
	return s
}

func (s *sample) drawTexts() {
	if s.has("text") {
		s.want.Text = s.word("text")
		s.put("text", "  "+s.want.Text+"\t ")
	}
	if s.has("note") {
		s.want.Note = s.word("note") + "\r\n" + s.word("note")
		s.put("note", s.want.Note+"\n")
	}
	if s.has("code") {
		s.want.Code = rapid.StringMatching(`[A-Z0-9][A-Z0-9._-]{0,30}`).Draw(s.T, "code")
		s.put("code", s.want.Code)
	}
	if s.has("maybe") {
		text := rapid.SampledFrom([]string{"", "x", "deux mots"}).Draw(s.T, "maybe")
		s.want.Maybe = &text
		s.put("maybe", text)
	}
	if s.has("word") {
		s.want.Word = " " + s.word("word") + " "
		s.put("word", s.want.Word)
	}
	if s.has("size") {
		s.want.Size = rapid.SampledFrom([]size{"small", "large", "very_large"}).Draw(s.T, "size")
		s.put("size", string(s.want.Size))
	}
}

func (s *sample) drawNumbers() {
	if s.has("number") {
		s.want.Number = rapid.Int64Range(-1000, 1000).Draw(s.T, "number")
		s.put("number", strconv.FormatInt(s.want.Number, 10))
	}
	if s.has("count") {
		n := rapid.Int64Range(-1<<52, 1<<52).Draw(s.T, "count")
		s.want.Count = &n
		s.put("count", strconv.FormatInt(n, 10))
	}
	if s.has("small") {
		s.want.Small = rapid.Int32().Draw(s.T, "small")
		s.put("small", strconv.FormatInt(int64(s.want.Small), 10))
	}
	if s.has("owner") {
		s.want.Owner = ID(rapid.Int64Range(1, 1<<53-1).Draw(s.T, "owner"))
		s.put("owner", strconv.FormatInt(int64(s.want.Owner), 10))
	}
	if s.has("flag") {
		s.want.Flag = rapid.Bool().Draw(s.T, "flag")
		s.put("flag", map[bool]string{true: "oui", false: "non"}[s.want.Flag])
	}
	if s.has("choose") {
		b := rapid.Bool().Draw(s.T, "choose")
		s.want.Choose = &b
		s.put("choose", map[bool]string{true: "on", false: "0"}[b])
	}
	if s.has("on") {
		s.want.On = s.date("on")
		y, m, d := s.want.On.Civil()
		s.put("on", fmt.Sprintf("%02d/%02d/%04d", d, int(m), y))
	}
	if s.has("until") {
		d := s.date("until")
		s.want.Until = &d
		s.put("until", d.UTC().Format("2006-01-02"))
	}
	if s.has("amount") {
		n := rapid.Int64Range(-100_000, 100_000).Draw(s.T, "amount")
		s.want.Amount = money.Amount(n)
		s.put("amount", strings.Replace(centimes(n), ".", ",", 1))
	}
	if s.has("limit") {
		n := rapid.Int64Range(0, 1<<50).Draw(s.T, "limit")
		a := money.Amount(n)
		s.want.Limit = &a
		s.put("limit", centimes(n))
	}
}

// parts writes a number with its decimals by hand, all of them.
func parts(n, unit int64, digits int) string { return fmt.Sprintf("%d.%0*d", n/unit, digits, n%unit) }

func (s *sample) drawMeasures() {
	if s.has("price") {
		n := rapid.Int64Range(0, 1<<50).Draw(s.T, "price")
		s.want.Price = money.Price(n)
		s.put("price", parts(n, 1_000_000, 6))
	}
	if s.has("volume") {
		n := rapid.Int64Range(0, 1<<50).Draw(s.T, "volume")
		s.want.Volume = money.Quantity(n)
		s.put("volume", strings.Replace(parts(n, 1000, 3), ".", ",", 1))
	}
	if s.has("most") {
		q := money.Quantity(rapid.Int64Range(0, 1<<50).Draw(s.T, "most"))
		s.want.Most = &q
		s.put("most", parts(int64(q), 1000, 3))
	}
	if s.has("share") {
		n := rapid.Int64Range(0, 9999).Draw(s.T, "share")
		s.want.Share = money.Rate(n)
		s.put("share", fmt.Sprintf("%d,%02d %%", n/100, n%100))
	}
}

func (s *sample) drawLists() {
	if s.has("sizes") {
		s.want.Sizes = rapid.SliceOfN(rapid.SampledFrom([]size{"small", "large"}), 1, 4).Draw(s.T, "sizes")
		for _, v := range s.want.Sizes {
			s.texts["sizes"] = append(s.texts["sizes"], string(v))
		}
	}
	if s.has("owners") {
		for _, n := range rapid.SliceOfN(rapid.Int64Range(1, 1<<53-1), 1, 4).Draw(s.T, "owners") {
			s.want.Owners = append(s.want.Owners, ID(n))
			s.texts["owners"] = append(s.texts["owners"], strconv.FormatInt(n, 10))
		}
	}
	if s.has("names") {
		for range rapid.IntRange(1, 4).Draw(s.T, "names") {
			w := s.word("name")
			s.want.Names = append(s.want.Names, w)
			s.texts["names"] = append(s.texts["names"], w+" ")
		}
	}
	if s.has("amounts") {
		for _, n := range rapid.SliceOfN(rapid.Int64Range(-9999, 9999), 1, 4).Draw(s.T, "amounts") {
			s.want.Amounts = append(s.want.Amounts, money.Amount(n))
			s.texts["amounts"] = append(s.texts["amounts"], centimes(n))
		}
	}
}

// object is the sample as a JSON body: numbers and flags as such, the rest texts.
func (s *sample) object() []byte {
	m := map[string]any{}
	for name, texts := range s.texts {
		m[name] = texts[0]
		switch name {
		case "sizes", "owners", "names", "amounts":
			m[name] = texts
		case "number", "count", "small":
			m[name] = json.Number(texts[0])
		case "flag":
			m[name] = s.want.Flag
		case "choose":
			m[name] = *s.want.Choose
		}
	}
	body, err := json.Marshal(m)
	if err != nil {
		s.Fatal(err)
	}
	return body
}

// Every type gives the same value by JSON, by a form and by flags, and again when
// what was stored is read back.
func TestDecodeIsOneForEveryDelivery(t *testing.T) {
	t.Parallel()
	d := defOf[every](t)
	rapid.Check(t, func(rt *rapid.T) {
		s := drawSample(rt)
		fromBody, err := FromJSON(s.object())
		if err != nil {
			rt.Fatalf("%s: %v", s.object(), err)
		}
		for road, raw := range map[string]Input{"json": fromBody, "form": FromValues(s.texts)} {
			got, err := d.decode(raw)
			if err != nil {
				rt.Fatalf("%s: %v: %v", road, raw, err)
			}
			if !reflect.DeepEqual(*got.(*every), s.want) {
				rt.Fatalf("%s of %v:\n got %+v\nwant %+v", road, raw, got, s.want)
			}
			stored, err := d.canonical(got)
			if err != nil {
				rt.Fatal(err)
			}
			if s.want.Word != "" && strings.Contains(string(stored), `"word"`) {
				rt.Fatalf("the secret is stored: %s", stored)
			}
			again, err := FromJSON(stored)
			if err != nil {
				rt.Fatal(err)
			}
			back, err := d.decode(again)
			if err != nil {
				rt.Fatalf("stored %s: %v", stored, err)
			}
			want := s.want
			want.Word = ""
			if !reflect.DeepEqual(*back.(*every), want) {
				rt.Fatalf("stored %s:\n got %+v\nwant %+v", stored, back, want)
			}
		}
	})
}

func TestDecodeRefusals(t *testing.T) {
	t.Parallel()
	d := defOf[every](t)
	long := strings.Repeat("é", 51)
	cases := []struct{ field, code, body string }{
		{"stranger", "input.unknown_field", `{"stranger":1}`},
		{"text", "input.too_long", `{"text":"` + long + `"}`},
		{"text", "input.control", `{"text":"a\u0000b"}`},
		{"text", "input.control", `{"text":"a\nb"}`},
		{"text", "input.control", `{"text":"a\u0085b"}`},
		{"note", "input.control", `{"note":"a\u0007b"}`},
		{"text", "input.type", `{"text":12}`},
		{"text", "input.type", `{"text":true}`},
		{"text", "input.type", `{"text":{"a":1}}`},
		{"text", "input.type", `{"text":["a","b"]}`},
		{"code", "input.pattern.code", `{"code":"minuscule"}`},
		{"number", "input.range", `{"number":1001}`},
		{"number", "input.range", `{"number":"-1001"}`},
		{"number", "input.number", `{"number":1.5}`},
		{"number", "input.number", `{"number":"1e3"}`},
		{"number", "input.number", `{"number":99999999999999999999}`},
		{"small", "input.number", `{"small":2147483648}`},
		{"count", "input.range", `{"count":4503599627370497}`},
		{"owner", "input.type", `{"owner":12}`},
		{"owner", "input.id", `{"owner":"0"}`},
		{"owner", "input.id", `{"owner":"9007199254740992"}`},
		{"owner", "input.id", `{"owner":"-4"}`},
		{"owner", "input.number", `{"owner":"12a"}`},
		{"flag", "input.bool", `{"flag":"peut-être"}`},
		{"flag", "input.type", `{"flag":1}`},
		{"on", "input.date", `{"on":"2026-02-29"}`},
		{"on", "input.date", `{"on":"31/04/2026"}`},
		{"amount", "input.amount", `{"amount":"1,234"}`},
		{"amount", "input.amount", `{"amount":"dix"}`},
		{"amount", "input.range", `{"amount":"1000.01"}`},
		{"amount", "input.type", `{"amount":10}`},
		{"size", "input.enum", `{"size":"medium"}`},
		{"size", "input.enum", `{"size":"SMALL"}`},
		{"sizes[1]", "input.enum", `{"sizes":["small","medium"]}`},
		{"owners[0]", "input.type", `{"owners":[{}]}`},
		{"owners[1]", "input.type", `{"owners":["1",null]}`},
		{"names", "input.too_many", `{"names":["` + strings.Repeat(`a","`, ListMax) + `a"]}`},
	}
	for _, c := range cases {
		raw, err := FromJSON([]byte(c.body))
		if err != nil {
			t.Fatalf("%.60s: %v", c.body, err)
		}
		_, err = d.decode(raw)
		f := fault.As(err)
		if f == nil || f.Kind != fault.Invalid || len(f.Fields) != 1 || f.Fields[0].Path != c.field || f.Fields[0].Code != c.code {
			t.Errorf("%.60s: got %v, want %s at %s", c.body, err, c.code, c.field)
		}
	}
}

// Every fault of a request is told at once.
func TestDecodeTellsAllFaults(t *testing.T) {
	t.Parallel()
	_, err := defOf[every](t).decode(Input{"text": "\x00", "number": "x", "stranger": "", "size": "?"})
	if f := fault.As(err); f == nil || len(f.Fields) != 4 || f.Args["count"] != 4 {
		t.Errorf("got %v", err)
	}
}

func TestFromJSONRefusals(t *testing.T) {
	t.Parallel()
	for body, code := range map[string]string{
		"[]": "input.json", "1": "input.json", "{": "input.json", `{"a":1} x`: "input.json", `{"a":1}{}`: "input.json", `{"a":}`: "input.json",
		"{\"a\":\"\xff\"}": "input.utf8", `{1:2}`: "input.json", `{"a":1,}`: "input.json", "nul": "input.json",
	} {
		_, err := FromJSON([]byte(body))
		if fault.KindOf(err) != fault.Invalid || fault.CodeOf(err) != code {
			t.Errorf("%q: %v, want %s", body, err, code)
		}
	}
	_, err := FromJSON([]byte(`{"a":1,"a":2}`))
	if f := fault.As(err); f == nil || len(f.Fields) != 1 || f.Fields[0].Code != "input.twice" || f.Fields[0].Path != "a" {
		t.Errorf("twice: %v", err)
	}
	for _, body := range []string{"", "  \n", "{}"} {
		if in, err := FromJSON([]byte(body)); err != nil || len(in) != 0 {
			t.Errorf("%q: %v, %v", body, in, err)
		}
	}
}

// Accents typed in two parts are one letter, and count as one; a secret is kept as
// it was typed.
func TestDecodeComposesAccents(t *testing.T) {
	t.Parallel()
	parts := strings.Repeat("e\u0301", 50)
	got, err := defOf[every](t).decode(Input{"text": parts, "word": "e\u0301"})
	if err != nil || got.(*every).Text != strings.Repeat("\u00e9", 50) || got.(*every).Word != "e\u0301" {
		t.Errorf("%+v, %v", got, err)
	}
}

type pair struct {
	From int64   `json:"from"`
	To   int64   `json:"to"`
	Name *string `json:"name" in:"required,min=2"`
	Tags *[]size `json:"tags"`
}

// Validate refuses a pair the wrong way round.
func (p *pair) Validate() []fault.Field {
	if p.From > p.To {
		return []fault.Field{{Path: "to", Code: "pair.order"}}
	}
	return nil
}

func TestDecodeRulesAcrossFields(t *testing.T) {
	t.Parallel()
	d := defOf[pair](t)
	codes := func(in Input) string {
		_, err := d.decode(in)
		var out []string
		if f := fault.As(err); f != nil {
			for _, one := range f.Fields {
				out = append(out, one.Path+":"+one.Code)
			}
		}
		return strings.Join(out, " ")
	}
	for want, in := range map[string]Input{
		"":                                       {"from": "1", "to": "1", "name": "ok"},
		"to:pair.order":                          {"from": "2", "to": "1", "name": "ok"},
		"name:input.required":                    {"from": "2", "to": "1"},
		"name:input.too_short":                   {"name": "é"},
		"tags[0]:input.enum":                     {"name": "ok", "tags": "medium"},
		"from:input.number name:input.too_short": {"from": "x", "name": "x"},
	} {
		if got := codes(in); got != want {
			t.Errorf("%v: got %q, want %q", in, got, want)
		}
	}
	for _, in := range []Input{{"name": "ok"}, {"name": "ok", "tags": nil}, {"name": "ok", "tags": ""}} {
		if got, err := d.decode(in); err != nil || got.(*pair).Tags != nil {
			t.Errorf("%v: %+v, %v: absent tags must stay absent", in, got, err)
		}
	}
	got, err := d.decode(Input{"name": "ok", "tags": []any{}})
	if err != nil || got.(*pair).Tags == nil || len(*got.(*pair).Tags) != 0 {
		t.Errorf("empty tags: %+v, %v", got, err)
	}
}

type filed struct {
	File Upload `json:"file" in:"required"`
}

func TestDecodeFiles(t *testing.T) {
	t.Parallel()
	d := defOf[filed](t)
	content := base64.StdEncoding.EncodeToString([]byte("abc"))
	for code, raw := range map[string]any{
		"input.required":   nil,
		"input.file":       map[string]any{"name": "a.txt", "content": "%%%"},
		"input.file_empty": map[string]any{"name": "a.txt", "content": ""},
		"input.file_name":  map[string]any{"name": "a\x00.txt", "content": content},
	} {
		_, err := d.decode(Input{"file": raw})
		if f := fault.As(err); f == nil || len(f.Fields) != 1 || f.Fields[0].Code != code {
			t.Errorf("%v: got %v, want %s", raw, err, code)
		}
	}
	for _, raw := range []any{
		"a.txt", map[string]any{"name": "a.txt"}, map[string]any{"name": 1, "content": content}, map[string]any{"name": "a", "content": content, "more": "x"}, []any{},
	} {
		_, err := d.decode(Input{"file": raw})
		if f := fault.As(err); f == nil || len(f.Fields) != 1 || f.Fields[0].Code != "input.file" {
			t.Errorf("%v: got %v, want input.file", raw, err)
		}
	}
	for name, raw := range map[string]any{"object": map[string]any{"name": "é.txt", "content": content}, "upload": NewUpload("é.txt", []byte("abc"))} {
		got, err := d.decode(Input{"file": raw})
		// SHA-256 of "abc", FIPS 180-2 appendix B.1.
		want := Upload{Name: "é.txt", SHA256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", Size: 3, Data: []byte("abc")}
		if err != nil || !reflect.DeepEqual(got.(*filed).File, want) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// FuzzDecode: whatever arrives, nothing panics, what is accepted is clean text and
// reads back the same from what is stored.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"text":"é","number":12,"owner":"7","sizes":["small"],"on":"2026-03-16","amount":"12,50"}`, `{"text":"\u0000"}`, `{"names":[" a ","\ud800"]}`,
		`{"maybe":"","choose":"on","note":"a\r\nb","word":" x "}`, `{"flag":null,"limit":"1 234,50","owners":"1,2"}`, `{"amounts":["-0.01"],"small":"-2147483648"}`,
	} {
		f.Add([]byte(seed))
	}
	d := defOf[every](f)
	f.Fuzz(func(t *testing.T, body []byte) {
		raw, err := FromJSON(body)
		if err != nil {
			return
		}
		got, err := d.decode(raw)
		if err != nil {
			if fault.KindOf(err) != fault.Invalid {
				t.Fatalf("%q: %v", body, err)
			}
			return
		}
		in := got.(*every)
		for _, text := range append([]string{in.Text, in.Code, in.Word, string(in.Size)}, in.Names...) {
			if !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
				t.Fatalf("%q was accepted as %q", body, text)
			}
		}
		if strings.ContainsRune(in.Note, 0) {
			t.Fatalf("%q was accepted as %q", body, in.Note)
		}
		in.Word = ""
		stored, err := d.canonical(in)
		if err != nil {
			t.Fatal(err)
		}
		again, err := FromJSON(stored)
		if err != nil {
			t.Fatal(err)
		}
		back, err := d.decode(again)
		if err != nil {
			t.Fatalf("stored %s: %v", stored, err)
		}
		if twice, err := d.canonical(back); err != nil || string(twice) != string(stored) {
			t.Fatalf("stored %s, then %s, %v", stored, twice, err)
		}
	})
}
