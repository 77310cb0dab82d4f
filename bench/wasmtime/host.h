// The host functions of the benchmarks and the calls into the guest, over wasmtime's C API.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <wasmtime.h>

// What get-config calls: a C function, or Go.
enum callback { IN_C, IN_GO };

// define defines the ten functions of astrid:sys/host in a linker.
wasmtime_error_t *define(wasmtime_component_linker_t *, enum callback);

// guest is an instance with its store.
typedef struct {
	wasmtime_store_t *store;
	wasmtime_component_func_t repeat, nop, hook;
	bool has_repeat;
} guest;

wasmtime_error_t *guest_new(guest *, wasm_engine_t *, wasmtime_component_linker_t *, wasmtime_component_t *);
void guest_delete(guest *);

wasmtime_error_t *call_repeat(guest *, const char *what, size_t what_len, uint32_t times, uint32_t *right);
wasmtime_error_t *call_nop(guest *);
// call_hook returns the length of the data that the hook answers with, or -1.
wasmtime_error_t *call_hook(guest *, const char *action, size_t action_len, const char *payload, size_t payload_len, int64_t *len);
