package web

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	g "maragu.dev/gomponents"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/job"
	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// JobScreens are the pages of long work and of what starts by itself.
func JobScreens() []screen.Screen {
	return []screen.Screen{
		{Path: "/work", Place: screen.Day, Title: "jobs.mine", Menu: 3, Render: jobsPage("job.mine")},
		{Path: "/jobs", Place: screen.Administration, Title: "jobs.title", Menu: 7, Right: "job.list", Render: jobsPage("job.list")},
		{Path: "/jobs/{id}", Place: screen.Administration, Title: "jobs.one", Record: "job", Render: jobPage},
		{Path: "/jobs/{id}/progress", Place: screen.Administration, Title: "jobs.one", Fragment: true, Render: progressFragment},
		{Path: "/schedules", Place: screen.Administration, Title: "schedules.title", Menu: 8, Right: "job.schedule_list", Render: schedulesPage},
	}
}

func jobsPage(name string) func(context.Context, *screen.View) (ui.Page, error) {
	return func(ctx context.Context, v *screen.View) (ui.Page, error) {
		l, err := v.List(ctx, name, screen.ListOptions{
			Record: "job", Columns: []string{"recorded_at", "operation", "state", "done", "total", "actor", "finished_at", "error_code"}, Hide: []string{"operation"},
			Empty: &ui.Empty{Icon: ui.IconCheck, Title: v.Say("jobs.empty"), Text: v.Say("jobs.empty.text")},
		})
		return ui.Page{Body: v.Env.List(l)}, err
	}
}

// progress is the advance of a job, asked again every two seconds until its end.
func progress(v *screen.View, j job.Job) g.Node {
	p := ui.Progress{
		ID: "progress", Label: v.Say("op." + j.Operation), Done: j.Done, Total: j.Total,
		Status: ui.Status{Label: v.Say("enum.job_state." + string(j.State)), Tone: screen.ToneOf(string(j.State))},
	}
	if j.PerMinute > 0 && j.State == job.Running {
		p.Rate = v.Say("jobs.rate", "count", j.PerMinute)
	}
	if j.RemainingSeconds != nil && j.State == job.Running {
		p.Remaining = v.Say("jobs.remaining", "time", time.Duration(*j.RemainingSeconds)*time.Second)
	}
	if !j.State.Final() {
		p.Poll = v.Href("/jobs/" + j.ID.String() + "/progress")
		p.Cancel = &ui.Button{
			Label: v.Say("op.job.cancel"), Icon: ui.IconBan, Post: v.OpHref("job.cancel"), IdemKey: v.Key(), Confirm: v.Say("jobs.cancel_confirm"),
			Hidden: []ui.Pair{{Name: "id", Value: j.ID.String()}, {Name: screen.BackField, Value: "/jobs/" + j.ID.String()}},
		}
	}
	return v.Progress(p)
}

func progressFragment(ctx context.Context, v *screen.View) (ui.Page, error) {
	j, err := screen.Fetch[job.Job](ctx, v, "job.show", "id", v.PathValue("id"))
	if err != nil {
		return ui.Page{}, err
	}
	// At its end the page has more to say: what it came to, or why it failed.
	return ui.Page{Body: progress(v, j), Anew: j.State.Final()}, nil
}

func jobPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	j, err := screen.Fetch[job.Job](ctx, v, "job.show", "id", v.PathValue("id"))
	if err != nil {
		return ui.Page{}, err
	}
	facts, err := v.Facts(ctx, "job.show", j, "operation", "unit", "actor", "recorded_at", "started_at", "finished_at", "attempts", "worker")
	if err != nil {
		return ui.Page{}, err
	}
	body := g.Group{progress(v, j)}
	if j.ErrorCode != "" {
		body = append(body, v.Env.Notice(ui.Notice{Tone: ui.Wrong, Title: v.Say("jobs.failed"), Text: jobError(v, j)}))
	}
	if summary := summaryFacts(v, j.Summary); len(summary) > 0 {
		body = append(body, v.Panel(ui.Panel{Title: v.Say("jobs.summary"), Body: v.Env.Facts(summary)}))
	}
	p := ui.Page{
		Title: v.Say("op." + j.Operation), Code: j.ID.String(), Back: "/work",
		Body: v.Columns("8-4", body, v.Panel(ui.Panel{Title: v.Say("jobs.one"), Body: v.Env.Facts(facts)})),
	}
	if batch := batchOf(v, j.Summary); batch != "" {
		p.Actions = []ui.Button{{Label: v.Say("page.imports.open"), Icon: ui.IconImport, Primary: true, Href: batch}}
	}
	if j.State == job.Failed {
		p.Actions = []ui.Button{{
			Label: v.Say("op.job.retry"), Icon: ui.IconRefresh, Primary: true, Post: v.OpHref("job.retry"), IdemKey: v.Key(),
			Hidden: []ui.Pair{{Name: "id", Value: j.ID.String()}, {Name: screen.BackField, Value: "/jobs/" + j.ID.String()}},
		}}
	}
	return p, nil
}

// batchOf is the page of the file that a job took in; empty for other jobs.
func batchOf(v *screen.View, summary []byte) string {
	var s struct {
		Batch op.ID `json:"batch"`
	}
	if len(summary) == 0 || json.Unmarshal(summary, &s) != nil {
		return ""
	}
	return v.RecordHref("import_batch", s.Batch)
}

// jobError is the stored refusal in words.
func jobError(v *screen.View, j job.Job) string {
	e := fault.New(fault.Internal, j.ErrorCode)
	if len(j.ErrorArgs) > 0 && json.Unmarshal(j.ErrorArgs, &e.Args) != nil {
		e.Args = nil
	}
	message, _ := v.Texts.Error(e)
	return message
}

// summaryFacts shows the plain figures of a job's result.
func summaryFacts(v *screen.View, body []byte) []ui.Fact {
	fields := map[string]any{}
	if len(body) == 0 || json.Unmarshal(body, &fields) != nil {
		return nil
	}
	var facts []ui.Fact
	for _, name := range sortedKeys(fields) {
		switch x := fields[name].(type) {
		case string:
			facts = append(facts, ui.Fact{Label: v.Say("field." + name), Value: v.Word(name, x)})
		case bool:
			facts = append(facts, ui.Fact{Label: v.Say("field." + name), Value: v.Show(op.Column{}, x)})
		case float64: // a JSON count, below 2^53
			facts = append(facts, ui.Fact{Label: v.Say("field." + name), Value: ui.Number(int64(x)), Number: true})
		}
	}
	return facts
}

func schedulesPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	l, err := v.List(ctx, "job.schedule_list", screen.ListOptions{
		Columns: []string{"code", "operation", "rule", "enabled", "next_run_at", "last_job"},
		Cell: func(column string, row any) *ui.Cell {
			s, ok := row.(job.ScheduleRow)
			if !ok || column != "code" {
				return nil
			}
			cell := &ui.Cell{Text: s.Code, Sub: v.Say("schedule." + s.Code)}
			if v.May("job.schedule_set") {
				cell.Href = v.OpHref("job.schedule_set", "code", s.Code, "version", strconv.FormatInt(s.Version, 10), "rule", s.Rule,
					"enabled", strconv.FormatBool(s.Enabled), "back", "/schedules")
			}
			return cell
		},
	})
	l.Note = v.Say("schedules.note")
	return ui.Page{Sub: g.Text(v.Say("schedules.sub")), Body: v.Env.List(l)}, err
}
