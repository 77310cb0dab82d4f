package cmd

import "github.com/spf13/cobra"

func (a *app) capsuleCmd() *cobra.Command {
	return noun("capsule", "Run capsules", "Run capsules in process.", a.capsuleRunCmd(),
		moved("config", "astrid env list <capsule>, or "+envSetUse))
}
