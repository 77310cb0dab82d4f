package component_test

import (
	"context"
	"errors"
	"testing"

	"astrid/pkg/component"
	"astrid/pkg/component/binary"
)

// TestCheck checks what Check says of files that would link, and of those that are none. What it says of imports that
// do not fit is checked with Link.
func TestCheck(t *testing.T) {
	mark := component.NewInterface(echo).Func("mark", component.Proc1(func(context.Context, uint32) {}))
	if err := component.NewLinker(mark).Check(fixture(t, "core-start"), component.Config{}); err != nil {
		t.Error(err)
	}
	err := component.NewLinker().Check([]byte("no wasm"), component.Config{})
	if _, ok := errors.AsType[*binary.Error](err); !ok {
		t.Errorf("got %v", err)
	}
}
