package op

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"strconv"
)

// Lanes say how a list over units is read: each unit is a lane in the order of an index that
// begins with the unit, and the lanes are put together. So a page of one unit, of those of a
// region and of all of them reads little more than it shows, where one statement would read
// and sort everything in the scope, or look for its few rows among all.
type Lanes struct {
	// Table and Column are where the units stand; an index of Table begins with Column.
	Table, Column string
	// Keys are the columns of each order, as Exec.Keyset takes them: their types compare
	// the keys of rows.
	Keys map[string][]string
	// Beside adds a lane of unit 0: rows that belong to the list although their unit does not
	// lie in the scope.
	Beside bool
	// Under are units one of which the lanes lie below, beside the scope; none is any.
	Under []int64
}

const (
	// laneFirst is how many rows of each lane are read at first; a lane that is used up is
	// asked for twice as many, up to laneMax.
	laneFirst, laneMax = 4, 1000
)

// lane is a unit with the rows of it that are waiting, and the place of the first.
type lane[T Keyed] struct {
	unit    int64
	waiting []T
	key     []string
	after   []string
	// ask is how many rows are read next; 0 says that there are no more.
	ask int
}

// Merge reads a list lane by lane. read gives the rows of one unit in the order of the page,
// from its After on and no more than its Limit and one: it does not look at the scope, which
// chooses the lanes.
func Merge[T Keyed](ctx context.Context, x *Exec, l Lanes, read func(y *Exec, unit int64) iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		m, err := openLanes(ctx, x, l, read)
		if err != nil {
			yield(none, err)
			return
		}
		for n := 0; len(m.lanes) > 0 && (x.Page.Limit == 0 || n <= x.Page.Limit); n++ {
			if !yield(m.lanes[0].waiting[0], nil) {
				return
			}
			if err := m.advance(); err != nil {
				yield(none, err)
				return
			}
		}
	}
}

// merge is a list being read: its lanes that have rows, in the order of their first ones.
type merge[T Keyed] struct {
	x     *Exec
	keys  []string
	read  func(*Exec, int64) iter.Seq2[T, error]
	lanes []*lane[T]
}

// openLanes reads the first rows of each lane.
func openLanes[T Keyed](ctx context.Context, x *Exec, l Lanes, read func(*Exec, int64) iter.Seq2[T, error]) (*merge[T], error) {
	units, err := l.units(ctx, x)
	if err != nil {
		return nil, err
	}
	ask := laneMax // an export reads to the end
	if x.Page.Limit > 0 {
		ask = min(max(laneFirst, x.Page.Limit/max(len(units), 1)+1), x.Page.Limit+1)
	}
	m := &merge[T]{x: x, keys: l.Keys[x.Page.Sort], read: read}
	if l.Beside {
		units = append(units, 0)
	}
	for _, unit := range units {
		one := &lane[T]{unit: unit, after: x.Page.After, ask: ask}
		if err := m.put(one); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// advance takes the first row and gives its lane its new place.
func (m *merge[T]) advance() error {
	one := m.lanes[0]
	one.waiting, m.lanes = one.waiting[1:], m.lanes[1:]
	return m.put(one)
}

// put gives a lane its place, once it has a row; at its end it has none.
func (m *merge[T]) put(one *lane[T]) error {
	if len(one.waiting) == 0 {
		if err := one.fill(m.x, m.read); err != nil || len(one.waiting) == 0 {
			return err
		}
	}
	one.key = one.waiting[0].PageKey(m.x.Page.Sort)
	at, _ := slices.BinarySearchFunc(m.lanes, one, func(a, b *lane[T]) int {
		if m.x.Page.Desc {
			a, b = b, a
		}
		return compareKeys(m.keys, a.key, b.key)
	})
	m.lanes = slices.Insert(m.lanes, at, one)
	return nil
}

// fill reads the next rows of a lane.
func (one *lane[T]) fill(x *Exec, read func(*Exec, int64) iter.Seq2[T, error]) error {
	if one.ask == 0 {
		return nil
	}
	y := *x
	y.Page.After, y.Page.Limit = one.after, one.ask-1
	if y.Page.Limit == 0 {
		y.Page.Limit = 1
	}
	one.waiting = one.waiting[:0]
	for row, err := range read(&y, one.unit) {
		if err != nil {
			return err
		}
		one.waiting = append(one.waiting, row)
	}
	if n := len(one.waiting); n > y.Page.Limit {
		one.after, one.ask = one.waiting[n-1].PageKey(x.Page.Sort), min(2*one.ask, laneMax)
	} else {
		one.ask = 0
	}
	return nil
}

// units are those that have rows and lie in the scope.
func (l Lanes) units(ctx context.Context, x *Exec) ([]int64, error) {
	all, err := heldUnits(ctx, x.R, l.Table, l.Column)
	if err != nil {
		return nil, err
	}
	scope := x.ScopeOf()
	out := all[:0]
	for _, unit := range all {
		in, err := within(ctx, x, unit, scope)
		if err == nil && in && len(l.Under) > 0 {
			in, err = within(ctx, x, unit, Scope{Roots: l.Under, On: x.Today})
		}
		if err != nil {
			return nil, err
		}
		if in {
			out = append(out, unit)
		}
	}
	return out, nil
}

// within says whether a unit lies in a scope.
func within(ctx context.Context, x *Exec, unit int64, s Scope) (bool, error) {
	for _, root := range s.Roots {
		if in, err := x.Places().Within(ctx, x.R, unit, root, s.On); in || err != nil {
			return in, err
		}
	}
	return false, nil
}

// compareKeys compares the places of two rows in an order.
func compareKeys(columns, a, b []string) int {
	if len(a) != len(columns) || len(b) != len(columns) {
		return len(a) - len(b)
	}
	for i, column := range columns {
		c := cmp.Compare(a[i], b[i]) // texts by their bytes, dates as they are written
		if column[0] == '#' || column[0] == '@' {
			m, _ := strconv.ParseInt(a[i], 10, 64) // keys of rows are written by KeyText
			n, _ := strconv.ParseInt(b[i], 10, 64)
			c = cmp.Compare(m, n)
		}
		if c != 0 {
			return c
		}
	}
	return slices.Compare(a, b)
}
