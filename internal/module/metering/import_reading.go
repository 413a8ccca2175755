package metering

import (
	"context"
	"iter"
	"maps"
	"slices"
	"strings"

	"wasl/internal/kernel/day"
	"wasl/internal/module/org"
	"wasl/internal/platform/intake"
	"wasl/internal/platform/op"
)

// FileImport is the input of an import of metering: a file, and the unit its rows belong to
// or lie below.
type FileImport struct {
	intake.Input
	Unit op.ID `json:"unit" in:"required,ref=org.unit.list"`
	// Service of the meters or contracts, where a number or customer may have several.
	Service org.Service `json:"service"`
}

// UniqueKey lets imports of different units run beside each other; two that bring one period
// of one account meet at its business key.
func (in FileImport) UniqueKey() string { return in.Unit.String() }

// The columns of a file of readings.
const (
	colSerial = iota
	colRegister
	colDate
	colIndex
	colKind
	colOldIndex
	colMonths
	colTurned
	colNote
)

func readingColumnsOfFile() []intake.Column {
	return []intake.Column{
		colSerial: {
			Name: "serial", Synonyms: []string{"compteur", "numero_compteur", "n_compteur", "counter_number", "meter"}, Required: true,
			Type: intake.Code, Max: 31,
		},
		colRegister: {Name: "register", Synonyms: []string{"registre", "poste", "cadran"}, Type: intake.Code, Max: 10},
		colDate:     {Name: "date", Synonyms: []string{"reading_date", "date_releve", "date_de_releve", "invoice_date"}, Required: true, Type: intake.Date},
		colIndex:    {Name: "index", Synonyms: []string{"new_index", "nouvel_index", "index_nouveau", "index_releve"}, Required: true, Type: intake.Quantity},
		colKind: {
			Name: "kind", Synonyms: []string{"nature", "type_releve"}, Type: intake.Choice, Values: []string{string(Read), string(Estimated), string(OfCustomer)},
			Enum: Read.EnumName(),
			Words: map[string]string{
				"releve": string(Read), "estimation": string(Estimated), "auto-releve": string(OfCustomer),
			},
		},
		colOldIndex: {Name: "old_index", Synonyms: []string{"ancien_index", "index_ancien", "index_precedent"}, Type: intake.Quantity},
		colMonths:   {Name: "months", Synonyms: []string{"mois", "months_number", "nombre_mois"}, Type: intake.Whole},
		colTurned:   {Name: "turned", Synonyms: []string{"retour_a_zero", "passage_a_zero"}, Type: intake.Flag},
		colNote:     {Name: "note", Synonyms: []string{"observation", "remarque"}, Max: 500},
	}
}

// readingSession takes readings in for one step of an import.
type readingSession struct {
	m     *Module
	batch intake.Batch
	in    FileImport
}

// lined is a row of a file with what it was resolved to.
type lined struct {
	row   *intake.Row
	entry Entry
}

// Take implements intake.Session: the rows are resolved with one statement, judged in the
// order of time of each account, and written together.
func (s *readingSession) Take(ctx context.Context, x *op.Exec, rows []*intake.Row) error {
	serials := make([]string, 0, len(rows))
	for _, r := range rows {
		serials = append(serials, r.Text(colSerial))
	}
	found, err := resolveSerials(ctx, x.R, serials, s.batch.ID)
	if err != nil {
		return err
	}
	inside := newInside(x, int64(s.in.Unit))
	a := newAsk(s.batch.ID)
	a.placed = true
	lines := make([]lined, 0, len(rows))
	for _, r := range rows {
		e, ok, err := s.entry(ctx, r, found, inside)
		if err != nil {
			return err
		}
		if ok {
			a.about(e.Supply, e.Meter, e.Date)
			lines = append(lines, lined{r, e})
		}
	}
	b, err := openBook(ctx, x, a)
	if err != nil {
		return err
	}
	found.fill(b)
	b.readings, b.consumptions = make([]Reading, 0, len(lines)), make([]Consumption, 0, len(lines))
	s.arrange(lines, b)
	for i := range lines {
		if err := s.settle(b, &lines[i]); err != nil {
			return err
		}
	}
	return b.flush(ctx, x.Tx)
}

// entry resolves a row; false when it is rejected.
func (s *readingSession) entry(ctx context.Context, r *intake.Row, found *resolved, in *inside) (Entry, bool, error) {
	kind := ReadingKind(r.Text(colKind))
	if kind == "" {
		kind = Read
	}
	at, rejection := found.pick(r.Text(colSerial), s.in.Service, r.Date(colDate))
	if rejection != "" {
		r.Reject(colSerial, rejection)
		return Entry{}, false, nil
	}
	ok, err := in.has(ctx, at.supply.Unit)
	if err != nil {
		return Entry{}, false, err
	}
	if !ok {
		r.Reject(colSerial, "metering.outside_unit")
		return Entry{}, false, nil
	}
	d, known := found.dial(at.meter, r.Text(colRegister))
	if !known {
		r.Reject(colRegister, "metering.register_unknown", "register", r.Text(colRegister))
		return Entry{}, false, nil
	}
	if err := d.CheckIndex("index", r.Quantity(colIndex)); err != nil {
		r.RejectError(err)
		return Entry{}, false, nil
	}
	e := Entry{
		Supply: at.supply, Meter: at.meter, Register: r.Text(colRegister), Date: r.Date(colDate), Index: r.Quantity(colIndex), Kind: kind,
		Turned: r.Yes(colTurned), Note: r.Text(colNote),
	}
	if !r.Empty(colOldIndex) {
		e.Declared = quantity(r.Quantity(colOldIndex))
	}
	return e, true, nil
}

// arrange puts the lines in the order of accounts and time, and looks along the chain of
// each account for dates with day and month exchanged and for holes.
func (s *readingSession) arrange(lines []lined, b *book) {
	slices.SortStableFunc(lines, compareLines)
	for i := 0; i < len(lines); {
		j := i + 1
		for j < len(lines) && samePlace(lines[i], lines[j]) {
			j++
		}
		if j-i > 1 {
			chainLines(lines[i:j], b)
		}
		i = j
	}
}

func samePlace(a, b lined) bool {
	return a.entry.Supply.Account == b.entry.Supply.Account && a.entry.Meter == b.entry.Meter && a.entry.Register == b.entry.Register
}

func compareLines(a, b lined) int {
	if a.entry.Supply.Account != b.entry.Supply.Account {
		if a.entry.Supply.Account < b.entry.Supply.Account {
			return -1
		}
		return 1
	}
	if c := strings.Compare(a.entry.Register, b.entry.Register); c != 0 {
		return c
	}
	if c := a.entry.Date.Compare(b.entry.Date); c != 0 {
		return c
	}
	return int(a.row.Line - b.row.Line)
}

// chainLines looks along the rows of one register. Only indexes that go on growing along
// the chain tell the true order of dates: a dial that turned does not.
func chainLines(lines []lined, b *book) {
	links := make([]Link, len(lines))
	order := make([]int, len(lines))
	told := true
	for i, l := range lines {
		links[i] = Link{Date: l.entry.Date, Old: l.entry.Index, New: l.entry.Index, Months: l.row.Int(colMonths)}
		told = told && l.entry.Declared != nil
		order[i] = i
	}
	if told {
		for i, l := range lines {
			links[i].Old = *l.entry.Declared
		}
	}
	d := b.dial(lines[0].entry.Meter, lines[0].entry.Register)
	for i := 1; i < len(links); i++ {
		if d.Between(links[i-1].New, links[i].New).Motion == Turned {
			return
		}
	}
	slices.SortStableFunc(order, func(i, j int) int { return compareLinks(links[i], links[j]) })
	sorted := make([]Link, len(order))
	for at, i := range order {
		sorted[at] = links[i]
	}
	for _, swap := range Swaps(sorted) {
		lines[order[swap.At]].entry.Swap = swap.Proposed
	}
	if !told {
		return
	}
	for at := 1; at < len(order); at++ {
		lines[order[at]].entry.Linked = quantity(sorted[at-1].New)
	}
}

// settle takes one line in and says what became of its row.
func (s *readingSession) settle(b *book, l *lined) error {
	t, err := b.take(l.entry)
	if err != nil {
		return err
	}
	sayFate(l.row, t)
	return nil
}

// sayFate says what became of a row.
func sayFate(r *intake.Row, t Taken) {
	if t.Same != 0 {
		r.Same()
		return
	}
	r.Create()
	for _, f := range t.Findings {
		r.Flag(flagOf(f.Rule))
	}
}

// flagOf is the reason a row is flagged for.
func flagOf(r Rule) string { return "anomaly_" + string(r) }

// Finish implements intake.Session.
func (s *readingSession) Finish(ctx context.Context, x *op.Exec, _ iter.Seq2[intake.Kept, error]) error {
	return replaceSentBack(ctx, x.Tx, s.batch.ID)
}

// Discard implements intake.Session.
func (s *readingSession) Discard(ctx context.Context, x *op.Exec, limit int64) (bool, error) {
	return discardBatch(ctx, x.Tx, s.batch.ID, limit)
}

// inside answers whether units lie in the one a file is for.
type inside struct {
	x     *op.Exec
	root  int64
	known map[int64]bool
}

func newInside(x *op.Exec, root int64) *inside { return &inside{x, root, map[int64]bool{}} }

func (i *inside) has(ctx context.Context, unit int64) (bool, error) {
	if in, known := i.known[unit]; known {
		return in, nil
	}
	in, err := i.x.Places().Within(ctx, i.x.R, unit, i.root, i.x.Today)
	i.known[unit] = in
	return in, err
}

// candidate is one way to understand a serial number: the meter at a service point under a
// contract, with the terms of some dates.
type candidate struct {
	supply             Supply
	meter              int64
	point              int64
	stay               Stay
	termsFrom, termsTo day.Date
	hasStay, hasSupply bool
	// next is another way to understand the same serial number.
	next *candidate
}

// fit is how well a candidate suits a date: the higher the better.
func (c *candidate) fit(on day.Date) (n int) {
	if c.hasStay && c.stay.covers(on) {
		n += 4
	}
	if c.hasSupply && c.supply.on(on) {
		n += 2
	}
	if !on.Before(c.termsFrom) && (c.termsTo.IsZero() || on.Before(c.termsTo)) {
		n++
	}
	return n
}

// resolved are the candidates of the serial numbers of some rows.
type resolved struct {
	bySerial  map[string]*candidate
	registers map[int64][]Register
	meters    []int64
	// candidates and single are rooms that are filled in one piece.
	candidates []candidate
	single     []Register
}

func newResolved(n int) *resolved {
	return &resolved{
		bySerial: make(map[string]*candidate, n), registers: make(map[int64][]Register, n), meters: make([]int64, 0, n),
		candidates: make([]candidate, 0, n), single: make([]Register, 0, n),
	}
}

// add adds a candidate behind those of the same serial number, with the dial of a meter of
// one register.
func (r *resolved) add(serial string, c candidate, dial Register) {
	if len(r.candidates) == cap(r.candidates) { // the others stay where they are: they are pointed at
		r.candidates = make([]candidate, 0, candidatesRoom)
	}
	r.candidates = append(r.candidates, c)
	at := &r.candidates[len(r.candidates)-1]
	if last := r.bySerial[serial]; last == nil {
		r.bySerial[serial] = at
	} else {
		for last.next != nil {
			last = last.next
		}
		last.next = at
	}
	if r.registers[c.meter] == nil {
		r.single = append(r.single, dial)
		r.registers[c.meter] = r.single[len(r.single)-1 : len(r.single) : len(r.single)]
		r.meters = append(r.meters, c.meter)
	}
}

// candidatesRoom is made at once for candidates beyond one for each row.
const candidatesRoom = 512

// pick is the candidate that suits a date best, or the code of why there is none.
func (r *resolved) pick(serial string, service org.Service, on day.Date) (best *candidate, rejection string) {
	top := -1
	meter, several := int64(0), false
	for c := r.bySerial[serial]; c != nil; c = c.next {
		if service != "" && c.hasSupply && c.supply.Service != service {
			continue
		}
		if c.hasSupply {
			several = several || meter != 0 && meter != c.meter
			meter = c.meter
		}
		if fit := c.fit(on); fit > top {
			best, top = c, fit
		}
	}
	switch {
	case best == nil:
		return nil, "metering.serial_unknown"
	case several:
		return nil, "metering.serial_ambiguous"
	case !best.hasStay:
		return nil, "metering.serial_nowhere"
	case !best.hasSupply:
		return nil, "metering.serial_no_contract"
	}
	return best, ""
}

// dial of a register of a meter.
func (r *resolved) dial(meter int64, register string) (Dial, bool) {
	several := r.registers[meter]
	if len(several) == 0 {
		return Dial{}, false
	}
	for _, g := range several {
		if g.Register == register {
			return Dial{g.Digits, g.Decimals, g.Coefficient}, true
		}
	}
	return Dial{}, false
}

// fill gives a book what was resolved.
func (r *resolved) fill(b *book) {
	maps.Copy(r.registers, b.dials) // of meters that were replaced
	b.dials = r.registers
	stays := make([]Stay, 0, len(r.bySerial))
	for serial, c := range r.bySerial {
		for ; c != nil; c = c.next {
			b.serials[c.meter] = serial
			if !c.hasStay {
				continue
			}
			if point := int64(c.stay.ServicePoint); b.stays[point] == nil {
				stays = append(stays, c.stay)
				b.stays[point] = stays[len(stays)-1 : len(stays) : len(stays)]
			} else {
				b.stays[point] = append(b.stays[point], c.stay)
			}
		}
	}
}
