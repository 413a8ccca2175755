package conformance

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
	"wasl/internal/testkit/dbtest"
)

// carriedOut carries a change out by API with its replays, then on fresh copies
// at the console and by page, and expects the same of all.
func (c *trial) carriedOut() {
	c.Helper()
	login, in := c.s.login(c.d), c.in[apptest.Own]
	const key = "suite-key-1"
	before := c.Dump()
	sign := func(in op.Input) answer {
		if c.s.refuse[op.API] == "" {
			return c.byAPI(c.token(login), in, "Idempotency-Key", key)
		}
		return c.inProcess(op.Credential{Channel: op.Web, Token: c.session(login), Address: apptest.Address}, in, key, false)
	}
	if code := c.s.refuse[op.API]; code != "" {
		if got := c.byAPI(c.token(login), in); got.code != code {
			c.Errorf("by API: want %s, got %v", code, got)
		}
	}
	second := ""
	if c.d.Access == op.Signed && c.s.refuse[op.API] != "" {
		second = c.NewSession(login)
		before = c.Dump()
	}
	first := sign(in)
	if !first.ok() {
		c.Fatalf("refused: %v", first)
	}
	if want := http.StatusAccepted; c.d.FourEyes && first.status != want || c.d.Kind == op.Job && first.status != want {
		c.Errorf("status %d, want %d", first.status, want)
	}
	after := c.Dump()
	if c.d.Name != "me.notice_read" && same(before, after) {
		c.Errorf("nothing changed")
	}
	if c.d.Access != op.Anyone {
		if second != "" {
			second = c.live(login, second)
		}
		settled := c.Dump()
		c.replayed(sign, second, first, key)
		c.sameAs(settled, "a replay")
	}
	if child := c.in[apptest.Child]; child != nil {
		if got := c.byAPI(c.token(login), child); !got.ok() {
			c.Errorf("child: %v", got)
		}
	}
	if c.Engine == dbtest.SQLite { // above the runner nothing knows the engine
		c.otherChannels(delta(c.World, before, after), first)
	}
}

// T is the test itself.
func (c *trial) T() *testing.T {
	t, _ := c.TB.(*testing.T)
	return t
}

// replayed sends the same again, then another input under the key.
func (c *trial) replayed(sign func(op.Input) answer, second string, first answer, key string) {
	c.Helper()
	in := c.in[apptest.Own]
	if second != "" {
		// The change may have ended the session: another one asks again.
		again := c.inProcess(op.Credential{Channel: op.Web, Token: second, Address: apptest.Address}, in, key, false)
		if !again.ok() {
			c.Errorf("replay: %v", again)
		}
		if c.s.lone == "" {
			other := c.inProcess(op.Credential{Channel: op.Web, Token: second}, c.otherInput(in), key, false)
			if other.code != "key.other_input" {
				c.Errorf("another input under the key: %v", other)
			}
		}
		return
	}
	again := sign(in)
	if !again.ok() || c.s.refuse[op.API] == "" && again.head.Get("Idempotency-Replayed") != "true" {
		c.Errorf("replay: %v", again)
	}
	if got, want := shown(c.d, again.json), shown(c.d, first.json); got != want {
		c.Errorf("replay answers %s, first %s", got, want)
	}
	if c.s.lone == "" {
		if other := sign(c.otherInput(in)); other.code != "key.other_input" || other.status != http.StatusConflict {
			c.Errorf("another input under the key: %v", other)
		}
	}
}

// live is a session that still is: a new password ends all of them.
func (c *trial) live(login, token string) string {
	if c.d.Name != "me.password" {
		return token
	}
	res := c.Must(op.Credential{Channel: op.Web, Address: apptest.Address}, "access.login", op.Input{"login": login, "password": c.in[apptest.Own]["password"]})
	return c.SecretOf("access.login", res.Out)
}

// shown is an answer without what is told once (secrets, effects).
func shown(d *op.Def, body map[string]any) string {
	kept := map[string]any{}
	for name, v := range body {
		secret := slices.ContainsFunc(d.Columns, func(c op.Column) bool { return c.Secret && c.Name == name })
		if !secret && name != "changes" {
			kept[name] = v
		}
	}
	out, _ := json.Marshal(kept)
	return string(out)
}

func same(a, b map[string][]string) bool {
	for table := range b {
		if table != "id_block" && !slices.Equal(a[table], b[table]) {
			return false
		}
	}
	return true
}

// otherChannels carries the change out at the console and by page, each on its
// own copy.
func (c *trial) otherChannels(want string, first answer) {
	t := c.T()
	t.Helper()
	engine := c.Engine
	if code := c.s.refuse[op.Console]; code != "" {
		x := open(t, engine, c.d.Name, c.s)
		if got := x.inProcess(x.console(x.s.login(x.d)), x.in[apptest.Own], "", false); got.code != code {
			t.Errorf("at the console: want %s, got %v", code, got)
		}
	} else {
		x := open(t, engine, c.d.Name, c.s)
		before := x.Dump()
		got := x.byCommand(x.s.login(x.d), x.in[apptest.Own], "k")
		if !got.ok() {
			t.Errorf("at the console: %v", got)
		} else if a, b := masked(x.World, shown(x.d, got.json)), masked(c.World, shown(c.d, first.json)); a != b && x.s.apart == "" {
			t.Errorf("the console answers %s, the API %s", a, b)
		}
		if now := delta(x.World, before, x.Dump()); now != want && x.s.apart == "" {
			t.Errorf("the console leaves\n%s\nand the API\n%s", now, want)
		}
	}
	x := open(t, engine, c.d.Name, c.s)
	before := x.Dump()
	got := x.byPage(x.session(x.s.login(x.d)), x.in[apptest.Own], url.Values{"_key": {"page-key-1"}})
	secret := slices.ContainsFunc(x.d.Columns, func(c op.Column) bool { return c.Secret }) && x.s.page == "" && x.d.Name != "me.password"
	switch {
	case secret && (got.status != http.StatusOK || !strings.Contains(got.body, "wasl_")):
		t.Errorf("by page: no secret shown: %v", got)
	case !secret && (got.status != http.StatusSeeOther || got.to == ""):
		t.Errorf("by page: %v", got)
	case !secret && !flashed(got.head):
		t.Errorf("by page: no word of the outcome: %v", got.head)
	}
	if now := delta(x.World, before, x.Dump()); now != want {
		t.Errorf("the page leaves\n%s\nand the API\n%s", now, want)
	}
	if again := x.byPage(x.session(x.s.login(x.d)), x.in[apptest.Own], url.Values{"_key": {"page-key-1"}}); x.s.page == "" && x.d.Name != "me.password" {
		if !again.ok() {
			t.Errorf("the form sent twice: %v", again)
		}
		if now := delta(x.World, before, x.Dump()); now != want {
			t.Errorf("the form sent twice leaves\n%s\nand once\n%s", now, want)
		}
	}
}

// flashed says that the answer carries the outcome to the next page, or a
// session: signing in needs no word.
func flashed(h http.Header) bool {
	for _, cookie := range h.Values("Set-Cookie") {
		if strings.HasPrefix(cookie, "wasl_flash=") || strings.HasPrefix(cookie, apptest.Cookie+"=") {
			return true
		}
	}
	return false
}

// private are the tables in which channels differ by nature: only the number of
// rows is compared.
func private(table string) bool {
	return slices.Contains([]string{"audit", "op_key", "user_session", "api_token", "access_link", "login_failure", "login_place"}, table)
}

// delta is what a change did to the tables, in words that do not depend on the
// ids given.
func delta(w *apptest.World, before, after map[string][]string) string {
	var out []string
	for table, rows := range after {
		if table == "id_block" || table == "unit_tree" || table == "access_stamp" {
			continue
		}
		if private(table) {
			if n := len(rows) - len(before[table]); n != 0 {
				out = append(out, fmt.Sprintf("%s %+d", table, n))
			}
			continue
		}
		for _, row := range without(rows, before[table]) {
			out = append(out, "+ "+table+" "+masked(w, row))
		}
		for _, row := range without(before[table], rows) {
			out = append(out, "- "+table+" "+masked(w, row))
		}
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

var (
	longNumber = regexp.MustCompile(`\d{13,16}`)
	differs    = regexp.MustCompile(`\\?"(channel|password_hash|request_id|input_hash|detail)\\?":\s?\\?"[^"\\]*\\?"`)
	digests    = regexp.MustCompile(`\$argon2id\$[^"]*`)
)

// masked hides the ids given since the world was made, and what tells a channel
// or a secret.
func masked(w *apptest.World, text string) string {
	text = longNumber.ReplaceAllStringFunc(text, func(digits string) string {
		if n, err := strconv.ParseInt(digits, 10, 64); err == nil && n > int64(w.LastID) {
			return "new"
		}
		return digits
	})
	return digests.ReplaceAllString(differs.ReplaceAllString(text, `"$1"`), "hash")
}
