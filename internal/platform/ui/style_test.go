package ui

import (
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func read(t *testing.T, names ...string) string {
	t.Helper()
	var all strings.Builder
	for _, name := range names {
		content, err := os.ReadFile("static/" + name)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(content)
	}
	return regexp.MustCompile(`(?s)/\*.*?\*/`).ReplaceAllString(all.String(), "")
}

// TestLogicalPropertiesOnly keeps Arabic possible: no property names a side.
func TestLogicalPropertiesOnly(t *testing.T) {
	t.Parallel()
	css := read(t, "wasl.css", "wasl-parts.css", "wasl-charts.css", "wasl-counter.css")
	sided := regexp.MustCompile(`(?:^|[\s;{])((?:(?:margin|padding|border)-)?(?:left|right|top|bottom)|(?:(?:min|max)-)?(?:width|height))\s*:`)
	for _, found := range sided.FindAllStringSubmatch(css, -1) {
		t.Errorf("%s names a side: use the logical property", found[1])
	}
	for _, word := range []string{"text-align: left", "text-align: right", "float: left", "float: right", "@import", "url(", "http:", "https:"} {
		if strings.Contains(css, word) {
			t.Errorf("the style sheet holds %q", word)
		}
	}
	for _, class := range regexp.MustCompile(`\.([a-zA-Z][\w-]*)`).FindAllStringSubmatch(regexp.MustCompile(`\{[^{}]*\}`).ReplaceAllString(css, "{}"), -1) {
		if !strings.HasPrefix(class[1], "w-") {
			t.Errorf("the class %s is not prefixed", class[1])
		}
	}
}

// block gives the tokens set between a selector and its closing brace.
func block(t *testing.T, css, selector string) map[string]string {
	t.Helper()
	_, after, found := strings.Cut(css, selector+" {")
	if !found {
		t.Fatalf("no rule %s", selector)
	}
	body, _, _ := strings.Cut(after, "}")
	tokens := map[string]string{}
	for _, m := range regexp.MustCompile(`--w-([a-z-]+): (#[0-9a-f]+);`).FindAllStringSubmatch(body, -1) {
		tokens[m[1]] = m[2]
	}
	return tokens
}

func themes(t *testing.T) (light, dark map[string]string) {
	t.Helper()
	css := read(t, "wasl.css")
	light, dark = block(t, css, ":root"), block(t, css, `:root[data-theme="dark"]`)
	system := block(t, css, `:root:not([data-theme="light"])`)
	if len(light) != len(dark) || len(dark) != len(system) {
		t.Errorf("the themes set %d, %d and %d tokens", len(light), len(dark), len(system))
	}
	for name, value := range dark {
		if system[name] != value {
			t.Errorf("%s is %s when chosen and %s by the system", name, value, system[name])
		}
	}
	return light, dark
}

// TestTokens holds the colours to the table of the design.
func TestTokens(t *testing.T) {
	t.Parallel()
	light, dark := themes(t)
	for name, want := range map[string][2]string{
		"bg": {"#f3f5f7", "#11161d"}, "surface": {"#fff", "#19202a"}, "ink": {"#1b2330", "#e4e8ee"}, "muted": {"#566072", "#a2adbc"},
		"line": {"#dde2e8", "#2b3542"}, "line-strong": {"#b9c1cc", "#465264"}, "control": {"#7f8a9b", "#74819a"},
		"action": {"#1a5ab8", "#84b4f7"}, "action-tint": {"#e7effb", "#1b2e49"}, "wrong": {"#b01e1e", "#ff9d95"}, "wrong-tint": {"#fdeceb", "#3c1d1e"},
		"waits": {"#835000", "#f1c369"}, "waits-tint": {"#fff2d6", "#372a10"}, "settled": {"#1a6b3a", "#85d19f"}, "settled-tint": {"#e5f3e9", "#15301f"},
		"bar": {"#4d72a5", "#7398cc"},
	} {
		if light[name] != want[0] || dark[name] != want[1] {
			t.Errorf("%s is %s and %s, want %v", name, light[name], dark[name], want)
		}
	}
}

// luminance is the relative luminance of WCAG 2.
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	hex = strings.TrimPrefix(hex, "#")
	if len(hex) == 3 {
		hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
	}
	n, err := strconv.ParseUint(hex, 16, 32)
	if err != nil || len(hex) != 6 {
		t.Fatalf("colour %q", hex)
	}
	part := func(c uint64) float64 {
		v := float64(c&0xff) / 255
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*part(n>>16) + 0.7152*part(n>>8) + 0.0722*part(n)
}

// TestContrast computes the contrast of every pair the kit uses for text.
func TestContrast(t *testing.T) {
	t.Parallel()
	light, dark := themes(t)
	pairs := [][2]string{
		{"on-action", "action"},
		{"on-action", "action-hover"},
		{"surface", "wrong"},
		{"ink", "side"},
		{"muted", "side"},
		{"ink", "total"},
		{"muted", "total"},
		{"action", "total"},
	}
	for _, under := range []string{"bg", "surface", "action-tint"} {
		for _, over := range []string{"ink", "muted", "action", "wrong"} {
			pairs = append(pairs, [2]string{over, under})
		}
	}
	for _, tone := range []string{"action", "wrong", "waits", "settled"} {
		pairs = append(pairs, [2]string{tone, tone + "-tint"}, [2]string{tone, "surface"}, [2]string{"ink", tone + "-tint"})
	}
	for name, theme := range map[string]map[string]string{"light": light, "dark": dark} {
		for _, pair := range pairs {
			a, b := luminance(t, theme[pair[0]]), luminance(t, theme[pair[1]])
			if ratio := (max(a, b) + 0.05) / (min(a, b) + 0.05); ratio < 4.5 {
				t.Errorf("%s: %s on %s has a contrast of %.2f", name, pair[0], pair[1], ratio)
			}
		}
	}
}

// TestScriptsKeepThePolicy looks for what the policy would refuse, or what
// would turn a text into elements.
func TestScriptsKeepThePolicy(t *testing.T) {
	t.Parallel()
	js := read(t, "wasl.js", "wasl-widgets.js", "wasl-grid.js", "wasl-counter.js")
	for _, word := range []string{
		"eval(", "new Function", "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", ".style.", "setAttribute('style'",
		"http://", "https://", "localStorage",
	} {
		if strings.Contains(js, word) {
			t.Errorf("the script holds %q", word)
		}
	}
	if accents := regexp.MustCompile(`[à-ÿÀ-Ý]`).FindString(js); accents != "" {
		t.Error("the script says something by itself: its words come from the page")
	}
}
