package access_test

import (
	"fmt"
	"strings"
	"testing"

	"wasl/internal/module/access"
	"wasl/internal/platform/op"
)

func TestUserInput(t *testing.T) {
	t.Parallel()
	each(t, func(e *env) {
		good := op.Input{"login": "amina", "name": "Amina Naciri", "unit": id(centreA)}
		for _, c := range []struct {
			in   op.Input
			code string
		}{
			{with(good, "login", "Amina"), "input.pattern.login"},
			{with(good, "login", ""), "input.required"},
			{with(good, "login", strings.Repeat("a", 60)), "input.pattern.login"},
			{with(good, "name", "x"), "input.too_short"},
			{with(good, "email", "not-an-address"), "input.pattern.email"},
			{with(good, "phone", "call me"), "input.pattern.phone"},
			{with(good, "lang", "de"), "input.enum"},
			{with(good, "unit", "999"), "scope.outside"},
			{with(good, "login", "root"), "user.login_taken"},
		} {
			e.refused(as("root"), "access.user.add", c.in, c.code)
		}
		if n := e.count(`SELECT count(*) FROM app_user`); n != 1 {
			e.t.Errorf("%d users after refusals", n)
		}
		e.must(as("root"), "access.user.add", good)
	})
}

func TestUserUpdate(t *testing.T) {
	t.Parallel()
	each(t, func(e *env) {
		u := e.user("amina", centreA)
		in := op.Input{"id": u.String(), "version": "1", "email": "amina@example.org", "function": "Caissière"}
		res := e.must(as("root"), "access.user.update", in)
		after := res.Out.(access.User)
		if after.Version != 2 || after.Email != "amina@example.org" || after.Name != "Person amina" || after.Unit != centreA {
			e.t.Errorf("after %+v", after)
		}
		if len(res.Changes) != 1 || len(res.Changes[0].Before) != 2 || res.Changes[0].After["function"] != "Caissière" {
			e.t.Errorf("changes %+v", res.Changes)
		}
		e.refused(as("root"), "access.user.update", in, "row.stale")
		// what is given empty is emptied, what is absent stays
		again := e.must(as("root"), "access.user.update", op.Input{"id": u.String(), "version": "2", "email": ""}).Out.(access.User)
		if again.Email != "" || again.Function != "Caissière" {
			e.t.Errorf("again %+v", again)
		}
		// the name is found without its accents, and the percent sign is no joker
		for search, n := range map[string]int{"caissiere": 1, "CAISSIÈRE": 1, "%": 0, "_": 0, "person": 1, `\`: 0} {
			if rows := e.list(as("root"), "access.user.list", op.Input{"search": search}); len(rows) != n {
				e.t.Errorf("%q finds %d, want %d", search, len(rows), n)
			}
		}
	})
}

// Every operation on a user is bound to the units where the right is held.
func TestUsersAreScoped(t *testing.T) {
	t.Parallel()
	each(t, func(e *env) {
		boss := e.user("boss", agencyA)
		e.grant(boss, e.role("USERS", "access.user.add", "access.user.update", "access.user.list", "access.user.show", "access.user.lock",
			"access.user.unlock", "access.user.leave", "access.user.reset_password"), agencyA, "2026-01-01", "", nil)
		for _, c := range []struct {
			unit int64
			ok   bool
		}{{agencyA, true}, {centreA, true}, {agencyB, false}, {regionA, false}, {regionB, false}, {top, false}} {
			login := fmt.Sprintf("u%d", c.unit)
			u := e.user(login, c.unit)
			ref := op.Input{"id": u.String()}
			decision := op.Input{"id": u.String(), "version": "1", "reason": "enquiry"}
			for _, step := range []struct {
				name string
				in   op.Input
			}{
				{"access.user.show", ref},
				{"access.user.reset_password", ref},
				{"access.user.update", op.Input{"id": u.String(), "version": "2", "function": "x"}},
				{"access.user.lock", with(decision, "version", "3")},
				{"access.user.unlock", with(decision, "version", "4")},
				{"access.user.leave", with(decision, "version", "5")},
				{"access.user.add", op.Input{"login": "new" + login, "name": "New", "unit": id(c.unit)}},
			} {
				in := step.in
				_, err := e.run(as("boss"), step.name, in)
				if c.ok && err != nil || !c.ok && codeOf(err) != "scope.outside" {
					e.t.Errorf("%s in %d: %v", step.name, c.unit, err)
				}
			}
		}
		mine := e.user("mine", centreA)
		e.refused(as("boss"), "access.user.update", op.Input{"id": mine.String(), "version": "1", "unit": id(agencyB)}, "scope.outside")
		e.must(as("boss"), "access.user.update", op.Input{"id": mine.String(), "version": "1", "unit": id(centreB)})
		for _, r := range e.list(as("boss"), "access.user.list", op.Input{}) {
			if u := r.(access.User); !below(int64(u.Unit), agencyA) {
				e.t.Errorf("sees %s of %d", u.Login, u.Unit)
			}
		}
	})
}

func TestUserStates(t *testing.T) {
	t.Parallel()
	each(t, func(e *env) {
		u := e.user("amina", centreA)
		in := func(version int) op.Input {
			return op.Input{"id": u.String(), "version": fmt.Sprint(version), "reason": "enquiry"}
		}
		e.refused(as("root"), "access.user.unlock", in(1), "user.state")
		e.refused(as("root"), "access.user.lock", with(in(1), "reason", ""), "input.required")
		e.must(as("root"), "access.user.lock", in(1))
		e.refused(as("root"), "access.user.lock", in(2), "user.state")
		e.refused(as("root"), "access.user.reset_password", op.Input{"id": u.String()}, "user.not_active")
		e.must(as("root"), "access.user.leave", in(2))
		for _, name := range []string{"lock", "unlock", "leave"} {
			e.refused(as("root"), "access.user."+name, in(3), "user.state")
		}
		e.refused(as("root"), "access.user.update", op.Input{"id": u.String(), "version": "3", "name": "Other"}, "user.not_active")
		e.refused(as("root"), "access.user.lock", op.Input{"id": e.admin.String(), "version": "1", "reason": "why not"}, "user.self")
		if rows := e.list(as("root"), "access.user.list", op.Input{"state": "left"}); len(rows) != 1 {
			e.t.Errorf("%d who left", len(rows))
		}
	})
}

func TestRoles(t *testing.T) {
	t.Parallel()
	each(t, func(e *env) {
		good := op.Input{"code": "CASH", "name": "Caisse", "rights": []any{"cash.desk.refund.approve", "cash.desk.collect", "cash.desk.collect"}}
		for _, c := range []struct {
			in   op.Input
			code string
		}{
			{with(good, "rights", []any{"cash.desk.fly"}), "role.unknown_right"},
			{with(good, "rights", []any{"cash.desk.collect.approve"}), "role.unknown_right"},
			{with(good, "rights", []any{"me.show"}), "role.unknown_right"},
			{with(good, "rights", []any{}), "input.required"},
			{with(good, "code", "cash"), "input.pattern.code"},
			{with(good, "code", "ADMIN"), "role.code_taken"},
		} {
			e.refused(as("root"), "access.role.add", c.in, c.code)
		}
		role := e.must(as("root"), "access.role.add", good).Out.(access.Role)
		if got := strings.Join(role.Rights, " "); got != "cash.desk.collect cash.desk.refund.approve" {
			e.t.Errorf("rights %s", got)
		}
		amina := e.user("amina", centreA)
		e.grant(amina, role.ID, centreA, "2026-01-01", "", nil)
		e.must(as("amina"), "cash.desk.collect", collect(centreA, "1"))
		change := op.Input{"id": role.ID.String(), "version": "1", "rights": []any{"cash.desk.close"}}
		e.refused(as("root"), "access.role.update", with(change, "rights", []any{"nothing.at.all"}), "role.unknown_right")
		e.must(as("root"), "access.role.update", change)
		e.refused(as("root"), "access.role.update", change, "row.stale")
		e.refused(as("amina"), "cash.desk.collect", collect(centreA, "1"), "right.missing")
		e.must(as("amina"), "cash.desk.close", collect(centreA, "1"))
		remove := op.Input{"id": role.ID.String(), "version": "2"}
		e.refused(as("root"), "access.role.remove", remove, "role.in_use")
		e.must(as("root"), "access.user.leave", op.Input{"id": amina.String(), "version": "1", "reason": "gone"})
		e.must(as("root"), "access.role.remove", remove)
		e.refused(as("root"), "access.role.remove", with(remove, "version", "3"), "role.retired")
		e.refused(as("root"), "access.role.update", with(change, "version", "3"), "role.retired")
		e.refused(as("root"), "access.grant.add", ask(e.user("other", centreA), role.ID, centreA), "role.retired")
		for retired, n := range map[string]int{"false": 11, "true": 12} {
			if rows := e.list(as("root"), "access.role.list", op.Input{"retired": retired}); len(rows) != n {
				e.t.Errorf("retired %s: %d roles, want %d", retired, len(rows), n)
			}
		}
	})
}

// Roles belong to no unit: who holds the right somewhere below may not change
// them for everybody.
func TestRolesAreChangedAtTheTopByTwo(t *testing.T) {
	t.Parallel()
	each(t, func(e *env) {
		boss := e.user("boss", agencyA)
		e.grant(boss, e.role("ROLES", "access.role.add", "access.role.update", "access.role.remove", "access.role.show"), agencyA, "2026-01-01", "", nil)
		cashier := e.role("CASH", "cash.desk.collect")
		e.refused(as("boss"), "access.role.add", op.Input{"code": "X", "name": "XX", "rights": []any{"cash.desk.close"}}, "scope.outside")
		e.refused(as("boss"), "access.role.update", op.Input{"id": cashier.String(), "version": "1", "name": "Mine"}, "scope.outside")
		e.refused(as("boss"), "access.role.remove", op.Input{"id": cashier.String(), "version": "1"}, "scope.outside")
		e.must(as("boss"), "access.role.show", op.Input{"id": cashier.String()})
		e.twoAdministrators()
		p := e.must(as("root"), "access.role.update", op.Input{"id": cashier.String(), "version": "1", "rights": []any{"cash.desk.close"}})
		if p.Outcome != op.Proposed {
			e.t.Fatalf("outcome %s", p.Outcome)
		}
		e.must(as("other"), "approval.approve", op.Input{"id": p.Proposal.String(), "version": "1"})
		if r := e.must(as("root"), "access.role.show", op.Input{"id": cashier.String()}).Out.(access.Role); r.Rights[0] != "cash.desk.close" {
			e.t.Errorf("rights %v", r.Rights)
		}
	})
}

// The roles shipped: nobody but the administrator changes rights alone, and the
// one who proposes them cannot approve them.
func TestShippedRoles(t *testing.T) {
	t.Parallel()
	each(t, func(e *env) {
		rights := func(code string) []string {
			return e.must(as("root"), "access.role.show", op.Input{"id": e.shippedRole(code).String()}).Out.(access.Role).Rights
		}
		if n := len(rights("ADMIN")); n != len(e.reg.Rights()) {
			e.t.Errorf("ADMIN has %d rights", n)
		}
		for _, r := range rights("AUDIT") {
			if d := e.reg.Find(r); d == nil || d.Kind.Changes() {
				e.t.Errorf("AUDIT may %s", r)
			}
		}
		for _, r := range rights("HABILITATION") {
			if strings.HasSuffix(r, op.ApproveSuffix) {
				e.t.Errorf("HABILITATION may %s", r)
			}
		}
		joined := " " + strings.Join(rights("CHEF"), " ") + " "
		if !strings.Contains(joined, " access.grant.add.approve ") || strings.Contains(joined, " access.grant.add ") {
			e.t.Errorf("CHEF %s", joined)
		}
	})
}
