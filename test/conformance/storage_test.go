package conformance

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"wasl/internal/app"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
	"wasl/internal/testkit/dbtest"
)

// each runs a parallel subtest per engine.
func each(t *testing.T, fn func(t *testing.T, w *apptest.World)) {
	t.Helper()
	for _, engine := range dbtest.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			fn(t, kit.Open(t, engine, apptest.Options{}))
		})
	}
}

// TestTableClasses: the live catalogue keeps the rules of the classes.
func TestTableClasses(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *apptest.World) {
		set, err := app.Migrations()
		if err != nil {
			t.Fatal(err)
		}
		if err := db.CheckCatalog(t.Context(), w.App.DB, set); err != nil {
			t.Error(err)
		}
	})
}

// TestOpenAPIListsEveryOperation: what the network may ask for, and nothing else.
func TestOpenAPIListsEveryOperation(t *testing.T) {
	t.Parallel()
	w := kit.Open(t, dbtest.SQLite, apptest.Options{})
	doc := endpoints(w)
	for _, d := range w.App.Registry.All() {
		e, listed := doc[d.Name]
		if listed == d.ConsoleOnly {
			t.Errorf("%s: listed %v, on the console only %v", d.Name, listed, d.ConsoleOnly)
		}
		if listed && (e.method != d.Method() || e.path != "/api/v1"+d.Path) {
			t.Errorf("%s: %s %s", d.Name, e.method, e.path)
		}
		delete(doc, d.Name)
	}
	for name := range doc {
		t.Errorf("%s is no operation", name)
	}
}

const (
	clients  = 16
	requests = 12
)

// TestManyClientsWithKeys: every client sends each change up to three times, at
// once and after answers it throws away; each key is applied exactly once.
func TestManyClientsWithKeys(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *apptest.World) {
		token, base := w.Token(apptest.Actor), w.Serve()
		var all sync.WaitGroup
		var mu sync.Mutex
		acked := map[string]string{}
		for c := range clients {
			all.Go(func() {
				for n := range requests {
					key := fmt.Sprintf("many-%02d-%02d", c, n)
					for id := range sendTwice(t, base, token, key, c*requests+n) {
						mu.Lock()
						if before := acked[key]; before != "" && before != id {
							t.Errorf("%s was answered %s and %s", key, before, id)
						}
						acked[key] = id
						mu.Unlock()
					}
				}
			})
		}
		all.Wait()
		if len(acked) != clients*requests {
			t.Errorf("%d keys acknowledged, want %d", len(acked), clients*requests)
		}
		ids, keys := map[string]bool{}, []string{}
		for key, id := range acked {
			ids[id] = true
			keys = append(keys, key)
		}
		if len(ids) != len(acked) {
			t.Errorf("%d records for %d keys", len(ids), len(acked))
		}
		if n := w.CountKeys(w.Users[apptest.Actor], "many-"); n != int64(len(acked)) {
			t.Errorf("%d keys stored, %d acknowledged", n, len(acked))
		}
		found := 0
		for _, row := range consoleRows(w, apptest.Admin, "org.unit.list", op.Input{"parent": w.Units["C11"].String()}) {
			if code, _ := row["code"].(string); strings.HasPrefix(code, "K-") {
				found++
			}
		}
		if found != len(acked) {
			t.Errorf("%d units made by %d keys", found, len(acked))
		}
		clean(t, w, keys)
	})
}

// sendTwice sends one change twice at the same time, and once more afterwards.
func sendTwice(t *testing.T, base *url.URL, token, key string, n int) map[string]bool {
	body := fmt.Sprintf(`{"code":"K-%04d","kind":"unit","name":"Guichet %d","parent":%q,"opened_on":"2026-01-01"}`, n, n, parentOf(t, base, token))
	var mu sync.Mutex
	ids := map[string]bool{}
	once := func() {
		for range 20 {
			id, again := post(t, base, token, key, body)
			if again {
				continue
			}
			mu.Lock()
			ids[id] = true
			mu.Unlock()
			return
		}
		t.Errorf("%s: never answered", key)
	}
	var both sync.WaitGroup
	both.Go(once)
	both.Go(once)
	both.Wait()
	once()
	return ids
}

// parentOf is the unit the new ones hang under.
func parentOf(t *testing.T, base *url.URL, token string) string {
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base.String()+"/api/v1/org/units?text=C11&kind=centre", nil)
	if err != nil {
		t.Error(err)
		return ""
	}
	r.Header.Set("Authorization", "Bearer "+token)
	got := send(t, r)
	items, _ := got.Object()["items"].([]any)
	if len(items) != 1 {
		t.Errorf("centre: %d, %.200s", got.Status, got.Body)
		return ""
	}
	row, _ := items[0].(map[string]any)
	id, _ := row["id"].(string)
	return id
}

// post sends a change; again says that the same must be sent once more.
func post(t *testing.T, base *url.URL, token, key, body string) (id string, again bool) {
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base.String()+"/api/v1/org/units", strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return "", false
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", key)
	got := send(t, r)
	if got.Status == http.StatusServiceUnavailable {
		return "", true
	}
	if got.Status != http.StatusOK {
		t.Errorf("%s: status %d, %.200s", key, got.Status, got.Body)
	}
	id, _ = got.Object()["id"].(string)
	return id, false
}

// clean verifies every invariant.
func clean(t *testing.T, w *apptest.World, keys []string) {
	t.Helper()
	found, err := w.App.Verify(t.Context(), keys)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range found {
		if c.Name == "O1" && c.Count != int64(len(keys)) {
			t.Errorf("O1 looked at %d keys", c.Count)
		}
		for _, f := range c.Findings {
			t.Errorf("%s: %s %v", c.Name, f.Code, f.Args)
		}
	}
}
