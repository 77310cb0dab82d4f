// Package registry knows which capsules are installed and what they may do.
//
// It owns the discovery of installed capsules, the UUID by which capsules know each other, and the answer to
// "may that one do this?", which is no whenever there is doubt. One capsule that cannot be read does not hide
// the others: it is reported as a problem.
//
// It refuses to change anything: installing and removing are pkg/install's. It reads no wasm, and does not
// check that the installed one is the one that its metadata names.
package registry
