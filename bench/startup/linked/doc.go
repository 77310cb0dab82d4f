// Command linked links the large libraries that astrid is made of, and exits.
//
// It owns nothing but the mention of each, in a place that is not reached, so that the linker keeps what a use of them
// keeps. It refuses to do anything.
package main
