package access_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"wasl/internal/module/access"
	"wasl/internal/platform/auth"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/dbtest"
)

func from(address string) op.Credential { return op.Credential{Channel: op.Web, Address: address} }

func try(login, password string) op.Input { return op.Input{"login": login, "password": password} }

func TestLoginAnswersTheSameWhateverIsWrong(t *testing.T) {
	t.Parallel()
	each(t, func(e *env) {
		e.member("amina", centreA)
		e.user("nopass", centreA)
		locked := e.member("locked", centreA)
		e.must(as("root"), "access.user.lock", op.Input{"id": locked.String(), "version": "2", "reason": "absent"})
		var answers []string
		for _, in := range []op.Input{
			try("amina", "wrong-password-99"), try("nobody", goodPassword), try("nopass", goodPassword), try("locked", goodPassword),
			try("AMINA ", "x"), try("a' OR 1=1 --", "x"),
		} {
			_, err := e.run(from("10.1.1.1"), "access.login", in)
			if err == nil {
				e.t.Fatalf("%v got in", in)
			}
			answers = append(answers, err.Error())
		}
		if got := slices.Compact(answers); len(got) != 1 || got[0] != "unauthenticated login.refused" {
			e.t.Errorf("answers %q", got)
		}
		e.must(from("10.1.1.1"), "access.login", try(" Amina ", goodPassword))
		if n := e.count(`SELECT count(*) FROM audit WHERE operation = 'access.login' AND outcome = 'refused' AND subject_kind = 'user'`); n != 4 {
			e.t.Errorf("%d refusals filed under a user, want 4", n)
		}
	})
}

// An unknown login costs about as much time as a known one. The hash is made
// slow so that a missing verification would stand out by far.
func TestUnknownLoginTakesAsLong(t *testing.T) {
	t.Parallel()
	e := newEnvWith(t, dbtest.SQLite, auth.Params{MemoryKiB: 8192, Time: 8, Threads: 1})
	e.setup()
	e.user("nopass", centreA)
	// In turn, so that what else the machine does falls on each of them.
	quickest := map[string]time.Duration{}
	for range 5 {
		for _, login := range []string{"root", "nobody", "nopass"} {
			begin := time.Now()
			e.refused(from(""), "access.login", try(login, "wrong-password-99"), "login.refused")
			if took := time.Since(begin); quickest[login] == 0 || took < quickest[login] {
				quickest[login] = took
			}
		}
	}
	for _, login := range []string{"nobody", "nopass"} {
		if quickest[login]*4 < quickest["root"] {
			t.Errorf("%s takes %v, a known login %v", login, quickest[login], quickest["root"])
		}
	}
}

func TestThrottleByAccount(t *testing.T) {
	t.Parallel()
	each(t, func(e *env) {
		e.member("amina", centreA)
		for _, login := range []string{"amina", "nobody"} {
			for range 6 {
				e.refused(from("10.1.1.1"), "access.login", try(login, "wrong-password-99"), "login.refused")
			}
			// the sixth failure costs a second, whoever asks from anywhere, and
			// even with the right password
			e.refused(from("10.2.2.2"), "access.login", try(login, goodPassword), "login.throttled")
		}
		e.clock.advance(time.Second)
		e.refused(from("10.1.1.1"), "access.login", try("amina", "wrong-password-99"), "login.refused")
		e.clock.advance(time.Second)
		e.refused(from("10.1.1.1"), "access.login", try("amina", goodPassword), "login.throttled")
		e.clock.advance(time.Second)
		e.must(from("10.1.1.1"), "access.login", try("amina", goodPassword))
		// after a success the count begins again
		for range 6 {
			e.refused(from("10.1.1.1"), "access.login", try("amina", "wrong-password-99"), "login.refused")
		}
	})
}

func TestStrangerDoesNotKeepTheOwnerOut(t *testing.T) {
	t.Parallel()
	each(t, func(e *env) {
		e.member("amina", centreA)
		e.must(from("10.1.1.1"), "access.login", try("amina", goodPassword))
		for range 6 {
			e.refused(from("6.6.6.6"), "access.login", try("amina", "wrong-password-99"), "login.refused")
		}
		e.refused(from("6.6.6.6"), "access.login", try("amina", "wrong-password-99"), "login.throttled")
		e.must(from("10.1.1.1"), "access.login", try("amina", goodPassword))
	})
}

func TestThrottleByAddress(t *testing.T) {
	t.Parallel()
	each(t, func(e *env) {
		e.member("amina", centreA)
		logins := "abcdefghijklmnopqrstuvwxyzabcde"
		for i := range 31 {
			login := strings.Repeat(logins[i:i+1], 2+i/26)
			e.refused(from("6.6.6.6"), "access.login", try(login, "wrong-password-99"), "login.refused")
		}
		e.refused(from("6.6.6.6"), "access.login", try("amina", goodPassword), "login.throttled")
		e.must(from("10.1.1.1"), "access.login", try("amina", goodPassword))
		// one good account does not excuse the guesses before it
		e.clock.advance(time.Second)
		e.must(from("6.6.6.6"), "access.login", try("amina", goodPassword))
		if n := e.count(`SELECT failed FROM login_failure WHERE kind = 'address' AND subject = '6.6.6.6'`); n != 31 {
			e.t.Errorf("%d failures of the address, want 31", n)
		}
	})
}

// Guesses made at the same moment see each other: no more of them are judged
// than one after the other.
func TestParallelGuessesAreCounted(t *testing.T) {
	t.Parallel()
	each(t, func(e *env) {
		const guesses = 12
		codes := make(chan string, guesses)
		for range guesses {
			go func() {
				_, err := e.run(from("6.6.6.6"), "access.login", try("root", "wrong-password-99"))
				codes <- codeOf(err)
			}()
		}
		got := map[string]int{}
		for range guesses {
			got[<-codes]++
		}
		if got["login.refused"] != 6 || got["login.throttled"] != guesses-6 {
			e.t.Errorf("answers %v, want 6 judged", got)
		}
	})
}

func TestLoginNeverCarriesATokenOver(t *testing.T) {
	t.Parallel()
	each(t, func(e *env) {
		e.member("amina", centreA)
		planted := e.login("root")
		out := e.must(browser(planted), "access.login", try("amina", goodPassword)).Out.(access.SignedIn)
		if out.Token == planted {
			e.t.Error("the token presented was kept")
		}
		e.refused(browser(planted), "me.show", op.Input{}, "session.ended")
		if me := e.must(browser(out.Token), "me.show", op.Input{}).Out.(access.User); me.Login != "amina" {
			e.t.Errorf("signed in as %s", me.Login)
		}
		if n := e.count(`SELECT count(*) FROM user_session WHERE digest LIKE 'wasl%'`); n != 0 {
			e.t.Error("a token is stored in clear")
		}
	})
}

func TestSessionEnds(t *testing.T) {
	t.Parallel()
	each(t, func(e *env) {
		rule := auth.DefaultSession()
		idle := e.login("root")
		e.clock.advance(rule.Idle - time.Second)
		e.must(browser(idle), "me.show", op.Input{})
		if err := e.m.Touch(e.t.Context()); err != nil {
			e.t.Fatal(err)
		}
		e.clock.advance(rule.Idle - time.Second)
		e.must(browser(idle), "me.show", op.Input{})
		if err := e.m.Touch(e.t.Context()); err != nil {
			e.t.Fatal(err)
		}
		e.clock.advance(rule.Idle)
		e.refused(browser(idle), "me.show", op.Input{}, "session.ended")
		// a session in use all day ends all the same
		busy := e.login("root")
		for used := time.Duration(0); used < rule.Absolute-20*time.Minute; used += 20 * time.Minute {
			e.must(browser(busy), "me.show", op.Input{})
			e.clock.advance(20 * time.Minute)
		}
		e.must(browser(busy), "me.show", op.Input{})
		e.clock.advance(20 * time.Minute)
		e.refused(browser(busy), "me.show", op.Input{}, "session.ended")
	})
}

// The last activity is known at once in this process, and written by Touch only.
func TestTouchWritesLater(t *testing.T) {
	t.Parallel()
	each(t, func(e *env) {
		token := e.login("root")
		e.clock.advance(2 * time.Minute)
		e.must(browser(token), "me.show", op.Input{})
		if n := e.count(`SELECT count(*) FROM user_session WHERE seen_at > created_at`); n != 0 {
			e.t.Error("reading a page wrote the session")
		}
		if err := e.m.Touch(e.t.Context()); err != nil {
			e.t.Fatal(err)
		}
		if n := e.count(`SELECT count(*) FROM user_session WHERE seen_at > created_at`); n != 1 {
			e.t.Error("Touch did not write the session")
		}
	})
}

func TestRevocation(t *testing.T) {
	t.Parallel()
	each(t, func(e *env) {
		amina := e.member("amina", centreA)
		first, second, third := e.login("amina"), e.login("amina"), e.login("amina")
		rows := e.list(browser(first), "me.sessions", op.Input{})
		if len(rows) != 3 {
			e.t.Fatalf("%d sessions, want 3", len(rows))
		}
		var current []access.Session
		for _, r := range rows {
			if s := r.(access.Session); s.Current {
				current = append(current, s)
			}
		}
		if len(current) != 1 || current[0].Agent != "Test" || current[0].Address != "10.0.0.1" {
			e.t.Fatalf("current %+v", current)
		}
		// the owner ends one, the administrator another, the owner leaves the third
		e.must(browser(second), "me.session_revoke", op.Input{"id": current[0].ID.String()})
		e.refused(browser(first), "me.show", op.Input{}, "session.ended")
		e.refused(as("root"), "me.session_revoke", op.Input{"id": current[0].ID.String()}, "session.unknown")
		left := e.list(as("root"), "access.session.list", op.Input{"user": amina.String()})
		if len(left) != 2 {
			e.t.Fatalf("%d sessions left, want 2", len(left))
		}
		e.must(browser(third), "access.logout", op.Input{})
		e.refused(browser(third), "me.show", op.Input{}, "session.ended")
		for _, r := range left {
			e.must(as("root"), "access.session.revoke", op.Input{"id": r.(access.Session).ID.String()})
		}
		e.refused(browser(second), "me.show", op.Input{}, "session.ended")
	})
}

func TestSessionScope(t *testing.T) {
	t.Parallel()
	each(t, func(e *env) {
		boss := e.user("boss", agencyA)
		e.grant(boss, e.role("S", "access.session.list", "access.session.revoke"), agencyA, "2026-01-01", "", nil)
		e.member("inside", centreB)
		e.member("outside", agencyB)
		e.login("inside")
		e.login("outside")
		rows := e.list(as("boss"), "access.session.list", op.Input{})
		if len(rows) != 1 || rows[0].(access.Session).Login != "inside" {
			e.t.Fatalf("sees %v", rows)
		}
		all := e.list(as("root"), "access.session.list", op.Input{})
		for _, r := range all {
			s := r.(access.Session)
			_, err := e.run(as("boss"), "access.session.revoke", op.Input{"id": s.ID.String()})
			if (err == nil) != (s.Login == "inside") {
				e.t.Errorf("revoking %s: %v", s.Login, err)
			}
		}
	})
}

func TestSessionsAreBounded(t *testing.T) {
	t.Parallel()
	each(t, func(e *env) {
		oldest := e.login("root")
		for range access.SessionsMax {
			e.clock.advance(time.Second)
			e.login("root")
		}
		e.refused(browser(oldest), "me.show", op.Input{}, "session.ended")
		if rows := e.list(as("root"), "me.sessions", op.Input{}); len(rows) != access.SessionsMax {
			e.t.Errorf("%d sessions", len(rows))
		}
	})
}

func TestPasswordChange(t *testing.T) {
	t.Parallel()
	each(t, func(e *env) {
		e.member("amina", centreA)
		mine, stolen := e.login("amina"), e.login("amina")
		const fresh = "green-heron-waits-for-rain"
		e.refused(browser(mine), "me.password", op.Input{"current": goodPassword, "password": goodPassword}, "password.same")
		e.refused(browser(mine), "me.password", op.Input{"current": goodPassword, "password": "short"}, auth.CodePasswordTooShort)
		e.refused(browser(mine), "me.password", op.Input{"current": "wrong-password-99", "password": fresh}, "password.wrong")
		e.must(browser(stolen), "me.show", op.Input{})
		out := e.must(browser(mine), "me.password", op.Input{"current": goodPassword, "password": fresh}).Out.(access.SignedIn)
		e.refused(browser(mine), "me.show", op.Input{}, "session.ended")
		e.refused(browser(stolen), "me.show", op.Input{}, "session.ended")
		e.must(browser(out.Token), "me.show", op.Input{})
		e.refused(from("10.1.1.1"), "access.login", try("amina", goodPassword), "login.refused")
		e.must(from("10.1.1.1"), "access.login", try("amina", fresh))
		// a stolen session is no way to guess the password
		for range 6 {
			e.refused(browser(out.Token), "me.password", op.Input{"current": "wrong-password-99", "password": goodPassword}, "password.wrong")
		}
		e.refused(browser(out.Token), "me.password", op.Input{"current": fresh, "password": goodPassword}, "login.throttled")
	})
}

func TestTokens(t *testing.T) {
	t.Parallel()
	each(t, func(e *env) {
		amina := e.member("amina", centreA)
		session := e.login("amina")
		e.refused(browser(session), "me.token_add", op.Input{"name": "late", "expires_on": "2026-11-21"}, "token.life")
		e.refused(browser(session), "me.token_add", op.Input{"name": "long", "expires_on": "2027-11-24"}, "token.life")
		out := e.must(browser(session), "me.token_add", op.Input{"name": "script", "expires_on": "2026-11-23"}).Out.(access.NewToken)
		api := op.Credential{Channel: op.API, Token: out.Token}
		console := op.Credential{Channel: op.Console, Token: out.Token, Login: "root"}
		for _, c := range []op.Credential{api, console} {
			if res := e.must(c, "me.show", op.Input{}); res.Actor.Login != "amina" || res.Actor.Channel != op.API {
				e.t.Errorf("acts as %+v", res.Actor)
			}
		}
		// a token is no session, and a session no token
		e.refused(browser(out.Token), "me.show", op.Input{}, auth.CodeTokenInvalid)
		e.refused(op.Credential{Channel: op.API, Token: session}, "me.show", op.Input{}, auth.CodeTokenInvalid)
		e.refused(api, "me.token_add", op.Input{"name": "child", "expires_on": "2026-11-23"}, "token.by_token")
		e.refused(api, "me.password", op.Input{"current": goodPassword, "password": "green-heron-waits-for-rain"}, "token.by_token")
		// it is good on its last day in Morocco and not on the next
		e.clock.advance(24 * time.Hour)
		e.must(api, "me.show", op.Input{})
		e.clock.advance(24 * time.Hour)
		e.refused(api, "me.show", op.Input{}, "token.ended")
		next := e.must(as("amina"), "me.token_add", op.Input{"name": "script", "expires_on": "2026-12-31"}).Out.(access.NewToken)
		e.refused(as("root"), "me.token_revoke", op.Input{"id": next.ID.String()}, "token.unknown")
		e.must(as("amina"), "me.token_revoke", op.Input{"id": next.ID.String()})
		e.refused(op.Credential{Channel: op.API, Token: next.Token}, "me.show", op.Input{}, "token.ended")
		if rows := e.list(as("amina"), "me.token_list", op.Input{}); len(rows) != 2 {
			e.t.Errorf("%d tokens of %v", len(rows), amina)
		}
	})
}

func TestWhoMayNotWorkIsOut(t *testing.T) {
	t.Parallel()
	each(t, func(e *env) {
		amina := e.member("amina", centreA)
		session := e.login("amina")
		token := e.must(as("amina"), "me.token_add", op.Input{"name": "script", "expires_on": "2026-12-31"}).Out.(access.NewToken)
		lock := op.Input{"id": amina.String(), "version": "2", "reason": "enquiry"}
		e.must(as("root"), "access.user.lock", lock)
		e.refused(browser(session), "me.show", op.Input{}, "session.ended")
		e.refused(op.Credential{Channel: op.API, Token: token.Token}, "me.show", op.Input{}, "user.inactive")
		e.refused(as("amina"), "me.show", op.Input{}, "user.inactive")
		e.refused(op.Credential{Channel: op.JobRun, UserID: int64(amina)}, "me.show", op.Input{}, "user.inactive")
		e.must(as("root"), "access.user.unlock", op.Input{"id": amina.String(), "version": "3", "reason": "enquiry over"})
		e.refused(browser(session), "me.show", op.Input{}, "session.ended")
		e.must(op.Credential{Channel: op.API, Token: token.Token}, "me.show", op.Input{})
		e.must(op.Credential{Channel: op.JobRun, UserID: int64(amina)}, "me.show", op.Input{})
		e.refused(op.Credential{Channel: op.JobRun, UserID: 999}, "me.show", op.Input{}, "user.inactive")
		e.refused(as("nobody"), "me.show", op.Input{}, "user.inactive")
		for _, c := range []op.Credential{{Channel: op.Web}, {Channel: op.API}, {Channel: op.Console}} {
			e.refused(c, "me.show", op.Input{}, "unauthenticated")
		}
	})
}
