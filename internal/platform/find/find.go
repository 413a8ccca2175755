// Package find is the search by anything a clerk would type: parts of a name in any
// order with or without accents, in Arabic letters too, a code with or without its
// dashes and zeros, a phone number however it is written. It keeps one row for each
// word of each record (Index) and narrows a list to the records that match a text
// (Look). It knows no business word: a kind is a name its owner chooses.
//
// The owner of a kind keeps in each record the same words as one text (Join), so that
// words too common to be collected are compared row by row.
package find

import (
	"embed"
	"io/fs"
	"slices"
	"strings"
	"unicode"

	"wasl/internal/platform/db"
)

//go:embed migrations/*.sql
var migrations embed.FS

// particles are the words that begin a name, folded, one a line.
//
//go:embed particles.txt
var particles string

// article is the Arabic one, written before the word without a space.
const article = string('ا') + string('ل')

// Migrations are the tables of this package.
func Migrations() fs.FS { return migrations }

// Bounds of a search.
const (
	// WordsMax is the most words of a text that are looked up.
	WordsMax = 8
	// TermsMax is the most words kept of one record.
	TermsMax = 32
	// termMax is the longest word, in bytes: longer ones are cut.
	termMax = 48
	// digitsMin is the least number of digits that are also found without the
	// letters and zeros before them.
	digitsMin = 2
	// phoneMin is the least number of digits taken for the beginning of a phone
	// number with its country.
	phoneMin = 6
)

// Words are the words of some texts, folded (db.Fold), each once, in their order. A
// word that begins a name (ben, el, aït) also stands joined to the next one, because
// people write both; so does an Arabic word without its article.
func Words(texts ...string) []string {
	var words, more []string
	for _, text := range texts {
		parts := split(text)
		for i, word := range parts {
			words = append(words, word)
			if i+1 < len(parts) && particle(word) {
				more = append(more, word+parts[i+1])
			}
			if bare, ok := strings.CutPrefix(word, article); ok && len(bare) > len(article) {
				more = append(more, bare)
			}
		}
	}
	return tidy(append(words, more...))
}

// Code gives the words under which a code is found: whole, without what is neither
// letter nor digit, and its last digits without the zeros before them.
func Code(code string) []string {
	whole := strings.Join(split(code), "")
	words := []string{whole}
	if tail := strings.TrimLeft(whole[len(strings.TrimRight(whole, "0123456789")):], "0"); len(tail) >= digitsMin {
		words = append(words, tail)
	}
	return tidy(words)
}

// Phone gives the word under which a phone number is found: its national digits.
func Phone(number string) []string {
	return tidy([]string{national(onlyDigits(number))})
}

// Join makes the text that a record keeps of its words, at most TermsMax of them.
func Join(groups ...[]string) string { return strings.Join(Terms(groups...), " ") }

// Terms puts some words together, each once, at most TermsMax.
func Terms(groups ...[]string) []string {
	all := tidy(slices.Concat(groups...))
	return all[:min(len(all), TermsMax)]
}

// alternatives are the ways to read a text that was typed: each is a list of words
// that must all be found, as the beginnings of words of the record.
func alternatives(text string) [][]string {
	words := split(text)
	words = words[:min(len(words), WordsMax)]
	if len(words) == 0 {
		return nil
	}
	out := [][]string{words}
	add := func(alternative []string) {
		if !slices.ContainsFunc(out, func(o []string) bool { return slices.Equal(o, alternative) }) {
			out = append(out, alternative)
		}
	}
	short := slices.Clone(words)
	for i, word := range short {
		if bare := strings.TrimLeft(word, "0"); onlyDigits(word) == word && bare != "" {
			short[i] = bare
		}
	}
	add(short)
	add(joined(words))
	if whole := strings.Join(words, ""); strings.ContainsAny(whole, "0123456789") {
		add([]string{whole})
		if digits := onlyDigits(whole); digits == whole {
			add([]string{national(digits)})
		}
	}
	return out
}

// joined puts a word that begins a name together with the next one.
func joined(words []string) []string {
	var out []string
	for i := 0; i < len(words); i++ {
		word := words[i]
		for particle(words[i]) && i+1 < len(words) {
			i++
			word += words[i]
		}
		out = append(out, word)
	}
	return out
}

// particle says whether a word begins a name that people also write in one word.
func particle(word string) bool {
	return strings.Contains("\n"+particles, "\n"+word+"\n")
}

// split folds a text and cuts it into words of letters and digits.
func split(text string) []string {
	words := strings.FieldsFunc(db.Fold(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for i, word := range words {
		words[i] = bounded(strings.Map(plainLetter, word))
	}
	return words
}

// plainLetter makes one letter of those that are typed for each other, and one digit
// of the Arabic and the European one.
func plainLetter(r rune) rune {
	switch r {
	case 'ى':
		return 'ي'
	case 'ة':
		return 'ه'
	}
	switch {
	case r >= '٠' && r <= '٩':
		return r - '٠' + '0'
	case r >= '۰' && r <= '۹':
		return r - '۰' + '0'
	}
	return r
}

// bounded cuts a word to termMax bytes, between two letters.
func bounded(word string) string {
	if len(word) <= termMax {
		return word
	}
	return strings.ToValidUTF8(word[:termMax], "")
}

func onlyDigits(text string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
}

// national turns the digits of a Moroccan number with its country into those that are
// dialled in the country; others stay.
func national(digits string) string {
	digits = strings.TrimPrefix(digits, "00")
	if rest, ok := strings.CutPrefix(digits, "212"); ok && len(rest) >= phoneMin {
		return "0" + strings.TrimPrefix(rest, "0")
	}
	return digits
}

// tidy drops empty and repeated words.
func tidy(words []string) []string {
	var out []string
	for _, word := range words {
		if word = bounded(word); word != "" && !slices.Contains(out, word) {
			out = append(out, word)
		}
	}
	return out
}
