package cmd

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"astrid/internal/inert"
	"astrid/internal/paste"
	"astrid/pkg/home"
	"astrid/pkg/manifest"
)

// capabilityTested is what capability test reports.
type capabilityTested struct {
	target
	name string
	manifest.Match
}

// capabilityTest is one execution of capability test.
type capabilityTest struct {
	*app
	cmd *cobra.Command
	out *reporter[capabilityTested]

	quiet     bool
	workspace string
	manifest  string
}

func (a *app) capabilityTestCmd() *cobra.Command {
	s := &capabilityTest{app: a}
	c := &cobra.Command{
		Use:   "test <capsule|path|uuid> <name> <argument>",
		Short: "Ask whether a capability allows an argument",
		Long: `Ask whether the runtime would let a capsule use a capability for an argument: a URL for net, host:port for
net_connect, a path for fs_read and fs_write, a command line for host_process, a level for identity, anything for
net_bind. The entry of the manifest that allows it is printed.

The runtime's own rules apply, which 'astrid capability explain' describes. A path is relative to the workspace unless
it is absolute or begins with cwd:// or home://, and is compared as it is written: the runtime resolves links first.

EXIT STATUS
  0  allowed
  2  usage; no capability, or one that has no argument; an argument that the runtime would never ask about
  3  denied
  4  no such capsule, or nothing says what it may do
  6  refused: a file or directory is not safe
  7  the manifest is not valid`,
		Example: `  astrid capability test greeter net_connect api.openai.com:443
  astrid capability test ./greeter/Capsule.toml net https://api.example.com/v1
  astrid capability test greeter fs_read home://notes/today --principal alice`,
		Args:              usageArgs(cobra.ExactArgs(3)),
		ValidArgsFunction: a.completion(testableCapabilities, false),
	}
	s.cmd = c
	c.Flags().BoolVarP(&s.quiet, "quiet", "q", false, "print no answer; the exit status tells")
	c.Flags().StringVar(&s.workspace, "workspace", ".", "the `directory` that cwd:// and relative paths are in")
	_ = c.MarkFlagDirname("workspace") // the flag exists
	addManifestFlag(c, &s.manifest)
	s.out = addJSON(a, c,
		jsonField("capsule", func(r capabilityTested) string { return r.id.String() }),
		jsonField("capability", func(r capabilityTested) string { return r.name }),
		jsonField("tested", func(r capabilityTested) string { return r.Tested }),
		jsonField("allowed", func(r capabilityTested) bool { return r.Allowed }),
		jsonFieldIf("entry", capabilityTested.passes, func(r capabilityTested) string { return r.Entry }),
		jsonFieldIf("file", capabilityTested.passes, func(r capabilityTested) string { return r.file }),
		jsonFieldIf("line", capabilityTested.passes, func(r capabilityTested) int { return r.Line }),
	)
	c.MarkFlagsMutuallyExclusive("quiet", "json")
	c.MarkFlagsMutuallyExclusive("quiet", "jq")
	c.RunE = func(c *cobra.Command, args []string) error { return s.run(c.Context(), args[0], args[1], args[2]) }
	return c
}

// passes reports whether what was asked for is allowed.
func (r capabilityTested) passes() bool { return r.Allowed }

// testableCapabilities completes the names of those that have something to test.
func testableCapabilities(*cobra.Command, *home.Home, string) []string {
	var names []string
	for _, name := range manifest.CapabilityNames() {
		if e, _ := manifest.Explain(name); !e.Flag && e.Enforced {
			names = append(names, name)
		}
	}
	return names
}

func (s *capabilityTest) run(ctx context.Context, capsule, name, argument string) error {
	e, err := knownCapability(name)
	if err != nil {
		return err
	}
	h, err := s.openHome()
	if err != nil {
		return err
	}
	at, err := s.places(h)
	if err != nil {
		return err
	}
	t, err := s.withManifest(ctx, h, capsule, s.manifest)
	if err != nil {
		return err
	}
	m, err := t.manifest.Capabilities.Match(name, filepath.ToSlash(argument), at)
	if err != nil {
		if e.Flag || !e.Enforced {
			return withHint(err, "'%s' says whether it is held", s.again("capability check", t, name))
		}
		return withHint(err, "'%s' describes what it takes", paste.Command("capability explain", []string{name}, nil))
	}
	return s.report(capabilityTested{t, name, m})
}

// places returns where paths begin: links are resolved, as in the paths that the runtime compares.
func (s *capabilityTest) places(h *home.Home) (manifest.Places, error) {
	p, err := s.activePrincipal(s.cmd, h)
	if err != nil {
		return manifest.Places{}, err
	}
	workspace, err := filepath.Abs(s.workspace)
	if err == nil {
		workspace, err = filepath.EvalSymlinks(workspace)
	}
	if err != nil {
		return manifest.Places{}, fmt.Errorf("workspace: %w", err)
	}
	own := h.PrincipalDir(p).Path()
	if resolved, err := filepath.EvalSymlinks(own); err == nil {
		own = resolved // one that is not there yet has no links either
	}
	return manifest.Places{Workspace: filepath.ToSlash(workspace), Home: filepath.ToSlash(own)}, nil
}

func (s *capabilityTest) report(r capabilityTested) error {
	if r.Allowed {
		return s.allowed(r)
	}
	denied := &deniedError{
		msg:  fmt.Sprintf("capsule %s may not use %s for %s: %s", r.id, r.name, inert.Line(r.Tested), r.Reason),
		hint: fmt.Sprintf("%s has no %s; a line like this would: %s", r.file, r.name, manifest.ExampleGrant(r.name)),
	}
	if entries := r.target.manifest.Capabilities.Arguments(r.name); len(entries) > 0 {
		quoted := make([]string, len(entries))
		for i, entry := range entries {
			quoted[i] = strconv.Quote(entry)
		}
		denied.hint = fmt.Sprintf("the entries of %s in %s: %s", r.name, r.file, strings.Join(quoted, ", "))
	}
	switch {
	case s.quiet:
		return &silentError{denied}
	case s.out.wanted():
		if err := s.out.one(s.cmd, r); err != nil {
			return err
		}
	}
	return denied
}

func (s *capabilityTest) allowed(r capabilityTested) error {
	switch {
	case s.quiet:
		return nil
	case s.out.wanted():
		return s.out.one(s.cmd, r)
	}
	text := inert.Line(fmt.Sprintf("%s:%d: %s entry %q allows %s", r.file, r.Line, r.name, r.Entry, r.Tested))
	_, err := fmt.Fprintln(s.io.Out, s.paintOut(goodStyle, text))
	return err
}
