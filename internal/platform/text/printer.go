package text

import (
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
)

// Key is a value that is itself the key of a text: a status, a unit, a label
// inside a sentence.
type Key string

// Printer writes texts and values for the readers of one language. It may be
// shared.
type Printer struct {
	catalog *Catalog
	lang    string
}

// Printer gives the printer of a language; an unknown language, or one without
// texts, gives that of Base. A region is ignored: fr-MA is fr.
func (c *Catalog) Printer(lang string) *Printer {
	lang, _, _ = strings.Cut(strings.ToLower(lang), "-")
	if _, ok := c.languages[lang]; !ok {
		lang = Base
	}
	return &Printer{catalog: c, lang: lang}
}

// Lang is the language written, for the lang attribute of a page.
func (p *Printer) Lang() string { return p.lang }

// Dir is the direction of writing, for the dir attribute of a page.
func (p *Printer) Dir() string {
	if p.lang == "ar" {
		return "rtl"
	}
	return "ltr"
}

// T writes the text of a key completed with pairs of placeholder names and
// values. A missing text gives the key in brackets, a missing value its name in
// brackets, and Catalog.Missing tells.
func (p *Printer) T(key string, pairs ...any) string {
	if len(pairs) == 0 {
		return p.Text(key, nil)
	}
	args := make(fault.Args, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		if name, ok := pairs[i].(string); ok {
			args[name] = pairs[i+1]
		}
	}
	return p.Text(key, args)
}

// Text is T with the values in a map.
func (p *Printer) Text(key string, args fault.Args) string {
	m, ok := p.catalog.find(p.lang, key)
	if !ok {
		p.catalog.note(key)
		return "[" + key + "]"
	}
	if len(m.segments) == 1 {
		return m.segments[0].words
	}
	var b strings.Builder
	for _, s := range m.segments {
		if s.name == "" {
			b.WriteString(s.words)
			continue
		}
		b.WriteString(p.complete(key, m.lang, s, args))
	}
	return b.String()
}

func (p *Printer) complete(key, lang string, s segment, args fault.Args) string {
	value, given := args[s.name]
	if given && len(s.forms) == 0 {
		return p.Format(value)
	}
	if n, ok := magnitude(value); given && ok {
		return choose(lang, s.forms, n)
	}
	p.catalog.note(key + " {" + s.name + "}")
	return "[" + s.name + "]"
}

// magnitude is the size of a whole number: of any integer kind, or as JSON gives it back.
func magnitude(value any) (uint64, bool) {
	v := reflect.ValueOf(value)
	switch {
	case v.CanInt() && v.Int() < 0:
		return -uint64(v.Int()), true
	case v.CanInt():
		return uint64(v.Int()), true
	case v.CanUint():
		return v.Uint(), true
	case v.CanFloat() && v.Float() == math.Trunc(v.Float()):
		return uint64(math.Abs(v.Float())), true
	}
	return 0, false
}

// dash stands for a value that is not there.
const dash = "–"

// Format writes a value as readers expect it, the same in every language as
// official documents do: an amount 1 234,56 (no unit), a price, a quantity, a
// rate 20 %, a date 22/11/2026, an instant with the time of Casablanca, a
// whole number with its thousands parted, a truth as a word, a Key as its text, a
// choice (a text with an EnumName) as the word of the screens, a list with commas. What is not there (nil, no date) is a dash. An identifier must be
// given as a text, or its digits would be parted.
func (p *Printer) Format(value any) string {
	switch v := value.(type) {
	case nil:
		return dash
	case string:
		return v
	case Key:
		return p.Text(string(v), nil)
	case bool:
		if v {
			return p.Text("value.yes", nil)
		}
		return p.Text("value.no", nil)
	case money.Amount, money.Price, money.Quantity, money.Rate:
		return v.(interface{ French() string }).French()
	case day.Date, day.Month, day.Period:
		return p.formatDay(v)
	case time.Time:
		return p.formatInstant(v)
	case time.Duration:
		return p.formatDuration(v)
	case []string:
		return strings.Join(v, ", ")
	}
	return p.formatKind(value)
}

func (p *Printer) formatDay(value any) string {
	if m, ok := value.(day.Month); ok && !m.IsZero() {
		year, month := m.Civil()
		return p.Text("month."+strconv.Itoa(int(month)), nil) + " " + strconv.Itoa(year)
	}
	if s := value.(interface{ French() string }).French(); s != "" {
		return s
	}
	return dash
}

func (p *Printer) formatInstant(t time.Time) string {
	if t.IsZero() {
		return dash
	}
	return day.Of(t).French() + " " + t.In(day.Zone()).Format("15:04")
}

// formatDuration writes a wait rounded up to the second, the minute or the hour
// and minute, by its size.
func (p *Printer) formatDuration(d time.Duration) string {
	d = max(d, 0) // a wait that is over
	switch {
	case d <= 90*time.Second:
		return p.Text("duration.seconds", fault.Args{"count": ceil(d, time.Second)})
	case d <= 90*time.Minute:
		return p.Text("duration.minutes", fault.Args{"count": ceil(d, time.Minute)})
	case d <= 48*time.Hour:
		return p.Text("duration.hours", fault.Args{"count": ceil(d, time.Hour)})
	}
	return p.Text("duration.days", fault.Args{"count": ceil(d, 24*time.Hour)})
}

func ceil(d, unit time.Duration) int64 {
	n := int64(d / unit)
	if d%unit != 0 {
		n++
	}
	return n
}

// formatKind writes values of named types by what they are made of.
func (p *Printer) formatKind(value any) string {
	v := reflect.ValueOf(value)
	switch {
	case v.Kind() == reflect.Pointer && v.IsNil():
		return dash
	case v.Kind() == reflect.Pointer:
		return p.Format(v.Elem().Interface())
	}
	if s, ok := value.(interface{ String() string }); ok {
		return s.String()
	}
	if e, ok := value.(interface{ EnumName() string }); ok && v.Kind() == reflect.String && v.String() != "" {
		return p.Text("enum."+e.EnumName()+"."+v.String(), nil)
	}
	switch {
	case v.Kind() == reflect.String:
		return v.String()
	case v.Kind() == reflect.Bool:
		return p.Format(v.Bool())
	case v.CanInt():
		return grouped(strconv.FormatInt(v.Int(), 10))
	case v.CanUint():
		return grouped(strconv.FormatUint(v.Uint(), 10))
	case v.CanFloat():
		return strings.Replace(strconv.FormatFloat(v.Float(), 'f', -1, 64), ".", ",", 1)
	}
	p.catalog.note("value of type " + v.Type().String())
	return "[" + v.Type().String() + "]"
}

// Signs and spaces of figures, those of the money package.
const (
	narrowSpace = "\u202f"
	minus       = "\u2212"
)

// grouped parts the thousands of a whole number.
func grouped(digits string) string {
	digits, negative := strings.CutPrefix(digits, "-")
	var b strings.Builder
	if negative {
		b.WriteString(minus)
	}
	for i := range len(digits) {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteString(narrowSpace)
		}
		b.WriteByte(digits[i])
	}
	return b.String()
}

// FieldMessage is the fault of one field, in words.
type FieldMessage struct {
	// Path is the field's name as the fault gives it.
	Path string `json:"path"`
	// Code is the machine's name of the fault.
	Code string `json:"code"`
	// Message is the sentence for the user.
	Message string `json:"message"`
}

// errorPrefix stands before a fault's code in the keys of the catalogue.
const errorPrefix = "error."

// Error puts an error into words: the sentence, then one per field. The cause is
// never shown; an error that is no fault is an internal one. Nil gives nothing.
func (p *Printer) Error(err error) (string, []FieldMessage) {
	e := fault.As(err)
	if e == nil {
		return "", nil
	}
	var fields []FieldMessage
	for _, f := range e.Fields {
		fields = append(fields, FieldMessage{Path: f.Path, Code: f.Code, Message: p.Text(errorPrefix+f.Code, f.Args)})
	}
	return p.Text(errorPrefix+e.Code, e.Args), fields
}
