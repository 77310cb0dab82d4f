package lint

import (
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"astrid/pkg/audit"
	"astrid/pkg/capsule"
	"astrid/pkg/component"
	"astrid/pkg/component/core"
	"astrid/pkg/component/inspect"
	"astrid/pkg/component/wit"
	"astrid/pkg/home"
	"astrid/pkg/registry"
)

// code checks the wasm of the first component, the only one that runs.
func (l *linter) code() {
	if len(l.m.Components) == 0 {
		return
	}
	c := l.m.Components[0]
	where := []string{"component", "0", "file"}
	if !l.exists(c.File, where) {
		return
	}
	if path.Ext(c.File) != ".wasm" {
		l.at(Warning, RuleCode, where, "the runtime takes no file for code whose name does not end in .wasm")
	}
	wasm, err := l.read(path.Clean(c.File))
	if err != nil {
		l.at(Wrong, RuleFile, where, "%s cannot be read: %v", quote(c.File), home.Cause(err))
		return
	}
	report, err := inspect.File(wasm, core.Limits{})
	if err != nil {
		l.findings = append(l.findings, Finding{
			Severity: Wrong, Rule: RuleCode, File: path.Join(path.Dir(l.file), path.Clean(c.File)), Message: err.Error(),
		})
		return
	}
	if c.Hash != "" && !strings.EqualFold(strings.TrimPrefix(c.Hash, "blake3:"), registry.Hash(wasm)) {
		l.at(Warning, RuleNoEffect, []string{"component", "0", "hash"}, "it is not the BLAKE3 of the file, and nothing checks it")
	}
	if report.Kind == inspect.CoreModule {
		l.at(Warning, RuleCode, where, "it is a core module, and the Rust runtime runs components only")
	}
	l.exports(report, where)
	l.imports(wasm, where)
	l.audit(report, where)
}

// errTooLarge is code that no runtime reads.
var errTooLarge = errors.New("it is too large")

func (l *linter) read(name string) ([]byte, error) {
	f, err := l.dir.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	wasm, err := io.ReadAll(io.LimitReader(f, registry.MaxWasm+1))
	if err == nil && len(wasm) > registry.MaxWasm {
		err = &fs.PathError{Op: "read", Path: name, Err: errTooLarge}
	}
	return wasm, err
}

// exports checks that there is something to call, and what handles events.
func (l *linter) exports(report *inspect.Report, where []string) {
	exported := func(name string) bool {
		return slices.ContainsFunc(report.Exports, func(it wit.Item) bool { return it.Name == name })
	}
	entries := []string{capsule.ExportHook, capsule.ExportRun, capsule.ExportInstall, capsule.ExportUpgrade}
	if !slices.ContainsFunc(entries, exported) {
		l.at(Wrong, RuleCode, where, "it exports none of %s: nothing can call it", strings.Join(entries, ", "))
		return
	}
	for _, s := range l.m.Subscribe {
		if s.Handler != "" && !exported(capsule.ExportHook) {
			l.at(Wrong, RuleCode, []string{"subscribe", s.Topic, "handler"}, "a handler needs the export %s, which the code has not got", capsule.ExportHook)
		}
	}
}

// imports checks that what is imported is provided. What this host has not got the Rust runtime may have, if it is of
// its packages.
func (l *linter) imports(wasm []byte, where []string) {
	err := capsule.Check(wasm)
	var link *component.LinkError
	if !errors.As(err, &link) {
		if err != nil {
			l.at(Wrong, RuleImports, where, "it cannot be linked: %v", err)
		}
		return
	}
	var elsewhere, nowhere []string
	for _, name := range link.Missing {
		if strings.HasPrefix(name, "astrid:") && !strings.HasPrefix(name, "astrid:sys/") {
			elsewhere = append(elsewhere, name)
		} else {
			nowhere = append(nowhere, name)
		}
	}
	if nowhere != nil {
		l.at(Wrong, RuleImports, where, "it imports what no host of capsules provides: %s", listed(nowhere))
	}
	if elsewhere != nil {
		l.at(Warning, RuleImports, where, "it imports what this host does not provide: %s", listed(elsewhere))
	}
	for _, err := range link.Mismatched {
		l.at(Wrong, RuleImports, where, "%v", err)
	}
}

// listed lists names, bounded.
func listed(names []string) string {
	const limit = 8
	if len(names) > limit {
		return strings.Join(names[:limit], ", ") + ", …"
	}
	return strings.Join(names, ", ")
}

// audit takes over what the comparison of imports and declarations says. What is missing is where the code is named, since
// it is nowhere else.
func (l *linter) audit(report *inspect.Report, where []string) {
	for _, f := range audit.Compare(l.m, report.Imports) {
		switch f.State {
		case audit.Missing:
			l.at(Wrong, RuleCapability, where, "%s is missing: %s", f.Name, f.Reason)
		case audit.Unused:
			l.at(Warning, RuleCapability, []string{f.Name}, "%s is unused: %s", f.Name, f.Reason)
			if f.Grant.Line > 0 { // of the capsule's capabilities, or a component's
				last := &l.findings[len(l.findings)-1]
				last.Line, last.Column = f.Grant.Line, f.Grant.Column
			}
		}
	}
}
