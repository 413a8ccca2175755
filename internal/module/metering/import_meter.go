package metering

import (
	"context"
	"iter"
	"slices"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/module/org"
	"wasl/internal/platform/find"
	"wasl/internal/platform/intake"
	"wasl/internal/platform/op"
)

// The columns of a file of meters.
const (
	metSerial = iota
	metContract
	metService
	metMake
	metSize
	metDigits
	metDecimals
	metCoefficient
	metInstalled
	metIndex
)

func meterColumnsOfFile() []intake.Column {
	services := org.Service("")
	return []intake.Column{
		metSerial:      {Name: "serial", Synonyms: []string{"compteur", "numero_compteur", "n_compteur"}, Required: true, Type: intake.Code, Max: 31},
		metContract:    {Name: "contract", Synonyms: []string{"contrat", "abonnement", "police"}, Type: intake.Code, Max: 31},
		metService:     {Name: "service", Type: intake.Choice, Values: services.EnumValues(), Enum: services.EnumName()},
		metMake:        {Name: "make", Synonyms: []string{"marque", "fabricant"}, Max: 60},
		metSize:        {Name: "size", Synonyms: []string{"calibre", "diametre"}, Max: 30},
		metDigits:      {Name: "digits", Synonyms: []string{"chiffres", "roues"}, Type: intake.Whole},
		metDecimals:    {Name: "decimals", Synonyms: []string{"decimales"}, Type: intake.Whole},
		metCoefficient: {Name: "coefficient", Synonyms: []string{"coef", "counter_coefficient"}, Type: intake.Quantity},
		metInstalled:   {Name: "installed_on", Synonyms: []string{"pose_le", "date_de_pose", "date_pose"}, Type: intake.Date},
		metIndex:       {Name: "index", Synonyms: []string{"index_de_pose", "index_pose"}, Type: intake.Quantity},
	}
}

// meterSession takes meters in for one step of an import, with where they stand.
type meterSession struct {
	m     *Module
	batch intake.Batch
	in    FileImport
}

// meterLine is a row of a file of meters.
type meterLine struct {
	row   *intake.Row
	meter Meter
	// supply of the contract where it stands; none for a meter in stock.
	supply *Supply
	on     day.Date
	index  money.Quantity
}

// Take implements intake.Session.
func (s *meterSession) Take(ctx context.Context, x *op.Exec, rows []*intake.Row) error {
	var serials, contracts []string
	for _, r := range rows {
		serials = append(serials, r.Text(metSerial))
		if !r.Empty(metContract) {
			contracts = append(contracts, r.Text(metContract))
		}
	}
	known, err := knownSerials(ctx, x.R, serials)
	if err != nil {
		return err
	}
	found, err := resolveCodes(ctx, x.R, contracts, false)
	if err != nil {
		return err
	}
	standing, err := standingAt(ctx, x.R, pointsOf(found), s.batch.ID)
	if err != nil {
		return err
	}
	inside := newInside(x, int64(s.in.Unit))
	var lines []meterLine
	for _, r := range rows {
		line, ok, err := s.line(ctx, r, known, found, standing, inside)
		if err != nil {
			return err
		}
		if ok {
			lines = append(lines, line)
			r.Create()
		}
	}
	return s.write(ctx, x, lines)
}

// pointsOf are the service points of some contracts.
func pointsOf(found map[string][]*contractMatch) (points []int64) {
	for _, all := range found {
		for _, c := range all {
			points = append(points, c.supply.ServicePoint)
		}
	}
	return points
}

// line reads a row; false when it is rejected or says nothing new.
func (s *meterSession) line(ctx context.Context, r *intake.Row, known map[knownSerial]int64, found map[string][]*contractMatch, standing map[int64]int64,
	in *inside,
) (l meterLine, ok bool, err error) {
	l = meterLine{row: r, on: r.Date(metInstalled), index: r.Quantity(metIndex), meter: Meter{
		Serial: r.Text(metSerial), Service: org.Service(r.Text(metService)), Make: r.Text(metMake), Size: r.Text(metSize), Digits: r.Int(metDigits),
		Decimals: r.Int(metDecimals), Coefficient: r.Quantity(metCoefficient), State: InStock, Unit: s.in.Unit, Version: 1,
	}}
	if r.Empty(metDigits) {
		l.meter.Digits = DigitsDefault
	}
	if r.Empty(metCoefficient) {
		l.meter.Coefficient = quantityOne
	}
	if r.Empty(metContract) && !r.Empty(metInstalled) {
		// A meter that was put somewhere must say where; in stock it would be forgotten.
		r.Reject(metContract, "input.required")
		return l, false, nil
	}
	if !r.Empty(metContract) {
		if ok, err := s.stands(ctx, &l, found[r.Text(metContract)], in); !ok || err != nil {
			return l, false, err
		}
	}
	if l.meter.Service == "" {
		l.meter.Service = s.in.Service
	}
	if l.meter.Service == "" {
		r.Reject(metService, "input.required")
		return l, false, nil
	}
	if err := l.meter.dial().Validate(); err != nil {
		r.RejectError(err)
		return l, false, nil
	}
	if err := l.meter.dial().CheckIndex("index", l.index); err != nil {
		r.RejectError(err)
		return l, false, nil
	}
	return l, s.fresh(&l, known, standing), nil
}

// stands reads where a meter stands; false when the row is rejected.
func (s *meterSession) stands(ctx context.Context, l *meterLine, found []*contractMatch, in *inside) (bool, error) {
	if len(found) == 0 {
		l.row.Reject(metContract, "metering.contract_unknown")
		return false, nil
	}
	if l.on.IsZero() {
		l.row.Reject(metInstalled, "input.required")
		return false, nil
	}
	best := found[0]
	for _, c := range found[1:] {
		if c.better(best, l.on) {
			best = c
		}
	}
	ok, err := in.has(ctx, best.supply.Unit)
	if err != nil || !ok {
		l.row.Reject(metContract, "metering.outside_unit")
		return false, err
	}
	if l.meter.Service != "" && l.meter.Service != best.supply.Service {
		l.row.Reject(metService, "metering.service_of_contract")
		return false, nil
	}
	l.supply, l.meter.Service, l.meter.Unit, l.meter.State = &best.supply, best.supply.Service, op.ID(best.supply.Unit), Installed
	return true, nil
}

// fresh says whether a meter is new, and marks it known for the rows after it.
func (s *meterSession) fresh(l *meterLine, known map[knownSerial]int64, standing map[int64]int64) bool {
	k := knownSerial{l.meter.Serial, l.meter.Service}
	id, there := known[k]
	point := int64(0)
	if l.supply != nil {
		point = l.supply.ServicePoint
	}
	at, taken := standing[point]
	switch {
	case there && (point == 0 || taken && at == id):
		l.row.Same()
		return false
	case there:
		l.row.Reject(metSerial, "metering.serial_taken")
		return false
	case point != 0 && taken:
		l.row.Reject(metContract, "metering.contract_has_meter")
		return false
	}
	known[k] = -1
	if point != 0 {
		standing[point] = -1
	}
	return true
}

// write inserts the meters of a chunk with where they stand and their first index.
func (s *meterSession) write(ctx context.Context, x *op.Exec, lines []meterLine) error {
	if len(lines) == 0 {
		return nil
	}
	first, err := x.Tx.NewIDs(ctx, int64(2*len(lines)))
	if err != nil {
		return err
	}
	by, batch := originOf(x), s.batch.ID
	meters := make([]Meter, len(lines))
	var stays []Stay
	b := &book{by: by, batch: batch}
	var words []find.Row
	for i := range lines {
		l := &lines[i]
		l.meter.ID = op.ID(first + int64(2*i))
		meters[i] = l.meter
		for _, word := range find.Code(l.meter.Serial) {
			words = append(words, find.Row{Kind: FindKind, Term: word, Ref: int64(l.meter.ID)})
		}
		if l.supply == nil {
			continue
		}
		stays = append(stays, Stay{ServicePoint: op.ID(l.supply.ServicePoint), Meter: l.meter.ID, InstalledOn: l.on})
		b.readings = append(b.readings, Reading{
			Account: op.ID(l.supply.Account), ID: op.ID(first + int64(2*i) + 1), Contract: op.ID(l.supply.Contract), Unit: op.ID(l.supply.Unit),
			ServicePoint: op.ID(l.supply.ServicePoint), Meter: l.meter.ID, ReadingDate: l.on, Ordinal: 1, Dial: l.index, Kind: Opening, State: Valid,
			Actor: op.ID(by.actor), RecordedAt: by.at, Batch: op.ID(batch),
		})
	}
	if err := insertMeters(ctx, x.Tx, &batch, meters...); err != nil {
		return err
	}
	if err := insertStays(ctx, x.Tx, &batch, by, stays...); err != nil {
		return err
	}
	if err := find.Bulk(ctx, x.Tx, slices.Values(words)); err != nil {
		return err
	}
	return b.flushReadings(ctx, x.Tx)
}

// Finish implements intake.Session.
func (s *meterSession) Finish(context.Context, *op.Exec, iter.Seq2[intake.Kept, error]) error {
	return nil
}

// Discard implements intake.Session.
func (s *meterSession) Discard(ctx context.Context, x *op.Exec, limit int64) (bool, error) {
	return discardMeters(ctx, x.Tx, s.batch.ID, limit)
}
