package access

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// folded makes a text comparable on both engines: no accents, lower case, single
// spaces.
func folded(s string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(s) {
		if !unicode.Is(unicode.Mn, r) {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// foldLogin is the form under which a login is stored and looked up.
func foldLogin(s string) string { return strings.ToLower(strings.TrimSpace(norm.NFC.String(s))) }

// likePattern finds a folded text anywhere; the escape character is a backslash.
func likePattern(s string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(folded(s)) + "%"
}
