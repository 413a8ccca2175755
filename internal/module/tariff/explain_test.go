package tariff

import (
	"slices"
	"strings"
	"testing"

	"wasl/internal/kernel/money"
)

// plain puts ordinary spaces in the place of those that do not break.
func plain(s string) string { return strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(s) }

// said are the sentences of a request, thousands and no-break spaces made plain.
func said(t *testing.T, book *Book, r Request) []string {
	t.Helper()
	var q Quote
	e, err := book.Explain(&r, &q)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, s := range e.Sentences(words(t)) {
		if strings.Contains(s, "[") {
			t.Errorf("a text is missing: %s", s)
		}
		out = append(out, plain(s))
	}
	return out
}

// The sentences of bills whose arithmetic is in facts.md.
func TestSentences(t *testing.T) {
	t.Parallel()
	book := loadPack(t, packNames(t)...)
	for _, c := range []struct {
		request Request
		want    []string
	}{
		{ask(t, "ma-elec-domestic", "2018", 150_000, "use", "domestic", "fixed", "onee-2018"), []string{
			"Du 01/03/2018 au 31/03/2018 : 31 jours, 1 mois, 150 kWh, version 2014-08.",
			"Énergie : 2 tranches : 100 kWh à 0,9010 DH = 90,10 DH, 50 kWh à 1,0732 DH = 53,66 DH ; en tout 143,76 DH.",
			"Redevances fixes : 19,66 DH × 1 mois = 19,66 DH.",
			"Taxe pour la promotion du paysage audiovisuel national : rien à payer, 150 kWh ne dépasse pas 200 kWh.",
			"TVA 14 % au 31/03/2018, comprise dans 163,42 DH : base 143,35 DH, taxe 20,07 DH.",
			"Total : 143,35 DH hors taxe + 20,07 DH de taxe = 163,42 DH.",
		}},
		{ask(t, "ma-elec-domestic", "2026", 900_000, "use", "domestic"), []string{
			"Énergie : toute la quantité au prix de la tranche 6, au-delà de 510 kWh : 900 kWh à 1,5958 DH = 1 436,22 DH.",
			"Taxe pour la promotion du paysage audiovisuel national : 165,00 DH dépasse le plafond, ramené à 100,00 DH.",
			"Taxe pour la promotion du paysage audiovisuel national : montant collecté pour État (paysage audiovisuel national).",
		}},
		{ask(t, "ma-elec-radeef-2025", "2025", 250_000, "use", "domestic"), []string{
			"TVA 18 % au 31/03/2025 : somme exacte 297,77 DH, base 297,77 DH, taxe 53,60 DH.",
		}},
		{ask(t, "ma-water-example", "2025", 24_000, "use", "domestic", "households", "2"), []string{
			"Chiffres d’exemple, que personne n’a publiés : Chiffres ronds imaginés ; structure : presse d'août 2014 et de 2018.",
			"Eau : 2 tranches : 12 m³ à 2,5000 DH = 30,00 DH, 12 m³ à 7,0000 DH = 84,00 DH ; en tout 114,00 DH.",
			"Les limites des tranches sont celles du tarif multipliées par 1 mois × 2 (Ménages desservis).",
			"Exonéré de TVA au 31/03/2025 : 171,00 DH.",
		}},
		{ask(t, "nycha", "2018", 2_000, "days", "29"), []string{
			"Eau : 2 hcf à 3,8100 USD = 7,62 USD, tranche 1.",
			"Assainissement : 159 % de 7,62 USD (WATER) = 12,1158 USD.",
			"Minimum journalier : le minimum est 1,2691 USD × 29 jours (Durée facturée) = 36,8039 USD ; WATER, SEWER ne font que 19,7358 USD, complément 17,0681 USD.",
			"Hors TVA : 36,80 USD.",
		}},
		{ask(t, "nycha", "2018", 200_000, "days", "35"), []string{
			"Minimum journalier : le minimum, 1,2691 USD × 35 jours (Durée facturée) = 44,4185 USD, est atteint ; WATER, SEWER font 1 973,58 USD.",
		}},
	} {
		got := said(t, book, c.request)
		for _, w := range c.want {
			if !slices.Contains(got, w) {
				t.Errorf("%s: not said: %s\nbut:\n%s", c.request.Tariff, w, strings.Join(got, "\n"))
			}
		}
	}
}

// A change of version is said, with both parts.
func TestSentencesOfAChange(t *testing.T) {
	t.Parallel()
	settings := "basis: HT, rounding: line, prorata: months, on_change: days"
	charge := func(price string) string {
		return `{ code: WATER, label: Eau, kind: unit, vat: none, quantity: sewered, price: "` + price + `" }`
	}
	derived := `{ name: sewered, label: Rejet, unit: m3, terms: [ { factor: "0.8", of: [quantity] } ] }`
	book, problems := compileText(t, "f", sampleHead+"    versions:\n"+sampleVersion("v1", "2020-01-01", settings, derived, charge("1"))+
		sampleVersion("v2", "2020-01-11", settings, derived, charge("2")))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	got := said(t, book, request(t, "31"))
	want := []string{
		"Le tarif change pendant la période : elle est coupée en 2 parties, et les quantités sont partagées au prorata des jours.",
		"Du 01/01/2020 au 10/01/2020 : 10 jours, 0,323 mois, 10 m3, version v1.",
		"Chiffres d’exemple, que personne n’a publiés : s.",
		"Quantité calculée : 8 m3 (Rejet).",
		"Eau : 8 m3 (Rejet) × 1,0000 MAD = 8,00 MAD.",
	}
	for i, w := range want {
		if i >= len(got) || strings.ReplaceAll(got[i], "DH", "MAD") != w {
			t.Errorf("sentence %d of\n%s\nwant %s", i, strings.Join(got, "\n"), w)
		}
	}
}

// What an explanation shows is the quote: the blocks of each charge hold its quantity,
// the products sum to its value, the printed amounts of charges to the lines.
func TestExplanationAddsUp(t *testing.T) {
	t.Parallel()
	book := loadPack(t, packNames(t)...)
	for kwh := money.Quantity(0); kwh < 1_300_000; kwh += 49_777 {
		for _, r := range []Request{
			ask(t, "ma-elec-domestic", "2025", kwh, "use", "domestic", "fixed", "onee-2018"), ask(t, "ma-elec-radeef-2025", "2025", kwh, "use", "domestic"),
			ask(t, "ma-water-example", "2025", kwh, "use", "other"), ask(t, "nycha", "2018", kwh, "days", "35"),
			ask(t, "santa-monica-2016", "2015", kwh, "class", "COMMERCIAL"),
		} {
			var q Quote
			e, err := book.Explain(&r, &q)
			if err != nil {
				t.Fatal(err)
			}
			var printed money.Amount
			for _, c := range e.Parts[0].Charges {
				printed += c.Amount
				addsUp(t, &c)
			}
			var lines money.Amount
			for _, l := range q.Lines {
				lines += l.Amount
			}
			if printed != lines || e.Total != q.Total {
				t.Errorf("%s %s: charges %s, lines %s", r.Tariff, kwh, printed, lines)
			}
		}
	}
}

func addsUp(t *testing.T, c *ChargeExplained) {
	t.Helper()
	if c.Kind != InBlock || c.Outcome == Exempted {
		return
	}
	var quantity money.Quantity
	var value money.Exact
	for _, b := range c.Blocks {
		quantity += b.Quantity
		var err error
		if value, err = value.Add(b.Product); err != nil {
			t.Fatal(err)
		}
		if b.UpTo != nil && b.Above+b.Quantity > *b.UpTo && !c.Selective {
			t.Errorf("%s block %d: %s above %s passes %s", c.Code, b.Block, b.Quantity, b.Above, *b.UpTo)
		}
	}
	if value.Compare(c.Value) != 0 || quantity != c.Quantity.Value {
		t.Errorf("%s: blocks hold %s for %s, charge %s for %s", c.Code, quantity, value, c.Quantity.Value, c.Value)
	}
}
