package cmd

import (
	"fmt"
	"strings"

	"github.com/spf13/pflag"
)

// flagTerms returns the flags of a set, each as it is typed, with what it means.
func flagTerms(set *pflag.FlagSet) []term {
	var terms []term
	set.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		arg, usage := pflag.UnquoteUsage(f)
		word := "--" + f.Name
		switch {
		case f.NoOptDefVal != "" && arg != "":
			word += "[=" + arg + "]"
		case arg != "":
			word += " " + arg
		}
		if f.Shorthand != "" {
			word = "-" + f.Shorthand + ", " + word
		}
		if def := shownDefault(f); def != "" && !strings.Contains(usage, "(default") {
			usage += fmt.Sprintf(" (default %s)", def)
		}
		terms = append(terms, term{word, usage})
	})
	return terms
}

// shownDefault is the default of a flag where it says more than that nothing is set.
func shownDefault(f *pflag.Flag) string {
	switch f.DefValue {
	case "", "false", "0", "0s", "[]":
		return ""
	}
	return f.DefValue
}
