package customer

import (
	"context"
	"iter"
	"strings"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/module/org"
	"wasl/internal/platform/intake"
	"wasl/internal/platform/op"
)

// Reasons for which an accepted row of a file is flagged.
const (
	flagName     = "customer.name_missing"
	flagBank     = "customer.bank_unknown"
	flagPublic   = "customer.public_incomplete"
	flagDiffers  = "customer.differs"
	flagDistrict = "customer.two_districts"
)

// importing is one step of an import of customers. A row creates what it names and is
// not there: the customer, the service point, the contract with its account and terms.
type importing struct {
	m     *Module
	batch intake.Batch
	in    ImportInput
}

// Take implements intake.Session.
func (s *importing) Take(ctx context.Context, x *op.Exec, rows []*intake.Row) error {
	k, err := s.look(ctx, x, rows)
	if err != nil {
		return err
	}
	var fresh []*Supply
	var localities []locality
	for _, row := range rows {
		supply, err := s.take(ctx, x, k, row)
		if err != nil {
			return err
		}
		if row.Fate() == intake.Rejected {
			continue
		}
		if supply != nil {
			fresh = append(fresh, supply)
		}
		if l := s.locate(k, row); l != nil {
			localities = append(localities, *l)
		}
	}
	if err := insertLocalities(ctx, x.Tx, localities); err != nil {
		return err
	}
	return Insert(ctx, x.Tx, Origin{Reason: s.batch.Note, Actor: op.ID(x.Actor.UserID), At: x.Now}, fresh...)
}

// take decides one row and gives what it adds; nil when it adds nothing.
func (s *importing) take(ctx context.Context, x *op.Exec, k *known, row *intake.Row) (*Supply, error) {
	unit, allowed := k.units[row.Text(colUnit)]
	if !allowed {
		row.Reject(colUnit, "customer.import.unit")
		return nil, nil
	}
	c, isNew := s.customer(k, row, unit)
	if c == nil {
		return nil, nil
	}
	supply := &Supply{Customer: c, Nature: s.nature(row), Since: s.starts(row, x.Today)}
	code := s.contractCode(row)
	if code == "" {
		return s.alone(k, row, supply, isNew)
	}
	if have := k.contracts[code]; have != nil {
		return nil, s.again(k, row, c, have)
	}
	if !s.contract(k, row, supply, code, unit, x.Today) {
		return nil, nil
	}
	known, err := k.tariffKnown(ctx, x, s.m.tariffs, supply.Terms.Tariff, supply.Contract.Service)
	if err != nil {
		return nil, err
	}
	if !known {
		row.Reject(colTariff, "customer.contract.tariff")
		return nil, nil
	}
	if !isNew && s.differs(k, row, c) {
		row.Flag(flagDiffers)
	}
	s.keep(k, row, supply, isNew)
	row.Create()
	return supply, nil
}

// keep lets the rows after this one see what it makes, and flags what is odd about it.
func (s *importing) keep(k *known, row *intake.Row, supply *Supply, isNew bool) {
	c := supply.Customer
	if isNew {
		k.customers[c.Code] = c
		k.natures[c.Code] = supply.Nature
		s.flagCustomer(row, c, supply.Nature)
	}
	contract := supply.Contract
	if contract == nil {
		return
	}
	code := pointCode(row, contract.Code)
	k.points[code] = supply.Point
	k.contracts[contract.Code], k.terms[contract.Code], k.homes[contract.Code] = contract, supply.Terms, c
	k.at[code] = append(k.at[code], contract)
}

func (s *importing) flagCustomer(row *intake.Row, c *Customer, n Nature) {
	if row.Empty(colName) {
		row.Flag(flagName)
	}
	if c.RIB != "" && bankOf(c.RIB) == "" {
		row.Flag(flagBank)
	}
	if n.Public() && len(c.missing()) > 0 {
		row.Flag(flagPublic)
	}
}

// alone decides a row that names no contract.
func (s *importing) alone(k *known, row *intake.Row, supply *Supply, isNew bool) (*Supply, error) {
	if isNew {
		s.keep(k, row, supply, true)
		row.Create()
		return supply, nil
	}
	return nil, s.correct(k, row, supply.Customer)
}

// correct decides a row about a known customer: it changes what its cells say
// otherwise.
func (s *importing) correct(k *known, row *intake.Row, c *Customer) error {
	if !s.differs(k, row, c) {
		row.Same()
		return nil
	}
	if c.ID == 0 || c.BatchID == s.batch.ID { // two rows of one file disagree: the first one counts
		row.Same()
		row.Flag(flagDiffers)
		return nil
	}
	if !k.own[int64(c.UnitID)] {
		row.Reject(colCustomer, "customer.import.other_unit")
		return nil
	}
	return row.Change(c.Code, cellsOf(row))
}

// again decides a row whose contract is known: it may correct the customer; another
// price or another place is a change with a date, which a file cannot make.
func (s *importing) again(k *known, row *intake.Row, c *Customer, have *Contract) error {
	holder := have.CustomerID == c.ID
	if c.ID == 0 {
		holder = k.homes[have.Code] == c
	}
	switch {
	case !holder:
		row.Reject(colContract, "customer.import.other_customer")
	case s.category(row) != "" && s.category(row) != k.terms[have.Code].Category:
		row.Reject(colCategory, "customer.import.other_terms", "known", k.terms[have.Code].Category)
	case !row.Empty(colVATUse) && VATUse(row.Text(colVATUse)) != k.terms[have.Code].VATUse:
		row.Reject(colVATUse, "customer.import.other_terms", "known", string(k.terms[have.Code].VATUse))
	case !row.Empty(colHouseholds) && row.Int(colHouseholds) != k.terms[have.Code].Households:
		row.Reject(colHouseholds, "customer.import.other_terms", "known", k.terms[have.Code].Households)
	case !row.Empty(colPower) && row.Quantity(colPower) != k.terms[have.Code].SubscribedPower:
		row.Reject(colPower, "customer.import.other_terms", "known", k.terms[have.Code].SubscribedPower)
	case !row.Empty(colStarts) && row.Date(colStarts) != have.StartsOn:
		row.Reject(colStarts, "customer.import.other_start", "known", have.StartsOn)
	case s.service(row) != "" && s.service(row) != have.Service:
		row.Reject(colService, "customer.import.other_service", "known", string(have.Service))
	default:
		return s.correct(k, row, c)
	}
	return nil
}

// customer gives the customer of a row: the known one, or a new one when its cells are
// right. It gives nil after a refusal.
func (s *importing) customer(k *known, row *intake.Row, unit int64) (c *Customer, isNew bool) {
	code := row.Text(colCustomer)
	patch := cellsOf(row)
	faults := identity{patch.CIN, patch.ICE, patch.RIB}.check()
	if len(faults) > 0 {
		refuse(row, faults, map[string]int{"cin": colCIN, "ice": colICE, "rib": colRIB})
		return nil, false
	}
	if c := k.customers[code]; c != nil {
		// A nature that changes has a date, which a file does not give. (An imported
		// customer whose nature begins later has none today.)
		if have := k.natures[code]; !row.Empty(colNature) && have != "" && s.nature(row) != have {
			row.Reject(colNature, "customer.import.other_nature", "known", string(have))
			return nil, false
		}
		return c, false
	}
	if k.takenCustomers[code] {
		row.Reject(colCustomer, "customer.import.code_waits")
		return nil, false
	}
	c = &Customer{Code: code, UnitID: op.ID(unit), Name: code, Language: French, BatchID: s.batch.ID}
	patch.apply(c)
	return c, true
}

func (s *importing) nature(row *intake.Row) Nature {
	return Nature(orText(orText(row.Text(colNature), string(s.in.Nature)), string(Private)))
}

func (s *importing) starts(row *intake.Row, today day.Date) day.Date {
	return orDate(orDate(row.Date(colStarts), s.in.StartsOn), today)
}

// differs says whether the cells of a row say something else of a customer than what is
// known; empty cells say nothing.
func (s *importing) differs(k *known, row *intake.Row, c *Customer) bool {
	patch := cellsOf(row)
	_ = identity{patch.CIN, patch.ICE, patch.RIB}.check() // puts them in their form
	after := *c
	patch.apply(&after)
	return after != *c
}

// contract fills the supply with the contract, its place and its terms; false after a
// refusal.
func (s *importing) contract(k *known, row *intake.Row, supply *Supply, code string, unit int64, today day.Date) bool {
	faults := 0
	bad := func(column int, code string, pairs ...any) {
		faults++
		row.Reject(column, code, pairs...)
	}
	switch {
	case len(code) > codeMax:
		bad(colContract, "input.too_long", "max", int64(codeMax))
	case k.takenContracts[code]:
		bad(colContract, "customer.import.code_waits")
	case k.numbers[code]:
		bad(colContract, "account.number_taken")
	}
	point := s.point(k, row, code, unit, bad)
	service := s.service(row)
	if service == "" && point != nil {
		service = point.Service
	}
	starts := orDate(row.Date(colStarts), s.in.StartsOn)
	if starts.IsZero() {
		bad(colStarts, "input.required")
	} else if last := today.AddDays(AheadDaysMax); starts.After(last) {
		bad(colStarts, "customer.too_far_ahead", "max", last)
	}
	ends := row.Date(colEnds)
	if !ends.IsZero() && !starts.Before(ends) {
		bad(colEnds, "customer.contract.before_start", "starts_on", starts)
	}
	supply.Terms = s.terms(row, service, bad)
	if faults > 0 {
		return false
	}
	supply.Point = point
	supply.Contract = &Contract{
		Code: code, CustomerID: supply.Customer.ID, PointID: point.ID, UnitID: point.UnitID, Service: service, StartsOn: starts, EndsOn: ends,
		BatchID: s.batch.ID,
	}
	if !ends.IsZero() {
		supply.Contract.Ending = Terminated
	}
	return s.fits(k, row, supply)
}

// codeMax is the longest code.
const codeMax = 31

// fits refuses a contract that its service point cannot have.
func (s *importing) fits(k *known, row *intake.Row, supply *Supply) bool {
	contract, point := supply.Contract, supply.Point
	if contract.Service != point.Service && !(contract.Service == org.Sanitation && point.Service == org.Water) {
		row.Reject(colService, "customer.contract.service", "service", string(point.Service))
		return false
	}
	for _, o := range k.at[pointCode(row, contract.Code)] {
		if o.Service == contract.Service && o.overlaps(*contract) {
			row.Reject(colPoint, "customer.contract.overlap", "contract", o.Code, "from", o.StartsOn)
			return false
		}
	}
	return true
}

// point gives the service point of a row: the known one, or a new one.
func (s *importing) point(k *known, row *intake.Row, contract string, unit int64, bad func(int, string, ...any)) *ServicePoint {
	code := pointCode(row, contract)
	if p := k.points[code]; p != nil {
		return p
	}
	if k.takenPoints[code] {
		bad(colPoint, "customer.import.code_waits")
	}
	service := s.service(row)
	if service == "" {
		bad(colService, "input.required")
	}
	connection := Connection(orText(row.Text(colConnection), string(Individual)))
	diameter := row.Int(colDiameter)
	if diameter < 0 || service == org.Electricity && diameter != 0 {
		bad(colDiameter, "customer.point.no_pipe")
	}
	return &ServicePoint{
		Code: code, UnitID: op.ID(unit), Service: service, Address: row.Text(colAddress), Locality: row.Text(colLocality), Connection: connection,
		DiameterMM: diameter, BatchID: s.batch.ID,
	}
}

// terms are those of a row.
func (s *importing) terms(row *intake.Row, service org.Service, bad func(int, string, ...any)) Terms {
	category := s.category(row)
	if category == "" {
		bad(colCategory, "input.required")
	}
	use := VATUse(orText(row.Text(colVATUse), string(s.in.VATUse)))
	if use == "" {
		bad(colVATUse, "input.required")
	}
	households := row.Int(colHouseholds)
	if households < 0 {
		bad(colHouseholds, "input.range", "min", int64(1), "max", int64(householdsMax))
	}
	power := row.Quantity(colPower)
	if power < 0 || power != 0 && service != org.Electricity {
		bad(colPower, "customer.contract.no_power")
	}
	attributes, f := ParseAttributes(strings.FieldsFunc(row.Text(colAttributes), func(r rune) bool { return r == ',' || r == '|' }))
	if f != nil {
		bad(colAttributes, f.Code, "line", f.Args["line"])
	}
	return Terms{row.Text(colTariff), category, use, max(1, households), power, attributes}
}

// householdsMax is the most homes behind one meter.
const householdsMax = 9999

// locate notes the district of a locality, and flags a row that puts a known locality
// under another district.
func (s *importing) locate(k *known, row *intake.Row) *locality {
	if row.Empty(colDistrict) || row.Empty(colLocality) {
		return nil
	}
	at := place{k.units[row.Text(colUnit)], row.Text(colLocality)}
	district, there := k.districts[at]
	if !there {
		k.districts[at] = row.Text(colDistrict)
		return &locality{at, row.Text(colDistrict), s.batch.ID}
	}
	if district != row.Text(colDistrict) {
		row.Flag(flagDistrict)
	}
	return nil
}

// Finish implements intake.Session: it corrects the known customers.
func (s *importing) Finish(ctx context.Context, x *op.Exec, kept iter.Seq2[intake.Kept, error]) error {
	for change, err := range kept {
		var p patch
		if err == nil {
			err = change.Decode(&p)
		}
		if err != nil {
			return err
		}
		_ = identity{p.CIN, p.ICE, p.RIB}.check() // puts them in their form; they were right
		all, err := CustomersByCode(ctx, x.Tx, []string{change.Subject})
		if err != nil {
			return err
		}
		c, there := all[change.Subject]
		if !there {
			return fault.New(fault.Conflict, "customer.unknown")
		}
		before := c
		if p.apply(&c); c == before {
			continue
		}
		if err := updateCustomer(ctx, x.Tx, &before, &c); err != nil {
			return err
		}
	}
	return nil
}

// Discard implements intake.Session.
func (s *importing) Discard(ctx context.Context, x *op.Exec, limit int64) (bool, error) {
	return discard(ctx, x.Tx, s.batch.ID, limit)
}

// patch is what the cells of a row say of a customer; nil says nothing.
type patch struct {
	Name       *string `json:"name,omitempty"`
	NameAr     *string `json:"name_ar,omitempty"`
	CIN        *string `json:"cin,omitempty"`
	ICE        *string `json:"ice,omitempty"`
	TaxID      *string `json:"tax_id,omitempty"`
	RIB        *string `json:"rib,omitempty"`
	Phone      *string `json:"phone,omitempty"`
	Email      *string `json:"email,omitempty"`
	Address    *string `json:"address,omitempty"`
	City       *string `json:"city,omitempty"`
	Ministry   *string `json:"ministry,omitempty"`
	Officer    *string `json:"authorising_officer,omitempty"`
	Accountant *string `json:"public_accountant,omitempty"`
	Budget     *string `json:"budget_line,omitempty"`
}

// cellsOf reads the cells of a row about its customer.
func cellsOf(row *intake.Row) patch {
	cell := func(column int) *string {
		if row.Empty(column) {
			return nil
		}
		text := row.Text(column)
		return &text
	}
	return patch{
		cell(colName), cell(colNameAr), cell(colCIN), cell(colICE), cell(colTaxID), cell(colRIB), cell(colPhone), cell(colEmail),
		cell(colCustomerAddress), cell(colCity), cell(colMinistry), cell(colOfficer), cell(colAccountant), cell(colBudget),
	}
}

// apply puts what the patch says into a customer.
func (p patch) apply(c *Customer) {
	op.Set(&c.Name, p.Name)
	op.Set(&c.NameAr, p.NameAr)
	op.Set(&c.CIN, p.CIN)
	op.Set(&c.ICE, p.ICE)
	op.Set(&c.TaxID, p.TaxID)
	op.Set(&c.RIB, p.RIB)
	op.Set(&c.Phone, p.Phone)
	op.Set(&c.Email, p.Email)
	op.Set(&c.Address, p.Address)
	op.Set(&c.City, p.City)
	op.Set(&c.Ministry, p.Ministry)
	op.Set(&c.AuthorisingOfficer, p.Officer)
	op.Set(&c.PublicAccountant, p.Accountant)
	op.Set(&c.BudgetLine, p.Budget)
}
