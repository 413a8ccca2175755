package org

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/intake"
	"wasl/internal/platform/op"
)

// ImportMode says what becomes of a file of which some lines are wrong.
type ImportMode string

// The modes of import.
const (
	// AllOrNothing changes nothing when one line is wrong.
	AllOrNothing ImportMode = "all"
	// AcceptValid applies the right lines and keeps the others with their reasons.
	AcceptValid ImportMode = "valid"
)

// EnumName is the prefix of the texts.
func (ImportMode) EnumName() string { return "import_mode" }

// EnumValues are the modes.
func (ImportMode) EnumValues() []string { return []string{string(AllOrNothing), string(AcceptValid)} }

// ImportState says what became of a file.
type ImportState string

// The states of a file; all but the second are final.
const (
	// Checked was only looked at.
	Checked ImportState = "checked"
	// Staged is being prepared: nothing has changed yet.
	Staged ImportState = "staged"
	// Applied was carried out, wholly or in its right lines.
	Applied ImportState = "applied"
	// Unchanged said nothing new.
	Unchanged ImportState = "unchanged"
	// Refused has wrong lines and changed nothing.
	Refused ImportState = "refused"
	// Cancelled was given up before it changed anything.
	Cancelled ImportState = "cancelled"
)

// EnumName is the prefix of the texts.
func (ImportState) EnumName() string { return "import_state" }

// EnumValues are the states.
func (ImportState) EnumValues() []string {
	return []string{string(Checked), string(Staged), string(Applied), string(Unchanged), string(Refused), string(Cancelled)}
}

// fate is what becomes of one line.
type fate string

const (
	fateCreate   fate = "create"
	fateUpdate   fate = "update"
	fateMove     fate = "move"
	fateSame     fate = "same"
	fateRejected fate = "rejected"
)

// The shapes of cells, those of the fields of org.unit.add.
var (
	codeShape  = regexp.MustCompile(`^[A-Z0-9][A-Z0-9._-]{0,30}$`)
	phoneShape = regexp.MustCompile(`^\+?[0-9][0-9 .-]{5,20}$`)
	emailShape = regexp.MustCompile(`^[^@\s]+@[^@\s]+\.[^@\s.]+$`)
)

// verdict is what a line comes to: its fate, its faults, and the unit as it
// will be.
type verdict struct {
	record
	fate fate
	unit Unit
	from day.Date
	// known is the unit before; nil for a new one.
	known *Unit
}

// plan is a file held against the organisation: what would be done.
type plan struct {
	today    day.Date
	root     int64
	old      *forest
	draft    *forest
	units    map[string]*Unit
	verdicts []*verdict
	byCode   map[string]*verdict
	changed  []int64
	nextID   int64
	placing  map[*verdict]bool
	settled  map[*verdict]bool
}

// counts are the totals of a plan.
type counts struct {
	Lines     int64 `json:"lines"`
	Created   int64 `json:"created"`
	Updated   int64 `json:"updated"`
	Moved     int64 `json:"moved"`
	Unchanged int64 `json:"unchanged"`
	Rejected  int64 `json:"rejected"`
}

// newPlan holds every record of a file against the tree and the units there
// are. Lines may come in any order: a parent is placed before what hangs under
// it. New units get provisional ids below zero until assign.
func newPlan(records []record, f *forest, units map[string]*Unit, root int64, today day.Date) *plan {
	p := &plan{
		today: today, root: root, old: f, draft: f.draft(), units: units, byCode: map[string]*verdict{},
		placing: map[*verdict]bool{}, settled: map[*verdict]bool{},
	}
	for _, r := range records {
		v := &verdict{record: r, fate: fateRejected}
		p.verdicts = append(p.verdicts, v)
		if len(v.faults) == 0 {
			p.read(v)
		}
		if first := p.byCode[v.unit.Code]; v.unit.Code != "" && first != nil {
			v.reject(colCode, "import.duplicate", "line", first.line)
			first.reject(colCode, "import.duplicate", "line", v.line)
		} else if v.unit.Code != "" {
			p.byCode[v.unit.Code] = v
		}
	}
	p.circles()
	for _, v := range p.verdicts {
		p.settle(v)
	}
	return p
}

// reject adds a fault of a cell.
func (v *verdict) reject(column int, code string, pairs ...any) {
	args := fault.Args{"value": intake.Shown(v.cells[column])}
	for i := 0; i+1 < len(pairs); i += 2 {
		if name, ok := pairs[i].(string); ok {
			args[name] = pairs[i+1]
		}
	}
	v.fate = fateRejected
	v.faults = append(v.faults, fault.Field{Path: columnNames()[column], Code: code, Args: args})
}

// read checks the cells of a line by themselves.
func (p *plan) read(v *verdict) {
	for column, cell := range v.cells {
		if strings.ContainsFunc(cell, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' }) {
			v.reject(column, "input.control")
		} else if limit := cellMax(column); utf8.RuneCountInString(cell) > limit {
			v.reject(column, "input.too_long", "max", limit)
		}
	}
	u := &v.unit
	u.Code, u.Name, u.ShortName = v.cells[colCode], v.cells[colName], v.cells[colShortName]
	u.Address, u.Phone, u.Email = v.cells[colAddress], v.cells[colPhone], v.cells[colEmail]
	for _, column := range []int{colCode, colKind, colName, colParent, colValidFrom} {
		if v.cells[column] == "" && (column != colParent || p.units[u.Code] == nil || p.units[u.Code].Kind != Central) {
			v.reject(column, "input.required")
		}
	}
	shape := func(column int, expression *regexp.Regexp, code string) {
		if cell := v.cells[column]; cell != "" && !expression.MatchString(cell) {
			v.reject(column, code)
		}
	}
	shape(colCode, codeShape, "input.pattern.code")
	shape(colPhone, phoneShape, "input.pattern.phone")
	shape(colEmail, emailShape, "input.pattern.email")
	if kind, ok := readKind(v.cells[colKind]); ok {
		u.Kind = kind
	} else if v.cells[colKind] != "" {
		v.reject(colKind, "input.enum", "values", strings.Join(Kind("").EnumValues(), ", "))
	}
	if cell := v.cells[colValidFrom]; cell != "" {
		from, err := day.ParseFrench(cell)
		if err != nil {
			v.reject(colValidFrom, fault.CodeOf(err))
		} else if err := checkDate("valid_from", from, p.today); err != nil {
			v.take(err)
		}
		v.from = from
	}
}

// cellMax is the longest cell of a column, in characters; the limits are those
// of the fields of org.unit.add.
func cellMax(column int) int {
	switch column {
	case colName, colEmail:
		return 120
	case colShortName, colCode, colParent, colKind:
		return 40
	default:
		return op.TextMax
	}
}

// readKind reads a kind by its name or as people write it.
func readKind(s string) (Kind, bool) {
	word := strings.NewReplacer(" ", "_", "-", "_").Replace(db.Fold(s))
	switch word {
	case "siege", "direction_centrale":
		return Central, true
	case "dri", "direction_regionale":
		return Region, true
	case "agence_de_service", "agence_service":
		return AgencyService, true
	case "agence_mixte":
		return AgencyMixed, true
	case "unite":
		return Annex, true
	}
	return Kind(word), slices.Contains(Kind("").EnumValues(), word)
}

// take makes the faults of an error those of the line.
func (v *verdict) take(err error) {
	e := fault.As(err)
	if len(e.Fields) == 0 {
		v.reject(colCode, e.Code, pairsOf(e.Args)...)
	}
	for _, f := range e.Fields {
		column := slices.Index(columnSlice(), f.Path)
		if f.Path == "opened_on" {
			column = colValidFrom
		}
		v.reject(max(column, 0), f.Code, pairsOf(f.Args)...)
	}
}

func columnSlice() []string {
	names := columnNames()
	return names[:]
}

func pairsOf(args fault.Args) []any {
	var out []any
	for name, value := range args {
		out = append(out, name, value)
	}
	return out
}

// circles rejects the lines that stand under each other in a ring: following
// the parents from one of them comes back to it.
func (p *plan) circles() {
	const walking, done = 1, 2
	state := map[*verdict]int{}
	for _, start := range p.verdicts {
		var path []*verdict
		v := start
		for v != nil && state[v] == 0 && v.unit.Code != "" {
			state[v] = walking
			path = append(path, v)
			v = p.byCode[v.cells[colParent]]
		}
		if v != nil && state[v] == walking {
			ring := path[slices.Index(path, v):]
			for _, member := range ring {
				member.reject(colParent, "import.circle", "count", len(ring))
			}
		}
		for _, w := range path {
			state[w] = done
		}
	}
}

// settle decides a line, its parent's line first.
func (p *plan) settle(v *verdict) {
	if p.settled[v] || p.placing[v] {
		return
	}
	p.placing[v] = true
	above := p.byCode[v.cells[colParent]]
	if above != nil && above != v {
		p.settle(above)
	}
	p.settled[v] = true
	if len(v.faults) > 0 {
		v.fate = fateRejected
		return
	}
	parent := p.parentOf(v, above)
	if len(v.faults) > 0 {
		return
	}
	v.known = p.units[v.unit.Code]
	if v.known == nil {
		p.create(v, parent)
		return
	}
	p.change(v, parent)
}

// parentOf finds the unit a line names as its parent; 0 for the top.
func (p *plan) parentOf(v *verdict, above *verdict) int64 {
	code := v.cells[colParent]
	if code == "" {
		return 0
	}
	known := p.units[code]
	switch {
	case known != nil:
		return int64(known.ID)
	case above == nil:
		v.reject(colParent, "org.parent_unknown")
	case above.fate == fateRejected:
		v.reject(colParent, "import.parent_rejected", "line", above.line)
	default:
		return int64(above.unit.ID)
	}
	return 0
}

func (p *plan) create(v *verdict, parent int64) {
	if p.outside(parent) {
		v.reject(colParent, "import.outside")
		return
	}
	p.nextID--
	n, err := p.draft.plant(p.nextID, v.unit.Kind, parent, v.from)
	if err != nil {
		v.take(err)
		return
	}
	v.unit.ID, v.unit.OpenedOn, v.unit.Version, v.fate = op.ID(n.id), v.from, 1, fateCreate
	p.put(n)
}

func (p *plan) put(n *node) {
	p.draft.put(n)
	p.changed = append(p.changed, n.id)
}

// outside says whether a unit is not below the root of the import.
func (p *plan) outside(unit int64) bool { return !p.draft.within(unit, p.root, p.today) }

// change decides a line about a unit there is. An empty cell says nothing.
func (p *plan) change(v *verdict, parent int64) {
	have := *v.known
	want := have
	for _, pair := range []struct {
		to   *string
		from string
	}{
		{&want.Name, v.unit.Name},
		{&want.ShortName, v.unit.ShortName},
		{&want.Address, v.unit.Address},
		{&want.Phone, v.unit.Phone},
		{&want.Email, v.unit.Email},
	} {
		if pair.from != "" {
			*pair.to = pair.from
		}
	}
	if v.unit.Kind != have.Kind {
		v.reject(colKind, "import.kind_differs", "kind", have.Kind)
		return
	}
	v.unit, v.fate = want, fateSame
	if want != have {
		v.fate = fateUpdate
	}
	if have.Kind != Central {
		p.relocate(v, parent)
	}
	if v.fate == fateUpdate && p.outside(int64(have.ID)) {
		v.reject(colCode, "import.outside")
	}
}

// relocate moves a known unit when the line says it stands elsewhere.
func (p *plan) relocate(v *verdict, parent int64) {
	n := p.draft.nodes[int64(v.known.ID)]
	switch {
	case v.from.Before(n.opened):
		v.reject(colValidFrom, "org.unit.not_open_yet", "since", n.opened)
		return
	case n.placeOn(v.from) == parent:
		return
	}
	moved, err := p.draft.move(n.id, parent, v.from)
	if err != nil {
		v.take(err)
		return
	}
	if p.outside(n.id) || p.outside(parent) {
		v.reject(colParent, "import.outside")
		return
	}
	v.fate = fateMove
	p.put(moved)
}

// totals counts the fates.
func (p *plan) totals() counts {
	c := counts{Lines: int64(len(p.verdicts))}
	for _, v := range p.verdicts {
		switch v.fate {
		case fateCreate:
			c.Created++
		case fateUpdate:
			c.Updated++
		case fateMove:
			c.Moved++
		case fateSame:
			c.Unchanged++
		default:
			c.Rejected++
		}
	}
	return c
}

// number gives the new units their ids, from first on, in the order of their
// lines, and gives the tree that results.
func (p *plan) number(first int64) (next *forest, changed []int64) {
	ids := map[int64]int64{}
	for _, v := range p.verdicts {
		if v.fate == fateCreate {
			ids[int64(v.unit.ID)] = first + int64(len(ids))
			v.unit.ID = op.ID(ids[int64(v.unit.ID)])
		}
	}
	final := func(id int64) int64 { return cmp.Or(ids[id], id) }
	next = p.old.draft()
	for _, id := range p.changed {
		n := *p.draft.nodes[id]
		n.id = final(n.id)
		n.segs = slices.Clone(n.segs)
		for i := range n.segs {
			n.segs[i].parent = final(n.segs[i].parent)
		}
		next.put(&n)
		changed = append(changed, n.id)
	}
	return next, changed
}
