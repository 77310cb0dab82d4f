package wasmtime

// #include <stdint.h>
import "C"

import "unsafe"

// settings are those of the C function and of astrid's host.
var settings = map[string]string{"base_url": "a value of 20 bytes.", "greeting": "hello", "retries": "5"}

// goGetConfig copies the value of a setting to where the caller wants it and returns its length; -1 without any.
//
//export goGetConfig
func goGetConfig(key *C.char, n C.size_t, out *C.char, limit C.size_t) C.int32_t {
	v, ok := settings[unsafe.String((*byte)(unsafe.Pointer(key)), int(n))]
	if !ok {
		return -1
	}
	return C.int32_t(copy(unsafe.Slice((*byte)(unsafe.Pointer(out)), int(limit)), v))
}
