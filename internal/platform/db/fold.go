package db

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Fold gives the form of a text kept in search columns and searched for: lower
// case, without accents nor Arabic vowel signs, ligatures opened, runs of
// spaces made one, none at the ends. The engines' own lower() only knows ASCII
// on one of them. Fold of a folded text is itself.
func Fold(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	space := false
	for _, r := range norm.NFKD.String(strings.ToValidUTF8(s, "")) {
		switch {
		case unicode.Is(unicode.Mn, r):
			continue
		case unicode.IsSpace(r) || unicode.IsControl(r):
			space = true
			continue
		}
		if space && b.Len() > 0 {
			b.WriteByte(' ')
		}
		space = false
		b.WriteString(foldRune(unicode.ToLower(r)))
	}
	return b.String()
}

// foldRune opens the letters that Unicode does not decompose.
func foldRune(r rune) string {
	switch r {
	case 'œ':
		return "oe"
	case 'æ':
		return "ae"
	case 'ø':
		return "o"
	case 'đ':
		return "d"
	case 'ł':
		return "l"
	case 'ı':
		return "i"
	case 'ß':
		return "ss"
	case '’', 'ʼ', '‘':
		return "'"
	case 'ـ': // Arabic tatweel stretches a word and means nothing
		return ""
	}
	return string(r)
}

// Like escapes what a LIKE pattern would read as a wildcard. Write the pattern
// as Like(s) + "%" and the condition as: column LIKE $1 ESCAPE '\'. The escape
// must be said: PostgreSQL has one by default and SQLite none.
func Like(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s)
}
