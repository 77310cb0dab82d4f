// Package caplog is the log of a capsule: the one place where its line is formatted and parsed, and where its
// files are opened, rolled over and pruned.
//
// It owns the format of the Rust runtime's capsule logs, with the one difference that a message cannot break
// out of its line. It refuses to know where the files lie (package home does), what may be logged (package
// hostsys redacts and counts before lines come here) and how a line is shown.
package caplog
