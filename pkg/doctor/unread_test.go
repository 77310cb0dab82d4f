package doctor

import (
	"io/fs"
	"syscall"
	"testing"

	"astrid/pkg/store"
)

// What cannot be looked at is not advised to be removed: it may be all that there is.
func TestUnread(t *testing.T) {
	denied := &fs.PathError{Op: "open", Path: "/secrets/alice", Err: syscall.EACCES}
	for name, test := range map[string]struct {
		got  Finding
		want Check
	}{
		"a directory of secrets": {describeSecret(store.Problem{Path: denied.Path, Err: denied}), CheckAccess},
		"a secret":               {describeSecret(store.Problem{Path: denied.Path, State: store.StateInvalid, Err: denied}), CheckAccess},
		"settings":               {unread(Finding{Check: CheckOverlay, Remedy: "remove it"}, denied), CheckAccess},
		"a name":                 {describeSecret(store.Problem{Path: denied.Path, Err: store.ErrStray}), CheckName},
	} {
		if removes := test.got.Remedy == "remove it"; test.got.Check != test.want || removes != (test.want == CheckName) {
			t.Errorf("%s: %+v", name, test.got)
		}
	}
}
