package tariff

import (
	"context"
	"slices"
	"strings"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/op"
)

// activatedMax bounds the versions of one activation.
const activatedMax = 50

// ActivateInput is the input of activating drafts, together when they belong
// together: a version and the VAT table it needs.
type ActivateInput struct {
	Versions []op.ID `json:"versions" in:"required,ref=tariff.versions"`
	Reason   string  `json:"reason" in:"required,min=3,max=500,lines"`
}

// WithdrawInput is the input of withdrawing an active version.
type WithdrawInput struct {
	ID      op.ID  `json:"id" in:"required,ref=tariff.versions"`
	Version int64  `json:"version" in:"required,min=1"`
	Reason  string `json:"reason" in:"required,min=3,max=500,lines"`
}

// DiscardInput is the input of discarding a draft.
type DiscardInput struct {
	ID      op.ID `json:"id" in:"required,ref=tariff.versions"`
	Version int64 `json:"version" in:"required,min=1"`
}

// Settled is the answer of a change of what is active.
type Settled struct {
	// Active is the number of versions that price now.
	Active int64 `json:"active"`
}

// Discarded is the answer of discarding a draft.
type Discarded struct {
	ID op.ID `json:"id"`
}

func (m *Module) registerActivation(r *op.Registry) {
	op.RegisterCommand(r, op.Spec{
		Name: "tariff.activate", Path: "/tariff/activate", Central: true, FourEyes: true, Duties: duties(),
	}, op.CommandHandler[ActivateInput, Settled]{Do: m.activate})
	op.RegisterCommand(r, op.Spec{
		Name: "tariff.withdraw", Path: "/tariff/versions/{id}/withdraw", Central: true, FourEyes: true, Versioned: true, Duties: duties(),
	}, op.CommandHandler[WithdrawInput, Settled]{Do: m.withdraw})
	op.RegisterCommand(r, op.Spec{
		Name: "tariff.discard", Path: "/tariff/versions/{id}/discard", Central: true, Versioned: true, Duties: duties(),
	}, op.CommandHandler[DiscardInput, Discarded]{Do: m.discard})
}

// shift is a change of what is active: the books before and after it.
type shift struct {
	before, after *Book
	// active are the versions after it.
	active []*stored
}

// shift compiles what would be active. It refuses what does not go together.
func (m *Module) shift(was, is []*stored) (shift, error) {
	before, problems, err := assemble(&m.shelf.texts, was)
	if err != nil {
		return shift{}, err
	}
	if len(problems) > 0 {
		return shift{}, fault.Wrap(problems.Err(), fault.Precondition, "tariff.book_broken", "count", len(problems))
	}
	after, problems, err := assemble(&m.shelf.texts, is)
	if err != nil {
		return shift{}, err
	}
	if len(problems) > 0 {
		e := &fault.Error{Kind: fault.Conflict, Code: "tariff.not_together", Args: fault.Args{"count": len(problems)}}
		for _, p := range problems {
			e.Fields = append(e.Fields, fault.Field{Path: "versions", Code: p.Code, Args: p.Args})
		}
		return shift{}, e
	}
	return shift{before: before, after: after, active: is}, nil
}

// activate makes drafts active. The effect shown to the second person is the dates
// that change, also those of other versions, and what some quantities cost before and
// after. Nothing in it depends on the day of the request.
func (m *Module) activate(ctx context.Context, x *op.Exec, in ActivateInput) (Settled, error) {
	if len(in.Versions) > activatedMax {
		return Settled{}, fault.InvalidField("versions", "input.too_many", "max", activatedMax)
	}
	if err := takeBook(ctx, x.Tx); err != nil {
		return Settled{}, err
	}
	chosen, err := versionsByID(ctx, x.Tx, in.Versions)
	if err != nil {
		return Settled{}, err
	}
	active, err := activeVersions(ctx, x.Tx)
	if err != nil {
		return Settled{}, err
	}
	was := slices.Clone(active)
	var replaced []*stored
	for _, s := range chosen {
		if s.State != Draft {
			return Settled{}, fault.InvalidField("versions", "tariff.not_draft", "label", s.label(), "state", s.State)
		}
		if s.Nature == NatureVAT {
			at := slices.IndexFunc(active, func(o *stored) bool { return o.Nature == NatureVAT && o.Tariff == s.Tariff })
			if at >= 0 {
				if err := keepsPast(active[at], s, x.Today); err != nil {
					return Settled{}, err
				}
				replaced = append(replaced, active[at])
				active = slices.Delete(active, at, at+1)
			}
		}
		active = append(active, s)
	}
	sh, err := m.shift(was, active)
	if err != nil {
		return Settled{}, err
	}
	for _, s := range replaced {
		if err := m.move(ctx, x, sh, s, Replaced); err != nil {
			return Settled{}, err
		}
	}
	for _, s := range chosen {
		if err := m.move(ctx, x, sh, s, Active); err != nil {
			return Settled{}, err
		}
	}
	return Settled{int64(len(active))}, m.tell(x, sh, chosen)
}

// keepsPast refuses a table of rates that changes a rate already in force: it was
// printed on bills. New rates may be added, also in the past.
func keepsPast(was, is *stored, today day.Date) error {
	old, err := was.parsed()
	if err != nil {
		return err
	}
	fresh, err := is.parsed()
	if err != nil {
		return err
	}
	for _, c := range old.VAT[0].Components {
		for _, r := range c.Rates {
			if r.From.After(today) || fresh.VAT[0].has(c.Code, r) {
				continue
			}
			return fault.InvalidField("versions", "tariff.vat_past", "table", was.Tariff, "component", c.Code, "date", r.From)
		}
	}
	return nil
}

// has says whether a table holds a rate as it is.
func (t *VATTable) has(component string, r VATRate) bool {
	return slices.ContainsFunc(t.Components, func(c Component) bool {
		return c.Code == component && slices.ContainsFunc(c.Rates, func(o VATRate) bool {
			return o.From == r.From && o.Use == r.Use && o.Rate == r.Rate && o.Exempt == r.Exempt
		})
	})
}

// move writes the new state of a version and says it.
func (m *Module) move(ctx context.Context, x *op.Exec, sh shift, s *stored, to State) error {
	key := [2]string{s.Tariff, s.Name}
	before := s.facts(sh.before.lastDays()[key])
	s.State = to
	if to == Active {
		s.ActivatedAt = x.Now
		h, err := s.head()
		if err != nil {
			return err
		}
		if _, err := keepHead(ctx, x, h, true); err != nil {
			return err
		}
	} else {
		s.EndedAt = x.Now
	}
	if err := settle(ctx, x.Tx, s); err != nil {
		return err
	}
	return x.Change("tariff_version", int64(s.ID), s.label(), before, s.facts(sh.after.lastDays()[key]))
}

// head reads what a version belongs to out of its text.
func (s *stored) head() (head, error) {
	f, err := s.parsed()
	if err != nil {
		return head{}, err
	}
	if s.Nature == NatureVAT {
		return head{nature: NatureVAT, code: f.VAT[0].Code, label: orText(f.VAT[0].Label, f.VAT[0].Code)}, nil
	}
	t := &f.Tariffs[0]
	return head{nature: NatureTariff, code: t.Code, label: t.Label, service: string(t.Service), unit: t.Unit, currency: t.Currency}, nil
}

// dates are the days between which a version holds, as shown when they change.
type dates struct {
	ValidFrom day.Date `json:"valid_from"`
	EndsOn    day.Date `json:"ends_on"`
}

// tell adds to the effect what changes besides the versions themselves: the last days
// of their neighbours, and the price of samples.
func (m *Module) tell(x *op.Exec, sh shift, moved []*stored) error {
	before, after := sh.before.lastDays(), sh.after.lastDays()
	for _, s := range sh.active {
		key := [2]string{s.Tariff, s.Name}
		if s.Nature == NatureVAT || slices.Contains(moved, s) || before[key] == after[key] {
			continue
		}
		if err := x.Change("tariff_version", int64(s.ID), s.label(), dates{s.ValidFrom, before[key]}, dates{s.ValidFrom, after[key]}); err != nil {
			return err
		}
	}
	for _, s := range moved {
		for _, e := range m.samples(sh, s) {
			if e.same() {
				continue
			}
			label := strings.Join([]string{e.Tariff, e.Month.String(), e.Quantity.String() + " " + e.Unit}, " · ")
			if err := x.Change("tariff_sample", int64(s.ID), label, e.Before.shown(), e.After.shown()); err != nil {
				return err
			}
		}
	}
	return nil
}

// taxedMax bounds the tariffs tried for a table of rates.
const taxedMax = 6

// samples are what a moved version changes in price. A table of rates is tried with
// the tariffs that use it, in the month of its last change.
func (m *Module) samples(sh shift, s *stored) []effect {
	f, err := s.parsed()
	if err != nil {
		return nil
	}
	if s.Nature == NatureTariff {
		t := &f.Tariffs[0]
		return effects(sh.before, sh.after, t, &t.Versions[0])
	}
	last := f.VAT[0].begins()
	for _, c := range f.VAT[0].Components {
		for _, r := range c.Rates {
			if r.From.After(last) {
				last = r.From
			}
		}
	}
	var out []effect
	for _, code := range sh.after.Codes() {
		t := sh.after.Tariff(code)
		if t.VATTable != s.Tariff || len(out) >= taxedMax {
			continue
		}
		for i := len(t.Versions) - 1; i >= 0; i-- {
			v := t.Versions[i]
			if !v.From.After(last) {
				all := typicalQuantities(&v)
				r := usual(t, sampleMonth(last, v.To), all[len(all)/2])
				out = append(out, effect{
					Tariff: code, Month: day.MonthOf(r.From), Quantity: r.Quantity, Unit: t.Unit, Before: sh.before.price(r), After: sh.after.price(r),
				})
				break
			}
		}
	}
	return out
}

// withdraw takes an active version out. It stays stored as it was.
func (m *Module) withdraw(ctx context.Context, x *op.Exec, in WithdrawInput) (Settled, error) {
	if err := takeBook(ctx, x.Tx); err != nil {
		return Settled{}, err
	}
	chosen, err := versionsByID(ctx, x.Tx, []op.ID{in.ID})
	if err != nil {
		return Settled{}, err
	}
	s := chosen[0]
	if err := op.CheckVersion(s.Version, in.Version); err != nil {
		return Settled{}, err
	}
	if s.State != Active {
		return Settled{}, fault.InvalidField("id", "tariff.not_active", "label", s.label(), "state", s.State)
	}
	was, err := activeVersions(ctx, x.Tx)
	if err != nil {
		return Settled{}, err
	}
	is := slices.DeleteFunc(slices.Clone(was), func(o *stored) bool { return o.ID == s.ID })
	sh, err := m.shift(was, is)
	if err != nil {
		return Settled{}, err
	}
	if err := m.move(ctx, x, sh, s, Withdrawn); err != nil {
		return Settled{}, err
	}
	return Settled{int64(len(is))}, m.tell(x, sh, chosen)
}

// discard removes a draft.
func (m *Module) discard(ctx context.Context, x *op.Exec, in DiscardInput) (Discarded, error) {
	chosen, err := versionsByID(ctx, x.Tx, []op.ID{in.ID})
	if err != nil {
		return Discarded{}, err
	}
	s := chosen[0]
	if err := op.CheckVersion(s.Version, in.Version); err != nil {
		return Discarded{}, err
	}
	if s.State != Draft {
		return Discarded{}, fault.InvalidField("id", "tariff.not_draft", "label", s.label(), "state", s.State)
	}
	if err := drop(ctx, x.Tx, s); err != nil {
		return Discarded{}, err
	}
	return Discarded{s.ID}, x.Change("tariff_version", int64(s.ID), s.label(), s.facts(day.Date{}), nil)
}
