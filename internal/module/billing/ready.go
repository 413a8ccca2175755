package billing

import (
	"context"
	"maps"
	"slices"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/module/ledger"
	"wasl/internal/module/tariff"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// inspection gathers why a run cannot be.
type inspection struct {
	run     *Run
	reasons []fault.Field
	// tried are the tariffs and days that were priced, served the services that each entity
	// of the scope will have bills of.
	tried  map[string]bool
	served map[op.ID]map[ledger.Service]bool
}

func (n *inspection) add(path, code string, args fault.Args) {
	f := fault.Field{Path: path, Code: code, Args: args}
	if !slices.ContainsFunc(n.reasons, func(have fault.Field) bool {
		return have.Path == path && have.Code == code && maps.Equal(have.Args, args)
	}) {
		n.reasons = append(n.reasons, f)
	}
}

// reasons are why a run cannot be: nothing due, a run of the same scope under way, a
// contract without consumption, a unit without entity, several entities, posting rules that
// are missing, do not balance or name a closed account, a tariff or a rate that does not
// cover the period.
func (m *Module) reasons(ctx context.Context, r db.Reader, run *Run, spans []tariffSpan, allowMissing bool) ([]fault.Field, error) {
	n := &inspection{run: run, tried: map[string]bool{}, served: map[op.ID]map[ledger.Service]bool{}}
	if run.Due == 0 {
		n.add("from_month", "billing.nothing_due", nil)
	}
	if run.Missing > 0 && !allowMissing {
		n.add("allow_missing", "billing.missing", fault.Args{"count": run.Missing})
	}
	other, err := openRun(ctx, r, run)
	if err != nil {
		return nil, err
	}
	if other != "" {
		n.add("unit", "billing.run_open", fault.Args{"run": other})
	}
	book, err := m.tariffs.Book(ctx, r)
	if err != nil {
		return nil, err
	}
	for _, s := range spans {
		if err := m.holders(ctx, r, n, s, book.Tariff(s.Tariff)); err != nil {
			return nil, err
		}
	}
	if run.RatedAtIssue, err = m.ratedAtIssue(ctx, r, run); err != nil {
		return nil, err
	}
	for _, s := range spans {
		if s.Tariff == "" {
			continue // contracts without terms are exceptions, one by one
		}
		if err := n.tryTariff(ctx, r, book, s); err != nil {
			return nil, err
		}
	}
	return n.reasons, m.tryBooks(ctx, r, n)
}

// holders notes whose books a span goes to, and which services its bills will hold.
func (m *Module) holders(ctx context.Context, r db.Reader, n *inspection, s tariffSpan, t *tariff.Tariff) error {
	stamps, err := m.ledger.StampsOf(ctx, r, s.Unit, ledger.Service(s.Service), n.run.IssuedOn)
	switch {
	case fault.KindOf(err) == fault.Precondition:
		n.add("unit", fault.CodeOf(err), fault.Args{"date": n.run.IssuedOn})
		return nil
	case err != nil:
		return err
	case n.run.Entity != 0 && n.run.Entity != stamps.Entity:
		n.add("unit", "billing.entities", nil)
	default:
		n.run.Entity = stamps.Entity
	}
	served := n.served[stamps.Entity]
	if served == nil {
		served = map[ledger.Service]bool{}
		n.served[stamps.Entity] = served
	}
	served[ledger.Service(s.Service)] = true
	if t == nil {
		return nil
	}
	for i := range t.Versions {
		for k := range t.Versions[i].Charges {
			if own := t.Versions[i].Charges[k].Service; own != "" {
				served[ledger.Service(own)] = true
			}
		}
	}
	return nil
}

// ratedAtIssue are the services of a run whose VAT rates are those of its bills' day.
func (m *Module) ratedAtIssue(ctx context.Context, r db.Reader, run *Run) ([]string, error) {
	services, err := m.ledger.RatedAtIssue(ctx, r, run.Entity, run.IssuedOn)
	out := make([]string, 0, len(services))
	for _, s := range services {
		out = append(out, string(s))
	}
	slices.Sort(out)
	return out, err
}

// tryBooks adds what would keep the bills out of the books.
func (m *Module) tryBooks(ctx context.Context, r db.Reader, n *inspection) error {
	for _, entity := range slices.Sorted(maps.Keys(n.served)) {
		faults, err := m.ledger.BillFaults(ctx, r, entity, slices.Sorted(maps.Keys(n.served[entity])), n.run.IssuedOn)
		if err != nil {
			return err
		}
		for _, f := range faults {
			n.add("issued_on", f.Code, f.Args)
		}
	}
	return nil
}

// tryTariff prices a consumption as if it were of the first and of the last day that a
// tariff has to price; each day is tried once. What is missing for all consumptions refuses
// the run, what is wrong with one is an exception later.
func (n *inspection) tryTariff(ctx context.Context, r db.Reader, book *tariff.Book, s tariffSpan) error {
	k := desk{book: book, run: n.run}
	for _, on := range []day.Date{s.From, s.To} {
		key := s.Tariff + " " + s.Service + " " + on.String()
		if n.tried[key] {
			continue
		}
		n.tried[key] = true
		d, err := sampleOf(ctx, r, n.run, s)
		if err != nil {
			return err
		}
		d.From, d.To = on, on
		err = k.price(&d, new(Bill))
		switch fault.CodeOf(err) {
		case "tariff.unknown", "tariff.no_version", "tariff.vat_missing":
			if refused := s.Tariff + " " + s.Service; !n.tried[refused] {
				n.tried[refused] = true
				n.add("from_month", "billing.tariff_missing", fault.Args{"tariff": s.Tariff, "from": s.From, "to": s.To})
			}
			return nil
		}
		if fault.KindOf(err) == fault.Internal {
			return err
		}
	}
	return nil
}
