// Package wasmtime runs components on wasmtime's C API, as far as the benchmarks need it: the world bench of
// testdata/wit, with a host that does what the benchmarks' host on astrid does.
//
// The Go module of wasmtime has no components, but the library that it links has: this package calls it through cgo,
// with the headers of the module's build/include, which bench/run puts into CGO_CFLAGS.
package wasmtime
