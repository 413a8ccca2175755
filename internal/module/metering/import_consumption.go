package metering

import (
	"context"
	"iter"
	"slices"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/module/org"
	"wasl/internal/platform/intake"
	"wasl/internal/platform/op"
)

// The columns of a file of consumptions.
const (
	conContract = iota
	conCustomer
	conDate
	conFrom
	conTo
	conMonth
	conQuantity
	conKind
	conRegister
	conCategory
)

func consumptionColumnsOfFile() []intake.Column {
	return []intake.Column{
		conContract: {Name: "contract", Synonyms: []string{"contrat", "abonnement", "code_contrat", "police"}, Type: intake.Code, Max: 31},
		conCustomer: {Name: "customer", Synonyms: []string{"client", "abonne", "code_client", "cust_id", "client_id"}, Type: intake.Code, Max: 31},
		conDate:     {Name: "date", Synonyms: []string{"usage_date", "date_releve", "date_consommation"}, Type: intake.Date},
		conFrom:     {Name: "from", Synonyms: []string{"du", "debut", "date_debut"}, Type: intake.Date},
		conTo:       {Name: "to", Synonyms: []string{"au", "fin", "date_fin"}, Type: intake.Date},
		conMonth:    {Name: "month", Synonyms: []string{"mois", "periode"}, Type: intake.Month},
		conQuantity: {Name: "quantity", Synonyms: []string{"quantite", "consommation", "volume", "usage_ccf"}, Required: true, Type: intake.Quantity},
		conKind: {
			Name: "kind", Synonyms: []string{"nature"}, Type: intake.Choice, Values: []string{string(Read), string(Estimated), string(OfCustomer)},
			Enum:  Read.EnumName(),
			Words: map[string]string{"releve": string(Read), "estimation": string(Estimated)},
		},
		conRegister: {Name: "register", Synonyms: []string{"registre", "poste"}, Type: intake.Code, Max: 10},
		conCategory: {Name: "category", Synonyms: []string{"categorie", "classe", "class", "cust_class"}, Max: 60},
	}
}

// consumptionSession takes consumptions in for one step of an import.
type consumptionSession struct {
	m     *Module
	batch intake.Batch
	in    FileImport
}

// spentLine is a row of a file with what it was resolved to.
type spentLine struct {
	row   *intake.Row
	spend Spend
}

// Take implements intake.Session: contracts are found with a statement for each kind of
// code, rows are judged in the order of time of each account, and written together.
func (s *consumptionSession) Take(ctx context.Context, x *op.Exec, rows []*intake.Row) error {
	contracts, customers, err := s.resolve(ctx, x, rows)
	if err != nil {
		return err
	}
	inside := newInside(x, int64(s.in.Unit))
	a := newAsk(s.batch.ID)
	a.spentOnly = true
	lines := make([]spentLine, 0, len(rows))
	for _, r := range rows {
		line := spentLine{row: r}
		column, found := conContract, contracts[r.Text(conContract)]
		if r.Empty(conContract) {
			column, found = conCustomer, customers[r.Text(conCustomer)]
		}
		if !s.period(r, &line.spend) || !s.choose(r, column, found, &line.spend) {
			continue
		}
		ok, err := inside.has(ctx, line.spend.Supply.Unit)
		if err != nil {
			return err
		}
		if !ok {
			r.Reject(column, "metering.outside_unit")
			continue
		}
		s.complete(r, &line.spend)
		a.about(line.spend.Supply, 0, line.spend.Key)
		lines = append(lines, line)
	}
	b, err := openBook(ctx, x, a)
	if err != nil {
		return err
	}
	slices.SortStableFunc(lines, compareSpent)
	for _, l := range lines {
		t, err := b.spend(l.spend)
		if err != nil {
			return err
		}
		sayFate(l.row, t)
	}
	return b.flush(ctx, x.Tx)
}

func compareSpent(a, b spentLine) int {
	switch x, y := a.spend.Supply.Account, b.spend.Supply.Account; {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return a.spend.Key.Compare(b.spend.Key)
}

// resolve finds the contracts of all rows.
func (s *consumptionSession) resolve(ctx context.Context, x *op.Exec, rows []*intake.Row) (contracts, customers map[string][]*contractMatch, err error) {
	var byContract, byCustomer []string
	for _, r := range rows {
		if !r.Empty(conContract) {
			byContract = append(byContract, r.Text(conContract))
		} else if !r.Empty(conCustomer) {
			byCustomer = append(byCustomer, r.Text(conCustomer))
		}
	}
	if contracts, err = resolveCodes(ctx, x.R, byContract, false); err != nil {
		return nil, nil, err
	}
	customers, err = resolveCodes(ctx, x.R, byCustomer, true)
	return contracts, customers, err
}

// period reads what a row is about: a month, two dates, or the month of one date. False
// when it is rejected.
func (s *consumptionSession) period(r *intake.Row, spend *Spend) bool {
	month := r.Month(conMonth)
	from, to, at := r.Date(conFrom), r.Date(conTo), r.Date(conDate)
	switch {
	case !from.IsZero() != !to.IsZero():
		r.RejectRow("metering.period_half")
		return false
	case !from.IsZero() && to.Before(from):
		r.Reject(conTo, "period.reversed", "from", from, "to", to)
		return false
	case from.IsZero() && month.IsZero() && at.IsZero():
		r.RejectRow("metering.period_missing")
		return false
	case from.IsZero():
		if month.IsZero() {
			month = day.MonthOf(at)
		}
		from, to = month.First(), month.Last()
	case month.IsZero():
		month = day.MonthOf(orDate(at, to))
	}
	spend.Key, spend.Month, spend.Period = orDate(at, from), month.First(), day.Period{From: from, To: to}
	if q := r.Quantity(conQuantity); q < 0 {
		r.Reject(conQuantity, "metering.quantity_negative")
		return false
	}
	spend.Quantity = r.Quantity(conQuantity)
	return true
}

// choose takes the contract in force among those of a code; false when it is rejected.
func (s *consumptionSession) choose(r *intake.Row, column int, found []*contractMatch, spend *Spend) bool {
	if r.Empty(conContract) && r.Empty(conCustomer) {
		r.RejectRow("metering.contract_missing")
		return false
	}
	var best *contractMatch
	contracts := map[int64]bool{}
	inForce := map[int64]bool{}
	for _, c := range found {
		asked := s.in.Service == "" && c.supply.Service != org.Sanitation || c.supply.Service == s.in.Service
		if !asked && r.Empty(conContract) || s.in.Service != "" && !asked {
			continue // of a customer, what no meter counts must be asked for
		}
		contracts[c.supply.Contract] = true
		if c.supply.on(spend.Key) {
			inForce[c.supply.Contract] = true
		}
		if best == nil || c.better(best, spend.Key) {
			best = c
		}
	}
	switch {
	case best == nil:
		r.Reject(column, "metering.contract_unknown")
		return false
	case len(inForce) > 1 || len(inForce) == 0 && len(contracts) > 1:
		r.Reject(column, "metering.contract_ambiguous", "count", len(contracts))
		return false
	}
	spend.Supply = best.supply
	return true
}

// better says that a match suits a date better than another.
func (c *contractMatch) better(o *contractMatch, on day.Date) bool { return c.fit(on) > o.fit(on) }

func (c *contractMatch) fit(on day.Date) (n int) {
	if c.supply.on(on) {
		n += 2
	}
	if !on.Before(c.termsFrom) && (c.termsTo.IsZero() || on.Before(c.termsTo)) {
		n++
	}
	return n
}

// complete reads the rest of a row.
func (s *consumptionSession) complete(r *intake.Row, spend *Spend) {
	spend.Kind, spend.Register = ReadingKind(r.Text(conKind)), r.Text(conRegister)
	if spend.Kind == "" {
		spend.Kind = Read
	}
	if !r.Empty(conCategory) {
		spend.Supply.Category = r.Text(conCategory)
	}
}

// Finish implements intake.Session.
func (s *consumptionSession) Finish(ctx context.Context, x *op.Exec, _ iter.Seq2[intake.Kept, error]) error {
	return replaceSentBack(ctx, x.Tx, s.batch.ID)
}

// Discard implements intake.Session.
func (s *consumptionSession) Discard(ctx context.Context, x *op.Exec, limit int64) (bool, error) {
	return discardBatch(ctx, x.Tx, s.batch.ID, limit)
}

func quantityOf(n int64) money.Quantity { return money.Quantity(n) }
