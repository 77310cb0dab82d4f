// The canonical ABI of astrid:sys/host@1.0.0 and of the guest exports, as seen from C on wasm32. The layout that
// the component model prescribes for a record is the one that C gives a struct of the same fields, and a variant is
// a byte for the case followed by a union; the assertions hold the two together.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// string and list<u8>
typedef struct {
	const char *ptr;
	uint32_t len;
} str;

// option<string>
typedef struct {
	uint8_t some;
	str value;
} option_str;

// list<string>
typedef struct {
	const str *ptr;
	uint32_t len;
} list_str;

// variant error-code
enum { CAPABILITY_DENIED, CONFIG_KEY_RESERVED, TOO_LARGE, REGISTRY_UNAVAILABLE, CANCELLED, UNKNOWN };
typedef struct {
	uint8_t code;
	str detail; // of UNKNOWN
} error_code;

// enum log-level
enum { LEVEL_TRACE, LEVEL_DEBUG, LEVEL_INFO, LEVEL_WARN, LEVEL_ERROR };

// record caller-context
typedef struct {
	option_str principal;
	str source_id;
	str timestamp;
} caller_context;

// result<T, error-code>
#define RESULT(T)          \
	struct {               \
		uint8_t failed;    \
		union {            \
			T ok;          \
			error_code err; \
		};                 \
	}
typedef RESULT(option_str) result_config;
typedef RESULT(caller_context) result_caller;
typedef RESULT(str) result_bytes;
typedef RESULT(uint8_t) result_check; // the one field of capability-check-response
typedef RESULT(uint8_t) result_sleep; // nothing in ok

// record capsule-result
typedef struct {
	str action;
	option_str data;
} capsule_result;

_Static_assert(sizeof(option_str) == 12, "option<string>");
_Static_assert(sizeof(error_code) == 12, "error-code");
_Static_assert(sizeof(result_config) == 16 && offsetof(result_config, ok) == 4, "result<option<string>, error-code>");
_Static_assert(sizeof(result_caller) == 32, "result<caller-context, error-code>");
_Static_assert(sizeof(result_bytes) == 16, "result<list<u8>, error-code>");
_Static_assert(sizeof(result_check) == 16 && offsetof(result_check, ok) == 4, "result<capability-check-response, error-code>");
_Static_assert(sizeof(capsule_result) == 20 && offsetof(capsule_result, data) == 8, "capsule-result");

#define HOST(name) __attribute__((import_module("astrid:sys/host@1.0.0"), import_name(name)))
#define GUEST(name) __attribute__((export_name(name)))

HOST("get-config") void sys_get_config(const char *key, uint32_t len, result_config *);
HOST("get-caller") void sys_get_caller(result_caller *);
HOST("log") void sys_log(uint32_t level, const char *message, uint32_t len);
HOST("signal-ready") void sys_signal_ready(void);
HOST("clock-ms") uint64_t sys_clock_ms(void);
HOST("clock-monotonic-ns") uint64_t sys_clock_monotonic_ns(void);
HOST("sleep-ns") void sys_sleep_ns(uint64_t, result_sleep *);
HOST("random-bytes") void sys_random_bytes(uint64_t, result_bytes *);
HOST("check-capsule-capability")
void sys_check_capsule_capability(const char *uuid, uint32_t uuid_len, const char *name, uint32_t name_len, result_check *);
HOST("enumerate-capabilities") void sys_enumerate_capabilities(list_str *);
