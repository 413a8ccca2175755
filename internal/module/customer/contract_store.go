package customer

import (
	"context"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/find"
)

const contractColumns = `k.receivable_account_id, k.id, k.code, k.customer_id, k.service_point_id, k.unit_id, k.service, k.starts_on, k.ends_on,
	k.ending, k.version`

func (c *Contract) fields() []any {
	return []any{
		&c.Account, &c.ID, &c.Code, &c.CustomerID, &c.PointID, &c.UnitID, &c.Service, &c.StartsOn, &c.EndsOn, &c.Ending, &c.Version,
	}
}

func scanContract(rows db.Rows) (c Contract, err error) {
	err = rows.Scan(c.fields()...)
	return c, err
}

// byKey is the FROM that finds contracts by id: the account that keeps them first.
const byKey = ` FROM contract_code cc JOIN contract k ON k.receivable_account_id = cc.receivable_account_id AND k.id = cc.contract_id`

// FindContract reads one contract; NotFound "customer.contract.unknown" when there is
// none.
func FindContract(ctx context.Context, r db.Reader, id int64) (Contract, error) {
	var w db.Where
	w.And("cc.contract_id = ?", id)
	seen(&w, "k")
	c, err := db.One(ctx, r, scanContract, `SELECT `+contractColumns+byKey+w.SQL(), w.Args()...)
	if fault.CodeOf(err) == "db.no_row" {
		return c, fault.New(fault.NotFound, "customer.contract.unknown")
	}
	return c, err
}

// ContractsByCode reads those of some contracts that exist, by code.
func ContractsByCode(ctx context.Context, r db.Reader, codes []string) (map[string]Contract, error) {
	var w db.Where
	w.And("cc.code IN {texts ?}", codes)
	seen(&w, "k")
	out := make(map[string]Contract, len(codes))
	return out, db.Each(ctx, r, func(rows db.Rows) error {
		c, err := scanContract(rows)
		out[c.Code] = c
		return err
	}, `SELECT `+contractColumns+byKey+w.SQL(), w.Args()...)
}

// ContractsByID reads some contracts, by id; unknown ones are left out.
func ContractsByID(ctx context.Context, r db.Reader, ids []int64) (map[int64]Contract, error) {
	var w db.Where
	w.And("cc.contract_id IN {ints ?}", ids)
	seen(&w, "k")
	out := make(map[int64]Contract, len(ids))
	return out, db.Each(ctx, r, func(rows db.Rows) error {
		c, err := scanContract(rows)
		out[int64(c.ID)] = c
		return err
	}, `SELECT `+contractColumns+byKey+w.SQL(), w.Args()...)
}

// ContractsAt reads all contracts of some service points, past and to come, by point
// and then by date: pick the one in force with Contract.InForce.
func ContractsAt(ctx context.Context, r db.Reader, points []int64) (map[int64][]Contract, error) {
	var w db.Where
	w.And("k.service_point_id IN {ints ?}", points)
	seen(&w, "k")
	out := make(map[int64][]Contract, len(points))
	return out, db.Each(ctx, r, func(rows db.Rows) error {
		c, err := scanContract(rows)
		out[int64(c.PointID)] = append(out[int64(c.PointID)], c)
		return err
	}, `SELECT `+contractColumns+` FROM contract k`+w.SQL()+` ORDER BY k.service_point_id, k.starts_on, k.id`, w.Args()...)
}

// ContractOn gives the contract of a service at a service point that is in force on a
// date, and whether there is one.
func ContractOn(ctx context.Context, r db.Reader, point int64, service string, on day.Date) (c Contract, found bool, err error) {
	all, err := ContractsAt(ctx, r, []int64{point})
	for _, c := range all[point] {
		if string(c.Service) == service && c.InForce(on) {
			return c, true, err
		}
	}
	return Contract{}, false, err
}

// TermsOn gives the terms of each of some contracts in force on a date, by id of the
// contract; a contract without terms on that date is left out.
func TermsOn(ctx context.Context, r db.Reader, keys []Key, on day.Date) (map[int64]Terms, error) {
	all, err := TermsOf(ctx, r, keys)
	out := make(map[int64]Terms, len(all))
	for id, spans := range all {
		for _, s := range spans {
			if !on.Before(s.From) && (s.To.IsZero() || on.Before(s.To)) {
				out[id] = s.Terms
			}
		}
	}
	return out, err
}

// TermsOf gives all terms of some contracts, by id of the contract and then by date.
func TermsOf(ctx context.Context, r db.Reader, keys []Key) (map[int64][]TermsSpan, error) {
	accounts := make([]int64, len(keys))
	wanted := make(map[int64]bool, len(keys))
	for i, key := range keys {
		accounts[i] = int64(key.Account)
		wanted[int64(key.ID)] = true
	}
	out := make(map[int64][]TermsSpan, len(keys))
	return out, db.Each(ctx, r, func(rows db.Rows) error {
		var id int64
		var s TermsSpan
		err := rows.Scan(&id, &s.From, &s.To, &s.Tariff, &s.Category, &s.VATUse, &s.Households, &s.SubscribedPower, &s.Attributes)
		if wanted[id] {
			out[id] = append(out[id], s)
		}
		return err
	}, `SELECT contract_id, valid_from, valid_to, tariff_code, category, vat_use, households, subscribed_power, attributes
		FROM contract_terms WHERE receivable_account_id IN {ints $1} ORDER BY receivable_account_id, contract_id, valid_from`, accounts)
}

// insertContracts adds contracts with their codes, in bulk; Conflict
// "customer.contract.code_taken" when a code exists. Their accounts are there already.
func insertContracts(ctx context.Context, tx db.Tx, contracts ...*Contract) error {
	if err := bulk(ctx, tx, "contract_code", []string{"code", "receivable_account_id", "contract_id"}, contracts, func(c *Contract) []any {
		return []any{c.Code, c.Account, c.ID}
	}); err != nil {
		return taken(err, constraintContract, codeTakenContract)
	}
	names := []string{
		"receivable_account_id", "id", "code", "customer_id", "service_point_id", "unit_id", "service", "starts_on", "ends_on", "ending",
		"folded", "version", "batch_id",
	}
	if err := bulk(ctx, tx, "contract", names, contracts, func(c *Contract) []any {
		return []any{
			c.Account, c.ID, c.Code, c.CustomerID, c.PointID, c.UnitID, c.Service, c.StartsOn, c.EndsOn, c.Ending,
			find.Join(c.terms()), c.Version, orNone(c.BatchID),
		}
	}); err != nil {
		return err
	}
	return find.Bulk(ctx, tx, wordsOf(kindContract, contracts, func(c *Contract) (int64, []string) { return int64(c.Account), c.terms() }))
}

// updateContract writes the end of a contract read at a version and gives it the next
// one: what else a contract says never changes.
func updateContract(ctx context.Context, tx db.Tx, c *Contract) error {
	n, err := tx.Exec(ctx, `UPDATE contract SET ends_on = $1, ending = $2, version = version + 1
		WHERE receivable_account_id = $3 AND id = $4 AND version = $5`, c.EndsOn, c.Ending, c.Account, c.ID, c.Version)
	if err == nil && n == 0 {
		return stale(c.Version)
	}
	c.Version++
	return err
}

// addPlaces notes that customers have contracts in units that are not their own.
func addPlaces(ctx context.Context, tx db.Tx, places [][2]int64) error {
	for _, p := range places {
		_, err := tx.Exec(ctx, `INSERT INTO customer_unit (customer_id, unit_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`, p[0], p[1])
		if err != nil {
			return err
		}
	}
	return nil
}
