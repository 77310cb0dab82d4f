package manifest

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
)

// Types of setting that a manifest declares. Any other type behaves as TypeText.
const (
	TypeText   = "text"
	TypeSecret = "secret"
	TypeSelect = "select"
	TypeArray  = "array"
)

// EnvField is one declared setting, an [env.KEY] table.
type EnvField struct {
	Key         string
	Type        string // as written; see IsSecret
	Request     string // what to ask an operator
	Description string
	Default     Value
	EnumValues  []string // the choices of a select
	Placeholder string
	OptionsFrom *OptionsFrom // nil if not given
}

// IsSecret reports whether the setting is a secret, whatever the case of the letters in which its type is
// written.
func (f EnvField) IsSecret() bool {
	// EqualFold would also take U+017F, the long s, for an s; the Rust runtime folds ASCII only.
	return len(f.Type) == len(TypeSecret) && strings.EqualFold(f.Type, TypeSecret)
}

// ParseValue turns what an operator typed for the setting into the text that an overlay stores. A select takes one of
// its choices; an array takes items separated by commas, or a JSON array of strings for items that hold commas, and is
// stored as that JSON; anything else is taken as it is. The error is a *ValueError.
func (f EnvField) ParseValue(typed string) (string, error) {
	if !utf8.ValidString(typed) {
		return "", &ValueError{f.Key, "must be UTF-8 text"}
	}
	switch f.Type {
	case TypeSelect:
		if len(f.EnumValues) > 0 && !slices.Contains(f.EnumValues, typed) {
			return "", &ValueError{f.Key, "must be one of " + showChoices(f.EnumValues)}
		}
	case TypeArray:
		return f.parseArray(typed)
	}
	return typed, nil
}

func (f EnvField) parseArray(typed string) (string, error) {
	var items []string
	switch {
	case strings.HasPrefix(typed, "["):
		var parsed []*string // nil for null, which is no string
		err := json.Unmarshal([]byte(typed), &parsed)
		if err != nil || slices.Contains(parsed, nil) {
			// The decoder's own words would repeat the value.
			return "", &ValueError{f.Key, "must be items separated by commas, or a JSON array of strings"}
		}
		for _, item := range parsed {
			items = append(items, *item)
		}
	case typed != "":
		items = strings.Split(typed, ",")
	}
	out := []byte{'['}
	for i, item := range items {
		if i > 0 {
			out = append(out, ',')
		}
		out = appendQuoted(out, item)
	}
	return string(append(out, ']')), nil
}

// maxChoices is how many choices a message lists; a hostile manifest could have a million.
const maxChoices = 32

func showChoices(choices []string) string {
	shown := make([]string, 0, maxChoices+1)
	for _, c := range choices[:min(len(choices), maxChoices)] {
		shown = append(shown, showKey(c))
	}
	if more := len(choices) - len(shown); more > 0 {
		shown = append(shown, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(shown, ", ")
}

// ValueError reports a value that a setting cannot have. It never holds the value.
type ValueError struct {
	Key    string
	Reason string
}

func (e *ValueError) Error() string { return "invalid value for " + showKey(e.Key) + ": " + e.Reason }

// OptionsFrom says where an installer may fetch the choices of a setting. Nothing here does.
type OptionsFrom struct {
	HTTP   string
	Bearer string
	Select string
	After  []string
}
