package cli

import (
	"encoding/json"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/op"
)

// The operations that follow one another in a billing run, up to its approval, which
// needs a second person.
const (
	runPrepare = "billing.run.prepare"
	runCompute = "billing.run.compute"
	runShow    = "billing.run.show"
)

// billingRun makes `wasl billing run` itself: it prepares a run, computes its bills and
// shows what there is to approve. The words behind it stay commands of their own.
func (t *console) billingRun(root *cobra.Command) {
	prepare := t.Registry.Find(runPrepare)
	if prepare == nil {
		return
	}
	cmd := t.child(t.child(root, "billing", prepare.Module()), "run", prepare.Module())
	cmd.Short, cmd.Long = t.words.T("cli.cmd.billing_run"), t.words.T("cli.cmd.billing_run.help")
	cmd.ValidArgsFunction = cobra.NoFileCompletions
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.String("json", "", t.words.T("cli.flag.json"))
	flags.String("key", "", t.words.T("cli.flag.key"))
	t.fieldFlags(cmd, prepare)
	cmd.Example = "  wasl billing run --unit 1 --service water --from-month 2026-11-01"
	lost := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 || !asked(cmd) {
			return lost(cmd, args)
		}
		return t.runToApproval(cmd, prepare)
	}
}

// asked says whether a command was given any field.
func asked(cmd *cobra.Command) (is bool) {
	cmd.Flags().Visit(func(f *pflag.Flag) { is = is || f.Name == "json" || len(f.Annotations[fieldMark]) > 0 })
	return is
}

// runToApproval carries the steps out, each as the operation it is. One --key serves all
// of them: a command that was cut is given again and goes on where it stood.
func (t *console) runToApproval(cmd *cobra.Command, prepare *op.Def) error {
	g, err := t.globals(cmd, prepare)
	if err != nil {
		return err
	}
	req := op.Request{Name: prepare.Name}
	if req.Input, err = t.input(cmd, prepare, nil); err != nil {
		return err
	}
	if req.Key, err = cmd.Flags().GetString("key"); err != nil {
		return err
	}
	return t.opened(cmd.Context(), g, func(b Backend, who op.Credential) error {
		req.Credential = who
		return t.steps(cmd, b, req)
	})
}

// steps prepares, computes and shows a run.
func (t *console) steps(cmd *cobra.Command, backend Backend, req op.Request) error {
	res, err := backend.Run(cmd.Context(), req)
	if err != nil {
		return err
	}
	var run struct {
		ID     op.ID  `json:"id"`
		Code   string `json:"code"`
		SHA256 string `json:"sha256"`
	}
	if err := json.Unmarshal(res.JSON, &run); err != nil {
		return fault.Wrap(err, fault.Internal, "internal")
	}
	t.tell("cli.billing_run.prepared", "code", run.Code)
	about := op.Request{Name: runCompute, Credential: req.Credential, Input: op.Input{"id": run.ID.String()}}
	if req.Key != "" {
		about.Key = req.Key + ".compute"
	}
	if err := t.workedTo(cmd, backend, about); err != nil {
		return err
	}
	about.Name, about.Key = runShow, ""
	if res, err = backend.Run(cmd.Context(), about); err != nil {
		return err
	}
	if err := json.Unmarshal(res.JSON, &run); err != nil {
		return fault.Wrap(err, fault.Internal, "internal")
	}
	t.tell("cli.billing_run.next", "id", run.ID.String(), "sha256", run.SHA256)
	return t.printResult(t.Registry.Find(runShow), res)
}

// workedTo asks for a job and carries it out to its end.
func (t *console) workedTo(cmd *cobra.Command, b Backend, req op.Request) error {
	res, err := b.Run(cmd.Context(), req)
	if err != nil {
		return err
	}
	var queued op.QueuedJob
	if err := json.Unmarshal(res.JSON, &queued); err != nil {
		return fault.Wrap(err, fault.Internal, "internal")
	}
	show := t.newProgress()
	end, err := b.Work(cmd.Context(), queued.Job, show.report)
	show.end()
	if err == nil && end.Failed {
		err = fault.New(fault.Precondition, "cli.job_failed", "job", end.Job.String(), "reason", end.Reason)
	}
	return err
}
