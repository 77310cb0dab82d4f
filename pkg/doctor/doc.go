// Package doctor examines a tree and mends what is safe to mend.
//
// It collects what the owners of its parts report: package home about directories, modes, links and what a program that
// died has left, package store about secrets, package overlay about settings, package registry about installed
// capsules. What it adds is how bad each finding is, and what to do about it.
//
// [Examine] changes nothing. [Mend] does what loses nothing and touches only what is ours; it looks again at each entry
// before it changes it. Neither follows a link, and no finding holds a value.
package doctor
