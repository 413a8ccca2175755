package metering

import (
	"context"

	"wasl/internal/kernel/day"
	"wasl/internal/platform/op"
)

// SealAdd is the input of putting a seal on a meter.
type SealAdd struct {
	ID       op.ID    `json:"id" in:"required,ref=metering.meter.list"`
	Number   string   `json:"number" in:"required,pattern=code,max=31"`
	PlacedOn day.Date `json:"placed_on" in:"required"`
	Reason   string   `json:"reason" in:"max=200"`
}

// SealRemove is the input of taking a seal off.
type SealRemove struct {
	ID        op.ID    `json:"id" in:"required,ref=metering.meter.list"`
	Number    string   `json:"number" in:"required,pattern=code,max=31"`
	RemovedOn day.Date `json:"removed_on" in:"required"`
	Reason    string   `json:"reason" in:"required,max=200"`
}

// SealSaved is the answer of a change of a seal.
type SealSaved struct {
	ID     op.ID  `json:"id"`
	Number string `json:"number"`
}

func (m *Module) registerSeals(r *op.Registry) {
	op.RegisterCommand(r, op.Spec{Name: "metering.seal.add", Path: "/metering/meters/{id}/seals", Duties: []string{"DRI-02"}}, op.CommandHandler[SealAdd,
		SealSaved]{
		Locks: func(in SealAdd) []int64 { return []int64{int64(in.ID)} },
		Targets: func(ctx context.Context, x *op.Exec, in SealAdd) ([]op.Target, error) {
			return meterTarget(ctx, x, in.ID)
		},
		Do: func(ctx context.Context, x *op.Exec, in SealAdd) (SealSaved, error) {
			if err := notAhead("placed_on", in.PlacedOn, x.Today); err != nil {
				return SealSaved{}, err
			}
			s := Seal{Number: in.Number, PlacedOn: in.PlacedOn, Reason: in.Reason, Actor: op.ID(x.Actor.UserID)}
			if err := insertSeal(ctx, x.Tx, int64(in.ID), s, originOf(x)); err != nil {
				return SealSaved{}, err
			}
			return SealSaved{in.ID, in.Number}, x.Change("meter", int64(in.ID), in.Number, nil, s)
		},
	})
	op.RegisterCommand(r, op.Spec{
		Name: "metering.seal.remove", Path: "/metering/meters/{id}/seals/remove", Duties: []string{"DRI-02"},
	}, op.CommandHandler[SealRemove, SealSaved]{
		Locks: func(in SealRemove) []int64 { return []int64{int64(in.ID)} },
		Targets: func(ctx context.Context, x *op.Exec, in SealRemove) ([]op.Target, error) {
			return meterTarget(ctx, x, in.ID)
		},
		Do: func(ctx context.Context, x *op.Exec, in SealRemove) (SealSaved, error) {
			if err := notAhead("removed_on", in.RemovedOn, x.Today); err != nil {
				return SealSaved{}, err
			}
			if err := endSeal(ctx, x.Tx, int64(in.ID), in.Number, in.RemovedOn, in.Reason); err != nil {
				return SealSaved{}, err
			}
			return SealSaved{in.ID, in.Number}, x.Change("meter", int64(in.ID), in.Number, nil, in)
		},
	})
}
