package ui

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// figureOf is a figure whose text is its number.
func figureOf(n int64) ChartValue { return ChartValue{N: n, Text: fmt.Sprint(n)} }

func threeBars() BarChart {
	return BarChart{
		Title: "Consommation", Unit: "kWh", Head: "Mois", Series: []string{"Relevé"}, Highlight: "À contrôler",
		Bars: []ChartBar{
			{Label: "janv.", Name: "janvier", Values: []ChartValue{figureOf(0)}},
			{Label: "févr.", Values: []ChartValue{figureOf(50)}},
			{Label: "mars", Values: []ChartValue{{None: true}}},
			{Label: "avr.", Values: []ChartValue{figureOf(100)}, Marked: true},
		},
		Mark: &ChartMark{Label: "Moyenne", Value: figureOf(75)},
	}
}

// TestBarChartPlaces holds the drawing to places worked out by hand: four
// slots of a quarter, bars of 12 % at most, zero at 174 and 100 at 22 pixels.
func TestBarChartPlaces(t *testing.T) {
	t.Parallel()
	d := parse(t, bareEnv().BarChart(threeBars()))
	bars := d.all("svg[role=img] rect")
	if len(bars) != 3 {
		t.Fatalf("%d bars are drawn, want 3: no bar without a figure", len(bars))
	}
	for i, want := range []map[string]string{
		{"x": "6.50%", "y": "174", "width": "12.00%", "height": "0"},
		{"x": "31.50%", "y": "98", "width": "12.00%", "height": "76"},
		{"x": "81.50%", "y": "22", "width": "12.00%", "height": "152"},
	} {
		for name, value := range want {
			if got := attrOf(bars[i], name); got != value {
				t.Errorf("bar %d: %s is %s, want %s", i, name, got, value)
			}
		}
	}
	d.attr("svg[role=img] line.w-chart-mark", "y1", "60")
	d.count("svg[role=img] rect.w-chart-accent", 1)
	d.count("svg[role=img] .w-chart-value", 3)
	d.words("svg[role=img] rect.w-chart-accent title", "avr."+HardSpace+": 100"+HardSpace+"kWh")
}

// TestBarChartTable wants the figures in a table, with a dash where there is
// none, and the key in words.
func TestBarChartTable(t *testing.T) {
	t.Parallel()
	d := parse(t, bareEnv().BarChart(threeBars()))
	d.words("details summary", "ui.chart_figures Consommation")
	d.words("table caption", "Consommation")
	d.words("thead th:last-child", "Relevé (kWh)")
	d.words("tbody tr:nth-child(1) th", "janvier")
	d.words("tbody tr:nth-child(3) td", Dash)
	d.words("tbody tr:nth-child(4) td", "100")
	d.words(".w-chart-key li:nth-child(1)", "À contrôler")
	d.words(".w-chart-key li:nth-child(2)", "Moyenne"+HardSpace+": 75"+HardSpace+"kWh")
	checkPolicy(t, d)
	checkNames(t, d)
}

// TestBarChartBelowZero hangs a negative figure under the axis.
func TestBarChartBelowZero(t *testing.T) {
	t.Parallel()
	d := parse(t, bareEnv().BarChart(BarChart{Title: "T", Head: "M", Series: []string{"a", "b"}, Bars: []ChartBar{
		{Label: "x", Values: []ChartValue{figureOf(-100), figureOf(100)}},
	}}))
	// The range of -100 to 100 lies between 161 and 22: zero is in the middle,
	// 69.5 above the lower end, half a pixel going up.
	rects := d.all("svg[role=img] rect")
	if attrOf(rects[0], "y") != "91" || attrOf(rects[0], "height") != "70" || attrOf(rects[1], "y") != "22" || attrOf(rects[1], "height") != "69" {
		t.Errorf("the bars stand at %s+%s and %s+%s", attrOf(rects[0], "y"), attrOf(rects[0], "height"), attrOf(rects[1], "y"), attrOf(rects[1], "height"))
	}
	d.count(".w-chart-key li", 2)
	d.attr("svg[role=img] .w-chart-value:nth-of-type(2)", "y", "174")
}

func blocks(at int64, whole bool) StepChart {
	return StepChart{
		Title: "Prix", Unit: "DH/kWh", Across: "kWh", Heads: [3]string{"Tranche", "Jusqu’à", "Prix"}, Whole: whole,
		Steps: []ChartStep{
			{Label: "Tranche 1", UpTo: figureOf(100), Value: ChartValue{N: 500, Text: "0,50"}},
			{Label: "Tranche 2", UpTo: figureOf(200), Value: ChartValue{N: 1000, Text: "1,00"}},
			{Label: "Tranche 3", UpTo: ChartValue{None: true}, Value: ChartValue{N: 2000, Text: "2,00"}},
		},
		At: &ChartMark{Label: "Consommation", Value: figureOf(at)},
	}
}

// TestStepChart places limits by hand: the axis ends a fifth beyond the
// greatest quantity, 240 here, so that 100 is at 41.66 %.
func TestStepChart(t *testing.T) {
	t.Parallel()
	d := parse(t, bareEnv().StepChart(blocks(150, false)))
	treads := d.all(".w-chart-tread")
	if len(treads) != 3 {
		t.Fatalf("%d treads, want 3", len(treads))
	}
	want := [][3]string{{"0.00%", "41.66%", "136"}, {"41.66%", "83.33%", "98"}, {"83.33%", "100.00%", "22"}}
	for i, w := range want {
		if attrOf(treads[i], "x1") != w[0] || attrOf(treads[i], "x2") != w[1] || attrOf(treads[i], "y1") != w[2] {
			t.Errorf("tread %d: %s to %s at %s, want %v", i, attrOf(treads[i], "x1"), attrOf(treads[i], "x2"), attrOf(treads[i], "y1"), w)
		}
	}
	d.count(".w-chart-riser", 2)
	d.count("rect.w-chart-area", 2)
	d.words("tbody tr:nth-child(3) td:nth-child(2)", "ui.chart_beyond")
	d.words("tbody tr:nth-child(2) td:nth-child(3)", "1,00")
	checkPolicy(t, d)
}

// TestStepChartFill wants the surface of what is paid: part by part, or whole
// at the step reached, the limit itself included.
func TestStepChartFill(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		at    int64
		whole bool
		want  []string
	}{
		{150, false, []string{"0.00%+41.66%", "41.66%+20.84%"}},
		{100, false, []string{"0.00%+41.66%"}},
		{101, true, []string{"0.00%+42.08%"}},
		{0, false, []string{"0.00%+0.00%"}},
	} {
		d := parse(t, bareEnv().StepChart(blocks(c.at, c.whole)))
		var got []string
		for _, r := range d.all("rect.w-chart-area") {
			got = append(got, attrOf(r, "x")+"+"+attrOf(r, "width"))
		}
		if strings.Join(got, " ") != strings.Join(c.want, " ") {
			t.Errorf("up to %d (whole %v): %v, want %v", c.at, c.whole, got, c.want)
		}
	}
}

// TestLineChart leaves a hole where a figure is missing and parts the names at
// the lines' ends.
func TestLineChart(t *testing.T) {
	t.Parallel()
	d := parse(t, bareEnv().LineChart(LineChart{
		Title: "Taux", Unit: "%", Head: "Mois", Labels: []string{"a", "b", "c"},
		Lines: []ChartLine{
			{Name: "2026", Values: []ChartValue{figureOf(10), {None: true}, figureOf(30)}},
			{Name: "2025", Values: []ChartValue{figureOf(10), figureOf(20), figureOf(30)}},
		},
	}))
	d.count("circle.w-chart-line-1", 2)
	d.count("line.w-chart-line-1", 0)
	d.count("line.w-chart-line-2", 2)
	d.words("tbody tr:nth-child(2) td:nth-child(2)", Dash)
	d.words("text.w-chart-line-1", "2026"+HardSpace+"30")
	d.attr("text.w-chart-line-1", "y", "26")
	d.attr("text.w-chart-line-2", "y", "39")
	checkPolicy(t, d)
}

// TestSplitBar cuts at the sums of the parts and leaves out what is empty.
func TestSplitBar(t *testing.T) {
	t.Parallel()
	d := parse(t, bareEnv().SplitBar(SplitBar{Title: "Volume", Unit: "kWh", Heads: [2]string{"Tranche", "Volume"}, Parts: []SplitPart{
		{Label: "T1", Name: "Tranche 1", Value: figureOf(100)},
		{Label: "T2", Value: ChartValue{None: true}},
		{Label: "T3", Value: figureOf(300)},
	}}))
	d.count("rect.w-chart-part", 2)
	d.attr("rect.w-chart-part:first-of-type", "width", "25.00%")
	d.attr("rect.w-chart-part:last-of-type", "x", "25.00%")
	d.words("tbody tr:first-child th", "Tranche 1")
	d.count("tbody tr", 3)
	parse(t, bareEnv().SplitBar(SplitBar{Title: "Volume"})).words("p", "ui.chart_none")
}

// TestChartsSayThemselves wants a sentence with the least and the greatest figure.
func TestChartsSayThemselves(t *testing.T) {
	t.Parallel()
	d := parse(t, frenchEnv(t).BarChart(threeBars()))
	d.attr("svg[role=img]", "aria-label", "Consommation. Nombre de valeurs"+HardSpace+": 3. De 0"+HardSpace+"kWh à 100"+HardSpace+"kWh.")
	parse(t, bareEnv().BarChart(BarChart{Title: "T"})).words("p", "ui.chart_none")
	parse(t, bareEnv().LineChart(LineChart{Title: "T"})).words("p", "ui.chart_none")
	parse(t, bareEnv().StepChart(StepChart{Title: "T"})).words("p", "ui.chart_none")
}

// TestNarrowChartsKeepTheLastWord thins words from the end: the last one always
// stays, every class of width has its rule in the style sheet.
func TestNarrowChartsKeepTheLastWord(t *testing.T) {
	t.Parallel()
	c := BarChart{Title: "T", Head: "M", Series: []string{"s"}}
	for i := range 12 {
		c.Bars = append(c.Bars, ChartBar{Label: fmt.Sprintf("m%02d", i), Values: []ChartValue{{N: int64(i), Text: "1 234"}}})
	}
	d := parse(t, bareEnv().BarChart(c))
	byClass := map[string]int{}
	for _, n := range d.all("text.w-chart-value") {
		byClass[attrOf(n, "class")]++
	}
	// Twelve figures of five letters need 12 × 6 × 6 = 432 pixels: six of them
	// wait for 480, three for 240 or less.
	if byClass["w-chart-word w-chart-value w-fit-480"] != 6 || byClass["w-chart-word w-chart-value"] != 6 {
		t.Errorf("the figures are thinned as %v", byClass)
	}
	css := read(t, "wasl-charts.css")
	for _, at := range chartFits() {
		if !strings.Contains(css, fmt.Sprintf("@container (inline-size < %dpx) { .w-fit-%d {", at, at)) {
			t.Errorf("the style sheet has no rule for %d", at)
		}
	}
}

// TestSpanHoldsEveryFigure draws any figures without leaving the drawing.
func TestSpanHoldsEveryFigure(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		all := rapid.SliceOfN(rapid.Int64(), 1, 8).Draw(r, "figures")
		s := span{}
		for _, n := range all {
			s.hold(figureOf(n))
		}
		for _, n := range all {
			if p, y := s.part(n), s.height(n); p < 0 || p > partWhole || y < chartTop || y > chartBottom {
				r.Fatalf("%d of %v is drawn at %d and %d", n, s, p, y)
			}
		}
	})
	s := span{low: math.MinInt64, high: math.MaxInt64}
	if s.part(0) != partWhole/2 {
		t.Errorf("zero of the widest range is at %d", s.part(0))
	}
}

// TestChartsRenderWhole keeps the promise of the server's drawing: nothing in
// it waits for a script.
func TestChartsRenderWhole(t *testing.T) {
	t.Parallel()
	node, err := Gallery(frenchEnv(t), "charts")
	if err != nil {
		t.Fatal(err)
	}
	d := parse(t, node)
	d.count("figure.w-chart", 6)
	d.count("figure.w-chart table", 6)
	d.count("figure.w-chart script, figure.w-chart canvas, figure.w-chart [hx-get]", 0)
	for _, n := range d.all("figure.w-chart svg[role=img]") {
		if !strings.Contains(attrOf(n, "aria-label"), "De ") {
			t.Errorf("a drawing says only %q", attrOf(n, "aria-label"))
		}
	}
}
