package owrs

import (
	"fmt"
	"math/big"
	"regexp"
	"strings"
)

// A node is a formula: a number, a name, or two formulas with + - * or /.
type node struct {
	operator    byte
	left, right *node
	number      *big.Rat
	name        string
}

var token = regexp.MustCompile(`^\s*([0-9]*\.?[0-9]+|[A-Za-z_][A-Za-z_0-9]*|[-+*/()])`)

// A parser reads a formula from its left.
type parser struct {
	rest string
}

func parse(text string) (*node, error) {
	p := &parser{rest: text}
	n, err := p.sum()
	if err == nil && strings.TrimSpace(p.rest) != "" {
		err = fmt.Errorf("%q is not understood after %q", p.rest, text[:len(text)-len(p.rest)])
	}
	if err != nil {
		return nil, fmt.Errorf("the formula %q: %w", text, err)
	}
	return n, nil
}

func (p *parser) peek() string {
	m := token.FindStringSubmatch(p.rest)
	if m == nil {
		return ""
	}
	return m[1]
}

func (p *parser) next() string {
	m := token.FindStringSubmatch(p.rest)
	if m == nil {
		return ""
	}
	p.rest = p.rest[len(m[0]):]
	return m[1]
}

func (p *parser) sum() (*node, error)     { return p.chain("+-", p.product) }
func (p *parser) product() (*node, error) { return p.chain("*/", p.value) }

func (p *parser) chain(operators string, below func() (*node, error)) (*node, error) {
	left, err := below()
	if err != nil {
		return nil, err
	}
	for {
		sign := p.peek()
		if sign == "" || !strings.Contains(operators, sign) {
			return left, nil
		}
		p.next()
		right, err := below()
		if err != nil {
			return nil, err
		}
		left = &node{operator: sign[0], left: left, right: right}
	}
}

func (p *parser) value() (*node, error) {
	switch t := p.next(); {
	case t == "(":
		n, err := p.sum()
		if err == nil && p.next() != ")" {
			err = fmt.Errorf("a parenthesis is open")
		}
		return n, err
	case t == "" || strings.Contains("+-*/)", t):
		return nil, fmt.Errorf("a value is missing before %q", p.rest)
	case t[0] == '.' || t[0] >= '0' && t[0] <= '9':
		v, ok := new(big.Rat).SetString(t)
		if !ok {
			return nil, fmt.Errorf("%q is no number", t)
		}
		return &node{number: v}, nil
	default:
		return &node{name: t}, nil
	}
}
