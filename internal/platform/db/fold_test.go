package db

import (
	"testing"

	"pgregory.net/rapid"
)

func TestFold(t *testing.T) {
	t.Parallel()
	cases := map[string]string{
		"":                         "",
		"  Élève   ÉTÉ \t\n":       "eleve ete",
		"Œuvre Ægir":               "oeuvre aegir",
		"AÏT MELLOUL":              "ait melloul",
		"l’Agdal":                  "l'agdal",
		"Straße ﬁn":                "strasse fin",
		"É (décomposé)":            "e (decompose)",
		"مُحَمَّد":                 "محمد",
		"أكادير":                   "اكادير",
		"محـــمد":                  "محمد",
		"a\u00a0b\u202fc":          "a b c",
		"N° 12-A":                  "n° 12-a",
		"bad \xff byte":            "bad byte",
		"İstanbul ılgaz Łódź Đà Ø": "istanbul ilgaz lodz da o",
	}
	for in, want := range cases {
		if got := Fold(in); got != want {
			t.Errorf("Fold(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestFoldIsIdempotent(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		if once := Fold(s); Fold(once) != once {
			t.Fatalf("Fold(%q) = %q, then %q", s, once, Fold(once))
		}
	})
}

func TestLike(t *testing.T) {
	t.Parallel()
	if got := Like(`50%_a\b`); got != `50\%\_a\\b` {
		t.Fatal(got)
	}
}
