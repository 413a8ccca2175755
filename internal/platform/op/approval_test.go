package op

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
)

// propose asks for a sale of a thing and gives the proposal.
func (e *env) propose(user int64, id ID, name string) Result {
	e.Helper()
	t := e.thing(id)
	res := e.must(user, "shop.thing.sell", Input{"id": id.String(), "version": fmt.Sprint(t.Version), "name": name, "amount": "50"})
	if res.Outcome != Proposed || res.Proposal == 0 {
		e.Fatalf("%+v", res)
	}
	return res
}

func (e *env) thing(id ID) thing {
	e.Helper()
	return e.must(admin, "shop.thing.show", Input{"id": id.String()}).Out.(thing)
}

func (e *env) approve(user int64, proposal ID) (Result, error) {
	return e.ask(user, "approval.approve", Input{"id": proposal.String(), "version": "1"})
}

func (e *env) proposal(id ID) Proposal {
	e.Helper()
	return e.must(admin, "approval.show", Input{"id": id.String()}).Out.(Proposal)
}

func TestApprovalCycle(t *testing.T) {
	t.Parallel()
	onEach(t, func(e *env) {
		id := e.add(10, "vanne")
		before := e.dump()
		res := e.propose(clerk, id, "vannes")
		if res.Number != "D2026-1-00001" || string(res.JSON) != fmt.Sprintf(`{"proposal":"%s","number":"D2026-1-00001"}`, res.Proposal) {
			e.Errorf("answer %s %s", res.Number, res.JSON)
		}
		if got := e.thing(id); got.Name != "vanne" || got.Version != 1 {
			e.Errorf("proposing changed %+v", got)
		}
		p := e.proposal(res.Proposal)
		if p.State != Waiting || p.ProposerID != clerk || p.UnitID != 10 || p.Version != 1 || !p.ExpiresAt.Equal(now().Add(ProposalLife)) ||
			!strings.Contains(string(p.Effect), `"after":{"amount":"50.00","name":"vannes","version":2}`) {
			e.Errorf("proposal %+v %s", p, p.Effect)
		}
		done, err := e.approve(second, res.Proposal)
		if err != nil || done.Outcome != Done {
			e.Fatalf("%+v, %v", done, err)
		}
		if got := e.thing(id); got.Name != "vannes" || got.Amount != 5000 || got.Version != 2 {
			e.Errorf("approved %+v", got)
		}
		want := fmt.Sprintf(`{"id":"%s","number":"D2026-1-00001","state":"approved","result":{"id":"%s"}}`, res.Proposal, id)
		if string(done.JSON) != want {
			e.Errorf("answer %s, want %s", done.JSON, want)
		}
		rows := e.texts(`SELECT operation || ' ' || outcome || ' ' || actor_id || ' ' || approver_id || ' ' || unit_id FROM audit WHERE operation <> 'shop.thing.add' ORDER BY id`)
		// Deciding is filed under the top: it has no unit of its own.
		if got := strings.Join(rows, "|"); got != "shop.thing.sell proposed 2 0 10|shop.thing.sell done 2 3 10|approval.approve done 3 0 1" {
			e.Errorf("audit %s", got)
		}
		for what, user := range map[string]int64{"again": second, "by another": admin} {
			_, err := e.approve(user, res.Proposal)
			e.refused(what, err, fault.Conflict, "approval.decided")
		}
		if e.dump() == before {
			e.Error("nothing changed")
		}
		e.verifies()
	})
}

// verifies checks O2 and O5 on the shop.
func (e *env) verifies() {
	e.Helper()
	for _, c := range []Check{KeyCheck(), SeriesCheck()} {
		if found := e.check(c); len(found) > 0 {
			e.Errorf("%s: %v", c.Name, found)
		}
	}
}

func TestApprovalPersons(t *testing.T) {
	t.Parallel()
	onEach(t, func(e *env) {
		id := e.add(10, "vanne")
		mine, clerks := e.propose(admin, id, "a").Proposal, e.propose(clerk, id, "b").Proposal
		cases := []struct {
			what, name string
			user       int64
			id         ID
			kind       fault.Kind
			code       string
		}{
			{"his own, with the right", "approval.approve", admin, mine, fault.Forbidden, "approval.own"},
			{"his own, declined", "approval.decline", admin, mine, fault.Forbidden, "approval.own"},
			{"without the right", "approval.approve", nobody, mine, fault.Forbidden, "approval.not_yours"},
			{"over another unit", "approval.approve", outside, mine, fault.Forbidden, "approval.not_yours"},
			{"withdrawn by another", "approval.withdraw", second, mine, fault.Forbidden, "approval.not_proposer"},
			{"anonymous", "approval.approve", 0, mine, fault.Unauthenticated, "unauthenticated"},
			{"unknown", "approval.approve", second, 12, fault.NotFound, "approval.unknown"},
			{"seen by the wrong person", "approval.show", outside, mine, fault.Forbidden, "approval.not_yours"},
		}
		before := e.dump()
		for _, c := range cases {
			_, err := e.ask(c.user, c.name, Input{"id": c.id.String(), "version": "1", "reason": "parce que"}.only(c.name))
			e.refused(c.what, err, c.kind, c.code)
		}
		_, err := e.run.Run(e.Context(), Request{Name: "approval.approve", Credential: Credential{Channel: Console, UserID: second}, Input: Input{"id": mine.String(), "version": "1"}})
		e.refused("at the console", err, fault.Forbidden, "approval.console")
		_, err = e.ask(second, "approval.approve", Input{"id": mine.String(), "version": "2"})
		e.refused("stale", err, fault.Conflict, "row.stale")
		_, err = e.ask(second, "approval.decline", Input{"id": mine.String(), "version": "1"})
		e.refused("declined without a reason", err, fault.Invalid, "input.invalid")
		if after := e.dump(); after != before {
			e.Errorf("a refusal changed\n%s\nto\n%s", before, after)
		}
		e.must(clerk, "approval.withdraw", Input{"id": clerks.String(), "version": "1"})
		e.must(second, "approval.decline", Input{"id": mine.String(), "version": "1", "reason": "non"})
		if a, b := e.proposal(mine).State, e.proposal(clerks).State; a != Declined || b != Withdrawn {
			e.Errorf("states %s, %s", a, b)
		}
		if got := e.thing(id); got.Name != "vanne" {
			e.Errorf("changed %+v", got)
		}
	})
}

// only keeps what the operation takes.
func (in Input) only(name string) Input {
	if name == "approval.show" {
		delete(in, "version")
		delete(in, "reason")
	}
	return in
}

// What was true when it was proposed is checked again when it is approved.
func TestApprovalIsValidatedAgain(t *testing.T) {
	t.Parallel()
	cases := []struct {
		what string
		do   func(e *env, id ID)
		kind fault.Kind
		code string
	}{
		{"stale version", func(e *env, id ID) { e.exec(`UPDATE thing SET version = 2 WHERE id = $1`, id) }, fault.Conflict, "row.stale"},
		{"changed effect", func(e *env, id ID) { e.exec(`UPDATE thing SET amount = 7 WHERE id = $1`, id) }, fault.Conflict, "approval.effect_changed"},
		{"record gone", func(e *env, id ID) { e.exec(`DELETE FROM thing WHERE id = $1`, id) }, fault.NotFound, "thing.unknown"},
		{"proposer lost the right", func(e *env, _ ID) { e.people.set(clerk, "shop.thing.sell") }, fault.Precondition, "approval.proposer_right"},
		{"proposer's right moved", func(e *env, _ ID) { e.people.set(clerk, "shop.thing.sell", Root{Unit: 20}) }, fault.Forbidden, "scope.outside"},
		{"proposer's limit is lower", func(e *env, _ ID) {
			low := money.Amount(4999)
			e.people.set(clerk, "shop.thing.sell", Root{Unit: 10, Limit: &low})
		}, fault.Forbidden, "scope.over_limit"},
		{"proposer gone", func(e *env, _ ID) { e.people.leave(clerk) }, fault.Precondition, "approval.proposer_gone"},
		{"approver's limit is lower", func(e *env, _ ID) {
			low := money.Amount(4999)
			e.people.set(second, "shop.thing.sell.approve", Root{Unit: 1, Limit: &low})
		}, fault.Forbidden, "scope.over_limit"},
		{"approver lost the right", func(e *env, _ ID) { e.people.set(second, "shop.thing.sell.approve") }, fault.Forbidden, "approval.not_yours"},
		{"expired", func(e *env, _ ID) { e.clock.Advance(ProposalLife) }, fault.Precondition, "approval.expired"},
		{"unit moved out of the approver's reach", func(e *env, id ID) {
			e.people.set(second, "shop.thing.sell.approve", Root{Unit: 10})
			e.exec(`UPDATE thing SET unit_id = 20 WHERE id = $1`, id)
			e.people.set(clerk, "shop.thing.sell", Root{Unit: 1})
		}, fault.Forbidden, "scope.outside"},
	}
	onEach(t, func(e *env) {
		fresh := map[int64]map[string][]Root{}
		for user, rights := range e.people.rights {
			fresh[user] = map[string][]Root{}
			for right, roots := range rights {
				fresh[user][right] = roots
			}
		}
		for _, c := range cases {
			id := e.add(10, "vanne")
			p := e.propose(clerk, id, "vannes").Proposal
			c.do(e, id)
			before := e.dump()
			_, err := e.approve(second, p)
			e.refused(c.what, err, c.kind, c.code)
			if after := e.dump(); after != before {
				e.Errorf("%s changed\n%s\nto\n%s", c.what, before, after)
			}
			for user := range fresh {
				for right, roots := range fresh[user] {
					e.people.set(user, right, roots...)
				}
			}
			e.people.gone = map[int64]bool{}
		}
		e.verifies()
	})
}

// A proposal of a new record is carried out although its id is another one.
func TestApprovalOfSomethingNew(t *testing.T) {
	t.Parallel()
	onEach(t, func(e *env) {
		res := e.must(clerk, "shop.thing.buy", Input{"unit": "11", "name": "pompe"})
		if n := e.number(`SELECT count(*) FROM thing`); n != 0 {
			e.Fatalf("%d things", n)
		}
		if _, err := e.approve(second, res.Proposal); err != nil {
			e.Fatal(err)
		}
		if n := e.number(`SELECT count(*) FROM thing WHERE name = 'pompe' AND unit_id = 11`); n != 1 {
			e.Errorf("%d things", n)
		}
		// The consumers hear of it once, and of the proposal nobody asked for.
		if n := e.number(`SELECT count(*) FROM outbox WHERE topic = 'shop.added'`); n != 1 {
			e.Errorf("%d events", n)
		}
	})
}

// Two persons decide at the same moment: one of them decides.
func TestApprovalDecidedTwiceAtOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(e *env) {
		id := e.add(10, "vanne")
		for round := range 5 {
			p := e.propose(clerk, id, fmt.Sprint("nom ", round)).Proposal
			version := e.thing(id).Version
			errs := make([]error, 4)
			var wg sync.WaitGroup
			for i := range errs {
				wg.Go(func() {
					switch i {
					case 0, 1:
						_, errs[i] = e.approve([]int64{second, admin}[i], p)
					case 2:
						_, errs[i] = e.ask(second, "approval.decline", Input{"id": p.String(), "version": "1", "reason": "non merci"})
					default:
						_, errs[i] = e.ask(clerk, "approval.withdraw", Input{"id": p.String(), "version": "1"})
					}
				})
			}
			wg.Wait()
			won := 0
			for i, err := range errs {
				if err == nil {
					won++
					continue
				}
				e.refused(fmt.Sprint("loser ", i), err, fault.Conflict, "approval.decided")
			}
			applied := e.thing(id).Version - version
			if state := e.proposal(p).State; won != 1 || applied != 1 && state == Approved || applied != 0 && state != Approved {
				e.Errorf("%d decided, %s, %d applied", won, state, applied)
			}
		}
		e.verifies()
	})
}

// While there has never been a second person, some operations run at once.
func TestApprovalAlone(t *testing.T) {
	t.Parallel()
	onEach(t, func(e *env) {
		id := e.add(10, "vanne")
		e.people.mu.Lock()
		e.people.alone = true
		e.people.mu.Unlock()
		in := Input{"id": id.String(), "version": "1", "name": "x"}
		if res := e.must(admin, "shop.thing.sell", in); res.Outcome != Proposed {
			e.Errorf("no exception was allowed: %s", res.Outcome)
		}
		if res := e.must(admin, "shop.thing.solo", in); res.Outcome != Done {
			e.Errorf("alone: %s", res.Outcome)
		}
		res, err := e.run.Run(e.Context(), Request{Name: "shop.thing.sell", Credential: Credential{Channel: System}, Input: Input{"id": id.String(), "version": "2"}})
		if err != nil || res.Outcome != Done {
			e.Errorf("the program itself: %+v, %v", res, err)
		}
	})
}

func TestApprovalReplay(t *testing.T) {
	t.Parallel()
	onEach(t, func(e *env) {
		in := Input{"unit": "10", "name": "pompe"}
		first, err := e.askKey(clerk, "shop.thing.buy", "k", in)
		if err != nil {
			e.Fatal(err)
		}
		again, err := e.askKey(clerk, "shop.thing.buy", "k", in)
		if err != nil || again.Outcome != Replayed || again.Proposal != first.Proposal || again.Number != first.Number {
			e.Errorf("%+v, %v", again, err)
		}
		if _, err := e.approve(second, first.Proposal); err != nil {
			e.Fatal(err)
		}
		again, err = e.askKey(clerk, "shop.thing.buy", "k", in)
		if n := e.number(`SELECT count(*) FROM thing`); err != nil || again.Outcome != Replayed || n != 1 {
			e.Errorf("%+v, %v, %d things", again, err, n)
		}
	})
}

// A proposal that cannot be carried out is refused at once, without a number.
func TestProposalThatFails(t *testing.T) {
	t.Parallel()
	onEach(t, func(e *env) {
		id := e.add(10, "vanne")
		_, err := e.ask(clerk, "shop.thing.sell", Input{"id": id.String(), "version": "9"})
		e.refused("stale", err, fault.Conflict, "row.stale")
		_, err = e.ask(clerk, "shop.thing.sell", Input{"id": id.String(), "version": "1", "amount": "1000.01"})
		e.refused("over the limit", err, fault.Forbidden, "scope.over_limit")
		if res := e.propose(clerk, id, "a"); res.Number != "D2026-1-00001" {
			e.Errorf("number %s", res.Number)
		}
		e.clock.Advance(365 * 24 * time.Hour)
		if res := e.propose(clerk, id, "a"); res.Number != "D2027-1-00001" {
			e.Errorf("number of the next year %s", res.Number)
		}
		e.verifies()
	})
}

func TestProposalLists(t *testing.T) {
	t.Parallel()
	onEach(t, func(e *env) {
		ten, twenty := e.add(10, "a"), e.add(20, "b")
		one := e.propose(clerk, ten, "x").Proposal
		e.clock.Advance(time.Minute)
		two := e.propose(sibling, twenty, "y").Proposal
		e.clock.Advance(time.Minute)
		three := e.propose(admin, ten, "z").Proposal
		e.must(second, "approval.decline", Input{"id": three.String(), "version": "1", "reason": "non"})
		list := func(user int64, in Input) string {
			var ids []string
			_, err := e.run.Rows(e.Context(), Request{Name: "approval.list", Credential: as(user), Input: in}, nil, func(row any) error {
				ids = append(ids, map[ID]string{one: "1", two: "2", three: "3"}[row.(Proposal).ID])
				return nil
			})
			if err != nil {
				e.Fatal(err)
			}
			return strings.Join(ids, "")
		}
		for _, c := range []struct {
			user int64
			in   Input
			want string
		}{
			{second, nil, "321"},
			{admin, nil, "321"},
			{clerk, nil, "1"},
			{sibling, nil, "2"},
			{outside, nil, "2"},
			{nobody, nil, ""},
			{second, Input{"state": "waiting"}, "21"},
			{admin, Input{"to_decide": "true"}, "21"},
			{clerk, Input{"to_decide": "true"}, ""},
			{second, Input{"state": "declined"}, "3"},
		} {
			if got := list(c.user, c.in); got != c.want {
				e.Errorf("user %d %v: %q, want %q", c.user, c.in, got, c.want)
			}
		}
		for user, want := range map[int64]int64{second: 2, admin: 2, clerk: 0, outside: 1, nobody: 0} {
			err := e.run.Look(e.Context(), as(user), func(ctx context.Context, x *Exec) error {
				n, err := x.CountWaiting(ctx)
				if n != want {
					e.Errorf("user %d: %d wait, want %d", user, n, want)
				}
				return err
			})
			if err != nil {
				e.Error(err)
			}
		}
	})
}

func TestExpireProposals(t *testing.T) {
	t.Parallel()
	onEach(t, func(e *env) {
		id := e.add(10, "a")
		old := e.propose(clerk, id, "x").Proposal
		e.clock.Advance(time.Second)
		young := e.propose(clerk, id, "y").Proposal
		e.clock.Advance(ProposalLife - time.Second)
		var n int64
		err := e.run.Within(e.Context(), func(ctx context.Context, x *Exec) (err error) {
			n, err = ExpireProposals(ctx, x.Tx)
			return err
		})
		if err != nil || n != 1 || e.proposal(old).State != Expired || e.proposal(young).State != Waiting {
			e.Errorf("%d expired, %v: %s, %s", n, err, e.proposal(old).State, e.proposal(young).State)
		}
		_, err = e.approve(second, old)
		e.refused("expired", err, fault.Conflict, "approval.decided")
	})
}
