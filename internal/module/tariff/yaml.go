package tariff

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
)

// nodesMax bounds the nodes read of one file, aliases followed.
const nodesMax = 500_000

// reader reads one file and gathers what is wrong with it.
type reader struct {
	file     string
	problems Problems
	nodes    int
}

// cursor is a place in the document.
type cursor struct {
	r    *reader
	node *yaml.Node
	path string
}

// document gives the one document of a file; false when there is none to read.
func (r *reader) document(source []byte) (cursor, bool) {
	top := cursor{r: r, node: &yaml.Node{}}
	if len(source) > FileBytesMax {
		top.tell("tariff.file_size", "max", FileBytesMax>>20)
		return top, false
	}
	decoder := yaml.NewDecoder(bytes.NewReader(source))
	var document yaml.Node
	if err := decoder.Decode(&document); err != nil {
		top.node.Line, top.node.Column = lineOf(err), 1
		top.tell("tariff.yaml")
		return top, false
	}
	if err := decoder.Decode(&yaml.Node{}); !errors.Is(err, io.EOF) {
		top.node.Line, top.node.Column = max(1, lineOf(err)), 1
		top.tell("tariff.one_document")
		return top, false
	}
	return top.step(document.Content[0], ""), true
}

// lineExpression finds the line in a message of the YAML reader.
var lineExpression = regexp.MustCompile(`line (\d+)`)

func lineOf(err error) int {
	if err == nil {
		return 1
	}
	found := lineExpression.FindStringSubmatch(err.Error())
	if found == nil {
		return 1
	}
	n, _ := strconv.Atoi(found[1]) // digits only; a number too long gives line 0
	return max(1, n)
}

// step goes to a node below, through an alias.
func (c cursor) step(node *yaml.Node, path string) cursor {
	c.r.nodes++
	if node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	return cursor{r: c.r, node: node, path: path}
}

// exhausted says that the file holds more than is read; told once.
func (c cursor) exhausted() bool {
	if c.r.nodes == nodesMax {
		c.r.nodes++
		c.tell("tariff.file_nodes", "max", nodesMax)
	}
	return c.r.nodes >= nodesMax
}

func (c cursor) at() Position { return Position{Line: c.node.Line, Column: c.node.Column} }

// tell notes a problem at this place.
func (c cursor) tell(code string, pairs ...any) {
	if len(c.r.problems) >= ProblemsMax {
		return
	}
	args := fault.New(fault.Invalid, code, pairs...).Args
	c.r.problems = append(c.r.problems, Problem{File: c.r.file, Position: c.at(), Path: c.path, Code: code, Args: args})
}

// list gives the elements of a list; none when it is no list or is too long.
func (c cursor) list(most int) []cursor {
	if c.node == nil {
		return nil
	}
	if c.node.Kind != yaml.SequenceNode {
		c.tell("tariff.not_list")
		return nil
	}
	if len(c.node.Content) > most {
		c.tell("tariff.list_long", "max", most)
		return nil
	}
	out := make([]cursor, 0, len(c.node.Content))
	for i, n := range c.node.Content {
		if c.exhausted() {
			break
		}
		out = append(out, c.step(n, c.path+"["+strconv.Itoa(i)+"]"))
	}
	return out
}

// member is one key of a mapping with its value.
type member struct {
	key   cursor
	value cursor
}

// members gives the keys of a mapping in order, each once.
func (c cursor) members() ([]member, bool) {
	if c.node.Kind != yaml.MappingNode {
		c.tell("tariff.not_map")
		return nil, false
	}
	var out []member
	seen := map[string]bool{}
	for i := 0; i+1 < len(c.node.Content) && !c.exhausted(); i += 2 {
		key := c.step(c.node.Content[i], c.path)
		name, ok := key.plainText()
		if !ok {
			continue
		}
		path := name
		if c.path != "" {
			path = c.path + "." + name
		}
		key.path = path
		if seen[name] {
			key.tell("tariff.key_twice", "key", name)
			continue
		}
		seen[name] = true
		out = append(out, member{key: key, value: c.step(c.node.Content[i+1], path)})
	}
	return out, true
}

// plainText gives a text scalar; anything else is told.
func (c cursor) plainText() (string, bool) {
	if c.node.Kind != yaml.ScalarNode || c.node.ShortTag() != "!!str" {
		c.tell("tariff.not_text")
		return "", false
	}
	if len(c.node.Value) > TextBytesMax {
		c.tell("tariff.too_long", "max", TextBytesMax)
		return "", false
	}
	if c.node.Value == "" || strings.ContainsFunc(c.node.Value, unicode.IsControl) || !printable(c.node.Value) {
		c.tell("tariff.text_form")
		return "", false
	}
	return c.node.Value, true
}

// printable refuses text that begins or ends with a space, or is no UTF-8.
func printable(s string) bool {
	return strings.TrimSpace(s) == s && strings.ToValidUTF8(s, "") == s
}

// named gives a text of at most NameBytesMax that matches an expression; nil matches
// everything, and code says what is wrong with another text.
func (c cursor) named(expression *regexp.Regexp, code string) string {
	s, ok := c.plainText()
	if !ok {
		return ""
	}
	if len(s) > NameBytesMax {
		c.tell("tariff.too_long", "max", NameBytesMax)
		return ""
	}
	if expression != nil && !expression.MatchString(s) {
		c.tell(code)
		return ""
	}
	return s
}

// oneOf gives a text that is one of a list.
func (c cursor) oneOf(values ...string) string {
	s, ok := c.plainText()
	if ok && !slices.Contains(values, s) {
		c.tell("tariff.word", "values", values)
		return ""
	}
	return s
}

// date gives a date written YYYY-MM-DD, in quotes or not.
func (c cursor) date() day.Date {
	if c.node.Kind != yaml.ScalarNode {
		c.tell("tariff.not_date")
		return day.Date{}
	}
	d, err := day.Parse(c.node.Value)
	if err != nil {
		c.tell("tariff.not_date")
	}
	return d
}

// truth gives true or false.
func (c cursor) truth() bool {
	if c.node.Kind != yaml.ScalarNode || c.node.Value != "true" && c.node.Value != "false" || c.node.ShortTag() != "!!bool" {
		c.tell("tariff.not_bool")
		return false
	}
	return c.node.Value == "true"
}

// decimal reads a number in quotes with the decimals of its type, from 0 to a bound.
func decimal[N money.Price | money.Quantity | money.Rate | money.Amount](c cursor, most N) N {
	if c.node.Kind != yaml.ScalarNode || c.node.ShortTag() != "!!str" {
		c.tell("tariff.not_decimal")
		return 0
	}
	n, err := money.ParsePlain[N](c.node.Value)
	return bounded(c, n, err, most)
}

// bounded tells what is wrong with a number that was read.
func bounded[N money.Price | money.Quantity | money.Rate | money.Amount](c cursor, n N, err error, most N) N {
	e := fault.As(err)
	switch {
	case e != nil && e.Code == "money.decimals":
		c.tell("tariff.decimals", "max", e.Args["max"])
	case e != nil && e.Code != "money.overflow":
		c.tell("tariff.not_decimal")
	case err == nil && n < 0:
		c.tell("tariff.negative")
	case err != nil || n > most:
		c.tell("tariff.too_big", "max", most)
	default:
		return n
	}
	return 0
}

// whole reads an integer, in quotes or not, in thousandths.
func (c cursor) whole() money.Quantity {
	if c.node.Kind != yaml.ScalarNode || c.node.ShortTag() != "!!int" && c.node.ShortTag() != "!!str" ||
		c.node.Value == "" || strings.Trim(c.node.Value, "0123456789") != "" {
		c.tell("tariff.not_integer")
		return 0
	}
	n, err := money.ParsePlain[money.Quantity](c.node.Value)
	return bounded(c, n, err, QuantityMax)
}
