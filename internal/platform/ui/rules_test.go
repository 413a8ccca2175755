package ui

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"pgregory.net/rapid"
)

// TestEveryViewKeepsTheRules holds every component to the rules of the package.
func TestEveryViewKeepsTheRules(t *testing.T) {
	t.Parallel()
	env := frenchEnv(t)
	for _, view := range GalleryViews() {
		t.Run(view, func(t *testing.T) {
			t.Parallel()
			node, err := Gallery(env, view)
			if err != nil {
				t.Fatal(err)
			}
			d := parse(t, node)
			checkPolicy(t, d)
			checkIDs(t, d)
			checkNames(t, d)
			if strings.Contains(textOf(d.root), "!ui.") {
				t.Error("a text of the kit has no French")
			}
			if slices.Contains([]string{"pick", "branch", "progress", "found"}, view) {
				return
			}
			d.count("h1", 1)
			d.count("main#main", 1)
			d.attr("a.w-skip", "href", "#main")
			d.attr("html", "lang", "fr")
		})
	}
}

// checkPolicy looks for what the Content-Security-Policy would refuse.
func checkPolicy(t *testing.T, d dom) {
	t.Helper()
	for _, n := range d.all("*") {
		for _, a := range n.Attr {
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") || strings.HasPrefix(a.Key, "hx-on") {
				t.Errorf("<%s> carries %s=%q", n.Data, a.Key, a.Val)
			}
			if slices.Contains([]string{"href", "action", "formaction", "src", "hx-get", "data-w-href", "data-w-back"}, a.Key) && safeURL(a.Val) != a.Val {
				t.Errorf("<%s> leads to %q", n.Data, a.Val)
			}
		}
	}
	d.count("style", 0)
	d.count("base", 0)
	for _, s := range d.all("script") {
		if textOf(s) != "" || !strings.HasPrefix(attrOf(s, "src"), AssetsPrefix) {
			t.Errorf("a script is not one of ours: %q", attrOf(s, "src"))
		}
	}
	for _, m := range d.all("img") {
		if !hasAttr(m, "alt") {
			t.Error("an image has no alt")
		}
	}
}

// checkIDs wants unique ids and references that lead somewhere.
func checkIDs(t *testing.T, d dom) {
	t.Helper()
	ids := map[string]bool{}
	for _, n := range d.all("[id]") {
		id := attrOf(n, "id")
		if id == "" || ids[id] {
			t.Errorf("the id %q of <%s> is empty or stands twice", id, n.Data)
		}
		ids[id] = true
	}
	for _, name := range []string{"for", "aria-describedby", "aria-labelledby", "aria-controls", "aria-owns", "form"} {
		for _, n := range d.all("[" + name + "]") {
			for _, id := range strings.Fields(attrOf(n, name)) {
				if !ids[id] {
					t.Errorf("%s of <%s> names %q, which is not on the page", name, n.Data, id)
				}
			}
		}
	}
	for _, n := range d.all(`a[href^="#"]`) {
		if id := strings.TrimPrefix(attrOf(n, "href"), "#"); id != "" && !ids[id] {
			t.Errorf("a link leads to #%s, which is not on the page", id)
		}
	}
}

// checkNames wants a name on everything one can act on.
func checkNames(t *testing.T, d dom) {
	t.Helper()
	labels := map[string]bool{}
	for _, l := range d.all("label[for]") {
		if textOf(l) == "" {
			t.Errorf("the label of %s is empty", attrOf(l, "for"))
		}
		labels[attrOf(l, "for")] = true
	}
	for _, n := range d.all("input:not([type=hidden]), select, textarea") {
		if !labels[attrOf(n, "id")] && attrOf(n, "aria-label") == "" {
			t.Errorf("the control %q has no label", attrOf(n, "name"))
		}
	}
	for _, n := range d.all("a[href], button, summary, [role=treeitem], [role=option]") {
		if textOf(n) == "" && attrOf(n, "aria-label") == "" {
			t.Errorf("<%s class=%q> has no name", n.Data, attrOf(n, "class"))
		}
	}
	for _, n := range d.all("table") {
		if len(dom{t, n}.all("caption")) != 1 || len(dom{t, n}.all("th:not([scope])")) != 0 {
			t.Error("a table has no caption, or a heading without scope")
		}
	}
}

const hostile = `"><script>alert(1)</script><img src=x onerror=alert(1)>'&amp;` + "\u202e"

// TestHostileValues puts hostile texts and addresses in every field of every
// component: the page keeps exactly the elements it has with harmless ones.
func TestHostileValues(t *testing.T) {
	t.Parallel()
	for _, view := range GalleryViews() {
		checkHostile(t, view, hostile)
	}
}

// TestArbitraryValues does the same with any text.
func TestArbitraryValues(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		view := rapid.SampledFrom(GalleryViews()).Draw(r, "view")
		checkHostile(t, view, "x"+rapid.StringN(0, 40, 120).Draw(r, "text"))
	})
}

func checkHostile(t *testing.T, view, value string) {
	t.Helper()
	harmless, poisoned := poisonedView(t, view, "word"), poisonedView(t, view, value)
	checkPolicy(t, poisoned)
	want, got := elements(harmless), elements(poisoned)
	if !slices.Equal(want, got) {
		t.Fatalf("%s: the elements change with the text %q", view, value)
	}
}

func elements(d dom) []string {
	var names []string
	for _, n := range d.all("*") {
		names = append(names, n.Data)
	}
	return names
}

func poisonedView(t *testing.T, view, value string) dom {
	t.Helper()
	var d galleryData
	if err := json.Unmarshal([]byte(galleryJSON), &d); err != nil {
		t.Fatal(err)
	}
	poison(reflect.ValueOf(&d).Elem(), value)
	env := Env{T: func(string, ...any) string { return value }}
	switch view {
	case "pick":
		return parse(t, env.PickerOptions(d.Pick))
	case "branch":
		return parse(t, env.TreeItems(d.Branch, 2))
	case "progress":
		return parse(t, env.Progress(d.Progress))
	case "found":
		return parse(t, env.SearchResults(d.Found))
	case "login":
		return parse(t, env.Bare(Bare{Title: value, Body: env.Form(d.Login), Flash: d.Notices}))
	}
	return parse(t, env.galleryPage(d, view))
}

// poison replaces every text of a value, and every address by a script; what
// decides the shape (kinds, tones, icons, ids, empty texts) stays.
func poison(v reflect.Value, value string) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			poison(v.Elem(), value)
		}
	case reflect.Slice:
		for i := range v.Len() {
			poison(v.Index(i), value)
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			v.SetMapIndex(key, reflect.ValueOf(value))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			poisonField(v.Type().Field(i).Name, v.Field(i), value)
		}
	}
}

func poisonField(name string, v reflect.Value, value string) {
	if v.Kind() != reflect.String {
		poison(v, value)
		return
	}
	if v.Type() != reflect.TypeFor[string]() || v.String() == "" {
		return
	}
	switch name {
	case "ID", "Order", "Group", "Kind", "Name", "Value", "Method":
	case "Href", "Action", "Post", "Remove", "Poll", "Lazy", "Source", "Suggest", "Cancel", "First", "Prev", "Next", "Logout", "LoginPath", "ClearHref",
		"FilterAction":
		v.SetString("javascript:" + value)
	default:
		v.SetString(value)
	}
}

func TestSafeURL(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"":                      "",
		"/unites?q=a:b":         "/unites?q=a:b",
		"?view=list":            "?view=list",
		"#main":                 "#main",
		"unites/KT":             "unites/KT",
		"https://example.org/":  "https://example.org/",
		"mailto:a@example.org":  "mailto:a@example.org",
		"javascript:alert(1)":   "#",
		" JavaScript:alert(1)":  "#",
		"java\nscript:alert(1)": "#",
		"data:text/html,x":      "#",
		"vbscript:x":            "#",
		"//example.org/x":       "#",
		`/\example.org`:         "#",
	} {
		if got := safeURL(address); got != want {
			t.Errorf("safeURL(%q) = %q, want %q", address, got, want)
		}
	}
}

// TestSafeURLNeverRunsAScript checks the addresses as a browser reads them:
// control characters and spaces before the scheme are dropped.
func TestSafeURLNeverRunsAScript(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		noise := rapid.StringOfN(rapid.SampledFrom([]rune(" \t\r\n\x00\x01\x0b/\\:jJaAvVsScript")), 0, 12, -1).Draw(r, "noise")
		got := safeURL(noise + "javascript:alert(1)")
		seen := strings.ToLower(strings.Map(func(c rune) rune {
			if c <= ' ' {
				return -1
			}
			return c
		}, got))
		if strings.HasPrefix(seen, "javascript:") {
			t.Fatalf("%q passes", noise)
		}
	})
}

func TestGalleryIsWhole(t *testing.T) {
	t.Parallel()
	if _, err := loadGallery(); err != nil {
		t.Fatalf("the invented data: %v", err)
	}
	node, err := Gallery(bareEnv(), "no such view")
	if err != nil {
		t.Fatal(err)
	}
	if parse(t, node).root.FirstChild.Type != html.DoctypeNode {
		t.Error("a page begins with its doctype")
	}
}
