package customer

import (
	"context"

	"wasl/internal/kernel/fault"
	"wasl/internal/module/account"
	"wasl/internal/module/org"
	"wasl/internal/platform/intake"
	"wasl/internal/platform/op"
)

// known is what is already there of the records that some rows name, and what earlier
// rows of the chunk have made.
type known struct {
	customers map[string]*Customer
	// natures are the legal natures of today, by the code of the customer.
	natures map[string]Nature
	// own says whether a unit lies in that of the import.
	own       map[int64]bool
	points    map[string]*ServicePoint
	contracts map[string]*Contract
	// terms are the latest of each contract, by its code.
	terms map[string]Terms
	// at are the contracts of each service point, by its code.
	at map[string][]*Contract
	// homes names the customer of a contract of the chunk, by the code of the contract.
	homes map[string]*Customer
	// taken are codes that another batch, still hidden, holds; numbers those of accounts.
	takenCustomers, takenPoints, takenContracts, numbers map[string]bool
	// units are those named by the rows; a unit that may not be used has 0.
	units map[string]int64
	// districts of localities, by unit and name.
	districts map[place]string
	// tariffs are those checked, by code and service.
	tariffs map[[2]string]bool
}

// place is a locality of a unit.
type place struct {
	unit int64
	name string
}

// look reads what is known of the records that the rows name, in one statement a kind.
func (s *importing) look(ctx context.Context, x *op.Exec, rows []*intake.Row) (*known, error) {
	k := &known{at: map[string][]*Contract{}, homes: map[string]*Customer{}, tariffs: map[[2]string]bool{}}
	var customers, contracts, points, units, names []string
	for _, row := range rows {
		customers = append(customers, row.Text(colCustomer))
		if code := s.contractCode(row); code != "" {
			contracts, points = append(contracts, code), append(points, pointCode(row, code))
		}
		units, names = append(units, row.Text(colUnit)), append(names, row.Text(colLocality))
	}
	var err error
	for _, step := range []func() error{
		func() error { k.customers, err = customersFor(ctx, x.R, customers, s.batch.ID); return err },
		func() error { k.points, err = pointsFor(ctx, x.R, points, s.batch.ID); return err },
		func() error { k.contracts, err = contractsFor(ctx, x.R, contracts, s.batch.ID); return err },
		func() error { k.takenCustomers, err = takenCodes(ctx, x.R, "customer_code", customers); return err },
		func() error { k.takenPoints, err = takenCodes(ctx, x.R, "service_point_code", points); return err },
		func() error { k.takenContracts, err = takenCodes(ctx, x.R, "contract_code", contracts); return err },
		func() error { k.numbers, err = account.TakenNumbers(ctx, x.R, contracts); return err },
		func() error { k.districts, err = districtsOf(ctx, x.R, names, s.batch.ID); return err },
		func() error { return k.readTerms(ctx, x) },
		func() error { return k.readNatures(ctx, x) },
		func() error { return k.readPoints(ctx, x, s.batch.ID) },
		func() error { return s.readUnits(ctx, x, k, units) },
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return k, nil
}

func (k *known) readTerms(ctx context.Context, x *op.Exec) error {
	keys := make([]Key, 0, len(k.contracts))
	for _, c := range k.contracts {
		keys = append(keys, c.Key)
	}
	all, err := TermsOf(ctx, x.R, keys)
	k.terms = make(map[string]Terms, len(keys))
	for code, c := range k.contracts {
		if spans := all[int64(c.ID)]; len(spans) > 0 {
			k.terms[code] = spans[len(spans)-1].Terms
		}
	}
	return err
}

func (k *known) readNatures(ctx context.Context, x *op.Exec) (err error) {
	ids := make([]int64, 0, len(k.customers))
	for _, c := range k.customers {
		ids = append(ids, int64(c.ID))
	}
	byID, err := NaturesOn(ctx, x.R, ids, x.Today)
	k.natures = make(map[string]Nature, len(k.customers))
	for code, c := range k.customers {
		k.natures[code] = byID[int64(c.ID)]
	}
	return err
}

// readPoints reads the contracts of the points that are known.
func (k *known) readPoints(ctx context.Context, x *op.Exec, batch int64) error {
	ids := make([]int64, 0, len(k.points))
	codes := make(map[int64]string, len(k.points))
	for code, p := range k.points {
		ids, codes[int64(p.ID)] = append(ids, int64(p.ID)), code
	}
	all, err := contractsAtFor(ctx, x.R, ids, batch)
	for _, c := range all {
		code := codes[int64(c.PointID)]
		k.at[code] = append(k.at[code], c)
	}
	return err
}

// readUnits finds the units named by rows: they must lie in that of the import.
func (s *importing) readUnits(ctx context.Context, x *op.Exec, k *known, codes []string) error {
	ids, err := org.IDsOf(ctx, x.R, codes)
	if err != nil {
		return err
	}
	k.units = make(map[string]int64, len(ids)+1)
	for code, id := range ids {
		within, err := x.Places().Within(ctx, x.R, id, int64(s.in.Unit), x.Today)
		if err != nil {
			return err
		}
		if within {
			k.units[code] = id
		}
	}
	k.units[""] = int64(s.in.Unit)
	k.own = map[int64]bool{}
	for _, c := range k.customers {
		unit := int64(c.UnitID)
		if _, asked := k.own[unit]; asked {
			continue
		}
		if k.own[unit], err = x.Places().Within(ctx, x.R, unit, int64(s.in.Unit), x.Today); err != nil {
			return err
		}
	}
	return nil
}

// tariffKnown asks once for each tariff and service.
func (k *known) tariffKnown(ctx context.Context, x *op.Exec, t Tariffs, code string, service org.Service) (bool, error) {
	key := [2]string{code, string(service)}
	if yes, asked := k.tariffs[key]; asked || code == "" || t == nil {
		return yes || code == "" || t == nil, nil
	}
	yes, err := t.KnowsTariff(ctx, x.R, code, string(service))
	k.tariffs[key] = yes
	return yes, err
}

// contractCode is the code of the contract of a row; empty for a row without contract.
func (s *importing) contractCode(row *intake.Row) string {
	if code := row.Text(colContract); code != "" {
		return code
	}
	category := s.category(row)
	switch {
	case category == "" || s.service(row) == "" && row.Empty(colPoint):
		return ""
	case s.in.ByCategory:
		return row.Text(colCustomer) + "-" + category
	}
	return row.Text(colCustomer)
}

func (s *importing) category(row *intake.Row) string {
	return orText(row.Text(colCategory), s.in.Category)
}

func (s *importing) service(row *intake.Row) org.Service {
	return org.Service(orText(row.Text(colService), string(s.in.Service)))
}

// pointCode is the code of the service point of a row: without one of its own, it has
// that of the contract.
func pointCode(row *intake.Row, contract string) string { return orText(row.Text(colPoint), contract) }

func orText(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// refuse puts the faults of a record into the columns of its row.
func refuse(row *intake.Row, faults []fault.Field, columns map[string]int) {
	for _, f := range faults {
		var pairs []any
		for name, value := range f.Args {
			pairs = append(pairs, name, value)
		}
		row.Reject(columns[f.Path], f.Code, pairs...)
	}
}
