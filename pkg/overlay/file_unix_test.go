//go:build unix

package overlay_test

import (
	"errors"
	"testing"

	"astrid/pkg/home"
	"astrid/pkg/overlay"

	"github.com/google/go-cmp/cmp"
)

// A principal that is removed and made anew during an Update has what was set since, and not what was removed.
func TestRemovedDuringUpdate(t *testing.T) {
	f := newFixture(t)
	if err := errors.Join(f.home.CreatePrincipal(t.Context(), f.alice), f.update(t, set("old", "1"))); err != nil {
		t.Fatal(err)
	}
	err := f.update(t, func(o *overlay.Overlay) error {
		return errors.Join(f.home.RemovePrincipal(t.Context(), f.alice), f.update(t, set("b", "2")), set("a", "3")(o))
	})
	if !errors.Is(err, home.ErrBusy) {
		t.Errorf("%v, want ErrBusy", err)
	}
	if diff := cmp.Diff([]string{"b"}, f.load(t).Keys()); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
}
