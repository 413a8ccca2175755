package billing

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"testing"
)

// rootOf is the tree hash as RFC 9162, §2.1.1 defines it: split at the largest power of
// two below the count.
func rootOf(leaves [][]byte) []byte {
	sum := func(parts ...[]byte) []byte {
		h := sha256.New()
		for _, p := range parts {
			h.Write(p)
		}
		return h.Sum(nil)
	}
	switch len(leaves) {
	case 0:
		return sum()
	case 1:
		return sum([]byte{0}, leaves[0])
	}
	k := 1
	for k*2 < len(leaves) {
		k *= 2
	}
	return sum([]byte{1}, rootOf(leaves[:k]), rootOf(leaves[k:]))
}

func TestTreeIsTheStandardOne(t *testing.T) {
	t.Parallel()
	var tree Tree
	var leaves [][]byte
	for n := range 70 {
		got, err := tree.Root()
		if want := hex.EncodeToString(rootOf(leaves)); err != nil || got != want {
			t.Fatalf("%d leaves: %s, %v; want %s", n, got, err, want)
		}
		leaf := []byte("bill " + strconv.Itoa(n))
		leaves = append(leaves, leaf)
		if err := tree.Add(leafOf(leaf)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTreeRefusesADamagedCheckpoint(t *testing.T) {
	t.Parallel()
	for _, tree := range []Tree{{Count: 1, Peaks: nil}, {Count: 1, Peaks: []string{"no hash"}}, {Count: 1, Peaks: []string{"00"}}} {
		if err := tree.Add(leafOf(nil)); err == nil {
			t.Errorf("%v was taken", tree)
		}
	}
}
