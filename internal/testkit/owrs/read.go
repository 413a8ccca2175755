package owrs

import (
	"fmt"
	"math/big"
	"regexp"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// A File is one rate file.
type File struct {
	Utility, Link, Unit string
	From                time.Time
	Classes             []*Class // in the order of the file
}

// A Class is the rates of one class of customers.
type Class struct {
	Name  string
	parts map[string]*part
}

// A kind says what a part is.
type kind int

const (
	isFormula kind = iota // a number is a formula too
	isList
	isTable
	isTiered
	isBudget
)

// A part is what stands behind one name of a class.
type part struct {
	kind    kind
	formula *node
	text    string
	list    []*part
	depends []string
	cells   map[string]*part // by the keys, joined by a bar
	keys    [][]string       // in the order of the file
}

// Read reads a file. The error says why it is none.
func Read(text []byte) (*File, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		return nil, fmt.Errorf("the file is not YAML: %w", err)
	}
	meta, structure := child(&root, "metadata"), child(&root, "rate_structure")
	if meta == nil || structure == nil {
		return nil, fmt.Errorf("metadata or rate_structure is missing")
	}
	f := &File{Utility: scalar(meta, "utility_name"), Link: scalar(meta, "prop_218_link"), Unit: scalar(meta, "bill_unit")}
	if f.Unit == "" {
		f.Unit = "ccf"
	}
	for _, form := range []string{time.DateOnly, "2006-1-2", "1/2/2006", "1-2-2006"} {
		if d, err := time.Parse(form, scalar(meta, "effective_date")); err == nil {
			f.From = d
		}
	}
	if f.From.IsZero() {
		return nil, fmt.Errorf("the effective date %q is none", scalar(meta, "effective_date"))
	}
	for i := 0; i+1 < len(structure.Content); i += 2 {
		c, err := readClass(structure.Content[i].Value, structure.Content[i+1])
		if err != nil {
			return nil, err
		}
		f.Classes = append(f.Classes, c)
	}
	return f, nil
}

func child(n *yaml.Node, key string) *yaml.Node {
	if n.Kind == yaml.DocumentNode {
		n = n.Content[0]
	}
	for i := 0; i+1 < len(n.Content) && n.Kind == yaml.MappingNode; i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

func scalar(n *yaml.Node, key string) string {
	v := child(n, key)
	if v == nil || v.Kind != yaml.ScalarNode || v.Tag == "!!null" {
		return ""
	}
	return strings.TrimSpace(v.Value)
}

func readClass(name string, n *yaml.Node) (*Class, error) {
	c := &Class{Name: name, parts: map[string]*part{}}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := strings.TrimSpace(n.Content[i].Value)
		p, err := readPart(n.Content[i+1])
		if err != nil {
			return nil, fmt.Errorf("%s, %s: %w", name, key, err)
		}
		if _, twice := c.parts[key]; twice {
			return nil, fmt.Errorf("%s, %s stands twice", name, key)
		}
		c.parts[key] = p
	}
	return c, nil
}

func readPart(n *yaml.Node) (*part, error) {
	switch n.Kind {
	case yaml.ScalarNode:
		switch n.Value {
		case "Tiered":
			return &part{kind: isTiered}, nil
		case "Budget":
			return &part{kind: isBudget}, nil
		}
		f, err := parse(n.Value)
		if err != nil && !share.MatchString(n.Value) {
			return nil, err
		}
		return &part{kind: isFormula, formula: f, text: strings.TrimSpace(n.Value)}, nil
	case yaml.SequenceNode:
		p := &part{kind: isList}
		for _, item := range n.Content {
			one, err := readPart(item)
			if err != nil {
				return nil, err
			}
			p.list = append(p.list, one)
		}
		if len(p.list) == 1 { // one value in a list is that value
			return p.list[0], nil
		}
		return p, nil
	case yaml.MappingNode:
		return readTable(n)
	default:
		return nil, fmt.Errorf("nothing that OWRS describes")
	}
}

// Share is a start of a tier in percent of the budget.
var share = regexp.MustCompile(`^\s*([0-9.]+)\s*%\s*$`)

// Inch is a meter size whose own bar would be taken for the one between keys.
var inch = regexp.MustCompile(`([0-9])\s*\|\s*([0-9]/[0-9])`)

func readTable(n *yaml.Node) (*part, error) {
	depends, values := child(n, "depends_on"), child(n, "values")
	if depends == nil || values == nil || values.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("a map needs depends_on and a mapping of values")
	}
	p := &part{kind: isTable, cells: map[string]*part{}}
	if depends.Kind == yaml.ScalarNode {
		p.depends = []string{strings.TrimSpace(depends.Value)}
	}
	for _, d := range depends.Content {
		p.depends = append(p.depends, strings.TrimSpace(d.Value))
	}
	for i := 0; i+1 < len(values.Content); i += 2 {
		keys := strings.Split(inch.ReplaceAllString(values.Content[i].Value, "$1 $2"), "|")
		for k := range keys {
			keys[k] = strings.Join(strings.Fields(keys[k]), " ")
		}
		if len(keys) != len(p.depends) {
			return nil, fmt.Errorf("the key %q does not name one value of each of %s", values.Content[i].Value, strings.Join(p.depends, ", "))
		}
		one, err := readPart(values.Content[i+1])
		if err != nil {
			return nil, err
		}
		key := strings.Join(keys, "|")
		if _, twice := p.cells[key]; twice {
			return nil, fmt.Errorf("the key %q stands twice", values.Content[i].Value)
		}
		p.cells[key] = one
		p.keys = append(p.keys, keys)
	}
	return p, nil
}

// Resolve finds the part a name means inside the part of that suffix: budget in
// commodity_charge is budget or budget_commodity.
func (c *Class) resolve(name, suffix string) (string, *part) {
	if p := c.parts[name]; p != nil {
		return name, p
	}
	long := name + "_" + suffix
	return long, c.parts[long]
}

// SuffixOf is what the names inside a part may carry: commodity for
// commodity_charge and for budget_commodity, drought for variable_drought_surcharge.
func suffixOf(name, outer string) string {
	for _, known := range []string{"commodity", "drought", "wastewater"} {
		if strings.Contains(name, known) {
			return known
		}
	}
	return outer
}

// Inputs are the values a request brings; any other name that a file uses and
// does not define is a fault of the file.
func inputs() []string {
	return []string{
		"usage_ccf", "hhsize", "days_in_period", "et_amount", "irr_area", "number_dwelling_units", "land_area",
		"diameter_connection", "usage_indoor_budget_ccf", "rolling_average", "three_year_avg",
	}
}

func isInput(name string) bool {
	for _, n := range inputs() {
		if n == name {
			return true
		}
	}
	return false
}

func rat(n, d int64) *big.Rat { return big.NewRat(n, d) }
