package cmd

import "github.com/spf13/cobra"

func (a *app) capsuleCmd() *cobra.Command {
	return noun("capsule", "Install, run and examine capsules", "Install capsules, run them in process, and examine them without running them.",
		a.capsuleInstallCmd(),
		a.capsuleRunCmd(),
		a.capsuleInspectCmd(),
		a.capsuleLogsCmd(),
		a.capsulePackCmd(),
		a.capsuleCheckCmd(),
		moved("config", "astrid env list <capsule>, or "+envSetUse),
	)
}
