package access_test

import (
	"strings"
	"testing"

	"wasl/internal/kernel/fault"
	"wasl/internal/module/access"
	"wasl/internal/platform/op"
)

// A restricted token may use the rights it names, where its owner holds them, and
// never more than its owner.
func TestRestrictedTokens(t *testing.T) {
	t.Parallel()
	each(t, func(e *env) {
		amina := e.member("amina", centreA)
		g := e.grant(amina, e.role("CASH", "cash.desk.collect", "access.user.list", "access.role.list"), centreA, "2026-01-01", "", nil)
		session := e.login("amina")
		add := func(rights ...any) op.Input {
			return op.Input{"name": "script", "expires_on": "2026-12-31", "rights": rights}
		}
		e.refused(browser(session), "me.token_add", add("access.user.add"), "token.right_not_held")
		e.refused(browser(session), "me.token_add", add("moon.visit"), "token.right_not_held")
		e.refused(browser(session), "me.token_add", add("no right"), "input.pattern.right")
		out := e.must(browser(session), "me.token_add", add("cash.desk.collect", "access.user.list", "access.user.list")).Out.(access.NewToken)
		all := e.must(browser(session), "me.token_add", add()).Out.(access.NewToken)
		api := op.Credential{Channel: op.API, Token: out.Token}
		whole := op.Credential{Channel: op.API, Token: all.Token}
		for range 2 { // read, then recalled
			e.must(api, "cash.desk.collect", collect(centreA, "1"))
			e.refused(api, "cash.desk.collect", collect(centreB, "1"), "scope.outside")
			if _, err := e.rows(op.Request{Name: "access.role.list", Credential: whole}); err != nil {
				e.t.Errorf("an unrestricted token: %v", err)
			}
			if _, err := e.rows(op.Request{Name: "access.role.list", Credential: api}); fault.CodeOf(err) != "right.missing" {
				e.t.Errorf("a right the token does not name: %v", err)
			}
			e.refused(api, "cash.desk.close", op.Input{"unit": id(centreA)}, "right.missing")
		}
		var names []string
		for _, r := range e.must(api, "me.rights", op.Input{}).Out.(access.MyRights).Rights {
			names = append(names, r.Right)
		}
		if got := strings.Join(names, " "); got != "access.user.list cash.desk.collect" {
			e.t.Errorf("the token's rights are %s", got)
		}
		shown := map[string]int{}
		for _, row := range e.list(as("amina"), "me.token_list", op.Input{}) {
			shown[strings.Join(row.(access.Token).Rights, " ")]++
		}
		if len(shown) != 2 || shown[""] != 1 || shown["access.user.list cash.desk.collect"] != 1 {
			e.t.Errorf("listed with %v", shown)
		}
		// what the owner loses, the token loses
		e.must(as("root"), "access.grant.end", op.Input{"id": g.String(), "version": "1", "reason": "Mutation"})
		e.clock.advance(48 * 3600e9)
		e.refused(api, "cash.desk.collect", collect(centreA, "1"), "right.missing")
	})
}

// A token without the right to approve approves nothing, whatever its owner may.
func TestRestrictedTokenDoesNotApprove(t *testing.T) {
	t.Parallel()
	each(t, func(e *env) {
		approver := e.role("APPROVE", "access.grant.add.approve", "access.user.list")
		near := e.member("near", agencyA)
		e.grant(near, approver, top, "2026-01-01", "", nil)
		p := e.must(as("root"), "access.grant.add", ask(e.user("amina", centreA), e.role("CASH", "cash.desk.collect"), centreA))
		token := func(rights ...any) op.Credential {
			out := e.must(as("near"), "me.token_add", op.Input{"name": "script", "expires_on": "2026-12-31", "rights": rights}).Out.(access.NewToken)
			return op.Credential{Channel: op.API, Token: out.Token}
		}
		decision := op.Input{"id": p.Proposal.String(), "version": "1"}
		e.refused(token("access.user.list"), "approval.approve", decision, "approval.not_yours")
		e.must(token("access.grant.add.approve"), "approval.approve", decision)
	})
}
