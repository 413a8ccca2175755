package metering

import (
	"context"
	"slices"
	"strconv"

	g "maragu.dev/gomponents"

	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// massPage shows what a mass decision would do, then asks for the reason.
func massPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	chosen := v.Query("decision")
	if chosen == "" {
		chosen = string(Accept)
	}
	pairs := filterOf(v)
	ticked := v.Request.URL.Query()["id"]
	if len(ticked) > anomaliesShown {
		ticked = ticked[:anomaliesShown]
	}
	var ids []string
	for _, id := range ticked {
		ids = append(ids, "ids", id)
	}
	p, err := screen.Fetch[MassPreview](ctx, v, "metering.anomaly.preview", slices.Concat(pairs, ids, []string{"decision", chosen, "unit", v.Query("unit")})...)
	if err != nil {
		return ui.Page{}, err
	}
	var options []ui.Option
	for _, d := range Decision("").EnumValues() {
		if checkDecision(Decision(d), true, true) == nil {
			options = append(options, ui.Option{Value: d, Label: v.Say("enum.decision." + d)})
		}
	}
	kept := pairsOf(pairs)
	for _, id := range ticked {
		kept = append(kept, ui.Pair{Name: "id", Value: id})
	}
	hidden := append(pairsOf(slices.Concat(pairs, ids)), ui.Pair{Name: "decision", Value: chosen},
		ui.Pair{Name: "expected", Value: strconv.FormatInt(p.Count, 10)}, ui.Pair{Name: "unit", Value: v.Query("unit")},
		ui.Pair{Name: screen.BackField, Value: v.Href("/metering/anomalies", pairs...)})
	bar := v.Bar(screen.Bar{ID: "mass", Action: "/metering/mass", Kept: kept, Submit: v.Say("page.metering.mass.effect"), Fields: []ui.Field{
		{Name: "decision", Label: v.Say("field.decision"), Kind: ui.EnumField, Value: chosen, Options: options},
	}})
	about := "page.metering.mass.sub"
	if len(ids) > 0 {
		about = "page.metering.mass.ticked"
	}
	body := g.Group{bar, v.Env.Figures(v.Say("page.metering.mass"), massFigures(v, p))}
	if p.Count > 0 && v.May("metering.anomaly.decide_many") {
		body = append(body, v.Panel(ui.Panel{Title: v.Say("enum.decision." + chosen), Sub: v.Say(about), Focus: true, Body: v.Form(ui.Form{
			ID: "mass-decide", Action: v.OpHref("metering.anomaly.decide_many"), IdemKey: v.Key(), Hidden: hidden, Danger: true,
			Submit: v.Say("page.metering.mass.submit", "count", p.Count), Cancel: v.Href("/metering/anomalies", pairs...),
			Sets: []ui.FieldSet{{Fields: []ui.Field{{Name: "reason", Label: v.Say("field.reason"), Kind: ui.AreaField, Required: true, MaxLength: 500}}}},
		})}))
	}
	return ui.Page{Body: body, Back: v.Href("/metering/anomalies", pairs...)}, nil
}

// massFigures are what a mass decision is about, and for each service what may be billed
// before and after it.
func massFigures(v *screen.View, p MassPreview) []ui.Figure {
	figures := []ui.Figure{
		{Label: v.Say("field.anomalies"), Value: ui.Number(p.Count)},
		{Label: v.Say("field.blocking"), Value: ui.Number(p.Blocking)},
		{Label: v.Say("field.values"), Value: ui.Number(p.Values)},
	}
	for _, m := range p.Measures {
		service := string(m.Service)
		figures = append(figures, ui.Figure{
			Label: v.Say("page.metering.mass.billable", "service", v.Say("enum.service."+service)), Value: quantityIn(v, &m.After, service),
			Sub: v.Say("page.metering.mass.measure", "before", quantityIn(v, &m.Before, service), "quantity", quantityIn(v, &m.Quantity, service)),
		})
	}
	return figures
}

// pairsOf are names and values as a form sends them.
func pairsOf(pairs []string) (out []ui.Pair) {
	for i := 0; i+1 < len(pairs); i += 2 {
		out = append(out, ui.Pair{Name: pairs[i], Value: pairs[i+1]})
	}
	return out
}
