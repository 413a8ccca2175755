package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/op"
)

// fieldMark is the annotation of flags that carry a field of the input.
const fieldMark = "wasl_field"

// standardInput stands for the standard input where a file is named.
const standardInput = "-"

// secretSuffix ends the flag of a secret: it names a file, because what is on a
// command line is seen by every user of the machine.
const secretSuffix = "-file"

// jsonBytesMax bounds a whole input given as JSON.
const jsonBytesMax = 1 << 20

// secretBytesMax bounds a file that holds a secret.
const secretBytesMax = 4 << 10

// fieldFlags declares a flag per field. A field whose name is taken by an option
// gets the prefix "field-".
func (t *console) fieldFlags(cmd *cobra.Command, d *op.Def) {
	for _, f := range d.Fields {
		name := strings.ReplaceAll(f.Name, "_", "-")
		if f.Secret {
			name += secretSuffix
		}
		if cmd.Flags().Lookup(name) != nil || t.root.PersistentFlags().Lookup(name) != nil {
			name = "field-" + name
		}
		cmd.Flags().StringArray(name, nil, t.fieldHelp(d, f))
		flag := cmd.Flags().Lookup(name)
		flag.Annotations = map[string][]string{fieldMark: {f.Name}}
		switch {
		case f.Type == op.Flag:
			flag.NoOptDefVal = "true"
			t.complete(cmd, name, "true", "false")
		case f.Type == op.Choice:
			t.complete(cmd, name, f.Values...)
		case f.Pattern == "right":
			t.complete(cmd, name, t.Registry.Rights()...)
		case f.Type != op.File && !f.Secret:
			t.complete(cmd, name)
		}
	}
}

// fieldHelp is the line that explains a field.
func (t *console) fieldHelp(d *op.Def, f op.Field) string {
	kind := "cli.type." + string(f.Type)
	if f.Secret {
		kind = "cli.type.secret"
	}
	var notes []string
	note := func(on bool, key string, pairs ...any) {
		if on {
			notes = append(notes, t.words.T(key, pairs...))
		}
	}
	note(f.Required, "cli.field.required")
	note(f.Many, "cli.field.many")
	note(len(f.Values) > 0, "cli.field.values", "values", strings.Join(f.Values, ", "))
	note(f.Type == op.File, "cli.field.file")
	note(f.Secret, "cli.field.secret")
	about := strings.ReplaceAll(t.words.Field(d, f.Name), "`", "'")
	if help := t.words.FieldHelp(d, f.Name); help != "" {
		about += ". " + strings.ReplaceAll(strings.TrimSuffix(help, "."), "`", "'")
	}
	if len(notes) > 0 {
		about += " (" + strings.Join(notes, ", ") + ")"
	}
	return "`" + t.words.T(kind) + "` " + about
}

// input gathers the fields: from --json, from arguments (the parameters of the
// path, in order) and from flags. A field given twice with two values is
// refused.
func (t *console) input(cmd *cobra.Command, d *op.Def, args []string) (op.Input, error) {
	in, err := t.jsonInput(cmd)
	if err != nil {
		return nil, err
	}
	params := d.PathParams()
	if files := filesField(d); files != nil && len(params) == 0 {
		if err := t.fileArgs(in, files, args); err != nil {
			return nil, err
		}
		args = nil
	}
	if len(args) > len(params) {
		return nil, usage("args", "name", strings.Join(args[len(params):], " "))
	}
	for i, arg := range args {
		if err := give(in, params[i], arg, params[i]); err != nil {
			return nil, err
		}
	}
	cmd.Flags().Visit(func(flag *pflag.Flag) {
		names := flag.Annotations[fieldMark]
		if len(names) == 0 || err != nil {
			return
		}
		var value any
		if value, err = t.flagValue(cmd, d.Field(names[0]), flag.Name); err == nil {
			err = give(in, names[0], value, "--"+flag.Name)
		}
	})
	return in, err
}

// filesField is the field that takes several files: arguments are their paths.
func filesField(d *op.Def) *op.Field {
	for i := range d.Fields {
		if f := &d.Fields[i]; f.Type == op.File && f.Many && f.Required {
			return f
		}
	}
	return nil
}

// fileArgs reads the files named as arguments.
func (t *console) fileArgs(in op.Input, f *op.Field, args []string) error {
	var list []any
	for _, path := range args {
		up, err := t.upload(path)
		if err != nil {
			return err
		}
		list = append(list, up)
	}
	if len(list) == 0 {
		return nil
	}
	return give(in, f.Name, list, f.Name)
}

// upload reads a file to hand in.
func (t *console) upload(path string) (op.Upload, error) {
	data, err := t.read(path, op.UploadMax)
	return op.NewUpload(filepath.Base(path), data), err
}

// give puts a value into the input unless another one is there.
func give(in op.Input, name string, value any, shown string) error {
	if before, there := in[name]; there && !same(before, value) {
		return usage("twice", "name", shown)
	}
	in[name] = value
	return nil
}

func same(a, b any) bool {
	_, listA := a.([]any)
	_, listB := b.([]any)
	return !listA && !listB && fmt.Sprint(a) == fmt.Sprint(b)
}

// flagValue is the value of a field's flag: texts, the content of a file, a secret.
func (t *console) flagValue(cmd *cobra.Command, f *op.Field, flag string) (any, error) {
	given, err := cmd.Flags().GetStringArray(flag)
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "internal")
	}
	if f.Many {
		list := make([]any, len(given))
		for i, v := range given {
			if list[i] = v; f.Type != op.File {
				continue
			}
			if list[i], err = t.upload(v); err != nil {
				return nil, err
			}
		}
		return list, nil
	}
	if len(given) == 0 { // --flag "" of a flag that may repeat
		return "", nil
	}
	if slices.ContainsFunc(given, func(v string) bool { return v != given[0] }) {
		return nil, usage("twice", "name", "--"+flag)
	}
	switch {
	case f.Stored:
		return localFile(given[0]), nil
	case f.Type == op.File:
		return t.upload(given[0])
	case f.Secret:
		data, err := t.read(given[0], secretBytesMax)
		return strings.TrimRight(string(data), "\r\n"), err
	}
	return given[0], nil
}

// jsonInput reads --json; an empty input without it.
func (t *console) jsonInput(cmd *cobra.Command) (op.Input, error) {
	path, err := cmd.Flags().GetString("json")
	if err != nil || path == "" {
		return op.Input{}, err
	}
	data, err := t.read(path, jsonBytesMax)
	if err != nil {
		return nil, err
	}
	return op.FromJSON(data)
}

// read reads a whole file, or the standard input, up to a bound.
func (t *console) read(path string, most int64) ([]byte, error) {
	source, err := t.openFile(path)
	if err != nil {
		return nil, err
	}
	defer source.Close() //nolint:errcheck // read only
	data, err := io.ReadAll(io.LimitReader(source, most+1))
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "cli.file", "path", path)
	}
	if int64(len(data)) > most {
		return nil, fault.New(fault.Limit, "input.too_large", "max", most)
	}
	return data, nil
}

// openFile opens a file, or the standard input, once.
func (t *console) openFile(path string) (io.ReadCloser, error) {
	if path == standardInput {
		if t.stdinUsed {
			return nil, usage("stdin")
		}
		t.stdinUsed = true
		return io.NopCloser(t.Stdin), nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "cli.file", "path", path)
	}
	return f, nil
}

// localFile is the name of a file that goes to the store once the program is open.
type localFile string

// handIn puts the files of stored fields into the store.
func (t *console) handIn(ctx context.Context, b Backend, d *op.Def, req op.Request) error {
	for i := range d.Fields {
		f := &d.Fields[i]
		path, there := req.Input[f.Name].(localFile)
		if !there {
			continue
		}
		source, err := t.openFile(string(path))
		if err != nil {
			return err
		}
		up, err := b.Receive(ctx, req, f, filepath.Base(string(path)), source)
		if closing := source.Close(); err == nil {
			err = closing
		}
		if err != nil {
			return err
		}
		req.Input[f.Name] = up
	}
	return nil
}

// example is a line that calls an operation with its example; empty when it has
// none.
func (t *console) example(cmd *cobra.Command, d *op.Def) string {
	if d.Example == nil {
		return ""
	}
	body, err := json.Marshal(d.Example)
	if err != nil {
		return ""
	}
	values := map[string]any{}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if dec.Decode(&values) != nil {
		return ""
	}
	line := "  " + cmd.CommandPath()
	cmd.LocalFlags().VisitAll(func(flag *pflag.Flag) {
		names := flag.Annotations[fieldMark]
		if len(names) == 0 {
			return
		}
		f := d.Field(names[0])
		if f.Type == op.File || f.Secret {
			if f.Required {
				line += " --" + flag.Name + " " + t.words.T("cli.type.file")
			}
			return
		}
		line += written(flag.Name, values[f.Name], f)
	})
	return line
}

// written is a flag with an example's value; nothing for an absent one.
func written(name string, value any, f *op.Field) string {
	switch v := value.(type) {
	case string:
		if v != "" {
			return " --" + name + " " + quoted(v)
		}
	case bool:
		if v {
			return " --" + name
		}
	case json.Number:
		if v != "0" || f.Required {
			return " --" + name + " " + v.String()
		}
	case []any:
		out := ""
		for _, item := range v {
			out += written(name, item, f)
		}
		return out
	}
	return ""
}

// quoted puts a text in quotes when a shell would take it apart.
func quoted(s string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/:@,+"
	if strings.Trim(s, plain) == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
