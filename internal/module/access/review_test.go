package access_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"wasl/internal/module/access"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// due gives "login reason" of what is to review, but for the administrator.
func (e *env) due() string {
	e.t.Helper()
	var out []string
	for _, r := range e.list(as("root"), "access.review.list", op.Input{}) {
		if row := r.(access.ReviewRow); row.Login != "root" {
			out = append(out, row.Login+" "+string(row.Why))
		}
	}
	return strings.Join(out, ", ")
}

func TestReview(t *testing.T) {
	t.Parallel()
	each(t, func(e *env) {
		cash, closes, reads := e.role("CASH", "cash.desk.collect"), e.role("CLOSE", "cash.desk.close"), e.role("READ", "access.user.list")
		// 90 days before 22 November is 24 August; 30 days after is 22 December
		unused := e.user("unused", centreA)
		g := e.grant(unused, cash, centreA, "2026-08-24", "", nil)
		e.grant(e.user("fresh", centreA), cash, centreA, "2026-08-25", "", nil)
		e.grant(e.user("ending", centreA), cash, centreA, "2026-11-01", "2026-12-22", nil)
		e.grant(e.user("lasting", centreA), cash, centreA, "2026-11-01", "2026-12-23", nil)
		e.grant(e.user("reader", centreA), reads, centreA, "2026-01-01", "", nil)
		e.grant(e.user("yearly", centreA), reads, centreA, "2025-11-22", "", nil)
		both := e.user("both", centreA)
		e.grant(both, cash, centreA, "2026-11-01", "", nil)
		e.grant(both, closes, agencyA, "2026-11-01", "", nil)
		if got, want := e.due(), "both conflict, both conflict, ending ending, unused unused, yearly due"; got != want {
			e.t.Fatalf("to review: %s\nwant %s", got, want)
		}
		// somebody else confirms one; the other is used
		mark := op.Input{"id": g.String(), "version": "1"}
		e.must(as("root"), "access.review.mark", mark)
		e.refused(as("root"), "access.review.mark", mark, "row.stale")
		if got := e.due(); strings.Contains(got, "unused") {
			e.t.Errorf("confirmed and still there: %s", got)
		}
		e.clock.advance(90 * 24 * time.Hour)
		if got := e.due(); !strings.Contains(got, "unused unused") || !strings.Contains(got, "fresh unused") {
			e.t.Errorf("90 days later: %s", got)
		}
		e.must(as("fresh"), "cash.desk.collect", collect(centreA, "1"))
		if got := e.due(); strings.Contains(got, "fresh") {
			e.t.Errorf("used and still there: %s", got)
		}
		mine := e.count(`SELECT id FROM access_grant WHERE user_id = $1`, e.admin)
		e.refused(as("root"), "access.review.mark", op.Input{"id": id(mine), "version": "1"}, "grant.self")
	})
}

func TestNotices(t *testing.T) {
	t.Parallel()
	each(t, func(e *env) {
		approver := e.role("APPROVE", "access.grant.add.approve")
		near, far, later := e.user("near", agencyA), e.user("far", agencyB), e.user("later", agencyA)
		e.grant(near, approver, agencyA, "2026-01-01", "", nil)
		e.grant(near, approver, regionA, "2026-01-01", "", nil)
		e.grant(far, approver, agencyB, "2026-01-01", "", nil)
		e.grant(later, approver, agencyA, "2026-12-01", "", nil)
		amina, cashier := e.user("amina", centreA), e.role("CASH", "cash.desk.collect")
		p := e.must(as("root"), "access.grant.add", ask(amina, cashier, centreA))
		e.dispatch()
		for login, n := range map[string]int{"near": 1, "far": 0, "later": 0, "root": 0, "amina": 0} {
			if rows := e.list(as(login), "me.notices", op.Input{"unread": true}); len(rows) != n {
				e.t.Errorf("%s has %d notices, want %d", login, len(rows), n)
			}
		}
		n := e.list(as("near"), "me.notices", op.Input{})[0].(access.Notice)
		if n.Kind != access.NoticeProposed || n.Args["number"] != p.Number || n.Args["operation"] != "access.grant.add" ||
			n.Link != "/approvals/"+p.Proposal.String() {
			e.t.Errorf("notice %+v", n)
		}
		e.must(as("near"), "approval.approve", op.Input{"id": p.Proposal.String(), "version": "1"})
		e.dispatch()
		told := e.list(as("root"), "me.notices", op.Input{})
		if len(told) != 1 || told[0].(access.Notice).Args["state"] != "approved" {
			e.t.Fatalf("the proposer is told %v", told)
		}
		// one reads his own only, once
		ref := op.Input{"id": told[0].(access.Notice).ID.String()}
		if got := e.must(as("near"), "me.notice_read", ref).Out.(access.NoticesRead); got.Count != 0 {
			e.t.Error("somebody else's notice was read")
		}
		for _, want := range []int64{1, 0} {
			if got := e.must(as("root"), "me.notice_read", op.Input{}).Out.(access.NoticesRead); got.Count != want {
				e.t.Errorf("%d read, want %d", got.Count, want)
			}
		}
		// what is withdrawn is news to nobody
		w := e.must(as("root"), "access.grant.add", ask(amina, cashier, centreB))
		e.must(as("root"), "approval.withdraw", op.Input{"id": w.Proposal.String(), "version": "1"})
		e.dispatch()
		if rows := e.list(as("near"), "me.notices", op.Input{"unread": true}); len(rows) != 1 {
			e.t.Errorf("near has %d unread notices, want the first", len(rows))
		}
		err := e.d.Read(e.t.Context(), func(ctx context.Context, r db.Reader) error {
			n, err := e.m.Unread(ctx, r, int64(near))
			if n != 1 {
				e.t.Errorf("%d unread", n)
			}
			return err
		})
		if err != nil {
			e.t.Error(err)
		}
	})
}

func (e *env) dispatch() {
	e.t.Helper()
	if _, err := e.r.DispatchEvents(e.t.Context(), 100); err != nil {
		e.t.Fatal(err)
	}
	if n := e.count(`SELECT count(*) FROM outbox WHERE state <> 'done'`); n != 0 {
		e.t.Fatalf("%d events were not handled", n)
	}
}

func (e *env) check() []op.Finding {
	e.t.Helper()
	var rep op.Report
	err := e.d.Read(e.t.Context(), func(ctx context.Context, r db.Reader) (err error) {
		rep, err = e.m.Check().Run(ctx, r)
		return err
	})
	if err != nil {
		e.t.Fatal(err)
	}
	if rep.Count == 0 {
		e.t.Error("nothing was looked at")
	}
	return rep.Findings
}

func TestCheckNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	for code, corrupt := range map[string]func(e *env){
		"access.grant_user":       func(e *env) { e.grant(999, e.shippedRole("AUDIT"), centreA, "2026-01-01", "", nil) },
		"access.grant_role":       func(e *env) { e.grant(e.admin, 999, centreA, "2026-01-01", "", nil) },
		"access.unit_unknown":     func(e *env) { e.exec(`UPDATE app_user SET unit_id = 999 WHERE login = 'amina'`) },
		"access.no_administrator": func(e *env) { e.exec(`UPDATE access_grant SET valid_to = '2026-11-21'`) },
		"access.session_live":     func(e *env) { e.exec(`UPDATE app_user SET state = 'locked' WHERE login = 'amina'`) },
		"access.session_user":     func(e *env) { e.exec(`UPDATE user_session SET user_id = 999`) },
		"access.token_user":       func(e *env) { e.exec(`UPDATE api_token SET user_id = 999`) },
		"access.right_role":       func(e *env) { e.exec(`DELETE FROM access_role WHERE code = 'LECTEUR'`) },
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			each(t, func(e *env) {
				e.member("amina", centreA)
				e.login("amina")
				e.must(as("amina"), "me.token_add", op.Input{"name": "script", "expires_on": "2026-12-31"})
				if code == "access.right_role" {
					e.exec(`INSERT INTO access_role_right (role_id, right_name) SELECT id, 'access.user.list' FROM access_role WHERE code = 'LECTEUR' ON CONFLICT DO NOTHING`)
				}
				if found := e.check(); len(found) != 0 {
					e.t.Fatalf("a sound database: %v", found)
				}
				corrupt(e)
				found := e.check()
				if len(found) != 1 || found[0].Code != code {
					e.t.Errorf("found %v, want %s", found, code)
				}
			})
		})
	}
}

func TestPurges(t *testing.T) {
	t.Parallel()
	each(t, func(e *env) {
		e.member("amina", centreA)
		for range 3 {
			e.login("amina")
			e.refused(from("6.6.6.6"), "access.login", try("nobody", "wrong-password-99"), "login.refused")
		}
		near := e.user("near", agencyA)
		e.grant(near, e.role("APPROVE", "access.grant.add.approve"), top, "2026-01-01", "", nil)
		e.must(as("root"), "access.grant.add", ask(near, e.role("CASH", "cash.desk.collect"), centreA))
		e.dispatch()
		left := func(name string) int64 {
			table := map[string]string{
				"sessions": "user_session", "login_failures": "login_failure", "login_places": "login_place", "links": "access_link", "notices": "notice",
			}
			return e.count(`SELECT count(*) FROM ` + table[name])
		}
		for _, age := range []time.Duration{0, 365 * 24 * time.Hour} {
			e.clock.advance(age)
			for _, p := range e.m.Purges() {
				before := left(p.Name)
				if before == 0 {
					e.t.Errorf("nothing to purge of %s", p.Name)
				}
				var gone int64
				e.write(func(ctx context.Context, tx db.Tx) (err error) {
					gone, err = p.Do(ctx, tx, 1)
					return err
				})
				want := min(before, int64(age/time.Hour), 1)
				if gone != want || left(p.Name) != before-want {
					e.t.Errorf("%s after %v: %d gone, want %d", p.Name, age, gone, want)
				}
			}
		}
	})
}
