package cmd

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// build says what this program was built from. The release sets nothing: the toolchain records it all.
type build struct {
	version, commit, goVersion, wazero string
}

func readBuild() build {
	b := build{version: "devel", commit: "unknown", goVersion: runtime.Version(), wazero: "unknown"}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		b.version = v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			b.commit = s.Value
		}
	}
	for _, d := range info.Deps {
		if d.Path == "github.com/tetratelabs/wazero" {
			b.wazero = d.Version
		}
	}
	return b
}

func (a *app) versionCmd() *cobra.Command {
	c := &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Long: `Print the version of this program, the commit that it was built from, and the versions of Go and of wazero that it
was built with.

EXIT STATUS
  0  printed
  2  usage`,
		Example: `  astrid version
  astrid version --json version,commit`,
		Args: usageArgs(cobra.NoArgs),
	}
	out := addJSON(a, c,
		jsonField("version", func(b build) string { return b.version }),
		jsonField("commit", func(b build) string { return b.commit }),
		jsonField("go", func(b build) string { return b.goVersion }),
		jsonField("wazero", func(b build) string { return b.wazero }),
	)
	c.RunE = func(c *cobra.Command, _ []string) error {
		b := readBuild()
		if out.wanted() {
			return out.one(c, b)
		}
		_, err := fmt.Fprintf(a.io.Out, "astrid %s (%s, %s, wazero %s)\n", b.version, b.commit, b.goVersion, b.wazero)
		return err
	}
	return c
}

// usageArgs makes a mistake in the number of arguments a usage error, without echoing them: one of them may be a
// secret that does not belong there.
func usageArgs(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if err := check(c, args); err != nil {
			return usagef("%s takes other arguments: %s", c.CommandPath(), c.UseLine())
		}
		return nil
	}
}
