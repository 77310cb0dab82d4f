// Package registry knows which capsules are installed, what they may do, and whether they are still what was installed.
//
// It owns the discovery of installed capsules, the UUID by which capsules know each other, the answer to "may that one
// do this?", which is no whenever there is doubt, the form of meta.json, and the way to a capsule's code, which is
// given out only after its hash was checked. One capsule that cannot be read does not hide the others: it is reported
// as a problem.
//
// It refuses to change anything: installing and removing are pkg/install's. What the code does is pkg/capsule's.
package registry
