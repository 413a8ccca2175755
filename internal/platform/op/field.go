package op

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
)

// ID is the identity of a row: an integer below 2^53, text in JSON and CSV so
// that no reader loses a digit.
type ID int64

// Plain are ids as the database takes them.
func Plain(ids []ID) []int64 {
	out := make([]int64, len(ids))
	for i, id := range ids {
		out[i] = int64(id)
	}
	return out
}

// String is the decimal text.
func (i ID) String() string { return strconv.FormatInt(int64(i), 10) }

// MarshalJSON writes the id as a string; zero is null.
func (i ID) MarshalJSON() ([]byte, error) {
	if i == 0 {
		return []byte("null"), nil
	}
	return []byte(`"` + i.String() + `"`), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (i *ID) UnmarshalJSON(b []byte) error {
	if string(b) == "null" || string(b) == `""` {
		*i = 0
		return nil
	}
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	n, err := strconv.ParseInt(s, 10, 64)
	*i = ID(n)
	return err
}

// Upload is a file handed in with a request.
type Upload struct {
	Name string `json:"name"`
	// SHA256 and Size identify the content in audit and idempotency.
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"`
	// Data is the content, up to UploadMax; nil when Kept.
	Data []byte `json:"-"`
	// Kept says that the content went to the file store as it came in
	// (Runner.Receive): it is read there, by SHA256 and Size.
	Kept bool `json:"-"`
}

// Enum is a closed set of words.
type Enum interface {
	// EnumName is the prefix of the text keys: enum.NAME.VALUE.
	EnumName() string
	EnumValues() []string
}

// Type is the shape of a field or column, the same for every delivery.
type Type string

// The types of fields and columns.
const (
	Text    Type = "text"
	Number  Type = "number"
	Ident   Type = "id"
	Flag    Type = "bool"
	Date    Type = "date"
	Instant Type = "instant"
	Amount  Type = "amount"
	// Price, Quantity and Rate are decimals of the money package. Bounds of a
	// field are in their smallest units: 10⁻⁶ DH, 10⁻³, 10⁻⁴.
	Price    Type = "price"
	Quantity Type = "quantity"
	Rate     Type = "rate"
	Choice   Type = "enum"
	File     Type = "file"
	// Object is shown as JSON; only results have it.
	Object Type = "object"
)

// Decimal says whether values of the type are decimals of the money package:
// text in JSON and CSV, French on a page.
func (t Type) Decimal() bool {
	switch t {
	case Amount, Price, Quantity, Rate:
		return true
	}
	return false
}

// Limits of input, unless a field says otherwise.
const (
	// TextMax is the longest text of a field, in characters.
	TextMax = 200
	// ListMax is the most elements of a repeated field.
	ListMax = 2000
	// UploadMax is the largest file handed in that goes through memory, in bytes.
	UploadMax = 64 << 20
	// StoredMax is the largest file of a field tagged stored, in bytes.
	StoredMax = 256 << 20
)

// Field is one input of an operation, read from the struct tag `in`:
// required, max=N, min=N, pattern=NAME, ref=OPERATION, accept=ENDINGS, secret,
// personal, lines, stored, month.
type Field struct {
	Name     string
	Type     Type
	Required bool
	// Optional values are pointers: absent is not the same as empty.
	Pointer bool
	// Many says the field repeats.
	Many     bool
	Min, Max int64
	Pattern  string
	// Ref is the list operation whose rows the field points at.
	Ref string
	// Within is a field of the same name here and in the list of Ref: only the rows that
	// go with its value are offered.
	Within string
	// Accept are the endings of file names offered first, parted by spaces.
	Accept string
	// Secret values are never stored, logged, shown or replayed.
	Secret bool
	// Personal values (law 09-08) stay out of logs.
	Personal bool
	// Lines asks for a text area.
	Lines bool
	// Month says that a date stands for its month: the month alone (2026-11, 11/2026) is
	// read as its first day, and pages offer months.
	Month bool
	// Stored files are read out of the file store and never held whole in memory: a
	// delivery hands them to Runner.Receive. They may be as large as StoredMax.
	Stored bool
	// EnumName and Values come from an Enum.
	EnumName string
	Values   []string
	// Fault says what is wrong with the declaration itself.
	Fault string

	index []int
	elem  reflect.Type
}

// Column is one field of a result.
type Column struct {
	Name     string
	Type     Type
	EnumName string
	// Secret results are given once and not stored for a replay.
	Secret bool
	// Ref is the kind of record an id points at, for its label (Registry.Label).
	Ref string
	// Month says that a date stands for its month: people are shown the month.
	Month bool
	index []int
}

var (
	dateType     = reflect.TypeFor[day.Date]()
	instantType  = reflect.TypeFor[time.Time]()
	amountType   = reflect.TypeFor[money.Amount]()
	priceType    = reflect.TypeFor[money.Price]()
	quantityType = reflect.TypeFor[money.Quantity]()
	rateType     = reflect.TypeFor[money.Rate]()
	idType       = reflect.TypeFor[ID]()
	uploadType   = reflect.TypeFor[Upload]()
	enumType     = reflect.TypeFor[Enum]()
)

func fieldsOf(t reflect.Type) []Field {
	var out []Field
	for _, sf := range reflect.VisibleFields(t) {
		name := jsonName(sf)
		if sf.Anonymous || name == "" {
			continue
		}
		f := Field{Name: name, index: sf.Index, elem: sf.Type, Max: TextMax}
		if f.elem.Kind() == reflect.Pointer {
			f.Pointer, f.elem = true, f.elem.Elem()
		}
		if f.elem.Kind() == reflect.Slice {
			f.Many, f.elem = true, f.elem.Elem()
		}
		f.Type, f.EnumName, f.Values = typeOf(f.elem)
		if f.Type == Object || f.Type == Instant {
			f.Fault = "type not accepted as input"
		}
		if f.Type == Number || f.Type.Decimal() {
			f.Max = 1 << 52
			f.Min = -f.Max
		}
		f.readTag(sf.Tag.Get("in"))
		out = append(out, f)
	}
	return out
}

func (f *Field) readTag(tag string) {
	if tag == "" {
		return
	}
	for _, part := range strings.Split(tag, ",") {
		key, value, _ := strings.Cut(part, "=")
		switch key {
		case "required":
			f.Required = true
		case "secret":
			f.Secret = true
		case "personal":
			f.Personal = true
		case "lines":
			f.Lines = true
		case "month":
			f.Month = true
			if f.Type != Date {
				f.Fault = "only a date stands for a month"
			}
		case "stored":
			f.Stored = true
			if f.Type != File {
				f.Fault = "only a file is stored"
			}
		case "pattern":
			f.Pattern = value
			if patternOf(value) == nil {
				f.Fault = "unknown pattern " + value
			}
		case "within":
			f.Within = value
		case "ref":
			f.Ref = value
		case "accept":
			f.Accept = value
		case "min", "max":
			n, err := strconv.ParseInt(value, 10, 64)
			if err != nil {
				f.Fault = "bad bound " + part
			} else if key == "min" {
				f.Min = n
			} else {
				f.Max = n
			}
		default:
			f.Fault = "unknown tag " + key
		}
	}
}

// ColumnsOf are the fields of a result that stands inside another one; none when the type
// is no struct.
func ColumnsOf(t reflect.Type) []Column { return columnsOf(t) }

func columnsOf(t reflect.Type) []Column {
	if t.Kind() != reflect.Struct {
		return nil
	}
	var out []Column
	for _, sf := range reflect.VisibleFields(t) {
		name := jsonName(sf)
		if sf.Anonymous || name == "" {
			continue
		}
		ft := sf.Type
		if ft.Kind() == reflect.Pointer {
			ft = ft.Elem()
		}
		c := Column{Name: name, index: sf.Index}
		for _, part := range strings.Split(sf.Tag.Get("out"), ",") {
			c.Secret = c.Secret || part == "secret"
			c.Month = c.Month || part == "month"
			if ref, ok := strings.CutPrefix(part, "ref="); ok {
				c.Ref = ref
			}
		}
		c.Type, c.EnumName, _ = typeOf(ft)
		out = append(out, c)
	}
	return out
}

// typeOf maps a Go type to the shape shown to users.
func typeOf(t reflect.Type) (Type, string, []string) {
	switch t {
	case dateType:
		return Date, "", nil
	case instantType:
		return Instant, "", nil
	case amountType:
		return Amount, "", nil
	case priceType:
		return Price, "", nil
	case quantityType:
		return Quantity, "", nil
	case rateType:
		return Rate, "", nil
	case idType:
		return Ident, "", nil
	case uploadType:
		return File, "", nil
	}
	if t.Implements(enumType) {
		e := reflect.Zero(t).Interface().(Enum)
		return Choice, e.EnumName(), e.EnumValues()
	}
	switch t.Kind() {
	case reflect.String:
		return Text, "", nil
	case reflect.Bool:
		return Flag, "", nil
	case reflect.Int, reflect.Int64, reflect.Int32:
		return Number, "", nil
	default:
		return Object, "", nil
	}
}

func jsonName(sf reflect.StructField) string {
	name, _, _ := strings.Cut(sf.Tag.Get("json"), ",")
	if !sf.IsExported() || name == "-" {
		return ""
	}
	return name
}

// Year says that the column is the number of a year, whose digits are not parted.
func (c Column) Year() bool {
	return c.Type == Number && (c.Name == "exercise" || c.Name == "year" || strings.HasSuffix(c.Name, "_year"))
}

// Value reads a column of a row or result.
func (c Column) Value(row any) any {
	v := reflect.ValueOf(row)
	for v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if !v.IsValid() {
		return nil // replayed and proposed: there is no typed answer
	}
	f, err := v.FieldByIndexErr(c.index)
	if err != nil || (f.Kind() == reflect.Pointer && f.IsNil()) {
		return nil
	}
	if f.Kind() == reflect.Pointer {
		f = f.Elem()
	}
	return f.Interface()
}
