package op

import (
	"context"
	"sync"

	"wasl/internal/kernel/day"
	"wasl/internal/platform/db"
)

// useKey is a right as one user uses it.
type useKey struct {
	user  int64
	right string
}

// usesKnownMax bounds the uses a process remembers; beyond it, it forgets all.
const usesKnownMax = 200_000

// knownUses remembers which uses are in the database already, so that a command
// writes to right_use once for each user, right and business day, and not at all
// otherwise.
type knownUses struct {
	mu   sync.Mutex
	last map[useKey]day.Date
}

func (k *knownUses) has(use useKey, on day.Date) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	last, known := k.last[use]
	return known && !last.Before(on)
}

// keep notes what a transaction that has been committed wrote.
func (k *knownUses) keep(uses []useKey, on day.Date) {
	if len(uses) == 0 {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.last == nil || len(k.last) >= usesKnownMax {
		k.last = map[useKey]day.Date{}
	}
	for _, use := range uses {
		if on.After(k.last[use]) {
			k.last[use] = on
		}
	}
}

// written are the uses one transaction wrote, for knownUses.keep after its commit.
type written struct {
	uses []useKey
	on   day.Date
}

// noteUse keeps, with an audit row, on which day the right was last used: the
// actor's, and the approver's right to approve. A refusal is no use.
func (x *Exec) noteUse(ctx context.Context, o Outcome) error {
	if o == Refused || x.DryRun {
		return nil
	}
	if err := x.useOf(ctx, useKey{x.Actor.UserID, x.Def.Name}); err != nil || x.Approver == nil {
		return err
	}
	return x.useOf(ctx, useKey{x.Approver.UserID, x.Def.ApproveRight()})
}

func (x *Exec) useOf(ctx context.Context, use useKey) error {
	if use.user == 0 || x.runner.uses.has(use, x.Today) {
		return nil
	}
	if err := saveUse(ctx, x.Tx, use, x.Today); err != nil {
		return err
	}
	if x.written != nil {
		x.written.uses, x.written.on = append(x.written.uses, use), x.Today
	}
	return nil
}

// RightUse is the last use of a right by a user.
type RightUse struct {
	User  ID
	Right string
	// On is the business day of the use.
	On day.Date
}

// UseCheck is the invariant USES of wasl verify: the last uses of rights are those
// of the audit, to the day.
func UseCheck() Check {
	return Check{Name: "USES", Run: func(ctx context.Context, r db.Reader) (Report, error) {
		var rep Report
		kept := map[useKey]day.Date{}
		err := EachRightUse(ctx, r, minInstant(), func(u RightUse) {
			kept[useKey{int64(u.User), u.Right}] = u.On
		})
		if err != nil {
			return rep, err
		}
		told := map[useKey]day.Date{}
		err = auditUses(ctx, r, func(use useKey, on day.Date) {
			if on.After(told[use]) {
				told[use] = on
			}
		})
		if err != nil {
			return rep, err
		}
		for use, on := range told {
			rep.Count++
			if kept[use] != on {
				rep.Found("use.differs", "user", ID(use.user), "right", use.right)
			}
			delete(kept, use)
		}
		for use := range kept {
			rep.Found("use.invented", "user", ID(use.user), "right", use.right)
		}
		return rep, nil
	}}
}
