package billing

import (
	"context"
	"strconv"
	"time"

	g "maragu.dev/gomponents"

	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// underWayShown bounds the runs whose progress stands above their list.
const underWayShown = 6

// runsEmpty says what a run is and how to begin one; nothing when filters are set.
func runsEmpty(v *screen.View) *ui.Empty {
	if v.Query("state") != "" {
		return nil
	}
	return &ui.Empty{
		Icon: ui.IconInvoice, Title: v.Say("page.billing.runs_empty"), Text: v.Say("page.billing.runs_empty.text"),
		Actions: v.Button("billing.run.prepare", ui.IconPlus),
	}
}

// runCell puts the progress of a run under its state.
func runCell(v *screen.View) func(string, any) *ui.Cell {
	return func(column string, row any) *ui.Cell {
		r, ok := row.(RunRow)
		if ok && column == "from_month" {
			return &ui.Cell{Text: v.Months(r.FromMonth, r.ToMonth)}
		}
		if !ok || column != "state" || !r.underWay() {
			return nil
		}
		return &ui.Cell{Status: runStatus(v, r.State), Sub: partsWord(v, r.Progress)}
	}
}

// underWay says that the drafts or the issue of a run have begun and are not at their end.
func (r *Run) underWay() bool { return r.State == Computing || r.State == Issuing }

func runStatus(v *screen.View, s RunState) *ui.Status {
	return &ui.Status{Label: v.Say("enum.billing_run_state." + string(s)), Tone: screen.ToneOf(string(s))}
}

// partsWord is a progress in a few words: 3 / 7, 40 s remaining.
func partsWord(v *screen.View, p Progress) string {
	words := v.Say("page.billing.parts", "done", p.Done, "parts", p.Parts)
	if left := remainingWord(v, p); left != "" {
		words += " · " + left
	}
	return words
}

func remainingWord(v *screen.View, p Progress) string {
	if p.RemainingSeconds == nil {
		return ""
	}
	return v.Say("jobs.remaining", "time", time.Duration(*p.RemainingSeconds)*time.Second)
}

// underWay shows the progress of the runs that are being computed or issued, live.
func underWay(ctx context.Context, v *screen.View) (g.Node, error) {
	var all g.Group
	for _, state := range []RunState{Computing, Issuing} {
		rows, _, err := screen.Rows[RunRow](ctx, v, "billing.run.list", underWayShown, "state", string(state))
		if err != nil {
			return nil, err
		}
		for i := range rows {
			all = append(all, progressPanel(v, rows[i].Run, rows[i].Progress))
		}
	}
	return all, nil
}

// progressPanel is the progress of a run, asked again every two seconds until its end; nil for
// a run that stands still.
func progressPanel(v *screen.View, run Run, p Progress) g.Node {
	if !run.underWay() {
		return nil
	}
	return v.Panel(ui.Panel{Body: runProgress(v, run, p)})
}

func runProgress(v *screen.View, run Run, p Progress) g.Node {
	out := ui.Progress{
		ID: "run-" + run.ID.String(), Label: run.Code, Done: p.Done, Total: p.Parts, Status: *runStatus(v, run.State), Remaining: remainingWord(v, p),
		Rate: v.Say("page.billing.parts", "done", p.Done, "parts", strconv.FormatInt(p.Parts, 10)),
	}
	if run.underWay() {
		out.Poll = v.Href("/billing/runs/" + run.ID.String() + "/progress")
	}
	return v.Progress(out)
}

// progressFragment is the progress of one run by itself.
func progressFragment(ctx context.Context, v *screen.View) (ui.Page, error) {
	card, err := screen.Fetch[RunCard](ctx, v, "billing.run.show", "id", v.PathValue("id"))
	if err != nil {
		return ui.Page{}, err
	}
	return ui.Page{Body: runProgress(v, card.Run, card.Progress)}, nil
}
