package cli

import (
	"strings"

	"github.com/spf13/cobra"
)

// TariffQuoteOptions of quoting requests.
type TariffQuoteOptions struct {
	// Files are the tariff files to quote from; none for the active tariffs of the
	// database.
	Files []string
	// Explain adds to each quote how it was made.
	Explain bool
}

// tariff holds the commands of tariffs that need no database; the operations of the
// module come beside them.
func (t *console) tariff() *cobra.Command {
	cmd := t.group("tariff", "module.tariff")
	cmd.AddCommand(t.tariffQuote(), t.tariffCheck())
	return cmd
}

func (t *console) tariffQuote() *cobra.Command {
	var o TariffQuoteOptions
	cmd := t.command("quote [FILE]", "tariff_quote", func(cmd *cobra.Command, g Globals, args []string) error {
		path := standardInput
		if len(args) > 1 {
			return usage("args", "name", strings.Join(args[1:], " "))
		}
		if len(args) == 1 {
			path = args[0]
		}
		requests, closeRequests, err := t.open(path)
		if err != nil {
			return err
		}
		defer closeRequests()
		return wrote(t.App.TariffQuote(cmd.Context(), g, o, requests, t.Stdout))
	})
	cmd.Args, cmd.ValidArgsFunction = cobra.ArbitraryArgs, nil
	cmd.Flags().StringArrayVar(&o.Files, "tariff", nil, t.words.T("cli.flag.tariff"))
	cmd.Flags().BoolVar(&o.Explain, "explain", false, t.words.T("cli.flag.explain"))
	cmd.Long = t.words.T("cli.long.tariff_quote")
	cmd.Example = "  wasl tariff quote --tariff packs/ma/electricity.yaml requests.ndjson\n  wasl tariff quote --tariff packs/ma/water-example.yaml --explain -"
	return cmd
}

func (t *console) tariffCheck() *cobra.Command {
	cmd := t.command("check FILE...", "tariff_check", func(cmd *cobra.Command, g Globals, args []string) error {
		if len(args) == 0 {
			return usage("argument", "name", "FILE")
		}
		return t.App.TariffCheck(cmd.Context(), g, args, t.Stdout)
	})
	cmd.Args, cmd.ValidArgsFunction = cobra.ArbitraryArgs, nil
	cmd.Example = "  wasl tariff check packs/ma/electricity.yaml\n  wasl tariff check --format json tariffs/*.yaml"
	return cmd
}
