// Package text turns keys into the words users read. Texts live in fr.json and
// the files of the folder fr, French being the language in which every text
// exists; ar and en follow the same keys where they are present.
//
// A text may hold
//
//	{name}                      the value given under that name, written by its type
//	{name|facture|factures}     one of the forms, by the number given under that name
//	{name|aucune|une|des}       the same with a form of its own for zero
//	{{ and }}                   a brace
//
// In Arabic a plural has 2, 3 or the 6 forms zero, one, two, few, many, other of
// the Unicode plural rules. A form does not print the number and holds no brace:
// write "{count} {count|facture|factures}".
//
// French typography is applied when the texts are loaded: straight apostrophes
// become curly, and a space before : ; ? % or inside « » becomes a no-break
// space, so that whoever writes a text need not think of it.
package text

import (
	"errors"
	"fmt"
	"strings"
)

// message is a text ready to be completed.
type message struct {
	lang     string
	segments []segment
}

// segment is a run of words, or a value (name), or forms chosen by a number
// (name and forms).
type segment struct {
	words string
	name  string
	forms []string
}

// compile reads a text; an error says what is wrong with it.
func compile(lang, text string) (message, error) {
	if lang == Base {
		text = typography(text)
	}
	m := message{lang: lang}
	var words strings.Builder
	for i := 0; i < len(text); {
		brace := text[i]
		switch {
		case brace != '{' && brace != '}':
			words.WriteByte(brace)
			i++
		case strings.HasPrefix(text[i+1:], string(brace)):
			words.WriteByte(brace)
			i += 2
		case brace == '}':
			return m, errors.New("} without {")
		default:
			inside, _, closed := strings.Cut(text[i+1:], "}")
			if !closed {
				return m, errors.New("{ without }")
			}
			s, err := placeholder(lang, inside)
			if err != nil {
				return m, err
			}
			m.segments = append(m.segments, segment{words: words.String()}, s)
			words.Reset()
			i += len(inside) + len("{}")
		}
	}
	m.segments = append(m.segments, segment{words: words.String()})
	return m, nil
}

func placeholder(lang, inside string) (segment, error) {
	parts := strings.Split(inside, "|")
	if strings.Trim(parts[0], "abcdefghijklmnopqrstuvwxyz0123456789_") != "" || parts[0] == "" {
		return segment{}, fmt.Errorf("{%s}: a name is made of a-z, 0-9 and _", inside)
	}
	forms := parts[1:]
	switch len(forms) {
	case 0, 2, 3:
	case pluralAll:
		if lang == "ar" {
			break
		}
		fallthrough
	default:
		return segment{}, fmt.Errorf("{%s}: %d forms", inside, len(forms))
	}
	return segment{name: parts[0], forms: forms}, nil
}

// Positions in a full list of forms, which are the Unicode plural categories.
const (
	pluralZero = iota
	pluralOne
	pluralTwo
	pluralFew
	pluralMany
	pluralOther
	pluralAll
)

// choose picks the form for a number, given as its magnitude.
func choose(lang string, forms []string, n uint64) string {
	last := len(forms) - 1
	switch len(forms) {
	case pluralAll:
		return forms[arabicPlural(n)]
	case 3:
		if n == 0 {
			return forms[0]
		}
	}
	if n == 1 || (n == 0 && lang == Base) { // zéro facture, 0 bills
		return forms[last-1]
	}
	return forms[last]
}

// arabicPlural is the Unicode rule for whole numbers in Arabic.
func arabicPlural(n uint64) int {
	switch rest := n % 100; {
	case n <= 2:
		return int(n)
	case rest >= 3 && rest <= 10:
		return pluralFew
	case rest >= 11:
		return pluralMany
	}
	return pluralOther
}

// french maps what is typed to the curly apostrophes and no-break spaces of French.
var french = strings.NewReplacer(
	"'", "’", " :", "\u00a0:", " ;", "\u00a0;", " ?", "\u00a0?", " %", "\u00a0%", " »", "\u00a0»", "« ", "«\u00a0",
)

// typography puts the curly apostrophes and no-break spaces of French.
func typography(s string) string { return french.Replace(s) }
