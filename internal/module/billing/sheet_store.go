package billing

import (
	"context"
	"slices"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/module/tariff"
	"wasl/internal/platform/db"
	"wasl/internal/platform/intake"
	"wasl/internal/platform/op"
)

// sheets completes bills to what is printed of them, with one statement for each kind of
// thing. They are given in the order of the bills.
func (m *Module) sheets(ctx context.Context, r db.Reader, bills []Bill, months int) ([]sheet, error) {
	g := &gatherer{
		r: r, sheets: make([]sheet, len(bills)), at: map[op.ID]int{}, months: months, issuers: map[op.ID]issuer{},
		offices: map[op.ID]office{},
	}
	for i := range bills {
		g.sheets[i].card.Bill = bills[i]
		g.at[bills[i].ID] = i
		g.accounts, g.ids = append(g.accounts, int64(bills[i].Account)), append(g.ids, int64(bills[i].ID))
	}
	book, err := m.tariffs.Book(ctx, r)
	if err != nil {
		return nil, err
	}
	for _, step := range []func(context.Context) error{
		g.parties, g.readings, g.history, g.balances, g.issuersAndOffices, func(ctx context.Context) error { return g.lines(ctx, book) },
	} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return g.sheets, nil
}

// gatherer collects what belongs to some bills. Its statements go from the accounts to
// the few bills of each: the sums (id + 0) keep engines from trying every id with every
// account.
type gatherer struct {
	r             db.Reader
	sheets        []sheet
	at            map[op.ID]int
	accounts, ids []int64
	months        int
	issuers       map[op.ID]issuer
	offices       map[op.ID]office
}

// parties reads customers, service points and walks.
func (g *gatherer) parties(ctx context.Context) error {
	return db.Each(ctx, g.r, func(rows db.Rows) error {
		var id op.ID
		var p BillParty
		err := rows.Scan(&id, &p.Customer, &p.CustomerCode, &p.Name, &p.NameArabic, &p.Address, &p.City, &p.ICE, &p.Point, &p.PointAddress, &p.Locality,
			&p.Route, &p.Sequence, &p.CancelsNumber, &p.recordedAt)
		g.sheets[g.at[id]].card.BillParty = p
		return err
	}, `SELECT b.id, u.id, u.code, u.name, u.name_ar, u.address, u.city, u.ice, p.code, p.address, p.locality, COALESCE(w.code, ''), COALESCE(s.sequence, 0),
		  COALESCE(o.number, ''), b.recorded_at
		FROM bill b JOIN contract k ON k.receivable_account_id = b.receivable_account_id AND k.id = b.contract_id
		JOIN customer u ON u.id = k.customer_id JOIN service_point p ON p.id = k.service_point_id
		LEFT JOIN route_stop s ON s.service_point_id = p.id LEFT JOIN reading_route w ON w.id = s.route_id
		LEFT JOIN bill o ON o.receivable_account_id = b.receivable_account_id AND o.id = b.cancels_id
		WHERE b.receivable_account_id IN {ints $1} AND b.id + 0 IN {ints $2}`, g.accounts, g.ids)
}

// spent is one end of a consumption.
type spent struct {
	bill     op.ID
	account  op.ID
	register string
	meter    [2]op.ID
	reading  BillReading
}

// readings reads the indexes consumptions were computed from. A meter replaced in
// between has its own line.
func (g *gatherer) readings(ctx context.Context) error {
	all, err := db.All(ctx, g.r, func(rows db.Rows) (s spent, err error) {
		x := &s.reading
		err = rows.Scan(&s.bill, &s.account, &s.register, &s.meter[0], &s.meter[1], &x.Meter, &x.From, &x.To, &x.Old, &x.New, &x.OldKind, &x.NewKind,
			&x.Coefficient)
		return s, err
	}, `SELECT b.id, b.receivable_account_id, c.register, f.meter_id, t.meter_id, m.serial, f.reading_date, t.reading_date, f.dial, t.dial, f.kind, t.kind,
		  COALESCE(g.coefficient, m.coefficient)
		FROM bill b JOIN consumption c ON c.receivable_account_id = b.receivable_account_id AND c.id = b.consumption_id
		JOIN reading f ON f.receivable_account_id = c.receivable_account_id AND f.id = c.from_reading_id
		JOIN reading t ON t.receivable_account_id = c.receivable_account_id AND t.id = c.to_reading_id
		JOIN meter m ON m.id = t.meter_id LEFT JOIN meter_register g ON g.meter_id = m.id AND g.register = c.register
		WHERE b.receivable_account_id IN {ints $1} AND b.id + 0 IN {ints $2}`, g.accounts, g.ids)
	if err != nil {
		return err
	}
	for i := range all {
		s := &all[i]
		lines := []BillReading{s.reading}
		if s.meter[0] != s.meter[1] {
			if lines, err = replacedMeters(ctx, g.r, s); err != nil {
				return err
			}
		}
		g.sheets[g.at[s.bill]].card.Readings = lines
	}
	return nil
}

// replacedMeters are the meters of a consumption whose last one is not its first.
func replacedMeters(ctx context.Context, r db.Reader, s *spent) ([]BillReading, error) {
	var out []BillReading
	last := op.ID(0)
	err := db.Each(ctx, r, func(rows db.Rows) error {
		var meter op.ID
		var x BillReading
		err := rows.Scan(&meter, &x.Meter, &x.To, &x.New, &x.NewKind, &x.Coefficient)
		if meter != last {
			x.From, x.Old, x.OldKind = x.To, x.New, x.NewKind
			out, last = append(out, x), meter
			return err
		}
		line := &out[len(out)-1]
		line.To, line.New, line.NewKind = x.To, x.New, x.NewKind
		return err
	}, `SELECT i.meter_id, m.serial, i.reading_date, i.dial, i.kind, COALESCE(g.coefficient, m.coefficient)
		FROM reading i JOIN meter m ON m.id = i.meter_id LEFT JOIN meter_register g ON g.meter_id = m.id AND g.register = i.register
		WHERE i.receivable_account_id = $1 AND i.register = $2 AND i.reading_date >= $3 AND i.reading_date <= $4 AND i.state = 'valid'
		ORDER BY i.reading_date, i.recorded_at, i.id`, s.account, s.register, s.reading.From, s.reading.To)
	// A meter read once within the period, at its end or at its beginning, has counted
	// nothing of it.
	return slices.DeleteFunc(out, func(x BillReading) bool { return x.From == x.To }), err
}

func (g *gatherer) history(ctx context.Context) error {
	months := make([]day.Date, len(g.sheets))
	from, to := day.Date{}, day.Date{}
	for i := range g.sheets {
		last := g.sheets[i].card.To
		months[i] = last.AddDays(1 - last.Day())
		if i == 0 || months[i].Before(from) {
			from = months[i]
		}
		if months[i].After(to) {
			to = months[i]
		}
	}
	known := map[op.ID][]MonthQuantity{}
	err := db.Each(ctx, g.r, func(rows db.Rows) error {
		var account op.ID
		var q MonthQuantity
		err := rows.Scan(&account, &q.Month, &q.Quantity)
		known[account] = append(known[account], q)
		return err
	}, `SELECT c.receivable_account_id, c.month, CAST(sum(c.quantity) AS {int}) FROM consumption c
		WHERE c.receivable_account_id IN {ints $1} AND c.month > $2 AND c.month <= $3 AND c.state IN ('normal', 'accepted') AND `+intake.VisibleSQL("c.batch_id")+`
		GROUP BY c.receivable_account_id, c.month ORDER BY c.receivable_account_id, c.month`, g.accounts, from.AddMonths(-g.months), to)
	for i := range g.sheets {
		card := &g.sheets[i].card
		for _, q := range known[card.Account] {
			if q.Month.After(months[i].AddMonths(-g.months)) && !q.Month.After(months[i]) {
				card.History = append(card.History, q)
			}
		}
	}
	return err
}

// balances sums what each account came to when its bill was posted, as the customer
// could see it on the day of the bill.
func (g *gatherer) balances(ctx context.Context) error {
	return db.Each(ctx, g.r, func(rows db.Rows) error {
		var id op.ID
		var sum money.Amount
		err := rows.Scan(&id, &sum)
		g.sheets[g.at[id]].card.Before = sum
		return err
	}, `SELECT b.id, CAST(sum(i.amount) AS {int}) FROM bill b
		LEFT JOIN open_item own ON own.receivable_account_id = b.receivable_account_id AND own.id = b.id
		JOIN open_item i ON i.receivable_account_id = b.receivable_account_id AND i.effective_on <= b.issued_on
		  AND (i.recorded_at < COALESCE(own.recorded_at, b.recorded_at) OR i.recorded_at = COALESCE(own.recorded_at, b.recorded_at) AND i.id < b.id)
		WHERE b.receivable_account_id IN {ints $1} AND b.id + 0 IN {ints $2} GROUP BY b.id`, g.accounts, g.ids)
}

// issuersAndOffices reads who bills and whom the customer turns to: few, for many bills.
func (g *gatherer) issuersAndOffices(ctx context.Context) error {
	for i := range g.sheets {
		s := &g.sheets[i]
		entity, unit := s.card.entity, s.card.Unit
		if _, known := g.issuers[entity]; !known {
			var x issuer
			_, err := db.ScanOne(ctx, g.r, `SELECT name, legal_form, ice, tax_id, trade_register, business_tax, cnss, address, phone, email FROM legal_entity
				WHERE id = $1`, []any{entity}, &x.name, &x.legalForm, &x.ice, &x.taxID, &x.tradeRegister, &x.businessTax, &x.cnss, &x.address, &x.phone, &x.email)
			if err != nil {
				return err
			}
			g.issuers[entity] = x
		}
		if _, known := g.offices[unit]; !known {
			var x office
			_, err := db.ScanOne(ctx, g.r, `SELECT name, address, phone FROM unit WHERE id = $1`, []any{unit}, &x.name, &x.address, &x.phone)
			if err != nil {
				return err
			}
			g.offices[unit] = x
		}
		s.issuer, s.office = g.issuers[entity], g.offices[unit]
	}
	return nil
}

// lines reads the lines of the bills by the versions of their runs.
func (g *gatherer) lines(ctx context.Context, book *tariff.Book) (err error) {
	known := map[op.ID][]tariff.VersionRef{}
	var q tariff.Quote
	for i := range g.sheets {
		s := &g.sheets[i]
		card := &s.card
		if _, read := known[card.Run]; !read {
			if known[card.Run], err = versionsUsed(ctx, g.r, card.Run); err != nil {
				return err
			}
		}
		if card.Lines, card.Versions, err = linesOf(book, &card.Bill, known[card.Run]); err != nil {
			return err
		}
		card.Taxes, card.Tariff, card.Reason = taxesOf(card.taxes), card.tariff, card.reason
		explainLines(book, &card.Bill, card.Lines, &q)
		card.negate()
		s.tariff = card.tariff
		if t := book.Tariff(card.tariff); t != nil {
			card.Measure, s.tariff = t.Unit, t.Label
			for _, ref := range card.Versions {
				if v := versionNamed(t, ref.Name); v != nil {
					card.Basis = v.Basis
				}
			}
		}
	}
	return nil
}
