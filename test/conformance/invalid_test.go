package conformance

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
)

// invalid sends wrong inputs made from the declaration of the fields: each
// attempt is wrong in as many fields as can be, and every one of them must be
// named on every channel.
func (c *trial) invalid() {
	c.Helper()
	login := c.s.login(c.d)
	for what, wrong := range c.wrongInputs() {
		api := c.byAPI(c.token(login), wrong.in)
		if api.status != http.StatusUnprocessableEntity || api.code != "input.invalid" {
			c.Errorf("%s by API: %v", what, api)
			continue
		}
		c.named(what+" by API", api.paths, wrong.paths)
		console := c.inProcess(c.console(login), wrong.in, "", false)
		if console.code != "input.invalid" {
			c.Errorf("%s at the console: %v", what, console)
		}
		c.named(what+" at the console", console.paths, wrong.paths)
		if !wrong.page || c.s.page != "" {
			continue
		}
		page := c.byPage(c.session(login), wrong.in, url.Values{"_key": {"wrong"}})
		if want := c.pageStatus(); page.status != want {
			c.Errorf("%s by page: want status %d, got %v", what, want, page)
		}
		if c.d.Kind == op.List {
			continue // filters are drawn by the page; its answer is the reason
		}
		for path, message := range api.paths {
			if !strings.Contains(page.body, message) {
				c.Errorf("%s by page: %s: %q is not shown", what, path, message)
			}
		}
	}
}

// pageStatus is the status of a refused form; a query shows the form that asks
// for its input.
func (c *trial) pageStatus() int {
	if c.d.Kind == op.Get {
		return http.StatusOK
	}
	return http.StatusUnprocessableEntity
}

func (c *trial) named(what string, got map[string]string, want []string) {
	c.Helper()
	for _, path := range want {
		if got[path] == "" && got[path+"[0]"] == "" {
			c.Errorf("%s: nothing is said of %s, only of %v", what, path, got)
		}
	}
	if len(got) != len(want) {
		c.Errorf("%s: faults %v, want %v", what, got, want)
	}
}

// wrong is an input with the fields at fault; page says that a page can send it.
type wrong struct {
	in    op.Input
	paths []string
	page  bool
}

func (c *trial) wrongInputs() map[string]wrong {
	valid := c.in[apptest.Own]
	out := map[string]wrong{}
	stranger := wrong{in: maps.Clone(valid), paths: []string{"zzz"}, page: c.d.Kind != op.List}
	stranger.in["zzz"] = "1"
	out["unknown field"] = stranger
	attempts := map[string]func(op.Field) (any, bool){"shape": badShape, "bounds": badBounds}
	for what, spoil := range attempts {
		w := wrong{in: maps.Clone(valid), page: true}
		for _, f := range c.d.Fields {
			if value, can := spoil(f); can {
				w.in[f.Name] = value
				w.paths = append(w.paths, f.Name)
			}
		}
		if len(w.paths) > 0 {
			out[what] = w
		}
	}
	missing := wrong{in: maps.Clone(valid), page: c.d.Kind != op.Get}
	for _, f := range c.d.Fields {
		if f.Required && !slices.Contains(c.d.PathParams(), f.Name) {
			delete(missing.in, f.Name)
			missing.paths = append(missing.paths, f.Name)
		}
	}
	if len(missing.paths) > 0 {
		out["missing"] = missing
	}
	return out
}

// badShape is a value that cannot be read as the field's type.
func badShape(f op.Field) (any, bool) {
	one := func(text string) (any, bool) {
		if f.Many {
			return []any{text}, true
		}
		return text, true
	}
	switch f.Type {
	case op.Ident, op.Number:
		return one("douze")
	case op.Date:
		return one("2026-02-30")
	case op.Flag:
		return one("peut-etre")
	case op.Amount, op.Decimal:
		return one("12,345,6")
	case op.Choice:
		return one("inconnu")
	case op.File:
		return one("texte")
	}
	if f.Pattern != "" {
		return one("§ pas ainsi §")
	}
	return one("a\x00b")
}

// badBounds is a value of the right shape beyond the field's bounds.
func badBounds(f op.Field) (any, bool) {
	switch {
	case f.Type == op.Ident && !f.Many:
		return "9007199254740993", true
	case f.Type == op.Number:
		return strconv.FormatInt(f.Max+1, 10), true
	case f.Type == op.Amount:
		return strconv.FormatInt(f.Max/100+1, 10), true
	case f.Type == op.Decimal:
		return strconv.FormatInt(f.Max/1000+1, 10), true
	case f.Type == op.Text && !f.Many:
		return strings.Repeat("A", int(f.Max)+1), true
	}
	return nil, false
}
