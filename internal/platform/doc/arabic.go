package doc

import (
	"slices"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/bidi"
	"golang.org/x/text/unicode/norm"
)

// forms are the shapes of a letter: alone, at the end, at the beginning, in the middle
// of a joined row. Letters with two shapes do not join what follows.
type forms []rune

// Blocks of Unicode that hold the joined forms of Arabic letters, always in the order
// alone, end, beginning, middle.
const (
	formsAFirst, formsALast = 0xfb50, 0xfbff
	formsBFirst, formsBLast = 0xfe80, 0xfefc
	lam                     = 0x644
	arabicFirst, arabicLast = 0x600, 0x6ff
)

// arabicForms reads the shapes of each letter from what Unicode says each joined form
// stands for; a key is the letter, or lam and the alef that follows it.
var arabicForms = sync.OnceValue(func() map[[2]rune]forms {
	out := map[[2]rune]forms{}
	read := func(first, last rune) {
		for r := first; r <= last; r++ {
			base := []rune(norm.NFKC.String(string(r)))
			if len(base) == 0 || len(base) > 2 || base[0] == r || base[0] == ' ' {
				continue
			}
			key := [2]rune{base[0]}
			copy(key[:], base)
			out[key] = append(out[key], r)
		}
	}
	read(formsBFirst, formsBLast)
	read(formsAFirst, formsALast)
	return out
})

// Places of a shape.
const (
	alone = iota
	atEnd
	atBeginning
	inMiddle
)

// shaped chooses the joined forms of the Arabic letters of a text, which stays in the
// order of reading. Vowel signs are left out: without the tables of a font they would
// stand beside their letters.
func shaped(s []rune) []rune {
	all := arabicForms()
	s = slices.DeleteFunc(slices.Clone(s), func(r rune) bool { return r >= arabicFirst && r <= arabicLast && unicode.Is(unicode.Mn, r) })
	out := make([]rune, 0, len(s))
	joined := false // the letter before reaches this one
	for i := 0; i < len(s); i++ {
		shapes, step := all[[2]rune{s[i]}], 1
		if s[i] == lam && i+1 < len(s) {
			if both := all[[2]rune{lam, s[i+1]}]; both != nil {
				shapes, step = both, 2
			}
		}
		if len(shapes) == 0 {
			out, joined = append(out, s[i]), s[i] == tatweel
			continue
		}
		reaches := len(shapes) > atBeginning && i+step < len(s) && joins(all, s[i+step:])
		place := alone
		switch {
		case joined && reaches && len(shapes) > inMiddle:
			place = inMiddle
		case reaches:
			place = atBeginning
		case joined && len(shapes) > atEnd:
			place = atEnd
		}
		out = append(out, shapes[place])
		joined = reaches
		i += step - 1
	}
	return out
}

// tatweel stretches a joined row.
const tatweel = 0x640

// joins says whether the first letter of a text takes the hand of the one before.
func joins(all map[[2]rune]forms, rest []rune) bool {
	return rest[0] == tatweel || len(all[[2]rune{rest[0]}]) > atEnd
}

// visual is a text in the order in which it is set from left to right, with its Arabic
// letters joined. Texts without Arabic come back as they are.
func visual(s string) string {
	if !hasArabic(s) {
		return s
	}
	var p bidi.Paragraph
	if _, err := p.SetString(s); err != nil {
		return s
	}
	order, err := p.Order()
	if err != nil {
		return s
	}
	// The runs come in the order of reading: a line that begins with Arabic is set from
	// its end.
	runs := make([][]rune, order.NumRuns())
	for i := range runs {
		run := order.Run(i)
		runs[i] = []rune(run.String())
		if run.Direction() == bidi.RightToLeft {
			runs[i] = mirrored(shaped(runs[i]))
		}
	}
	if !p.IsLeftToRight() {
		slices.Reverse(runs)
	}
	return string(slices.Concat(runs...))
}

// mirrored turns a run around, brackets included.
func mirrored(s []rune) []rune {
	slices.Reverse(s)
	for i, r := range s {
		switch r {
		case '(':
			s[i] = ')'
		case ')':
			s[i] = '('
		}
	}
	return s
}

func hasArabic(s string) bool {
	for _, r := range s {
		if r >= arabicFirst && r <= arabicLast {
			return true
		}
	}
	return false
}
