package access_test

import (
	"context"
	"testing"
	"time"

	"wasl/internal/kernel/fault"
	"wasl/internal/module/access"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// ask is a grant asked for.
func ask(user, role op.ID, unit int64) op.Input {
	return op.Input{"user": user.String(), "role": role.String(), "unit": id(unit), "reason": "remplacement"}
}

func with(in op.Input, name string, value any) op.Input {
	out := op.Input{}
	for k, v := range in {
		out[k] = v
	}
	out[name] = value
	return out
}

func collect(unit int64, amount string) op.Input { return op.Input{"unit": id(unit), "amount": amount} }

func TestGrantHoldsFromItsFirstToItsLastDay(t *testing.T) {
	t.Parallel()
	each(t, func(e *env) {
		// the business day turns at midnight in Morocco, one hour before UTC
		cashier := e.role("CASH", "cash.desk.collect")
		for _, c := range []struct {
			login, from, to string
			holds           bool
		}{
			{"yesterday", "2026-11-01", "2026-11-21", false},
			{"lasttoday", "2026-11-01", "2026-11-22", true},
			{"today", "2026-11-22", "2026-11-22", true},
			{"endless", "2026-11-22", "", true},
			{"tomorrow", "2026-11-23", "", false},
			{"takenback", "2026-11-22", "2026-11-21", false},
		} {
			e.grant(e.user(c.login, centreA), cashier, centreA, c.from, c.to, nil)
			_, err := e.run(as(c.login), "cash.desk.collect", collect(centreA, "1"))
			if (err == nil) != c.holds {
				e.t.Errorf("%s: %v", c.login, err)
			}
		}
		e.clock.advance(13*time.Hour + 59*time.Minute) // 22:59 UTC
		e.must(as("today"), "cash.desk.collect", collect(centreA, "1"))
		e.refused(as("tomorrow"), "cash.desk.collect", collect(centreA, "1"), "right.missing")
		e.clock.advance(time.Minute)
		e.refused(as("today"), "cash.desk.collect", collect(centreA, "1"), "right.missing")
		e.must(as("tomorrow"), "cash.desk.collect", collect(centreA, "1"))
	})
}

func TestGrantHoldsInItsUnitUpToItsLimit(t *testing.T) {
	t.Parallel()
	each(t, func(e *env) {
		amina, cashier := e.user("amina", centreA), e.role("CASH", "cash.desk.collect")
		e.grant(amina, cashier, agencyA, "2026-01-01", "", 50000)
		e.grant(amina, cashier, centreA, "2026-01-01", "", nil)
		for _, c := range []struct {
			unit         int64
			amount, code string
		}{
			{centreA, "1000000", ""},
			{centreB, "500", ""},
			{centreB, "-500", ""},
			{centreB, "500.01", "scope.over_limit"},
			{centreB, "-500.01", "scope.over_limit"},
			{agencyA, "500", ""},
			{agencyB, "1", "scope.outside"},
			{regionA, "1", "scope.outside"},
			{top, "1", "scope.outside"},
		} {
			_, err := e.run(as("amina"), "cash.desk.collect", collect(c.unit, c.amount))
			if codeOf(err) != c.code {
				e.t.Errorf("unit %d, %s: %v, want %q", c.unit, c.amount, err, c.code)
			}
		}
	})
}

func TestNobodyGrantsToHimself(t *testing.T) {
	t.Parallel()
	each(t, func(e *env) {
		cashier, admin := e.role("CASH", "cash.desk.collect"), e.shippedRole("ADMIN")
		e.refused(as("root"), "access.grant.add", ask(e.admin, cashier, centreA), "grant.self")
		other := e.user("other", top)
		e.must(as("root"), "access.grant.add", ask(other, admin, top))
		// the beneficiary may not be the second person either
		p := e.must(as("root"), "access.grant.add", ask(other, cashier, centreA))
		if p.Outcome != op.Proposed {
			e.t.Fatalf("outcome %s", p.Outcome)
		}
		e.refused(as("other"), "approval.approve", op.Input{"id": p.Proposal.String(), "version": "1"}, "grant.self")
	})
}

func (e *env) shippedRole(code string) op.ID {
	e.t.Helper()
	return op.ID(e.count(`SELECT id FROM access_role WHERE code = $1`, code))
}

func TestGrantInput(t *testing.T) {
	t.Parallel()
	each(t, func(e *env) {
		amina, cashier := e.user("amina", centreA), e.role("CASH", "cash.desk.collect")
		good := ask(amina, cashier, centreA)
		for _, c := range []struct {
			in   op.Input
			code string
		}{
			{with(good, "user", "999"), "user.unknown"},
			{with(good, "role", "999"), "role.unknown"},
			{with(good, "unit", "999"), "scope.outside"},
			{with(good, "valid_from", "2026-11-21"), "grant.past"},
			{with(good, "valid_to", "2026-11-21"), "grant.past"},
			{with(with(good, "valid_from", "2026-12-02"), "valid_to", "2026-12-01"), "grant.dates"},
			{with(good, "limit", "-1"), "input.range"},
			{with(good, "reason", ""), "input.required"},
			{with(good, "extra", "x"), "input.unknown_field"},
		} {
			e.refused(as("root"), "access.grant.add", c.in, c.code)
		}
		e.must(as("root"), "access.grant.add", with(good, "valid_to", "2026-12-31"))
		e.refused(as("root"), "access.grant.add", with(good, "valid_from", "2026-12-31"), "grant.twice")
		e.must(as("root"), "access.grant.add", with(good, "valid_from", "2027-01-01"))
		e.must(as("root"), "access.grant.add", with(good, "unit", id(centreB)))
		e.must(as("root"), "access.user.leave", op.Input{"id": amina.String(), "version": "1", "reason": "retirement"})
		e.refused(as("root"), "access.grant.add", with(good, "unit", id(agencyA)), "user.not_active")
		if n := e.count(`SELECT count(*) FROM access_grant WHERE user_id = $1 AND (valid_to IS NULL OR valid_to >= '2026-11-22')`, amina); n != 0 {
			e.t.Errorf("%d grants of somebody who left", n)
		}
	})
}

func TestGrantIsScoped(t *testing.T) {
	t.Parallel()
	each(t, func(e *env) {
		boss := e.user("boss", agencyA)
		e.grant(boss, e.role("GRANTOR", "access.grant.add", "access.grant.end", "access.grant.list", "access.grant.preview"), agencyA, "2026-01-01", "", nil)
		amina, cashier := e.user("amina", centreA), e.role("CASH", "cash.desk.collect")
		e.refused(as("boss"), "access.grant.add", ask(amina, cashier, agencyB), "scope.outside")
		e.refused(as("boss"), "access.grant.add", ask(amina, cashier, regionA), "scope.outside")
		p := e.must(as("boss"), "access.grant.add", ask(amina, cashier, centreB))
		if p.Outcome != op.Proposed {
			e.t.Fatalf("outcome %s: root may approve", p.Outcome)
		}
		e.must(as("root"), "approval.approve", op.Input{"id": p.Proposal.String(), "version": "1"})
		elsewhere := e.grant(amina, cashier, agencyB, "2026-01-01", "", nil)
		rows := e.list(as("boss"), "access.grant.list", op.Input{"user": amina.String()})
		if len(rows) != 1 || rows[0].(access.GrantRow).Unit != centreB {
			e.t.Errorf("sees %v", rows)
		}
		end := op.Input{"id": elsewhere.String(), "version": "1", "reason": "over"}
		e.refused(as("boss"), "access.grant.end", end, "scope.outside")
		e.must(as("boss"), "access.grant.end", with(end, "id", rows[0].(access.GrantRow).ID.String()))
		e.refused(as("boss"), "access.grant.preview", op.Input{"user": amina.String(), "role": cashier.String(), "unit": id(agencyB)}, "scope.outside")
	})
}

func TestGrantEnds(t *testing.T) {
	t.Parallel()
	each(t, func(e *env) {
		amina, cashier := e.user("amina", centreA), e.role("CASH", "cash.desk.collect")
		g := e.must(as("root"), "access.grant.add", with(ask(amina, cashier, centreA), "valid_to", "2026-12-31")).Out.(access.Grant)
		end := op.Input{"id": g.ID.String(), "version": "1", "reason": "over"}
		e.refused(as("root"), "access.grant.end", with(end, "last_day", "2027-01-31"), "grant.longer")
		e.refused(as("root"), "access.grant.end", with(end, "last_day", "2026-11-20"), "grant.past")
		e.must(as("root"), "access.grant.end", with(end, "last_day", "2026-12-01"))
		e.refused(as("root"), "access.grant.end", end, "row.stale")
		e.must(as("amina"), "cash.desk.collect", collect(centreA, "1"))
		e.must(as("root"), "access.grant.end", with(end, "version", "2"))
		e.refused(as("amina"), "cash.desk.collect", collect(centreA, "1"), "right.missing")
		e.refused(as("root"), "access.grant.end", with(end, "version", "3"), "grant.over")
	})
}

func TestLastAdministratorStays(t *testing.T) {
	t.Parallel()
	each(t, func(e *env) {
		admin := e.shippedRole("ADMIN")
		mine := e.count(`SELECT id FROM access_grant WHERE user_id = $1`, e.admin)
		end := op.Input{"id": id(mine), "version": "1", "reason": "leaving"}
		e.refused(as("root"), "access.grant.end", end, "access.last_administrator")
		e.refused(as("root"), "access.grant.end", with(end, "last_day", "2026-12-31"), "access.last_administrator")
		// a second one for a time does not suffice for what comes after
		other := e.user("other", top)
		g := e.must(as("root"), "access.grant.add", with(ask(other, admin, top), "valid_to", "2026-12-31")).Out.(access.Grant)
		e.refused(as("root"), "access.grant.end", with(end, "last_day", "2026-12-31"), "access.last_administrator")
		e.must(as("root"), "access.grant.end", with(end, "last_day", "2026-12-30"))
		last := op.Input{"id": g.ID.String(), "version": "1", "reason": "x y z", "last_day": "2026-12-30"}
		e.refused(as("other"), "access.grant.end", last, "access.last_administrator")
	})
	each(t, func(e *env) {
		locker := e.user("locker", top)
		e.grant(locker, e.role("LOCK", "access.user.lock", "access.user.leave"), top, "2026-01-01", "", nil)
		for _, name := range []string{"access.user.lock", "access.user.leave"} {
			e.refused(as("locker"), name, op.Input{"id": e.admin.String(), "version": "1", "reason": "coup"}, "access.last_administrator")
		}
		e.refused(as("root"), "access.role.update", op.Input{"id": e.shippedRole("ADMIN").String(), "version": "1", "rights": []any{"access.user.list"}},
			"access.last_administrator")
		e.must(as("root"), "me.show", op.Input{})
	})
}

// Alone at first; with somebody to ask once, never alone again.
func TestSoleApproverOnlyUntilThereWasASecond(t *testing.T) {
	t.Parallel()
	each(t, func(e *env) {
		admin, cashier := e.shippedRole("ADMIN"), e.role("CASH", "cash.desk.collect")
		amina := e.user("amina", centreA)
		direct := func(unit int64) bool {
			return e.must(as("root"), "access.grant.add", ask(amina, cashier, unit)).Outcome == op.Done
		}
		if !direct(centreA) {
			e.t.Fatal("the only administrator cannot begin")
		}
		// one who begins tomorrow is nobody to ask today
		other := e.user("other", top)
		g := e.must(as("root"), "access.grant.add", with(ask(other, admin, top), "valid_from", "2026-11-23")).Out.(access.Grant)
		if !direct(centreB) {
			e.t.Fatal("nobody may approve yet")
		}
		// a refund never goes alone, whoever there is
		if got := e.must(as("root"), "cash.desk.refund", collect(centreA, "1")).Outcome; got != op.Proposed {
			e.t.Errorf("refund: %s", got)
		}
		e.clock.advance(24 * time.Hour)
		if direct(agencyA) {
			e.t.Fatal("there is a second person now")
		}
		// the second leaves: it stays so for ever
		e.must(as("root"), "access.grant.end", op.Input{"id": g.ID.String(), "version": "1", "reason": "gone"})
		e.must(as("root"), "access.user.leave", op.Input{"id": other.String(), "version": "1", "reason": "gone"})
		e.clock.advance(48 * time.Hour)
		if direct(agencyB) {
			e.t.Error("alone again")
		}
		// even for roles
		res := e.must(as("root"), "access.role.update", op.Input{"id": cashier.String(), "version": "1", "name": "Caisse"})
		if res.Outcome != op.Proposed {
			e.t.Errorf("role changed alone: %s", res.Outcome)
		}
	})
}

// A grant that begins and ends without anybody writing in between counts too.
func TestApproverSeenOnlyByTheCalendar(t *testing.T) {
	t.Parallel()
	each(t, func(e *env) {
		other := e.user("other", top)
		e.must(as("root"), "access.grant.add", with(with(ask(other, e.shippedRole("ADMIN"), top), "valid_from", "2026-11-24"), "valid_to", "2026-11-24"))
		cashier, amina := e.role("CASH", "cash.desk.collect"), e.user("amina", centreA)
		if e.must(as("root"), "access.grant.add", ask(amina, cashier, centreA)).Outcome != op.Done {
			e.t.Fatal("nobody may approve yet")
		}
		e.clock.advance(5 * 24 * time.Hour)
		if e.must(as("root"), "access.grant.add", ask(amina, cashier, centreB)).Outcome != op.Proposed {
			e.t.Error("somebody could approve on the 24th")
		}
	})
}

// twoAdministrators gives root a colleague.
func (e *env) twoAdministrators() op.ID {
	e.t.Helper()
	other := e.user("other", top)
	e.must(as("root"), "access.grant.add", ask(other, e.shippedRole("ADMIN"), top))
	return other
}

func TestFourEyesLooksAgain(t *testing.T) {
	t.Parallel()
	type scene struct {
		e                *env
		proposer, amina  op.ID
		cashier, grantor op.ID
		granted          op.ID
		proposal         op.ID
	}
	for name, c := range map[string]struct {
		between func(s scene)
		by      string
		code    string
	}{
		"agreed":          {func(scene) {}, "root", ""},
		"by the proposer": {func(scene) {}, "boss", "approval.own"},
		"no right": {func(s scene) {
			s.e.user("clerk", agencyA)
		}, "clerk", "approval.not_yours"},
		"proposer lost his right": {func(s scene) {
			s.e.must(as("root"), "access.grant.end", op.Input{"id": s.granted.String(), "version": "1", "reason": "over"})
		}, "root", "approval.proposer_right"},
		"proposer lost the unit": {func(s scene) {
			s.e.must(as("root"), "access.grant.end", op.Input{"id": s.granted.String(), "version": "1", "reason": "over"})
			s.e.grant(s.proposer, s.grantor, agencyB, "2026-01-01", "", nil)
		}, "root", "scope.outside"},
		"proposer locked": {func(s scene) {
			s.e.must(as("root"), "access.user.lock", op.Input{"id": s.proposer.String(), "version": "1", "reason": "enquiry"})
		}, "root", "approval.proposer_gone"},
		"beneficiary left": {func(s scene) {
			s.e.must(as("root"), "access.user.leave", op.Input{"id": s.amina.String(), "version": "1", "reason": "left"})
		}, "root", "user.not_active"},
		"role changed": {func(s scene) {
			s.e.exec(`INSERT INTO access_role_right (role_id, right_name) VALUES ($1, 'cash.desk.close')`, s.cashier)
		}, "root", "approval.effect_changed"},
		"a conflict appeared": {func(s scene) {
			s.e.grant(s.amina, s.e.role("CLOSE", "cash.desk.close"), centreA, "2026-01-01", "", nil)
		}, "root", "approval.effect_changed"},
		"a conflict elsewhere": {func(s scene) {
			s.e.grant(s.amina, s.e.role("CLOSE", "cash.desk.close"), agencyB, "2026-01-01", "", nil)
		}, "root", ""},
		"granted meanwhile": {func(s scene) {
			s.e.grant(s.amina, s.cashier, centreA, "2026-01-01", "", nil)
		}, "root", "grant.twice"},
		"first day passed": {func(s scene) { s.e.clock.advance(5 * 24 * time.Hour) }, "root", ""},
		"too late":         {func(s scene) { s.e.clock.advance(op.ProposalLife) }, "root", "approval.expired"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			each(t, func(e *env) {
				s := scene{e: e, proposer: e.user("boss", agencyA), amina: e.user("amina", centreA)}
				s.cashier, s.grantor = e.role("CASH", "cash.desk.collect"), e.role("GRANTOR", "access.grant.add")
				s.granted = e.grant(s.proposer, s.grantor, agencyA, "2026-01-01", "", nil)
				res := e.must(as("boss"), "access.grant.add", with(ask(s.amina, s.cashier, centreA), "valid_from", "2026-11-23"))
				if res.Outcome != op.Proposed || e.count(`SELECT count(*) FROM access_grant WHERE user_id = $1`, s.amina) != 0 {
					e.t.Fatalf("outcome %s, or granted at once", res.Outcome)
				}
				s.proposal = res.Proposal
				c.between(s)
				_, err := e.run(as(c.by), "approval.approve", op.Input{"id": s.proposal.String(), "version": "1"})
				if codeOf(err) != c.code {
					e.t.Fatalf("got %v, want %q", err, c.code)
				}
				if err == nil {
					e.clock.advance(24 * time.Hour)
					e.must(as("amina"), "cash.desk.collect", collect(centreA, "1"))
					e.refused(as("root"), "approval.approve", op.Input{"id": s.proposal.String(), "version": "2"}, "approval.decided")
				}
			})
		})
	}
}

// A grant without a first day begins on the day of the approval.
func TestGrantBeginsWhenAgreed(t *testing.T) {
	t.Parallel()
	each(t, func(e *env) {
		e.twoAdministrators()
		amina, cashier := e.user("amina", centreA), e.role("CASH", "cash.desk.collect")
		p := e.must(as("root"), "access.grant.add", ask(amina, cashier, centreA))
		e.clock.advance(72 * time.Hour)
		e.must(as("other"), "approval.approve", op.Input{"id": p.Proposal.String(), "version": "1"})
		if n := e.count(`SELECT count(*) FROM access_grant WHERE user_id = $1 AND valid_from = '2026-11-25'`, amina); n != 1 {
			e.t.Error("it does not begin on 25 November")
		}
	})
}

// What a transaction that failed had changed never stays in memory.
func TestRolledBackRightsLeaveNoTrace(t *testing.T) {
	t.Parallel()
	each(t, func(e *env) {
		amina, cashier := e.user("amina", centreA), e.role("CASH", "cash.desk.collect")
		e.refused(as("amina"), "cash.desk.collect", collect(centreA, "1"), "right.missing")
		undone := fault.New(fault.Conflict, "test.undone")
		err := e.d.Write(e.t.Context(), db.WriteOptions{}, func(ctx context.Context, tx db.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO access_grant (id, user_id, role_id, unit_id, valid_from, reason, end_reason, version, recorded_at)
				VALUES (77, $1, $2, 111, '2026-01-01', '', '', 1, $3)`, amina, cashier, tx.Now())
			if err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `UPDATE access_stamp SET stamp = 77`); err != nil {
				return err
			}
			rights, err := e.m.RightsOf(ctx, tx, int64(amina))
			if err != nil || !rights.Has("cash.desk.collect") {
				t.Errorf("the transaction does not see its own change: %v", err)
			}
			return undone
		})
		if fault.CodeOf(err) != "test.undone" {
			e.t.Fatal(err)
		}
		e.refused(as("amina"), "cash.desk.collect", collect(centreA, "1"), "right.missing")
		// nor does a dry run, which goes through the same code as the real thing
		_, err = e.r.Run(e.t.Context(), op.Request{Name: "access.grant.add", Credential: as("root"), Input: ask(amina, cashier, centreA), DryRun: true})
		if err != nil {
			e.t.Fatal(err)
		}
		e.refused(as("amina"), "cash.desk.collect", collect(centreA, "1"), "right.missing")
		e.must(as("root"), "access.grant.add", ask(amina, cashier, centreA))
		e.must(as("amina"), "cash.desk.collect", collect(centreA, "1"))
	})
}

func TestPreview(t *testing.T) {
	t.Parallel()
	each(t, func(e *env) {
		amina := e.user("amina", centreA)
		e.grant(amina, e.role("CASH", "cash.desk.collect"), agencyA, "2026-01-01", "", nil)
		both := e.role("BOTH", "cash.desk.collect", "cash.desk.close")
		in := op.Input{"user": amina.String(), "role": both.String(), "unit": id(centreA)}
		p := e.must(as("root"), "access.grant.preview", in).Out.(access.GrantPreview)
		if len(p.Gained) != 1 || p.Gained[0] != "cash.desk.close" || len(p.Held) != 1 || p.Units != 1 || p.Second {
			e.t.Errorf("preview %+v", p)
		}
		if len(p.Conflicts) != 1 || p.Conflicts[0] != (access.ConflictPair{RightA: "cash.desk.close", RightB: "cash.desk.collect", Unit: centreA}) {
			e.t.Errorf("conflicts %v", p.Conflicts)
		}
		// over the region the right held in one agency only is gained too
		p = e.must(as("root"), "access.grant.preview", with(in, "unit", id(regionA))).Out.(access.GrantPreview)
		if len(p.Gained) != 2 || p.Units != 6 {
			e.t.Errorf("preview over the region %+v", p)
		}
		e.twoAdministrators()
		if p := e.must(as("root"), "access.grant.preview", in).Out.(access.GrantPreview); !p.Second {
			e.t.Error("a second person is due")
		}
	})
}
