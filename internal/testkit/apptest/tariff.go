package apptest

import (
	"context"
	"fmt"

	"wasl/internal/platform/op"
)

// The tariffs of the utility: one that is active with its VAT table, and a draft.
const (
	// TariffCode is active since 2024 and has a draft from 2027 on.
	TariffCode  = "eau-essai"
	TariffName  = "2024"
	TariffDraft = "2027"
	// TariffTax is the code of its VAT table.
	TariffTax = "tva-essai"
)

// TariffFile is a file with one version of the tariff: from a year on, at a price of
// the first block in plain form.
func TariffFile(version, from, price string) []byte {
	return fmt.Appendf(nil, `format: wasl-tariff/1
tariffs:
  - code: %s
    label: Eau, essai
    service: water
    unit: m3
    currency: MAD
    vat_table: %s
    attributes:
      - { name: households, type: integer, min: 1, max: 100, default: "1" }
    versions:
      - version: %q
        from: %s
        status: example
        source: essai
        basis: HT
        rounding: line
        prorata: months
        on_change: days
        charges:
          - code: WATER
            label: Eau
            kind: blocks
            vat: water
            scale: [months, households]
            blocks:
              - { up_to: "6", price: %q }
              - { price: "7.40" }
`, TariffCode, TariffTax, version, from, price)
}

// TaxFile is a file with the VAT table of the tariff and a rate from a date on.
func TaxFile(from, rate string) []byte {
	more := ""
	if from != "" {
		more = fmt.Sprintf("          - { from: %s, rate: %q }\n", from, rate)
	}
	return []byte(`format: wasl-tariff/1
vat:
  - code: ` + TariffTax + `
    label: TVA, essai
    components:
      - code: water
        rates:
          - { from: 2014-01-01, rate: "0.07" }
          - { from: 2024-01-01, rate: "0.08" }
` + more)
}

// tariffs imports and activates the tariffs.
func (m *maker) tariffs(ctx context.Context) error {
	files := []any{op.NewUpload("tva.yaml", TaxFile("", "")), op.NewUpload("eau.yaml", TariffFile(TariffName, "2024-01-01", "2.30"))}
	if _, err := m.do(ctx, Console(Admin), "tariff.import", op.Input{"files": files}); err != nil {
		return err
	}
	if err := m.learnVersions(ctx); err != nil {
		return err
	}
	var ids []any
	for _, id := range m.f.Versions {
		ids = append(ids, id.String())
	}
	res, err := m.do(ctx, Console(Admin), "tariff.activate", op.Input{"versions": ids, "reason": "Mise en service"})
	if err != nil {
		return err
	}
	if _, err = m.do(ctx, op.Credential{Channel: op.Web, Token: m.second}, "approval.approve", op.Input{"id": res.Proposal.String(), "version": "1"}); err != nil {
		return err
	}
	draft := op.NewUpload("eau-2027.yaml", TariffFile(TariffDraft, "2027-01-01", "2.50"))
	if _, err := m.do(ctx, Console(Admin), "tariff.import", op.Input{"files": draft}); err != nil {
		return err
	}
	return m.learnVersions(ctx)
}

// learnVersions keeps the ids of the versions by their names.
func (m *maker) learnVersions(ctx context.Context) error {
	m.f.Versions = map[string]op.ID{}
	list := m.app.Registry.Find("tariff.versions")
	_, err := m.app.Runner.Rows(ctx, op.Request{Name: list.Name, Credential: Console(Admin), Input: op.Input{}}, nil, func(row any) error {
		var id op.ID
		var name string
		for _, c := range list.Columns {
			switch c.Name {
			case "id":
				id, _ = c.Value(row).(op.ID)
			case "name":
				name, _ = c.Value(row).(string)
			}
		}
		m.f.Versions[name] = id
		return nil
	})
	return err
}
