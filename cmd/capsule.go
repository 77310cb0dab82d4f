package cmd

import "github.com/spf13/cobra"

func (a *app) capsuleCmd() *cobra.Command {
	return noun("capsule", "Install, run and examine capsules", "Install capsules, run them in process, examine them without running them, and remove them.",
		a.capsuleInstallCmd(),
		a.capsuleListCmd(),
		a.capsuleShowCmd(),
		a.capsuleRunCmd(),
		a.capsuleInspectCmd(),
		a.capsuleLogsCmd(),
		a.capsuleVerifyCmd(),
		a.capsuleRemoveCmd(),
		a.capsulePackCmd(),
		a.capsuleCheckCmd(),
		moved("config", "astrid env list <capsule>, or "+envSetUse),
	)
}
