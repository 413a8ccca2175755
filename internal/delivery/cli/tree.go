package cli

import (
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"wasl/internal/platform/config"
	"wasl/internal/platform/op"
)

// The forms of results.
const (
	formatTable = "table"
	formatJSON  = "json"
	formatCSV   = "csv"
	// formatXLSX is a workbook, of a list only.
	formatXLSX = "xlsx"
)

// nearMax is how far a name may be from one that was meant.
const nearMax = 2

// commonSettings are the settings every command takes as flags. The others have
// flags on serve, and variables and a file everywhere.
func commonSettings() []string { return []string{"config", "db", "data-dir", "lang"} }

// tree builds the commands below t.root.
func (t *console) tree() {
	root := t.group(Name, "cli.short")
	t.root = root
	root.Long = t.words.T("cli.long")
	root.SilenceErrors, root.SilenceUsage = true, true
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetFlagErrorFunc(t.flagError)
	root.SetUsageFunc(t.usage)
	root.SetHelpFunc(t.help)
	flags := root.PersistentFlags()
	flags.SortFlags = false
	flags.BoolP("help", "h", false, t.words.T("cli.flag.help"))
	for _, o := range config.Options() {
		if slices.Contains(commonSettings(), o.Flag) {
			t.setting(flags, o)
		}
	}
	flags.String("format", "", t.words.T("cli.flag.format"))
	flags.String("as", "", t.words.T("cli.flag.as"))
	t.complete(root, "format", formatTable, formatJSON, formatCSV, formatXLSX)
	t.fixed(root)
	for _, d := range t.Registry.All() {
		t.operation(root, d)
	}
	t.billingRun(root)
	root.SetHelpCommand(t.helpCommand())
}

// setting declares the flag of a setting.
func (t *console) setting(flags *pflag.FlagSet, o config.Option) {
	help := t.words.T(o.Help)
	if key := "cli.flag." + o.Flag; t.Text.Has(key) {
		help = t.words.T(key)
	}
	flags.String(o.Flag, "", help)
	if o.Boolean {
		flags.Lookup(o.Flag).NoOptDefVal = "true"
	}
}

// complete offers values for a flag. The only error is a flag that is not there.
func (t *console) complete(cmd *cobra.Command, flag string, values ...string) {
	_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
}

// group makes a command that only holds others.
func (t *console) group(name, key string) *cobra.Command {
	cmd := &cobra.Command{Use: name, Short: t.words.T(key), Args: cobra.ArbitraryArgs}
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return t.lost(cmd, args) }
	return cmd
}

// lost answers for a group called without a command of its own.
func (t *console) lost(cmd *cobra.Command, args []string) error {
	if len(args) == 0 && !cmd.HasParent() {
		return wrote(cmd.Help())
	}
	if len(args) == 0 {
		return usage("command_missing", "name", cmd.CommandPath(), "help", cmd.CommandPath())
	}
	cmd.SuggestionsMinimumDistance = nearMax
	name := cmd.CommandPath() + " " + args[0]
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		return usage("command_near", "name", name, "near", strings.Join(near, ", "))
	}
	return usage("command", "name", name, "help", cmd.CommandPath())
}

// operation puts an operation at its place: wasl module noun verb.
func (t *console) operation(root *cobra.Command, d *op.Def) {
	at := root
	parts := strings.Split(strings.ReplaceAll(d.Name, "_", "-"), ".")
	for _, part := range parts[:len(parts)-1] {
		at = t.child(at, part, d.Module())
	}
	name := parts[len(parts)-1]
	leaf := find(at, name)
	if leaf == nil {
		leaf = &cobra.Command{}
		at.AddCommand(leaf)
	}
	t.fillOperation(leaf, name, d)
}

// child finds or makes the group of a part of a name.
func (t *console) child(at *cobra.Command, part, module string) *cobra.Command {
	if found := find(at, part); found != nil {
		return found
	}
	made := t.group(part, "cli.short")
	made.Short = t.words.T("cli.group", "module", t.words.Module(module))
	at.AddCommand(made)
	return made
}

func find(at *cobra.Command, name string) *cobra.Command {
	for _, c := range at.Commands() {
		if c.Name() == name {
			return c
		}
	}
	return nil
}

// flagError says in our words what is wrong with a flag.
func (t *console) flagError(cmd *cobra.Command, err error) error {
	var missing *pflag.NotExistError
	if errors.As(err, &missing) {
		name := "-" + missing.GetSpecifiedName()
		if missing.GetSpecifiedShortnames() == "" {
			name = "-" + name
		}
		if near := nearFlag(cmd, missing.GetSpecifiedName()); near != "" {
			return usage("flag_near", "name", name, "near", "--"+near)
		}
		return usage("flag", "name", name)
	}
	var value *pflag.ValueRequiredError
	if errors.As(err, &value) {
		return usage("flag_value", "name", "--"+value.GetFlag().Name)
	}
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) {
		return usage("flag_bad", "name", "--"+invalid.GetFlag().Name, "value", invalid.GetValue())
	}
	return usage("flag", "name", err.Error())
}

// nearFlag finds a flag that begins alike or holds the name.
func nearFlag(cmd *cobra.Command, name string) string {
	near := ""
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if near == "" && len(name) > nearMax && (strings.HasPrefix(f.Name, name[:nearMax+1]) || strings.Contains(f.Name, name)) {
			near = f.Name
		}
	})
	return near
}

// globals reads what goes with every command. d is the operation, or nil.
func (t *console) globals(cmd *cobra.Command, d *op.Def) (Globals, error) {
	g := Globals{Settings: map[string]string{}, Format: formatTable, Lang: t.words.Lang()}
	settings := config.Options()
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if slices.ContainsFunc(settings, func(o config.Option) bool { return o.Flag == f.Name }) && f.Annotations[fieldMark] == nil {
			g.Settings[f.Name] = f.Value.String()
		}
	})
	var err error
	if g.As, err = cmd.Flags().GetString("as"); err != nil {
		return g, err
	}
	format, err := cmd.Flags().GetString("format")
	if err != nil {
		return g, err
	}
	switch {
	case format == "":
	case format == formatTable, format == formatJSON, format == formatCSV, d != nil && d.Formats[format].Open != nil,
		format == formatXLSX && d != nil && d.Kind == op.List:
		g.Format = format
	default:
		return g, usage("format", "value", format)
	}
	t.format = g.Format
	return g, nil
}

// noArgs refuses arguments.
func noArgs(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage("args", "name", strings.Join(args, " "))
	}
	return nil
}
