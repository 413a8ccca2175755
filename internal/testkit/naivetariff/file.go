package naivetariff

import (
	"fmt"

	"go.yaml.in/yaml/v3"
)

// A tree is a decoded mapping: its values are trees, lists of any, or the text
// of a scalar as it stands in the file.
type tree = map[string]any

// A Book is a set of decoded tariff files, by name.
type Book struct {
	files map[string]tree
}

// Load decodes the files. The error is YAML's.
func Load(files map[string][]byte) (*Book, error) {
	b := &Book{files: map[string]tree{}}
	for name, text := range files {
		var node yaml.Node
		if err := yaml.Unmarshal(text, &node); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		root, ok := plain(&node).(tree)
		if !ok {
			return nil, fmt.Errorf("%s: not a mapping", name)
		}
		b.files[name] = root
	}
	return b, nil
}

// Plain turns a node into trees, lists and texts. A scalar keeps its text: the
// number 0.10 and the date 2025-01-01 mean what the page says, not what YAML
// makes of them.
func plain(node *yaml.Node) any {
	switch node.Kind {
	case yaml.DocumentNode:
		return plain(node.Content[0])
	case yaml.MappingNode:
		t := tree{}
		for i := 0; i < len(node.Content); i += 2 {
			t[node.Content[i].Value] = plain(node.Content[i+1])
		}
		return t
	case yaml.SequenceNode:
		list := []any{}
		for _, item := range node.Content {
			list = append(list, plain(item))
		}
		return list
	case yaml.AliasNode:
		return plain(node.Alias)
	default:
		return node.Value
	}
}

// Tariff finds the tariff of a code and the VAT tables its file sees: its own
// and those of the files it includes.
func (b *Book) tariff(code string) (tariff tree, tables []tree) {
	for _, file := range b.files {
		for _, t := range trees(file["tariffs"]) {
			if text(t["code"]) != code {
				continue
			}
			tables = trees(file["vat"])
			for _, name := range list(file["include"]) {
				tables = append(tables, trees(b.files[text(name)]["vat"])...)
			}
			return t, tables
		}
	}
	return nil, nil
}

// List is a sequence, or nothing.
func list(v any) []any {
	l, _ := v.([]any)
	return l
}

// Trees is a sequence of mappings.
func trees(v any) []tree {
	var found []tree
	for _, item := range list(v) {
		if t, ok := item.(tree); ok {
			found = append(found, t)
		}
	}
	return found
}

// Texts is a sequence of scalars; one scalar is a sequence of one.
func texts(v any) []string {
	if s, ok := v.(string); ok {
		return []string{s}
	}
	var found []string
	for _, item := range list(v) {
		found = append(found, text(item))
	}
	return found
}

// Text is a scalar, or nothing.
func text(v any) string {
	s, _ := v.(string)
	return s
}

// Find is the mapping whose key has that text.
func find(all []tree, key, value string) tree {
	for _, t := range all {
		if text(t[key]) == value {
			return t
		}
	}
	return nil
}
