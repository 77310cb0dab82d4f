package lint

import (
	"slices"
	"strings"

	"astrid/pkg/home"
	"astrid/pkg/manifest"
)

// env checks the settings. What breaks a rule of the document is not looked at again.
func (l *linter) env() {
	for _, key := range l.m.EnvKeys() {
		if home.ReservedKey(key) {
			continue // that it has no effect was said
		}
		f, _ := l.m.Env(key)
		at := func(s Severity, r Rule, field, format string, args ...any) {
			l.at(s, r, []string{"env", key, field}, format, args...)
		}
		if _, err := home.ParseKey(key); err != nil {
			at(Wrong, RuleEnv, "", "an operator cannot set it: %v", err)
		}
		if f.Description == "" && f.Request == "" {
			at(Warning, RuleEnv, "", "the setting has no description, and no request to ask for it with")
		}
		l.envType(f, at)
		l.envDefault(f, at)
	}
}

func (l *linter) envType(f manifest.EnvField, at func(s Severity, r Rule, field, format string, args ...any)) {
	switch {
	case f.IsSecret() && f.Type != manifest.TypeSecret:
		at(Warning, RuleEnv, "type", "not every program takes %s for secret: write it in lower case", quote(f.Type))
	case f.IsSecret() || f.Type == manifest.TypeText || f.Type == manifest.TypeArray || f.Type == manifest.TypeSelect:
	default:
		at(Warning, RuleEnv, "type", "there is no type %s, which behaves as text: the types are text, secret, select and array", quote(f.Type))
	}
	switch {
	case f.Type == manifest.TypeSelect && len(f.EnumValues) == 0 && f.OptionsFrom == nil:
		at(Warning, RuleEnv, "type", "a select without enum_values takes any value")
	case f.Type != manifest.TypeSelect && len(f.EnumValues) > 0:
		at(Warning, RuleNoEffect, "enum_values", "enum_values have an effect on a select only")
	}
}

// envDefault never repeats the default, which may be a secret by mistake.
func (l *linter) envDefault(f manifest.EnvField, at func(s Severity, r Rule, field, format string, args ...any)) {
	switch text := f.Default.Text(); {
	case f.Default.IsZero():
	case f.IsSecret():
		at(Wrong, RuleEnv, "default", "a secret has no default: this one is never read, and everybody can read it here")
	case f.Type == manifest.TypeSelect && len(f.EnumValues) > 0 && !slices.Contains(f.EnumValues, text):
		at(Wrong, RuleEnv, "default", "the default is none of the enum_values")
	case f.Type == manifest.TypeArray && !strings.HasPrefix(text, "["):
		at(Warning, RuleEnv, "default", "the default of an array is no array")
	}
}
