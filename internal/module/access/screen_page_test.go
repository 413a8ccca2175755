package access

import (
	"net/http/httptest"
	"slices"
	"testing"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// words are texts that show their keys.
type words struct{ screen.Texts }

func (words) T(key string, _ ...any) string { return key }

func (words) Has(string) bool { return false }

func amount(centimes int64) *money.Amount {
	a := money.Amount(centimes)
	return &a
}

func dayOf(t *testing.T, iso string) (d day.Date) {
	t.Helper()
	if iso == "" {
		return d
	}
	d, err := day.Parse(iso)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func pageView(t *testing.T) *screen.View {
	t.Helper()
	return &screen.View{
		Texts: words{}, Today: dayOf(t, "2026-11-22"), Set: screen.NewSet(), Runner: &op.Runner{Registry: op.NewRegistry()},
		Request: httptest.NewRequest("GET", "/access/matrix", nil),
	}
}

func TestLimitText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		limit *money.Amount
		want  string
	}{
		{nil, ""}, {amount(0), "0"}, {amount(100), "1"}, {amount(1000000), "10" + ui.NarrowSpace + "000"}, {amount(150), "1,50"}, {amount(5), "0,05"},
	} {
		if got := limitText(c.limit); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestGrantStanding(t *testing.T) {
	t.Parallel()
	v := pageView(t)
	for _, c := range []struct{ from, to, want string }{
		{"2026-01-01", "", "page.access.current"},
		{"2026-01-01", "2026-11-21", "page.access.ended"},
		{"2026-01-01", "2026-11-22", "page.access.ends_in"},
		{"2026-01-01", "2026-12-22", "page.access.ends_in"},
		{"2026-01-01", "2026-12-23", "page.access.current"},
		{"2026-11-23", "", "page.access.future"},
	} {
		if got := standing(v, GrantFacts{ValidFrom: dayOf(t, c.from), ValidTo: dayOf(t, c.to)}).Label; got != c.want {
			t.Errorf("from %s to %s: got %s, want %s", c.from, c.to, got, c.want)
		}
	}
}

func TestPlacesOf(t *testing.T) {
	t.Parallel()
	got := placesOf(MyRights{Rights: []MyRight{
		{Right: "a.b.add", Places: []MyPlace{{Unit: 1, Limit: amount(100)}, {Unit: 2}}},
		{Right: "a.b.list", Places: []MyPlace{{Unit: 2}, {Unit: 1}}},
		{Right: "c.d.list", Places: []MyPlace{{Unit: 2}}},
	}})
	if len(got) != 3 || got[0].unit != 2 || !slices.Equal(got[0].rights, []string{"a.b.add", "a.b.list", "c.d.list"}) {
		t.Fatalf("got %d places, the first %+v", len(got), got[0])
	}
	if got[1].limit == got[2].limit {
		t.Error("two ceilings over one unit stand together")
	}
}

// held is a row of the matrix out of rights and the units they hold over.
func held(user op.ID, cells ...MatrixCell) MatrixRow {
	return MatrixRow{User: user, Name: user.String(), Cells: cells}
}

func columnsOf(holders map[string]int64) []MatrixColumn {
	var out []MatrixColumn
	for _, right := range []string{"a.x.add", "a.x.close", "a.x.move", "b.y.add"} {
		out = append(out, MatrixColumn{Right: right, Module: moduleOf(right), Holders: holders[right]})
	}
	return append(out, MatrixColumn{Right: "b.y.add.approve", Module: "b", Approve: true, Holders: holders["b.y.add.approve"]})
}

// TestFolds: rights of a module held by the same people the same way stand in
// one column; those that nobody holds have none.
func TestFolds(t *testing.T) {
	t.Parallel()
	rows := []MatrixRow{
		held(1, MatrixCell{Right: "a.x.add", Unit: 9, Kind: "region"}, MatrixCell{Right: "a.x.close", Unit: 9, Kind: "region"},
			MatrixCell{Right: "b.y.add", Unit: 9}),
		held(2, MatrixCell{Right: "a.x.add", Unit: 8, Limit: amount(500)}, MatrixCell{Right: "a.x.close", Unit: 8, Limit: amount(500)},
			MatrixCell{Right: "b.y.add.approve", Proposal: 77}),
		held(3),
	}
	holders := map[string]int64{"a.x.add": 2, "a.x.close": 2, "b.y.add": 1}
	a := &matrixAsk{v: pageView(t), m: Matrix{Columns: columnsOf(holders), Rows: rows}}
	var got [][]string
	for _, f := range a.folds() {
		got = append(got, f.rights)
	}
	want := [][]string{{"a.x.add", "a.x.close"}, {"b.y.add"}, {"b.y.add.approve"}}
	if !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("got %v, want %v", got, want)
	}
	rows[1].Cells[1].Limit = amount(600)
	if n := len(a.folds()); n != 4 {
		t.Errorf("another ceiling: %d columns, want 4", n)
	}
	a.module = "b"
	if n := len(a.folds()); n != 2 {
		t.Errorf("one module: %d columns, want 2", n)
	}
}

// TestRows: who has nothing in the columns folds into the last line, unless he
// was asked for.
func TestRows(t *testing.T) {
	t.Parallel()
	rows := []MatrixRow{held(1, MatrixCell{Right: "a.x.add", Unit: 9, Kind: "region", Until: dayOf(t, "2026-12-04"), Conflict: true}), held(2), held(3)}
	a := &matrixAsk{v: pageView(t), m: Matrix{Columns: columnsOf(map[string]int64{"a.x.add": 1}), Rows: rows}}
	folds := a.folds()
	got := a.rows(folds)
	if len(got) != 2 || got[1].Label != "page.access.only_reading" || got[1].Sub != "2, 3" {
		t.Fatalf("got %+v", got)
	}
	cell := got[0].Cells[0]
	if cell.Level != 2 || cell.Under != "04/12" || !cell.Conflict || cell.Letter != "letter.unit_kind.region" {
		t.Errorf("cell %+v", cell)
	}
	if a.user = 3; len(a.rows(folds)) != 3 {
		t.Error("the person asked for is folded away")
	}
	if a.text = "x"; len(a.rows(folds)) != 3 || a.rows(folds)[1].Label != "2" {
		t.Error("people found by a search are folded away")
	}
}

func TestPendingCell(t *testing.T) {
	t.Parallel()
	a := &matrixAsk{v: pageView(t)}
	if got := a.cell(MatrixCell{Proposal: 4}); !got.Pending || got.Letter != "" {
		t.Errorf("asked for: %+v", got)
	}
	got := a.cell(MatrixCell{Proposal: 4, Unit: 2, Kind: "centre", Limit: amount(50000), Until: dayOf(t, "2026-12-04")})
	if got.Pending || got.Level != 0 || got.Under != "500" {
		t.Errorf("held already: %+v", got)
	}
}

func TestBrowserOf(t *testing.T) {
	t.Parallel()
	v := pageView(t)
	for agent, want := range map[string]string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36 Edg/120.0": "Edge · Windows",
		"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0":                                                "Firefox · Linux",
		"Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Mobile Safari/537.36":              "Chrome · Android",
		"curl/8.5.0": "page.access.other_browser",
	} {
		if got := browserOf(v, agent); got != want {
			t.Errorf("%s: got %q, want %q", agent, got, want)
		}
	}
}

func TestNoticeHref(t *testing.T) {
	t.Parallel()
	v := pageView(t)
	for link, want := range map[string]string{"/approvals/4": "/approvals/4", "//example.ma": "", "https://example.ma": "", "": ""} {
		if got := noticeHref(v, Notice{Link: link}); got != want {
			t.Errorf("%q: got %q, want %q", link, got, want)
		}
	}
}
