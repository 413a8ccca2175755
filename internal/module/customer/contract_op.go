package customer

import (
	"context"
	"iter"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/module/org"
	"wasl/internal/platform/op"
)

// ContractFilter narrows the list of contracts.
type ContractFilter struct {
	// Text is a code, or anything that finds the customer.
	Text    string        `json:"text" in:"max=80,personal"`
	State   ContractState `json:"state"`
	Service org.Service   `json:"service"`
	// Category is the tariff category of today.
	Category string `json:"category" in:"pattern=code,max=31"`
	Customer op.ID  `json:"customer" in:"ref=customer.customer.list"`
	Point    op.ID  `json:"service_point" in:"ref=customer.service_point.list"`
}

// ContractRow is a contract in the list, with whom and where, and its terms of today.
type ContractRow struct {
	Contract
	CustomerCode string        `json:"customer_code"`
	CustomerName string        `json:"customer_name"`
	PointCode    string        `json:"service_point_code"`
	Address      string        `json:"address"`
	Locality     string        `json:"locality"`
	Category     string        `json:"category"`
	VATUse       VATUse        `json:"vat_use"`
	State        ContractState `json:"state"`

	folded, customerFolded string
}

// PageKey is the row's place in its list.
func (c ContractRow) PageKey(string) []string { return []string{c.Code, c.Account.String()} }

// ContractRef points at a contract.
type ContractRef struct {
	ID op.ID `json:"id" in:"required,ref=customer.contract.list"`
}

// TermsRow are terms in time, as shown.
type TermsRow struct {
	Terms
	// ValidFrom is the first day, ValidTo the day after the last; none is for ever.
	ValidFrom  day.Date  `json:"valid_from"`
	ValidTo    day.Date  `json:"valid_to"`
	Reason     string    `json:"reason"`
	ActorID    op.ID     `json:"actor"`
	RecordedAt time.Time `json:"recorded_at,omitzero"`
}

// ContractCard is all there is to know of a contract.
type ContractCard struct {
	Contract
	// CustomerName is that of the customer.
	CustomerName string        `json:"customer_name"`
	State        ContractState `json:"state"`
	// Terms are those of today; before the first day the first ones, after the last
	// day the last ones. They hold since TermsFrom.
	Terms
	TermsFrom day.Date   `json:"terms_from"`
	History   []TermsRow `json:"history"`
	// Before and After are the contracts of the same service at the same point just
	// before and just after; 0 for none.
	Before op.ID `json:"previous" out:"ref=contract"`
	After  op.ID `json:"next" out:"ref=contract"`
}

// ContractOpen is the input of opening a contract.
type ContractOpen struct {
	Customer op.ID `json:"customer" in:"required,ref=customer.customer.list"`
	Point    op.ID `json:"service_point" in:"required,ref=customer.service_point.list"`
	// Service is that of the point when it is absent; sanitation may stand on the
	// water point, whose volume it is priced by.
	Service org.Service `json:"service"`
	// StartsOn is the first day.
	StartsOn day.Date `json:"starts_on" in:"required"`
	// Category is the tariff category.
	Category string `json:"category" in:"required,pattern=code,max=31"`
	VATUse   VATUse `json:"vat_use" in:"required"`
	Tariff   string `json:"tariff" in:"max=60"`
	// Households behind the meter; absent is one.
	Households int64 `json:"households" in:"min=0,max=9999"`
	// SubscribedPower in kVA; the bounds are in thousandths.
	SubscribedPower money.Quantity `json:"subscribed_power" in:"min=0,max=100000000"`
	// Attributes are further ones of the tariff, as name=value.
	Attributes []string `json:"attributes" in:"max=2000,lines"`
	// Code is given by the program when it is empty.
	Code   string `json:"code" in:"pattern=code,max=31"`
	Reason string `json:"reason" in:"max=500,lines"`
}

// Validate refuses attributes that cannot be read.
func (in *ContractOpen) Validate() []fault.Field { return attributeFaults(in.Attributes) }

func attributeFaults(lines []string) []fault.Field {
	if _, f := ParseAttributes(lines); f != nil {
		return []fault.Field{*f}
	}
	return nil
}

// terms are those of the input.
func (in *ContractOpen) terms() Terms {
	attributes, _ := ParseAttributes(in.Attributes)
	return Terms{in.Tariff, in.Category, in.VATUse, max(1, in.Households), in.SubscribedPower, attributes}
}

// TermsSet is the input of changing the terms of a contract from a day on; what is
// absent stays as it was on that day.
type TermsSet struct {
	ID      op.ID `json:"id" in:"required,ref=customer.contract.list"`
	Version int64 `json:"version" in:"required,min=1"`
	// ValidFrom is the first day on which they hold.
	ValidFrom       day.Date        `json:"valid_from" in:"required"`
	Category        *string         `json:"category" in:"pattern=code,min=1,max=31"`
	VATUse          *VATUse         `json:"vat_use"`
	Tariff          *string         `json:"tariff" in:"max=60"`
	Households      *int64          `json:"households" in:"min=1,max=9999"`
	SubscribedPower *money.Quantity `json:"subscribed_power" in:"min=0,max=100000000"`
	Attributes      *[]string       `json:"attributes" in:"max=2000,lines"`
	Reason          string          `json:"reason" in:"required,min=3,max=500,lines"`
}

// Validate refuses attributes that cannot be read.
func (in *TermsSet) Validate() []fault.Field {
	if in.Attributes == nil {
		return nil
	}
	return attributeFaults(*in.Attributes)
}

// ContractClose is the input of ending a contract (résiliation).
type ContractClose struct {
	ID      op.ID `json:"id" in:"required,ref=customer.contract.list"`
	Version int64 `json:"version" in:"required,min=1"`
	// EndsOn is the first day without contract.
	EndsOn day.Date `json:"ends_on" in:"required"`
	// ByUtility says that the utility ends it (résiliation d'office).
	ByUtility bool   `json:"by_utility"`
	Reason    string `json:"reason" in:"required,min=3,max=500,lines"`
}

// ContractSaved is the answer of a change of a contract.
type ContractSaved struct {
	ID op.ID `json:"id"`
	// Account is its receivable account.
	Account op.ID  `json:"account"`
	Code    string `json:"code"`
	Version int64  `json:"version"`
}

func savedOf(c Contract) ContractSaved { return ContractSaved{c.ID, c.Account, c.Code, c.Version} }

func (m *Module) registerContracts(r *op.Registry) {
	duties := []string{"AG-02", "AG-41"}
	op.RegisterList(r, op.Spec{Name: "customer.contract.list", Path: "/contracts", Duties: duties}, op.ListHandler[ContractFilter, ContractRow]{
		Sorts: []string{"code"},
		Rows: func(ctx context.Context, x *op.Exec, in ContractFilter) iter.Seq2[ContractRow, error] {
			return listContracts(ctx, x, in)
		},
	})
	op.RegisterGet(r, op.Spec{Name: "customer.contract.show", Path: "/contracts/{id}", Duties: duties}, op.GetHandler[ContractRef, ContractCard]{
		Targets: func(ctx context.Context, x *op.Exec, in ContractRef) ([]op.Target, error) {
			return contractTarget(ctx, x, in.ID)
		},
		Do: showContract,
	})
	op.RegisterCommand(r, op.Spec{
		Name: "customer.contract.open", Path: "/contracts", Duties: duties,
	}, op.CommandHandler[ContractOpen, ContractSaved]{
		Locks: func(in ContractOpen) []int64 { return []int64{int64(in.Point)} },
		Targets: func(ctx context.Context, x *op.Exec, in ContractOpen) ([]op.Target, error) {
			targets, err := pointTarget(ctx, x, in.Point)
			return targets, inField(err, "service_point")
		},
		Do: m.openContract,
	})
	op.RegisterCommand(r, op.Spec{
		Name: "customer.contract.terms_set", Path: "/contracts/{id}/terms", Versioned: true, Duties: duties,
	}, op.CommandHandler[TermsSet, ContractSaved]{
		Locks: func(in TermsSet) []int64 { return []int64{int64(in.ID)} },
		Targets: func(ctx context.Context, x *op.Exec, in TermsSet) ([]op.Target, error) {
			return contractTarget(ctx, x, in.ID)
		},
		Do: m.setTerms,
	})
	op.RegisterCommand(r, op.Spec{
		Name: "customer.contract.close", Path: "/contracts/{id}/close", Versioned: true, Duties: duties,
	}, op.CommandHandler[ContractClose, ContractSaved]{
		Locks: func(in ContractClose) []int64 { return []int64{int64(in.ID)} },
		Targets: func(ctx context.Context, x *op.Exec, in ContractClose) ([]op.Target, error) {
			return contractTarget(ctx, x, in.ID)
		},
		Do: closeContract,
	})
	m.registerOccupants(r)
}

func contractTarget(ctx context.Context, x *op.Exec, id op.ID) ([]op.Target, error) {
	c, err := FindContract(ctx, x.R, int64(id))
	return []op.Target{{Unit: int64(c.UnitID)}}, err
}

func showContract(ctx context.Context, x *op.Exec, in ContractRef) (card ContractCard, err error) {
	if card.Contract, err = FindContract(ctx, x.R, int64(in.ID)); err != nil {
		return card, err
	}
	if card.BatchID, err = batchOf(ctx, x.R, kindContract, card.ID); err != nil {
		return card, err
	}
	card.State = card.StateOn(x.Today)
	holders, err := customersByID(ctx, x.R, []int64{int64(card.CustomerID)})
	if err != nil {
		return card, err
	}
	card.CustomerName = holders[int64(card.CustomerID)].Name
	line, err := readTerms(ctx, x.R, card.Key)
	if err != nil {
		return card, err
	}
	for i := len(line) - 1; i >= 0; i-- {
		s := line[i]
		row := TermsRow{s.Value, s.From, s.To, s.Note.reason, s.Note.actor, s.Note.at}
		card.History = append(card.History, row)
		if i == len(line)-1 || !s.To.IsZero() && x.Today.Before(s.To) {
			card.Terms, card.TermsFrom = row.Terms, row.ValidFrom
		}
	}
	at, err := ContractsAt(ctx, x.R, []int64{int64(card.PointID)})
	if err != nil {
		return card, err
	}
	card.Before, card.After = neighbours(at[int64(card.PointID)], card.Contract)
	return card, nil
}

// neighbours are the contracts of the same service just before and just after one; the
// contracts of the point are by date.
func neighbours(all []Contract, c Contract) (before, after op.ID) {
	passed := false
	for _, o := range all {
		switch {
		case o.ID == c.ID:
			passed = true
		case o.Service != c.Service:
		case !passed:
			before = o.ID
		case after == 0:
			after = o.ID
		}
	}
	return before, after
}

func (m *Module) openContract(ctx context.Context, x *op.Exec, in ContractOpen) (ContractSaved, error) {
	c, err := FindCustomer(ctx, x.Tx, int64(in.Customer))
	if err != nil {
		return ContractSaved{}, inField(err, "customer")
	}
	p, err := FindServicePoint(ctx, x.Tx, int64(in.Point))
	if err != nil {
		return ContractSaved{}, inField(err, "service_point")
	}
	if in.Service == "" {
		in.Service = p.Service
	}
	k := &Contract{CustomerID: c.ID, PointID: p.ID, UnitID: p.UnitID, Service: in.Service, StartsOn: in.StartsOn}
	if err := m.mayOpen(ctx, x, p, *k); err != nil {
		return ContractSaved{}, err
	}
	return m.insertContract(ctx, x, k, in.terms(), in.Code, in.Reason)
}

// mayOpen refuses a contract that its service point cannot have: another service, days
// on which it was not there, days that another contract has.
func (m *Module) mayOpen(ctx context.Context, x *op.Exec, p ServicePoint, k Contract) error {
	if k.Service != p.Service && !(k.Service == org.Sanitation && p.Service == org.Water) {
		return fault.InvalidField("service", "customer.contract.service", "service", string(p.Service))
	}
	if err := checkAhead("starts_on", k.StartsOn, x.Today); err != nil {
		return err
	}
	if !p.LaidOn.IsZero() && k.StartsOn.Before(p.LaidOn) {
		return fault.InvalidField("starts_on", "customer.contract.before_laid", "laid_on", p.LaidOn)
	}
	if !p.RemovedOn.IsZero() {
		return fault.InvalidField("service_point", "customer.contract.removed", "removed_on", p.RemovedOn)
	}
	all, err := ContractsAt(ctx, x.Tx, []int64{int64(p.ID)})
	if err != nil {
		return err
	}
	for _, o := range all[int64(p.ID)] {
		if o.Service == k.Service && o.ID != k.ID && o.overlaps(k) {
			return fault.InvalidField("starts_on", "customer.contract.overlap", "contract", o.Code, "from", o.StartsOn)
		}
	}
	return nil
}

// insertContract gives a contract its code, its account and its terms.
func (m *Module) insertContract(ctx context.Context, x *op.Exec, k *Contract, t Terms, code, reason string) (ContractSaved, error) {
	if err := m.checkTerms(ctx, x, k.Service, t); err != nil {
		return ContractSaved{}, err
	}
	var err error
	if k.Code, err = contractSeries().choose(ctx, x.Tx, code, codeTakenContract); err != nil {
		return ContractSaved{}, err
	}
	if err := numberFree(ctx, x, k.Code); err != nil {
		return ContractSaved{}, err
	}
	by := Origin{Reason: reason, Actor: op.ID(x.Actor.UserID), At: x.Now}
	if err := Insert(ctx, x.Tx, by, &Supply{Contract: k, Terms: t}); err != nil {
		return ContractSaved{}, err
	}
	after := struct {
		Contract
		Terms
		Reason string `json:"reason,omitempty"`
	}{*k, t, reason}
	return savedOf(*k), x.Change(kindContract, int64(k.ID), k.label(), nil, after)
}

// checkTerms refuses a tariff that does not serve the service, and power where there is
// none.
func (m *Module) checkTerms(ctx context.Context, x *op.Exec, s org.Service, t Terms) error {
	if t.SubscribedPower != 0 && s != org.Electricity {
		return fault.InvalidField("subscribed_power", "customer.contract.no_power")
	}
	if t.Tariff == "" || m.tariffs == nil {
		return nil
	}
	known, err := m.tariffs.KnowsTariff(ctx, x.R, t.Tariff, string(s))
	if err == nil && !known {
		return fault.InvalidField("tariff", "customer.contract.tariff")
	}
	return err
}

// setTerms changes the terms from a day on, until the next change already recorded.
func (m *Module) setTerms(ctx context.Context, x *op.Exec, in TermsSet) (ContractSaved, error) {
	k, err := FindContract(ctx, x.Tx, int64(in.ID))
	if err != nil {
		return ContractSaved{}, err
	}
	if err := op.CheckVersion(k.Version, in.Version); err != nil {
		return ContractSaved{}, err
	}
	if err := k.checkInside(in.ValidFrom, x.Today); err != nil {
		return ContractSaved{}, err
	}
	old, err := readTerms(ctx, x.Tx, k.Key)
	if err != nil {
		return ContractSaved{}, err
	}
	was, _ := old.On(in.ValidFrom)
	t := was
	op.Set(&t.Category, in.Category)
	op.Set(&t.VATUse, in.VATUse)
	op.Set(&t.Tariff, in.Tariff)
	op.Set(&t.Households, in.Households)
	op.Set(&t.SubscribedPower, in.SubscribedPower)
	if in.Attributes != nil {
		t.Attributes, _ = ParseAttributes(*in.Attributes)
	}
	if err := m.checkTerms(ctx, x, k.Service, t); err != nil {
		return ContractSaved{}, err
	}
	next, changed := old.Set(in.ValidFrom, t, noteOf(x, in.Reason))
	if !changed {
		return ContractSaved{}, fault.InvalidField("valid_from", "customer.contract.terms_same")
	}
	if err := saveTerms(ctx, x.Tx, k.Key, next); err != nil {
		return ContractSaved{}, err
	}
	if err := updateContract(ctx, x.Tx, &k); err != nil {
		return ContractSaved{}, err
	}
	type dated struct {
		Terms
		ValidFrom day.Date `json:"valid_from"`
		Reason    string   `json:"reason"`
	}
	return savedOf(k), x.Change(kindContract, int64(k.ID), k.label(), dated{Terms: was}, dated{t, in.ValidFrom, in.Reason})
}

// checkInside refuses the day of a change on which the contract does not hold.
func (c Contract) checkInside(on, today day.Date) error {
	switch {
	case on.Before(c.StartsOn):
		return fault.InvalidField("valid_from", "customer.contract.before_start", "starts_on", c.StartsOn)
	case !c.EndsOn.IsZero() && !on.Before(c.EndsOn):
		return fault.InvalidField("valid_from", "customer.contract.after_end", "ends_on", c.EndsOn)
	}
	return checkChange("valid_from", on, today)
}

func closeContract(ctx context.Context, x *op.Exec, in ContractClose) (ContractSaved, error) {
	k, err := FindContract(ctx, x.Tx, int64(in.ID))
	if err != nil {
		return ContractSaved{}, err
	}
	if err := op.CheckVersion(k.Version, in.Version); err != nil {
		return ContractSaved{}, err
	}
	why := Terminated
	if in.ByUtility {
		why = TerminatedByUtility
	}
	return endContract(ctx, x, k, "ends_on", in.EndsOn, why, in.Reason)
}

// endContract ends a contract and its terms; path is the field of the day. What was
// planned for later days is dropped. The account stays open until it is settled.
func endContract(ctx context.Context, x *op.Exec, k Contract, path string, on day.Date, why Ending, reason string) (ContractSaved, error) {
	switch {
	case !k.EndsOn.IsZero():
		return ContractSaved{}, fault.New(fault.Conflict, "customer.contract.ended", "ends_on", k.EndsOn)
	case !k.StartsOn.Before(on):
		return ContractSaved{}, fault.InvalidField(path, "customer.contract.before_start", "starts_on", k.StartsOn)
	}
	if err := checkChange(path, on, x.Today); err != nil {
		return ContractSaved{}, err
	}
	line, err := readTerms(ctx, x.Tx, k.Key)
	if err != nil {
		return ContractSaved{}, err
	}
	next, _ := line.End(on)
	if err := saveTerms(ctx, x.Tx, k.Key, next); err != nil {
		return ContractSaved{}, err
	}
	before := k
	k.EndsOn, k.Ending = on, why
	if err := updateContract(ctx, x.Tx, &k); err != nil {
		return ContractSaved{}, err
	}
	type ended struct {
		Contract
		Reason string `json:"reason"`
	}
	return savedOf(k), x.Change(kindContract, int64(k.ID), k.label(), ended{Contract: before}, ended{k, reason})
}
