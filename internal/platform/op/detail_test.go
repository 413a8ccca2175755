package op

import (
	"encoding/json"
	"testing"
)

// The detail written by hand is the JSON of Detail, byte for byte: digests of rows
// already sealed depend on it.
func TestDetailIsItsJSON(t *testing.T) {
	t.Parallel()
	changes := []Change{{Kind: "unit", ID: 7, Label: `C1 <Béni> & "Mellal"`, Before: map[string]any{"name": "a\u2028b"}, After: map[string]any{"name": nil, "on": json.Number("3")}}}
	for _, input := range []string{``, `{}`, `{"name":"\u003cb\u003e","n":12,"list":["a","b"]}`} {
		for _, given := range [][]Change{nil, changes, append(changes, changes...)} {
			want, err := json.Marshal(Detail{Input: json.RawMessage(input), Changes: given})
			if err != nil {
				t.Fatal(err)
			}
			got, err := detailOf([]byte(input), given)
			if err != nil || string(got) != string(want) {
				t.Errorf("%s, %v\nwant %s", got, err, want)
			}
		}
	}
}
