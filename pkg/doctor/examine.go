package doctor

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

	"astrid/internal/paste"
	"astrid/pkg/home"
	"astrid/pkg/install"
	"astrid/pkg/manifest"
	"astrid/pkg/overlay"
	"astrid/pkg/registry"
	"astrid/pkg/store"
)

// Examine looks at the whole tree and returns what it found, the worst first. A tree that does not exist is as it should
// be. The error is that of a context that has ended.
func Examine(ctx context.Context, h *home.Home) ([]Finding, error) {
	e := &examination{ctx: ctx, home: h, refused: map[string]bool{}, manifests: map[home.CapsuleID]*manifest.Manifest{}}
	for _, look := range []func() error{e.tree, e.principals, e.capsules, e.leftovers, e.secrets, e.settings} {
		if err := look(); err != nil {
			return nil, err
		}
	}
	sortFindings(e.findings)
	return e.findings, nil
}

// examination is one execution of Examine.
type examination struct {
	ctx       context.Context
	home      *home.Home
	findings  []Finding
	refused   map[string]bool // paths that are reported as faults of the tree
	manifests map[home.CapsuleID]*manifest.Manifest
}

func (e *examination) add(f Finding) { e.findings = append(e.findings, f) }

// tree reports the faults of directories and files, whatever they hold. Secrets are left to the store, which reads each
// of them anyway.
func (e *examination) tree() error {
	slots, err := e.slots()
	if err != nil {
		return err
	}
	faults, err := e.home.Inspect(e.ctx, func(d home.Dir) bool { return slots[d] })
	for _, f := range faults {
		e.fault(f)
	}
	return err
}

// slots returns the directories whose files the store looks at. Where one cannot be listed, the store says so.
func (e *examination) slots() (map[home.Dir]bool, error) {
	slots := map[home.Dir]bool{}
	scopes, _ := e.home.Scopes()
	for _, s := range scopes {
		capsules, _ := e.home.SecretCapsules(s)
		for _, c := range capsules {
			slots[e.home.SecretDir(s, c)] = true
		}
	}
	return slots, e.ctx.Err()
}

// fault reports a fault once.
func (e *examination) fault(f home.Fault) {
	if e.refused[f.Path] {
		return
	}
	e.refused[f.Path] = true
	finding := describeFault(f)
	if f.Mends {
		finding.Remedy = fixCommand
		finding.mend = func(ctx context.Context) (string, error) { return e.home.Mend(ctx, f) }
	}
	e.add(finding)
}

func describeFault(f home.Fault) Finding {
	finding := Finding{Severity: Unsafe, Path: f.Path, Problem: f.Problem, Remedy: home.Remedy(f.Flaw)}
	switch f.Flaw {
	case home.FlawMode:
		finding.Check, finding.Remedy = CheckMode, "take away what group and others may do with it"
	case home.FlawOwner:
		finding.Check = CheckOwner
	case home.FlawLink:
		finding.Check = CheckLink
	case home.FlawNames:
		finding.Check, finding.Remedy = CheckHardLink, "put a copy in its place"
	case home.FlawTemp:
		finding.Check = CheckTemp
	case home.FlawHeld:
		finding.Check, finding.Severity, finding.Remedy = CheckLock, Notice, "wait for that program, or end it"
	case home.FlawUnread:
		finding.Check, finding.Severity, finding.Remedy = CheckAccess, Malformed, "see to it that the user who runs astrid can read it"
	case home.FlawRemoving:
		finding.Check, finding.Severity = CheckRemoval, Malformed
	case home.FlawStage:
		finding.Check, finding.Severity = CheckInstall, Malformed
	case home.FlawAlike:
		finding.Check, finding.Severity, finding.Remedy = CheckName, Malformed, "give one of the two another name"
	case home.FlawChanged:
		finding.Check, finding.Severity = CheckName, Malformed
	default:
		finding.Check = CheckKind
	}
	return finding
}

// refusal reports an error that is a refusal as a fault of the tree, and reports whether it was one.
func (e *examination) refusal(err error) bool {
	unsafe, ok := errors.AsType[*home.UnsafeError](err)
	if ok {
		e.fault(e.home.Fault(unsafe))
	}
	return ok
}

// principals reports what is wrong with who is active, and with the layout as a whole.
func (e *examination) principals() error {
	if err := e.home.CheckLayout(); err != nil && !e.refusal(err) {
		e.add(unread(Finding{
			Check: CheckLayout, Severity: Malformed, Path: e.home.LayoutFile().Path(),
			Problem: clause(e.home.LayoutFile().Path(), err), Remedy: "use the program that laid the tree out",
		}, err))
	}
	none := func(string) (string, bool) { return "", false }
	if _, err := e.home.ActivePrincipal("", false, none); err != nil && !e.refusal(err) {
		e.add(unread(Finding{
			Check: CheckContext, Severity: Malformed, Path: e.home.ContextFile().Path(),
			Problem: clause(e.home.ContextFile().Path(), err), Remedy: "astrid principal use NAME",
		}, err))
	}
	return e.ctx.Err()
}

// capsules reports installed capsules that cannot be read, and learns what the others declare.
func (e *examination) capsules() error {
	r, err := registry.Open(e.ctx, e.home)
	switch {
	case e.ctx.Err() != nil:
		return e.ctx.Err()
	case err != nil:
		if !e.refusal(err) {
			e.add(Finding{
				Check: CheckManifest, Severity: Malformed, Path: e.home.CapsulesDir().Path(),
				Problem: err.Error(), Remedy: "see to it that the user who runs astrid can read it",
			})
		}
		return nil
	}
	for _, c := range r.All() {
		e.manifests[c.ID] = c.Manifest
	}
	for _, p := range r.Problems() {
		if e.refusal(p) {
			continue
		}
		if errors.Is(p, registry.ErrLeftover) {
			continue // see leftovers
		}
		path := filepath.Join(e.home.CapsulesDir().Path(), p.Name)
		e.add(Finding{
			Check: CheckManifest, Severity: Malformed, Path: path,
			Problem: clause(path+string(filepath.Separator), p.Err), Remedy: "install the capsule again, or remove it",
		})
	}
	return nil
}

// leftovers reports what installations left.
func (e *examination) leftovers() error {
	found, err := install.Leftovers(e.ctx, e.home)
	if err != nil && e.ctx.Err() == nil && !e.refusal(err) {
		e.add(Finding{
			Check: CheckInstall, Severity: Malformed, Path: e.home.BinDir().Path(),
			Problem: err.Error(), Remedy: "see to it that the user who runs astrid can read it",
		})
	}
	for _, l := range found {
		finding := Finding{Check: CheckInstall, Severity: Notice, Path: l.Path, Problem: l.Problem, Remedy: fixCommand}
		did := "removed it"
		if l.Restores {
			finding.Severity, did = Malformed, "put the capsule back, or removed what was left of it"
		}
		finding.mend = func(ctx context.Context) (string, error) { return did, l.Mend(ctx) }
		e.add(finding)
	}
	return e.ctx.Err()
}

// declares returns what the manifest of an installed capsule says of a key. known is false where there is none.
func (e *examination) declares(id home.CapsuleID, key string) (f manifest.EnvField, known bool) {
	m := e.manifests[id]
	if m == nil {
		return f, false
	}
	f, _ = m.Env(key)
	return f, true
}

func (e *examination) secrets() error {
	problems, err := store.New(e.home).Check(e.ctx, store.Filter{Wanted: func(id home.CapsuleID, key home.Key) bool {
		f, known := e.declares(id, key.String())
		return !known || f.IsSecret()
	}})
	if err := store.New(e.home).CheckDigestKey(); err != nil && !e.refusal(err) {
		path := e.home.DigestKeyFile().Path()
		e.add(unread(Finding{
			Check: CheckDigest, Severity: Malformed, Path: path, Problem: clause(path, err), Remedy: "remove it: a new one is made, with other digests",
		}, err))
	}
	for _, p := range problems {
		if !e.refused[p.Path] && !e.refusal(p.Err) {
			e.add(describeSecret(p))
		}
	}
	return err
}

func describeSecret(p store.Problem) Finding {
	f := Finding{Check: CheckSecret, Severity: Malformed, Path: p.Path, Remedy: "set it again: " + secretCommand("set", p.Path)}
	if p.Err != nil {
		f.Problem = clause(p.Path, p.Err)
	}
	switch p.State {
	case store.StateEmpty:
		f.Severity, f.Problem = Notice, "it is empty: it reads as unset and hides the host's"
		f.Remedy = "if that is not meant: " + secretCommand("delete", p.Path)
	case store.StateOrphaned:
		f.Check, f.Severity, f.Problem = CheckOrphaned, Notice, "the capsule that is installed declares no such secret"
		f.Remedy = "if nothing else needs it: " + secretCommand("delete", p.Path)
	case store.StateShadowed:
		f.Check, f.Severity, f.Problem = CheckShadowed, Notice, "a principal has its own, which comes before this one"
		f.Remedy = "nothing, if that is meant"
	case "":
		if errors.Is(p.Err, store.ErrStray) {
			f.Check, f.Severity, f.Remedy = CheckName, Notice, "remove it"
		}
	}
	return unread(f, p.Err)
}

// secretCommand is the command for the secret of a path, which ends in scope, capsule and key.
func secretCommand(verb, path string) string {
	dir, key := filepath.Split(path)
	dir, capsule := filepath.Split(filepath.Clean(dir))
	who := []string{"--principal", filepath.Base(dir)}
	if filepath.Base(dir) == home.HostSlot {
		who = []string{"--scope", "host"}
	}
	return paste.Command("secret "+verb, []string{capsule, key}, who)
}

// settings reports what is wrong with the overlays of every principal.
func (e *examination) settings() error {
	principals, err := e.home.Principals()
	if err != nil { // reported with the tree
		return e.ctx.Err()
	}
	for _, p := range principals {
		problems, err := overlay.Check(e.ctx, e.home, p, e.isSecret(p))
		if err != nil {
			return err
		}
		for _, problem := range problems {
			if !e.refusal(problem.Err) {
				e.overlay(problem)
			}
		}
	}
	return nil
}

// isSecret reports whether a key among the settings of a principal is that of a secret: the capsule declares it so or,
// where nothing is known of the capsule, has a secret of that name.
func (e *examination) isSecret(p home.Principal) func(home.CapsuleID, string) bool {
	return func(id home.CapsuleID, name string) bool {
		if f, known := e.declares(id, name); known {
			return f.IsSecret()
		}
		key, err := home.LookupKey(name)
		if err != nil {
			return false
		}
		for _, scope := range []home.Scope{home.PrincipalScope(p), home.HostScope()} {
			if there, _ := e.home.SecretFile(scope, id, key).Exists(); there { // what is in the way is reported elsewhere
				return true
			}
		}
		return false
	}
}

func (e *examination) overlay(p overlay.Problem) {
	f := Finding{Check: CheckOverlay, Severity: Malformed, Path: p.Path, Problem: clause(p.Path, p), Remedy: "correct the file, or remove it"}
	switch p.Kind {
	case overlay.Foreign:
		f.Remedy = fixCommand
		f.mend = func(ctx context.Context) (string, error) {
			err := overlay.Update(ctx, e.home, p.Principal, p.Capsule, func(o *overlay.Overlay) error {
				o.Stringify()
				return nil
			})
			return "wrote its values as strings", err
		}
	case overlay.Plaintext:
		f.Check, f.Severity = CheckPlaintext, Unsafe
		f.Remedy = e.migrateCommand(p)
	case overlay.Reserved:
		f.Severity = Notice
		f.Remedy = paste.Command("env unset", []string{p.Capsule.String(), "KEY"}, []string{"--principal", p.Principal.String()})
	case overlay.Stray:
		f.Check, f.Severity, f.Remedy = CheckName, Notice, "remove it"
	}
	e.add(unread(f, p.Err))
}

// unread turns a finding about what cannot be used into one about what cannot be looked at, if that is why.
func unread(f Finding, err error) Finding {
	if _, ok := errors.AsType[*fs.PathError](err); ok {
		f.Check, f.Severity, f.Remedy = CheckAccess, Malformed, "see to it that the user who runs astrid can read it"
	}
	return f
}

// migrateCommand is the command that moves secrets out of the settings. It has to be told which they are where no manifest
// says so.
func (e *examination) migrateCommand(p overlay.Problem) string {
	args := []string{p.Capsule.String()}
	if e.manifests[p.Capsule] == nil {
		args = append(args, p.Keys...)
	}
	return paste.Command("secret migrate", args, []string{"--principal", p.Principal.String()})
}

// clause is the text of an error about a path, without it.
func clause(path string, err error) string {
	return strings.TrimLeft(strings.TrimPrefix(err.Error(), path), ": ")
}
