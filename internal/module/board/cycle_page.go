package board

import (
	"strconv"

	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// stages are the steps of a route in a month, in order.
func stages() []string { return []string{"planned", "read", "controlled", "computed", "issued"} }

// cells says for each stage how it stands: its words, and the tone of its cell.
func (c *Cycle) cells(v *screen.View) (out []ui.Status) {
	read := c.Stops > 0 && (c.Read >= c.Stops || c.Ended)
	out = append(out, ui.Status{Label: dayMonth(c.OpensOn.String()), Tone: ui.Settled})
	switch {
	case read:
		out = append(out, ui.Status{Label: ui.Count(c.Read) + "/" + ui.Count(c.Stops), Tone: ui.Settled})
	case c.LateDays > 0:
		out = append(out, ui.Status{Label: delay(v, c.LateDays), Tone: ui.Wrong})
	case c.Read > 0:
		out = append(out, ui.Status{Label: ui.Count(c.Read) + "/" + ui.Count(c.Stops), Tone: ui.Action})
	default:
		out = append(out, ui.Status{})
	}
	switch {
	case c.ToDecide > 0:
		out = append(out, ui.Status{Label: v.Say("page.board.to_decide", "count", c.ToDecide), Tone: ui.Waits})
	case read:
		out = append(out, ui.Status{Label: v.Say("page.board.done"), Tone: ui.Settled})
	default:
		out = append(out, ui.Status{})
	}
	computed, issued := ui.Status{}, ui.Status{}
	switch c.RunState {
	case "prepared", "computing":
		computed = ui.Status{Label: v.Say("enum.billing_run_state." + c.RunState), Tone: ui.Action}
	case "computed", "approved":
		computed = ui.Status{Label: v.Say("page.board.done"), Tone: ui.Settled}
		issued = ui.Status{Label: v.Say("page.board.to_approve"), Tone: ui.Waits}
		if c.RunState == "approved" {
			issued.Label = v.Say("page.board.to_issue")
		}
	case "issuing":
		computed = ui.Status{Label: v.Say("page.board.done"), Tone: ui.Settled}
		issued = ui.Status{Label: ui.Count(c.Billed) + "/" + ui.Count(c.Read), Tone: ui.Action}
	case "issued":
		computed = ui.Status{Label: v.Say("page.board.done"), Tone: ui.Settled}
		issued = ui.Status{Label: dayMonth(c.IssuedOn.String()), Tone: ui.Settled}
	}
	return append(out, computed, issued)
}

// dayMonth is the day and month of a date: 18/11.
func dayMonth(iso string) string {
	if date := ui.Date(iso); len(date) > len("18/11") {
		return date[:len("18/11")]
	}
	return ""
}

// fold is one line of the cycle: a route, or routes of a unit in the same state.
type fold struct {
	all   []Cycle
	cells []ui.Status
	done  []int
	stops int64
}

// folded gathers the routes. Of many, those of a unit whose cells have the same tones are
// one line.
func folded(v *screen.View, all []Cycle) (out []*fold) {
	type key struct {
		unit  op.ID
		tones string
	}
	at := map[key]*fold{}
	for _, c := range all {
		cells := c.cells(v)
		k := key{unit: c.Unit}
		for _, s := range cells {
			k.tones += string(s.Tone) + ";"
		}
		f := at[k]
		if f == nil || len(all) <= cycleMax {
			f = &fold{cells: cells, done: make([]int, len(cells))}
			at[k], out = f, append(out, f)
		}
		f.all, f.stops = append(f.all, c), f.stops+c.Stops
		for i, s := range cells {
			if s.Tone == ui.Settled {
				f.done[i]++
			}
		}
	}
	return out
}

// row draws a line: of several routes each cell counts them.
func (f *fold) row(v *screen.View, units map[op.ID]string) ui.Row {
	c := f.all[0]
	row := ui.Row{Href: v.RecordHref("route", c.Route), Cells: []ui.Cell{{Text: c.Code}, {Text: c.Name, Sub: ""}, {Text: ui.Count(f.stops)}}}
	row.Cells[1].Text = v.Say("page.board.route_of", "name", c.Name, "reader", c.Reader)
	if n := len(f.all); n > 1 {
		row.Cells[0].Text = c.Code + "…"
		row.Cells[1].Text = v.Say("page.board.routes_of", "count", n, "unit", units[c.Unit])
		row.Href = v.Href("/metering", "month", c.Month.String(), "unit", c.Unit.String())
	}
	for i := range f.cells {
		s := f.cells[i]
		if s.Tone == ui.Neutral {
			row.Cells = append(row.Cells, ui.Cell{})
			continue
		}
		if n := len(f.all); n > 1 {
			s.Label = strconv.Itoa(n)
		}
		row.Cells = append(row.Cells, ui.Cell{Status: &s})
	}
	return row
}
