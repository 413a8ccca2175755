package cli

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// helpWidth is where the explanations of options begin at the latest.
const helpWidth = 34

// help writes what a command is, then its usage.
func (t *console) help(cmd *cobra.Command, _ []string) {
	out := cmd.OutOrStdout()
	_, _ = fmt.Fprintln(out, cmd.Short)
	if cmd.Long != "" {
		_, _ = fmt.Fprintln(out, cmd.Long)
	}
	_, _ = fmt.Fprintln(out)
	t.writeUsage(out, cmd)
}

func (t *console) usage(cmd *cobra.Command) error {
	t.writeUsage(cmd.OutOrStderr(), cmd)
	return nil
}

// writeUsage writes how a command is called. A closed output is nobody's loss.
func (t *console) writeUsage(out io.Writer, cmd *cobra.Command) {
	line := cmd.CommandPath()
	if cmd.HasAvailableSubCommands() {
		line += " " + t.words.T("cli.usage.command")
	}
	if _, names, some := strings.Cut(cmd.Use, " "); some {
		line += " " + names
	}
	line += " " + t.words.T("cli.usage.options")
	t.section(out, "cli.head.usage", "  "+line+"\n")
	if cmd.Example != "" {
		t.section(out, "cli.head.examples", cmd.Example+"\n")
	}
	if cmd.HasAvailableSubCommands() {
		var b strings.Builder
		for _, sub := range cmd.Commands() {
			if sub.IsAvailableCommand() {
				b.WriteString(aligned("  "+sub.Name(), sub.Short))
			}
		}
		t.section(out, "cli.head.commands", b.String())
	}
	t.section(out, "cli.head.fields", t.options(cmd.LocalNonPersistentFlags(), true))
	t.section(out, "cli.head.flags", t.options(cmd.LocalNonPersistentFlags(), false))
	t.section(out, "cli.head.globals", t.options(t.root.PersistentFlags(), false))
	if cmd.HasAvailableSubCommands() {
		_, _ = fmt.Fprintln(out, t.words.T("cli.head.more", "command", cmd.CommandPath()))
	}
}

// section writes a heading and a body; nothing when there is no body.
func (t *console) section(out io.Writer, key, body string) {
	if body != "" {
		_, _ = fmt.Fprintf(out, "%s\n%s\n", t.words.T("cli.heading", "title", t.words.T(key)), body)
	}
}

// options describes flags, one a line: those of fields, or the others.
func (t *console) options(flags *pflag.FlagSet, fields bool) string {
	var b strings.Builder
	flags.SortFlags = false
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || (f.Annotations[fieldMark] != nil) != fields {
			return
		}
		kind, about := t.named(f)
		name := "      --" + f.Name
		if f.Shorthand != "" {
			name = "  -" + f.Shorthand + ", --" + f.Name
		}
		if f.Value.Type() != "bool" && f.NoOptDefVal == "" {
			name += " " + kind
		}
		b.WriteString(aligned(name, about))
	})
	return b.String()
}

// named parts the name of a flag's value, between backquotes, from what the flag
// is about.
func (t *console) named(f *pflag.Flag) (kind, about string) {
	_, rest, found := strings.Cut(f.Usage, "`")
	kind, about, closed := strings.Cut(rest, "`")
	if !found || !closed {
		return t.words.T("cli.type.value"), f.Usage
	}
	return kind, strings.TrimSpace(about)
}

// aligned puts a name and its explanation on one line, or on two when the name
// is long.
func aligned(name, about string) string {
	width := utf8.RuneCountInString(name)
	if width+2 > helpWidth {
		return name + "\n" + strings.Repeat(" ", helpWidth) + about + "\n"
	}
	return name + strings.Repeat(" ", helpWidth-width) + about + "\n"
}

func (t *console) helpCommand() *cobra.Command {
	return &cobra.Command{
		Use: "help", Short: t.words.T("cli.cmd.help"), Args: cobra.ArbitraryArgs, Hidden: true,
		RunE: func(_ *cobra.Command, args []string) error {
			cmd, rest, err := t.root.Find(args)
			if err != nil || cmd == nil {
				return usage("command", "name", strings.Join(args, " "), "help", Name)
			}
			if len(rest) > 0 {
				return t.lost(cmd, rest)
			}
			return wrote(cmd.Help())
		},
	}
}
