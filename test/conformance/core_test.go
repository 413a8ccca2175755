package conformance

import (
	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
)

// coreScenarios are those of the platform: approvals, audit, outbox, jobs.
func coreScenarios() map[string]scenario {
	proposal := func(r apptest.Records) op.ID { return r.Proposal }
	byConsole := map[op.Channel]string{op.Console: "approval.console"}
	events := func(w *apptest.World) func(map[string]any) op.ID {
		unit := w.OutboxUnits()
		return func(row map[string]any) op.ID {
			id, _ := row["id"].(string)
			return unit[id]
		}
	}
	schedule := func(more ...any) maker {
		return func(*apptest.World, apptest.Place) op.Input {
			return about(append([]any{"code", "maintenance"}, more...)...)
		}
	}
	batch := func(r apptest.Records) op.ID { return r.Batch }
	return map[string]scenario{
		"intake.batch.list": {in: nothing, unitOf: column("unit")},
		"intake.batch.show": {in: at(batch), outside: "import.unknown"},
		"intake.batch.rejects": {outside: "import.unknown", in: func(w *apptest.World, p apptest.Place) op.Input {
			return about("batch", w.At[p].Batch)
		}},
		"intake.map.list": {in: nothing, reach: everything, why: shared},
		"intake.map.delete": {
			in:    func(*apptest.World, apptest.Place) op.Input { return about("kind", "files", "name", "Agence") },
			other: op.Input{"kind": "files", "name": "Autre"},
		},
		"approval.list":    {in: nothing, unitOf: column("unit")},
		"approval.show":    {in: at(proposal), outside: "approval.not_yours"},
		"approval.approve": {in: at(proposal, "version", "1"), outside: "approval.not_yours", refuse: byConsole},
		"approval.decline": {in: at(proposal, "version", "1", "reason", reason), outside: "approval.not_yours", refuse: byConsole},
		"approval.withdraw": {
			as: apptest.Own.Chef(), in: at(proposal, "version", "1"), reach: own, why: "only who proposed takes back",
			foreign: func(w *apptest.World) op.Input { return about("id", w.At[apptest.Sibling].Proposal, "version", "1") }, foreignCode: "approval.not_yours",
		},
		"audit.entry.list":   {in: nothing, unitOf: column("unit")},
		"audit.entry.show":   {in: at(func(r apptest.Records) op.ID { return r.Audit })},
		"outbox.event.list":  {in: nothing, unitOf: events},
		"outbox.event.retry": {in: at(func(r apptest.Records) op.ID { return r.Event })},
		"job.list":           {in: nothing, unitOf: column("unit")},
		"job.mine":           {in: nothing, reach: own, why: "the caller's own jobs"},
		"job.show":           {in: at(func(r apptest.Records) op.ID { return r.Job }), outside: "job.unknown"},
		"job.cancel":         {in: at(func(r apptest.Records) op.ID { return r.Job }), outside: "job.unknown"},
		"job.retry":          {in: at(func(r apptest.Records) op.ID { return r.Failed }), outside: "job.unknown"},
		"job.schedule_list":  {in: nothing},
		"job.schedule_set":   {in: schedule("version", "1", "rule", "daily 03:15"), other: op.Input{"code": "maintenance", "version": "1", "rule": "daily 04:15"}},
		"job.schedule_run":   {in: schedule()},
		"system.backup":      {in: nothing, lone: "it has no input"},
		"system.maintenance": {in: nothing, lone: "it has no input"},
	}
}
