package home

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pelletier/go-toml/v2"
)

// maxContext is the largest CLI context that is read, in bytes. One line is expected.
const maxContext = 64 << 10

// ActivePrincipal returns the principal that a command acts for: the flag if it was given, else ASTRID_PRINCIPAL
// if it is set, else active_agent of run/cli-context.toml, else the default one. The first that is present decides,
// also when it is empty: then it is a *NameError, or a *ContextError in the file. A file that cannot be
// read safely is an error too, because the default would be somebody else.
func (h *Home) ActivePrincipal(flag string, flagSet bool, lookup func(string) (string, bool)) (Principal, error) {
	if flagSet {
		return parseFrom("--principal", flag)
	}
	if env, ok := lookup("ASTRID_PRINCIPAL"); ok {
		return parseFrom("ASTRID_PRINCIPAL", env)
	}
	f := h.ContextFile()
	data, err := f.Read(maxContext)
	if errors.Is(err, fs.ErrNotExist) {
		return DefaultPrincipal(), nil
	}
	if err != nil {
		return Principal{}, err
	}
	p, err := parseContext(data)
	if err != nil {
		return Principal{}, &ContextError{f.Path(), err}
	}
	return p, nil
}

// SetActivePrincipal writes the CLI context, as the Rust runtime does: whatever else it held is gone.
func (h *Home) SetActivePrincipal(ctx context.Context, p Principal) error {
	if err := h.claim(ctx, p); err != nil {
		return err
	}
	return h.ContextFile().Write(fmt.Appendf(nil, "active_agent = %q\n", p.name))
}

// deactivate removes a context that names p. One that cannot be understood names nobody.
func (h *Home) deactivate(p Principal) error {
	active, err := h.ActivePrincipal("", false, func(string) (string, bool) { return "", false })
	if err != nil || active != p {
		if _, ok := errors.AsType[*ContextError](err); ok {
			return nil
		}
		return err
	}
	return ignoreAbsent(h.ContextFile().Remove())
}

func parseFrom(source, name string) (Principal, error) {
	p, err := ParsePrincipal(name)
	if err != nil {
		return Principal{}, fmt.Errorf("%s: %w", source, err)
	}
	return p, nil
}

// parseContext decodes into a map because the decoder would match the field of a struct in any letter case.
func parseContext(data []byte) (Principal, error) {
	var fields map[string]any
	if err := toml.Unmarshal(data, &fields); err != nil {
		return Principal{}, describeTOML(err)
	}
	agent, ok := fields["active_agent"]
	if !ok {
		return DefaultPrincipal(), nil
	}
	name, ok := agent.(string)
	if !ok {
		return Principal{}, errors.New("active_agent must be a string")
	}
	return ParsePrincipal(name)
}

func describeTOML(err error) error {
	if at, ok := errors.AsType[*toml.DecodeError](err); ok {
		line, column := at.Position()
		return fmt.Errorf("line %d, column %d: %w", line, column, err)
	}
	return err
}
