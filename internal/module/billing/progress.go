package billing

import "time"

// Progress is how far the drafts or the issue of a run are.
type Progress struct {
	// Parts is how many it has, Done how many of them are computed, or out once its issue has
	// begun.
	Parts int64 `json:"parts"`
	Done  int64 `json:"parts_done"`
	// RemainingSeconds are expected until the end, by the times at which parts were done; absent
	// before two of them are.
	RemainingSeconds *int64 `json:"remaining_seconds,omitempty"`
}

// RunRow is a run in the list, with its progress.
type RunRow struct {
	Run
	Progress
}

// marks are what is recorded of the parts of a run: how many there are and are out, and when
// the first and the last of them were computed and put out.
type marks struct {
	parts, issued                                      int64
	firstDrafted, lastDrafted, firstIssued, lastIssued *time.Time
}

// progress is how far a run is, by the marks of its parts.
func (r *Run) progress(m marks) Progress {
	switch r.State {
	case Prepared:
		return Progress{Parts: r.partsExpected()}
	case Computing:
		return progressFrom(max(r.partsExpected(), m.parts), m.parts, m.firstDrafted, m.lastDrafted)
	case Issuing:
		return progressFrom(m.parts, m.issued, m.firstIssued, m.lastIssued)
	case Issued:
		return Progress{Parts: m.parts, Done: m.issued}
	}
	return Progress{Parts: m.parts, Done: m.parts}
}

// partsExpected is how many parts the consumptions of a run make.
func (r *Run) partsExpected() int64 {
	if r.ChunkSize <= 0 {
		return 0
	}
	return (r.Due + r.ChunkSize - 1) / r.ChunkSize
}

// millis are those of a second.
const millis = 1000

// progressFrom expects of the parts to come the mean time of those between the first and the
// last that were done.
func progressFrom(parts, done int64, first, last *time.Time) Progress {
	p := Progress{Parts: parts, Done: done}
	if done < 2 || first == nil || last == nil {
		return p
	}
	left := last.Sub(*first).Milliseconds() * (parts - done) / (done - 1)
	seconds := (left + millis - 1) / millis // up to the next whole second
	p.RemainingSeconds = &seconds
	return p
}
