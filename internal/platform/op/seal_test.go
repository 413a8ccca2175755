package op

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
)

// check runs a check and gives the codes of what it found, each once.
func (e *env) check(c Check) []string {
	e.Helper()
	var rep Report
	err := e.db.Read(e.Context(), func(ctx context.Context, r db.Reader) (err error) {
		rep, err = c.Run(ctx, r)
		return err
	})
	if err != nil {
		e.Fatal(err)
	}
	var codes []string
	for _, f := range rep.Findings {
		codes = append(codes, f.Code)
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

func newSealer(t testing.TB, d *db.DB) *Sealer {
	t.Helper()
	signer, err := NewSigner(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	if err != nil {
		t.Fatal(err)
	}
	chain := func(_ context.Context, _ db.Reader, unit int64) (int64, error) {
		if unit == 11 {
			return 10, nil
		}
		return unit, nil
	}
	return &Sealer{DB: d, Signer: signer, ChainOf: chain, Delay: SealDelay}
}

func (e *env) seal(s *Sealer) []Seal {
	e.Helper()
	heads, err := s.Run(e.Context())
	if err != nil {
		e.Fatal(err)
	}
	return heads
}

func anchorsOf(heads []Seal) (out []Anchor) {
	for _, h := range heads {
		out = append(out, Anchor{Chain: ID(h.Chain), Seq: h.Seq, Hash: hex.EncodeToString(h.Hash)})
	}
	return out
}

func TestSigner(t *testing.T) {
	t.Parallel()
	// RFC 8032, section 7.1, test 1: seed and public key.
	seed, _ := hex.DecodeString("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
	s, err := NewSigner(seed)
	if err != nil || hex.EncodeToString(s.Public()) != "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a" || len(s.KeyID) != 64 {
		t.Errorf("%x, %v", s.Public(), err)
	}
	for _, n := range []int{0, 31, 33, 64} {
		if _, err := NewSigner(make([]byte, n)); fault.CodeOf(err) != "audit.key" {
			t.Errorf("a seed of %d bytes: %v", n, err)
		}
	}
}

func TestMembersPack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		var rows []auditRow
		for i := range rapid.IntRange(0, 20).Draw(rt, "rows") {
			rows = append(rows, auditRow{ID: rapid.Int64Range(1, 1<<53-1).Draw(rt, "id"), Operation: fmt.Sprint(i)})
		}
		packed := packMembers(rows)
		members, ok := unpackMembers(packed)
		if !ok || len(members) != len(rows) {
			rt.Fatalf("%d of %d", len(members), len(rows))
		}
		for i, m := range members {
			if m.ID != rows[i].ID || !bytes.Equal(m.Digest[:], rowDigest(rows[i])) {
				rt.Fatalf("member %d: %d", i, m.ID)
			}
		}
		if len(packed) > 0 {
			cut := rapid.IntRange(0, len(packed)-1).Draw(rt, "cut")
			if got, ok := unpackMembers(packed[:cut]); ok && len(got) == len(rows) {
				rt.Fatalf("cut at %d, nothing is missing", cut)
			}
		}
	})
}

// Every column of a row but the erasable detail is in its digest.
func TestRowDigestCoversTheRow(t *testing.T) {
	t.Parallel()
	base := auditRow{
		ID: 1, RecordedAt: now(), Operation: "a", Outcome: Done, Channel: Web, ActorID: 2, ApproverID: 3, UnitID: 4, SubjectKind: "s", SubjectID: 5, RequestID: "r", Digest: []byte{1},
	}
	seen := map[string]int{string(rowDigest(base)): -1}
	for i, change := range []func(*auditRow){
		func(a *auditRow) { a.ID++ }, func(a *auditRow) { a.RecordedAt = a.RecordedAt.Add(time.Microsecond) }, func(a *auditRow) { a.Operation = "b" },
		func(a *auditRow) { a.Outcome = Refused }, func(a *auditRow) { a.Channel = API }, func(a *auditRow) { a.ActorID++ }, func(a *auditRow) { a.ApproverID++ },
		func(a *auditRow) { a.UnitID++ }, func(a *auditRow) { a.SubjectKind = "t" }, func(a *auditRow) { a.SubjectID++ }, func(a *auditRow) { a.RequestID = "q" },
		func(a *auditRow) { a.Digest = []byte{2} },
		func(a *auditRow) { a.Operation, a.Outcome = "ado", "ne" }, // the border between two texts moves
	} {
		row := base
		change(&row)
		if other, twice := seen[string(rowDigest(row))]; twice {
			t.Errorf("changes %d and %d have the same digest", i, other)
		}
		seen[string(rowDigest(row))] = i
	}
	row := base
	row.Salt, row.Detail = nil, ""
	if !bytes.Equal(rowDigest(row), rowDigest(base)) {
		t.Error("erasing the detail changes the digest")
	}
}

// insert writes an audit row of a unit at an instant, as a slow transaction would.
func (e *env) insert(unit int64, at time.Time, label string) {
	e.Helper()
	err := e.db.Write(e.Context(), db.WriteOptions{}, func(ctx context.Context, tx db.Tx) error {
		id, err := tx.NewID(ctx)
		if err != nil {
			return err
		}
		salt, detail := bytes.Repeat([]byte{3}, saltBytes), `{"input":"`+label+`"}`
		return insertAudit(ctx, tx, auditRow{
			ID: id, RecordedAt: at, Operation: "shop.open", Outcome: Done, Channel: API, ActorID: 1, UnitID: unit, Salt: salt, Detail: detail, Digest: DetailDigest(salt, []byte(detail)),
		})
	})
	if err != nil {
		e.Fatal(err)
	}
}

// Random writers on several chains, some of them late, and sealers that run at
// any moment: every row old enough is sealed exactly once, every chain verifies,
// every anchor stays true.
func TestSealingAnyInterleaving(t *testing.T) {
	t.Parallel()
	onEach(t, func(e *env) {
		s := newSealer(e.T, e.db)
		var anchors []Anchor
		rapid.Check(e.T, func(rt *rapid.T) {
			for range rapid.IntRange(1, 6).Draw(rt, "steps") {
				switch rapid.IntRange(0, 4).Draw(rt, "step") {
				case 0:
					e.clock.Advance(time.Duration(rapid.Int64Range(0, int64(6*time.Minute)).Draw(rt, "pause")))
				case 1:
					anchors = append(anchors, anchorsOf(e.seal(s))...)
				case 2: // late, but within what the sealer waits for
					late := time.Duration(rapid.Int64Range(0, int64(LateWindow)).Draw(rt, "late"))
					e.insert(rapid.SampledFrom([]int64{1, 10, 11, 20}).Draw(rt, "unit"), e.clock.Now().Add(-late), "late")
				default:
					e.insert(rapid.SampledFrom([]int64{1, 10, 11, 20}).Draw(rt, "unit"), e.clock.Now(), "now")
				}
			}
			if found := e.check(AuditCheck(anchors)); len(found) > 0 {
				rt.Fatalf("found %v", found)
			}
		})
		e.clock.Advance(SealDelay + time.Second)
		anchors = append(anchors, anchorsOf(e.seal(s))...)
		e.clock.Advance(time.Hour)
		if found := e.check(AuditCheck(anchors)); len(found) > 0 {
			e.Errorf("in the end: %v", found)
		}
		if n := e.number(`SELECT CAST(sum(member_count) AS {int}) FROM audit_seal`); n != e.number(`SELECT count(*) FROM audit`) {
			e.Errorf("%d rows sealed of %d", n, e.number(`SELECT count(*) FROM audit`))
		}
		if n := e.number(`SELECT count(DISTINCT chain_id) FROM audit_seal`); n != 3 {
			e.Errorf("%d chains", n)
		}
		if heads := e.seal(s); len(heads) != 0 {
			e.Errorf("sealed again: %v", heads)
		}
		e.chainHeads(anchors)
	})
}

// chainHeads compares the heads with the last anchor of each chain.
func (e *env) chainHeads(anchors []Anchor) {
	e.Helper()
	err := e.db.Read(e.Context(), func(ctx context.Context, r db.Reader) error {
		heads, err := ChainHeads(ctx, r)
		for _, h := range anchorsOf(heads) {
			if !slices.Contains(anchors, h) {
				e.Errorf("head %+v was never anchored", h)
			}
		}
		if len(heads) != 3 {
			e.Errorf("%d heads", len(heads))
		}
		return err
	})
	if err != nil {
		e.Fatal(err)
	}
}

// More rows than one batch takes are all sealed in one run.
func TestSealingManyRows(t *testing.T) {
	t.Parallel()
	onEach(t, func(e *env) {
		if e.db.Engine() == db.Postgres && testing.Short() {
			return
		}
		const rows = SealBatch + 17
		detail := `{}`
		salt := bytes.Repeat([]byte{1}, saltBytes)
		err := e.db.Write(e.Context(), db.WriteOptions{Timeout: time.Minute}, func(ctx context.Context, tx db.Tx) error {
			first, err := tx.NewIDs(ctx, rows)
			if err != nil {
				return err
			}
			columns := strings.Split(strings.Join(strings.Fields(auditColumns), ""), ",")
			_, err = tx.Bulk(ctx, "audit", columns, func(yield func([]any, error) bool) {
				for i := range int64(rows) {
					row := []any{first + i, now().Add(time.Duration(i) * time.Microsecond), "shop.open", "done", "api", 1, 0, 1, "", 0, "", salt, detail, DetailDigest(salt, []byte(detail))}
					if !yield(row, nil) {
						return
					}
				}
			})
			return err
		})
		if err != nil {
			e.Fatal(err)
		}
		e.clock.Advance(time.Hour)
		heads := e.seal(newSealer(e.T, e.db))
		if len(heads) != 2 || heads[0].Count != SealBatch || heads[1].Count != 17 || heads[1].Seq != 2 {
			e.Errorf("%d seals", len(heads))
		}
		if found := e.check(AuditCheck(anchorsOf(heads))); len(found) > 0 {
			e.Errorf("found %v", found)
		}
	})
}

// A sealer does not go on over a damaged seal, and says which one.
func TestSealingOverDamage(t *testing.T) {
	t.Parallel()
	onEach(t, func(e *env) {
		s := newSealer(e.T, e.db)
		e.insert(1, e.clock.Now(), "a")
		e.clock.Advance(SealDelay)
		e.seal(s)
		e.exec(`UPDATE audit_seal SET members = $1`, []byte{1, 2, 3})
		e.insert(1, e.clock.Now(), "b")
		e.clock.Advance(SealDelay)
		_, err := s.Run(e.Context())
		e.refused("damaged", err, fault.Internal, "audit.seal_damaged")
	})
}

// The tail that is not sealed yet is no violation, however old it is (a stopped
// program, a backup); a row the sealer has passed by is.
func TestUnsealedTail(t *testing.T) {
	t.Parallel()
	onEach(t, func(e *env) {
		e.insert(1, e.clock.Now(), "a")
		e.clock.Advance(30 * 24 * time.Hour)
		if found := e.check(AuditCheck(nil)); len(found) != 0 {
			e.Errorf("nothing sealed yet: %v", found)
		}
		s := newSealer(e.T, e.db)
		anchors := anchorsOf(e.seal(s))
		last := e.clock.Now().Add(-30 * 24 * time.Hour)
		e.insert(20, last.Add(-LateWindow), "as late as may be")
		if found := e.check(AuditCheck(anchors)); len(found) != 0 {
			e.Errorf("late: %v", found)
		}
		anchors = append(anchors, anchorsOf(e.seal(s))...)
		if n := e.number(`SELECT count(*) FROM audit_seal`); n != 2 {
			e.Errorf("%d seals", n)
		}
		e.insert(1, last.Add(-LateWindow-time.Microsecond), "too late")
		if found := e.check(AuditCheck(anchors)); !slices.Equal(found, []string{"audit.row_unsealed"}) {
			e.Errorf("too late: %v", found)
		}
	})
}

// Erasing a detail with its salt (law 09-08) is no violation; anything less is.
func TestErasure(t *testing.T) {
	t.Parallel()
	onEach(t, func(e *env) {
		e.insert(1, e.clock.Now(), "personal")
		e.clock.Advance(SealDelay)
		anchors := anchorsOf(e.seal(newSealer(e.T, e.db)))
		for _, c := range []struct{ sql, want string }{
			{`UPDATE audit SET detail = '{"input":"forged"}'`, "audit.detail_changed"},
			{`UPDATE audit SET salt = NULL`, "audit.detail_changed"},
			{`UPDATE audit SET detail = ''`, "audit.detail_changed"},
			{`UPDATE audit SET detail_digest = salt`, "audit.detail_changed audit.row_changed"},
			{`UPDATE audit SET detail = NULL, salt = NULL`, ""},
		} {
			var got []string
			err := e.db.Write(e.Context(), db.WriteOptions{DryRun: true}, func(ctx context.Context, tx db.Tx) error {
				if _, err := tx.Exec(ctx, c.sql); err != nil {
					return err
				}
				rep, err := AuditCheck(anchors).Run(ctx, tx)
				for _, f := range rep.Findings {
					got = append(got, f.Code)
				}
				return err
			})
			if err != nil || strings.Join(got, " ") != c.want {
				e.Errorf("%s: %v, want %q, %v", c.sql, got, c.want, err)
			}
		}
	})
}

func TestFindingsAreBounded(t *testing.T) {
	t.Parallel()
	var rep Report
	for range FindingsMax + 5 {
		rep.Found("a.b", "n", 1)
	}
	if len(rep.Findings) != FindingsMax {
		t.Errorf("%d findings", len(rep.Findings))
	}
}

func TestAcks(t *testing.T) {
	t.Parallel()
	onEach(t, func(e *env) {
		if _, err := e.askKey(admin, "shop.thing.add", "told", Input{"unit": "10", "name": "x"}); err != nil {
			e.Fatal(err)
		}
		if got := e.check(AcksCheck([]string{"told"})); len(got) != 0 {
			e.Errorf("found %v", got)
		}
		if got := e.check(AcksCheck([]string{"told", "never"})); !slices.Equal(got, []string{"key.lost"}) {
			e.Errorf("found %v", got)
		}
	})
}
