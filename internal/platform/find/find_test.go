package find

import (
	"slices"
	"strings"
	"testing"
)

func TestWords(t *testing.T) {
	t.Parallel()
	cases := []struct{ text, want string }{
		{"Élise  Ben-Ali", "elise ben ali benali"},
		{"El Alaoui", "el alaoui elalaoui"},
		{"BENALI, Mohammed", "benali mohammed"},
		{"فاطمة العلوي", "فاطمه العلوي علوي"},
		{"يحيى", "يحيي"},
		{"Sté. de l’Oued n° 12", "ste de l oued n 12"},
		{"  ", ""},
		{"Ali ali ALI", "ali"},
	}
	for _, c := range cases {
		if got := strings.Join(Words(c.text), " "); got != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
	if long := Words(strings.Repeat("é", 100) + strings.Repeat("ي", 30)); len(long) != 1 || len(long[0]) > termMax || !strings.HasPrefix(long[0], "eeee") {
		t.Errorf("%q", long)
	}
}

func TestCodeAndPhone(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{
		"C-0000123": "c0000123 123", "BE 45678": "be45678 45678", "0007": "0007", "": "", "A": "a", "train_Client_0": "trainclient0", "12": "12",
	} {
		if got := strings.Join(Code(code), " "); got != want {
			t.Errorf("%q: %q, want %q", code, got, want)
		}
	}
	for number, want := range map[string]string{
		"+212 6 12 34 56 78": "0612345678", "06.12.34.56.78": "0612345678", "00212612345678": "0612345678", "+212(0)612345678": "0612345678",
		"+33 1 23 45 67 89": "33123456789", "": "",
	} {
		if got := strings.Join(Phone(number), " "); got != want {
			t.Errorf("%q: %q, want %q", number, got, want)
		}
	}
}

func TestAlternatives(t *testing.T) {
	t.Parallel()
	cases := []struct {
		text string
		want []string
	}{
		{"", nil},
		{" ;- ", nil},
		{"alaoui moh", []string{"alaoui moh"}},
		{"Ben Ali", []string{"ben ali", "benali"}},
		{"c-0000123", []string{"c 0000123", "c 123", "c0000123"}},
		{"06 12 34", []string{"06 12 34", "6 12 34", "061234"}},
		{"+212 612 345", []string{"212 612 345", "212612345", "0612345"}},
		{"a b c d e f g h i j", []string{"a b c d e f g h"}},
		{"٠٦١٢", []string{"0612", "612"}},
	}
	for _, c := range cases {
		var got []string
		for _, words := range alternatives(c.text) {
			got = append(got, strings.Join(words, " "))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}
