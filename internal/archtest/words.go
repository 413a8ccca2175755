package archtest

import (
	"bufio"
	"regexp"
	"slices"
	"strings"
)

// moduleNotes: each module says in its README what it owns, what it does not
// own, and what always holds in it.
func moduleNotes(t *Tree) []Finding {
	var found []Finding
	bodies := map[string]string{}
	for _, text := range t.Texts {
		bodies[text.Path] = strings.ToLower(text.Body)
	}
	for folder := range t.Folders {
		noun := moduleOf(folder)
		if noun == "" || folder != "internal/module/"+noun {
			continue
		}
		path := folder + "/README.md"
		if bodies[path] == "" {
			found = append(found, Finding{"notes", path, 0, "module " + noun + " has no README.md"})
			continue
		}
		for _, word := range []string{"owns", "does not own", "invariants"} {
			if !strings.Contains(bodies[path], word) {
				found = append(found, Finding{"notes", path, 1, "says nothing under “" + word + "”"})
			}
		}
	}
	return found
}

// forbiddenExpression joins the words of the table.
func forbiddenExpression() *regexp.Regexp {
	return regexp.MustCompile(`(` + strings.Join(forbiddenWordList(), `|`) + `)`)
}

// forbiddenWords: nothing unfinished, no name of a machine or of a download
// server in what is published. Lock files name servers by their nature.
func forbiddenWords(t *Tree) []Finding {
	var found []Finding
	expression := forbiddenExpression()
	for _, text := range t.Texts {
		if slices.Contains([]string{"package-lock.json", "go.sum"}, text.Path[strings.LastIndexByte(text.Path, '/')+1:]) {
			continue
		}
		found = append(found, wordsIn(expression, text.Path, text.Body)...)
	}
	return found
}

// wordsIn looks for the words, line by line.
func wordsIn(expression *regexp.Regexp, path, body string) []Finding {
	var found []Finding
	number := 0
	for line := range strings.Lines(body) {
		number++
		if word := expression.FindString(line); word != "" {
			found = append(found, Finding{"words", path, number, "forbidden word " + word})
		}
	}
	return found
}

// dependencyReasons: each direct dependency has its reason in a decision
// record.
func dependencyReasons(t *Tree) []Finding {
	var decisions strings.Builder
	var found []Finding
	for _, text := range t.Texts {
		if within(text.Path, "docs/adr") {
			decisions.WriteString(text.Body)
		}
	}
	for _, text := range t.Texts {
		if text.Path != "go.mod" {
			continue
		}
		for number, module := range directModules(text.Body) {
			if !strings.Contains(decisions.String(), module) {
				found = append(found, Finding{"dependencies", "go.mod", number, module + " has no reason in docs/adr"})
			}
		}
	}
	return found
}

// directModules gives the modules a go.mod requires directly, by line.
func directModules(body string) map[int]string {
	modules := map[int]string{}
	lines := bufio.NewScanner(strings.NewReader(body))
	inside := false
	for number := 1; lines.Scan(); number++ {
		line := strings.TrimSpace(lines.Text())
		switch {
		case line == "require (":
			inside = true
			continue
		case line == ")":
			inside = false
		case strings.HasPrefix(line, "require "):
			line = strings.TrimPrefix(line, "require ")
		case !inside:
			continue
		}
		if fields := strings.Fields(line); len(fields) == 2 {
			modules[number] = fields[0]
		}
	}
	return modules
}
