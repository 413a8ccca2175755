package main

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"strings"
)

// heapLeast is the size below which the heap is not collected, in bytes. What a quiet server
// keeps is some ten megabytes: collected at twice that, a command would spend a tenth of its
// processor time on it. A heap that keeps more than half of this is collected as usual.
const heapLeast = 64 << 20

const (
	// liveHeap is what the last collection kept.
	liveHeap = "/gc/heap/live:bytes"
	// usualPercent is what Go lets a heap grow by before it is collected again.
	usualPercent = 100
	// mostPercent is for a heap that keeps next to nothing: Go begins with 4 MB for 100.
	mostPercent = 1600
)

// roomy lets the heap grow to heapLeast before it is collected, unless the environment says
// by GOGC or GOMEMLIMIT how to collect.
func roomy(env []string) {
	said := slices.ContainsFunc(env, func(s string) bool { return strings.HasPrefix(s, "GOGC=") || strings.HasPrefix(s, "GOMEMLIMIT=") })
	if !said {
		debug.SetGCPercent(mostPercent)
		afterCollection(new(collected))
	}
}

// collected is garbage as soon as it is made: its finalizer runs after each collection. It is
// too large to share a block with others, which would keep it.
type collected struct {
	percent int
	live    [1]metrics.Sample
}

// afterCollection waits for the next collection and then says when the one after it comes.
func afterCollection(c *collected) {
	runtime.SetFinalizer(c, func(c *collected) {
		c.live[0].Name = liveHeap
		metrics.Read(c.live[:])
		if percent := percentFor(c.live[0].Value.Uint64()); percent != c.percent {
			c.percent = percent
			debug.SetGCPercent(percent)
		}
		afterCollection(c)
	})
}

// percentFor is by how much a heap may grow that keeps so many bytes.
func percentFor(live uint64) int {
	if live >= heapLeast/2 {
		return usualPercent
	}
	return min(int((heapLeast-live)*usualPercent/max(live, 1)), mostPercent)
}
