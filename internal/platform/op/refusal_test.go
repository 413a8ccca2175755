package op

import (
	"sync"
	"testing"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
)

// A kept refusal is counted once, even when its commit goes unanswered, and its key
// answers it again.
func TestRefusalIsKeptOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(e *env) {
		counted := func() int64 { return e.number(`SELECT times FROM thing_seen WHERE thing_id = 0`) }
		var once sync.Once
		e.hooks.set(nil, func(c db.Call, err error) error {
			if c.Kind == db.CallCommit && err == nil {
				once.Do(func() { err = db.ErrNoAnswer })
			}
			return err
		})
		_, err := e.ask(clerk, "shop.knock", Input{"name": "n", "word": "shut"})
		e.refused("without an answer", err, fault.Unauthenticated, "door.closed")
		e.hooks.set(nil, nil)
		if n := counted(); n != 1 {
			e.Errorf("counted %d times", n)
		}
		for range 2 {
			_, err := e.askKey(clerk, "shop.knock", "k", Input{"name": "n", "word": "shut"})
			e.refused("sent twice", err, fault.Unauthenticated, "door.closed")
		}
		if n, rows := counted(), e.number(`SELECT count(*) FROM audit`); n != 2 || rows != 2 {
			e.Errorf("counted %d times in %d rows of the audit, want 2 in 2", n, rows)
		}
		// corrected under the same key
		res, err := e.askKey(clerk, "shop.knock", "k", Input{"name": "n", "word": "open"})
		if err != nil || res.Outcome != Done {
			e.Errorf("corrected: %s, %v", res.Outcome, err)
		}
		res, err = e.askKey(clerk, "shop.knock", "k", Input{"name": "n", "word": "open"})
		if err != nil || res.Outcome != Replayed {
			e.Errorf("sent again: %s, %v", res.Outcome, err)
		}
		if found := e.check(KeyCheck()); len(found) != 0 {
			e.Errorf("keys: %v", found)
		}
	})
}

// Another secret under the same key is another input, and no digest of a secret can
// be made from the database alone.
func TestSecretsArePartOfTheInput(t *testing.T) {
	t.Parallel()
	onEach(t, func(e *env) {
		ask := func(word string) (Result, error) {
			return e.askKey(clerk, "shop.token", "k", Input{"name": "n", "word": word})
		}
		if res, err := ask("one"); err != nil || res.Outcome != Done {
			e.Fatalf("%s, %v", res.Outcome, err)
		}
		if res, err := ask("one"); err != nil || res.Outcome != Replayed {
			e.Errorf("the same: %s, %v", res.Outcome, err)
		}
		_, err := ask("two")
		e.refused("another word", err, fault.Conflict, "key.other_input")
		d, in := e.run.Registry.Find("shop.token"), &secretIn{Name: "n", Word: "one"}
		digest := func(pepper string) string {
			hash, err := (&Runner{Pepper: []byte(pepper)}).identity(d, in, []byte(`{"name":"n"}`))
			if err != nil {
				e.Fatal(err)
			}
			return string(hash)
		}
		first, again, other := digest("a"), digest("a"), digest("b")
		if first != again || first == other {
			e.Error("the digest is not that of the pepper")
		}
		if drawn, another := digest(""), digest(""); drawn == another {
			e.Error("two runners without a pepper share one")
		}
	})
}

func TestRefusalsAreStoredWhole(t *testing.T) {
	t.Parallel()
	for _, err := range []error{
		fault.New(fault.Unauthenticated, "login.refused"), fault.InvalidField("current", "password.wrong", "name", "x"),
		fault.New(fault.Limit, "too.many", "unit", "A1"),
	} {
		body, failed := writeRefusal(err)
		if failed != nil {
			t.Fatal(failed)
		}
		back, failed := readRefusal(string(body))
		if failed != nil || fault.KindOf(back) != fault.KindOf(err) || fault.CodeOf(back) != fault.CodeOf(err) || len(fault.As(back).Fields) != len(fault.As(err).Fields) {
			t.Errorf("%v came back as %v, %v", err, back, failed)
		}
	}
	if _, err := readRefusal("{"); fault.KindOf(err) != fault.Internal {
		t.Errorf("a damaged refusal: %v", err)
	}
}
