package cli

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/op"
)

// progressEvery is the rhythm of progress lines where there is no terminal.
const progressEvery = 10 * time.Second

// job tells that a job is queued or, with --wait, carries it out and tells how
// it ended.
func (t *console) job(cmd *cobra.Command, b Backend, d *op.Def, res op.Result) error {
	var queued op.QueuedJob
	if err := json.Unmarshal(res.JSON, &queued); err != nil {
		return fault.Wrap(err, fault.Internal, "internal")
	}
	wait, err := cmd.Flags().GetBool("wait")
	if err != nil {
		return err
	}
	if !wait {
		if t.format != formatTable {
			return t.printResult(d, res)
		}
		_, err := fmt.Fprintln(t.Stdout, t.words.T("cli.queued", "job", queued.Job.String()))
		return wrote(err)
	}
	show := t.newProgress()
	end, err := b.Work(cmd.Context(), queued.Job, show.report)
	show.end()
	if err != nil {
		return err
	}
	body, err := json.Marshal(end)
	if err != nil {
		return fault.Wrap(err, fault.Internal, "internal")
	}
	if err := t.printJSON(body); err != nil {
		return err
	}
	if end.Failed {
		return fault.New(fault.Precondition, "cli.job_failed", "job", end.Job.String(), "reason", end.Reason)
	}
	return nil
}

// progress shows how far a job is: a moving bar on a terminal, otherwise a line
// every progressEvery.
type progress struct {
	t    *console
	bar  *progressbar.ProgressBar
	last time.Time
}

func (t *console) newProgress() *progress { return &progress{t: t, last: t.Now()} }

// report is called by the backend.
func (p *progress) report(done, total int64) {
	if p.t.Terminal {
		p.draw(done, total)
		return
	}
	now := p.t.Now()
	if now.Sub(p.last) < progressEvery {
		return
	}
	p.last = now
	if total > 0 {
		p.t.tell("cli.progress", "done", done, "total", total)
		return
	}
	p.t.tell("cli.progress_open", "done", done)
}

func (p *progress) draw(done, total int64) {
	if total <= 0 {
		total = -1 // a spinner
	}
	if p.bar == nil {
		p.bar = progressbar.NewOptions64(total, progressbar.OptionSetWriter(p.t.Stderr), progressbar.OptionShowCount(),
			progressbar.OptionThrottle(progressEvery/100), progressbar.OptionClearOnFinish())
	}
	if p.bar.GetMax64() != total {
		p.bar.ChangeMax64(total)
	}
	_ = p.bar.Set64(done) // a broken terminal stops no job
}

func (p *progress) end() {
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}
