package app

import (
	"context"
	"errors"
	"strconv"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/module/billing"
	"wasl/internal/platform/op"
)

const (
	// demoBilled is how many months before the one under way are billed.
	demoBilled = 6
	// demoBiller prepares and issues, demoChief and demoOther approve.
	demoBiller, demoChief, demoOther = "f.lahlou", "a.mesbahi", "z.alami"
	// demoWaits and demoIssued are the centres whose run of this month waits for its
	// approval, and is issued; the readings of demoUnread have not come.
	demoWaits, demoIssued, demoUnread = "KT", "ZC", "EK"
)

// The days of a month on which things are done.
const (
	demoOpenDay, demoPayDay, demoCloseDay, demoEnterDay, demoDecideDay, demoBillDay = 1, 5, 6, 19, 21, 24
)

// firstBilled is the first month that is billed.
func (d *demo) firstBilled() day.Month { return d.cycle.Add(-demoBilled) }

// agences are the units below which runs are made, with who approves them.
func demoAgences() [][2]string {
	var out [][2]string
	for _, u := range demoRows(string(demoUnits)) {
		if u["kind"] == "agency_mixed" || u["kind"] == "agency_service" {
			approver := demoOther
			if u["parent"] == "DRI-TA" {
				approver = demoChief
			}
			out = append(out, [2]string{u["code"], approver})
		}
	}
	return out
}

// past lives the months before the one under way: read, decide, bill, collect, close.
func (d *demo) past(ctx context.Context) error {
	for month := d.firstBilled(); month.Before(d.cycle); month = month.Add(1) {
		first := month.First()
		if month == d.cycle.Add(-1) {
			d.at(first, demoOpenDay)
			if err := d.opened(ctx, month); err != nil {
				return err
			}
		}
		if err := d.settled(ctx, month); err != nil {
			return err
		}
		d.at(first, demoEnterDay)
		if err := d.readings(ctx, month); err != nil {
			return err
		}
		d.at(first, demoDecideDay)
		if err := d.decided(ctx, month, d.units[demoTop]); err != nil {
			return err
		}
		d.at(first, demoBillDay)
		for _, agence := range demoAgences() {
			if err := d.billed(ctx, agence[0], agence[1], month, true); err != nil {
				return err
			}
		}
	}
	return nil
}

// present lives the month under way, as far as today.
func (d *demo) present(ctx context.Context) error {
	first := d.cycle.First()
	d.at(first, demoOpenDay)
	if err := d.opened(ctx, d.cycle); err != nil {
		return err
	}
	if err := d.settled(ctx, d.cycle); err != nil {
		return err
	}
	d.at(first, demoEnterDay)
	if err := d.readings(ctx, d.cycle); err != nil {
		return err
	}
	if err := d.ended(ctx, d.cycle); err != nil {
		return err
	}
	d.at(first, demoDecideDay)
	for _, centre := range []string{demoWaits, demoIssued} {
		if err := d.decided(ctx, d.cycle, d.units[centre]); err != nil {
			return err
		}
	}
	d.at(first, demoBillDay)
	if err := d.collected(ctx); err != nil {
		return err
	}
	if err := d.billed(ctx, demoIssued, demoChief, d.cycle, true); err != nil {
		return err
	}
	return d.billed(ctx, demoWaits, demoChief, d.cycle, false)
}

// settled takes in what was paid until the beginning of a month, and closes the month before.
func (d *demo) settled(ctx context.Context, month day.Month) error {
	d.at(month.First(), demoPayDay)
	if err := d.collected(ctx); err != nil {
		return err
	}
	d.at(month.First(), demoCloseDay)
	return d.closed(ctx, month.Add(-1))
}

// billed makes the run of a month of a unit: prepared, computed, what blocks left out,
// approved by a second person and issued; or left waiting for the second person.
func (d *demo) billed(ctx context.Context, unit, approver string, month day.Month, issue bool) error {
	res, err := d.run(ctx, demoBiller, "billing.run.prepare", "unit", d.units[unit].String(), "from_month", month.First().String(),
		"issued_on", d.app.Today().String(), "allow_missing", "true")
	if nothingDue(err) {
		return nil // a small demonstration has nobody there
	}
	if err != nil {
		return err
	}
	saved, _ := res.Out.(billing.RunSaved)
	id := saved.ID.String()
	card, err := d.computed(ctx, id)
	if err != nil {
		return err
	}
	if card.Blocking > 0 {
		if err := d.excluded(ctx, saved.ID); err != nil {
			return err
		}
		if card, err = d.computed(ctx, id); err != nil {
			return err
		}
	}
	res, err = d.run(ctx, demoBiller, "billing.run.approve", "id", id, "sha256", card.SHA256)
	if err != nil || !issue {
		return err
	}
	if err := d.approve(ctx, approver, res.Proposal); err != nil {
		return err
	}
	if err := d.work(ctx, demoBiller, "billing.run.issue", "id", id); err != nil {
		return err
	}
	return d.promised(ctx, unit, saved.ID)
}

// nothingDue says that a run was refused because there is nothing to bill, and for no other
// reason.
func nothingDue(err error) bool {
	var f *fault.Error
	return errors.As(err, &f) && f.Code == "billing.run_refused" && len(f.Fields) == 1 && f.Fields[0].Code == "billing.nothing_due"
}

// computed computes the drafts of a run.
func (d *demo) computed(ctx context.Context, id string) (billing.RunCard, error) {
	if err := d.work(ctx, demoBiller, "billing.run.compute", "id", id); err != nil {
		return billing.RunCard{}, err
	}
	res, err := d.run(ctx, demoBiller, "billing.run.show", "id", id)
	card, _ := res.Out.(billing.RunCard)
	return card, err
}

// excluded leaves out of a run what blocks it.
func (d *demo) excluded(ctx context.Context, run op.ID) error {
	var blocking []billing.Exception
	_, err := d.app.Runner.Rows(ctx, op.Request{
		Name: "billing.exception.list", Credential: op.Credential{Channel: op.Console, Login: demoBiller},
		Input: op.Input{"run": run.String(), "state": string(billing.ExceptionOpen)}, RequestID: "demo",
	}, nil, func(row any) error {
		if e, ok := row.(billing.Exception); ok && e.Severity == billing.Blocking {
			blocking = append(blocking, e)
		}
		return nil
	})
	for _, e := range blocking {
		if _, err := d.run(ctx, demoBiller, "billing.exception.decide", "account", e.Account.String(), "id", e.ID.String(),
			"version", strconv.FormatInt(e.Version, 10), "state", string(billing.ExceptionExcluded), "reason", d.words("demo.excluded")); err != nil {
			return err
		}
	}
	return err
}

// closed closes a month of each centre, once it is over and billed.
func (d *demo) closed(ctx context.Context, month day.Month) error {
	if month.Before(d.firstBilled()) || d.app.Today().Before(month.Last()) {
		return nil
	}
	for _, u := range demoRows(string(demoUnits)) {
		if u["kind"] != "centre" {
			continue
		}
		if _, err := d.run(ctx, demoAdmin, "ledger.period.close", "unit", d.units[u["code"]].String(), "month", month.First().String(),
			"reason", d.words("demo.closed")); err != nil {
			return err
		}
	}
	return nil
}
