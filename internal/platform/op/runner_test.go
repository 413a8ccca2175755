package op

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"pgregory.net/rapid"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/db"
)

func TestReplay(t *testing.T) {
	t.Parallel()
	onEach(t, func(e *env) {
		in := Input{"unit": "10", "name": "vanne"}
		first, err := e.askKey(admin, "shop.thing.add", "k1", in)
		if err != nil || first.Outcome != Done {
			e.Fatalf("%+v, %v", first, err)
		}
		second, err := e.askKey(admin, "shop.thing.add", "k1", in)
		if err != nil || second.Outcome != Replayed || !bytes.Equal(second.JSON, first.JSON) || second.Out != nil {
			e.Errorf("replay: %+v, %v", second, err)
		}
		// The same input written otherwise is the same input.
		third, err := e.askKey(admin, "shop.thing.add", "k1", Input{"unit": " 10 ", "name": "vanne  ", "amount": ""})
		if err != nil || third.Outcome != Replayed {
			e.Errorf("same input otherwise: %+v, %v", third, err)
		}
		_, err = e.askKey(admin, "shop.thing.add", "k1", Input{"unit": "10", "name": "vannes"})
		e.refused("other input", err, fault.Conflict, "key.other_input")
		_, err = e.askKey(admin, "shop.thing.buy", "k1", in)
		e.refused("other operation", err, fault.Conflict, "key.other_input")
		other, err := e.askKey(sibling, "shop.thing.add", "k1", Input{"unit": "20", "name": "vanne"})
		if err != nil || other.Outcome != Done || bytes.Equal(other.JSON, first.JSON) {
			e.Errorf("the key of somebody else: %+v, %v", other, err)
		}
		// A replay needs no right any more over what moved, but the right itself.
		e.people.set(admin, "shop.thing.add")
		_, err = e.askKey(admin, "shop.thing.add", "k1", in)
		e.refused("right lost", err, fault.Forbidden, "right.missing")
		if n := e.number(`SELECT count(*) FROM thing`); n != 2 {
			e.Errorf("%d things", n)
		}
		if n := e.number(`SELECT count(*) FROM audit`); n != 2 {
			e.Errorf("%d audit rows", n)
		}
	})
}

func TestKeyShape(t *testing.T) {
	t.Parallel()
	onEach(t, func(e *env) {
		in := Input{"unit": "10", "name": "x"}
		for _, key := range []string{strings.Repeat("k", KeyMax), "!~", "a/b:c"} {
			if _, err := e.askKey(admin, "shop.thing.add", key, in); err != nil {
				e.Errorf("%q: %v", key, err)
			}
		}
		_, err := e.askKey(admin, "shop.thing.add", strings.Repeat("k", KeyMax+1), in)
		e.refused("long", err, fault.Invalid, "key.too_long")
		for _, key := range []string{"a b", "é", "a\x00", "a\n", " "} {
			_, err := e.askKey(admin, "shop.thing.add", key, in)
			e.refused(fmt.Sprintf("%q", key), err, fault.Invalid, "key.shape")
		}
	})
}

func TestNewKey(t *testing.T) {
	t.Parallel()
	fixed := &Runner{Random: bytes.NewReader([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0xa, 0xb, 0xc, 0xd, 0xe, 0xff})}
	if got := fixed.NewKey(); got != "000102030405060708090a0b0c0d0eff" {
		t.Errorf("key %s", got)
	}
	broken := &Runner{Random: iotest.ErrReader(io.ErrUnexpectedEOF)}
	if a, b := broken.NewKey(), broken.NewKey(); a == b || len(a) < 20 {
		t.Errorf("without its source: %q %q", a, b)
	}
}

// A secret is given once: neither stored, nor in the audit, nor replayed.
func TestSecrets(t *testing.T) {
	t.Parallel()
	onEach(t, func(e *env) {
		in := Input{"name": "poste", "word": " sésame "}
		first, err := e.askKey(clerk, "shop.token", "k", in)
		if err != nil || first.Out.(secretOut).Token != "secret-1" {
			e.Fatalf("%+v, %v", first, err)
		}
		again, err := e.askKey(clerk, "shop.token", "k", in)
		if err != nil || again.Outcome != Replayed || string(again.JSON) != `{"shown":"abc…"}` {
			e.Errorf("replay: %s, %v", again.JSON, err)
		}
		stored := e.texts(`SELECT response FROM op_key UNION ALL SELECT detail FROM audit`)
		if len(stored) != 2 {
			e.Errorf("stored %q", stored)
		}
		for _, text := range stored {
			if strings.Contains(text, "secret-1") || strings.Contains(text, "sésame") || strings.Contains(text, `"word"`) {
				e.Errorf("a secret is stored: %s", text)
			}
		}
	})
}

// Two strangers who use the same key never share an answer.
func TestAnonymousKeys(t *testing.T) {
	t.Parallel()
	onEach(t, func(e *env) {
		knock := func(word string) (Result, error) {
			return e.run.Run(e.Context(), Request{Name: "shop.knock", Credential: Credential{Channel: Web}, Input: Input{"name": "x", "word": word}, Key: "same"})
		}
		for range 2 {
			res, err := knock("open")
			if err != nil || res.Outcome != Done || res.Out.(secretOut).Token != "door" {
				e.Fatalf("%+v, %v", res, err)
			}
		}
		if n := e.number(`SELECT count(*) FROM op_key WHERE actor_id = 0 AND idem_key <> 'same'`); n != 2 {
			e.Errorf("%d keys", n)
		}
	})
}

// A refusal with a trace keeps what was written, has an audit row and is its
// key's answer.
func TestKeep(t *testing.T) {
	t.Parallel()
	onEach(t, func(e *env) {
		knock := func(dry bool) error {
			_, err := e.run.Run(e.Context(), Request{
				Name: "shop.knock", Credential: as(clerk), Input: Input{"name": "Ali", "word": "wrong"}, Key: "k", DryRun: dry,
			})
			return err
		}
		e.refused("first", knock(false), fault.Unauthenticated, "door.closed")
		e.refused("second, same key", knock(false), fault.Unauthenticated, "door.closed")
		e.refused("dry run", knock(true), fault.Invalid, "operation.no_dry_run")
		if n := e.number(`SELECT times FROM thing_seen WHERE thing_id = 0`); n != 1 {
			e.Errorf("%d refusals counted", n)
		}
		if n := e.number(`SELECT count(*) FROM audit WHERE outcome = 'refused' AND actor_id = $1 AND operation = 'shop.knock'`, clerk); n != 1 {
			e.Errorf("%d refusals in the audit", n)
		}
		if n := e.number(`SELECT count(*) FROM op_key`); n != 1 {
			e.Errorf("%d keys", n)
		}
		var kept Refusal
		if err := Keep(io.EOF); !errors.As(err, &kept) || !errors.Is(err, io.EOF) || err.Error() != "EOF" {
			e.Error("Keep hides its error")
		}
	})
}

func TestDryRun(t *testing.T) {
	t.Parallel()
	onEach(t, func(e *env) {
		id := e.add(10, "vanne")
		before := e.dump()
		for name, in := range map[string]Input{
			"shop.thing.add":  {"unit": "10", "name": "pompe"},
			"shop.thing.set":  {"id": id.String(), "version": "1", "name": "autre"},
			"shop.thing.sell": {"id": id.String(), "version": "1", "name": "autre"},
			"shop.bulk":       {"count": "3"},
		} {
			res, err := e.run.Run(e.Context(), Request{Name: name, Credential: as(admin), Input: in, DryRun: true, Key: "dry"})
			if err != nil || res.Outcome != DryRun {
				e.Errorf("%s: %+v, %v", name, res, err)
			}
			if name == "shop.thing.set" && (len(res.Changes) != 1 || res.Changes[0].Before["name"] != "vanne" || res.Changes[0].After["name"] != "autre") {
				e.Errorf("what would change: %+v", res.Changes)
			}
		}
		if after := e.dump(); after != before {
			e.Errorf("a dry run changed\n%s\nto\n%s", before, after)
		}
		// The key is still free, and a failing dry run fails as the real one.
		if res, err := e.askKey(admin, "shop.thing.add", "dry", Input{"unit": "10", "name": "pompe"}); err != nil || res.Outcome != Done {
			e.Errorf("%+v, %v", res, err)
		}
		_, err := e.run.Run(e.Context(), Request{Name: "shop.thing.set", Credential: as(admin), Input: Input{"id": id.String(), "version": "9"}, DryRun: true})
		e.refused("stale", err, fault.Conflict, "row.stale")
	})
}

// dump is the content of the tables a command may change.
func (e *env) dump() string {
	e.Helper()
	var out []string
	for _, sql := range []string{
		`SELECT 'thing ' || id || ' ' || unit_id || ' ' || name || ' ' || amount || ' ' || version FROM thing ORDER BY id`,
		`SELECT 'seen ' || thing_id || ' ' || times FROM thing_seen ORDER BY thing_id`,
		`SELECT 'key ' || actor_id || ' ' || idem_key || ' ' || response || ' ' || audit_id FROM op_key ORDER BY actor_id, idem_key`,
		`SELECT 'audit ' || id || ' ' || operation || ' ' || outcome || ' ' || detail FROM audit ORDER BY id`,
		`SELECT 'event ' || id || ' ' || state || ' ' || attempts FROM outbox ORDER BY id`,
		`SELECT 'proposal ' || id || ' ' || number || ' ' || state || ' ' || version FROM proposal ORDER BY id`,
		`SELECT 'series ' || kind || ' ' || exercise || ' ' || next FROM series ORDER BY kind, exercise`,
	} {
		out = append(out, e.texts(sql)...)
	}
	return strings.Join(out, "\n")
}

func TestAccess(t *testing.T) {
	t.Parallel()
	onEach(t, func(e *env) {
		thing := func(unit string, amount ...string) Input {
			in := Input{"unit": unit, "name": "x"}
			if len(amount) > 0 {
				in["amount"] = amount[0]
			}
			return in
		}
		cases := []struct {
			what, name string
			user       int64
			in         Input
			kind       fault.Kind
			code       string
		}{
			{"own unit", "shop.thing.add", clerk, thing("10"), "", ""},
			{"unit below", "shop.thing.add", clerk, thing("11"), "", ""},
			{"at the limit", "shop.thing.add", clerk, thing("10", "1000.00"), "", ""},
			{"at the limit, a credit", "shop.thing.add", clerk, thing("10", "-1000.00"), "", ""},
			{"unit above", "shop.thing.add", clerk, thing("1"), fault.Forbidden, "scope.outside"},
			{"sibling", "shop.thing.add", clerk, thing("20"), fault.Forbidden, "scope.outside"},
			{"unknown unit", "shop.thing.add", clerk, thing("99"), fault.Forbidden, "scope.outside"},
			{"over the limit", "shop.thing.add", clerk, thing("10", "1000.01"), fault.Forbidden, "scope.over_limit"},
			{"over the limit, a credit", "shop.thing.add", clerk, thing("10", "-1000.01"), fault.Forbidden, "scope.over_limit"},
			{"over the limit, elsewhere", "shop.thing.add", clerk, thing("20", "1000.01"), fault.Forbidden, "scope.outside"},
			{"no limit", "shop.thing.add", admin, thing("10", "999999.00"), "", ""},
			{"no right", "shop.thing.add", nobody, thing("10"), fault.Forbidden, "right.missing"},
			{"no right, bad input", "shop.thing.add", nobody, Input{}, fault.Forbidden, "right.missing"},
			{"anonymous", "shop.thing.add", 0, thing("10"), fault.Unauthenticated, "unauthenticated"},
			{"central from the top", "shop.open", admin, Input{}, "", ""},
			{"central from below", "shop.open", clerk, Input{}, fault.Forbidden, "scope.outside"},
			{"signed", "shop.token", nobody, Input{"word": "x"}, "", ""},
			{"signed, anonymous", "shop.token", 0, Input{"word": "x"}, fault.Unauthenticated, "unauthenticated"},
			{"anyone", "shop.knock", 0, Input{"word": "open"}, "", ""},
			{"anyone, signed in", "shop.knock", nobody, Input{"word": "open"}, "", ""},
			{"old password", "shop.thing.add", newcomer, thing("10"), fault.Precondition, "password.change_first"},
			{"old password, his own", "shop.token", newcomer, Input{"word": "x"}, "", ""},
			{"invalid", "shop.thing.add", admin, Input{"unit": "10"}, fault.Invalid, "input.invalid"},
			{"console only", "shop.console", admin, Input{}, fault.Forbidden, "operation.console_only"},
			{"unknown operation", "shop.thing.fly", admin, Input{}, fault.NotFound, "operation.unknown"},
			{"a list is not run", "shop.thing.list", admin, Input{}, fault.NotFound, "operation.unknown"},
			{"unknown record", "shop.thing.show", admin, Input{"id": "123"}, fault.NotFound, "thing.unknown"},
		}
		for _, c := range cases {
			_, err := e.ask(c.user, c.name, c.in)
			e.refused(c.what, err, c.kind, c.code)
		}
		_, err := e.run.Run(e.Context(), Request{Name: "shop.console", Credential: Credential{Channel: Console, UserID: admin}})
		e.refused("console", err, "", "")
		_, err = e.run.Run(e.Context(), Request{Name: "shop.thing.add", Credential: Credential{Channel: API, Token: "stolen"}, Input: thing("10")})
		e.refused("wrong token", err, fault.Unauthenticated, "session.unknown")
		_, err = e.run.Run(e.Context(), Request{Name: "shop.thing.sell", Credential: Credential{Channel: System}, Input: Input{"id": "5", "version": "1"}})
		e.refused("the program itself, unknown record", err, fault.NotFound, "thing.unknown")
	})
}

func TestLimits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		amount, limit money.Amount
		want          bool
	}{
		{0, 0, true},
		{1, 0, false},
		{-1, 0, false},
		{100, 100, true},
		{-100, 100, true},
		{-101, 100, false},
		{math.MinInt64, math.MaxInt64, false},
		{math.MinInt64 + 1, math.MaxInt64, true},
		{math.MaxInt64, math.MaxInt64, true},
	} {
		if got := absAtMost(c.amount, c.limit); got != c.want {
			t.Errorf("%d within %d: %v", c.amount, c.limit, got)
		}
	}
}

// A query shows what lies within the right, narrowed to the unit chosen.
func TestScope(t *testing.T) {
	t.Parallel()
	onEach(t, func(e *env) {
		for _, unit := range []int64{1, 10, 11, 20} {
			e.add(unit, fmt.Sprint("n", unit))
		}
		low := money.Amount(5)
		e.people.set(second, "shop.thing.list", Root{Unit: 11, Limit: &low}, Root{Unit: 20})
		for _, c := range []struct {
			user, unit int64
			want       string
		}{
			{admin, 0, "n1 n10 n11 n20"},
			{admin, 10, "n10 n11"},
			{admin, 11, "n11"},
			{admin, 1, "n1 n10 n11 n20"},
			{clerk, 0, "n10 n11"},
			{clerk, 1, "n10 n11"},
			{clerk, 11, "n11"},
			{clerk, 20, "scope.outside"},
			{clerk, 99, "scope.outside"},
			{second, 0, "n11 n20"},
			{second, 1, "n11 n20"},
			{second, 10, "n11"},
			{second, 20, "n20"},
			{nobody, 0, "right.missing"},
			{0, 0, "unauthenticated"},
		} {
			var names []string
			begun := false
			_, err := e.run.Rows(e.Context(), Request{Name: "shop.thing.list", Credential: as(c.user), Unit: c.unit}, func(m ListMeta) error {
				begun = m.Def.Name == "shop.thing.list" && m.Actor.UserID == c.user && m.Today.String() == "2026-03-16"
				return nil
			}, func(row any) error {
				names = append(names, row.(thing).Name)
				return nil
			})
			got := strings.Join(names, " ") + fault.CodeOf(err)
			if got != c.want || begun != (err == nil) {
				e.Errorf("user %d, unit %d: %q, want %q; begun %v", c.user, c.unit, got, c.want, begun)
			}
		}
		id := e.add(20, "n20b")
		_, err := e.ask(clerk, "shop.thing.show", Input{"id": id.String()})
		e.refused("a record elsewhere", err, fault.Forbidden, "scope.outside")
		res := e.must(admin, "shop.thing.show", Input{"id": id.String()})
		want := fmt.Sprintf(`{"id":"%s","unit":"20","name":"n20b","amount":"0.00","version":1}`, id)
		if string(res.JSON) != want || res.Outcome != Done {
			e.Errorf("show: %s, want %s", res.JSON, want)
		}
	})
}

func TestRowsErrors(t *testing.T) {
	t.Parallel()
	onEach(t, func(e *env) {
		e.add(10, "a")
		ask := func(q Request, begin func(ListMeta) error, yield func(any) error) error {
			q.Credential = as(admin)
			_, err := e.run.Rows(e.Context(), q, begin, yield)
			return err
		}
		nop := func(any) error { return nil }
		e.refused("unknown", ask(Request{Name: "shop.none"}, nil, nop), fault.NotFound, "operation.unknown")
		e.refused("a command is no list", ask(Request{Name: "shop.open"}, nil, nop), fault.NotFound, "operation.unknown")
		e.refused("sort", ask(Request{Name: "shop.thing.list", Page: Page{Sort: "amount"}}, nil, nop), fault.Invalid, "input.invalid")
		e.refused("field", ask(Request{Name: "shop.thing.list", Input: Input{"x": "y"}}, nil, nop), fault.Invalid, "input.invalid")
		full := fault.New(fault.Limit, "disk.full")
		e.refused("yield", ask(Request{Name: "shop.thing.list"}, nil, func(any) error { return full }), fault.Limit, "disk.full")
		e.refused("begin", ask(Request{Name: "shop.thing.list"}, func(ListMeta) error { return full }, nop), fault.Limit, "disk.full")
	})
}

func TestAuditRow(t *testing.T) {
	t.Parallel()
	onEach(t, func(e *env) {
		res, err := e.run.Run(e.Context(), Request{
			Name: "shop.thing.add", Credential: Credential{Channel: Web, Token: "1"}, Input: Input{"unit": "11", "name": "vanne", "amount": "12,5"}, RequestID: "r-1",
		})
		if err != nil {
			e.Fatal(err)
		}
		id := res.Out.(thingRef).ID
		row := e.texts(`SELECT operation || ' ' || outcome || ' ' || channel || ' ' || actor_id || ' ' || approver_id || ' ' || unit_id || ' ' || subject_kind || ' ' ||
			subject_id || ' ' || request_id || ' ' || length(salt) || ' ' || length(detail_digest) FROM audit`)
		if want := fmt.Sprintf("shop.thing.add done web 1 0 11 thing %s r-1 16 32", id); len(row) != 1 || row[0] != want {
			e.Errorf("%q, want %q", row, want)
		}
		var detail Detail
		if err := json.Unmarshal([]byte(e.texts(`SELECT detail FROM audit`)[0]), &detail); err != nil {
			e.Fatal(err)
		}
		if string(detail.Input) != `{"unit":"11","name":"vanne","amount":"12.50"}` || len(detail.Changes) != 1 || detail.Changes[0].Before != nil ||
			detail.Changes[0].After["amount"] != "12.50" || detail.Changes[0].ID != id {
			e.Errorf("detail %+v", detail)
		}
		var entries []AuditEntry
		_, err = e.run.Rows(e.Context(), Request{Name: "audit.entry.list", Credential: as(admin), Input: Input{"subject": "thing", "subject_id": id.String()}}, nil, func(row any) error {
			entries = append(entries, row.(AuditEntry))
			return nil
		})
		if err != nil || len(entries) != 1 || !entries[0].RecordedAt.Equal(now()) || entries[0].Detail.Changes[0].Label != "vanne" {
			e.Fatalf("%+v, %v", entries, err)
		}
		shown := e.must(admin, "audit.entry.show", Input{"id": entries[0].ID.String()}).Out.(AuditEntry)
		if !reflect.DeepEqual(shown, entries[0]) {
			e.Errorf("shown %+v, listed %+v", shown, entries[0])
		}
		_, err = e.ask(sibling, "audit.entry.show", Input{"id": entries[0].ID.String()})
		e.refused("audit of another unit", err, fault.Forbidden, "scope.outside")
		_, err = e.ask(admin, "audit.entry.show", Input{"id": "1"})
		e.refused("unknown row", err, fault.NotFound, "audit.unknown")
	})
}

// The audit is narrowed by each of its filters and by the scope.
func TestAuditFilters(t *testing.T) {
	t.Parallel()
	onEach(t, func(e *env) {
		e.add(10, "a")
		e.clock.Advance(24 * time.Hour)
		e.add(20, "b")
		e.must(admin, "shop.open", nil)
		e.must(clerk, "shop.thing.add", Input{"unit": "11", "name": "c"})
		for want, in := range map[int]Input{
			4: {}, 3: {"from": "2026-03-17"}, 1: {"to": "2026-03-16"}, 0: {"from": "2026-03-18"}, 2: {"operation": "shop.thing.add", "actor": "1"},
		} {
			n := 0
			_, err := e.run.Rows(e.Context(), Request{Name: "audit.entry.list", Credential: as(admin), Input: in}, nil, func(any) error { n++; return nil })
			if err != nil || n != want {
				e.Errorf("%v: %d rows, want %d, %v", in, n, want, err)
			}
		}
		var seen []string
		_, err := e.run.Rows(e.Context(), Request{Name: "audit.entry.list", Credential: as(clerk)}, nil, func(row any) error {
			seen = append(seen, row.(AuditEntry).Unit.String())
			return nil
		})
		if err != nil || strings.Join(seen, " ") != "11 10" {
			e.Errorf("the clerk sees units %v, %v", seen, err)
		}
	})
}

// A commit without an answer is asked again under the same key: the change is
// there once.
func TestCommitWithoutAnswer(t *testing.T) {
	t.Parallel()
	onEach(t, func(e *env) {
		var once sync.Once
		e.hooks.set(nil, func(c db.Call, err error) error {
			if c.Kind == db.CallCommit && err == nil {
				once.Do(func() { err = db.ErrNoAnswer })
			}
			return err
		})
		res, err := e.askKey(admin, "shop.thing.add", "k", Input{"unit": "10", "name": "x"})
		// It is no replay to who asked once.
		if err != nil || res.Outcome != Done || len(res.Changes) != 1 || !strings.HasPrefix(string(res.JSON), `{"id":"`) {
			e.Fatalf("%+v, %v", res, err)
		}
		once = sync.Once{}
		secret, err := e.ask(clerk, "shop.token", Input{"word": "x"})
		if out, ok := secret.Out.(secretOut); err != nil || !ok || out.Token != "secret-1" {
			e.Errorf("what is told once was lost: %+v, %v", secret, err)
		}
		e.hooks.set(nil, nil)
		if n := e.number(`SELECT count(*) FROM thing`); n != 1 {
			e.Errorf("%d things", n)
		}
		if n := e.number(`SELECT count(*) FROM audit`); n != 2 {
			e.Errorf("%d audit rows", n)
		}
	})
}

func TestUploadsAreKept(t *testing.T) {
	t.Parallel()
	onEach(t, func(e *env) {
		e.must(admin, "shop.file", Input{"unit": "10", "file": NewUpload("a.txt", []byte("abc"))})
		e.must(admin, "shop.file", Input{"unit": "10"})
		if len(e.files.kept) != 1 || e.files.kept[0] != "abc" {
			e.Errorf("kept %q", e.files.kept)
		}
		detail := e.texts(`SELECT detail FROM audit WHERE detail LIKE '%a.txt%'`)
		if len(detail) != 1 || !strings.Contains(detail[0], `"sha256":"ba7816bf`) || strings.Contains(detail[0], "YWJj") {
			e.Errorf("audit of a file: %q", detail)
		}
		e.run.Files = nil
		e.must(admin, "shop.file", Input{"unit": "10", "file": NewUpload("a.txt", []byte("abd"))})
	})
}

func TestObserver(t *testing.T) {
	t.Parallel()
	onEach(t, func(e *env) {
		e.add(10, "x")
		if _, err := e.ask(nobody, "shop.open", nil); err == nil {
			e.Error("nobody opened")
		}
		if _, err := e.run.Rows(e.Context(), Request{Name: "shop.thing.list", Credential: as(admin)}, nil, func(any) error { return nil }); err != nil {
			e.Error(err)
		}
		var got []string
		for _, v := range e.events {
			got = append(got, fmt.Sprintf("%s %s %s %s", v.Def.Name, v.Channel, v.Outcome, fault.CodeOf(v.Err)))
			if v.Engine != e.db.Engine() || v.Took < 0 {
				e.Errorf("event %+v", v)
			}
		}
		want := "shop.thing.add api done |shop.open api  right.missing|shop.thing.list api done "
		if strings.Join(got, "|") != want {
			e.Errorf("seen %q, want %q", strings.Join(got, "|"), want)
		}
	})
}

func TestLook(t *testing.T) {
	t.Parallel()
	onEach(t, func(e *env) {
		look := func(c Credential) (names []string, err error) {
			err = e.run.Look(e.Context(), c, func(_ context.Context, x *Exec) error {
				names = x.Rights.Names()
				if x.Tx != nil || x.Actor.UserID != clerk || x.Places() == nil || x.Guard() == nil || x.Registry() != e.run.Registry {
					e.Errorf("looked at %+v", x)
				}
				return nil
			})
			return names, err
		}
		if names, err := look(as(clerk)); err != nil || len(names) == 0 {
			e.Errorf("%v, %v", names, err)
		}
		_, err := look(Credential{Channel: Web})
		e.refused("stranger", err, fault.Unauthenticated, "unauthenticated")
		_, err = look(Credential{Token: "stolen"})
		e.refused("stolen", err, fault.Unauthenticated, "session.unknown")
	})
}

func TestPurgeKeys(t *testing.T) {
	t.Parallel()
	onEach(t, func(e *env) {
		for _, key := range []string{"a", "b", "c"} {
			if _, err := e.askKey(admin, "shop.thing.add", key, Input{"unit": "10", "name": key}); err != nil {
				e.Fatal(err)
			}
		}
		e.clock.Advance(KeyLife)
		if _, err := e.askKey(admin, "shop.thing.add", "young", Input{"unit": "10", "name": "d"}); err != nil {
			e.Fatal(err)
		}
		purge := func(n int) (gone int64) {
			err := e.run.Within(e.Context(), func(ctx context.Context, x *Exec) (err error) {
				gone, err = PurgeKeys(ctx, x.Tx, n)
				return err
			})
			if err != nil {
				e.Fatal(err)
			}
			return gone
		}
		if n := purge(10); n != 0 {
			e.Errorf("%d keys of exactly 400 days are gone", n)
		}
		e.clock.Advance(time.Second)
		if a, b, c := purge(2), purge(2), purge(2); a != 2 || b != 1 || c != 0 {
			e.Errorf("purged %d, %d, %d", a, b, c)
		}
		if n := e.number(`SELECT count(*) FROM op_key WHERE idem_key = 'young'`); n != 1 {
			e.Error("the young key is gone")
		}
	})
}

func TestIDs(t *testing.T) {
	t.Parallel()
	for id, text := range map[ID]string{0: "null", 1: `"1"`, 1<<53 - 1: `"9007199254740991"`} {
		body, err := json.Marshal(id)
		if err != nil || string(body) != text {
			t.Errorf("%d: %s, %v", id, body, err)
		}
		var back ID
		if err := json.Unmarshal(body, &back); err != nil || back != id {
			t.Errorf("%s: %d, %v", body, back, err)
		}
	}
	var id ID
	for _, bad := range []string{"12", `"x"`, `{}`, `"1.0"`} {
		if err := json.Unmarshal([]byte(bad), &id); err == nil {
			t.Errorf("%s was read", bad)
		}
	}
}

func TestChangeKeepsWhatDiffers(t *testing.T) {
	t.Parallel()
	x := &Exec{runner: &Runner{}}
	a := thing{ID: 1, Name: "a", Version: 1}
	b := thing{ID: 1, Name: "b", Version: 2}
	var none *thing
	err := errors.Join(
		x.Change("thing", 1, "a", a, &b), x.Change("thing", 1, "a", none, a), x.Change("thing", 1, "a", a, nil), x.Change("token", 1, "", nil, secretOut{"s", "t"}),
	)
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(x.changes)
	want := `[{"kind":"thing","id":"1","label":"a","before":{"name":"a","version":1},"after":{"name":"b","version":2}},` +
		`{"kind":"thing","id":"1","label":"a","after":{"amount":"0.00","id":"1","name":"a","unit":null,"version":1}},` +
		`{"kind":"thing","id":"1","label":"a","before":{"amount":"0.00","id":"1","name":"a","unit":null,"version":1}},` +
		`{"kind":"token","id":"1","label":"","after":{"shown":"s"}}]`
	if err != nil || string(body) != want {
		t.Errorf("got  %s\nwant %s", body, want)
	}
	if err := x.Change("thing", 1, "", func() {}, nil); err == nil {
		t.Error("a function is no record")
	}
}

// wide has a field of each kind a record may carry.
type wide struct {
	ID     ID            `json:"id"`
	Name   string        `json:"name"`
	Maybe  *string       `json:"maybe"`
	On     day.Date      `json:"on"`
	Amount *money.Amount `json:"amount"`
	Open   bool          `json:"open"`
	N      int64         `json:"n"`
	Tags   []size        `json:"tags"`
	Token  string        `json:"token" out:"secret"`
}

func drawWide(rt *rapid.T, label string) wide {
	some := []string{"", "a", "é"}
	w := wide{
		ID: ID(rapid.Int64Range(0, 2).Draw(rt, label)), Name: rapid.SampledFrom(some).Draw(rt, label), Open: rapid.Bool().Draw(rt, label),
		N: rapid.Int64Range(-1, 1<<53).Draw(rt, label), Token: rapid.SampledFrom(some).Draw(rt, label), On: day.Of(now()).AddDays(rapid.IntRange(0, 2).Draw(rt, label)),
	}
	if rapid.Bool().Draw(rt, label) {
		w.Maybe = &some[rapid.IntRange(0, 2).Draw(rt, label)]
	}
	if rapid.Bool().Draw(rt, label) {
		a := money.Amount(rapid.Int64Range(-2, 2).Draw(rt, label))
		w.Amount = &a
	}
	if n := rapid.IntRange(0, 2).Draw(rt, label); n > 0 {
		w.Tags = []size{"small", "large"}[:n]
	}
	return w
}

// A change between two records is what their JSON objects differ in, whatever the
// way they are compared.
func TestChangeIsTheDifferenceOfObjects(t *testing.T) {
	t.Parallel()
	object := func(rt *rapid.T, w wide) map[string]any {
		body, err := json.Marshal(w)
		if err != nil {
			rt.Fatal(err)
		}
		m := map[string]any{}
		dec := json.NewDecoder(bytes.NewReader(body))
		dec.UseNumber()
		if err := dec.Decode(&m); err != nil {
			rt.Fatal(err)
		}
		delete(m, "token")
		return m
	}
	rapid.Check(t, func(rt *rapid.T) {
		before, after := drawWide(rt, "before"), drawWide(rt, "after")
		wantB, wantA := object(rt, before), object(rt, after)
		for name := range wantB {
			if reflect.DeepEqual(wantB[name], wantA[name]) {
				delete(wantB, name)
				delete(wantA, name)
			}
		}
		x := &Exec{runner: &Runner{}}
		if err := x.Change("wide", 1, "", before, &after); err != nil {
			rt.Fatal(err)
		}
		got, err := json.Marshal(x.changes)
		if err != nil {
			rt.Fatal(err)
		}
		want, err := json.Marshal([]Change{{Kind: "wide", ID: 1, Before: wantB, After: wantA}})
		if err != nil || string(got) != string(want) {
			rt.Fatalf("got  %s\nwant %s", got, want)
		}
	})
}
