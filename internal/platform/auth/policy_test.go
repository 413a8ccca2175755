package auth

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"wasl/internal/kernel/fault"
)

func codes(faults []fault.Field) []string {
	var list []string
	for _, f := range faults {
		list = append(list, f.Code)
	}
	return list
}

func TestCheckPassword(t *testing.T) {
	t.Parallel()
	names := []string{"a.benali", "Amina Ben Ali El-Fassi"}
	for _, c := range []struct {
		password string
		want     []string
	}{
		{"le vent souffle au sud", nil},
		{"مطر على الجبل البعيد", nil},
		{"Zx9!kLm2@pQw", nil},
		{"", []string{CodePasswordTooShort, CodePasswordSimple}},
		{"vent du sud", []string{CodePasswordTooShort}},
		{"vent du sud!", nil},
		{"éèàùçôîûëïüâ", nil},
		{"qwertyuiop123", []string{CodePasswordCommon}},
		{"QwertyUiop123", []string{CodePasswordCommon}},
		{"MotDePasse2026!", []string{CodePasswordCommon}},
		{"2026 électricité", []string{CodePasswordCommon}},
		{"sesamesesame", []string{CodePasswordCommon}},
		{"123456789012", []string{CodePasswordCommon}},
		{"aaaaaaaaaaaaaa", []string{CodePasswordSimple}},
		{"abababcdabab", []string{CodePasswordSimple}},
		{"kx9-hgfedcba-", []string{CodePasswordSimple}},
		{"kx9-23456789-", []string{CodePasswordSimple}},
		{"kx9-2345678-vq", nil},
		{"le fassi du sud", []string{CodePasswordName}},
		{"vive AMINA 33 vq", []string{CodePasswordName}},
		{"x.a.bénali.y-12", []string{CodePasswordName}},
		{"benjoin et alizé", nil},
		{"vent du sud\x00long", []string{CodePasswordText}},
		{"vent du sud\nlong", []string{CodePasswordText}},
		{"vent du sud\xfflong", []string{CodePasswordText}},
		{"benali", []string{CodePasswordTooShort, CodePasswordName}},
	} {
		if got := codes(CheckPassword("password", c.password, names...)); !slices.Equal(got, c.want) {
			t.Errorf("CheckPassword(%q) = %v; want %v", c.password, got, c.want)
		}
	}
}

func TestCheckPasswordLength(t *testing.T) {
	t.Parallel()
	const unit = "kéwq7 zvxi-m"
	long := strings.Repeat(unit, 11)
	for _, c := range []struct {
		chars int
		want  []string
	}{
		{11, []string{CodePasswordTooShort}},
		{12, nil},
		{128, nil},
		{129, []string{CodePasswordTooLong}},
	} {
		password := string([]rune(long)[:c.chars])
		for _, form := range []string{norm.NFC.String(password), norm.NFD.String(password)} {
			if got := codes(CheckPassword("p", form)); !slices.Equal(got, c.want) {
				t.Errorf("%d characters (%d bytes): %v; want %v", c.chars, len(form), got, c.want)
			}
		}
	}
	got := CheckPassword("new", strings.Repeat("x", PasswordBytesMax+1))
	if len(got) != 1 || got[0].Path != "new" || got[0].Code != CodePasswordTooLong || got[0].Args["max"] != 128 {
		t.Errorf("over the bound in bytes: %+v", got)
	}
}

// Whatever is accepted can be hashed, has an accepted length and holds no name;
// whatever is refused says why at the field.
func TestCheckPasswordProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		password := rapid.String().Draw(t, "password")
		name := rapid.StringMatching(`[a-z]{4,8}`).Draw(t, "name")
		for _, f := range CheckPassword("field", password, name) {
			if f.Path != "field" || f.Code == "" {
				t.Fatalf("fault %+v", f)
			}
		}
		if len(CheckPassword("field", password+name, name)) == 0 {
			t.Fatalf("%q holds the name %q and is accepted", password+name, name)
		}
		if len(CheckPassword("field", password)) == 0 {
			if n := utf8.RuneCountInString(norm.NFC.String(password)); n < 12 || n > 128 || len(password) > 512 {
				t.Fatalf("%q has %d characters", password, n)
			}
		}
	})
}

// The list is read folded; a line that is not could never match.
func TestCommonListIsFolded(t *testing.T) {
	t.Parallel()
	count, seen := 0, map[string]bool{}
	for line := range strings.Lines(commonText) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(line, "#") {
			continue
		}
		count++
		if line == "" || fold(line) != line || strings.TrimSpace(line) != line || seen[line] {
			t.Errorf("line %q is empty, twice there or not folded", line)
		}
		seen[line] = true
		if !isCommon(line) {
			t.Errorf("%q is not found", line)
		}
	}
	if count < 100 {
		t.Errorf("%d passwords are listed; want at least 100", count)
	}
}
