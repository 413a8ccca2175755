package op

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"time"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
)

// The sealer reads behind the writers by SealDelay, longer than any
// transaction may last, so that no row appears later with an older instant; what
// is later all the same is taken by the next batch as long as it is younger
// than LateWindow.
const (
	SealDelay  = 2 * time.Minute
	LateWindow = 15 * time.Minute
	// SealBatch is the most rows sealed in one transaction.
	SealBatch = 5000
	// digestBytes of each row's digest are kept beside its id.
	digestBytes = 16
	// sealLock is the id that serialises sealers; ids of rows are far above.
	sealLock = 1
)

// Signer signs checkpoints of the audit chain.
type Signer struct {
	private ed25519.PrivateKey
	// KeyID is the SHA-256 of the public key, in hexadecimal.
	KeyID string
}

// NewSigner makes a signer of a 32-byte seed kept in a file.
func NewSigner(seed []byte) (*Signer, error) {
	if len(seed) != ed25519.SeedSize {
		return nil, fault.New(fault.Precondition, "audit.key")
	}
	s := &Signer{private: ed25519.NewKeyFromSeed(seed)}
	s.KeyID = keyID(s.Public())
	return s, nil
}

// Public is the half that verifies.
func (s *Signer) Public() ed25519.PublicKey { return s.private.Public().(ed25519.PublicKey) }

// Secret is a key for another purpose, derived from the signer's own.
func (s *Signer) Secret(purpose string) []byte {
	mac := hmac.New(sha256.New, s.private.Seed())
	_, _ = mac.Write([]byte(purpose))
	return mac.Sum(nil)
}

func keyID(public []byte) string {
	sum := sha256.Sum256(public)
	return hex.EncodeToString(sum[:])
}

// Seal is one signed batch of a chain.
type Seal struct {
	Chain     int64
	Seq       int64
	Members   []byte
	Count     int64
	Until     time.Time
	Previous  []byte
	Hash      []byte
	SealedAt  time.Time
	KeyID     string
	Signature []byte
}

// hashOf is what a seal's signature covers: everything but the signature.
func (s Seal) hashOf() []byte {
	h := sha256.New()
	var n [8]byte
	for _, v := range []int64{s.Chain, s.Seq, s.Count, s.Until.UnixMicro(), s.SealedAt.UnixMicro(), int64(len(s.Members))} {
		binary.BigEndian.PutUint64(n[:], uint64(v))
		h.Write(n[:])
	}
	h.Write([]byte(s.KeyID))
	h.Write(s.Previous)
	h.Write(s.Members)
	return h.Sum(nil)
}

// rowDigest covers every column of an audit row except the erasable detail,
// which is there by its salted digest.
func rowDigest(a auditRow) []byte {
	var b bytes.Buffer
	text := func(parts ...string) {
		for _, p := range parts {
			b.Write(binary.AppendUvarint(nil, uint64(len(p))))
			b.WriteString(p)
		}
	}
	for _, v := range []int64{a.ID, a.RecordedAt.UnixMicro(), a.ActorID, a.ApproverID, a.UnitID, a.SubjectID} {
		b.Write(binary.AppendVarint(nil, v))
	}
	text(a.Operation, string(a.Outcome), string(a.Channel), a.SubjectKind, a.RequestID, string(a.Digest))
	sum := sha256.Sum256(b.Bytes())
	return sum[:digestBytes]
}

// sealMember is one row of a seal.
type sealMember struct {
	ID     int64
	Digest [digestBytes]byte
}

// packMembers writes rows as differences of ids and digests.
func packMembers(rows []auditRow) []byte {
	var out []byte
	last := int64(0)
	for _, a := range rows {
		out = binary.AppendVarint(out, a.ID-last)
		out = append(out, rowDigest(a)...)
		last = a.ID
	}
	return out
}

// unpackMembers reads packMembers' text; false when it is damaged.
func unpackMembers(b []byte) (members []sealMember, ok bool) {
	last := int64(0)
	for len(b) > 0 {
		delta, n := binary.Varint(b)
		if n <= 0 || len(b) < n+digestBytes {
			return members, false
		}
		last += delta
		m := sealMember{ID: last}
		copy(m.Digest[:], b[n:])
		members = append(members, m)
		b = b[n+digestBytes:]
	}
	return members, true
}

// Sealer chains audit rows into signed batches, one chain per agence.
type Sealer struct {
	DB     *db.DB
	Signer *Signer
	// ChainOf gives the agence a unit belongs to, or the unit itself above it.
	ChainOf func(ctx context.Context, r db.Reader, unit int64) (int64, error)
	// Delay is SealDelay unless a test shortens it.
	Delay time.Duration
}

// Run seals everything due and gives the new chain heads.
func (s *Sealer) Run(ctx context.Context) (heads []Seal, err error) {
	for {
		var batch []Seal
		n := 0
		err := s.DB.Write(ctx, db.WriteOptions{Keyed: true}, func(ctx context.Context, tx db.Tx) (err error) {
			batch, n, err = s.batch(ctx, tx)
			return err
		})
		if err != nil {
			return heads, err
		}
		heads = append(heads, batch...)
		if n < SealBatch {
			return heads, nil
		}
	}
}

// batch seals at most SealBatch rows and says how many.
func (s *Sealer) batch(ctx context.Context, tx db.Tx) ([]Seal, int, error) {
	if err := tx.Lock(ctx, sealLock); err != nil {
		return nil, 0, err
	}
	rows, err := s.due(ctx, tx)
	if err != nil || len(rows) == 0 {
		return nil, 0, err
	}
	byChain := map[int64][]auditRow{}
	var chains []int64
	for _, a := range rows {
		c, err := s.ChainOf(ctx, tx, a.UnitID)
		if err != nil {
			return nil, 0, err
		}
		if byChain[c] == nil {
			chains = append(chains, c)
		}
		byChain[c] = append(byChain[c], a)
	}
	slices.Sort(chains)
	if err := saveSigningKey(ctx, tx, s.Signer); err != nil {
		return nil, 0, err
	}
	var seals []Seal
	for _, c := range chains {
		seal, err := s.seal(ctx, tx, c, byChain[c])
		if err != nil {
			return nil, 0, err
		}
		seals = append(seals, seal)
	}
	return seals, len(rows), nil
}

// due gives rows old enough to be complete and not sealed yet.
func (s *Sealer) due(ctx context.Context, tx db.Tx) ([]auditRow, error) {
	last, err := lastSealed(ctx, tx)
	if err != nil {
		return nil, err
	}
	from := time.Time{}
	if !last.IsZero() {
		from = last.Add(-LateWindow)
	}
	taken := map[int64]bool{}
	recent, err := sealsSince(ctx, tx, from)
	if err != nil {
		return nil, err
	}
	for _, seal := range recent {
		members, ok := unpackMembers(seal.Members)
		if !ok {
			return nil, fault.New(fault.Internal, "audit.seal_damaged", "chain", ID(seal.Chain), "seq", seal.Seq)
		}
		for _, m := range members {
			taken[m.ID] = true
		}
	}
	return unsealedRows(ctx, tx, from, tx.Now().Add(-s.Delay), taken, SealBatch)
}

// seal links one batch to its chain and signs it.
func (s *Sealer) seal(ctx context.Context, tx db.Tx, chain int64, rows []auditRow) (Seal, error) {
	head, err := chainHead(ctx, tx, chain)
	if err != nil {
		return Seal{}, err
	}
	seal := Seal{
		Chain: chain, Seq: head.Seq + 1, Members: packMembers(rows), Count: int64(len(rows)), Until: rows[len(rows)-1].RecordedAt,
		Previous: head.Hash, SealedAt: tx.Now(), KeyID: s.Signer.KeyID,
	}
	if seal.Previous == nil {
		seal.Previous = []byte{}
	}
	seal.Hash = seal.hashOf()
	seal.Signature = ed25519.Sign(s.Signer.private, seal.Hash)
	return seal, insertSeal(ctx, tx, seal)
}
