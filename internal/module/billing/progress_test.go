package billing

import (
	"testing"
	"time"
)

// TestRemainingByTheTimesOfParts: of 10 parts 4 are done, the first at 12:00:00, the fourth at
// 12:00:09: three of them took 9 s, the six to come take 18 s. With one part nothing is known.
func TestRemainingByTheTimesOfParts(t *testing.T) {
	t.Parallel()
	at := func(seconds int) *time.Time {
		out := time.Date(2026, 1, 2, 12, 0, seconds, 0, time.UTC)
		return &out
	}
	run := func(s RunState) *Run { return &Run{State: s, Due: 9_001, ChunkSize: 1_000} }
	for _, c := range []struct {
		what        string
		run         *Run
		marks       marks
		parts, done int64
		left        int64 // -1 is unknown
	}{
		{"prepared", run(Prepared), marks{}, 10, 0, -1},
		{"computing, nothing yet", run(Computing), marks{}, 10, 0, -1},
		{"computing, one part", run(Computing), marks{parts: 1, firstDrafted: at(0), lastDrafted: at(0)}, 10, 1, -1},
		{"computing", run(Computing), marks{parts: 4, firstDrafted: at(0), lastDrafted: at(9)}, 10, 4, 18},
		{"computing, a part a second over", run(Computing), marks{parts: 4, firstDrafted: at(0), lastDrafted: at(10)}, 10, 4, 20},
		{"issuing", run(Issuing), marks{parts: 8, issued: 3, firstDrafted: at(0), lastDrafted: at(9), firstIssued: at(20), lastIssued: at(21)}, 8, 3, 3},
		{"issued", run(Issued), marks{parts: 8, issued: 8, firstIssued: at(20), lastIssued: at(21)}, 8, 8, -1},
	} {
		got := c.run.progress(c.marks)
		left := int64(-1)
		if got.RemainingSeconds != nil {
			left = *got.RemainingSeconds
		}
		if got.Parts != c.parts || got.Done != c.done || left != c.left {
			t.Errorf("%s: %d of %d, %d s; want %d of %d, %d s", c.what, got.Done, got.Parts, left, c.done, c.parts, c.left)
		}
	}
}
