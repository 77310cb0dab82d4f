package cmd_test

// dropRoot has nothing to drop.
func dropRoot() error { return nil }
