package cmd

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"astrid/internal/inert"
	"astrid/internal/paste"
	"astrid/pkg/home"
	"astrid/pkg/install"
	"astrid/pkg/manifest"
	"astrid/pkg/store"
)

// ask asks for what has no value. An empty answer leaves it so.
func (s *capsuleInstall) ask(p *install.Package, values *install.Values) error {
	for _, m := range values.Missing() {
		s.describe(m)
		question := fmt.Sprintf("%s of %s", m.Key, p.ID())
		if m.Field.IsSecret() {
			line, err := s.io.ReadSecret(question + ", one line, not shown, empty for none: ")
			if err != nil {
				return err
			}
			if len(line) == 0 {
				continue
			}
			secret, _, err := store.ReadSecret(bytes.NewReader(line), true)
			clear(line)
			if err != nil {
				return err
			}
			values.SetSecret(m.Key, secret)
			continue
		}
		if err := s.askSetting(p, values, m, question); err != nil {
			return err
		}
	}
	return nil
}

// describe tells what the manifest says of a key.
func (s *capsuleInstall) describe(m install.Missing) {
	text := m.Field.Request
	if text == "" {
		text = m.Field.Description
	}
	if text != "" {
		fmt.Fprintf(s.io.Err, "astrid: %s: %s\n", m.Key, shorten(inert.Line(text), 200))
	}
}

// attempts is how often a setting is asked for whose answers break its rules.
const attempts = 3

func (s *capsuleInstall) askSetting(p *install.Package, values *install.Values, m install.Missing, question string) (err error) {
	switch {
	case m.Field.Type == manifest.TypeSelect && len(m.Field.EnumValues) > 0:
		question += " (" + shorten(inert.Line(strings.Join(m.Field.EnumValues, ", ")), 100) + ")"
	case m.Field.Type == manifest.TypeArray:
		question += ", items separated by commas"
	}
	for range attempts {
		var typed string
		typed, err = s.io.Ask(question + ", empty for none: ")
		if typed == "" || err != nil {
			return err
		}
		if err = values.Set(p.ID(), m.Key, typed); err == nil {
			return nil
		}
		s.note("%v", err)
	}
	return err
}

// missing tells what has no value still, and how to give it one.
func (s *capsuleInstall) missing(p *install.Package, values *install.Values, principal home.Principal) ([]string, error) {
	missing := values.Missing()
	keys := make([]string, len(missing))
	lines := make([]string, len(missing))
	flags := []string{"--principal", principal.String()}
	for i, m := range missing {
		keys[i] = m.Key.String()
		if m.Field.IsSecret() {
			lines[i] = fmt.Sprintf("secret %s: %s", m.Key, paste.Command("secret set", []string{p.ID().String(), keys[i]}, flags))
		} else {
			lines[i] = fmt.Sprintf("setting %s: %s", m.Key, paste.Command("env set", []string{p.ID().String(), keys[i] + "=VALUE"}, flags))
		}
	}
	if len(missing) > 0 && s.strict {
		return nil, &notFoundError{
			msg:  fmt.Sprintf("capsule %s has no value for %s, and nothing was installed", p.ID(), strings.Join(keys, ", ")),
			hint: "settings: --var KEY=VALUE; secrets: " + install.VariablePrefix + "<KEY>, or 'astrid secret set' with --manifest before",
		}
	}
	for _, line := range lines {
		s.note("no value for %s", line)
	}
	return slices.Clip(keys), nil
}
