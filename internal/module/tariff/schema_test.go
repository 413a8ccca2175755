package tariff

import (
	"io/fs"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"wasl/packs"
)

// formSchema compiles docs/tariff.schema.json.
func formSchema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	f, err := os.Open("../../../docs/tariff.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	document, err := jsonschema.UnmarshalJSON(f)
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("tariff.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("tariff.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// plainValue turns YAML into what a JSON reader would see; dates stay as written.
func plainValue(n *yaml.Node) any {
	switch n.Kind {
	case yaml.DocumentNode:
		return plainValue(n.Content[0])
	case yaml.AliasNode:
		return plainValue(n.Alias)
	case yaml.SequenceNode:
		list := []any{}
		for _, e := range n.Content {
			list = append(list, plainValue(e))
		}
		return list
	case yaml.MappingNode:
		object := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			object[n.Content[i].Value] = plainValue(n.Content[i+1])
		}
		return object
	}
	switch n.ShortTag() {
	case "!!int":
		i, _ := strconv.ParseInt(n.Value, 0, 64)
		return i
	case "!!float":
		f, _ := strconv.ParseFloat(n.Value, 64)
		return f
	case "!!bool":
		return n.Value == "true"
	case "!!null":
		return nil
	}
	return n.Value
}

// fits says whether the schema accepts a file.
func fits(t testing.TB, schema *jsonschema.Schema, source string) bool {
	t.Helper()
	var n yaml.Node
	if err := yaml.Unmarshal([]byte(source), &n); err != nil {
		t.Fatal(err)
	}
	return schema.Validate(plainValue(&n)) == nil
}

// everything is a file that uses every key of the format.
const everything = `format: wasl-tariff/1
include: [other.yaml]
vat:
  - code: v
    label: Table
    use_attribute: use
    components:
      - code: c
        label: Composante
        rates:
          - { from: 2014-01-01, rate: "0.14", source: "Loi" }
          - { from: 2014-01-01, use: home, exempt: true }
tariffs:
  - code: t
    label: Tarif
    service: water
    unit: m3
    currency: MAD
    vat_table: v
    attributes:
      - { name: use, label: Usage, type: choice, values: [home, shop], labels: [Maison, Commerce], default: home }
      - { name: flats, label: Logements, unit: u, type: integer, min: 1, max: "9", default: 1 }
      - { name: kva, type: quantity, min: "0.5", max: "1000", default: "3.3", split: true }
    versions:
      - version: "2014"
        from: 2014-01-01
        to: "2030-01-01"
        status: official
        source: "Arrêté"
        basis: HT
        rounding: line
        prorata: months
        on_change: days
        quantities:
          - { name: sewered, label: Rejet, unit: m3, terms: [ { factor: "0.8", of: [quantity] }, { factor: "-1/3", of: [] } ], min: "0", max: "100" }
        charges:
          - code: WATER
            label: Eau
            kind: blocks
            service: water
            vat: c
            when: { use: [home, shop], flats: { min: 1, max: "3" }, kva: "3.3" }
            quantity: quantity
            scale: [months, flats]
            progressive_up_to: "6"
            exempt_up_to: "1"
            cap: "100.00"
            cap_scale: [months]
            third_party: Commune
            blocks:
              by: use
              values:
                home: [ { up_to: "6", price: "1" }, { up_to: "12", tolerance: "1", price: { by: use, values: { home: "2", shop: "3" } } }, { price: "4" } ]
                shop: [ { up_to: "6", price: "5.5" }, { price: "6.000001" } ]
          - { code: SEWER, label: Rejet, kind: unit, vat: none, price: "2", quantity: sewered, scale: [months] }
          - { code: FIXED, label: Fixe, kind: fixed, vat: none, price: "2", scale: [kva, months] }
          - { code: SURCHARGE-1, label: Surtaxe, kind: percent, vat: none, rate: "0.05", of: [SEWER, FIXED] }
          - { code: MINIMUM, label: Minimum, kind: minimum, vat: none, price: "9", scale: [months], of: [SEWER] }
`

// Each change makes the form of the file wrong: the schema and Parse both refuse it.
func TestSchemaAgreesWithParse(t *testing.T) {
	t.Parallel()
	schema := formSchema(t)
	for _, name := range packNames(t) {
		source, err := fs.ReadFile(packs.Files, name)
		if err != nil {
			t.Fatal(err)
		}
		if _, problems := Parse(name, source); len(problems) > 0 || !fits(t, schema, string(source)) {
			t.Errorf("%s: %v, schema %v", name, problems, fits(t, schema, string(source)))
		}
	}
	if _, problems := Parse("all", []byte(everything)); len(problems) > 0 || !fits(t, schema, everything) {
		t.Fatalf("the file that has everything: %v", problems)
	}
	for _, c := range []struct{ from, to, code string }{
		{"format: wasl-tariff/1", "format: wasl-tariff/2", "tariff.word"},
		{"format: wasl-tariff/1", "format: [wasl-tariff/1]", "tariff.not_text"},
		{"format: wasl-tariff/1\n", "", "tariff.key_missing"},
		{"[other.yaml]", "[../other.yaml]", "tariff.include_form"},
		{"[other.yaml]", "other.yaml", "tariff.not_list"},
		{"  - code: v\n", "  - code: v\n    colour: red\n", "tariff.key_unknown"},
		{"code: v\n", "code: 12\n", "tariff.not_text"},
		{"code: c\n", "code: none\n", "tariff.component_none"},
		{`rate: "0.14"`, `rate: 0.14`, "tariff.not_decimal"},
		{`rate: "0.14"`, `rate: "0.14123"`, "tariff.decimals"},
		{`rate: "0.14"`, `rate: "-0.14"`, "tariff.negative"},
		{`rate: "0.14"`, `rate: ".14"`, "tariff.not_decimal"},
		{`rate: "0.14"`, `rate: "14 %"`, "tariff.not_decimal"},
		{`rate: "0.14", source`, `source`, "tariff.rate_or_exempt"},
		{`exempt: true`, `exempt: true, rate: "0"`, "tariff.rate_or_exempt"},
		{`exempt: true`, `exempt: "true"`, "tariff.not_bool"},
		{"from: 2014-01-01, rate", "from: 01/01/2014, rate", "tariff.not_date"},
		{"service: water\n    unit", "service: gas\n    unit", "tariff.word"},
		{"    currency: MAD\n", "", "tariff.key_missing"},
		{"values: [home, shop], labels", "values: [], labels", "tariff.list_empty"},
		{"type: choice, values", "type: colour, values", "tariff.word"},
		{"type: integer, min: 1", `type: integer, min: "1.5"`, "tariff.not_integer"},
		{"type: integer, min: 1", `type: integer, values: [a]`, "tariff.key_unknown"},
		{"default: 1 }", "default: 1, split: true }", "tariff.split_integer"},
		{`min: "0.5", max: "1000"`, `min: 0.5, max: "1000"`, "tariff.not_decimal"},
		{`name: kva`, `name: KVA`, "tariff.name_form"},
		{"status: official", "status: guessed", "tariff.word"},
		{"rounding: line", "rounding: up", "tariff.word"},
		{"        prorata: months\n", "", "tariff.key_missing"},
		{`factor: "0.8"`, `factor: "0.8/"`, "tariff.not_decimal"},
		{`factor: "0.8"`, `factor: 0.8`, "tariff.not_decimal"},
		{`of: [quantity]`, `of: [a, b, c, d, e]`, "tariff.list_long"},
		{"code: WATER\n", "code: GAS\n", "tariff.charge_form"},
		{"kind: blocks", "kind: steps", "tariff.word"},
		{"kind: unit, vat", "kind: fixed, vat", "tariff.key_unknown"},
		{"scale: [months, flats]", "scale: [months, flats, kva]", "tariff.list_long"},
		{"            cap: \"100.00\"\n", "", "tariff.cap_scale"},
		{`cap: "100.00"`, `cap: "100.001"`, "tariff.decimals"},
		{`use: [home, shop], flats`, `use: [], flats`, "tariff.list_empty"},
		{`{ min: 1, max: "3" }`, `{}`, "tariff.range_empty"},
		{`kva: "3.3" }`, `kva: 3.3 }`, "tariff.not_text"},
		{`{ price: "4" }`, `{ price: "4", tolerance: "1" }`, "tariff.tolerance"},
		{`{ price: "4" }`, `{ up_to: "4" }`, "tariff.key_missing"},
		{`home: "2", shop: "3"`, ``, "tariff.list_empty"},
		{`shop: "3" } } }, { price`, `shop: { by: use, values: { home: { by: use, values: { home: { by: use, values: { home: "1" } } } } } } } } }, { price`, "tariff.table_deep"},
		{`rate: "0.05", of: [SEWER, FIXED]`, `rate: "0.05", of: []`, "tariff.list_empty"},
		{`rate: "0.05", of: [SEWER, FIXED]`, `rate: "0.05"`, "tariff.key_missing"},
	} {
		bad := strings.Replace(everything, c.from, c.to, 1)
		if bad == everything {
			t.Fatalf("%q is not in the file", c.from)
		}
		_, problems := Parse("bad", []byte(bad))
		if len(problems) == 0 || problems[0].Code != c.code {
			t.Errorf("%q → %q: %v, want %s", c.from, c.to, problems, c.code)
		}
		if fits(t, schema, bad) {
			t.Errorf("%q → %q: the schema accepts it", c.from, c.to)
		}
	}
}
