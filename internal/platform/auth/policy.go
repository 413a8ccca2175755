package auth

import (
	_ "embed" // the list of the commonest passwords
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"wasl/internal/kernel/fault"
)

// Limits of a password. There is no rule on which characters it must mix:
// length and the refusal of what is tried first protect better (NIST SP
// 800-63B).
const (
	// PasswordCharsMin is the shortest password, in characters after NFC.
	PasswordCharsMin = 12
	// PasswordCharsMax is the longest password, in characters after NFC.
	PasswordCharsMax = 128
	// PasswordBytesMax is the largest text looked at, in bytes.
	PasswordBytesMax = 4 * PasswordCharsMax
)

const (
	// passwordDistinctMin is the least number of different characters.
	passwordDistinctMin = 5
	// passwordNameMin is the shortest part of a name that is looked for; shorter
	// ones appear in ordinary words by chance.
	passwordNameMin = 4
	// passwordRunMax is how many steps up or down (1234, edcba) may follow each other.
	passwordRunMax = 7
)

//go:embed common.txt
var commonText string

// CheckPassword gives the faults of a new password, all at once, as faults of
// the field path; empty when it is accepted. names are the login and the
// person's names, which the password may not contain.
func CheckPassword(path, password string, names ...string) []fault.Field {
	if len(password) > PasswordBytesMax {
		return []fault.Field{{Path: path, Code: CodePasswordTooLong, Args: fault.Args{"max": PasswordCharsMax}}}
	}
	if !readable(password) {
		return []fault.Field{{Path: path, Code: CodePasswordText}}
	}
	text := norm.NFC.String(password)
	count := utf8.RuneCountInString(text)
	var faults []fault.Field
	add := func(wrong bool, code string, args fault.Args) {
		if wrong {
			faults = append(faults, fault.Field{Path: path, Code: code, Args: args})
		}
	}
	add(count < PasswordCharsMin, CodePasswordTooShort, fault.Args{"min": PasswordCharsMin})
	add(count > PasswordCharsMax, CodePasswordTooLong, fault.Args{"max": PasswordCharsMax})
	folded := fold(text)
	common := isCommon(folded)
	add(common, CodePasswordCommon, nil)
	add(!common && isSimple(folded), CodePasswordSimple, nil)
	add(containsName(folded, names), CodePasswordName, nil)
	return faults
}

// readable accepts UTF-8 without control characters; spaces are welcome.
func readable(password string) bool {
	return utf8.ValidString(password) && !strings.ContainsFunc(password, unicode.IsControl)
}

// fold removes case and accents, for comparisons only: "Été" and "ete" are one
// guess.
func fold(text string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(text) {
		if !unicode.Is(unicode.Mn, r) {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

// isCommon says whether the password is a listed one, alone, repeated, or with
// nothing but digits, signs and spaces around it.
func isCommon(folded string) bool {
	core := strings.TrimFunc(folded, func(r rune) bool { return !unicode.IsLetter(r) })
	for listed := range strings.Lines(commonText) {
		listed = strings.TrimSpace(listed)
		if listed == "" || strings.HasPrefix(listed, "#") {
			continue
		}
		if folded == listed || core == listed || isRepetition(folded, listed) {
			return true
		}
	}
	return false
}

// isRepetition says whether text is unit written two or more times.
func isRepetition(text, unit string) bool {
	return len(text) > len(unit) && strings.ReplaceAll(text, unit, "") == ""
}

// isSimple finds passwords of very few characters and long runs such as
// 0123456789 or zyxwvuts.
func isSimple(folded string) bool {
	runes := []rune(folded)
	distinct := slices.Clone(runes)
	slices.Sort(distinct)
	if len(slices.Compact(distinct)) < passwordDistinctMin {
		return true
	}
	run, last := 0, rune(0)
	for i := 1; i < len(runes); i++ {
		step := runes[i] - runes[i-1]
		switch {
		case step != 1 && step != -1:
			run = 0
		case step == last:
			run++
		default:
			run = 1
		}
		last = step
		if run >= passwordRunMax {
			return true
		}
	}
	return false
}

// containsName looks for the login and each word of the names.
func containsName(folded string, names []string) bool {
	for _, name := range names {
		name = fold(name)
		words := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		for _, word := range append(words, strings.TrimSpace(name)) {
			if utf8.RuneCountInString(word) >= passwordNameMin && strings.Contains(folded, word) {
				return true
			}
		}
	}
	return false
}
