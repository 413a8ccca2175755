package org

import (
	"context"
	"slices"
	"sync"

	"wasl/internal/kernel/day"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// forestsKept is how many trees stay in memory: the present one for readers, and
// those of changes that are under way.
const forestsKept = 4

// Places answers what lies below what from a copy of the tree in memory, one per
// process. The copy is known by the stamp of the tree, read in the caller's
// transaction: an id that each change takes anew and that is never given twice.
// So a transaction that has itself changed the tree sees its own tree, and when
// it is undone nobody takes that tree for another; a counter would not do, since
// after an undone change the next one reaches the same number.
type Places struct {
	mu   sync.Mutex
	kept []stamped
}

type stamped struct {
	stamp int64
	tree  *forest
}

var _ op.Places = (*Places)(nil)

func newPlaces() *Places { return &Places{} }

// forest gives the tree as the transaction sees it.
func (p *Places) forest(ctx context.Context, r db.Reader) (*forest, error) {
	stamp, err := treeStamp(ctx, r)
	if err != nil {
		return nil, err
	}
	if f := p.find(stamp); f != nil {
		return f, nil
	}
	f, err := loadForest(ctx, r)
	if err != nil {
		return nil, err
	}
	// On PostgreSQL a writer sees what others commit between two statements.
	again, err := readStamp(ctx, r)
	if err == nil && again == stamp {
		p.keep(stamp, f)
	} else {
		db.Remember(r, stampKey{}, nil) // the next question reads it anew
	}
	return f, err
}

func (p *Places) find(stamp int64) *forest {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, k := range p.kept {
		if k.stamp == stamp {
			copy(p.kept[1:i+1], p.kept[:i])
			p.kept[0] = k
			return k.tree
		}
	}
	return nil
}

// lastTop is the top of the latest tree known, which is the top of all trees: it is
// never moved nor closed. 0 before a tree was loaded.
func (p *Places) lastTop() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.kept) == 0 {
		return 0
	}
	return p.kept[0].tree.top
}

func (p *Places) keep(stamp int64, f *forest) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.kept = slices.DeleteFunc(p.kept, func(k stamped) bool { return k.stamp == stamp })
	p.kept = slices.Insert(p.kept, 0, stamped{stamp, f})
	p.kept = p.kept[:min(len(p.kept), forestsKept)]
}

// Within says whether a unit is the root or below it on a date. A unit that does
// not exist is below nothing. Outside its life a unit has its first or its last
// place.
func (p *Places) Within(ctx context.Context, r db.Reader, unit, root int64, on day.Date) (bool, error) {
	f, err := p.forest(ctx, r)
	if err != nil {
		return false, err
	}
	return f.within(unit, root, on), nil
}

// Top is the unit above all others; 0 before there is one.
func (p *Places) Top(ctx context.Context, r db.Reader) (int64, error) {
	f, err := p.forest(ctx, r)
	if err != nil {
		return 0, err
	}
	return f.top, nil
}

// Path is a unit and those above it on a date, from the top down; nothing for a
// unit that does not exist.
func (p *Places) Path(ctx context.Context, r db.Reader, unit int64, on day.Date) ([]int64, error) {
	f, err := p.forest(ctx, r)
	if err != nil {
		return nil, err
	}
	return f.path(unit, on), nil
}

// Below are the units that are one of the roots or below one on a date, in no
// order, and whether they are all there are: a query over everything needs no
// condition.
func (p *Places) Below(ctx context.Context, r db.Reader, roots []int64, on day.Date) (units []int64, all bool, err error) {
	f, err := p.forest(ctx, r)
	if err != nil {
		return nil, false, err
	}
	for unit := range f.nodes {
		if slices.ContainsFunc(roots, func(root int64) bool { return f.within(unit, root, on) }) {
			units = append(units, unit)
		}
	}
	return units, len(units) == len(f.nodes), nil
}
