package op

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"fmt"
	"strconv"
	"strings"
	"time"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
)

// Finding is one violation found on a database.
type Finding struct {
	// Code is the key of the text, without the prefix "verify.".
	Code string     `json:"code"`
	Args fault.Args `json:"args,omitempty"`
}

// Report is what a check found and how much it looked at.
type Report struct {
	Count    int64
	Findings []Finding
	// Notes are facts worth saying that are no violation.
	Notes []Finding
}

// Found adds a violation. Beyond FindingsMax only the number grows.
func (r *Report) Found(code string, pairs ...any) {
	if len(r.Findings) < FindingsMax {
		r.Findings = append(r.Findings, Finding{Code: code, Args: fault.New("", "", pairs...).Args})
	}
}

// Note adds a fact that is no violation.
func (r *Report) Note(code string, pairs ...any) {
	r.Notes = append(r.Notes, Finding{Code: code, Args: fault.New("", "", pairs...).Args})
}

// FindingsMax is the most findings listed per check.
const FindingsMax = 100

// Check is one invariant of a database (reliability page, O1-O7).
type Check struct {
	// Name is the invariant's code: O2, O5, O6, ORG, ACCESS ...
	Name string
	Run  func(ctx context.Context, r db.Reader) (Report, error)
}

// Anchor is a chain head written outside the database when it was sealed.
type Anchor struct {
	Chain ID     `json:"chain"`
	Seq   int64  `json:"seq"`
	Hash  string `json:"hash"`
}

// AuditCheck is O6: the chain verifies, no row is changed, removed, added or
// reordered, and the heads are not older than the anchors. Rows the next sealer
// will still take are no violation, however long ago the last one ran: a backup
// and a program that is stopped have such a tail.
func AuditCheck(anchors []Anchor) Check {
	return Check{Name: "O6", Run: func(ctx context.Context, r db.Reader) (Report, error) {
		var rep Report
		keys, err := publicKeys(ctx, r)
		if err != nil {
			return rep, err
		}
		for id, key := range keys {
			if len(key) != ed25519.PublicKeySize || keyID(key) != id {
				rep.Found("audit.key_changed", "key", id)
				delete(keys, id)
			}
		}
		members := map[int64]sealMember{}
		hashes := map[Anchor]bool{}
		var last Seal
		var until time.Time
		err = eachSeal(ctx, r, func(s Seal) error {
			checkSeal(&rep, s, last, keys, members)
			hashes[Anchor{ID(s.Chain), s.Seq, fmt.Sprintf("%x", s.Hash)}] = true
			last = s
			if s.Until.After(until) {
				until = s.Until
			}
			return nil
		})
		if err != nil {
			return rep, err
		}
		for _, a := range anchors {
			if !hashes[a] {
				rep.Found("audit.anchor_lost", "chain", a.Chain, "seq", a.Seq)
			}
		}
		return rep, checkRows(ctx, r, &rep, members, until.Add(-LateWindow))
	}}
}

// checkSeal verifies one seal and its link to the one before it.
func checkSeal(rep *Report, s, last Seal, keys map[string][]byte, members map[int64]sealMember) {
	if s.Chain != last.Chain {
		last = Seal{Chain: s.Chain}
	}
	at := []any{"chain", ID(s.Chain), "seq", s.Seq}
	if s.Seq != last.Seq+1 {
		rep.Found("audit.seal_gap", at...)
	} else if !bytes.Equal(s.Previous, last.Hash) {
		rep.Found("audit.link_broken", at...)
	}
	if !bytes.Equal(s.hashOf(), s.Hash) {
		rep.Found("audit.seal_changed", at...)
	}
	key, known := keys[s.KeyID]
	if !known {
		rep.Found("audit.key_unknown", at...)
	} else if !ed25519.Verify(key, s.Hash, s.Signature) {
		rep.Found("audit.signature_wrong", at...)
	}
	list, ok := unpackMembers(s.Members)
	if !ok || int64(len(list)) != s.Count {
		rep.Found("audit.seal_damaged", at...)
	}
	for _, m := range list {
		if _, twice := members[m.ID]; twice {
			rep.Found("audit.row_sealed_twice", "row", ID(m.ID))
		}
		members[m.ID] = m
	}
}

// checkRows compares every row with what was sealed of it. No sealer takes a row
// from before settled any more.
func checkRows(ctx context.Context, r db.Reader, rep *Report, members map[int64]sealMember, settled time.Time) error {
	tail := int64(0)
	err := eachAudit(ctx, r, func(a auditRow) error {
		rep.Count++
		// Erasing a detail leaves neither text nor salt; a text without its salt is forged.
		if (a.Salt != nil || a.Detail != "") && !bytes.Equal(DetailDigest(a.Salt, []byte(a.Detail)), a.Digest) {
			rep.Found("audit.detail_changed", "row", ID(a.ID))
		}
		m, sealed := members[a.ID]
		delete(members, a.ID)
		switch {
		case sealed && !bytes.Equal(m.Digest[:], rowDigest(a)):
			rep.Found("audit.row_changed", "row", ID(a.ID))
		case !sealed && a.RecordedAt.Before(settled):
			rep.Found("audit.row_unsealed", "row", ID(a.ID))
		case !sealed:
			tail++
		}
		return nil
	})
	for id := range members {
		rep.Found("audit.row_removed", "row", ID(id))
	}
	rep.Note("audit.tail", "count", tail)
	return err
}

// KeyCheck is O2: each answered key has exactly one audit row of its own.
func KeyCheck() Check {
	return Check{Name: "O2", Run: func(ctx context.Context, r db.Reader) (Report, error) {
		var rep Report
		err := keyAudits(ctx, r, func(actor int64, key string, audit int64, there bool) error {
			rep.Count++
			if !there {
				rep.Found("key.audit_missing", "key", key, "row", ID(audit))
			}
			return nil
		})
		if err != nil {
			return rep, err
		}
		shared, err := sharedAudits(ctx, r)
		for _, id := range shared {
			rep.Found("key.audit_shared", "row", ID(id))
		}
		return rep, err
	}}
}

// AcksCheck is O1: every key a client was told is done is in the database.
func AcksCheck(acks []string) Check {
	return Check{Name: "O1", Run: func(ctx context.Context, r db.Reader) (Report, error) {
		rep := Report{Count: int64(len(acks))}
		for _, key := range acks {
			n, err := KeyKnown(ctx, r, key)
			if err != nil {
				return rep, err
			}
			if n == 0 {
				rep.Found("key.lost", "key", key)
			}
		}
		return rep, nil
	}}
}

// SeriesCheck is O5 for the numbers of proposals: unique, without a gap, none
// beyond its series. Modules with legal numbers of their own add their checks.
func SeriesCheck() Check {
	return Check{Name: "O5", Run: func(ctx context.Context, r db.Reader) (Report, error) {
		var rep Report
		last := map[string]int64{}
		err := proposalNumbers(ctx, r, func(number, _ string, _ ProposalState) error {
			rep.Count++
			series, text, ok := cutLast(number, "-")
			n, err := strconv.ParseInt(text, 10, 64)
			if !ok || err != nil {
				rep.Found("series.shape", "number", number)
				return nil
			}
			if missing := last[series] + 1; missing < n { // one finding per hole, however wide
				rep.Found("series.gap", "series", series, "number", missing)
			}
			last[series] = n
			return nil
		})
		if err != nil {
			return rep, err
		}
		return rep, checkSeriesEnds(ctx, r, &rep, last)
	}}
}

func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// checkSeriesEnds compares the last number of each series with its counter.
func checkSeriesEnds(ctx context.Context, r db.Reader, rep *Report, last map[string]int64) error {
	counters, err := proposalSeries(ctx, r)
	if err != nil {
		return err
	}
	for series, next := range counters {
		if n := last[series]; n+1 < next {
			rep.Found("series.gap", "series", series, "number", n+1)
		} else if n >= next {
			rep.Found("series.beyond", "series", series, "number", n, "next", next)
		}
		delete(last, series)
	}
	for series, n := range last {
		rep.Found("series.beyond", "series", series, "number", n, "next", int64(1))
	}
	return nil
}
