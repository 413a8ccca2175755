package access_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"wasl/internal/kernel/fault"
	"wasl/internal/module/access"
	"wasl/internal/platform/auth"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/dbtest"
)

func TestSetupGivesEveryRightAtTheTopOnce(t *testing.T) {
	t.Parallel()
	each(t, func(e *env) {
		mine := e.must(as("root"), "me.rights", op.Input{}).Out.(access.MyRights)
		if len(mine.Rights) != len(e.reg.Rights()) {
			e.t.Errorf("%d rights, the registry has %d", len(mine.Rights), len(e.reg.Rights()))
		}
		for _, r := range mine.Rights {
			if len(r.Places) != 1 || r.Places[0].Unit != top || r.Places[0].Limit != nil {
				e.t.Errorf("%s at %v", r.Right, r.Places)
			}
		}
		if n := e.count(`SELECT count(*) FROM access_role`); n != 11 {
			e.t.Errorf("%d roles shipped, want 11", n)
		}
		err := e.d.Write(e.t.Context(), db.WriteOptions{}, func(ctx context.Context, tx db.Tx) error {
			_, err := e.m.IssueSetupToken(ctx, tx)
			return err
		})
		if fault.CodeOf(err) != "setup.done" {
			e.t.Errorf("another link: %v", err)
		}
		e.refused(op.Credential{Channel: op.Web}, "access.setup", setupInput("wasl_i_"+strings.Repeat("A", 43)), "setup.done")
	})
}

func TestSetupLink(t *testing.T) {
	t.Parallel()
	nobody := op.Credential{Channel: op.Web}
	for _, engine := range dbtest.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			e := newEnv(t, engine)
			first := e.setupLink()
			second := e.setupLink()
			e.refused(nobody, "access.setup", setupInput(first), "link.invalid")
			e.refused(nobody, "access.setup", setupInput("wasl_i_nonsense"), "link.invalid")
			weak := setupInput(second)
			weak["password"] = "violet-root-otters"
			e.refused(nobody, "access.setup", weak, auth.CodePasswordName)
			e.clock.advance(access.SetupLife)
			e.refused(nobody, "access.setup", setupInput(second), "link.invalid")
			if n := e.count(`SELECT count(*) FROM app_user`); n != 0 {
				t.Errorf("%d users after refusals", n)
			}
			e.must(nobody, "access.setup", setupInput(e.setupLink()))
			if n := e.count(`SELECT count(*) FROM access_link WHERE digest LIKE 'wasl%'`); n != 0 {
				t.Error("a link is stored in clear")
			}
		})
	}
}

func TestSetupByManyAtOnce(t *testing.T) {
	t.Parallel()
	for _, engine := range dbtest.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			e := newEnv(t, engine)
			link := e.setupLink()
			var wg sync.WaitGroup
			errs := make([]error, 6)
			for i := range errs {
				wg.Go(func() { _, errs[i] = e.run(op.Credential{Channel: op.Web}, "access.setup", setupInput(link)) })
			}
			wg.Wait()
			done := 0
			for _, err := range errs {
				switch code := fault.CodeOf(err); {
				case err == nil:
					done++
				case code != "setup.done" && code != "link.invalid":
					t.Errorf("refused with %v", err)
				}
			}
			if n := e.count(`SELECT count(*) FROM app_user`); done != 1 || n != 1 {
				t.Errorf("%d succeeded, %d users", done, n)
			}
		})
	}
}

func TestInvitationAndReset(t *testing.T) {
	t.Parallel()
	nobody := op.Credential{Channel: op.Web}
	each(t, func(e *env) {
		u := e.must(as("root"), "access.user.add", op.Input{"login": "amina", "name": "Amina Naciri", "unit": id(centreA)}).Out.(access.NewUser)
		if u.Link == "" || u.Password != "" {
			e.t.Fatalf("secrets %+v", u)
		}
		e.refused(nobody, "access.invitation", op.Input{"link": u.Link, "password": "Amina-naciri-1234"}, auth.CodePasswordName)
		e.must(nobody, "access.invitation", op.Input{"link": u.Link, "password": goodPassword})
		e.refused(nobody, "access.invitation", op.Input{"link": u.Link, "password": goodPassword}, "link.invalid")
		token := e.login("amina")
		// when an administrator resets, the session and the old password end
		reset := e.must(as("root"), "access.user.reset_password", op.Input{"id": u.ID.String()}).Out.(access.LinkAnswer)
		e.refused(browser(token), "me.show", op.Input{}, "session.ended")
		e.refused(nobody, "access.login", op.Input{"login": "amina", "password": goodPassword}, "login.refused")
		// a second link voids the first; both end with time
		again := e.must(as("root"), "access.user.reset_password", op.Input{"id": u.ID.String()}).Out.(access.LinkAnswer)
		e.refused(nobody, "access.invitation", op.Input{"link": reset.Link, "password": goodPassword}, "link.invalid")
		e.clock.advance(access.LinkLife)
		e.refused(nobody, "access.invitation", op.Input{"link": again.Link, "password": goodPassword}, "link.invalid")
		e.refused(as("root"), "access.user.reset_password", op.Input{"id": e.admin.String()}, "user.self")
	})
}

func TestResetReachesAllThePersonMayDo(t *testing.T) {
	t.Parallel()
	each(t, func(e *env) {
		helper := e.user("helper", agencyA)
		e.grant(helper, e.role("HELP", "access.user.reset_password"), agencyA, "2026-01-01", "", nil)
		plain, mighty := e.user("plain", centreA), e.user("mighty", centreA)
		e.grant(mighty, e.role("BOSS", "cash.desk.close"), regionA, "2026-01-01", "", nil)
		e.must(as("helper"), "access.user.reset_password", op.Input{"id": plain.String()})
		e.refused(as("helper"), "access.user.reset_password", op.Input{"id": mighty.String()}, "scope.outside")
		e.refused(as("helper"), "access.user.reset_password", op.Input{"id": e.admin.String()}, "scope.outside")
	})
}

func TestSecretsAreNotReplayedNorStored(t *testing.T) {
	t.Parallel()
	each(t, func(e *env) {
		type request struct {
			name string
			in   op.Input
			out  func(any) string
		}
		until := "2026-12-31"
		for _, q := range []request{
			{
				"access.user.add",
				op.Input{"login": "temp", "name": "Temporary", "unit": id(centreA), "temporary": true},
				func(o any) string { return o.(access.NewUser).Password },
			},
			{"access.user.add", op.Input{"login": "link", "name": "Linked", "unit": id(centreA)}, func(o any) string { return o.(access.NewUser).Link }},
			{"me.token_add", op.Input{"name": "script", "expires_on": until}, func(o any) string { return o.(access.NewToken).Token }},
		} {
			request := op.Request{Name: q.name, Credential: as("root"), Input: q.in, Key: "key-" + q.name + q.in["name"].(string)}
			first, err := e.r.Run(e.t.Context(), request)
			if err != nil {
				e.t.Fatal(err)
			}
			secret := q.out(first.Out)
			if secret == "" || strings.Contains(string(first.JSON), secret) {
				e.t.Fatalf("%s: secret %q, stored %s", q.name, secret, first.JSON)
			}
			second, err := e.r.Run(e.t.Context(), request)
			if err != nil || second.Outcome != op.Replayed || strings.Contains(string(second.JSON), secret) {
				e.t.Errorf("%s: replay %v %s %v", q.name, second.Outcome, second.JSON, err)
			}
			for _, place := range []string{"audit WHERE detail", "op_key WHERE response"} {
				if n := e.count(`SELECT count(*) FROM `+place+` LIKE $1`, "%"+secret+"%"); n != 0 {
					e.t.Errorf("%s: the secret is in %s", q.name, place)
				}
			}
		}
		if n := e.count(`SELECT count(*) FROM audit WHERE detail LIKE $1`, "%"+goodPassword+"%"); n != 0 {
			e.t.Error("a password is in the audit")
		}
	})
}

func TestTemporaryPasswordMustBeChanged(t *testing.T) {
	t.Parallel()
	each(t, func(e *env) {
		u := e.must(as("root"), "access.user.add", op.Input{"login": "temp", "name": "Sara Idrissi", "unit": id(centreA), "temporary": true}).Out.(access.NewUser)
		e.grant(u.ID, e.role("R", "access.user.list"), centreA, "2026-01-01", "", nil)
		in := e.must(op.Credential{Channel: op.Web}, "access.login", op.Input{"login": "temp", "password": u.Password}).Out.(access.SignedIn)
		if !in.MustChange {
			e.t.Error("nothing asks for another password")
		}
		_, err := e.rows(op.Request{Name: "access.user.list", Credential: browser(in.Token)})
		if fault.CodeOf(err) != "password.change_first" {
			e.t.Errorf("list before the change: %v", err)
		}
		out := e.must(browser(in.Token), "me.password", op.Input{"current": u.Password, "password": goodPassword}).Out.(access.SignedIn)
		e.refused(browser(in.Token), "me.show", op.Input{}, "session.ended")
		if rows := e.list(browser(out.Token), "access.user.list", op.Input{}); len(rows) != 1 {
			e.t.Errorf("%d users of the centre, want himself", len(rows))
		}
	})
}

// A source of randomness that fails gives no secret, and nothing is written.
func TestNoRandomnessNoSecret(t *testing.T) {
	t.Parallel()
	e := newEnv(t, dbtest.SQLite)
	broken := access.New(access.Options{DB: e.d, Random: failing{}, Places: tree{}, Units: tree{}, Top: tree{}})
	err := e.d.Write(t.Context(), db.WriteOptions{}, func(ctx context.Context, tx db.Tx) error {
		_, err := broken.IssueSetupToken(ctx, tx)
		return err
	})
	if fault.CodeOf(err) != auth.CodeRandom || e.count(`SELECT count(*) FROM access_link`) != 0 {
		t.Errorf("got %v", err)
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("no entropy") }
