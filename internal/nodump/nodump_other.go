//go:build !linux

package nodump

// Apply turns core dumps off where the system has them. Other processes of the user can still read this one.
func Apply() error { return noCore() }
