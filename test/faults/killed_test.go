package faults

import (
	"strconv"
	"testing"
	"time"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/op"
)

const (
	// killsMin is the least number of calls a piece of work is killed at.
	killsMin = 8
	// resumesMax bounds the tries of the second worker, resumeAfter is beyond a lease and
	// the wait between tries.
	resumesMax  = 5
	resumeAfter = 2 * time.Hour
)

// killedAlong kills a piece of work at every step-th call of its database, before and
// after the call takes effect, on each engine. kill loses the n-th call, lets another
// worker resume, and says whether there was such a call.
func killedAlong(t *testing.T, step int, kill func(t *testing.T, engine string, n int, after bool) bool) {
	t.Helper()
	for _, engine := range engines() {
		for _, after := range []bool{false, true} {
			t.Run(engine+"/after="+strconv.FormatBool(after), func(t *testing.T) {
				t.Parallel()
				killed := 0
				for n := 1; kill(t, engine, n, after); n += step {
					killed++
				}
				if killed < killsMin {
					t.Errorf("only %d calls were killed", killed)
				}
			})
		}
	}
}

// lostAndResumed loses the n-th call of a job, then lets another worker try until the
// job is done. It says whether there was such a call, and how the last try ended.
func (r *rig) lostAndResumed(job op.ID, n int, after bool, done func() bool) (killed bool, last error) {
	r.Helper()
	r.eye.arm(n, "", after, fault.New(fault.Unavailable, "db.lost"))
	_ = r.app.Queue.RunJob(r.Context(), job)
	killed = r.eye.disarm() != ""
	for range resumesMax {
		r.Clock.Advance(resumeAfter)
		if last = r.World.App.Queue.RunJob(r.Context(), job); last == nil && done() {
			break
		}
	}
	return killed, last
}
