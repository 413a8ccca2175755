package screen

import (
	"context"
	"strings"
	"testing"

	g "maragu.dev/gomponents"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/op"
)

// A part is drawn in its own zone, for one record or for several together, and only
// for those who may see it.
func TestParts(t *testing.T) {
	t.Parallel()
	one := func(word string) func(context.Context, *View, op.ID) (g.Node, error) {
		return func(_ context.Context, _ *View, id op.ID) (g.Node, error) { return g.Text(word + id.String()), nil }
	}
	v := viewAt(t, "/")
	v.Set.Add([]Part{
		{Record: "account", Render: one("a")},
		{Record: "account", Zone: Head, Together: func(_ context.Context, _ *View, ids []op.ID) (g.Node, error) {
			return g.Text(strings.Join(Several("n", ids), " ")), nil
		}},
		{Record: "account", Right: "ledger.secret", Render: one("secret")},
		{Record: "meter", Render: one("m")},
		{Record: "broken", Render: func(context.Context, *View, op.ID) (g.Node, error) { return nil, fault.New(fault.NotFound, "x.gone") }},
	})
	v.Rights = op.NewRights(nil)
	for _, c := range []struct {
		zone Zone
		kind string
		ids  []op.ID
		want string
	}{
		{Main, "account", []op.ID{7}, "a7"},
		{Main, "account", []op.ID{7, 8}, ""},
		{Head, "account", []op.ID{7, 8}, "n 7 n 8"},
		{Head, "account", nil, ""},
		{Side, "account", []op.ID{7}, ""},
		{Main, "meter", []op.ID{9}, "m9"},
	} {
		node, err := v.PartsIn(t.Context(), c.zone, c.kind, c.ids...)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		if node != nil {
			if err := node.Render(&b); err != nil {
				t.Fatal(err)
			}
		}
		if b.String() != c.want {
			t.Errorf("%q %s %v: %q, want %q", c.zone, c.kind, c.ids, b.String(), c.want)
		}
	}
	if _, err := v.Parts(t.Context(), "broken", 1); fault.CodeOf(err) != "x.gone" {
		t.Errorf("the failure of a part: %v", err)
	}
}
