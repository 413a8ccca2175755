package customer

import (
	"context"

	"wasl/internal/kernel/dated"
	"wasl/internal/kernel/day"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// inForce is the condition that a row of an alias is in force on a date.
func inForce(w *db.Where, alias string, on day.Date) {
	w.And(alias+`.valid_from <= ? AND (`+alias+`.valid_to IS NULL OR ? < `+alias+`.valid_to)`, on, on)
}

// readNatures reads the natures of a customer, by date.
func readNatures(ctx context.Context, r db.Reader, customer int64) (natures, error) {
	return db.All(ctx, r, func(rows db.Rows) (s dated.Span[Nature, note], err error) {
		err = rows.Scan(&s.From, &s.To, &s.Value, &s.Note.reason, &s.Note.actor, &s.Note.at)
		return s, err
	}, `SELECT valid_from, valid_to, nature, reason, actor_id, recorded_at FROM customer_nature WHERE customer_id = $1 ORDER BY valid_from`, customer)
}

// saveNatures writes the natures of a customer anew.
func saveNatures(ctx context.Context, tx db.Tx, customer int64, line natures) error {
	if _, err := tx.Exec(ctx, `DELETE FROM customer_nature WHERE customer_id = $1`, customer); err != nil {
		return err
	}
	for _, s := range line {
		_, err := tx.Exec(ctx, `INSERT INTO customer_nature (customer_id, valid_from, valid_to, nature, reason, actor_id, recorded_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7)`, customer, s.From, s.To, s.Value, s.Note.reason, s.Note.actor, s.Note.at)
		if err != nil {
			return err
		}
	}
	return nil
}

// firstNature is the nature of a new customer.
type firstNature struct {
	customer op.ID
	from     day.Date
	nature   Nature
	note     note
}

// insertNatures adds the first natures of new customers, in bulk.
func insertNatures(ctx context.Context, tx db.Tx, first []firstNature) error {
	return bulk(ctx, tx, "customer_nature", []string{"customer_id", "valid_from", "nature", "reason", "actor_id", "recorded_at"}, first,
		func(n firstNature) []any {
			return []any{n.customer, n.from, n.nature, n.note.reason, n.note.actor, n.note.at}
		})
}

// NaturesOn gives the legal nature of each of some customers on a date; one without is
// left out.
func NaturesOn(ctx context.Context, r db.Reader, customers []int64, on day.Date) (map[int64]Nature, error) {
	var w db.Where
	w.And("n.customer_id IN {ints ?}", customers)
	inForce(&w, "n", on)
	out := make(map[int64]Nature, len(customers))
	return out, db.Each(ctx, r, func(rows db.Rows) error {
		var id int64
		var nature Nature
		err := rows.Scan(&id, &nature)
		out[id] = nature
		return err
	}, `SELECT n.customer_id, n.nature FROM customer_nature n`+w.SQL(), w.Args()...)
}

// readParents reads under whom a customer stands, by date.
func readParents(ctx context.Context, r db.Reader, customer int64) (parents, error) {
	return db.All(ctx, r, func(rows db.Rows) (s dated.Span[op.ID, note], err error) {
		err = rows.Scan(&s.From, &s.To, &s.Value, &s.Note.reason, &s.Note.actor, &s.Note.at)
		return s, err
	}, `SELECT valid_from, valid_to, parent_id, reason, actor_id, recorded_at FROM customer_parent WHERE customer_id = $1 ORDER BY valid_from`, customer)
}

// saveParents writes under whom a customer stands anew.
func saveParents(ctx context.Context, tx db.Tx, customer int64, line parents) error {
	if _, err := tx.Exec(ctx, `DELETE FROM customer_parent WHERE customer_id = $1`, customer); err != nil {
		return err
	}
	for _, s := range line {
		_, err := tx.Exec(ctx, `INSERT INTO customer_parent (customer_id, valid_from, valid_to, parent_id, reason, actor_id, recorded_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7)`, customer, s.From, s.To, s.Value, s.Note.reason, s.Note.actor, s.Note.at)
		if err != nil {
			return err
		}
	}
	return nil
}

// readTerms reads the terms of a contract, by date.
func readTerms(ctx context.Context, r db.Reader, key Key) (termsLine, error) {
	return db.All(ctx, r, func(rows db.Rows) (s dated.Span[Terms, note], err error) {
		t := &s.Value
		err = rows.Scan(&s.From, &s.To, &t.Tariff, &t.Category, &t.VATUse, &t.Households, &t.SubscribedPower, &t.Attributes,
			&s.Note.reason, &s.Note.actor, &s.Note.at)
		return s, err
	}, `SELECT valid_from, valid_to, tariff_code, category, vat_use, households, subscribed_power, attributes, reason, actor_id, recorded_at
		FROM contract_terms WHERE receivable_account_id = $1 AND contract_id = $2 ORDER BY valid_from`, key.Account, key.ID)
}

// saveTerms writes the terms of a contract anew.
func saveTerms(ctx context.Context, tx db.Tx, key Key, line termsLine) error {
	if _, err := tx.Exec(ctx, `DELETE FROM contract_terms WHERE receivable_account_id = $1 AND contract_id = $2`, key.Account, key.ID); err != nil {
		return err
	}
	rows := make([]contractTerms, 0, len(line))
	for _, s := range line {
		rows = append(rows, contractTerms{key, s})
	}
	return insertTerms(ctx, tx, rows)
}

// contractTerms are terms of a contract in time.
type contractTerms struct {
	key  Key
	span dated.Span[Terms, note]
}

// insertTerms adds terms, in bulk.
func insertTerms(ctx context.Context, tx db.Tx, rows []contractTerms) error {
	names := []string{
		"receivable_account_id", "contract_id", "valid_from", "valid_to", "tariff_code", "category", "vat_use", "households",
		"subscribed_power", "attributes", "reason", "actor_id", "recorded_at",
	}
	return bulk(ctx, tx, "contract_terms", names, rows, func(row contractTerms) []any {
		s, t := row.span, row.span.Value
		return []any{
			row.key.Account, row.key.ID, s.From, s.To, t.Tariff, t.Category, t.VATUse, t.Households,
			int64(t.SubscribedPower), string(t.Attributes), s.Note.reason, s.Note.actor, s.Note.at,
		}
	})
}
