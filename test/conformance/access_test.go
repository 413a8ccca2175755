package conformance

import (
	"strings"

	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
)

func peopleScenarios() map[string]scenario {
	agent := func(r apptest.Records) op.ID { return r.Agent }
	homes := func(w *apptest.World) func(map[string]any) op.ID {
		unit := map[op.ID]op.ID{}
		for _, row := range consoleRows(w, apptest.Admin, "access.user.list", op.Input{}) {
			unit[idOf(row["id"])] = idOf(row["unit"])
		}
		return func(row map[string]any) op.ID { return unit[idOf(row["user"])] }
	}
	return map[string]scenario{
		"access.user.list": {in: nothing, unitOf: column("unit")},
		"access.user.show": {in: at(agent)},
		"access.user.add": {in: func(w *apptest.World, p apptest.Place) op.Input {
			return about("login", "nouveau."+string(p), "name", "Nadia Berrada", "unit", w.At[p].Unit)
		}},
		"access.user.update":         {in: versioned(userShow, at(agent, "function", "Guichet"))},
		"access.user.lock":           {in: versioned(userShow, at(agent, "reason", reason))},
		"access.user.unlock":         {in: versioned(userShow, at(func(r apptest.Records) op.ID { return r.Locked }, "reason", reason))},
		"access.user.leave":          {in: versioned(userShow, at(agent, "reason", reason))},
		"access.user.reset_password": {in: at(agent)},
		"access.session.list":        {in: nothing, unitOf: homes},
		"access.session.revoke":      {in: at(func(r apptest.Records) op.ID { return r.Session })},
	}
}

func rightScenarios() map[string]scenario {
	grant := func(r apptest.Records) op.ID { return r.Grant }
	asked := func(role string, more ...any) maker {
		return func(w *apptest.World, p apptest.Place) op.Input {
			return about(append([]any{"user", w.At[p].Agent, "role", w.Roles[role], "unit", w.At[p].Unit}, more...)...)
		}
	}
	free := func(more ...any) maker {
		return func(w *apptest.World, _ apptest.Place) op.Input {
			return about(append([]any{"id", w.Free}, more...)...)
		}
	}
	return map[string]scenario{
		"access.grant.list":    {in: nothing, unitOf: column("unit")},
		"access.grant.add":     {in: asked("HABILITATION", "reason", reason)},
		"access.grant.preview": {in: asked("HABILITATION")},
		"access.grant.end":     {in: at(grant, "version", "1", "reason", reason)},
		"access.review.list":   {in: nothing, unitOf: column("unit")},
		"access.review.mark":   {in: at(grant, "version", "1")},
		// A unit above the actor's narrows nothing: he is shown his part of it.
		"access.matrix":        {in: func(w *apptest.World, p apptest.Place) op.Input { return about("unit", w.At[p].Unit) }, open: []apptest.Place{apptest.Parent}},
		"access.matrix.list":   {in: nothing, unitOf: column("unit"), above: true},
		"access.conflict.list": {in: nothing, unitOf: column("unit"), above: true},
		"access.role.list":     {in: nothing, reach: everything, why: shared},
		"access.role.show":     {in: free(), reach: everything, why: shared},
		"access.role.add": {in: func(*apptest.World, apptest.Place) op.Input {
			return about("code", "GUICHET", "name", "Guichet", "rights", []any{"org.unit.list"})
		}},
		"access.role.update": {in: free("version", "1", "description", "Pour les remplaçants")},
		"access.role.remove": {in: free("version", "1")},
	}
}

// selfScenarios are what everybody may do with what is his own, and what nobody
// need be known for.
func selfScenarios() map[string]scenario {
	const mine = "shows the caller's own records and takes nobody else's id"
	const anyone = "nobody is known yet: there is no scope"
	const byToken = "token.by_token"
	ownID := func(list string) maker {
		return func(w *apptest.World, _ apptest.Place) op.Input { return about("id", firstID(w, apptest.Actor, list)) }
	}
	theirs := func(list string, prepare func(*apptest.World)) func(*apptest.World) op.Input {
		return func(w *apptest.World) op.Input {
			prepare(w)
			return about("id", firstID(w, apptest.Nobody, list))
		}
	}
	return map[string]scenario{
		"me.show":       {in: nothing, reach: own, why: mine},
		"me.rights":     {in: nothing, reach: own, why: mine},
		"me.sessions":   {in: nothing, reach: own, why: mine},
		"me.token_list": {in: nothing, reach: own, why: mine},
		"me.notices":    {in: nothing, reach: own, why: mine},
		// Somebody else's notice counts as none: the answer is 0 and nothing changes.
		"me.notice_read": {in: ownID("me.notices"), reach: own, why: mine},
		"me.session_revoke": {reach: own, why: mine, in: func(w *apptest.World, _ apptest.Place) op.Input {
			_, id := session(w, apptest.Actor)
			return about("id", id)
		}, foreign: theirs("me.sessions", func(w *apptest.World) { w.Session(apptest.Nobody) }), foreignCode: "session.unknown"},
		"me.token_add": {reach: own, why: mine, refuse: map[op.Channel]string{op.API: byToken}, in: func(w *apptest.World, _ apptest.Place) op.Input {
			return about("name", "Relevés", "expires_on", w.App.Today().AddDays(30).String())
		}},
		"me.token_revoke": {reach: own, why: mine, in: func(w *apptest.World, _ apptest.Place) op.Input {
			res := w.Must(apptest.Console(apptest.Actor), "me.token_add", about("name", "Perdu", "expires_on", w.App.Today().AddDays(30).String()))
			for _, c := range w.App.Registry.Find("me.token_add").Columns {
				if c.Name == "id" {
					return about("id", c.Value(res.Out))
				}
			}
			return nil
		}, foreign: theirs("me.token_list", func(w *apptest.World) { w.Token(apptest.Nobody) }), foreignCode: "token.unknown"},
		"me.password": {
			reach: own, why: mine, refuse: map[op.Channel]string{op.API: byToken},
			apart: "only a browser has a session to renew",
			in: func(*apptest.World, apptest.Place) op.Input {
				return about("current", apptest.Password, "password", "amber-heron-lands-77")
			},
		},
		"access.logout": {
			reach: own, why: mine, page: "/logout", lone: "it has no input",
			refuse: map[op.Channel]string{op.API: "session.none", op.Console: "session.none"}, in: nothing,
		},
		"access.login": {
			reach: own, why: anyone, page: "/login", apart: "the command line hashes a password again at its full cost",
			in: func(*apptest.World, apptest.Place) op.Input {
				return about("login", apptest.Actor, "password", apptest.Password)
			},
		},
		"access.invitation": {reach: own, why: anyone, page: "/invitation", in: func(w *apptest.World, _ apptest.Place) op.Input {
			res := w.Must(apptest.Console(apptest.Admin), "access.user.add", about("login", "invite", "name", "Hind Naciri", "unit", w.Units["A1"]))
			return about("link", w.SecretOf("access.user.add", res.Out), "password", "amber-heron-lands-77")
		}},
		"access.setup": {reach: own, why: anyone, page: "/setup", empty: true, in: func(w *apptest.World, _ apptest.Place) op.Input {
			link, err := w.App.SetupLink(w.Context(), "")
			if err != nil {
				w.Fatal(err)
			}
			_, token, _ := strings.Cut(link, "link=")
			return about("link", token, "login", "premier", "name", "Zineb Alami", "password", apptest.Password,
				"unit_code", "DC", "unit_name", "Direction centrale")
		}},
	}
}
