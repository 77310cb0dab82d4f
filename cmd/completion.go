package cmd

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// completionCmd takes the place of cobra's, which has a verb for each shell.
func (a *app) completionCmd() *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	bare := false
	c := &cobra.Command{
		Use:   "completion " + strings.Join(shells, "|"),
		Short: "Print the completion script of a shell",
		Long: `Print a script that makes a shell complete the commands, flags and names of astrid. The packages install these scripts.
Otherwise put it where the shell looks for them:
  bash        ~/.local/share/bash-completion/completions/astrid; needs the package bash-completion
  zsh         a file _astrid in a directory of $fpath
  fish        ~/.config/fish/completions/astrid.fish
  powershell  run what it prints in your profile: astrid completion powershell | Out-String | Invoke-Expression

EXIT STATUS
  0  printed
  2  usage`,
		Example: `  astrid completion bash > astrid.bash
  astrid completion zsh > _astrid`,
		Args:      usageArgs(cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs)),
		ValidArgs: shells,
	}
	c.Flags().BoolVar(&bare, "no-descriptions", false, "complete words without saying what they mean")
	c.RunE = func(c *cobra.Command, args []string) error {
		return writeCompletion(a.io.Out, c.Root(), args[0], !bare)
	}
	return c
}

// writeCompletion writes the script of a shell, which asks the program for what there is.
func writeCompletion(w io.Writer, root *cobra.Command, shell string, describe bool) error {
	switch shell {
	case "bash":
		return root.GenBashCompletionV2(w, describe)
	case "zsh":
		if !describe {
			return root.GenZshCompletionNoDesc(w)
		}
		return root.GenZshCompletion(w)
	case "fish":
		return root.GenFishCompletion(w, describe)
	case "powershell":
		if !describe {
			return root.GenPowerShellCompletion(w)
		}
		return root.GenPowerShellCompletionWithDesc(w)
	}
	return fmt.Errorf("there is no completion script for %q", shell)
}
