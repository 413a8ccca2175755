package collection

import (
	"context"
	"iter"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/op"
)

// TenderFilter narrows the list of kinds of tender.
type TenderFilter struct {
	Code string `json:"code" in:"max=31"`
	// On keeps what is accepted on a day; by default every version is shown.
	On day.Date `json:"on"`
}

// TenderValues are what a kind of tender is from a day on.
type TenderValues struct {
	Label          string     `json:"label" in:"required,max=60"`
	ValidFrom      day.Date   `json:"valid_from" in:"required"`
	Account        string     `json:"account" in:"required,pattern=digits,max=10"`
	Transit        string     `json:"transit_account" in:"pattern=digits,max=10"`
	Bank           string     `json:"bank_account" in:"required,pattern=digits,max=10"`
	Settles        Settles    `json:"settles" in:"required"`
	StampRate      money.Rate `json:"stamp_rate" in:"min=0,max=10000"`
	GivesChange    bool       `json:"gives_change"`
	NeedsReference bool       `json:"needs_reference"`
	Status         Provenance `json:"status" in:"required"`
	// Source is the text or decision it rests on.
	Source string `json:"source" in:"required,min=3,max=200"`
	Reason string `json:"reason" in:"required,min=3,max=200"`
}

// TenderAdd is the input of a new kind of tender.
type TenderAdd struct {
	Code string `json:"code" in:"required,pattern=code,max=31"`
	TenderValues
}

// TenderUpdate is the input of what a kind becomes from a day on.
type TenderUpdate struct {
	Code string `json:"code" in:"required,max=31"`
	TenderValues
	// Ended ends the kind on that day.
	Ended bool `json:"ended"`
}

// TenderSaved is the answer of a change of the kinds.
type TenderSaved struct {
	ID   op.ID  `json:"id"`
	Code string `json:"code"`
}

func registerTenders(r *op.Registry) {
	op.RegisterList(r, op.Spec{Name: "collection.tender.list", Path: "/collection/tenders", Duties: duties()}, op.ListHandler[TenderFilter, TenderKind]{
		Sorts: []string{"code"},
		Rows: func(ctx context.Context, x *op.Exec, in TenderFilter) iter.Seq2[TenderKind, error] {
			return listKinds(ctx, x, in)
		},
	})
	op.RegisterCommand(r, op.Spec{
		Name: "collection.tender.add", Path: "/collection/tenders", Central: true, FourEyes: true, SoleAllowed: true, Duties: duties(),
	}, op.CommandHandler[TenderAdd, TenderSaved]{
		Do: func(ctx context.Context, x *op.Exec, in TenderAdd) (TenderSaved, error) {
			rows, err := kindsOf(ctx, x.Tx)
			if err != nil {
				return TenderSaved{}, err
			}
			for _, k := range rows {
				if k.Code == in.Code {
					return TenderSaved{}, fault.InvalidField("code", "collection.tender_exists", "code", in.Code)
				}
			}
			return saveKind(ctx, x, nil, in.Code, in.TenderValues, true)
		},
	})
	op.RegisterCommand(r, op.Spec{
		Name: "collection.tender.update", Path: "/collection/tenders/{code}", Central: true, FourEyes: true, SoleAllowed: true, Duties: duties(),
	}, op.CommandHandler[TenderUpdate, TenderSaved]{Do: updateKind})
}

// updateKind lets a kind be something else from a day on, after all that is known of it:
// what receipts were taken under does not change behind them.
func updateKind(ctx context.Context, x *op.Exec, in TenderUpdate) (TenderSaved, error) {
	rows, err := kindsOf(ctx, x.Tx)
	if err != nil {
		return TenderSaved{}, err
	}
	var last *TenderKind
	for i := range rows {
		if rows[i].Code == in.Code {
			last = &rows[i]
		}
	}
	switch {
	case last == nil:
		return TenderSaved{}, fault.New(fault.NotFound, "collection.tender_none", "code", in.Code)
	case !in.ValidFrom.After(last.ValidFrom) || !in.ValidFrom.After(x.Today):
		return TenderSaved{}, fault.InvalidField("valid_from", "collection.tender_past", "date", x.Today)
	}
	return saveKind(ctx, x, last, in.Code, in.TenderValues, !in.Ended)
}

// saveKind checks the accounts and adds the row.
func saveKind(ctx context.Context, x *op.Exec, before *TenderKind, code string, v TenderValues, accepted bool) (TenderSaved, error) {
	k := TenderKind{
		Code: code, Label: v.Label, ValidFrom: v.ValidFrom, Account: v.Account, Transit: v.Transit, Bank: v.Bank, Settles: v.Settles,
		StampRate: v.StampRate, GivesChange: v.GivesChange, NeedsReference: v.NeedsReference, Accepted: accepted, Status: v.Status, Source: v.Source,
		Reason: v.Reason, Actor: op.ID(x.Actor.UserID), RecordedAt: x.Now,
	}
	if k.Settles == AtClearing && k.Transit == "" {
		return TenderSaved{}, fault.InvalidField("transit_account", "input.required")
	}
	for field, account := range map[string]string{"account": k.Account, "transit_account": k.Transit, "bank_account": k.Bank} {
		if account == "" {
			continue
		}
		open, err := accountOpen(ctx, x.Tx, &k, account)
		if err != nil {
			return TenderSaved{}, err
		}
		if !open {
			return TenderSaved{}, fault.InvalidField(field, "collection.tender_account", "account", account)
		}
	}
	type effect struct {
		TenderValues
		Accepted bool `json:"accepted"`
	}
	var was any
	if before != nil {
		was = effect{valuesOf(before), before.Accepted}
	}
	id, err := x.Tx.NewID(ctx)
	if err != nil {
		return TenderSaved{}, err
	}
	k.ID = op.ID(id)
	if err := insertKind(ctx, x.Tx, &k); err != nil {
		return TenderSaved{}, err
	}
	// What changes is the kind as it was: the id of the new row is another one when the second person approves.
	record := k.ID
	if before != nil {
		record = before.ID
	}
	return TenderSaved{k.ID, k.Code}, x.Change("tender_kind", int64(record), k.Code, was, effect{v, accepted})
}

// valuesOf are the values of a kind as they are given.
func valuesOf(k *TenderKind) TenderValues {
	return TenderValues{
		Label: k.Label, ValidFrom: k.ValidFrom, Account: k.Account, Transit: k.Transit, Bank: k.Bank, Settles: k.Settles, StampRate: k.StampRate,
		GivesChange: k.GivesChange, NeedsReference: k.NeedsReference, Status: k.Status, Source: k.Source, Reason: k.Reason,
	}
}
