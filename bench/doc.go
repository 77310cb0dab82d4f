// Command bench compares astrid's component layer with wasmtime on the same components and the same host behaviour.
//
// Every row of its table has subjects that do the same thing. They are run in turn, round after round, so that what
// else the machine does hits all of them; what is printed is the median of the rounds, and the median of the rounds'
// ratios. README.md says how to run it.
package main
