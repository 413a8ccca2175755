package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"wasl/internal/delivery/render"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/page"
	"wasl/internal/platform/op"
)

// fillOperation makes a command of an operation. The command may already be a
// group, when the operation's name begins another one.
func (t *console) fillOperation(cmd *cobra.Command, name string, d *op.Def) {
	cmd.Use = name
	for _, p := range d.PathParams() {
		cmd.Use += " [" + strings.ToUpper(p) + "]"
	}
	if filesField(d) != nil {
		cmd.Use += " [FILE]..."
	}
	cmd.Short, cmd.Long = t.words.Title(d), t.words.Help(d)
	cmd.Args = cobra.ArbitraryArgs
	cmd.ValidArgsFunction = cobra.NoFileCompletions
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.String("json", "", t.words.T("cli.flag.json"))
	switch {
	case d.Kind == op.List:
		t.listFlags(cmd, d)
	case d.Kind.Changes():
		flags.Bool("dry-run", false, t.words.T("cli.flag.dry_run"))
		flags.String("key", "", t.words.T("cli.flag.key"))
	}
	if reads := d.Kind == op.List || d.Kind == op.Get; reads && d.Field("ids") == nil {
		flags.BoolVar(&t.ids, "ids", false, t.words.T("cli.flag.ids"))
	}
	if d.GivesDocument() {
		flags.String("out", "", t.words.T("cli.flag.out"))
	}
	if d.Kind == op.Job {
		flags.Bool("wait", d.Refused != "", t.words.T("cli.flag.wait"))
	}
	if d.Refused != "" {
		flags.String("rejects", "", t.words.T("cli.flag.rejects"))
	}
	t.fieldFlags(cmd, d)
	cmd.Example = t.example(cmd, d)
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return t.run(cmd, d, args) }
}

func (t *console) listFlags(cmd *cobra.Command, d *op.Def) {
	flags := cmd.Flags()
	flags.String("out", "", t.words.T("cli.flag.out"))
	flags.Int("limit", 0, t.words.T("cli.flag.limit"))
	flags.Bool("all", false, t.words.T("cli.flag.all"))
	flags.String("cursor", "", t.words.T("cli.flag.cursor"))
	flags.String("sort", "", t.words.T("cli.flag.sort"))
	var sorts []string
	for _, s := range d.Sorts {
		sorts = append(sorts, strings.TrimPrefix(s, "-"), "-"+strings.TrimPrefix(s, "-"))
	}
	t.complete(cmd, "sort", sorts...)
	flags.String(unitFlag(d), "", t.words.T("cli.flag.unit"))
}

// unitFlag narrows a list to a unit; a filter of that name comes first.
func unitFlag(d *op.Def) string {
	if d.Field("unit") != nil {
		return "in-unit"
	}
	return "unit"
}

// run carries out an operation.
func (t *console) run(cmd *cobra.Command, d *op.Def, args []string) (err error) {
	g, err := t.globals(cmd, d)
	if err != nil {
		return err
	}
	req := op.Request{Name: d.Name}
	if req.Input, err = t.input(cmd, d, args); err != nil {
		return err
	}
	all := false
	if d.Kind == op.List {
		if all, err = t.page(cmd, d, &req); err != nil {
			return err
		}
	}
	if d.Kind.Changes() {
		if req.DryRun, err = cmd.Flags().GetBool("dry-run"); err != nil {
			return err
		}
		if req.Key, err = cmd.Flags().GetString("key"); err != nil {
			return err
		}
	}
	return t.opened(cmd.Context(), g, func(backend Backend, who op.Credential) error {
		req.Credential = who
		if err := t.handIn(cmd.Context(), backend, d, req); err != nil {
			return err
		}
		if d.Kind == op.List {
			return t.list(cmd, backend, d, req, all)
		}
		return t.one(cmd, backend, d, req)
	})
}

// opened does something with the program open on its database, as whoever the options
// say, and closes it.
func (t *console) opened(ctx context.Context, g Globals, do func(Backend, op.Credential) error) (err error) {
	backend, err := t.App.Open(ctx, g)
	if err != nil {
		return err
	}
	defer func() {
		if closing := backend.Close(); err == nil {
			err = closing
		}
	}()
	t.labels = func(kind string, ids []int64) (map[int64]string, error) { return backend.Labels(ctx, kind, ids) }
	who, err := credential(g, backend)
	if err != nil {
		return err
	}
	return do(backend, who)
}

// credential is the console acting as a user, or the owner of a token, who is
// an authenticated user like any other.
func credential(g Globals, b Backend) (op.Credential, error) {
	token := b.Token()
	if token == "" {
		return op.Credential{Channel: op.Console, Login: g.As}, nil
	}
	if g.As != "" {
		return op.Credential{}, usage("who")
	}
	return op.Credential{Channel: op.API, Token: token}, nil
}

// page reads the options of a list.
func (t *console) page(cmd *cobra.Command, d *op.Def, req *op.Request) (all bool, err error) {
	flags := cmd.Flags()
	if all, err = flags.GetBool("all"); err != nil {
		return false, err
	}
	if all && (flags.Changed("limit") || flags.Changed("cursor")) {
		return false, usage("page")
	}
	limit, err := flags.GetInt("limit")
	if err != nil {
		return false, err
	}
	if flags.Changed("limit") && limit == 0 {
		limit = -1 // refused below like any other number out of bounds
	}
	if req.Page.Sort, err = flags.GetString("sort"); err != nil {
		return false, err
	}
	if form, own := d.Formats[t.format]; own && form.Sort != "" && !flags.Changed("sort") {
		req.Page.Sort = form.Sort
	}
	unit, err := flags.GetString(unitFlag(d))
	if err != nil {
		return false, err
	}
	if unit != "" {
		if req.Unit, err = render.ParseUnit(unit); err != nil {
			return false, err
		}
	}
	cursor, err := flags.GetString("cursor")
	if err != nil {
		return false, err
	}
	if err := render.OpenCursor(d, req, cursor); err != nil {
		return false, err
	}
	whole := (len(d.Formats) > 0 || t.format == formatXLSX) && !flags.Changed("limit") && !flags.Changed("cursor")
	if all = all || whole || !render.Paged(d); all {
		return true, nil
	}
	req.Page.Limit, err = page.Limit(limit)
	return false, err
}

// list prints rows as they come, or keeps them in a file.
func (t *console) list(cmd *cobra.Command, b Backend, d *op.Def, req op.Request, all bool) error {
	path, err := cmd.Flags().GetString("out")
	switch {
	case err != nil:
		return err
	case t.format == formatXLSX && (path == "" || path == "-") && t.Display:
		return usage("terminal")
	case path == "" || path == "-":
		return t.listTo(cmd, b, d, req, all, t.Stdout)
	}
	size, err := inPlace(path, func(w io.Writer) error { return t.listTo(cmd, b, d, req, all, w) })
	if err != nil {
		return err
	}
	t.tell("cli.kept", "path", path, "size", size)
	return nil
}

// listTo writes the rows of a list.
func (t *console) listTo(cmd *cobra.Command, b Backend, d *op.Def, req op.Request, all bool, w io.Writer) (err error) {
	out := t.rows(d, w)
	if closer, ok := out.(io.Closer); ok {
		defer func() { err = errors.Join(err, closer.Close()) }()
	}
	var last any
	more, err := b.Rows(cmd.Context(), req, func(op.ListMeta) error { return out.begin() }, func(row any) error {
		last = row
		return out.row(row)
	})
	if err != nil {
		return err
	}
	next := ""
	if more && !all {
		next = render.NextCursor(d, req, last)
	}
	return out.end(next)
}

// one carries out a command, a get or a job and prints what it came to.
func (t *console) one(cmd *cobra.Command, b Backend, d *op.Def, req op.Request) error {
	res, err := b.Run(cmd.Context(), req)
	if err != nil {
		return err
	}
	if res.Outcome == op.Replayed {
		t.tell("cli.replayed")
	}
	if d.Kind == op.Job && res.Outcome != op.DryRun {
		return t.job(cmd, b, d, req, res)
	}
	if given, ok := res.Out.(op.Document); ok {
		if path, err := cmd.Flags().GetString("out"); err != nil || path != "" {
			return errors.Join(err, t.keep(cmd.Context(), given, path))
		}
	}
	return t.printResult(d, res)
}

// keep writes the file an operation gave beside, then under its name; "-" is the output.
func (t *console) keep(ctx context.Context, d op.Document, path string) (err error) {
	content, err := d.Open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, content.Close()) }()
	if path == "-" {
		_, err = io.Copy(t.Stdout, content)
		return wrote(err)
	}
	size, err := inPlace(path, func(w io.Writer) error {
		_, err := io.Copy(w, content)
		return err
	})
	if err != nil {
		return err
	}
	t.tell("cli.kept", "path", path, "size", size)
	return nil
}

// inPlace writes a file beside, then under its name, so that a file of that name is
// always whole; it gives its size in bytes.
func inPlace(path string, write func(io.Writer) error) (size int64, err error) {
	part, err := os.CreateTemp(filepath.Dir(path), ".wasl-*")
	if err != nil {
		return 0, fault.Wrap(err, fault.Unavailable, "cli.out", "path", path)
	}
	defer os.Remove(part.Name())
	if err := write(part); err != nil {
		return 0, errors.Join(err, part.Close())
	}
	if size, err = part.Seek(0, io.SeekEnd); err == nil {
		err = part.Sync()
	}
	if err = errors.Join(err, part.Close()); err == nil {
		err = os.Rename(part.Name(), path)
	}
	if err != nil {
		return 0, fault.Wrap(err, fault.Unavailable, "cli.out", "path", path)
	}
	return size, nil
}
