package tariff

import (
	"io/fs"
	"reflect"
	"strings"
	"testing"

	"wasl/packs"
)

// bare removes what text does not keep: names of files, includes and positions.
func bare(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			bare(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			bare(v.Index(i))
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[Position]() {
			v.SetZero()
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				bare(v.Field(i))
			}
		}
	}
}

func model(t *testing.T, source string) *File {
	t.Helper()
	f, problems := Parse("file.yaml", []byte(source))
	if len(problems) > 0 {
		t.Fatalf("%v\n%s", problems, source)
	}
	f.Include = nil
	bare(reflect.ValueOf(f))
	return f
}

// wholeFormat is a file with every key of the format.
const wholeFormat = `format: wasl-tariff/1
vat:
  - code: t
    label: "Taxe : \"TVA\""
    use_attribute: use
    components:
      - code: a
        label: Énergie
        rates:
          - { from: 2014-01-01, use: domestic, rate: "0.0725", source: "loi n° 1" }
          - { from: 2024-01-01, use: domestic, exempt: true }
tariffs:
  - code: x
    label: "É # : 'x'"
    service: electricity
    unit: kWh
    currency: MAD
    vat_table: t
    attributes:
      - { name: use, label: Usage, type: choice, values: [domestic, other], labels: [Domestique, Autre], default: other }
      - { name: flats, type: integer, min: 2, max: 9, default: "3" }
      - { name: kva, type: quantity, unit: kVA, max: "100.5", split: true }
    versions:
      - version: "1"
        from: 2014-01-01
        to: 2020-01-01
        status: example
        source: ici
        basis: HT
        rounding: total
        prorata: days/30
        on_change: start
        quantities:
          - name: sewered
            label: Assainie
            unit: m3
            terms: [ { factor: "0.8", of: [quantity] }, { factor: "55/748", of: [kva, period_days] }, { factor: "-0.62/748", of: [flats] } ]
            min: "0"
            max: "10.5"
        charges:
          - { code: ENERGY, label: a, kind: unit, vat: a, quantity: sewered, scale: [months], price: { by: use, values: { domestic: "1.5", other: "2.25" } } }
          - { code: FIXED, label: b, kind: fixed, vat: none, service: water, when: { use: [domestic, other], flats: { min: 2, max: 4 }, kva: "2" }, scale: [months, kva], price: "3" }
          - code: ENERGY-B
            label: c
            kind: blocks
            vat: a
            scale: [months, flats]
            progressive_up_to: "100"
            exempt_up_to: "5"
            cap: "100.00"
            cap_scale: [months]
            third_party: État
            blocks:
              by: use
              values:
                domestic:
                  - { up_to: "100", tolerance: "10", price: "0.9" }
                  - { price: { by: use, values: { domestic: "1", other: "2" } } }
                other:
                  - { up_to: "100", price: "1" }
                  - { price: "3" }
          - { code: SURCHARGE, label: d, kind: percent, vat: a, rate: "0.015", of: [ENERGY, ENERGY-B] }
          - { code: MINIMUM, label: e, kind: minimum, vat: a, price: "9.99", scale: [period_days], of: [ENERGY] }
`

// TestWriteKeepsTheModel reads back what is written: the shipped files and one with
// every key. Written again it is the same text.
func TestWriteKeepsTheModel(t *testing.T) {
	t.Parallel()
	sources := map[string]string{"every key": wholeFormat}
	for _, name := range packNames(t) {
		body, err := fs.ReadFile(packs.Files, name)
		if err != nil {
			t.Fatal(err)
		}
		sources[name] = string(body)
	}
	for name, source := range sources {
		want := model(t, source)
		text := Write(want)
		got := model(t, text)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: another model comes back\n%s", name, text)
		}
		if again := Write(got); again != text {
			t.Errorf("%s: written twice, it differs", name)
		}
	}
}

// TestWriteIsCanonical gives one text for files that mean the same.
func TestWriteIsCanonical(t *testing.T) {
	t.Parallel()
	other := strings.ReplaceAll(wholeFormat, "from: 2014-01-01", `from: "2014-01-01"`)
	other = "# a comment\n" + strings.ReplaceAll(other, `factor: "0.8"`, `factor: "4/5"`)
	other = strings.Replace(other, "        status: example\n        source: ici\n", "        source: ici\n        status: example\n", 1)
	if Write(model(t, wholeFormat)) != Write(model(t, other)) {
		t.Error("the same content is written in two ways")
	}
	if Write(model(t, wholeFormat)) == Write(model(t, strings.Replace(wholeFormat, `"9.99"`, `"9.98"`, 1))) {
		t.Error("another price is written in the same way")
	}
}

// TestFactorText writes factors so that the same one is read.
func TestFactorText(t *testing.T) {
	t.Parallel()
	for f, want := range map[Factor]string{{4, 5}: "0.80", {1, 1}: "1.00", {55, 748}: "55/748", {-3, 7}: "-3/7", {7, 3_000_000}: "0.000007/3.00"} {
		if got := f.String(); got != want {
			t.Errorf("%v is written %s, want %s", f, got, want)
		}
	}
}
