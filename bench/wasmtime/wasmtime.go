package wasmtime

// #include <stdlib.h>
// #include "host.h"
import "C"

import (
	"errors"
	"unsafe"

	_ "github.com/bytecodealliance/wasmtime-go/v39" // links the library
)

// Engine compiles and runs components. It lives as long as the process.
type Engine struct{ ptr *C.wasm_engine_t }

// NewEngine makes an engine with wasmtime's defaults: Cranelift, optimised for speed, compiling on all cores.
func NewEngine() *Engine { return &Engine{C.wasm_engine_new()} }

// Component is a compiled component.
type Component struct {
	engine *Engine
	ptr    *C.wasmtime_component_t
}

// Compile compiles a component.
func (e *Engine) Compile(wasm []byte) (*Component, error) {
	c := &Component{engine: e}
	err := C.wasmtime_component_new(e.ptr, (*C.uint8_t)(unsafe.SliceData(wasm)), C.size_t(len(wasm)), &c.ptr)
	return c, failed(err)
}

// Load maps what Serialize wrote to a file.
func (e *Engine) Load(path string) (*Component, error) {
	c := &Component{engine: e}
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	return c, failed(C.wasmtime_component_deserialize_file(e.ptr, name, &c.ptr))
}

// Serialize returns the compiled code, for Load.
func (c *Component) Serialize() ([]byte, error) {
	var out C.wasm_byte_vec_t
	if err := failed(C.wasmtime_component_serialize(c.ptr, &out)); err != nil {
		return nil, err
	}
	defer C.wasm_byte_vec_delete(&out)
	return C.GoBytes(unsafe.Pointer(out.data), C.int(out.size)), nil
}

// Close frees the component.
func (c *Component) Close() { C.wasmtime_component_delete(c.ptr) }

// Callback says what get-config calls; the other functions are C.
type Callback int

// Where get-config is written.
const (
	InC Callback = iota
	InGo
)

// Linker holds the host functions.
type Linker struct {
	engine *Engine
	ptr    *C.wasmtime_component_linker_t
}

// NewLinker makes a linker with the host functions of the benchmarks.
func (e *Engine) NewLinker(get Callback) (*Linker, error) {
	l := &Linker{e, C.wasmtime_component_linker_new(e.ptr)}
	return l, failed(C.define(l.ptr, C.enum_callback(get)))
}

// Guest is an instance, with a store of its own.
type Guest struct{ c C.guest }

// Instantiate makes an instance.
func (l *Linker) Instantiate(c *Component) (*Guest, error) {
	g := new(Guest)
	return g, failed(C.guest_new(&g.c, l.engine.ptr, l.ptr, c.ptr))
}

// Close frees the instance.
func (g *Guest) Close() { C.guest_delete(&g.c) }

// Repeat calls the guest's function of that name.
func (g *Guest) Repeat(what string, times uint32) (uint32, error) {
	var right C.uint32_t
	err := C.call_repeat(&g.c, chars(what), C.size_t(len(what)), C.uint32_t(times), &right)
	return uint32(right), failed(err)
}

// Nop calls the guest's function of that name.
func (g *Guest) Nop() error { return failed(C.call_nop(&g.c)) }

// Hook calls astrid-hook-trigger and returns the length of the data that it answers with, -1 without any.
func (g *Guest) Hook(action, payload string) (int, error) {
	var n C.int64_t
	err := C.call_hook(&g.c, chars(action), C.size_t(len(action)), chars(payload), C.size_t(len(payload)), &n)
	return int(n), failed(err)
}

func chars(s string) *C.char { return (*C.char)(unsafe.Pointer(unsafe.StringData(s))) }

// failed takes wasmtime's error over.
func failed(err *C.wasmtime_error_t) error {
	if err == nil {
		return nil
	}
	defer C.wasmtime_error_delete(err)
	var text C.wasm_name_t
	C.wasmtime_error_message(err, &text)
	defer C.wasm_byte_vec_delete(&text)
	return errors.New(C.GoStringN(text.data, C.int(text.size)))
}
