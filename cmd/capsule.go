package cmd

import "github.com/spf13/cobra"

func (a *app) capsuleCmd() *cobra.Command {
	return noun("capsule", "Run and examine capsules", "Run capsules in process, and examine them without running them.",
		a.capsuleRunCmd(),
		a.capsuleInspectCmd(),
		moved("config", "astrid env list <capsule>, or "+envSetUse),
	)
}
