package cli

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"wasl/internal/delivery/api"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/config"
)

// act is the body of a fixed command.
type act func(cmd *cobra.Command, g Globals, args []string) error

// command makes a fixed command out of its name, arguments included, and its body.
func (t *console) command(use, key string, do act) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: t.words.T("cli.cmd." + key), Args: noArgs, ValidArgsFunction: cobra.NoFileCompletions}
	cmd.Flags().SortFlags = false
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		g, err := t.globals(cmd, nil)
		if err != nil {
			return err
		}
		return do(cmd, g, args)
	}
	return cmd
}

// fixed adds the commands that are no operations.
func (t *console) fixed(root *cobra.Command) {
	root.AddCommand(
		t.serve(), t.migrate(), t.verify(), t.backup(), t.restore(), t.demo(), t.bench(), t.drill(), t.admin(), t.health(), t.completion(),
		t.tariff())
	root.AddCommand(t.command("doctor", "doctor", func(cmd *cobra.Command, g Globals, _ []string) error {
		return t.App.Doctor(cmd.Context(), g, t.Stdout)
	}))
	root.AddCommand(t.command("openapi", "openapi", func(*cobra.Command, Globals, []string) error {
		body, err := api.Document(t.Registry, t.words, t.Version)
		if err != nil {
			return err
		}
		_, err = t.Stdout.Write(body)
		return wrote(err)
	}))
	root.AddCommand(t.command("version", "version", func(*cobra.Command, Globals, []string) error {
		_, err := fmt.Fprintln(t.Stdout, Name+" "+t.Version)
		return wrote(err)
	}))
	settings := t.group("config", "cli.cmd.config")
	settings.AddCommand(t.command("dump", "config_dump", func(cmd *cobra.Command, g Globals, _ []string) error {
		return t.App.ConfigDump(cmd.Context(), g, t.Stdout)
	}))
	root.AddCommand(settings)
}

// serve takes every setting as a flag.
func (t *console) serve() *cobra.Command {
	var o ServeOptions
	cmd := t.command("serve", "serve", func(cmd *cobra.Command, g Globals, _ []string) error {
		return t.App.Serve(cmd.Context(), g, o, t.Stdout)
	})
	for _, s := range config.Options() {
		if !s.Secret && !slices.Contains(commonSettings(), s.Flag) {
			t.setting(cmd.Flags(), s)
		}
	}
	cmd.Flags().BoolVar(&o.Demo, "demo", false, t.words.T("cli.flag.serve_demo"))
	cmd.Flags().StringVar(&o.Day, "day", "", t.words.T("cli.flag.serve_day"))
	cmd.Example = "  wasl serve\n  wasl serve --db sqlite:./wasl.db --listen 127.0.0.1:8080"
	return cmd
}

func (t *console) migrate() *cobra.Command {
	cmd := t.group("migrate", "cli.cmd.migrate")
	cmd.AddCommand(
		t.command("up", "migrate_up", func(cmd *cobra.Command, g Globals, _ []string) error {
			return t.App.MigrateUp(cmd.Context(), g, t.Stdout)
		}),
		t.command("status", "migrate_status", func(cmd *cobra.Command, g Globals, _ []string) error {
			return t.App.MigrateStatus(cmd.Context(), g, t.Stdout)
		}))
	return cmd
}

func (t *console) verify() *cobra.Command {
	acks := ""
	cmd := t.command("verify", "verify", func(cmd *cobra.Command, g Globals, _ []string) error {
		keys, closeKeys, err := t.open(acks)
		if err != nil {
			return err
		}
		defer closeKeys()
		return t.App.Verify(cmd.Context(), g, keys, t.Stdout)
	})
	cmd.Flags().StringVar(&acks, "acks", "", t.words.T("cli.flag.acks"))
	cmd.Example = "  wasl verify\n  wasl verify --acks keys.txt --format json"
	return cmd
}

// open opens a file to read, or the standard input; nil for no path.
func (t *console) open(path string) (io.Reader, func(), error) {
	switch path {
	case "":
		return nil, func() {}, nil
	case standardInput:
		return t.Stdin, func() {}, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, fault.Wrap(err, fault.Invalid, "cli.file", "path", path)
	}
	return f, func() { _ = f.Close() }, nil
}

func (t *console) backup() *cobra.Command {
	to := ""
	cmd := t.command("backup", "backup", func(cmd *cobra.Command, g Globals, _ []string) error {
		return t.App.Backup(cmd.Context(), g, to, t.Stdout)
	})
	cmd.Flags().StringVar(&to, "to", "", t.words.T("cli.flag.to"))
	return cmd
}

func (t *console) restore() *cobra.Command {
	var o RestoreOptions
	cmd := t.command("restore", "restore", func(cmd *cobra.Command, g Globals, _ []string) error {
		if o.From == "" {
			return usage("argument", "name", "--from")
		}
		return t.App.Restore(cmd.Context(), g, o, t.Stdout)
	})
	cmd.Flags().StringVar(&o.From, "from", "", t.words.T("cli.flag.from"))
	cmd.Flags().BoolVar(&o.Verify, "verify", false, t.words.T("cli.flag.verify"))
	cmd.Example = "  wasl restore --verify --from copy.db"
	return cmd
}

func (t *console) demo() *cobra.Command {
	var o DemoOptions
	cmd := t.command("demo", "demo", func(cmd *cobra.Command, g Globals, _ []string) error {
		return t.App.Demo(cmd.Context(), g, o, t.Stdout)
	})
	cmd.Flags().Int64Var(&o.Units, "units", 0, t.words.T("cli.flag.units"))
	cmd.Flags().Int64Var(&o.Users, "users", 0, t.words.T("cli.flag.users"))
	cmd.Flags().Int64Var(&o.Contracts, "contracts", 0, t.words.T("cli.flag.contracts"))
	cmd.Flags().Int64Var(&o.Seed, "seed", 0, t.words.T("cli.flag.seed"))
	cmd.Flags().StringVar(&o.Day, "day", "", t.words.T("cli.flag.demo_day"))
	return cmd
}

// named is the one argument of a command.
func named(args []string) (string, error) {
	switch len(args) {
	case 0:
		return "", usage("argument", "name", nameArgument)
	case 1:
		return args[0], nil
	}
	return "", usage("args", "name", strings.Join(args[1:], " "))
}

// nameArgument is how the help writes an argument that is a name.
const nameArgument = "NAME"

func (t *console) bench() *cobra.Command {
	var o BenchOptions
	cmd := t.command("bench "+nameArgument, "bench", func(cmd *cobra.Command, g Globals, args []string) (err error) {
		if o.Name, err = named(args); err != nil {
			return err
		}
		return t.App.Bench(cmd.Context(), g, o, t.Stdout)
	})
	cmd.Args = cobra.ArbitraryArgs
	cmd.Flags().Int64Var(&o.Contracts, "contracts", 0, t.words.T("cli.flag.contracts"))
	cmd.Flags().Int64Var(&o.Items, "items", 0, t.words.T("cli.flag.items"))
	cmd.Flags().Int64Var(&o.Months, "months", 0, t.words.T("cli.flag.months"))
	return cmd
}

func (t *console) drill() *cobra.Command {
	var o DrillOptions
	cmd := t.command("drill "+nameArgument, "drill", func(cmd *cobra.Command, g Globals, args []string) (err error) {
		if o.Name, err = named(args); err != nil {
			return err
		}
		return t.App.Drill(cmd.Context(), g, o, t.Stdout)
	})
	cmd.Args = cobra.ArbitraryArgs
	cmd.Flags().Int64Var(&o.Clients, "clients", 0, t.words.T("cli.flag.clients"))
	cmd.Flags().Int64Var(&o.Kills, "kills", 0, t.words.T("cli.flag.kills"))
	cmd.Flags().Int64Var(&o.Seed, "seed", 0, t.words.T("cli.flag.seed"))
	return cmd
}

func (t *console) admin() *cobra.Command {
	cmd := t.group("admin", "cli.cmd.admin")
	cmd.AddCommand(t.command("setup-link", "admin_setup_link", func(cmd *cobra.Command, g Globals, _ []string) error {
		return t.App.AdminSetupLink(cmd.Context(), g, t.Stdout)
	}))
	return cmd
}

func (t *console) health() *cobra.Command {
	url := ""
	cmd := t.command("healthcheck", "healthcheck", func(cmd *cobra.Command, g Globals, _ []string) error {
		return t.App.Healthcheck(cmd.Context(), g, url, t.Stdout)
	})
	cmd.Flags().StringVar(&url, "url", "", t.words.T("cli.flag.url"))
	return cmd
}

// completion writes the script of a shell.
func (t *console) completion() *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	cmd := t.command("completion "+strings.Join(shells, "|"), "completion", func(cmd *cobra.Command, _ Globals, args []string) error {
		shell, err := named(args)
		if err != nil {
			return err
		}
		switch shell {
		case "bash":
			err = t.root.GenBashCompletionV2(t.Stdout, true)
		case "zsh":
			err = t.root.GenZshCompletion(t.Stdout)
		case "fish":
			err = t.root.GenFishCompletion(t.Stdout, true)
		case "powershell":
			err = t.root.GenPowerShellCompletionWithDesc(t.Stdout)
		default:
			return usage("command_near", "name", shell, "near", strings.Join(shells, ", "))
		}
		return wrote(err)
	})
	cmd.Args, cmd.ValidArgs, cmd.ValidArgsFunction = cobra.ArbitraryArgs, shells, nil
	return cmd
}
