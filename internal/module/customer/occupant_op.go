package customer

import (
	"context"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/module/account"
	"wasl/internal/platform/op"
)

// OccupantChange is the input of a change of occupant (mutation): the contract ends and
// another one begins on the same day at the same point.
type OccupantChange struct {
	ID      op.ID `json:"id" in:"required,ref=customer.contract.list"`
	Version int64 `json:"version" in:"required,min=1"`
	// Successor is the customer who follows.
	Successor op.ID `json:"successor" in:"required,ref=customer.customer.list"`
	// MovedOn is the first day of the one who follows.
	MovedOn day.Date `json:"moved_on" in:"required"`
	// The terms of the new contract; what is absent is taken over.
	Category   *string `json:"category" in:"pattern=code,min=1,max=31"`
	VATUse     *VATUse `json:"vat_use"`
	Households *int64  `json:"households" in:"min=1,max=9999"`
	// NewCode of the contract that follows is given by the program when it is empty.
	NewCode string `json:"new_code" in:"pattern=code,max=31"`
	Reason  string `json:"reason" in:"required,min=3,max=500,lines"`
}

// OccupantChanged is the answer of a change of occupant.
type OccupantChanged struct {
	// ID is the contract that ended, Next the one that follows.
	ID      op.ID `json:"id"`
	Version int64 `json:"version"`
	Next    op.ID `json:"next"`
	// Account is the receivable account of the one that follows.
	Account op.ID  `json:"account"`
	Code    string `json:"code"`
}

func (m *Module) registerOccupants(r *op.Registry) {
	op.RegisterCommand(r, op.Spec{
		Name: "customer.contract.change_occupant", Path: "/contracts/{id}/change-occupant", Versioned: true, Duties: []string{"AG-02"},
	}, op.CommandHandler[OccupantChange, OccupantChanged]{
		Locks: func(in OccupantChange) []int64 { return []int64{int64(in.ID)} },
		Targets: func(ctx context.Context, x *op.Exec, in OccupantChange) ([]op.Target, error) {
			return contractTarget(ctx, x, in.ID)
		},
		Do: m.changeOccupant,
	})
}

func (m *Module) changeOccupant(ctx context.Context, x *op.Exec, in OccupantChange) (OccupantChanged, error) {
	k, err := FindContract(ctx, x.Tx, int64(in.ID))
	if err != nil {
		return OccupantChanged{}, err
	}
	if err := op.CheckVersion(k.Version, in.Version); err != nil {
		return OccupantChanged{}, err
	}
	// The point is locked as when a contract is opened there.
	if err := x.Tx.Lock(ctx, int64(k.PointID)); err != nil {
		return OccupantChanged{}, err
	}
	if in.Successor == k.CustomerID {
		return OccupantChanged{}, fault.InvalidField("successor", "customer.contract.same_customer")
	}
	c, err := FindCustomer(ctx, x.Tx, int64(in.Successor))
	if err != nil {
		return OccupantChanged{}, inField(err, "successor")
	}
	p, err := FindServicePoint(ctx, x.Tx, int64(k.PointID))
	if err != nil {
		return OccupantChanged{}, err
	}
	line, err := readTerms(ctx, x.Tx, k.Key)
	if err != nil {
		return OccupantChanged{}, err
	}
	t, _ := line.On(in.MovedOn.AddDays(-1))
	ended, err := endContract(ctx, x, k, "moved_on", in.MovedOn, Changed, in.Reason)
	if err != nil {
		return OccupantChanged{}, err
	}
	op.Set(&t.Category, in.Category)
	op.Set(&t.VATUse, in.VATUse)
	op.Set(&t.Households, in.Households)
	next := &Contract{CustomerID: c.ID, PointID: p.ID, UnitID: p.UnitID, Service: k.Service, StartsOn: in.MovedOn}
	if err := m.mayOpen(ctx, x, p, *next); err != nil {
		return OccupantChanged{}, err
	}
	opened, err := m.insertContract(ctx, x, next, t, in.NewCode, in.Reason)
	return OccupantChanged{ended.ID, ended.Version, opened.ID, opened.Account, opened.Code}, err
}

// numberFree refuses the code of a contract that is the number of another account.
func numberFree(ctx context.Context, x *op.Exec, code string) error {
	return account.NumberFree(ctx, x.Tx, code, "code")
}
