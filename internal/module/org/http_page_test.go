package org_test

import (
	"strings"
	"testing"

	"wasl/internal/testkit/pagetest"
)

func TestOrganisationPages(t *testing.T) {
	t.Parallel()
	b := pagetest.SignedIn(t)
	tree := b.Page("/org")
	if got := len(pagetest.All(tree, "#units [role=treeitem]")); got != 4 {
		t.Errorf("the tree shows %d units, want the top and its 3 regions", got)
	}
	found := b.Page("/org?find=oued+zem")
	if got := pagetest.All(found, "#found [role=treeitem]"); len(got) != 1 || !strings.Contains(pagetest.Text(got[0]), "Centre Oued Zem") {
		t.Errorf("found %d units", len(got))
	}
	if got := pagetest.All(found, "#units [aria-current]"); len(got) != 1 || !strings.Contains(pagetest.Text(got[0]), "OZ") {
		t.Errorf("the unit found is not the one selected")
	}
	if crumbs := pagetest.All(found, ".w-crumbs li"); len(crumbs) != 4 {
		t.Errorf("%d crumbs, want top, region, agency and centre", len(crumbs))
	}
	for _, path := range []string{"/org/list", "/org/import", "/org/import?step=import", "/org/entities", "/org/operators"} {
		if len(pagetest.All(b.Page(path), "main table, main form")) == 0 {
			t.Errorf("%s shows nothing", path)
		}
	}
	year := b.Page("/org/holidays?year=2026")
	if got := len(pagetest.All(year, "#holidays tbody tr")); got != 9 {
		t.Errorf("%d holidays, want the 9 of the example", got)
	}
	if got := len(pagetest.All(b.Page("/org/holidays?year=1999"), "#holidays .w-empty")); got != 1 {
		t.Error("a year without holiday does not say what to do")
	}
}
