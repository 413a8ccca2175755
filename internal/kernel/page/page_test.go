package page

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"wasl/internal/kernel/fault"
)

func TestLimit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		asked, want int
		code        string
	}{
		{0, 50, ""}, {1, 1, ""}, {500, 500, ""}, {501, 0, "page.limit"}, {-1, 0, "page.limit"},
	} {
		got, err := Limit(c.asked)
		if got != c.want || fault.CodeOf(err) != c.code {
			t.Errorf("Limit(%d) = %d, %v", c.asked, got, err)
		}
	}
}

func TestCursorRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := Cursor{
			Keys:      rapid.SliceOfN(rapid.StringN(0, 20, 60), 1, KeysMax).Draw(t, "keys"),
			Direction: rapid.SampledFrom([]Direction{Forward, Backward}).Draw(t, "direction"),
		}
		list := rapid.String().Draw(t, "list")
		text := c.Encode(list)
		back, err := Decode(list, text)
		if err != nil || !slices.Equal(back.Keys, c.Keys) || back.Direction != c.Direction {
			t.Fatalf("%v gives %v, %v", c, back, err)
		}
		if _, err := Decode(list+"x", text); fault.CodeOf(err) != "page.cursor" {
			t.Fatalf("a cursor of another list was accepted: %v", err)
		}
		at := rapid.IntRange(0, len(text)-1).Draw(t, "damaged")
		damaged := []byte(text)
		damaged[at] = "AB"[b2i(damaged[at] == 'A')]
		if _, err := Decode(list, string(damaged)); fault.CodeOf(err) != "page.cursor" {
			t.Fatalf("a damaged cursor was accepted: %v", err)
		}
	})
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	signed := func(body string) string {
		return base64.RawURLEncoding.EncodeToString(append(check("l", []byte(body)), body...))
	}
	for _, text := range []string{
		"x", "!!", "AAAAAAAAAA", signed(""), signed("[]"), signed(`{"k":[],"d":"f"}`), signed(`{"k":["a"],"d":"up"}`),
		signed(`{"k":["a","a","a","a","a","a","a","a","a"],"d":"f"}`), strings.Repeat("A", CursorBytesMax+1),
	} {
		if c, err := Decode("l", text); fault.CodeOf(err) != "page.cursor" || fault.KindOf(err) != fault.Invalid || !c.IsZero() {
			t.Errorf("%.40q gives %v, %v", text, c, err)
		}
	}
	if c, err := Decode("l", signed(`{"k":["a"],"d":"f"}`)); err != nil || c.Keys[0] != "a" {
		t.Errorf("a good cursor is refused: %v", err)
	}
	if c, err := Decode("l", ""); err != nil || !c.IsZero() || c.Encode("l") != "" {
		t.Errorf("the start: %v, %v", c, err)
	}
}

// read answers a page of 0..n-1 as a store would: limit+1 rows from the cursor.
func read(t *rapid.T, n, limit int, text string) Page[int] {
	at, err := Decode("numbers", text)
	if err != nil {
		t.Fatal(err)
	}
	from, step := 0, 1
	if !at.IsZero() {
		from, err = strconv.Atoi(at.Keys[0])
		if err != nil {
			t.Fatal(err)
		}
		if at.Direction == Backward {
			step = -1
		}
		from += step
	}
	var rows []int
	for i := from; i >= 0 && i < n && len(rows) <= limit; i += step {
		rows = append(rows, i)
	}
	return Make("numbers", at, limit, rows, func(i int) []string { return []string{strconv.Itoa(i)} })
}

func TestWalkForthAndBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n, limit := rapid.IntRange(0, 40).Draw(t, "rows"), rapid.IntRange(1, 12).Draw(t, "limit")
		var forth []int
		var pages [][]int
		p := read(t, n, limit, "")
		if p.Prev != "" {
			t.Fatal("something before the first page")
		}
		for {
			forth, pages = append(forth, p.Items...), append(pages, p.Items)
			if p.Next == "" {
				break
			}
			p = read(t, n, limit, p.Next)
		}
		for i := range n {
			if i >= len(forth) || forth[i] != i {
				t.Fatalf("walking forward gives %v", forth)
			}
		}
		if len(forth) != n {
			t.Fatalf("%d rows out of %d", len(forth), n)
		}
		for k := len(pages) - 2; k >= 0; k-- {
			p = read(t, n, limit, p.Prev)
			if !slices.Equal(p.Items, pages[k]) || p.Next == "" {
				t.Fatalf("page %d backward is %v, was %v", k, p.Items, pages[k])
			}
		}
		if p.Prev != "" {
			t.Fatal("something before the first page, coming back")
		}
	})
}

func FuzzDecode(f *testing.F) {
	f.Add("l", Cursor{Keys: []string{"2026-11-22", "17"}, Direction: Forward}.Encode("l"))
	f.Add("", "AAAA")
	f.Fuzz(func(t *testing.T, list, text string) {
		c, err := Decode(list, text)
		if err == nil && c.Encode(list) == "" && text != "" {
			t.Fatalf("%q decodes to nothing", text)
		}
	})
}
