package org

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
)

// The rule table, written out: every pair of kinds.
func TestMayHang(t *testing.T) {
	t.Parallel()
	allowed := map[[2]Kind]bool{
		{Region, Central}:       true,
		{AgencyService, Region}: true, {AgencyMixed, Region}: true, {Centre, Region}: true,
		{Centre, AgencyService}: true, {Centre, AgencyMixed}: true,
		{Annex, Centre}: true, {Annex, AgencyService}: true, {Annex, AgencyMixed}: true,
	}
	for _, child := range Kind("").EnumValues() {
		for _, parent := range Kind("").EnumValues() {
			if got, want := MayHang(Kind(child), Kind(parent)), allowed[[2]Kind{Kind(child), Kind(parent)}]; got != want {
				t.Errorf("%s under %s: %v, want %v", child, parent, got, want)
			}
		}
	}
}

func TestStateOn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		opened, closed, on string
		want               State
	}{
		{"2020-01-01", "", "2019-12-31", Future},
		{"2020-01-01", "", "2020-01-01", Open},
		{"2020-01-01", "2021-01-01", "2020-12-31", Open},
		{"2020-01-01", "2021-01-01", "2021-01-01", Closed},
	} {
		if got := stateOn(date(t, c.opened), date(t, c.closed), date(t, c.on)); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

// grove is a small tree: top 1; régions 2, 3; agences 4 (under 2), 5 (under 3);
// centre 6 under 4 since 2020; unit 7 under 6 since 2021.
func grove(t testing.TB) *forest {
	t.Helper()
	f := newForest([]*node{{id: 1, kind: Central, opened: Beginning()}})
	for _, n := range []struct {
		id, parent int64
		kind       Kind
		opened     string
	}{
		{2, 1, Region, "2010-01-01"},
		{3, 1, Region, "2010-01-01"},
		{4, 2, AgencyMixed, "2015-01-01"},
		{5, 3, AgencyService, "2015-01-01"},
		{6, 4, Centre, "2020-01-01"},
		{7, 6, Annex, "2021-01-01"},
	} {
		made, err := f.plant(n.id, n.kind, n.parent, date(t, n.opened))
		if err != nil {
			t.Fatal(err)
		}
		f = f.with(made)
	}
	return f
}

func staysOf(n *node) (out []string) {
	for _, s := range n.segs {
		out = append(out, s.from.String()+" "+s.to.String()+" "+string(rune('0'+s.parent)))
	}
	return out
}

func TestMove(t *testing.T) {
	t.Parallel()
	type step struct {
		parent int64
		on     string
	}
	for name, c := range map[string]struct {
		steps []step
		want  []string
	}{
		"once":                 {[]step{{5, "2025-07-01"}}, []string{"2020-01-01 2025-07-01 4", "2025-07-01  5"}},
		"from the first day":   {[]step{{5, "2020-01-01"}}, []string{"2020-01-01  5"}},
		"before a planned one": {[]step{{5, "2027-01-01"}, {3, "2026-01-01"}}, []string{"2020-01-01 2026-01-01 4", "2026-01-01 2027-01-01 3", "2027-01-01  5"}},
		"same day again":       {[]step{{5, "2025-01-01"}, {3, "2025-01-01"}}, []string{"2020-01-01 2025-01-01 4", "2025-01-01  3"}},
		"back on the same day": {[]step{{5, "2025-01-01"}, {4, "2025-01-01"}}, []string{"2020-01-01  4"}},
		"joins the one after":  {[]step{{5, "2025-01-01"}, {5, "2024-01-01"}}, []string{"2020-01-01 2024-01-01 4", "2024-01-01  5"}},
		"there and back":       {[]step{{5, "2022-01-01"}, {4, "2023-01-01"}}, []string{"2020-01-01 2022-01-01 4", "2022-01-01 2023-01-01 5", "2023-01-01  4"}},
		"inside a stay that ends": {
			[]step{{5, "2023-01-01"}, {3, "2021-06-01"}, {5, "2022-01-01"}},
			[]string{"2020-01-01 2021-06-01 4", "2021-06-01 2022-01-01 3", "2022-01-01  5"},
		},
	} {
		f := grove(t)
		for _, s := range c.steps {
			n, err := f.move(6, s.parent, date(t, s.on))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			f = f.with(n)
		}
		if got := staysOf(f.nodes[6]); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	shut := func(f *forest, unit int64, on string) *forest {
		n, err := f.shut(unit, date(t, on))
		if err != nil {
			t.Fatal(err)
		}
		return f.with(n)
	}
	moved := func(f *forest, unit, parent int64, on string) *forest {
		n, err := f.move(unit, parent, date(t, on))
		if err != nil {
			t.Fatal(err)
		}
		return f.with(n)
	}
	today := date(t, "2026-03-16")
	for name, c := range map[string]struct {
		do   func(f *forest) (*node, error)
		code string
	}{
		"move the top":             {func(f *forest) (*node, error) { return f.move(1, 2, today) }, "org.unit.top"},
		"move nobody":              {func(f *forest) (*node, error) { return f.move(99, 2, today) }, "org.unit.unknown"},
		"to nowhere":               {func(f *forest) (*node, error) { return f.move(6, 99, today) }, "org.parent_unknown"},
		"under itself":             {func(f *forest) (*node, error) { return f.move(6, 6, today) }, "org.parent_circle"},
		"under its child":          {func(f *forest) (*node, error) { return f.move(6, 7, today) }, "org.parent_circle"},
		"under a wrong kind":       {func(f *forest) (*node, error) { return f.move(7, 2, today) }, "org.parent_kind"},
		"where it is":              {func(f *forest) (*node, error) { return f.move(6, 4, today) }, "org.unit.already_there"},
		"before its opening":       {func(f *forest) (*node, error) { return f.move(6, 5, date(t, "2019-12-31")) }, "org.unit.not_open_yet"},
		"after its closing":        {func(f *forest) (*node, error) { return shut(f, 7, "2025-01-01").move(7, 5, date(t, "2025-01-01")) }, "org.unit.closed_then"},
		"under a closed one":       {func(f *forest) (*node, error) { return shut(f, 5, "2025-01-01").move(6, 5, date(t, "2024-01-01")) }, "org.parent_closed"},
		"before the parent opens":  {func(f *forest) (*node, error) { return f.plant(8, Centre, 5, date(t, "2014-12-31")) }, "org.parent_not_open"},
		"a second top":             {func(f *forest) (*node, error) { return f.plant(8, Central, 1, today) }, "org.top_exists"},
		"close the top":            {func(f *forest) (*node, error) { return f.shut(1, today) }, "org.unit.top"},
		"close with a child":       {func(f *forest) (*node, error) { return f.shut(6, today) }, "org.unit.has_children"},
		"close with a child later": {func(f *forest) (*node, error) { return moved(f, 6, 5, "2027-01-01").shut(5, today) }, "org.unit.has_children"},
		"close before it opens":    {func(f *forest) (*node, error) { return f.shut(7, date(t, "2021-01-01")) }, "org.unit.closed_before_open"},
		"close twice":              {func(f *forest) (*node, error) { return shut(f, 7, "2025-01-01").shut(7, today) }, "org.unit.closed"},
		"close before a move":      {func(f *forest) (*node, error) { return moved(f, 7, 5, "2027-01-01").shut(7, today) }, "org.unit.move_planned"},
		"reopen an open one":       {func(f *forest) (*node, error) { return f.reopen(7) }, "org.unit.not_closed"},
		"reopen under a closed one": {func(f *forest) (*node, error) {
			return shut(shut(f, 7, "2025-01-01"), 6, "2025-02-01").reopen(7)
		}, "org.parent_closed"},
		"take back a past move": {func(f *forest) (*node, error) {
			return moved(f, 6, 5, "2025-01-01").unmove(6, date(t, "2025-01-01"), today)
		}, "org.move.past"},
		"take back today's move":   {func(f *forest) (*node, error) { return moved(f, 6, 5, "2026-03-16").unmove(6, today, today) }, "org.move.past"},
		"take back no move":        {func(f *forest) (*node, error) { return f.unmove(6, date(t, "2027-01-01"), today) }, "org.move.unknown"},
		"take back the first stay": {func(f *forest) (*node, error) { return f.unmove(6, date(t, "2020-01-01"), today) }, "org.move.unknown"},
		"kind its parent refuses":  {func(f *forest) (*node, error) { return f.retype(4, Annex) }, "org.parent_kind"},
		"kind its child refuses":   {func(f *forest) (*node, error) { return f.retype(6, AgencyMixed) }, "org.parent_kind"},
	} {
		_, err := c.do(grove(t))
		if got := codesOf(err); !slices.Contains(got, c.code) {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
}

// A closed unit keeps its last place and a future one has its first.
func TestPlaceOutsideLife(t *testing.T) {
	t.Parallel()
	f := grove(t)
	n, err := f.move(7, 5, date(t, "2024-01-01"))
	if err != nil {
		t.Fatal(err)
	}
	f = f.with(n)
	if n, err = f.shut(7, date(t, "2025-01-01")); err != nil {
		t.Fatal(err)
	}
	f = f.with(n)
	for _, c := range []struct {
		on   string
		root int64
		want bool
	}{
		{"1950-01-01", 2, true},
		{"1950-01-01", 3, false},
		{"2023-12-31", 6, true},
		{"2024-01-01", 6, false},
		{"2024-01-01", 3, true},
		{"2030-01-01", 3, true},
		{"2030-01-01", 2, false},
		{"2030-01-01", 7, true},
	} {
		if got := f.within(7, c.root, date(t, c.on)); got != c.want {
			t.Errorf("7 below %d on %s: %v", c.root, c.on, got)
		}
	}
	if f.within(99, 1, date(t, "2024-01-01")) || f.within(7, 99, date(t, "2024-01-01")) || f.within(99, 99, date(t, "2024-01-01")) {
		t.Error("a unit that does not exist lies somewhere")
	}
}

// naive is the organisation as a table of days: for every unit, day by day, its
// parent and whether it is open. Days are numbered from 0.
type naive struct {
	kind   map[int64]Kind
	parent map[int64][]int64
	open   map[int64][]bool
}

const naiveDays = 40

func (m *naive) add(id int64, kind Kind, parent int64, from int) bool {
	if kind == Central || !MayHang(kind, m.kind[parent]) {
		return false
	}
	for d := from; d < naiveDays; d++ {
		if !m.open[parent][d] {
			return false
		}
	}
	m.kind[id], m.parent[id], m.open[id] = kind, make([]int64, naiveDays), make([]bool, naiveDays)
	for d := range naiveDays {
		m.parent[id][d], m.open[id][d] = parent, d >= from
	}
	return true
}

func (m *naive) move(id, parent int64, from int) bool {
	if m.kind[id] == Central || !m.open[id][from] || m.parent[id][from] == parent || !MayHang(m.kind[id], m.kind[parent]) {
		return false
	}
	old, end := m.parent[id][from], from
	for end < naiveDays && m.parent[id][end] == old && m.open[id][end] {
		if !m.open[parent][end] {
			return false
		}
		end++
	}
	// Before its life a unit has its first place, after it its last one.
	first := from == 0 || !m.open[id][from-1]
	last := end < naiveDays && !m.open[id][end]
	for d := range naiveDays {
		if d >= from && d < end || first && d < from || last && d >= end {
			m.parent[id][d] = parent
		}
	}
	return true
}

func (m *naive) shut(id int64, on int) bool {
	if m.kind[id] == Central || on == 0 || !m.open[id][on-1] || !m.open[id][naiveDays-1] {
		return false
	}
	for d := on; d < naiveDays; d++ {
		if m.parent[id][d] != m.parent[id][on-1] {
			return false
		}
		for child := range m.kind {
			if m.open[child][d] && m.parent[child][d] == id {
				return false
			}
		}
	}
	for d := on; d < naiveDays; d++ {
		m.open[id][d] = false
	}
	return true
}

func (m *naive) reopen(id int64) bool {
	if m.kind[id] == Central || m.open[id][naiveDays-1] {
		return false
	}
	last := naiveDays - 1
	for last >= 0 && !m.open[id][last] {
		last--
	}
	for d := last + 1; d < naiveDays; d++ {
		if !m.open[m.parent[id][last]][d] {
			return false
		}
	}
	for d := last + 1; d < naiveDays; d++ {
		m.open[id][d] = true
	}
	return true
}

func (m *naive) within(id, root int64, on int) bool {
	for id != 0 {
		if id == root {
			return true
		}
		id = m.parent[id][on]
	}
	return false
}

// Random lives of an organisation: the forest and the table of days accept and
// refuse the same changes and place every unit the same on every day; the
// closure says the same again.
func TestForestModel(t *testing.T) {
	t.Parallel()
	zero := date(t, "2026-01-01")
	rapid.Check(t, func(t *rapid.T) {
		m := &naive{kind: map[int64]Kind{1: Central}, parent: map[int64][]int64{1: make([]int64, naiveDays)}, open: map[int64][]bool{1: make([]bool, naiveDays)}}
		for d := range naiveDays {
			m.open[1][d] = true
		}
		f := newForest([]*node{{id: 1, kind: Central, opened: Beginning()}})
		kinds := []Kind{Region, AgencyService, AgencyMixed, Centre, Annex}
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			f = randomStep(t, f, m, kinds, zero)
		}
		compare(t, f, m, zero)
	})
}

func randomStep(t *rapid.T, f *forest, m *naive, kinds []Kind, zero day.Date) *forest {
	count := int64(len(m.kind))
	pick := func(name string) int64 { return rapid.Int64Range(1, count).Draw(t, name) }
	on := rapid.IntRange(1, naiveDays-1).Draw(t, "day")
	var n *node
	var err error
	var want bool
	switch rapid.IntRange(0, 6).Draw(t, "verb") {
	case 0, 1, 2:
		kind, parent := rapid.SampledFrom(kinds).Draw(t, "kind"), pick("parent")
		want = m.add(count+1, kind, parent, on)
		n, err = f.plant(count+1, kind, parent, zero.AddDays(on))
	case 3, 4:
		unit, parent := pick("unit"), pick("parent")
		want = m.move(unit, parent, on)
		n, err = f.move(unit, parent, zero.AddDays(on))
	case 5:
		unit := pick("unit")
		want = m.shut(unit, on)
		n, err = f.shut(unit, zero.AddDays(on))
	default:
		unit := pick("unit")
		want = m.reopen(unit)
		n, err = f.reopen(unit)
	}
	if (err == nil) != want {
		t.Fatalf("forest says %v, the table %v", err, want)
	}
	if err != nil {
		if fault.KindOf(err) == fault.Internal {
			t.Fatal(err)
		}
		return f
	}
	return f.with(n)
}

func compare(t *rapid.T, f *forest, m *naive, zero day.Date) {
	c := f.closures()
	for id := range m.kind {
		for d := range naiveDays {
			on := zero.AddDays(d)
			if got := stateOn(f.nodes[id].opened, f.nodes[id].closed, on) == Open; got != m.open[id][d] {
				t.Fatalf("%d open on day %d: %v", id, d, got)
			}
			for root := range m.kind {
				want := m.within(id, root, d)
				if got := f.within(id, root, on); got != want {
					t.Fatalf("%d below %d on day %d: %v, want %v", id, root, d, got, want)
				}
				rows := slices.DeleteFunc(slices.Clone(c.of(id)), func(r reach) bool {
					return r.ancestor != root || on.Before(r.from) || !r.to.IsZero() && !on.Before(r.to)
				})
				if (len(rows) == 1) != want || len(rows) > 1 {
					t.Fatalf("closure of %d for %d on day %d: %v, want %v", id, root, d, rows, want)
				}
			}
		}
	}
}
