package op

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
)

// uses are the last uses as the database keeps them: "user right day".
func (e *env) uses() []string {
	e.Helper()
	var out []string
	err := e.db.Read(e.Context(), func(ctx context.Context, r db.Reader) error {
		out = nil
		return EachRightUse(ctx, r, minInstant(), func(u RightUse) {
			out = append(out, strings.Join([]string{u.User.String(), u.Right, u.On.String()}, " "))
		})
	})
	if err != nil {
		e.Fatal(err)
	}
	slices.Sort(out)
	return out
}

func (e *env) wantUses(what string, want ...string) {
	e.Helper()
	if got := e.uses(); !slices.Equal(got, want) {
		e.Errorf("%s: uses\n%q, want\n%q", what, got, want)
	}
	if found := e.check(UseCheck()); len(found) != 0 {
		e.Errorf("%s: %v", what, found)
	}
}

// The last use of a right is noted with the audit row, and only with it.
func TestUsesOfRights(t *testing.T) {
	t.Parallel()
	onEach(t, func(e *env) {
		thing := e.add(10, "a")
		e.add(11, "b")
		e.wantUses("two of one day", "1 shop.thing.add 2026-03-16")
		_, err := e.ask(nobody, "shop.open", nil)
		e.refused("no right", err, fault.Forbidden, "right.missing")
		_, err = e.ask(clerk, "shop.knock", Input{"word": "shut"})
		e.refused("kept refusal", err, fault.Unauthenticated, "door.closed")
		if _, err := e.run.Run(e.Context(), Request{Name: "shop.open", Credential: as(admin), DryRun: true}); err != nil {
			e.Fatal(err)
		}
		e.wantUses("refusals and trials are no use", "1 shop.thing.add 2026-03-16")
		// in Ramadan, until 22 March 2026, Casablanca lives by UTC: the day ends in 14 hours
		e.clock.Advance(14*time.Hour - time.Minute)
		e.add(10, "late")
		e.wantUses("the same evening", "1 shop.thing.add 2026-03-16")
		e.clock.Advance(2 * time.Minute)
		p := e.must(admin, "shop.thing.sell", Input{"id": thing.String(), "version": "1", "name": "c"})
		e.must(admin, "shop.thing.add", Input{"unit": "10", "name": "d"})
		e.wantUses("the business day", "1 shop.thing.add 2026-03-17", "1 shop.thing.sell 2026-03-17")
		e.must(second, "approval.approve", Input{"id": p.Proposal.String(), "version": "1"})
		e.wantUses("who approved", "1 shop.thing.add 2026-03-17", "1 shop.thing.sell 2026-03-17", "3 approval.approve 2026-03-17", "3 shop.thing.sell.approve 2026-03-17")
	})
}

// A command writes the use of the day once; one whose commit failed is not taken for
// written.
func TestUsesAreWrittenOnceADay(t *testing.T) {
	t.Parallel()
	onEach(t, func(e *env) {
		var written, failing atomic.Int64
		e.hooks.set(func(c db.Call) error {
			if c.Kind == db.CallExec && strings.Contains(c.SQL, "right_use") {
				written.Add(1)
			}
			if c.Kind == db.CallExec && strings.Contains(c.SQL, "op_key") && failing.Load() > 0 {
				return errors.New("the disk is gone")
			}
			return nil
		}, nil)
		failing.Store(1)
		if _, err := e.ask(admin, "shop.thing.add", Input{"unit": "10", "name": "x"}); err == nil {
			e.Fatal("the disk was there")
		}
		failing.Store(0)
		if written.Swap(0) == 0 || len(e.uses()) != 0 {
			e.Error("the failing command was to write its use and to lose it")
		}
		for range 3 {
			e.add(10, "y")
		}
		if n := written.Swap(0); n != 1 {
			e.Errorf("written %d times in a day", n)
		}
		e.clock.Advance(24 * time.Hour)
		e.add(10, "z")
		if n := written.Load(); n != 1 {
			e.Errorf("written %d times the next day", n)
		}
		e.wantUses("in the end", "1 shop.thing.add 2026-03-17")
	})
}

// The table is made of the audit once, when the schema comes to it.
func TestUsesComeFromTheAuditOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(e *env) {
		thing := e.add(10, "a")
		e.clock.Advance(48 * time.Hour)
		p := e.must(clerk, "shop.thing.sell", Input{"id": thing.String(), "version": "1", "name": "c"})
		e.must(second, "approval.approve", Input{"id": p.Proposal.String(), "version": "1"})
		_, err := e.ask(clerk, "shop.knock", Input{"word": "shut"})
		e.refused("kept refusal", err, fault.Unauthenticated, "door.closed")
		want := e.uses()
		if len(want) != 4 {
			e.Fatalf("before: %q", want)
		}
		e.exec(`DROP TABLE right_use`)
		e.exec(`DELETE FROM goose_db_version WHERE version_id = 21`)
		if _, err := e.db.Migrate(e.Context(), shopSet(e.T)); err != nil {
			e.Fatal(err)
		}
		e.wantUses("after the migration", want...)
	})
}

// verify names what differs from the audit, both ways.
func TestUseCheckNames(t *testing.T) {
	t.Parallel()
	onEach(t, func(e *env) {
		e.add(10, "a")
		yesterday := now().Add(-24 * time.Hour)
		for _, c := range []struct {
			sql  string
			args []any
			want string
		}{
			{`UPDATE right_use SET used_at = $1`, []any{yesterday}, "use.differs"},
			{`UPDATE right_use SET used_at = $1, user_id = 9`, []any{now()}, "use.differs use.invented"},
			{`DELETE FROM right_use`, nil, "use.differs"},
		} {
			e.exec(c.sql, c.args...)
			if got := strings.Join(e.check(UseCheck()), " "); got != c.want {
				e.Errorf("%s: %s, want %s", c.sql, got, c.want)
			}
		}
	})
}
