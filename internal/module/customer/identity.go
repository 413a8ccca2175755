package customer

import (
	_ "embed"
	"strings"

	"wasl/internal/kernel/fault"
)

// banks are the codes of banks that are known, one a line with the name: public lists
// contradict each other, so another code is only pointed out.
//
//go:embed banks.txt
var banks string

// Lengths of identity numbers.
const (
	cinLettersMax = 2
	cinDigitsMax  = 6
	iceLength     = 15
	ribLength     = 24
	bankLength    = 3
	ribModulus    = 97
)

// compact takes spaces, dots and dashes out of a number and makes its letters capitals.
func compact(number string) string {
	return strings.ToUpper(strings.Map(func(r rune) rune {
		if strings.ContainsRune(" .-\u00a0\u202f", r) {
			return -1
		}
		return r
	}, number))
}

// validCIN says whether a text has the shape of an identity card number: one or two
// letters and up to six digits.
func validCIN(cin string) bool {
	digits := strings.TrimLeft(cin, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
	letters := len(cin) - len(digits)
	return letters >= 1 && letters <= cinLettersMax && digits != "" && len(digits) <= cinDigitsMax && onlyDigits(digits)
}

func onlyDigits(text string) bool { return strings.Trim(text, "0123456789") == "" }

// RIBKey computes the two digits that end a RIB out of the 22 before them: 97 less the
// remainder of a hundred times those by 97. It gives an empty text for anything else.
func RIBKey(first22 string) string {
	if len(first22) != ribLength-2 || !onlyDigits(first22) {
		return ""
	}
	key := ribModulus - remainder(first22+"00")
	return string([]byte{byte('0' + key/10), byte('0' + key%10)})
}

// remainder is that of a number of any length by 97.
func remainder(digits string) int {
	rest := 0
	for _, d := range digits {
		rest = (rest*10 + int(d-'0')) % ribModulus
	}
	return rest
}

// validRIB says whether a RIB has 24 digits of which the last two are its key.
func validRIB(rib string) bool {
	return len(rib) == ribLength && onlyDigits(rib) && rib[ribLength-2:] == RIBKey(rib[:ribLength-2])
}

// bankOf gives the name of the bank of a RIB; empty when its code is not known.
func bankOf(rib string) string {
	if len(rib) < bankLength {
		return ""
	}
	for line := range strings.Lines(banks) {
		if code, name, _ := strings.Cut(strings.TrimSpace(line), " "); code == rib[:bankLength] {
			return name
		}
	}
	return ""
}

// identity are the numbers of a person or body, as typed.
type identity struct{ cin, ice, rib *string }

// check puts the numbers in their form and says which are wrong. What is absent stays.
func (i identity) check() (faults []fault.Field) {
	for _, n := range []struct {
		value      *string
		path, code string
		valid      func(string) bool
	}{
		{i.cin, "cin", "customer.cin", validCIN},
		{i.ice, "ice", "customer.ice", func(s string) bool { return len(s) == iceLength && onlyDigits(s) }},
		{i.rib, "rib", "customer.rib", validRIB},
	} {
		if n.value == nil {
			continue
		}
		if *n.value = compact(*n.value); *n.value != "" && !n.valid(*n.value) {
			faults = append(faults, fault.Field{Path: n.path, Code: n.code})
		}
	}
	return faults
}

// missing are the fields without which a customer who pays from a public budget cannot
// be billed.
func (p PublicDebtor) missing() (faults []fault.Field) {
	for _, f := range [][2]string{
		{"ministry", p.Ministry},
		{"authorising_officer", p.AuthorisingOfficer},
		{"public_accountant", p.PublicAccountant},
		{"budget_line", p.BudgetLine},
	} {
		if f[1] == "" {
			faults = append(faults, fault.Field{Path: f[0], Code: "customer.public_required"})
		}
	}
	return faults
}
