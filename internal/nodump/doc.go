// Package nodump keeps the memory of the process to itself: no core is dumped, and no other process of the same user
// reads it, by ptrace, /proc or otherwise, unless it may do so with everybody's.
//
// It owns the settings of the operating system for that, and refuses to know what is worth it. What is swapped out, or
// written when the machine hibernates, it cannot help.
package nodump
