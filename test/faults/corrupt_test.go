package faults

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"wasl/internal/app"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/auth"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
	"wasl/internal/testkit/dbtest"
)

const rounds = 3

// sealed is the utility with three seals on the chains of two agences, numbered
// proposals, a token and a live session.
func sealed(t testing.TB, engine string) *apptest.World {
	t.Helper()
	w := kit.Open(t, engine, apptest.Options{Demo: true})
	for i := range rounds {
		for _, code := range []string{"A1", "A2"} {
			w.Must(apptest.Console(apptest.Admin), "org.unit.update", about(
				"id", w.Units[code], "version", unitVersion(w, w.Units[code]), "address", fmt.Sprint("Rue ", i)))
		}
		w.Must(apptest.Console(apptest.Own.Chef()), "access.grant.add", about(
			"user", w.At[apptest.Own].Agent, "role", w.Roles["HABILITATION"], "unit", w.At[apptest.Own].Unit, "reason", fmt.Sprint("Demande ", i)))
		w.Clock.Advance(20 * time.Minute)
		if err := w.App.Seal(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	w.Must(apptest.Console(apptest.Actor), "me.token_add", about("name", "Relevés", "expires_on", w.App.Today().AddDays(30).String()))
	w.NewSession(apptest.Actor)
	return w
}

func unitVersion(w *apptest.World, id op.ID) string {
	res := w.Must(apptest.Console(apptest.Admin), "org.unit.show", about("id", id))
	for _, c := range w.App.Registry.Find("org.unit.show").Columns {
		if n, ok := c.Value(res.Out).(int64); ok && c.Name == "version" {
			return fmt.Sprint(n)
		}
	}
	return ""
}

// damage is what somebody with access to the database does behind the program's
// back. Each statement must change a row.
type damage struct {
	name string
	// code is the finding that must name it; check the invariant it stands under.
	check, code string
	note        bool
	acks        []string
	sql         []string
	// before makes what is damaged.
	before func(w *apptest.World)
	do     func(ctx context.Context, w *apptest.World, tx db.Tx) error
	// then goes on after the transaction.
	then func(t *testing.T, w *apptest.World)
}

func (d damage) apply(t *testing.T, w *apptest.World) {
	t.Helper()
	if d.before != nil {
		d.before(w)
	}
	err := w.App.DB.Write(t.Context(), db.WriteOptions{Timeout: time.Minute}, func(ctx context.Context, tx db.Tx) error {
		for _, sql := range d.sql {
			n, err := tx.Exec(ctx, sql)
			if err != nil {
				return fmt.Errorf("%s: %w", sql, err)
			}
			if n == 0 && !strings.HasPrefix(sql, "DROP") {
				return errors.New("nothing was damaged by " + sql)
			}
		}
		if d.do != nil {
			return d.do(ctx, w, tx)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if d.then != nil {
		d.then(t, w)
	}
}

// found says whether a check names a code; otherwise what it found instead.
func found(checks []app.CheckResult, name, code string, note bool) (bool, string) {
	var all []string
	for _, c := range checks {
		list := c.Findings
		if note {
			list = c.Notes
		}
		for _, f := range list {
			if c.Name == name && f.Code == code {
				return true, ""
			}
			all = append(all, c.Name+": "+f.Code)
		}
	}
	return false, strings.Join(all, ", ")
}

// A database nobody touched gives no finding, now, and when the program has been
// stopped for a month.
func TestVerifyOfASoundDatabase(t *testing.T) {
	t.Parallel()
	for _, engine := range dbtest.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			w := sealed(t, engine)
			verifies(t, w.App, nil)
			w.Clock.Advance(30 * 24 * time.Hour)
			verifies(t, w.App, []string{})
		})
	}
}

// Every kind of corruption is named.
func TestVerifyNamesCorruption(t *testing.T) {
	t.Parallel()
	all := slices.Concat(
		auditDamages(), sealDamages(), keyDamages(), treeDamages(), accessDamages(),
		importDamages(), customerDamages(), tariffDamages(), ledgerDamages(), billingDamages(), collectionDamages(),
	)
	for _, engine := range engines() {
		for _, d := range all {
			t.Run(engine+"/"+d.name, func(t *testing.T) {
				t.Parallel()
				w := sealed(t, engine)
				d.apply(t, w)
				checks, err := w.App.Verify(t.Context(), d.acks)
				if err != nil {
					t.Fatal(err)
				}
				if ok, others := found(checks, d.check, d.code, d.note); !ok {
					t.Errorf("%s %s not found, only %s", d.check, d.code, others)
				}
			})
		}
	}
}

// importDamages are those of files taken in. What a module holds of a batch is
// damaged in its own tests.
func importDamages() []damage {
	return []damage{
		{name: "import counts", check: "IMPORT", code: "import.counts", sql: []string{`UPDATE import_batch SET rejected = rejected + 1`}},
		{name: "import left hidden", check: "IMPORT", code: "import.pending", sql: []string{`UPDATE import_batch SET pending = (1 = 1)`}},
	}
}

// one is the audit row that is damaged: the oldest, long sealed.
const one = ` WHERE id = (SELECT min(id) FROM audit)`

func auditDamages() []damage {
	var out []damage
	for column, value := range map[string]string{
		"operation": `'org.unit.list'`, "outcome": `'refused'`, "channel": `'job'`, "actor_id": `actor_id + 1`, "approver_id": `7`, "unit_id": `unit_id + 1`,
		"subject_kind": `'moon'`, "subject_id": `subject_id + 1`, "request_id": `'other'`, "detail_digest": `salt`,
	} {
		out = append(out, damage{name: "audit " + column, check: "O6", code: "audit.row_changed", sql: []string{`UPDATE audit SET ` + column + ` = ` + value + one}})
	}
	return append(out,
		damage{name: "audit instant", check: "O6", code: "audit.row_changed", do: func(ctx context.Context, _ *apptest.World, tx db.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE audit SET recorded_at = $1`+one, tx.Now().Add(-24*time.Hour))
			return err
		}},
		damage{name: "audit detail", check: "O6", code: "audit.detail_changed", sql: []string{`UPDATE audit SET detail = '{"input":{}}'` + one}},
		damage{name: "audit salt", check: "O6", code: "audit.detail_changed", sql: []string{`UPDATE audit SET salt = detail_digest` + one}},
		damage{name: "audit detail forged without its salt", check: "O6", code: "audit.detail_changed", sql: []string{`UPDATE audit SET salt = NULL, detail = '{}'` + one}},
		damage{name: "audit row deleted", check: "O6", code: "audit.row_removed", sql: []string{`DELETE FROM audit` + one}},
		damage{name: "audit row inserted later", check: "O6", code: "audit.row_unsealed", do: func(ctx context.Context, _ *apptest.World, tx db.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO audit (id, recorded_at, operation, outcome, channel, actor_id, approver_id, unit_id, subject_kind, subject_id, request_id, salt,
				detail, detail_digest) SELECT 77, $1, operation, outcome, channel, actor_id, approver_id, unit_id, subject_kind, subject_id, request_id, salt,
				detail, detail_digest FROM audit`+one, tx.Now().Add(-24*time.Hour))
			return err
		}},
		damage{name: "audit rows swapped", check: "O6", code: "audit.row_changed", sql: []string{
			`UPDATE audit SET id = -1 WHERE id = (SELECT min(id) FROM audit)`,
			`UPDATE audit SET id = (SELECT min(id) - 1 FROM audit WHERE id > 0) WHERE id = (SELECT min(id) FROM audit WHERE id > 0)`,
			`UPDATE audit SET id = (SELECT min(id) + 1 FROM audit WHERE id > 0) WHERE id = -1`,
		}},
	)
}

// chain is that of the first agence, with its three seals or more.
const chain = ` WHERE chain_id = (SELECT id FROM unit WHERE code = 'A1')`

// bytesOf changes one column of bytes of a seal of the chain.
func bytesOf(column string, change func([]byte) []byte) func(context.Context, *apptest.World, db.Tx) error {
	return func(ctx context.Context, w *apptest.World, tx db.Tx) error {
		var body []byte
		if _, err := db.ScanOne(ctx, tx, `SELECT `+column+` FROM audit_seal`+chain+` AND seq = 2`, nil, &body); err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `UPDATE audit_seal SET `+column+` = $1`+chain+` AND seq = 2`, change(bytes.Clone(body)))
		if err == nil && n != 1 {
			err = fmt.Errorf("%d seals", n)
		}
		return err
	}
}

func flip(at int) func([]byte) []byte {
	return func(b []byte) []byte {
		b[(at+len(b))%len(b)] ^= 0x40
		return b
	}
}

func sealDamages() []damage {
	o6 := func(name, code string, sql ...string) damage {
		return damage{name: name, check: "O6", code: code, sql: sql}
	}
	withBytes := func(name, code, column string, change func([]byte) []byte) damage {
		return damage{name: name, check: "O6", code: code, do: bytesOf(column, change)}
	}
	return []damage{
		o6("seal deleted in the middle", "audit.seal_gap", `DELETE FROM audit_seal`+chain+` AND seq = 2`),
		o6("first seal deleted", "audit.seal_gap", `DELETE FROM audit_seal`+chain+` AND seq = 1`),
		o6("last seal cut off", "audit.anchor_lost", `DELETE FROM audit_seal`+chain+` AND seq = (SELECT max(seq) FROM audit_seal`+chain+`)`),
		o6("all seals cut off", "audit.anchor_lost", `DELETE FROM audit_seal`),
		o6("seals and rows cut off", "audit.anchor_lost", `DELETE FROM audit WHERE id > (SELECT min(id) FROM audit)`, `DELETE FROM audit_seal WHERE seq > 1`),
		o6("seals swapped", "audit.seal_changed", `UPDATE audit_seal SET seq = -1`+chain+` AND seq = 2`, `UPDATE audit_seal SET seq = 2`+chain+` AND seq = 3`,
			`UPDATE audit_seal SET seq = 3`+chain+` AND seq = -1`),
		withBytes("members edited", "audit.seal_changed", "members", flip(-1)),
		withBytes("members cut", "audit.seal_damaged", "members", func(b []byte) []byte { return b[:len(b)-3] }),
		o6("count of members", "audit.seal_damaged", `UPDATE audit_seal SET member_count = member_count + 1`+chain+` AND seq = 2`),
		withBytes("signature replaced", "audit.signature_wrong", "signature", flip(5)),
		withBytes("hash replaced", "audit.seal_changed", "hash", flip(5)),
		withBytes("previous hash changed", "audit.link_broken", "previous_hash", flip(5)),
		o6("seal under another chain", "audit.row_sealed_twice", `INSERT INTO audit_seal (chain_id, seq, members, member_count, until, previous_hash, hash, sealed_at, key_id, signature)
			SELECT chain_id + 1, 1, members, member_count, until, previous_hash, hash, sealed_at, key_id, signature FROM audit_seal`+chain+` AND seq = 1`),
		o6("public key removed", "audit.key_unknown", `DELETE FROM signing_key`),
		{name: "public key replaced", check: "O6", code: "audit.key_changed", do: func(ctx context.Context, _ *apptest.World, tx db.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE signing_key SET public_key = $1`, bytes.Repeat([]byte{9}, ed25519.PublicKeySize))
			return err
		}},
		{
			name: "everything sealed anew by a stranger", check: "O6", code: "audit.anchor_lost", then: forge,
			sql: []string{`DELETE FROM audit_seal`, `DELETE FROM signing_key`, `UPDATE audit SET actor_id = 5`},
		},
	}
}

// forge seals the whole audit again with a key of its own.
func forge(t *testing.T, w *apptest.World) {
	t.Helper()
	signer, err := op.NewSigner(bytes.Repeat([]byte{4}, ed25519.SeedSize))
	if err != nil {
		t.Fatal(err)
	}
	forger := &op.Sealer{DB: w.App.DB, Signer: signer, ChainOf: w.App.Org.Places().AgencyOf, Delay: op.SealDelay}
	if heads, err := forger.Run(t.Context()); err != nil || len(heads) < 3 {
		t.Fatalf("%d seals, %v", len(heads), err)
	}
}

func keyDamages() []damage {
	last := `(SELECT max(number) FROM proposal)`
	return []damage{
		{
			name: "key without its audit row", check: "O2", code: "key.audit_missing",
			sql: []string{`UPDATE op_key SET audit_id = 5 WHERE audit_id = (SELECT min(audit_id) FROM op_key)`},
		},
		{
			name: "two keys of one audit row", check: "O2", code: "key.audit_shared",
			sql: []string{`UPDATE op_key SET audit_id = (SELECT max(audit_id) FROM op_key) WHERE audit_id = (SELECT min(audit_id) FROM op_key)`},
		},
		{
			name: "use of a right forgotten", check: "USES", code: "use.differs",
			sql: []string{`DELETE FROM right_use WHERE right_name = 'access.grant.add'`},
		},
		{
			name: "use of a right invented", check: "USES", code: "use.invented",
			sql: []string{`INSERT INTO right_use (user_id, right_name, used_at) SELECT max(user_id) + 1, 'access.grant.add', max(used_at) FROM right_use`},
		},
		{name: "acknowledged key lost", check: "O1", code: "key.lost", acks: []string{"told-done"}},
		{name: "number missing", check: "O5", code: "series.gap", sql: []string{`DELETE FROM proposal WHERE number = (SELECT min(number) FROM proposal)`}},
		{name: "last number missing", check: "O5", code: "series.gap", sql: []string{`DELETE FROM proposal WHERE number = ` + last}},
		{name: "number beyond the counter", check: "O5", code: "series.beyond", sql: []string{`UPDATE proposal SET number = 'D2026-1-09999' WHERE number = ` + last}},
		{name: "number of no series", check: "O5", code: "series.beyond", sql: []string{`UPDATE proposal SET number = 'D2031-1-00001' WHERE number = ` + last}},
		{name: "number without a shape", check: "O5", code: "series.shape", sql: []string{`UPDATE proposal SET number = 'XYZ' WHERE number = ` + last}},
		{name: "counter lowered", check: "O5", code: "series.beyond", sql: []string{`UPDATE series SET next = next - 1 WHERE kind = 'proposal'`}},
		{name: "counter raised", check: "O5", code: "series.gap", sql: []string{`UPDATE series SET next = next + 1 WHERE kind = 'proposal'`}},
		{name: "counter removed", check: "O5", code: "series.beyond", sql: []string{`DELETE FROM series WHERE kind = 'proposal'`}},
	}
}

func treeDamages() []damage {
	unit := func(code string) string { return `(SELECT id FROM unit WHERE code = '` + code + `')` }
	org := func(name, code string, sql ...string) damage {
		return damage{name: name, check: "ORG", code: code, sql: sql}
	}
	moving := ` WHERE unit_id = ` + unit("M-A1")
	return []damage{
		org("closure row missing", "org.closure", `DELETE FROM unit_closure WHERE unit_id = `+unit("C11")+` AND depth = 1`),
		org("closure row too many", "org.closure", `INSERT INTO unit_closure (ancestor_id, unit_id, valid_from, depth) VALUES (`+unit("A2")+`, `+unit("C11")+`, '1900-01-01', 3)`),
		org("closure row of a wrong date", "org.closure", `UPDATE unit_closure SET valid_to = '2020-06-01' WHERE unit_id = `+unit("C11")+` AND depth = 1`),
		org("attachments overlap", "org.overlap", `UPDATE unit_attachment SET valid_to = '2027-01-01'`+moving+` AND valid_to IS NOT NULL`),
		org("attachments leave a hole", "org.hole", `UPDATE unit_attachment SET valid_to = '2025-01-01'`+moving+` AND valid_to IS NOT NULL`),
		org("no attachment", "org.hole", `DELETE FROM unit_attachment WHERE unit_id = `+unit("U111")),
		org("circle", "org.circle", `UPDATE unit_attachment SET parent_id = `+unit("U111")+` WHERE unit_id = `+unit("C11")),
		org("two tops", "org.top", `DROP INDEX uq_unit__top`, `UPDATE unit SET kind = 'central' WHERE code = 'R2'`),
		org("no top", "org.top", `UPDATE unit SET kind = 'region' WHERE code = 'DC'`),
		org("wrong kind", "org.kind", `UPDATE unit SET kind = 'centre' WHERE code = 'R1'`),
	}
}

func accessDamages() []damage {
	first := ` WHERE id = (SELECT min(id) FROM access_grant)`
	access := func(name, code string, sql ...string) damage {
		return damage{name: name, check: "ACCESS", code: code, sql: sql}
	}
	return []damage{
		access("grant on a missing unit", "access.unit_unknown", `UPDATE access_grant SET unit_id = 77`+first),
		access("grant of a missing user", "access.grant_user", `UPDATE access_grant SET user_id = 77`+first),
		access("grant of a missing role", "access.grant_role", `UPDATE access_grant SET role_id = 77`+first),
		access("right of a missing role", "access.right_role", `INSERT INTO access_role_right (role_id, right_name) VALUES (77, 'org.unit.list')`),
		access("session of a missing user", "access.session_user", `UPDATE user_session SET user_id = 77`),
		access("token of a missing user", "access.token_user", `UPDATE api_token SET user_id = 77`),
		{
			name: "unknown right in a role", check: "ACCESS", code: "access.right_unknown", note: true,
			sql: []string{`INSERT INTO access_role_right (role_id, right_name) SELECT min(id), 'moon.visit' FROM access_role`},
		},
		access("no administrator left", "access.no_administrator", `UPDATE access_grant SET valid_from = '2020-01-01', valid_to = '2020-02-01'`),
		access("live session of a locked user", "access.session_live", `UPDATE app_user SET state = 'locked' WHERE login = 'acteur'`),
	}
}

// page finds where in the file the first page of a table or index lies.
func page(t *testing.T, w *apptest.World, name string) (at, size int64) {
	t.Helper()
	err := w.App.DB.Read(t.Context(), func(ctx context.Context, r db.Reader) error {
		root, err := db.Value[int64](ctx, r, `SELECT rootpage FROM sqlite_schema WHERE name = $1`, name)
		if err != nil {
			return err
		}
		size, err = db.Value[int64](ctx, r, `SELECT page_size FROM pragma_page_size`)
		at = (root - 1) * size
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return at, size
}

// A damaged page of a SQLite file is named, whether or not a check reads it.
func TestVerifyNamesADamagedPage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		spoil func(page []byte)
	}{
		{"login_place", func(p []byte) { p[0] = 0x77 }},                                // no kind of page
		{"holiday", func(p []byte) { binary.BigEndian.PutUint16(p[3:], 4000) }},        // too many cells
		{"ix_app_user__name", func(p []byte) { p[len(p)-3] ^= 0x11 }},                  // an entry of no row
		{"op_key", func(p []byte) { p[0] = 0x77 }},                                     // read by O2
		{"audit", func(p []byte) { clear(p) }},                                         // read by O6
		{"unit", func(p []byte) { binary.BigEndian.PutUint16(p[8:], 0xffff) }},         // read by ORG
		{"access_grant", func(p []byte) { binary.BigEndian.PutUint16(p[8:], 0xfff0) }}, // read by ACCESS
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := sealed(t, dbtest.SQLite)
			at, size := page(t, w, c.name)
			path := w.App.DB.Path()
			if err := w.App.Close(); err != nil {
				t.Fatal(err)
			}
			body, err := os.ReadFile(filepath.Clean(path))
			if err != nil {
				t.Fatal(err)
			}
			c.spoil(body[at : at+size])
			if err := os.WriteFile(path, body, 0o600); err != nil {
				t.Fatal(err)
			}
			a, err := app.Open(t.Context(), w.App.Config, app.Options{Now: w.Clock.Now, Password: auth.TestParams()})
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := a.Close(); err != nil {
					t.Error(err)
				}
			}()
			checks, err := a.Verify(t.Context(), nil)
			if err != nil {
				t.Fatalf("%s: %v", fault.CodeOf(err), err)
			}
			if ok, others := found(checks, "DB", "db.integrity", false); !ok {
				t.Errorf("not found, only %s", others)
			}
		})
	}
}
