package cmd

import (
	"strings"

	"github.com/spf13/cobra"
)

// moved makes a command of the Rust runtime's that has another name here. It says which, and repeats nothing of what was
// typed after it: there it takes values as arguments.
func moved(name, use string) *cobra.Command {
	return &cobra.Command{
		Use:                name,
		Hidden:             true,
		DisableFlagParsing: true,
		RunE: func(c *cobra.Command, _ []string) error {
			return withHint(usagef("'%s' has another name here", c.CommandPath()), "use: %s", use)
		},
	}
}

// movedFlag says what a flag of the Rust runtime's is here, or "".
func movedFlag(err error) string {
	for flag, use := range map[string]string{
		"flag: --capsule": "the capsule is the first argument",
		"flag: --format":  "for JSON use: --json FIELDS",
		"flag: 'a' in -a": "use: --principal NAME",
		"flag: --set":     "use: " + envSetUse,
		"flag: --show":    "use: astrid env list <capsule>",
	} {
		if strings.Contains(err.Error(), flag) {
			return use
		}
	}
	return ""
}

// keyArgs refuses arguments other than a capsule and a key, without repeating any.
func keyArgs(use string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		switch {
		case len(args) < 2:
			return withHint(usagef("a capsule and a key are needed"), "use: %s", use)
		case len(args) > 2:
			return withHint(usagef("there is more than a capsule and a key"), "use: %s", use)
		}
		return nil
	}
}
