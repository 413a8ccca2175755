package money

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"

	"wasl/internal/kernel/fault"
)

// textMax bounds what is read as a number, spaces and sign included.
const textMax = 48

// Signs and spaces of French figures.
const (
	narrowSpace = "\u202f" // parts the thousands
	hardSpace   = "\u00a0" // stands before a unit
	minus       = "\u2212" // as wide as a figure
)

// decimals is the number of digits after the separator of a type.
func decimals[N number]() int {
	var n N
	switch any(n).(type) {
	case Amount:
		return AmountDecimals
	case Price:
		return PriceDecimals
	case Quantity:
		return QuantityDecimals
	}
	return RateDecimals
}

func notANumber() error { return fault.New(fault.Invalid, "input.number") }

func tooManyDecimals(most int) error {
	return fault.New(fault.Invalid, "money.decimals", "max", most)
}

// ParsePlain reads the decimal form of files and of the API: an optional minus,
// digits, and a point with at least one digit and at most those of the type.
// Anything else is Invalid "input.number", too many decimals Invalid
// "money.decimals", a number that does not fit Limit "money.overflow".
func ParsePlain[N number](s string) (N, error) {
	if len(s) > textMax {
		return 0, notANumber()
	}
	digits, negative := strings.CutPrefix(s, "-")
	whole, fraction, point := strings.Cut(digits, ".")
	if point && fraction == "" {
		return 0, notANumber()
	}
	return assemble[N](negative, whole, fraction, decimals[N]())
}

// assemble makes a number whose unit has the given decimals out of digits.
func assemble[N number](negative bool, whole, fraction string, most int) (N, error) {
	if whole == "" || !onlyDigits(whole) || !onlyDigits(fraction) {
		return 0, notANumber()
	}
	if len(fraction) > most {
		return 0, tooManyDecimals(most)
	}
	text := whole + fraction + strings.Repeat("0", most-len(fraction))
	if negative {
		text = "-" + text
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil { // only the range is left to be wrong
		return 0, overflow()
	}
	return N(n), nil
}

func onlyDigits(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}

// ParseAmount reads an amount as a person types it: 1234,5 or 1 234.50 or
// 1 234,56 DH. Thousands are parted by spaces (plain, no-break or narrow) in groups of
// three, or not at all; comma and point are both the decimal separator, and
// never part thousands. So 1,234 and 1.234 are refused: an amount has at most
// two decimals. The plain form is accepted too.
//
// Errors: Invalid "input.number"; "money.separators" for two separators or badly
// parted thousands; "money.decimals"; Limit "money.overflow".
func ParseAmount(s string) (Amount, error) {
	s = strings.TrimSpace(s)
	return parseTyped[Amount](strings.TrimSuffix(s, "DH"), AmountDecimals)
}

// ParsePrice reads a price as a person types it, by the rules of ParseAmount
// with six decimals. Three decimals after a point, as in 1.234, could be meant
// as thousands and are Invalid "money.ambiguous": type 1,234 or 1.2340 or 1 234.
func ParsePrice(s string) (Price, error) { return parseUnambiguous[Price](s) }

// ParseQuantity reads a quantity as a person types it, by the rules of
// ParsePrice with three decimals; 1.234 is Invalid "money.ambiguous".
func ParseQuantity(s string) (Quantity, error) { return parseUnambiguous[Quantity](s) }

// ParseRate reads a rate as a person types it: a percentage with its sign (20 %,
// 5,5%), at most two decimals, or a proportion below 1 without sign (0,20). A
// number from 1 without the sign is Invalid "money.percent": 20 could be meant
// as 20 %, and is never guessed. Other errors are those of ParseAmount.
func ParseRate(s string) (Rate, error) {
	s = strings.TrimSpace(s)
	if percent, ok := strings.CutSuffix(s, "%"); ok {
		return parseTyped[Rate](percent, RateDecimals-2)
	}
	r, err := parseTyped[Rate](s, RateDecimals)
	if err == nil && (r >= RateOne || r <= -RateOne) {
		return 0, fault.New(fault.Invalid, "money.percent")
	}
	return r, err
}

func parseUnambiguous[N number](s string) (N, error) {
	whole, fraction, _ := strings.Cut(strings.TrimSpace(s), ".")
	whole = strings.TrimPrefix(strings.TrimPrefix(whole, "-"), minus)
	if len(fraction) == 3 && len(whole) <= 3 && strings.Trim(whole, "0") != "" && onlyDigits(whole+fraction) {
		return 0, fault.New(fault.Invalid, "money.ambiguous")
	}
	return parseTyped[N](s, decimals[N]())
}

// parseTyped reads a number as a person types it.
func parseTyped[N number](s string, most int) (N, error) {
	if len(s) > textMax*len(narrowSpace) {
		return 0, notANumber()
	}
	if !ascii(s) { // making the replacer costs more than all the rest
		s = strings.NewReplacer(hardSpace, " ", narrowSpace, " ", "\u2009", " ", minus, "-").Replace(s)
	}
	s, negative := strings.CutPrefix(strings.TrimSpace(s), "-")
	whole, fraction, separated := s, "", false
	if at := strings.IndexAny(s, ",."); at >= 0 {
		whole, fraction, separated = s[:at], s[at+1:], true
	}
	if strings.ContainsAny(fraction, ",.") {
		return 0, fault.New(fault.Invalid, "money.separators")
	}
	if separated && fraction == "" {
		return 0, notANumber()
	}
	if !strings.Contains(whole, " ") {
		return assemble[N](negative, whole, fraction, most)
	}
	groups := strings.Split(whole, " ")
	for i, g := range groups {
		if len(g) > 3 || g == "" || (i > 0 && len(g) != 3) {
			return 0, fault.New(fault.Invalid, "money.separators")
		}
	}
	return assemble[N](negative, strings.Join(groups, ""), fraction, most)
}

// ascii says that a text has no other bytes.
func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// plainBytes is room for the plain form of any number.
const plainBytes = 24

// plain writes a number with a point; decimals are trimmed of useless zeros down
// to the least number given.
func plain(n int64, scale, least int) string {
	var room [plainBytes]byte
	return string(appendPlain(room[:0], n, scale, least))
}

// appendPlain is plain at the end of b.
func appendPlain(b []byte, n int64, scale, least int) []byte {
	if n < 0 {
		b = append(b, '-')
	}
	m, unit := magnitude(n), pow10(scale)
	b = strconv.AppendUint(b, m/unit, 10)
	fraction := m % unit
	for decimals := 0; decimals < least || fraction > 0; decimals++ {
		if decimals == 0 {
			b = append(b, '.')
		}
		unit /= 10
		b = append(b, byte('0'+fraction/unit))
		fraction %= unit
	}
	return b
}

// trimDecimals drops the zeros at the end of the decimals beyond the least
// number of them, and the point when no decimal is left.
func trimDecimals(s string, least int) string {
	point := strings.IndexByte(s, '.')
	if point < 0 {
		return s
	}
	for len(s) > point+1+least && s[len(s)-1] == '0' {
		s = s[:len(s)-1]
	}
	return strings.TrimSuffix(s, ".")
}

// french turns the plain form into the printed one.
func french(s string) string {
	s, negative := strings.CutPrefix(s, "-")
	whole, fraction, separated := strings.Cut(s, ".")
	var b strings.Builder
	if negative {
		b.WriteString(minus)
	}
	for i := range len(whole) {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteString(narrowSpace)
		}
		b.WriteByte(whole[i])
	}
	if separated {
		b.WriteString("," + fraction)
	}
	return b.String()
}

// String is the plain form with two decimals: "1234.56".
func (a Amount) String() string { return plain(int64(a), AmountDecimals, AmountDecimals) }

// French is the printed form with two decimals and without unit: "1 234,56",
// thousands parted by a narrow no-break space.
func (a Amount) French() string { return french(a.String()) }

// String is the plain form with at least two decimals: "0.901".
func (p Price) String() string { return plain(int64(p), PriceDecimals, AmountDecimals) }

// French is the printed form with at least four decimals, as tariffs are
// published: "0,9010".
func (p Price) French() string { return french(plain(int64(p), PriceDecimals, 4)) }

// String is the plain form without useless zeros: "250", "12.5".
func (q Quantity) String() string { return plain(int64(q), QuantityDecimals, 0) }

// French is the printed form without useless zeros: "1 250", "12,5".
func (q Quantity) French() string { return french(q.String()) }

// String is the plain form as a proportion with at least two decimals: "0.20".
func (r Rate) String() string { return plain(int64(r), RateDecimals, 2) }

// French is the printed form as a percentage without useless zeros: "20 %",
// "5,5 %", the sign behind a no-break space.
func (r Rate) French() string {
	return french(plain(int64(r), RateDecimals-2, 0)) + hardSpace + "%"
}

// Append writes the plain form at the end of b.
func (a Amount) Append(b []byte) []byte {
	return appendPlain(b, int64(a), AmountDecimals, AmountDecimals)
}

// Append writes the plain form at the end of b.
func (p Price) Append(b []byte) []byte {
	return appendPlain(b, int64(p), PriceDecimals, AmountDecimals)
}

// Append writes the plain form at the end of b.
func (q Quantity) Append(b []byte) []byte { return appendPlain(b, int64(q), QuantityDecimals, 0) }

// Append writes the plain form at the end of b.
func (r Rate) Append(b []byte) []byte { return appendPlain(b, int64(r), RateDecimals, 2) }

// MarshalText writes the plain form.
func (a Amount) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// MarshalText writes the plain form.
func (p Price) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// MarshalText writes the plain form.
func (q Quantity) MarshalText() ([]byte, error) { return []byte(q.String()), nil }

// MarshalText writes the plain form.
func (r Rate) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads the plain form; errors are those of ParsePlain.
func (a *Amount) UnmarshalText(b []byte) error { return set(a, string(b)) }

// UnmarshalText reads the plain form; errors are those of ParsePlain.
func (p *Price) UnmarshalText(b []byte) error { return set(p, string(b)) }

// UnmarshalText reads the plain form; errors are those of ParsePlain.
func (q *Quantity) UnmarshalText(b []byte) error { return set(q, string(b)) }

// UnmarshalText reads the plain form; errors are those of ParsePlain.
func (r *Rate) UnmarshalText(b []byte) error { return set(r, string(b)) }

// UnmarshalJSON reads the plain form in quotes. A JSON number is refused, since
// its reader may have made it a float; so is null: absence needs a pointer.
func (a *Amount) UnmarshalJSON(b []byte) error { return setJSON(a, b) }

// UnmarshalJSON reads the plain form in quotes, as for Amount.
func (p *Price) UnmarshalJSON(b []byte) error { return setJSON(p, b) }

// UnmarshalJSON reads the plain form in quotes, as for Amount.
func (q *Quantity) UnmarshalJSON(b []byte) error { return setJSON(q, b) }

// UnmarshalJSON reads the plain form in quotes, as for Amount.
func (r *Rate) UnmarshalJSON(b []byte) error { return setJSON(r, b) }

func set[N number](to *N, s string) error {
	n, err := ParsePlain[N](s)
	if err != nil {
		return err
	}
	*to = n
	return nil
}

func setJSON[N number](to *N, b []byte) error {
	var s *string
	if err := json.Unmarshal(b, &s); err != nil || s == nil {
		return notANumber()
	}
	return set(to, *s)
}
