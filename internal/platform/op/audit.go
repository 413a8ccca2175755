package op

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"hash"
	"io"

	"wasl/internal/kernel/fault"
)

// Detail is the part of an audit row that may hold personal data: what was
// asked and what changed. It stays out of the sealed hash, which holds only its
// salted digest, so that it can be erased (law 09-08) without breaking the
// chain.
type Detail struct {
	Input   json.RawMessage `json:"input,omitempty"`
	Changes []Change        `json:"changes,omitempty"`
	Reason  string          `json:"reason,omitempty"`
}

const saltBytes = 16

// salted is the salt of one audit row and the digest keyed by it, made before the
// transaction: everybody else waits while that runs.
type salted struct {
	salt []byte
	mac  hash.Hash
	used bool
}

func (r *Runner) newSalt() (*salted, error) {
	salt := make([]byte, saltBytes)
	src := r.Random
	if src == nil {
		src = rand.Reader
	}
	if _, err := io.ReadFull(src, salt); err != nil {
		return nil, fault.Wrap(err, fault.Internal, "internal")
	}
	return &salted{salt: salt, mac: hmac.New(sha256.New, salt)}, nil
}

// digest is DetailDigest under this salt.
func (s *salted) digest(detail []byte) []byte {
	s.used = true
	s.mac.Reset()
	s.mac.Write(detail)
	return s.mac.Sum(nil)
}

// salted gives the salt made for this change to its first row, a new one to others.
func (x *Exec) salted() (*salted, error) {
	if x.salt != nil && !x.salt.used {
		return x.salt, nil
	}
	return x.runner.newSalt()
}

// writeAudit inserts the operation's row and gives its id.
func (x *Exec) writeAudit(ctx context.Context, o Outcome, unit int64, input []byte) (int64, error) {
	id, err := x.Tx.NewID(ctx)
	if err != nil {
		return 0, err
	}
	detail, err := detailOf(input, x.changes)
	if err != nil {
		return 0, err
	}
	salt, err := x.salted()
	if err != nil {
		return 0, err
	}
	row := auditRow{
		ID: id, RecordedAt: x.Now, Operation: x.Def.Name, Outcome: o, Channel: x.Actor.Channel,
		ActorID: x.Actor.UserID, UnitID: unit, RequestID: x.RequestID,
		Salt: salt.salt, Detail: string(detail), Digest: salt.digest(detail),
	}
	if x.Approver != nil {
		row.ApproverID = x.Approver.UserID
	}
	if len(x.changes) > 0 {
		row.SubjectKind, row.SubjectID = x.changes[0].Kind, int64(x.changes[0].ID)
	}
	if err := insertAudit(ctx, x.Tx, row); err != nil {
		return id, err
	}
	return id, x.noteUse(ctx, o)
}

// detailOf is the JSON of a Detail. The input is JSON of this program already: it
// is neither read nor written again.
func detailOf(input []byte, changes []Change) ([]byte, error) {
	out := append(make([]byte, 0, len(input)+detailGuess), '{')
	if len(input) > 0 {
		out = append(append(out, `"input":`...), input...)
	}
	if len(changes) > 0 {
		if len(input) > 0 {
			out = append(out, ',')
		}
		var err error
		if out, err = appendChanges(append(out, `"changes":`...), changes); err != nil {
			return nil, fault.Wrap(err, fault.Internal, "internal")
		}
	}
	return append(out, '}'), nil
}

// detailGuess is room for the changes of a usual operation, in bytes.
const detailGuess = 512

// DetailDigest is the salted digest that stands for a detail in the chain.
func DetailDigest(salt, detail []byte) []byte {
	mac := hmac.New(sha256.New, salt)
	mac.Write(detail)
	return mac.Sum(nil)
}

// DecodeChanges reads the changes stored with a proposal.
func DecodeChanges(body []byte) ([]Change, error) {
	var all []Change
	if err := json.Unmarshal(body, &all); err != nil {
		return nil, fault.Wrap(err, fault.Internal, "internal")
	}
	return all, nil
}
