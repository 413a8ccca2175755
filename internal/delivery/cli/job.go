package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"wasl/internal/delivery/render"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/op"
)

// progressEvery is the rhythm of progress lines where there is no terminal.
const progressEvery = 10 * time.Second

// job tells that a job is queued or, with --wait, carries it out and tells how
// it ended.
func (t *console) job(cmd *cobra.Command, b Backend, d *op.Def, req op.Request, res op.Result) error {
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
	if d.Refused != "" && !end.Failed {
		return t.imported(cmd, b, d, req, end)
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

// imported tells what a job that refuses rows came to: its summary, and the refused
// rows as a file when one is named. A file that was refused whole is a failure of
// the command.
func (t *console) imported(cmd *cobra.Command, b Backend, d *op.Def, req op.Request, end JobEnd) error {
	var summary struct {
		Batch    op.ID  `json:"batch"`
		State    string `json:"state"`
		Rejected int64  `json:"rejected"`
	}
	if err := json.Unmarshal(end.Summary, &summary); err != nil {
		return fault.Wrap(err, fault.Internal, "internal")
	}
	if err := t.printJSON(end.Summary); err != nil {
		return err
	}
	path, err := cmd.Flags().GetString("rejects")
	if err == nil && path != "" {
		err = t.refusedRows(cmd, b, d, req, summary.Batch, path)
	}
	if err == nil && summary.State == "refused" {
		err = fault.New(fault.Precondition, "cli.import_refused", "count", summary.Rejected)
	}
	return err
}

// refusedRows writes the refused rows of a batch into a file of their own.
func (t *console) refusedRows(cmd *cobra.Command, b Backend, d *op.Def, req op.Request, batch op.ID, path string) (err error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, rejectsMode)
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "cli.file", "path", path)
	}
	defer func() {
		if closing := file.Close(); err == nil && closing != nil {
			err = fault.Wrap(closing, fault.Unavailable, "cli.output")
		}
	}()
	list := t.Registry.Find(d.Refused)
	if list == nil {
		return fault.New(fault.Internal, "internal", "operation", d.Refused)
	}
	rows := render.NewListCSV(file, render.RFC4180, list)
	_, err = b.Rows(cmd.Context(), op.Request{Name: list.Name, Credential: req.Credential, Input: op.Input{"batch": batch.String()}}, func(op.ListMeta) error {
		return rows.Header(t.words)
	}, rows.Row)
	return err
}

// rejectsMode lets the owner alone read what may be personal data.
const rejectsMode = 0o600
