package job_test

import (
	"strings"
	"testing"

	"wasl/internal/platform/db"
	"wasl/internal/platform/job"
	"wasl/internal/testkit/dbtest"
	"wasl/internal/testkit/texttest"
)

// TestTextsAreThere: every operation, field, column, state and fault of the
// package has its French text.
func TestTextsAreThere(t *testing.T) {
	t.Parallel()
	texts := texttest.New(t)
	clock := dbtest.NewClock(start())
	e := newEnv(t, dbtest.Open(t, dbtest.SQLite, testSet(t), db.Options{Now: clock.Now}), clock, newPeople(), job.Options{})
	for _, d := range e.runner.Registry.All() {
		if !strings.HasPrefix(d.Name, "test.") {
			texts.Operation(d)
		}
	}
	texts.Each("enum.job_state.", job.State("").EnumValues()...)
	texts.Each("error.", texttest.Found(t, `fault\.(?:New|Wrap)\([^"\n]*"([a-z_.]+)"|Code: "(job\.[a-z_]+)"`, 10)...)
	texts.Each("", "subject.job", "subject.job_schedule", "schedule.maintenance")
	texts.Each("field.", "replay_keys", "proposals", "events", "jobs")
}
