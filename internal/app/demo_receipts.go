package app

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/module/billing"
	"wasl/internal/platform/op"
)

// demoPayment is a payment that somebody will make.
type demoPayment struct {
	bill   string
	amount money.Amount
	// on is the day that counts, known the day on which the office learns of it.
	on, known day.Date
	tender    string
}

// demoHabit is how people of a kind pay, in percent of their bills; the rest is never paid.
type demoHabit struct {
	// prompt pay within promptDays, late within lateDays, part pay a half within
	// promptDays and the other within lateDays, or never.
	prompt, late, part   int64
	promptDays, lateDays uint64
}

// demoHabitOf is how a category pays: an administration waits for its budget.
func demoHabitOf(category string) demoHabit {
	switch category {
	case "ADM":
		return demoHabit{prompt: 12, late: 30, part: 8, promptDays: 60, lateDays: 170}
	case "DOM":
		return demoHabit{prompt: 74, late: 11, part: 5, promptDays: 32, lateDays: 110}
	}
	return demoHabit{prompt: 68, late: 16, part: 6, promptDays: 40, lateDays: 90}
}

// planned decides who will pay a bill, what of it and when.
func (d *demo) planned(b billing.Bill) (out []demoPayment) {
	habit, text := demoHabitOf(b.Category), b.Contract+b.From.String()
	kind := d.number("p"+text, percent)
	soon := b.IssuedOn.AddDays(3 + int(d.number("q"+text, habit.promptDays)))
	late := b.DueOn.AddDays(5 + int(d.number("r"+text, habit.lateDays)))
	add := func(amount money.Amount, on day.Date) {
		p := demoPayment{bill: b.Number, amount: amount, on: on, known: on, tender: []string{"transfer", "card", "transfer"}[d.number("t"+text, 3)]}
		if d.number("k"+text, 40) == 0 { // a transfer whose notice comes late
			p.known = on.AddDays(12)
		}
		out = append(out, p)
	}
	switch {
	case b.Total <= 0:
	case kind < habit.prompt:
		add(b.Total, soon)
	case kind < habit.prompt+habit.late:
		add(b.Total, late)
	case kind < habit.prompt+habit.late+habit.part:
		add(b.Total/2, soon)
		if d.number("s"+text, 2) == 0 {
			add(b.Total-b.Total/2, late)
		}
	}
	return out
}

// promised plans the payments of the bills of a run.
func (d *demo) promised(ctx context.Context, agence string, run op.ID) error {
	_, err := d.app.Runner.Rows(ctx, op.Request{
		Name: "billing.bill.list", Credential: op.Credential{Channel: op.Console, Login: demoAdmin}, Input: op.Input{"run": run.String()}, RequestID: "demo",
	}, nil, func(row any) error {
		if b, ok := row.(billing.Bill); ok {
			d.payments[agence] = append(d.payments[agence], d.planned(b)...)
		}
		return nil
	})
	return err
}

// collected imports what has been paid and is known by now: one file an agence, posted as
// a lot.
func (d *demo) collected(ctx context.Context) error {
	for _, agence := range demoAgences() {
		code, today := agence[0], d.app.Today()
		known := func(p demoPayment) bool { return !p.known.After(today) }
		due := slices.Clone(d.payments[code])
		due = slices.DeleteFunc(due, func(p demoPayment) bool { return !known(p) })
		d.payments[code] = slices.DeleteFunc(d.payments[code], known)
		if len(due) == 0 {
			continue
		}
		slices.SortStableFunc(due, func(a, b demoPayment) int { return cmp.Or(a.on.Compare(b.on), cmp.Compare(a.bill, b.bill)) })
		if err := d.paid(ctx, code, due); err != nil {
			return err
		}
	}
	return nil
}

// paid imports payments of an agence and posts them.
func (d *demo) paid(ctx context.Context, agence string, all []demoPayment) error {
	var b bytes.Buffer
	b.WriteString("facture;montant;date;mode;reference\n")
	for i, p := range all {
		fmt.Fprintf(&b, "%s;%s;%s;%s;%s-%s-%05d\n", p.bill, p.amount.French(), p.on.French(), p.tender, agence, d.app.Today().String(), i+1)
	}
	name := "encaissements-" + agence + "-" + d.app.Today().String() + ".csv"
	if err := d.importFile(ctx, "collection.receipt.import", name, b.Bytes(), d.units[agence]); err != nil {
		return err
	}
	lots, err := d.firstIDsOf(ctx, "collection.lot.list", op.Input{"state": "taken"})
	if err != nil {
		return err
	}
	for _, id := range lots {
		if err := d.work(ctx, demoAdmin, "collection.lot.post", "id", id.String()); err != nil {
			return err
		}
	}
	return nil
}

// firstIDsOf gives the records of a list.
func (d *demo) firstIDsOf(ctx context.Context, name string, in op.Input) (ids []op.ID, err error) {
	def := d.app.Registry.Find(name)
	_, err = d.app.Runner.Rows(ctx, op.Request{
		Name: name, Credential: op.Credential{Channel: op.Console, Login: demoAdmin}, Input: in, RequestID: "demo",
	}, nil, func(row any) error {
		ids = append(ids, idOf(def, row))
		return nil
	})
	return ids, err
}
