package text

import (
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"pgregory.net/rapid"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
)

// catalog makes a catalogue out of file names and contents.
func catalog(t testing.TB, pairs ...string) *Catalog {
	t.Helper()
	c, err := loadPairs(pairs...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func loadPairs(pairs ...string) (*Catalog, error) {
	fsys := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		fsys[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return Load(fsys)
}

func TestTexts(t *testing.T) {
	t.Parallel()
	c := catalog(t, "fr.json", `{
		"plain": "Émettre",
		"typed": "L'unité : {unit} ; {share} ?",
		"count": "{count} {count|facture|factures}",
		"zero": "{count|aucune facture|une facture|des factures}",
		"brace": "{{name}} vaut {name}",
		"twice": "{name} et {name}",
		"quote": "Lancer « {command} »."
	}`)
	p := c.Printer("fr")
	for _, x := range []struct {
		key  string
		args []any
		want string
	}{
		{"plain", nil, "Émettre"},
		{"typed", []any{"unit", "Kasba Tadla", "share", money.Rate(550)}, "L’unité\u00a0: Kasba Tadla\u00a0; 5,5\u00a0%\u00a0?"},
		{"count", []any{"count", 0}, "0 facture"},
		{"count", []any{"count", 1}, "1 facture"},
		{"count", []any{"count", int64(4312)}, "4\u202f312 factures"},
		{"count", []any{"count", uint8(2)}, "2 factures"},
		{"count", []any{"count", -1}, "\u22121 facture"},
		{"count", []any{"count", float64(2)}, "2 factures"}, // as JSON gives it back
		{"zero", []any{"count", 0}, "aucune facture"},
		{"zero", []any{"count", 1}, "une facture"},
		{"zero", []any{"count", 7}, "des factures"},
		{"brace", []any{"name", "x"}, "{name} vaut x"},
		{"twice", []any{"name", "x"}, "x et x"},
		{"quote", []any{"command", "wasl migrate up"}, "Lancer «\u00a0wasl migrate up\u00a0»."},
	} {
		if got := p.T(x.key, x.args...); got != x.want {
			t.Errorf("%s %v = %q, want %q", x.key, x.args, got, x.want)
		}
	}
	if m := c.Missing(); len(m) != 0 {
		t.Errorf("missing: %v", m)
	}
}

func TestMissing(t *testing.T) {
	t.Parallel()
	c := catalog(t, "fr.json", `{"hello": "Bonjour {name}, {count|un|des}"}`)
	p := c.Printer("fr")
	if got := p.T("nothing.here"); got != "[nothing.here]" {
		t.Errorf("%q", got)
	}
	if got := p.T("hello", "count", "beaucoup"); got != "Bonjour [name], [count]" {
		t.Errorf("%q", got)
	}
	if got := p.Format(struct{}{}); got != "[struct {}]" {
		t.Errorf("%q", got)
	}
	want := []string{"hello {count}", "hello {name}", "nothing.here", "value of type struct {}"}
	if got := c.Missing(); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if !c.Has("hello") || c.Has("nothing.here") {
		t.Error("Has is wrong")
	}
	if got := c.Placeholders("hello"); !slices.Equal(got, []string{"count", "name"}) {
		t.Errorf("%q", got)
	}
	for i := range 2 * missingMax {
		p.T(strings.Repeat("k", i%1500+1))
	}
	if n := len(c.Missing()); n != missingMax {
		t.Errorf("%d missing keys are kept, want %d", n, missingMax)
	}
}

func TestFallback(t *testing.T) {
	t.Parallel()
	c := catalog(t,
		"fr.json", `{"a": "un", "n": "{n} {n|point|points}"}`, "fr/more.json", `{"b": "deux"}`,
		"en.json", `{"a": "one", "n": "{n} {n|point|points}"}`,
		"ar.json", `{"n": "{n|ar0|ar1|ar2|ar3|ar11|ar100}"}`)
	for _, x := range []struct{ lang, a, b, n, dir string }{
		{"fr", "un", "deux", "0 point", "ltr"},
		{"fr-MA", "un", "deux", "0 point", "ltr"},
		{"EN", "one", "deux", "0 points", "ltr"},
		{"ar", "un", "deux", "ar0", "rtl"},
		{"zgh", "un", "deux", "0 point", "ltr"},
		{"", "un", "deux", "0 point", "ltr"},
	} {
		p := c.Printer(x.lang)
		if p.T("a") != x.a || p.T("b") != x.b || p.T("n", "n", 0) != x.n || p.Dir() != x.dir {
			t.Errorf("%s: %s %s %s %s", x.lang, p.T("a"), p.T("b"), p.T("n", "n", 0), p.Dir())
		}
	}
	// The Unicode plural rules of Arabic for whole numbers.
	for n, want := range map[int]string{
		0: "ar0", 1: "ar1", 2: "ar2", 3: "ar3", 10: "ar3", 11: "ar11", 26: "ar11", 99: "ar11",
		100: "ar100", 102: "ar100", 103: "ar3", 111: "ar11", 200: "ar100", 1000: "ar100", 1003: "ar3",
	} {
		if got := c.Printer("ar").T("n", "n", n); got != want {
			t.Errorf("%d in Arabic: %s, want %s", n, got, want)
		}
	}
	if got := c.Languages(); !slices.Equal(got, []string{"fr", "ar", "en"}) {
		t.Errorf("%q", got)
	}
	if got := c.Keys(); !slices.Equal(got, []string{"a", "b", "n"}) {
		t.Errorf("%q", got)
	}
	if c.Printer("en").Lang() != "en" || c.Printer("de").Lang() != "fr" {
		t.Error("Lang does not say what is written")
	}
}

func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	for _, pairs := range [][]string{
		{},
		{"en.json", `{"a": "one"}`},
		{"fr.json", `{}`},
		{"fr.json", `[]`},
		{"fr.json", `{"a": 1}`},
		{"fr.json", `{"a": {"b": "c"}}`},
		{"fr.json", `{"a": ""}`},
		{"fr.json", `{"": "a"}`},
		{"fr.json", `{"a": "un", "a": "deux"}`},
		{"fr.json", `{"a": "un"}`, "fr/x.json", `{"a": "deux"}`},
		{"fr.json", `{"a": "un"} {"b": "deux"}`},
		{"fr.json", `{"a": "un"`},
		{"fr.json", `{"a": "un {"}`},
		{"fr.json", `{"a": "un }"}`},
		{"fr.json", `{"a": "un {} deux"}`},
		{"fr.json", `{"a": "un {Name}"}`},
		{"fr.json", `{"a": "un {n|x}"}`},
		{"fr.json", `{"a": "un {n|1|2|3|4}"}`},
		{"fr.json", `{"a": "un {n|0|1|2|3|4|5}"}`},
		{"fr.json", `{"` + strings.Repeat("k", keyBytesMax+1) + `": "long"}`},
		{"fr.json", `{"a": "` + strings.Repeat("k", textBytesMax+1) + `"}`},
	} {
		if _, err := loadPairs(pairs...); fault.CodeOf(err) != "text.catalogue" || fault.KindOf(err) != fault.Internal {
			t.Errorf("%.60q is accepted: %v", pairs, err)
		}
	}
}

type status string

type sized int

func (sized) String() string { return "taille" }

// choice is a value of operations whose words are those of the screens.
type choice string

func (choice) EnumName() string { return "cheque_state" }

func TestFormat(t *testing.T) {
	t.Parallel()
	c, err := New()
	if err != nil {
		t.Fatal(err)
	}
	p := c.Printer("fr")
	date, _ := day.New(2026, time.November, 22)
	month := day.MonthOf(date)
	amount := money.Amount(123456)
	for _, x := range []struct {
		value any
		want  string
	}{
		{nil, "–"},
		{"texte", "texte"},
		{Key("value.yes"), "oui"},
		{true, "oui"},
		{false, "non"},
		{amount, "1\u202f234,56"},
		{&amount, "1\u202f234,56"},
		{(*money.Amount)(nil), "–"},
		{money.Price(901000), "0,9010"},
		{money.Quantity(12500), "12,5"},
		{money.Rate(2000), "20\u00a0%"},
		{date, "22/11/2026"},
		{day.Date{}, "–"},
		{month, "novembre 2026"},
		{day.Month{}, "–"},
		{month.Period(), "01/11/2026 – 30/11/2026"},
		{time.Date(2026, 11, 22, 23, 5, 0, 0, time.UTC), "23/11/2026 00:05"},
		{time.Time{}, "–"},
		{30 * time.Second, "30 secondes"},
		{time.Second - 1, "1 seconde"},
		{-time.Second, "0 seconde"},
		{10*time.Minute + time.Second, "11 minutes"},
		{12 * time.Hour, "12 heures"},
		{72 * time.Hour, "3 jours"},
		{[]string{"a", "b"}, "a, b"},
		{status("payée"), "payée"},
		{choice("cleared"), "encaissé"},
		{choice(""), ""},
		{sized(3), "taille"},
		{1234567, "1\u202f234\u202f567"},
		{int64(-1234), "\u22121\u202f234"},
		{uint16(999), "999"},
		{2.5, "2,5"},
	} {
		if got := p.Format(x.value); got != x.want {
			t.Errorf("%T %v = %q, want %q", x.value, x.value, got, x.want)
		}
	}
	if m := c.Missing(); len(m) != 0 {
		t.Errorf("missing: %v", m)
	}
}

func TestError(t *testing.T) {
	t.Parallel()
	c, err := New()
	if err != nil {
		t.Fatal(err)
	}
	p := c.Printer("fr")
	message, fields := p.Error(fault.InvalidFields([]fault.Field{
		{Path: "amount", Code: "input.range", Args: fault.Args{"min": money.Amount(100), "max": money.Amount(500000)}},
		{Path: "lines[2].date", Code: "input.required"},
	}))
	want := []FieldMessage{
		{"amount", "input.range", "La valeur doit être comprise entre 1,00 et 5\u202f000,00."},
		{"lines[2].date", "input.required", "Remplir ce champ."},
	}
	if message != "Des champs sont à corriger." || !slices.Equal(fields, want) {
		t.Errorf("%q %v", message, fields)
	}
	secret := errors.New("password of the base is 1234")
	for _, e := range []error{secret, fault.Wrap(secret, fault.Internal, "internal"), fault.Wrap(secret, fault.Unavailable, "db.busy")} {
		if got, _ := p.Error(e); strings.Contains(got, "1234") || strings.HasPrefix(got, "[") {
			t.Errorf("%v is shown as %q", e, got)
		}
	}
	if got, fields := p.Error(nil); got != "" || fields != nil {
		t.Errorf("nil gives %q", got)
	}
	_, reversed := day.NewPeriod(must(day.Parse("2026-11-02")), must(day.Parse("2026-11-01")))
	if got, _ := p.Error(reversed); got != "La période finit le 01/11/2026, avant de commencer le 02/11/2026." {
		t.Errorf("%q", got)
	}
	if m := c.Missing(); len(m) != 0 {
		t.Errorf("missing: %v", m)
	}
	if got, _ := p.Error(fault.New(fault.Conflict, "no.such_code")); got != "[error.no.such_code]" || len(c.Missing()) != 1 {
		t.Errorf("a code without text gives %q, %v", got, c.Missing())
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// The texts of the program: they load, and they keep to the typography.
func TestShippedTexts(t *testing.T) {
	t.Parallel()
	c, err := New()
	if err != nil {
		t.Fatal(err)
	}
	name := regexp.MustCompile(`^[a-z0-9_]+([.\-][a-z0-9_]+)*$`)
	bad := regexp.MustCompile(`!|'|^ | $|  |[^\x{00a0}\x{202f}][;?]$`)
	for lang, messages := range c.languages {
		for key, m := range messages {
			var all string
			for _, s := range m.segments {
				all += s.words + strings.Repeat("x", len(s.name)) + strings.Join(s.forms, "")
			}
			if !name.MatchString(key) {
				t.Errorf("%s: the key %q is not made of lower-case words and points", lang, key)
			}
			if lang == Base && bad.MatchString(all) {
				t.Errorf("%s: %q does not keep to the typography: %q", lang, key, all)
			}
			if !c.Has(key) {
				t.Errorf("%s: %q has no text in %s", lang, key, Base)
			}
			for _, s := range m.segments {
				if s.name != "" && !slices.Contains(c.Placeholders(key), s.name) {
					t.Errorf("%s: %q expects {%s}, which %s does not", lang, key, s.name, Base)
				}
			}
		}
	}
	for _, key := range []string{
		"input.required", "input.invalid", "input.too_long", "input.too_short", "input.enum", "input.number", "input.date",
		"input.bool", "input.unknown_field", "input.range", "internal", "forbidden", "unauthenticated", "not_found", "db.duplicate",
		"db.reference", "db.busy", "db.full", "db.timeout", "db.commit_unknown", "db.served_elsewhere", "db.no_row", "db.check",
		"db.schema_newer", "db.schema_missing", "text.catalogue", "date.impossible", "money.overflow", "page.cursor",
	} {
		if !c.Has("error." + key) {
			t.Errorf("the error %s has no text", key)
		}
	}
}

// Words without braces come out as they went in, but for the typography, and a
// value is never read as a placeholder.
func TestCompileProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.StringMatching(`[a-zA-Zéàçœ'(). ]{0,40}`).Draw(t, "words")
		value := rapid.String().Draw(t, "value")
		m, err := compile("fr", words+"{{{v}}}")
		if err != nil {
			t.Fatal(err)
		}
		c := &Catalog{languages: map[string]map[string]message{"fr": {"k": m}}, missing: map[string]struct{}{}}
		want := strings.ReplaceAll(words, "'", "’") + "{" + value + "}"
		if got := c.Printer("fr").T("k", "v", value); got != want {
			t.Fatalf("%q, want %q", got, want)
		}
	})
}

func TestPrintersAreShared(t *testing.T) {
	t.Parallel()
	c := catalog(t, "fr.json", `{"k": "{n}"}`)
	p := c.Printer("fr")
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			if p.T("k", "n", i) != strconv.Itoa(i) || p.T("absent") != "[absent]" {
				t.Error("printers disturb each other")
			}
		})
	}
	wait.Wait()
	if m := c.Missing(); !slices.Equal(m, []string{"absent"}) {
		t.Errorf("%q", m)
	}
}

func FuzzCompile(f *testing.F) {
	f.Add("ar", "{n|a|b|c|d|e|f} {x}")
	f.Add("fr", "l'eau : {{ } {n|a|b}")
	f.Fuzz(func(t *testing.T, lang, s string) {
		m, err := compile(lang, s)
		if err != nil {
			return
		}
		for _, seg := range m.segments {
			if len(seg.forms) > 0 {
				for _, n := range []uint64{0, 1, 2, 3, 11, 100, 1<<64 - 1} {
					if !slices.Contains(seg.forms, choose(lang, seg.forms, n)) {
						t.Fatalf("%q: %d has no form", s, n)
					}
				}
			}
		}
	})
}
