package access_test

import (
	"strings"
	"testing"

	"wasl/internal/testkit/pagetest"
)

func TestAccessPages(t *testing.T) {
	t.Parallel()
	b := pagetest.SignedIn(t)
	matrix := b.Page("/access/matrix?module=access")
	columns, rows := pagetest.All(matrix, "#matrix thead .w-upright"), pagetest.All(matrix, "#matrix tbody tr")
	if len(columns) == 0 || len(columns) > 15 || len(rows) < 5 {
		t.Errorf("the matrix has %d columns and %d lines", len(columns), len(rows))
	}
	if got := len(pagetest.All(matrix, "#matrix tfoot td")); got != len(columns) {
		t.Errorf("%d totals for %d columns", got, len(columns))
	}
	if len(pagetest.All(matrix, "#matrix .w-cell-conflict")) == 0 || len(pagetest.All(matrix, "#matrix .w-cell-pending")) == 0 {
		t.Error("no conflict or no request is shown; the example has both")
	}
	wide := b.Page("/access/matrix?read=true&open=true")
	if got := len(pagetest.All(wide, "#matrix thead .w-upright")); got <= len(columns) {
		t.Errorf("unfolded: %d columns, want more than %d", got, len(columns))
	}
	users := b.Page("/access/users?search=idrissi")
	links := pagetest.All(users, "tbody tr[data-w-href]")
	if len(links) != 1 {
		t.Fatalf("%d people found, want one", len(links))
	}
	for _, a := range links[0].Attr {
		if a.Key == "data-w-href" {
			person := b.Page(a.Val)
			if len(pagetest.All(person, "#grants tbody tr")) == 0 || !strings.Contains(pagetest.Text(pagetest.All(person, "h1")[0]), "s.idrissi") {
				t.Error("the person's roles are not shown")
			}
		}
	}
	for _, path := range []string{"/access/users", "/access/roles", "/access/grants", "/access/review", "/me"} {
		if len(pagetest.All(b.Page(path), "main table")) == 0 {
			t.Errorf("%s shows no list", path)
		}
	}
	if len(pagetest.All(b.Page("/me/notices"), "main .w-empty")) != 1 {
		t.Error("no notice was delivered, and the page does not say what it is for")
	}
}
