package main

import "testing"

// A small heap is collected at 64 MB, a large one at twice what it keeps.
func TestRoomOfTheHeap(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		live uint64
		want int
	}{{0, 1600}, {1 << 20, 1600}, {8 << 20, 700}, {16 << 20, 300}, {32 << 20, 100}, {500 << 20, 100}} {
		if got := percentFor(c.live); got != c.want {
			t.Errorf("%d bytes: %d %%, want %d", c.live, got, c.want)
		}
	}
}
