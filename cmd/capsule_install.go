package cmd

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"astrid/internal/inert"
	"astrid/internal/paste"
	"astrid/internal/redact"
	"astrid/pkg/capsule"
	"astrid/pkg/component"
	"astrid/pkg/component/binary"
	"astrid/pkg/home"
	"astrid/pkg/hostsys"
	"astrid/pkg/install"
)

// capsuleInstall is one execution of capsule install.
type capsuleInstall struct {
	*app
	cmd *cobra.Command
	out *reporter[installation]

	manifest string
	vars     []string
	strict   bool
	noInput  bool
	noHooks  bool
	timeout  time.Duration
}

// installation is what capsule install reports.
type installation struct {
	install.Installed
	principal home.Principal
	path      string
	missing   []string
}

func (a *app) capsuleInstallCmd() *cobra.Command {
	s := &capsuleInstall{app: a}
	c := &cobra.Command{
		Use:   "install <archive|directory|file.wasm>",
		Short: "Install a capsule",
		Long: `Install a capsule for every principal: from a .capsule archive, from a directory with a Capsule.toml, or from a wasm
file with its manifest, which is --manifest or a Capsule.toml beside it that names the file.

Its code is kept by its BLAKE3, and is checked against it each time before it runs. A version that is installed already
is replaced in one step once the new one is complete: whatever fails before leaves it as it was. The capsule's
astrid-install, or astrid-upgrade, is called with nothing granted; if it fails, nothing is installed.

Settings and secrets that the capsule declares and that have no value are asked for on a terminal, for the active
principal. Elsewhere a setting comes from --var, and either from a variable ASTRID_VAR_<KEY>, with the key in upper
case and '_' for other characters; a variable counts only where the principal has set nothing. What is still missing is
listed on stderr, and is an error with --strict.

EXIT STATUS
  0    installed
  2    usage; a value that breaks a rule; a value of a secret on the command line
  4    no such file; with --strict, a setting or secret has no value
  5    something else is being installed or removed
  6    refused: a file or directory is not safe
  7    the archive, the manifest or the code is not valid, or an import cannot be provided
  8    the lifecycle hook trapped
  9    the lifecycle hook met a resource limit
  124  the lifecycle hook did not finish in time
  130  interrupted
  143  terminated`,
		Example: `  astrid capsule install ./greeter
  astrid capsule install greeter.capsule --var base_url=http://localhost:1234 --principal alice
  astrid capsule install greeter.capsule --strict --json name,version,missing`,
		Args:        usageArgs(cobra.ExactArgs(1)),
		Annotations: map[string]string{privateArgs: "the values of settings are --var KEY=VALUE"},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveDefault
		},
	}
	s.cmd = c
	f := c.Flags()
	f.StringVar(&s.manifest, "manifest", "", "the Capsule.toml `file` of a wasm file")
	f.StringArrayVar(&s.vars, "var", nil, "set a setting, as `KEY=VALUE`; may be repeated. A secret is refused")
	f.BoolVar(&s.strict, "strict", false, "install nothing if a setting or secret has no value")
	f.BoolVar(&s.noInput, "no-input", false, "ask nothing, on a terminal too")
	f.BoolVar(&s.noHooks, "no-hooks", false, "do not compile the code or call its lifecycle hook; for a capsule that only another runtime can run")
	f.DurationVar(&s.timeout, "timeout", install.HookTimeout, "end the lifecycle hook after this `duration`")
	_ = c.MarkFlagFilename("manifest", "toml") // the flag exists
	_ = c.RegisterFlagCompletionFunc("var", cobra.NoFileCompletions)
	s.out = addJSON(a, c,
		jsonField("name", func(r installation) string { return r.ID.String() }),
		jsonField("version", func(r installation) string { return r.Version }),
		jsonField("previous", func(r installation) *string { return orNil(r.Previous) }),
		jsonField("upgraded", func(r installation) bool { return r.Upgraded }),
		jsonField("principal", func(r installation) string { return r.principal.String() }),
		jsonField("uuid", func(r installation) *string { return uuidOrNil(r.UUID) }),
		jsonField("wasm_hash", func(r installation) *string { return orNil(r.WasmHash) }),
		jsonField("hook", func(r installation) *string { return orNil(r.Hook) }),
		jsonField("path", func(r installation) string { return r.path }),
		jsonField("missing", func(r installation) []string { return r.missing }),
	)
	c.RunE = func(c *cobra.Command, args []string) error { return s.run(c.Context(), args[0]) }
	return c
}

func orNil(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func uuidOrNil(id uuid.UUID) *string {
	if id == uuid.Nil {
		return nil
	}
	return orNil(id.String())
}

func (s *capsuleInstall) run(ctx context.Context, path string) error {
	if s.timeout <= 0 {
		return usagef("--timeout takes a duration above zero")
	}
	h, principal, err := s.acting(s.cmd)
	if err != nil {
		return err
	}
	manifestFile, err := s.manifestFile(path)
	if err != nil {
		return err
	}
	ctx, stop, release := s.interruptible(ctx)
	defer release(nil)
	p, err := install.Open(stop, h, path, manifestFile)
	if err != nil {
		return interruptedOr(stop, err)
	}
	r, err := s.install(ctx, stop, h, p, principal)
	release(err)
	if cerr := p.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return interruptedOr(stop, aboutCode(path, err))
	}
	return s.done(r)
}

// aboutCode says which package has code that cannot be used.
func aboutCode(path string, err error) error {
	switch {
	case as[*component.LinkError](err):
		return withHint(fmt.Errorf("%s: %w", path, err), "--no-hooks installs it all the same, for a runtime that provides this")
	case as[*component.InvalidError](err) || as[*binary.Error](err):
		return fmt.Errorf("%s: %w", path, err)
	}
	return err
}

// manifestFile returns the manifest of a wasm file, and nothing for what has one of its own.
func (s *capsuleInstall) manifestFile(path string) (string, error) {
	if filepath.Ext(path) != ".wasm" {
		if s.manifest != "" {
			return "", usagef("--manifest goes with a wasm file")
		}
		return "", nil
	}
	if s.manifest != "" {
		return s.manifest, nil
	}
	m, _, err := findManifest("", path)
	if err != nil && !as[*home.NameError](err) { // which is about the file's name, as a capsule's
		return "", err
	}
	if m == nil {
		return "", withHint(&notFoundError{msg: fmt.Sprintf("%s has no %s beside it that names it", path, manifestName)}, "pass --manifest")
	}
	return filepath.Join(filepath.Dir(path), manifestName), nil
}

func (s *capsuleInstall) install(ctx, stop context.Context, h *home.Home, p *install.Package, principal home.Principal) (installation, error) {
	values, err := p.Values(stop, principal)
	if err != nil {
		return installation{}, err
	}
	if err := s.setVars(p, values); err != nil {
		return installation{}, err
	}
	if err := values.Environ(s.lookup); err != nil {
		if as[*install.AmbiguousError](err) {
			return installation{}, withHint(&usageError{err}, "unset it, and set one of the keys with --var")
		}
		return installation{}, err
	}
	if s.io.IsInTTY() && !s.noInput {
		if err := s.ask(p, values); err != nil {
			return installation{}, promptError(err)
		}
	}
	keys, sizes := values.Secrets()
	for i, key := range keys {
		s.noteShort("the value of "+key.String(), sizes[i])
	}
	r := installation{principal: principal, path: h.CapsuleDir(p.ID()).Path()}
	if r.missing, err = s.missing(p, values, principal); err != nil {
		return installation{}, err
	}
	done := s.progress("installing " + p.ID().String())
	defer done()
	r.Installed, err = p.Install(ctx, install.Options{
		Runtime:     capsule.Config{Clock: hostsys.SystemClock(), Entropy: rand.Reader, Logger: s.logger(), Redactor: new(redact.Set)},
		SkipHooks:   s.noHooks,
		HookTimeout: s.timeout,
		Stop:        stop,
		Values:      values,
	})
	return r, err
}

// setVars takes the settings of --var. What was typed may be a secret and is not repeated.
func (s *capsuleInstall) setVars(p *install.Package, values *install.Values) error {
	places := map[home.Key]int{}
	for i, arg := range s.vars {
		place := i + 1
		name, value, ok := strings.Cut(arg, "=")
		if !ok {
			return usagef("--var number %d is not KEY=VALUE", place)
		}
		key, err := home.ParseKey(name)
		if err != nil {
			return fmt.Errorf("--var number %d: %w", place, err)
		}
		if first := places[key]; first != 0 {
			return usagef("--var number %d and number %d set the same key", first, place)
		}
		places[key] = place
		err = values.Set(p.ID(), key, value)
		switch {
		case as[*install.SecretError](err):
			return withHint(&usageError{err}, "it is asked for on a terminal; or set %s, or use: %s", install.Variable(key),
				paste.Command("secret set", []string{p.ID().String(), key.String()}, nil))
		case as[*install.UndeclaredError](err):
			return withHint(usagef("--var number %d: %w", place, err), "it declares: %s", inert.Line(target{manifest: p.Manifest}.declared(false)))
		case err != nil:
			return err
		}
	}
	return nil
}

// done says what was installed.
func (s *capsuleInstall) done(r installation) error {
	if s.out.wanted() {
		return s.out.one(s.cmd, r)
	}
	text := fmt.Sprintf("installed capsule %s %s", r.ID, r.Version)
	switch {
	case r.Upgraded && r.Previous == r.Version:
		text = fmt.Sprintf("installed capsule %s %s again", r.ID, r.Version)
	case r.Upgraded:
		text = fmt.Sprintf("installed capsule %s %s in the place of %s", r.ID, r.Version, inert.Line(r.Previous))
	}
	if r.WasmHash != "" {
		text += ", BLAKE3 " + r.WasmHash
	}
	_, err := io.WriteString(s.io.Out, text+"\n")
	return err
}
