package metering

import (
	"context"
	"slices"

	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// massPage shows what a mass decision would do, then asks for the reason.
func massPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	chosen := v.Query("decision")
	if chosen == "" {
		chosen = string(Accept)
	}
	pairs, ticked := filterOf(v), v.Ticked(anomaliesShown)
	p, err := screen.Fetch[MassPreview](ctx, v, "metering.anomaly.preview",
		slices.Concat(pairs, screen.TickedPairs(ticked), []string{"decision", chosen, "unit", v.Query("unit")})...)
	if err != nil {
		return ui.Page{}, err
	}
	var options []ui.Option
	for _, d := range Decision("").EnumValues() {
		if checkDecision(Decision(d), true, true) == nil {
			options = append(options, ui.Option{Value: d, Label: v.Say("enum.decision." + d)})
		}
	}
	about := "page.metering.mass.sub"
	if len(ticked) > 0 {
		about = "page.metering.mass.ticked"
	}
	list := v.Href("/metering/anomalies", pairs...)
	return ui.Page{Back: list, Body: v.Mass(screen.Mass{
		Page: "/metering/mass", List: list, Operation: "metering.anomaly.decide_many", Chosen: chosen, Options: options, Pairs: pairs, Ticked: ticked,
		Count: p.Count, Figures: massFigures(v, p), Caption: v.Say("page.metering.mass"), Title: v.Say("enum.decision." + chosen), Sub: v.Say(about),
		Submit: v.Say("page.metering.mass.submit", "count", p.Count),
	})}, nil
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
