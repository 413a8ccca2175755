package billing

import (
	"crypto/sha256"
	"encoding/hex"
	"math/bits"

	"wasl/internal/kernel/fault"
)

// Tree is the hash of a run as it grows: a Merkle tree (RFC 9162, §2.1) over its bills
// in order. It keeps the peaks of what it has seen, so that a checkpoint holds some
// twenty hashes whatever the run, and the result knows nothing of parts and workers.
type Tree struct {
	// Count of leaves so far.
	Count uint64 `json:"count"`
	// Peaks are the roots of the perfect subtrees, the largest first, in hex.
	Peaks []string `json:"peaks"`
}

// The first byte of what is hashed tells leaves from nodes.
const (
	leafMark = 0
	nodeMark = 1
)

// leafOf is the hash of one bill's bytes.
func leafOf(bill []byte) [sha256.Size]byte {
	var room [leafRoom]byte
	return sha256.Sum256(append(append(room[:0], leafMark), bill...))
}

// leafRoom holds the bytes of most bills.
const leafRoom = 1 << 10

// Add puts leaves behind those before. A peak that is no hash is Internal
// "billing.tree": the checkpoint is damaged.
func (t *Tree) Add(leaves ...[sha256.Size]byte) error {
	if bits.OnesCount64(t.Count) != len(t.Peaks) {
		return fault.New(fault.Internal, "billing.tree")
	}
	peaks := make([][sha256.Size]byte, 0, len(t.Peaks)+bits.Len(uint(len(leaves)))+1)
	for _, p := range t.Peaks {
		raw, err := hex.DecodeString(p)
		if err != nil || len(raw) != sha256.Size {
			return fault.Wrap(err, fault.Internal, "billing.tree")
		}
		peaks = append(peaks, [sha256.Size]byte(raw))
	}
	for _, node := range leaves {
		for n := t.Count; n&1 == 1; n >>= 1 {
			last := len(peaks) - 1
			node, peaks = join(peaks[last], node), peaks[:last]
		}
		peaks = append(peaks, node)
		t.Count++
	}
	t.Peaks = make([]string, 0, len(peaks))
	for i := range peaks {
		t.Peaks = append(t.Peaks, hex.EncodeToString(peaks[i][:]))
	}
	return nil
}

// pop takes the smallest peak off.
func (t *Tree) pop() (node [sha256.Size]byte, err error) {
	if len(t.Peaks) == 0 {
		return node, fault.New(fault.Internal, "billing.tree")
	}
	last := len(t.Peaks) - 1
	raw, err := hex.DecodeString(t.Peaks[last])
	if err != nil || len(raw) != sha256.Size {
		return node, fault.Wrap(err, fault.Internal, "billing.tree")
	}
	t.Peaks = t.Peaks[:last]
	return [sha256.Size]byte(raw), nil
}

// Root is the hash of all leaves, in hex; that of nothing is the hash of no bytes.
func (t *Tree) Root() (string, error) {
	rest := Tree{t.Count, append([]string(nil), t.Peaks...)}
	if len(rest.Peaks) == 0 {
		none := sha256.Sum256(nil)
		return hex.EncodeToString(none[:]), nil
	}
	root, err := rest.pop()
	for err == nil && len(rest.Peaks) > 0 {
		var left [sha256.Size]byte
		if left, err = rest.pop(); err == nil {
			root = join(left, root)
		}
	}
	return hex.EncodeToString(root[:]), err
}

func join(left, right [sha256.Size]byte) [sha256.Size]byte {
	var room [1 + 2*sha256.Size]byte
	return sha256.Sum256(append(append(append(room[:0], nodeMark), left[:]...), right[:]...))
}
