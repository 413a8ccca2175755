package customer

import (
	"encoding/json"
	"testing"

	"wasl/internal/kernel/day"
	"wasl/internal/platform/find"
)

func on(t testing.TB, text string) day.Date {
	t.Helper()
	if text == "" {
		return day.Date{}
	}
	d, err := day.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestContractsInTime(t *testing.T) {
	t.Parallel()
	c := Contract{StartsOn: on(t, "2025-03-01"), EndsOn: on(t, "2025-06-01")}
	for date, want := range map[string]ContractState{"2025-02-28": Planned, "2025-03-01": Active, "2025-05-31": Active, "2025-06-01": Ended} {
		if got := c.StateOn(on(t, date)); got != want {
			t.Errorf("%s: %s, want %s", date, got, want)
		}
	}
	for _, o := range []struct {
		starts, ends string
		want         bool
	}{
		{"2025-06-01", "", false},
		{"2025-01-01", "2025-03-01", false},
		{"2025-01-01", "2025-03-02", true},
		{"2025-05-31", "", true},
		{"2025-04-01", "2025-04-02", true},
		{"2025-01-01", "", true},
	} {
		other := Contract{StartsOn: on(t, o.starts), EndsOn: on(t, o.ends)}
		if c.overlaps(other) != o.want || other.overlaps(c) != o.want {
			t.Errorf("%s..%s: overlap is not %v", o.starts, o.ends, o.want)
		}
	}
}

func TestNeighbours(t *testing.T) {
	t.Parallel()
	list := []Contract{
		{Key: Key{ID: 1}, Service: "water"}, {Key: Key{ID: 2}, Service: "sanitation"}, {Key: Key{ID: 3}, Service: "water"}, {Key: Key{ID: 4}, Service: "water"},
	}
	if before, after := neighbours(list, list[2]); before != 1 || after != 4 {
		t.Errorf("around 3: %v, %v", before, after)
	}
	if before, after := neighbours(list, list[1]); before != 0 || after != 0 {
		t.Errorf("around 2: %v, %v", before, after)
	}
}

func TestAttributes(t *testing.T) {
	t.Parallel()
	a, f := ParseAttributes([]string{"meter=single\nuse = 3", "", "class=A B"})
	if f != nil || a != `{"class":"A B","meter":"single","use":"3"}` || a.String() != "class=A B\nmeter=single\nuse=3" {
		t.Fatalf("%v %s %q", f, a, a.String())
	}
	body, err := json.Marshal(a)
	if err != nil || string(body) != string(a) {
		t.Errorf("%s %v", body, err)
	}
	var back Attributes
	if err := json.Unmarshal(body, &back); err != nil || back != a {
		t.Errorf("%s %v", back, err)
	}
	for _, wrong := range []string{"meter", "=x", "Meter=x", "m=", "1a=x", "a b=c"} {
		if _, f := ParseAttributes([]string{wrong}); f == nil || f.Path != "attributes" {
			t.Errorf("%q is taken", wrong)
		}
	}
	if none, f := ParseAttributes([]string{" "}); f != nil || none != "" {
		t.Errorf("%v %q", f, none)
	}
}

// The way of a list is the one that reads fewest rows, worked out by hand for a list of a
// million: in the order of the scope, fifty matches are found after 50 × 10^6 / matches, or at
// the end of the scope.
func TestChoose(t *testing.T) {
	t.Parallel()
	refs := func(n int) find.Match { return find.Match{Few: true, Refs: make([]int64, n)} }
	for _, c := range []struct {
		name  string
		m     find.Match
		scope int64
		want  way
	}{
		{"everything", find.Match{Any: true}, listSize, inOrder},
		{"one record", refs(1), listSize, byText},
		{"nothing", refs(0), listSize, byText},
		{"7 000 of a million: 7 142 rows in order", refs(7_000), listSize, byText},
		{"8 000 of a million: 6 250 rows in order", refs(8_000), listSize, inOrder},
		{"a small centre", find.Match{Any: true}, 300, inOrder},
		{"a common word in a centre", find.Match{}, 4_000, inOrder},
		{"fewer matches than rows of the centre", refs(500), 4_000, byText},
		{"fewer rows of the centre than matches", refs(5_000), 400, inOrder},
	} {
		if got := choose(c.m, c.scope); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}
