package intake

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// clean gives a cell without what surrounds it: spaces, the quote by which an export
// took the power of a formula away, decomposed letters.
func clean(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > 1 && s[0] == '\'' && strings.IndexByte("=+-@\t\r\n", s[1]) >= 0 {
		s = s[1:]
	}
	if !plainASCII(s) && !norm.NFC.IsNormalString(s) {
		s = norm.NFC.String(s)
	}
	return s
}

func plainASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// readCell reads the cell of one column and notes what is wrong with it.
func (r *Row) readCell(column int, c *Column) {
	s := r.cells[column]
	if s == "" {
		if c.Required {
			r.Reject(column, "input.required")
		}
		return
	}
	switch c.Type {
	case "", Text, Lines, Code:
		r.readText(column, c, s)
	case Choice:
		r.readChoice(column, c, s)
	case Whole:
		n, err := readWhole(s)
		r.keepNumber(column, n, err)
	case Quantity:
		n, err := readDecimal[money.Quantity](s, money.ParseQuantity)
		r.keepNumber(column, int64(n), err)
	case Amount:
		n, err := readDecimal[money.Amount](s, money.ParseAmount)
		r.keepNumber(column, int64(n), err)
	case Date:
		d, err := readDate(s)
		r.values[column].date = d
		r.noteCell(column, err)
	case Month:
		m, err := readMonth(s)
		if err == nil {
			r.values[column].date = m.First()
		}
		r.noteCell(column, err)
	case Flag:
		r.readFlag(column, s)
	}
}

func (r *Row) keepNumber(column int, n int64, err error) {
	r.values[column].n = n
	r.noteCell(column, err)
}

// noteCell makes a reading error the fault of a cell.
func (r *Row) noteCell(column int, err error) {
	if err == nil {
		return
	}
	e := fault.As(err)
	pairs := make([]any, 0, 2*len(e.Args))
	for name, value := range e.Args {
		pairs = append(pairs, name, value)
	}
	r.Reject(column, e.Code, pairs...)
}

func (r *Row) readText(column int, c *Column, s string) {
	most := c.Max
	if most == 0 {
		most = op.TextMax
	}
	for _, letter := range s {
		if unicode.IsControl(letter) && (c.Type != Lines || letter != '\n' && letter != '\r' && letter != '\t') {
			r.Reject(column, "input.control")
			return
		}
	}
	if len(s) > most && utf8.RuneCountInString(s) > most {
		r.Reject(column, "input.too_long", "max", most)
		return
	}
	if c.Type == Code {
		s = strings.ToUpper(s)
		r.cells[column] = s
	}
	if c.Shape != nil && !c.Shape.MatchString(s) {
		r.Reject(column, c.ShapeCode)
	}
}

// name takes the texts of the values of a choice into the words that it may hold.
func (c *Column) name(say func(key string) string) {
	c.told = c.Values
	if c.Enum == "" || say == nil {
		return
	}
	words := maps.Clone(c.Words)
	if words == nil {
		words = map[string]string{}
	}
	c.told = nil
	for _, value := range c.Values {
		label := say("enum." + c.Enum + "." + value)
		words[db.Fold(label)] = value
		c.told = append(c.told, label)
	}
	c.Words = words
}

func (r *Row) readChoice(column int, c *Column, s string) {
	if slices.Contains(c.Values, s) {
		return
	}
	folded := db.Fold(s)
	if word, known := c.Words[folded]; known {
		r.cells[column] = word
		return
	}
	word := strings.NewReplacer(" ", "_", "-", "_").Replace(folded)
	if slices.Contains(c.Values, word) {
		r.cells[column] = word
		return
	}
	r.Reject(column, "input.enum", "values", strings.Join(c.told, ", "))
}

func (r *Row) readFlag(column int, s string) {
	switch db.Fold(s) {
	case "true", "1", "oui", "vrai", "o", "yes":
		r.values[column].n = 1
	case "false", "0", "non", "faux", "n", "no":
	default:
		r.Reject(column, "input.bool")
	}
}

// readWhole reads an integer, also as a spreadsheet shows it: 1 234.
func readWhole(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err == nil {
		return n, nil
	}
	whole, err := money.ParseQuantity(s)
	if err != nil {
		return 0, err
	}
	const thousandths = 1000
	if whole%thousandths != 0 {
		return 0, fault.New(fault.Invalid, "input.number")
	}
	return int64(whole / thousandths), nil
}

// readDecimal reads a number. A point is the decimal point, as in every file of a
// machine; what is not such a number is read as a person writes it, 1 234,56.
func readDecimal[N money.Amount | money.Quantity](s string, typed func(string) (N, error)) (N, error) {
	if at := strings.IndexByte(s, ','); at > 0 && !strings.ContainsAny(s[at+1:], ",. ") && !strings.ContainsAny(s[:at], ". ") {
		s = s[:at] + "." + s[at+1:] // 12,5 is the usual form, and read as quickly as 12.5
	}
	n, err := money.ParsePlain[N](s)
	if err == nil || fault.CodeOf(err) != "input.number" {
		return n, err
	}
	return typed(s)
}

// readDate reads a date; a time of day that is midnight is passed over, because
// exports add one.
func readDate(s string) (day.Date, error) {
	const midnight = " 00:00:00"
	if date, found := strings.CutSuffix(strings.Replace(s, "T00:00:00", midnight, 1), midnight); found {
		s = date
	}
	return day.ParseFrench(s)
}

// readMonth reads a month, or its first day.
func readMonth(s string) (day.Month, error) {
	m, err := day.ParseMonthFrench(s)
	if err == nil {
		return m, nil
	}
	if d, dateErr := readDate(s); dateErr == nil && d.Day() == 1 {
		return day.MonthOf(d), nil
	}
	return day.Month{}, err
}
