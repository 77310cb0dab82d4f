package cmd

import "fmt"

// confirm asks on the terminal whether to do what cannot be undone; elsewhere --yes is needed, and the error says what
// would be done. The verb comes as it is and as a participle: remove, removed.
func (a *app) confirm(yes bool, verb, done, what string) error {
	if yes {
		return nil
	}
	if !a.io.IsInTTY() {
		return withHint(usagef("nobody is at a terminal to confirm it, and --yes is not given"), "this would %s %s", verb, what)
	}
	yes, err := a.io.Confirm("astrid: " + verb + " " + what + "?")
	if err == nil && !yes {
		err = fmt.Errorf("not confirmed: nothing was %s", done)
	}
	return err
}
