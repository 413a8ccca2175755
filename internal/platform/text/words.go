package text

import (
	"strconv"
	"strings"

	"wasl/internal/kernel/money"
)

// InWords writes an amount of dirhams in words, as bills and receipts do, by the rules
// of French before 1990: "quatre-vingt-un dirhams et cinq centimes". Below zero it
// begins with the word for it.
func (p *Printer) InWords(a money.Amount) string {
	const hundred = 100
	// Unsigned, the least amount has an opposite too.
	cents, sign := uint64(a), ""
	if a < 0 {
		cents, sign = -uint64(a), p.T("words.minus")+" "
	}
	whole, rest := cents/hundred, cents%hundred
	out := sign + p.number(whole) + " "
	if whole >= million && whole%million == 0 {
		out += p.T("words.of") + " " + p.T("words.dirhams")
	} else {
		out += p.plural(whole, "words.dirham", "words.dirhams")
	}
	if rest > 0 {
		out += " " + p.T("words.and") + " " + p.number(rest) + " " + p.plural(rest, "words.centime", "words.centimes")
	}
	return out
}

func (p *Printer) plural(n uint64, one, many string) string {
	if n < 2 {
		return p.T(one)
	}
	return p.T(many)
}

const (
	thousand = 1000
	million  = thousand * thousand
)

// number writes a whole number.
func (p *Printer) number(n uint64) string {
	if n == 0 {
		return p.T("words.0")
	}
	var parts []string
	for _, scale := range []struct {
		value     uint64
		one, many string
	}{
		{million * million, "words.billion", "words.billions"},
		{million * thousand, "words.milliard", "words.milliards"},
		{million, "words.million", "words.millions"},
	} {
		if count := n / scale.value; count > 0 {
			// These are nouns: what counts them takes its plural.
			parts = append(parts, p.number(count)+" "+p.plural(count, scale.one, scale.many))
			n %= scale.value
		}
	}
	if count := n / thousand; count > 0 {
		word := p.T("words.thousand")
		if count > 1 {
			word = p.hundreds(count, false) + " " + word
		}
		parts = append(parts, word)
		n %= thousand
	}
	if n > 0 {
		parts = append(parts, p.hundreds(n, true))
	}
	return strings.Join(parts, " ")
}

// hundreds writes 1 to 999. Last says that no number follows, so that cent and vingt
// take their plural.
func (p *Printer) hundreds(n uint64, last bool) string {
	const hundred = 100
	count, rest := n/hundred, n%hundred
	var parts []string
	if count > 1 {
		parts = append(parts, p.word(count))
	}
	if count > 0 {
		parts = append(parts, p.pluralIf(count > 1 && rest == 0 && last, "words.100"))
	}
	if rest > 0 {
		parts = append(parts, p.tens(rest, last))
	}
	return strings.Join(parts, " ")
}

// tens writes 1 to 99: seventy and ninety count on from sixty and eighty.
func (p *Printer) tens(n uint64, last bool) string {
	const twenty, seventy, eighty, ten = 20, 70, 80, 10
	if n < twenty {
		return p.word(n)
	}
	base, unit := n/ten*ten, n%ten
	if base == seventy || base == eighty+ten {
		base, unit = base-ten, unit+ten
	}
	switch {
	case unit == 0:
		return p.pluralIf(base == eighty && last, "words."+strconv.FormatUint(base, ten))
	case unit%ten == 1 && base != eighty:
		return p.word(base) + " " + p.T("words.and") + " " + p.word(unit)
	}
	return p.word(base) + "-" + p.word(unit)
}

func (p *Printer) word(n uint64) string { return p.T("words." + strconv.FormatUint(n, 10)) }

func (p *Printer) pluralIf(is bool, key string) string {
	if is {
		return p.T(key + ".plural")
	}
	return p.T(key)
}
