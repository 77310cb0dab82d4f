package lint

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"astrid/pkg/home"
	"astrid/pkg/manifest"
)

// Check examines a manifest and what it names. file is the manifest's name for findings; the files that it names are
// looked for in dir, the directory that it is in. The findings are in the order of the document.
func Check(file string, text []byte, dir fs.FS) []Finding {
	l := &linter{file: file, dir: dir}
	doc, err := manifest.ParseDocument(file, text)
	l.doc = doc
	l.parsed(err)
	if m := doc.Manifest; m != nil {
		l.m = m
		l.pkg()
		l.env()
		l.topics()
		l.components()
		l.files()
		l.code()
	}
	return sorted(l.findings)
}

// linter is one examination.
type linter struct {
	file     string
	dir      fs.FS
	doc      *manifest.Document
	m        *manifest.Manifest
	findings []Finding
}

// at adds a finding about the entry of the manifest with that path.
func (l *linter) at(s Severity, r Rule, where []string, format string, args ...any) {
	line, column := l.doc.Position(where...)
	l.findings = append(l.findings, Finding{
		Severity: s, Rule: r, File: l.file, Line: line, Column: column, Message: fmt.Sprintf(format, args...),
	})
}

// parsed takes over what the manifest's own validation says.
func (l *linter) parsed(err error) {
	for _, err := range flatten(err) {
		f := Finding{Severity: Wrong, Rule: RuleManifest, File: l.file, Message: err.Error()}
		if bad, ok := errors.AsType[*manifest.Error](err); ok {
			f.Line, f.Column, f.Message = bad.Line, bad.Column, bad.Reason
		}
		l.findings = append(l.findings, f)
	}
	for _, w := range l.doc.Warnings {
		l.findings = append(l.findings, Finding{
			Rule: RuleNoEffect, File: l.file, Line: w.Line, Column: w.Column, Message: w.Reason,
		})
	}
	for _, k := range l.doc.Unknown {
		f := Finding{Rule: RuleUnknownKey, File: l.file, Line: k.Line, Column: k.Column, Nearest: l.doc.Nearest(k)}
		f.Message = fmt.Sprintf("nothing reads %s", k)
		switch instead := removed(k.Path); {
		case instead != "":
			f.Message += ", which earlier runtimes read: use " + instead
		case f.Nearest != "":
			f.Message += fmt.Sprintf(": is %s meant?", f.Nearest)
		}
		l.findings = append(l.findings, f)
	}
}

func flatten(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	if err == nil {
		return nil
	}
	return []error{err}
}

// removed says what stands for a key that the runtime once read.
func removed(key []string) string {
	switch strings.Join(key, ".") {
	case "interceptor":
		return "[subscribe] with a handler"
	case "topic", "capabilities.ipc_publish":
		return "[publish]"
	case "capabilities.ipc_subscribe":
		return "[subscribe]"
	}
	return ""
}

func (l *linter) pkg() {
	if l.m.Package.Description == "" {
		l.at(Warning, RulePackage, []string{"package"}, "the package has no description")
	}
}

// components checks what is said of the code.
func (l *linter) components() {
	if len(l.m.Components) == 0 {
		l.at(Warning, RuleCode, nil, "no [[component]]: the capsule has no code")
	}
	for i, c := range l.m.Components {
		where := []string{"component", strconv.Itoa(i)}
		if i > 0 {
			l.at(Warning, RuleNoEffect, where, "only the first component runs")
		}
		for _, name := range c.Capabilities.HeldNames() {
			switch name {
			case "fs_read", "fs_write", "host_process", "net", "net_bind":
				continue // they are added to those of the capsule
			}
			l.at(Warning, RuleNoEffect, append(where, "capabilities", name),
				"a component is not granted %s: it belongs in the [capabilities] of the capsule", name)
		}
	}
}

// files checks that the files that are named are there.
func (l *linter) files() {
	named := func(file string, where ...string) {
		if file != "" {
			l.exists(file, where)
		}
	}
	for i, c := range l.m.Components[min(1, len(l.m.Components)):] { // the first one is read
		named(c.File, "component", strconv.Itoa(i+1), "file")
	}
	for i, c := range l.m.ContextFiles {
		named(c.File, "context_file", strconv.Itoa(i), "file")
	}
	for i, c := range l.m.Commands {
		named(c.File, "command", strconv.Itoa(i), "file")
	}
	named(l.m.Package.Readme, "package", "readme")
	named(l.m.Package.LicenseFile, "package", "license-file")
}

// exists reports whether a file that the manifest names is there, and adds a finding if not.
func (l *linter) exists(file string, where []string) bool {
	name := path.Clean(file)
	if !fs.ValidPath(name) {
		l.at(Wrong, RuleFile, where, "%s is outside of the capsule's directory", quote(file))
		return false
	}
	fi, err := fs.Stat(l.dir, name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		l.at(Wrong, RuleFile, where, "%s is not there", quote(file))
	case err != nil:
		l.at(Wrong, RuleFile, where, "%s cannot be read: %v", quote(file), home.Cause(err))
	case !fi.Mode().IsRegular():
		l.at(Wrong, RuleFile, where, "%s is not a regular file", quote(file))
	default:
		return true
	}
	return false
}

// quote shows a text of the manifest, bounded.
func quote(s string) string {
	const limit = 80
	if len(s) > limit {
		return strconv.Quote(s[:limit]) + "…"
	}
	return strconv.Quote(s)
}
