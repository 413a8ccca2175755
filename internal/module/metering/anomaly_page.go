package metering

import (
	"context"
	"slices"
	"strconv"
	"strings"

	g "maragu.dev/gomponents"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// anomaliesShown is how many anomalies the list beside the evidence has.
const anomaliesShown = 50

// anomaliesPage is what is to be decided: left the list by gravity, right the evidence of
// the one chosen.
func (m *Module) anomaliesPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	pairs := filterOf(v)
	rows, more, err := screen.Rows[AnomalyRow](ctx, v, "metering.anomaly.list", anomaliesShown, pairs...)
	if err != nil {
		return ui.Page{}, err
	}
	chosen := v.Query("at")
	if chosen == "" && len(rows) > 0 {
		chosen = rows[0].Account.String() + "-" + rows[0].ID.String()
	}
	left := g.Group{anomalyBar(v), v.Panel(ui.Panel{
		Title: v.Say("page.metering.anomalies"), Body: v.Env.List(anomalyList(v, rows, chosen, more, pairs)),
		Flush: true,
	})}
	var right g.Node = v.Env.Empty(ui.Empty{Icon: ui.IconCheck, Title: v.Say("page.metering.anomalies_empty"), Text: v.Say("page.metering.anomalies_empty.text")})
	if account, id, ok := strings.Cut(chosen, "-"); ok {
		if right, err = evidencePanel(ctx, v, account, id); err != nil {
			return ui.Page{}, err
		}
	}
	var actions []ui.Button
	if v.May("metering.anomaly.decide_many") && len(rows) > 0 {
		actions = append(actions, ui.Button{Label: v.Say("page.metering.mass"), Icon: ui.IconList, Href: v.Href("/metering/mass", append(pairs, "back",
			v.Request.URL.RequestURI())...)})
	}
	return ui.Page{Body: v.Columns("5-7", left, right), Actions: actions}, nil
}

// filterOf are the filters of the address as names and values; open ones unless said.
func filterOf(v *screen.View) []string {
	state := v.Query("state")
	if state == "" {
		state = string(AnomalyOpen)
	}
	pairs := []string{"state", state}
	for _, name := range []string{"severity", "rule", "month", "service", "category", "owner", "batch"} {
		if value := v.Query(name); value != "" {
			pairs = append(pairs, name, value)
		}
	}
	return pairs
}

// anomalyBar are the filters of the page.
func anomalyBar(v *screen.View) g.Node {
	options := func(prefix string, values []string) []ui.Option {
		out := []ui.Option{{Label: v.Say("page.metering.all")}}
		for _, value := range values {
			out = append(out, ui.Option{Value: value, Label: v.Say("enum." + prefix + "." + value)})
		}
		return out
	}
	return v.Bar(screen.Bar{ID: "anomalies", Action: "/metering/anomalies", Fields: []ui.Field{
		{Name: "severity", Label: v.Say("field.severity"), Kind: ui.EnumField, Value: v.Query("severity"), Options: options("anomaly_severity",
			Severity("").EnumValues())},
		{Name: "rule", Label: v.Say("field.rule"), Kind: ui.EnumField, Value: v.Query("rule"), Options: options("control_rule", Rule("").EnumValues())},
	}})
}

func anomalyList(v *screen.View, rows []AnomalyRow, chosen string, more bool, pairs []string) ui.List {
	l := ui.List{ID: "anomalies", Bare: true, Caption: v.Say("page.metering.anomalies"), Tall: true, Columns: []ui.Column{
		{Label: v.Say("field.severity"), Kind: ui.StatusColumn},
		{Label: v.Say("page.metering.contract_rule")},
		{Label: v.Say("field.quantity"), Kind: ui.NumberColumn},
	}}
	if v.May("metering.anomaly.decide_many") {
		l.Mass = []ui.MassAction{{Label: v.Say("page.metering.mass"), Icon: ui.IconList, Action: "/metering/mass", Ask: true}}
		l.MassKept = append(screen.Pairs(pairs), ui.Pair{Name: screen.BackField, Value: v.Request.URL.RequestURI()})
	}
	for _, a := range rows {
		at := a.Account.String() + "-" + a.ID.String()
		usual := ""
		if a.Evidence.Usual != nil {
			usual = v.Say("page.metering.usual", "quantity", *a.Evidence.Usual)
		}
		l.Rows = append(l.Rows, ui.Row{
			Href: v.Href("/metering/anomalies", append(slices.Clone(pairs), "at", at)...), Current: at == chosen, Label: a.ContractCode,
			ID: tickOf(a),
			Cells: []ui.Cell{
				{Status: severityBadge(v, a.Severity)},
				{Text: a.ContractCode + " " + a.Customer, Sub: v.Say("enum.control_rule." + string(a.Rule))},
				{Text: quantityIn(v, a.Evidence.Quantity, string(a.Service)), Sub: usual},
			},
		})
	}
	if more {
		l.Note = v.Say("page.metering.anomalies_more", "count", len(rows))
	}
	return l
}

// tickOf is what the box of an anomaly sends; what is decided has no box.
func tickOf(a AnomalyRow) string {
	if a.State != AnomalyOpen {
		return ""
	}
	return a.ID.String()
}

// quantityIn is a quantity with its unit; nothing when there is none.
func quantityIn(v *screen.View, q *money.Quantity, service string) string {
	if q == nil {
		return ""
	}
	return q.French() + ui.HardSpace + unitOf(v, service)
}

// evidencePanel is the anomaly chosen: what the rule saw, a year of consumption, the decision,
// then the readings and the meter.
func evidencePanel(ctx context.Context, v *screen.View, account, id string) (g.Node, error) {
	card, err := screen.Fetch[AnomalyCard](ctx, v, "metering.anomaly.show", "account", account, "id", id)
	if err != nil {
		return nil, err
	}
	tone := ui.Waits
	if card.Severity == Blocking {
		tone = ui.Wrong
	}
	unit := unitOf(v, string(card.Service))
	nodes := g.Group{v.Env.Notice(ui.Notice{Tone: tone, Title: card.Finding, Text: v.Say("enum.control_rule." + string(card.Rule))})}
	for _, other := range card.Others {
		nodes = append(nodes, v.Env.Notice(ui.Notice{Tone: ui.Waits, Title: other.Finding, Text: v.Say("enum.control_rule." + string(other.Rule))}))
	}
	nodes = append(nodes, yearChart(v, card, unit))
	if card.State == AnomalyOpen && v.May("metering.anomaly.decide") {
		nodes = append(nodes, v.Panel(ui.Panel{Title: v.Say("page.metering.decide"), Body: decideForm(v, card, unit), Focus: true}))
	} else if card.State == AnomalyDecided {
		facts, err := v.Facts(ctx, "metering.anomaly.show", card, "decision", "reason", "decided_by", "decided_at")
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, v.Panel(ui.Panel{Title: v.Say("page.metering.decided"), Body: v.Env.Facts(facts)}))
	}
	nodes = append(nodes, v.Columns("8-4", readingList(v, card, unit), meterFacts(v, card)))
	return v.Panel(ui.Panel{
		Title: card.Customer, Sub: card.ContractCode + " · " + card.Category, Status: severityBadge(v, card.Severity), Body: nodes,
		Links: []ui.Link{{Label: v.Say("page.metering.contract"), Href: v.RecordHref("contract", card.Contract)}},
	}), nil
}

// yearChart draws the last twelve months and the value in question, with the threshold.
func yearChart(v *screen.View, card AnomalyCard, unit string) g.Node {
	c := ui.BarChart{
		Title: v.Say("page.metering.year"), Unit: unit, Head: v.Say("field.month"), Series: []string{v.Say("field.consumption")},
		Highlight: v.Say("page.metering.in_question"),
	}
	add := func(row ConsumptionRow, marked bool) {
		month := day.MonthOf(row.Month)
		_, m := month.Civil()
		c.Bars = append(c.Bars, ui.ChartBar{
			Label: v.Say("page.metering.month." + strconv.Itoa(int(m))), Name: v.Texts.Value(month), Marked: marked,
			Values: []ui.ChartValue{{N: int64(max(row.Quantity, 0)), Text: row.Quantity.French()}},
		})
	}
	for i := min(len(card.Past), 12) - 1; i >= 0; i-- {
		add(card.Past[i], false)
	}
	if card.Value != nil {
		add(*card.Value, true)
	}
	if t := card.Evidence.Threshold; t != nil {
		c.Mark = &ui.ChartMark{Label: v.Say("page.metering.threshold"), Value: ui.ChartValue{N: int64(*t), Text: t.French()}}
	}
	return v.BarChart(c)
}

// readingList are the last readings.
func readingList(v *screen.View, card AnomalyCard, unit string) g.Node {
	l := ui.List{ID: "last", Columns: []ui.Column{
		{Label: v.Say("field.reading_date"), Kind: ui.DateColumn},
		{Label: v.Say("field.index"), Kind: ui.NumberColumn},
		{Label: unit, Kind: ui.NumberColumn},
		{Label: v.Say("field.kind")},
	}}
	spent := map[string]string{}
	all := slices.Clone(card.Past)
	if card.Value != nil {
		all = append(all, *card.Value)
	}
	for _, c := range all {
		spent[c.ToReading.String()] = c.Quantity.French()
	}
	for i, r := range card.Readings {
		if i == 6 {
			break
		}
		l.Rows = append(l.Rows, ui.Row{Cells: []ui.Cell{
			{Text: r.ReadingDate.French()}, {Text: r.Dial.French()}, {Text: spent[r.ID.String()]}, {Text: v.Say("enum.reading_kind." + string(r.Kind))},
		}})
	}
	return panelOf(v, v.Say("page.metering.readings"), "", l)
}

// meterFacts is the meter in place.
func meterFacts(v *screen.View, card AnomalyCard) g.Node {
	if card.Meter == nil {
		return nil
	}
	facts := []ui.Fact{
		{Label: v.Say("field.meter"), Value: card.Meter.Serial, Code: true, Href: v.RecordHref("meter", card.Meter.ID)},
		{Label: v.Say("field.digits"), Value: strconv.FormatInt(card.Meter.Digits, 10)},
	}
	if card.Stay != nil {
		facts = append(facts, ui.Fact{Label: v.Say("field.installed_on"), Value: card.Stay.InstalledOn.French()})
	}
	return v.Panel(ui.Panel{Title: v.Say("field.meter"), Body: v.Env.Facts(facts)})
}

// decideForm is the decision: what each one comes to, the right value, the reason.
func decideForm(v *screen.View, card AnomalyCard, unit string) g.Node {
	var options []ui.Option
	for _, d := range Decision("").EnumValues() {
		if checkDecision(Decision(d), card.Consumption != 0 || card.Reading != 0, false) == nil {
			options = append(options, ui.Option{
				Value: d, Label: v.Say("enum.decision." + d), Sub: effectOf(v, Decision(d), card, unit), Key: keyOf(Decision(d)), Then: "reason",
			})
		}
	}
	value := ui.Field{Name: "index", Label: v.Say("page.metering.right_index"), Kind: ui.NumberField}
	if card.Value != nil && card.Value.ToReading == 0 {
		value = ui.Field{Name: "quantity", Label: v.Say("page.metering.right_quantity"), Kind: ui.NumberField, Unit: unit}
	}
	for i := range options {
		if options[i].Value == string(Correct) {
			options[i].Then = value.Name
		}
	}
	fields := []ui.Field{
		{Name: "decision", Label: v.Say("field.decision"), Kind: ui.EnumField, Required: true, Options: options, Value: string(Accept)}, value,
	}
	if !card.Evidence.Proposed.IsZero() {
		fields = append(fields, ui.Field{Name: "date", Label: v.Say("page.metering.right_date"), Kind: ui.DateField, Value: card.Evidence.Proposed.String()})
	}
	fields = append(fields, ui.Field{Name: "reason", Label: v.Say("field.reason"), Kind: ui.AreaField, Rows: 2, Required: true, MaxLength: 500})
	return v.Form(ui.Form{
		ID: "decide", Action: v.OpHref("metering.anomaly.decide"), IdemKey: v.Key(), Submit: v.Say("op.metering.anomaly.decide"), SubmitIcon: ui.IconCheck,
		Hidden: []ui.Pair{
			{Name: "account", Value: card.Account.String()},
			{Name: "id", Value: card.ID.String()},
			{Name: "version", Value: strconv.FormatInt(card.Version, 10)},
			{Name: screen.BackField, Value: v.Href("/metering/anomalies", filterOf(v)...)},
		},
		Sets: []ui.FieldSet{{Fields: fields}},
	})
}

// keyOf is the key that chooses a decision: the first letter of its verb, d for a double.
func keyOf(d Decision) string {
	switch d {
	case Accept:
		return "a"
	case Correct:
		return "c"
	case EstimateIt:
		return "e"
	case SendBack:
		return "r"
	case Reject:
		return "d"
	}
	return ""
}

// effectOf says what a decision would bill.
func effectOf(v *screen.View, d Decision, card AnomalyCard, unit string) string {
	amount := func(q money.Quantity) string { return q.French() + ui.HardSpace + unit }
	switch d {
	case Accept:
		if card.Value != nil {
			return amount(card.Value.Quantity)
		}
	case EstimateIt:
		if card.Estimate != nil {
			return amount(card.Estimate.Quantity) + " (" + v.Say("enum.estimate_method."+string(card.Estimate.Method)) + ")"
		}
		return v.Say("page.metering.no_estimate")
	case SendBack:
		return v.Say("page.metering.held")
	case Reject:
		return amount(0)
	}
	return ""
}
