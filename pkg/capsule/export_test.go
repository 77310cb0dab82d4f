package capsule

import (
	"context"

	"astrid/pkg/component"
)

// WithCompiler returns the configuration with another compiler.
func WithCompiler(c Config, compile func(context.Context, *component.Runtime, []byte, ...component.Code) (*component.Component, error)) Config {
	c.compile = compile
	return c
}
