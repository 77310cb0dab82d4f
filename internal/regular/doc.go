// Package regular opens files that strangers may have put where they are: a manifest in a directory, the code that the
// manifest names.
//
// An open of a pipe waits for its other end, and a read from a device need not end. So what is opened here is a regular
// file, and the open does not wait. Links are followed as the system, or a root, does.
//
// The package refuses to know what is in a file. What the tree holds is opened more strictly, by package nofollow.
package regular
