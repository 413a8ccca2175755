package collection

import (
	"net/url"
	"testing"
)

// The page has a field for each part of a means; the operation takes one line for each.
func TestTakeInput(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		in   url.Values
		want string
	}{
		{
			"cash takes what is due",
			url.Values{
				"t1_kind": {"cash"}, "t1_amount": {""}, "accounts": {"7", "7", "8"}, "items": {"11", "12"}, "given": {"200"}, "surplus": {"refuse"}, "_key": {"k"},
			},
			"accounts=7&accounts=8&given=200&items=11&items=12&surplus=refuse&tenders=cash%3B%3B%3B%3B",
		},
		{
			"a cheque and cash",
			url.Values{
				"t1_kind": {"cheque"}, "t1_amount": {" 100,50 "}, "t1_reference": {"42"}, "t1_bank": {"A;B"}, "t1_drawer": {"X"}, "t2_kind": {"cash"},
				"t2_amount": {"5"}, "t3_kind": {"card"}, "t3_amount": {""}, "customer": {"3"},
			},
			"customer=3&tenders=cheque%3B100%2C50%3B42%3BA%2CB%3BX&tenders=cash%3B5%3B%3B%3B",
		},
		{"no kind", url.Values{"t2_amount": {"5"}}, ""},
	} {
		if got := takeInput(c.in).Encode(); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// 3 notes of 200, 1 of 20 and 7 coins of 0,20 are 621,40.
func TestCloseInput(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, want string }{
		{"id=9&n_20000=3&n_2000=1&n_20=7&n_5=&counted=", "counted=621.40&id=9"},
		{"id=9&n_20000=3&counted=600,05&reason=manque", "counted=600%2C05&id=9&reason=manque"},
		{"id=9&n_100=0", "counted=0.00&id=9"},
		{"id=9&n_20000=trois", "counted=trois&id=9"},
		{"id=9&n_20000=-1", "counted=-1&id=9"},
		{"id=9", "id=9"},
	} {
		in, err := url.ParseQuery(c.in)
		if err != nil {
			t.Fatal(err)
		}
		if got := closeInput(in).Encode(); got != c.want {
			t.Errorf("%s: %s, want %s", c.in, got, c.want)
		}
	}
}
