package faults

import (
	"strconv"
	"strings"

	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
)

const reason = "Motif de l'essai"

// attempt is one request ready to be made.
type attempt struct {
	as op.Credential
	in op.Input
}

// scenario makes a valid request on a fresh copy of the utility.
type scenario struct {
	make func(w *apptest.World) attempt
	// empty asks for a program without administrator.
	empty bool
}

func about(pairs ...any) op.Input {
	in := op.Input{}
	for i := 0; i+1 < len(pairs); i += 2 {
		name, value := pairs[i].(string), pairs[i+1]
		if id, ok := value.(op.ID); ok {
			value = id.String()
		}
		in[name] = value
	}
	return in
}

// by is a request at the console.
func by(login string, in func(w *apptest.World) op.Input) scenario {
	return scenario{make: func(w *apptest.World) attempt { return attempt{apptest.Console(login), in(w)} }}
}

// actor is a request of the actor about a record of his own place.
func actor(pick func(apptest.Records) op.ID, pairs ...any) scenario {
	return by(apptest.Actor, func(w *apptest.World) op.Input {
		return about(append([]any{"id", pick(w.At[apptest.Own])}, pairs...)...)
	})
}

func admin(pairs ...any) scenario {
	return by(apptest.Admin, func(*apptest.World) op.Input { return about(pairs...) })
}

// versioned adds the version of the record.
func versioned(show string, s scenario) scenario {
	return scenario{make: func(w *apptest.World) attempt {
		a := s.make(w)
		res := w.Must(apptest.Console(apptest.Admin), show, op.Input{"id": a.in["id"]})
		for _, c := range w.App.Registry.Find(show).Columns {
			if n, ok := c.Value(res.Out).(int64); ok && c.Name == "version" {
				a.in["version"] = strconv.FormatInt(n, 10)
			}
		}
		return a
	}}
}

// scenarios are a valid request for every changing operation, by its name.
func scenarios() map[string]scenario {
	all := map[string]scenario{}
	for _, part := range []map[string]scenario{
		coreScenarios(), unitScenarios(), customerScenarios(), meteringScenarios(), ledgerScenarios(), masterScenarios(),
		peopleScenarios(), selfScenarios(), tariffScenarios(), billingScenarios(), collectionScenarios(), lotScenarios(),
	} {
		for name, s := range part {
			all[name] = s
		}
	}
	return all
}

func coreScenarios() map[string]scenario {
	proposal := func(r apptest.Records) op.ID { return r.Proposal }
	return map[string]scenario{
		"approval.approve": actor(proposal, "version", "1"),
		"approval.decline": actor(proposal, "version", "1", "reason", reason),
		"approval.withdraw": by(apptest.Own.Chef(), func(w *apptest.World) op.Input {
			return about("id", w.At[apptest.Own].Proposal, "version", "1")
		}),
		"outbox.event.retry": actor(func(r apptest.Records) op.ID { return r.Event }),
		"job.cancel":         actor(func(r apptest.Records) op.ID { return r.Job }),
		"job.retry":          actor(func(r apptest.Records) op.ID { return r.Failed }),
		"job.schedule_set":   admin("code", "maintenance", "version", "1", "rule", "daily 03:15"),
		"job.schedule_run":   admin("code", "maintenance"),
		"system.maintenance": admin(),
		"system.backup":      admin(),
		"intake.map.delete":  admin("kind", "files", "name", "Agence"),
	}
}

func unitScenarios() map[string]scenario {
	const show = "org.unit.show"
	own := func(in func(w *apptest.World, r apptest.Records) op.Input) scenario {
		return by(apptest.Actor, func(w *apptest.World) op.Input { return in(w, w.At[apptest.Own]) })
	}
	file := own(func(_ *apptest.World, r apptest.Records) op.Input {
		return about("file", op.NewUpload("lieux.csv", apptest.UnitsFile("F-NEW", "centre", "A1")), "root", r.Unit)
	})
	return map[string]scenario{
		"org.unit.add": own(func(_ *apptest.World, r apptest.Records) op.Input {
			return about("code", "N-1", "kind", "centre", "name", "Lieu nouveau", "parent", r.Unit, "opened_on", "2026-01-01")
		}),
		"org.unit.update": versioned(show, actor(func(r apptest.Records) op.ID { return r.Unit }, "short_name", "Abrégé")),
		"org.unit.move": versioned(show, own(func(w *apptest.World, r apptest.Records) op.Input {
			return about("id", r.Leaf, "parent", r.LeafTo, "valid_from", w.MoveOn, "reason", reason)
		})),
		"org.unit.move_cancel": versioned(show, own(func(w *apptest.World, r apptest.Records) op.Input {
			return about("id", r.Moving, "valid_from", w.MoveOn, "reason", reason)
		})),
		"org.unit.close": versioned(show, own(func(w *apptest.World, r apptest.Records) op.Input {
			return about("id", r.Leaf, "closed_on", w.App.Today().String(), "reason", reason)
		})),
		"org.unit.reopen": versioned(show, actor(func(r apptest.Records) op.ID { return r.Closed }, "reason", reason)),
		"org.unit.assign": own(func(w *apptest.World, r apptest.Records) op.Input {
			return about("id", r.Unit, "entity", w.Entity, "operator", w.Operator, "services", []any{"water"}, "valid_from", w.App.Today().String(), "reason", reason)
		}),
		"org.unit.unassign": own(func(w *apptest.World, r apptest.Records) op.Input {
			return about("id", r.Unit, "services", []any{"electricity"}, "valid_from", w.App.Today().String(), "reason", reason)
		}),
		"org.unit.import":       file,
		"org.unit.import_check": file,
	}
}

func masterScenarios() map[string]scenario {
	of := func(pick func(w *apptest.World) op.ID, pairs ...any) scenario {
		return by(apptest.Admin, func(w *apptest.World) op.Input { return about(append([]any{"id", pick(w)}, pairs...)...) })
	}
	entity := func(w *apptest.World) op.ID { return w.Entity }
	operator := func(w *apptest.World) op.ID { return w.Operator }
	free := func(w *apptest.World) op.ID { return w.Free }
	holiday := func(r apptest.Records) op.ID { return r.Holiday }
	return map[string]scenario{
		"org.entity.add":        admin("code", "SRM-2", "name", "Autre entreprise"),
		"org.entity.update":     of(entity, "version", "1", "legal_form", "SA"),
		"org.entity.fiscal_set": of(entity, "parameter", "vat_regime", "value", "debit", "valid_from", "2026-06-01", "reason", reason),
		"org.operator.add":      admin("code", "OP-2", "name", "Autre gestionnaire", "kind", "distributor", "services", []any{"water"}),
		"org.operator.update":   of(operator, "version", "1", "phone", "+212 522 00 00 00"),
		"org.holiday.add": by(apptest.Actor, func(w *apptest.World) op.Input {
			return about("date", "2026-07-30", "label", "Fête locale", "kind", "exceptional", "unit", w.At[apptest.Own].Unit)
		}),
		"org.holiday.update": actor(holiday, "version", "1", "label", "Moussem"),
		"org.holiday.remove": actor(holiday, "version", "1"),
		"access.role.add":    admin("code", "GUICHET", "name", "Guichet", "rights", []any{"org.unit.list"}),
		"access.role.update": of(free, "version", "1", "description", "Pour les remplaçants"),
		"access.role.remove": of(free, "version", "1"),
	}
}

func peopleScenarios() map[string]scenario {
	const show = "access.user.show"
	agent := func(r apptest.Records) op.ID { return r.Agent }
	grant := func(r apptest.Records) op.ID { return r.Grant }
	return map[string]scenario{
		"access.user.add": by(apptest.Actor, func(w *apptest.World) op.Input {
			return about("login", "nouveau", "name", "Nadia Berrada", "unit", w.At[apptest.Own].Unit)
		}),
		"access.user.update":         versioned(show, actor(agent, "function", "Guichet")),
		"access.user.lock":           versioned(show, actor(agent, "reason", reason)),
		"access.user.unlock":         versioned(show, actor(func(r apptest.Records) op.ID { return r.Locked }, "reason", reason)),
		"access.user.leave":          versioned(show, actor(agent, "reason", reason)),
		"access.user.reset_password": actor(agent),
		"access.session.revoke":      actor(func(r apptest.Records) op.ID { return r.Session }),
		"access.grant.add": by(apptest.Actor, func(w *apptest.World) op.Input {
			r := w.At[apptest.Own]
			return about("user", r.Agent, "role", w.Roles["HABILITATION"], "unit", r.Unit, "reason", reason)
		}),
		"access.grant.end":   actor(grant, "version", "1", "reason", reason),
		"access.review.mark": actor(grant, "version", "1"),
	}
}

// firstID is the id of the first row of a person's own list.
func firstID(w *apptest.World, login, list string) (id op.ID) {
	w.Helper()
	_, err := w.App.Runner.Rows(w.Context(), op.Request{Name: list, Credential: apptest.Console(login)}, nil, func(row any) error {
		if id == 0 {
			id = idIn(w, list, row)
		}
		return nil
	})
	if err != nil || id == 0 {
		w.Fatalf("%s: %v, %v", list, id, err)
	}
	return id
}

func selfScenarios() map[string]scenario {
	browser := op.Credential{Channel: op.Web, Address: apptest.Address}
	const password = "amber-heron-lands-77"
	return map[string]scenario{
		"me.notice_read": by(apptest.Actor, func(w *apptest.World) op.Input { return about("id", firstID(w, apptest.Actor, "me.notices")) }),
		"me.session_revoke": by(apptest.Actor, func(w *apptest.World) op.Input {
			w.NewSession(apptest.Actor)
			return about("id", firstID(w, apptest.Actor, "me.sessions"))
		}),
		"me.token_add": by(apptest.Actor, func(w *apptest.World) op.Input {
			return about("name", "Relevés", "expires_on", w.App.Today().AddDays(30).String())
		}),
		"me.token_revoke": by(apptest.Actor, func(w *apptest.World) op.Input {
			res := w.Must(apptest.Console(apptest.Actor), "me.token_add", about("name", "Perdu", "expires_on", w.App.Today().AddDays(30).String()))
			return about("id", idIn(w, "me.token_add", res.Out))
		}),
		"me.password": {make: func(w *apptest.World) attempt {
			token := w.NewSession(apptest.Actor)
			return attempt{op.Credential{Channel: op.Web, Token: token, Address: apptest.Address}, about("current", apptest.Password, "password", password)}
		}},
		"access.logout": {make: func(w *apptest.World) attempt {
			return attempt{op.Credential{Channel: op.Web, Token: w.NewSession(apptest.Actor), Address: apptest.Address}, op.Input{}}
		}},
		"access.login": {make: func(*apptest.World) attempt {
			return attempt{browser, about("login", apptest.Actor, "password", apptest.Password)}
		}},
		"access.invitation": {make: func(w *apptest.World) attempt {
			res := w.Must(apptest.Console(apptest.Admin), "access.user.add", about("login", "invite", "name", "Hind Naciri", "unit", w.Units["A1"]))
			return attempt{browser, about("link", w.SecretOf("access.user.add", res.Out), "password", password)}
		}},
		"access.setup": {empty: true, make: func(w *apptest.World) attempt {
			link, err := w.App.SetupLink(w.Context(), "")
			if err != nil {
				w.Fatal(err)
			}
			_, token, _ := strings.Cut(link, "link=")
			return attempt{browser, about("link", token, "login", "premier", "name", "Zineb Alami", "password", password, "unit_code", "DC", "unit_name", "Direction centrale")}
		}},
	}
}

// meteringScenarios are about the meter, walk and anomaly of one place.
func meteringScenarios() map[string]scenario {
	own := func(in func(w *apptest.World, r apptest.Records) op.Input) scenario {
		return by(apptest.Actor, func(w *apptest.World) op.Input { return in(w, w.At[apptest.Own]) })
	}
	of := func(pairs ...any) func(*apptest.World, apptest.Records) op.Input {
		return func(_ *apptest.World, r apptest.Records) op.Input {
			return about(append([]any{"id", r.Meter}, pairs...)...)
		}
	}
	keyed := func(pick func(apptest.Records) op.ID, pairs ...any) scenario {
		return own(func(_ *apptest.World, r apptest.Records) op.Input {
			return about(append([]any{"account", r.Supply, "id", pick(r)}, pairs...)...)
		})
	}
	file := func(body string) scenario {
		return own(func(_ *apptest.World, r apptest.Records) op.Input {
			return about("file", op.NewUpload("fichier.csv", []byte(body)), "unit", r.Unit)
		})
	}
	anomaly := func(r apptest.Records) op.ID { return r.Anomaly }
	route := func(r apptest.Records) op.ID { return r.Route }
	meters, readings, consumptions := "compteur;service\nN1;water\n", "compteur;date;index\nW1-A1;28/02/2026;1010\n", "contrat;date;quantite\nAB-A1;28/02/2026;12\n"
	return map[string]scenario{
		"metering.meter.add": own(func(_ *apptest.World, r apptest.Records) op.Input {
			return about("serial", "N-1", "service", "water", "unit", r.Unit)
		}),
		"metering.meter.update": versioned("metering.meter.show", own(of("make", "Itron"))),
		"metering.meter.install": own(func(w *apptest.World, r apptest.Records) op.Input {
			w.Must(apptest.Console(apptest.Admin), "metering.meter.remove", about("id", r.Meter, "removed_on", "2026-02-10", "index", "1004", "reason", reason))
			return about("id", r.Stock, "service_point", r.Point, "installed_on", "2026-02-11", "index", "3")
		}),
		"metering.meter.replace": own(func(_ *apptest.World, r apptest.Records) op.Input {
			return about("id", r.Meter, "by", r.Spare, "on", "2026-02-10", "old_index", "1004", "new_index", "1", "reason", reason)
		}),
		"metering.meter.remove": own(of("removed_on", "2026-02-10", "index", "1004", "reason", reason)),
		"metering.seal.add":     own(of("number", "S-9", "placed_on", "2026-02-10")),
		"metering.seal.remove":  own(of("number", "S-1", "removed_on", "2026-02-10", "reason", reason)),
		"metering.route.add": own(func(_ *apptest.World, r apptest.Records) op.Input {
			return about("code", "N-1", "name", "Tour nouveau", "unit", r.Unit)
		}),
		"metering.route.update": versioned("metering.route.show", actor(route, "reader", "K. Fathi")),
		"metering.route.stops": versioned("metering.route.show", own(func(_ *apptest.World, r apptest.Records) op.Input {
			return about("id", r.Route, "points", []any{"PL-A1", "PT-A1"})
		})),
		"metering.period.open": own(func(_ *apptest.World, r apptest.Records) op.Input {
			return about("route", r.Route, "month", "2026-04-01", "opens_on", "2026-04-01", "closes_on", "2026-04-10")
		}),
		"metering.period.close": actor(func(r apptest.Records) op.ID { return r.Period }, "version", "1"),
		"metering.reading.enter": own(func(_ *apptest.World, r apptest.Records) op.Input {
			return about("meter", r.Meter, "date", "2026-02-28", "index", "1010")
		}),
		"metering.reading.enter_many": own(func(_ *apptest.World, r apptest.Records) op.Input {
			return about("route", r.Route, "date", "2026-02-28", "lines", []any{"W1-A1;1010"})
		}),
		"metering.reading.correct": keyed(func(r apptest.Records) op.ID { return r.Dial }, "index", "50", "reason", reason),
		"metering.reading.handover": own(func(w *apptest.World, r apptest.Records) op.Input {
			w.Must(apptest.Console(apptest.Admin), "customer.contract.close", about("id", r.Contract, "version", "1", "ends_on", "2026-02-20", "reason", reason))
			return about("meter", r.Meter, "date", "2026-02-20", "index", "1009")
		}),
		"metering.anomaly.assign": own(func(_ *apptest.World, r apptest.Records) op.Input {
			return about("account", r.Supply, "id", r.Anomaly, "version", "1", "owner", r.Agent)
		}),
		"metering.anomaly.decide": keyed(anomaly, "version", "1", "decision", "estimate", "reason", reason),
		"metering.anomaly.decide_many": own(func(_ *apptest.World, r apptest.Records) op.Input {
			return about("unit", r.Unit, "decision", "accept", "expected", "1", "reason", reason)
		}),
		"metering.control.set": admin("rule", "high", "valid_from", "2026-03-01", "enabled", "true", "severity", "blocking", "factor", "3", "floor", "20", "periods", "12",
			"reason", reason),
		"metering.estimate.set": admin("category", "DOM", "valid_from", "2026-03-01", "cover", "60", "periods", "4", "power_hours", "2", "reason", reason),
		"metering.control.run": own(func(_ *apptest.World, r apptest.Records) op.Input {
			return about("unit", r.Unit, "month", "2026-01-01")
		}),
		"metering.meter.import": file(meters), "metering.meter.import_check": file(meters), "metering.reading.import": file(readings),
		"metering.reading.import_check": file(readings), "metering.import": file(consumptions), "metering.import_check": file(consumptions),
	}
}
