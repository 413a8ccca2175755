package customer

import (
	"context"
	"iter"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/find"
	"wasl/internal/platform/intake"
)

const customerColumns = `c.id, c.code, c.unit_id, c.name, c.name_ar, c.cin, c.ice, c.tax_id, c.rib, c.phone, c.email, c.address, c.city, c.language,
	c.ministry, c.authorising_officer, c.public_accountant, c.budget_line, c.version`

func (c *Customer) fields() []any {
	return []any{
		&c.ID, &c.Code, &c.UnitID, &c.Name, &c.NameAr, &c.CIN, &c.ICE, &c.TaxID, &c.RIB, &c.Phone, &c.Email, &c.Address, &c.City, &c.Language,
		&c.Ministry, &c.AuthorisingOfficer, &c.PublicAccountant, &c.BudgetLine, &c.Version,
	}
}

func scanCustomer(rows db.Rows) (c Customer, err error) {
	err = rows.Scan(c.fields()...)
	return c, err
}

// seen keeps rows of batches that are not applied out of a query.
func seen(w *db.Where, alias string) { intake.Visible(w, alias+".batch_id") }

// orNone is NULL for no id.
func orNone(id int64) *int64 {
	if id == 0 {
		return nil
	}
	return &id
}

// FindCustomer reads one customer; NotFound "customer.unknown" when there is none.
func FindCustomer(ctx context.Context, r db.Reader, id int64) (Customer, error) {
	var w db.Where
	w.And("c.id = ?", id)
	seen(&w, "c")
	c, err := db.One(ctx, r, scanCustomer, `SELECT `+customerColumns+` FROM customer c`+w.SQL(), w.Args()...)
	if fault.CodeOf(err) == "db.no_row" {
		return c, fault.New(fault.NotFound, "customer.unknown")
	}
	return c, err
}

// Payer implements account.Customers.
func (m *Module) Payer(ctx context.Context, r db.Reader, id int64) (unit int64, err error) {
	c, err := FindCustomer(ctx, r, id)
	return int64(c.UnitID), err
}

// customersByID reads some customers, by id.
func customersByID(ctx context.Context, r db.Reader, ids []int64) (map[int64]Customer, error) {
	out := make(map[int64]Customer, len(ids))
	return out, db.Each(ctx, r, func(rows db.Rows) error {
		c, err := scanCustomer(rows)
		out[int64(c.ID)] = c
		return err
	}, `SELECT `+customerColumns+` FROM customer c WHERE c.id IN {ints $1}`, ids)
}

// CustomersByCode reads those of some customers that exist, by code.
func CustomersByCode(ctx context.Context, r db.Reader, codes []string) (map[string]Customer, error) {
	var w db.Where
	w.And("k.code IN {texts ?}", codes)
	seen(&w, "c")
	out := make(map[string]Customer, len(codes))
	return out, db.Each(ctx, r, func(rows db.Rows) error {
		c, err := scanCustomer(rows)
		out[c.Code] = c
		return err
	}, `SELECT `+customerColumns+` FROM customer_code k JOIN customer c ON c.id = k.customer_id`+w.SQL(), w.Args()...)
}

// codeFree refuses a code that is taken, also by an import under way, before the engine
// does: a refused statement would spoil the transaction.
func codeFree(ctx context.Context, r db.Reader, table, code, refusal string) error {
	taken, err := takenCodes(ctx, r, table, []string{code})
	if err == nil && taken[code] {
		return &fault.Error{Kind: fault.Conflict, Code: refusal, Fields: []fault.Field{{Path: "code", Code: refusal}}}
	}
	return err
}

// takenCodes gives those of some codes that a table of codes has.
func takenCodes(ctx context.Context, r db.Reader, table string, codes []string) (map[string]bool, error) {
	taken := map[string]bool{}
	return taken, db.Each(ctx, r, func(rows db.Rows) error {
		var code string
		err := rows.Scan(&code)
		taken[code] = true
		return err
	}, `SELECT code FROM `+table+` WHERE code IN {texts $1}`, codes)
}

// taken turns the refusal of a unique constraint into a fault.
func taken(err error, constraint, code string) error {
	if err != nil && db.Constraint(err) == constraint {
		return fault.Wrap(err, fault.Conflict, code)
	}
	return err
}

// insertCustomers adds customers with their codes and words, in bulk; Conflict
// "customer.code_taken" when a code exists.
func insertCustomers(ctx context.Context, tx db.Tx, customers ...*Customer) error {
	if err := bulk(ctx, tx, "customer_code", []string{"code", "customer_id"}, customers, func(c *Customer) []any {
		return []any{c.Code, c.ID}
	}); err != nil {
		return taken(err, constraintCustomer, codeTakenCustomer)
	}
	names := []string{
		"id", "code", "unit_id", "name", "name_ar", "cin", "ice", "tax_id", "rib", "phone", "email", "address", "city", "language",
		"ministry", "authorising_officer", "public_accountant", "budget_line", "folded", "version", "batch_id",
	}
	if err := bulk(ctx, tx, "customer", names, customers, func(c *Customer) []any {
		return []any{
			c.ID, c.Code, c.UnitID, c.Name, c.NameAr, c.CIN, c.ICE, c.TaxID, c.RIB, c.Phone, c.Email, c.Address, c.City, c.Language,
			c.Ministry, c.AuthorisingOfficer, c.PublicAccountant, c.BudgetLine, find.Join(c.terms()), c.Version, orNone(c.BatchID),
		}
	}); err != nil {
		return err
	}
	return find.Bulk(ctx, tx, wordsOf(kindCustomer, customers, func(c *Customer) (int64, []string) { return int64(c.ID), c.terms() }))
}

// bulk inserts records as rows.
func bulk[T any](ctx context.Context, tx db.Tx, table string, columns []string, records []T, row func(T) []any) error {
	_, err := tx.Bulk(ctx, table, columns, func(yield func([]any, error) bool) {
		for _, record := range records {
			if !yield(row(record), nil) {
				return
			}
		}
	})
	return err
}

// wordsOf are the words of records for the search.
func wordsOf[T any](kind string, records []T, terms func(T) (int64, []string)) iter.Seq[find.Row] {
	return func(yield func(find.Row) bool) {
		for _, record := range records {
			ref, words := terms(record)
			for _, word := range words {
				if !yield(find.Row{Kind: kind, Ref: ref, Term: word}) {
					return
				}
			}
		}
	}
}

// updateCustomer writes a customer read at a version and gives it the next one.
func updateCustomer(ctx context.Context, tx db.Tx, before, c *Customer) error {
	n, err := tx.Exec(ctx, `UPDATE customer SET name = $1, name_ar = $2, cin = $3, ice = $4, tax_id = $5, rib = $6, phone = $7, email = $8,
		  address = $9, city = $10, language = $11, ministry = $12, authorising_officer = $13, public_accountant = $14, budget_line = $15,
		  unit_id = $16, folded = $17, version = version + 1
		WHERE id = $18 AND version = $19`,
		c.Name, c.NameAr, c.CIN, c.ICE, c.TaxID, c.RIB, c.Phone, c.Email, c.Address, c.City, c.Language, c.Ministry, c.AuthorisingOfficer,
		c.PublicAccountant, c.BudgetLine, c.UnitID, find.Join(c.terms()), c.ID, c.Version)
	if err != nil {
		return err
	}
	if n == 0 {
		return stale(c.Version)
	}
	c.Version++
	return find.Index(ctx, tx, kindCustomer, int64(c.ID), before.terms(), c.terms())
}

// stale refuses a write that somebody else's came before, since the row was read.
func stale(given int64) error {
	return fault.New(fault.Conflict, "row.stale", "version", given+1, "given", given)
}

// touchCustomer gives a customer its next version, when what changes is beside it.
func touchCustomer(ctx context.Context, tx db.Tx, c *Customer) error {
	n, err := tx.Exec(ctx, `UPDATE customer SET version = version + 1 WHERE id = $1 AND version = $2`, c.ID, c.Version)
	if err == nil && n == 0 {
		return stale(c.Version)
	}
	c.Version++
	return err
}

// homesOf gives the unit that manages each of some customers.
func homesOf(ctx context.Context, r db.Reader, customers []int64) (map[int64]int64, error) {
	homes := make(map[int64]int64, len(customers))
	return homes, db.Each(ctx, r, func(rows db.Rows) error {
		var id, unit int64
		err := rows.Scan(&id, &unit)
		homes[id] = unit
		return err
	}, `SELECT id, unit_id FROM customer WHERE id IN {ints $1}`, customers)
}
