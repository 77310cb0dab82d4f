// Package image keeps what a linear memory begins with and hands out private copies of it.
//
// On Linux the image lies in a sealed file in memory, and a copy is a private mapping of that file: making one costs the
// same whatever the size, and a page is copied when it is first written. Elsewhere, and where the system refuses, a
// copy is a copy. Both behave the same, but for their cost.
//
// It owns mapping, growing, resetting and unmapping. It knows nothing of WebAssembly, and imposes no limit but the size
// that an image is made for: whoever uses it accounts for what is mapped.
package image
