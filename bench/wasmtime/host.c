#include "host.h"

#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "_cgo_export.h"

typedef wasmtime_component_val_t val;

static bool is(const wasm_name_t *name, const char *text) {
	return name->size == strlen(text) && memcmp(name->data, text, name->size) == 0;
}

static val string(const char *p, size_t n) {
	val v = {.kind = WASMTIME_COMPONENT_STRING};
	wasm_name_new(&v.of.string, n, p);
	return v;
}

static val some(val v) {
	return (val){.kind = WASMTIME_COMPONENT_OPTION, .of.option = wasmtime_component_val_new(&v)};
}

static val none(void) { return (val){.kind = WASMTIME_COMPONENT_OPTION}; }

static val ok(val v) {
	return (val){.kind = WASMTIME_COMPONENT_RESULT, .of.result = {true, wasmtime_component_val_new(&v)}};
}

#define CALLBACK(name)                                                                             \
	static wasmtime_error_t *name(void *data, wasmtime_context_t *context,                         \
		const wasmtime_component_func_type_t *type, val *args, size_t args_len, val *results, size_t results_len)

// The settings that get-config looks in, as the Go map of the other side has them.
static const struct {
	const char *key, *value;
} settings[] = {
	{"base_url", "a value of 20 bytes."},
	{"greeting", "hello"},
	{"retries", "5"},
};

CALLBACK(get_config) {
	const wasm_name_t *key = &args[0].of.string;
	for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
		if (is(key, settings[i].key)) {
			results[0] = ok(some(string(settings[i].value, strlen(settings[i].value))));
			return NULL;
		}
	}
	results[0] = ok(none());
	return NULL;
}

CALLBACK(get_config_go) {
	const wasm_name_t *key = &args[0].of.string;
	char value[64];
	// Go writes the value into the buffer: it could not hand out memory of its own.
	int32_t n = goGetConfig((char *)key->data, key->size, value, sizeof value);
	results[0] = ok(n < 0 ? none() : some(string(value, n)));
	return NULL;
}

CALLBACK(get_caller) {
	wasmtime_component_valrecord_entry_t fields[3];
	wasm_name_new_from_string(&fields[0].name, "principal");
	fields[0].val = some(string("default", 7));
	wasm_name_new_from_string(&fields[1].name, "source-id");
	fields[1].val = string("00000000-0000-0000-0000-000000000001", 36);
	wasm_name_new_from_string(&fields[2].name, "timestamp");
	fields[2].val = string("2025-06-11T00:26:40Z", 20);
	val v = {.kind = WASMTIME_COMPONENT_RECORD};
	wasmtime_component_valrecord_new(&v.of.record, 3, fields);
	results[0] = ok(v);
	return NULL;
}

static _Atomic uint64_t logged;

CALLBACK(log_line) {
	logged += args[1].of.string.size;
	return NULL;
}

CALLBACK(signal_ready) { return NULL; }

static uint64_t now(clockid_t clock) {
	struct timespec t;
	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

CALLBACK(clock_ms) {
	results[0] = (val){.kind = WASMTIME_COMPONENT_U64, .of.u64 = now(CLOCK_REALTIME) / 1000000};
	return NULL;
}

CALLBACK(clock_monotonic_ns) {
	results[0] = (val){.kind = WASMTIME_COMPONENT_U64, .of.u64 = now(CLOCK_MONOTONIC)};
	return NULL;
}

CALLBACK(sleep_ns) {
	results[0] = (val){.kind = WASMTIME_COMPONENT_RESULT, .of.result = {true, NULL}};
	return NULL;
}

CALLBACK(random_bytes) {
	uint8_t bytes[4096];
	size_t n = args[0].of.u64;
	if (n > sizeof bytes || getrandom(bytes, n, 0) != (ssize_t)n) return wasmtime_error_new("random");
	// The C API has no other form for list<u8> than a value for each byte.
	val v = {.kind = WASMTIME_COMPONENT_LIST};
	wasmtime_component_vallist_new_uninit(&v.of.list, n);
	for (size_t i = 0; i < n; i++) v.of.list.data[i] = (val){.kind = WASMTIME_COMPONENT_U8, .of.u8 = bytes[i]};
	results[0] = ok(v);
	return NULL;
}

CALLBACK(check) {
	const wasmtime_component_valrecord_t *request = &args[0].of.record;
	bool allowed = is(&request->data[0].val.of.string, "00000000-0000-0000-0000-000000000001") &&
		is(&request->data[1].val.of.string, "net_connect");
	wasmtime_component_valrecord_entry_t field;
	wasm_name_new_from_string(&field.name, "allowed");
	field.val = (val){.kind = WASMTIME_COMPONENT_BOOL, .of.boolean = allowed};
	val v = {.kind = WASMTIME_COMPONENT_RECORD};
	wasmtime_component_valrecord_new(&v.of.record, 1, &field);
	results[0] = ok(v);
	return NULL;
}

CALLBACK(enumerate) {
	results[0] = (val){.kind = WASMTIME_COMPONENT_LIST};
	wasmtime_component_vallist_new_empty(&results[0].of.list);
	return NULL;
}

wasmtime_error_t *define(wasmtime_component_linker_t *linker, enum callback where) {
	const struct {
		const char *name;
		wasmtime_component_func_callback_t function;
	} functions[] = {
		{"get-config", where == IN_GO ? get_config_go : get_config},
		{"get-caller", get_caller},
		{"log", log_line},
		{"signal-ready", signal_ready},
		{"clock-ms", clock_ms},
		{"clock-monotonic-ns", clock_monotonic_ns},
		{"sleep-ns", sleep_ns},
		{"random-bytes", random_bytes},
		{"check-capsule-capability", check},
		{"enumerate-capabilities", enumerate},
	};
	static const char interface[] = "astrid:sys/host@1.0.0";
	wasmtime_component_linker_instance_t *root = wasmtime_component_linker_root(linker), *host = NULL;
	wasmtime_error_t *err = wasmtime_component_linker_instance_add_instance(root, interface, sizeof interface - 1, &host);
	for (size_t i = 0; !err && i < sizeof functions / sizeof *functions; i++) {
		err = wasmtime_component_linker_instance_add_func(
			host, functions[i].name, strlen(functions[i].name), functions[i].function, NULL, NULL);
	}
	if (host) wasmtime_component_linker_instance_delete(host);
	wasmtime_component_linker_instance_delete(root);
	return err;
}

static bool find(guest *g, wasmtime_component_instance_t *inst, const char *name, wasmtime_component_func_t *out) {
	wasmtime_context_t *context = wasmtime_store_context(g->store);
	wasmtime_component_export_index_t *index =
		wasmtime_component_instance_get_export_index(inst, context, NULL, name, strlen(name));
	if (!index) return false;
	bool found = wasmtime_component_instance_get_func(inst, context, index, out);
	wasmtime_component_export_index_delete(index);
	return found;
}

wasmtime_error_t *guest_new(guest *g, wasm_engine_t *engine, wasmtime_component_linker_t *linker, wasmtime_component_t *component) {
	g->store = wasmtime_store_new(engine, NULL, NULL);
	wasmtime_context_t *context = wasmtime_store_context(g->store);
	wasmtime_component_instance_t inst;
	wasmtime_error_t *err = wasmtime_component_linker_instantiate(linker, context, component, &inst);
	if (err) return err;
	g->has_repeat = find(g, &inst, "repeat", &g->repeat) && find(g, &inst, "nop", &g->nop);
	if (!find(g, &inst, "astrid-hook-trigger", &g->hook)) return wasmtime_error_new("no hook");
	return NULL;
}

void guest_delete(guest *g) { wasmtime_store_delete(g->store); }

wasmtime_error_t *call_repeat(guest *g, const char *what, size_t what_len, uint32_t times, uint32_t *right) {
	wasmtime_context_t *context = wasmtime_store_context(g->store);
	val args[2] = {{.kind = WASMTIME_COMPONENT_ENUM}, {.kind = WASMTIME_COMPONENT_U32, .of.u32 = times}};
	wasm_name_new(&args[0].of.enumeration, what_len, what);
	val result = {0};
	wasmtime_error_t *err = wasmtime_component_func_call(&g->repeat, context, args, 2, &result, 1);
	wasmtime_component_val_delete(&args[0]);
	if (err) return err;
	*right = result.of.u32;
	return wasmtime_component_func_post_return(&g->repeat, context);
}

wasmtime_error_t *call_nop(guest *g) {
	wasmtime_context_t *context = wasmtime_store_context(g->store);
	wasmtime_error_t *err = wasmtime_component_func_call(&g->nop, context, NULL, 0, NULL, 0);
	if (err) return err;
	return wasmtime_component_func_post_return(&g->nop, context);
}

wasmtime_error_t *call_hook(guest *g, const char *action, size_t action_len, const char *payload, size_t payload_len, int64_t *len) {
	wasmtime_context_t *context = wasmtime_store_context(g->store);
	val args[2] = {string(action, action_len), {.kind = WASMTIME_COMPONENT_LIST}};
	wasmtime_component_vallist_new_uninit(&args[1].of.list, payload_len);
	for (size_t i = 0; i < payload_len; i++)
		args[1].of.list.data[i] = (val){.kind = WASMTIME_COMPONENT_U8, .of.u8 = (uint8_t)payload[i]};
	val result = {0};
	wasmtime_error_t *err = wasmtime_component_func_call(&g->hook, context, args, 2, &result, 1);
	wasmtime_component_val_delete(&args[0]);
	wasmtime_component_val_delete(&args[1]);
	if (err) return err;
	const val *data = &result.of.record.data[1].val;
	*len = data->of.option ? (int64_t)data->of.option->of.string.size : -1;
	wasmtime_component_val_delete(&result);
	return wasmtime_component_func_post_return(&g->hook, context);
}
