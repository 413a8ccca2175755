package app

import (
	"context"
	"io/fs"
	"path"

	"wasl/internal/kernel/fault"
	"wasl/internal/module/tariff"
	"wasl/internal/platform/op"
	"wasl/packs"
)

// tariffs imports the packs the program carries and has them activated by a second
// person, as an office would.
func (d *demo) tariffs(ctx context.Context) error {
	var files []any
	err := fs.WalkDir(packs.Files, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		source, err := fs.ReadFile(packs.Files, name)
		files = append(files, op.NewUpload(path.Base(name), source))
		return err
	})
	if err != nil {
		return fault.Wrap(err, fault.Internal, "internal")
	}
	res, err := d.app.Runner.Run(ctx, op.Request{
		Name: "tariff.import", Credential: op.Credential{Channel: op.Console, Login: demoAdmin}, RequestID: "demo", Input: op.Input{"files": files},
	})
	if err != nil {
		return err
	}
	report, ok := res.Out.(tariff.ImportReport)
	if !ok {
		return fault.New(fault.Internal, "internal")
	}
	pairs := []string{"reason", d.app.Texts.Printer("fr").T("demo.tariffs")}
	for _, v := range report.Versions {
		pairs = append(pairs, "versions", v.ID.String())
	}
	res, err = d.run(ctx, demoAdmin, "tariff.activate", pairs...)
	if err != nil {
		return err
	}
	return d.approve(ctx, demoPeople()[0]["login"], res.Proposal)
}
