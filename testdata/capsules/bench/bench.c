// The guest of the benchmarks: see world bench in ../../wit/world.wit.
#include "../greeter/sys.h"

// Memory is handed out from one block and taken back as a whole: when a loop turns, and after each call.
static char heap[1 << 16] __attribute__((aligned(16)));
static uint32_t top;

GUEST("cabi_realloc") void *cabi_realloc(void *old, uint32_t old_size, uint32_t align, uint32_t size) {
	uint32_t at = (top + align - 1) & -align;
	if (at + size > sizeof heap) __builtin_trap();
	top = at + size;
	if (old_size) __builtin_memcpy(heap + at, old, old_size < size ? old_size : size);
	return heap + at;
}

enum { CLOCK, CONFIG, UNSET, LOG, CHECK, RANDOM };

static bool call(uint32_t what) {
	switch (what) {
	case CLOCK:
		return sys_clock_ms() > 0;
	case CONFIG: {
		result_config r;
		sys_get_config("base_url", 8, &r);
		return !r.failed && r.ok.some && r.ok.value.len == 20;
	}
	case UNSET: {
		result_config r;
		sys_get_config("not_set.", 8, &r);
		return !r.failed && !r.ok.some;
	}
	case LOG:
		sys_log(LEVEL_INFO, "twenty bytes of text", 20);
		return true;
	case CHECK: {
		result_check r;
		sys_check_capsule_capability("00000000-0000-0000-0000-000000000001", 36, "net_connect", 11, &r);
		return !r.failed && r.ok;
	}
	case RANDOM: {
		result_bytes r;
		sys_random_bytes(32, &r);
		return !r.failed && r.ok.len == 32;
	}
	}
	return false;
}

GUEST("repeat") uint32_t repeat(uint32_t what, uint32_t times) {
	uint32_t right = 0;
	while (times--) {
		right += call(what);
		top = 0;
	}
	return right;
}

GUEST("nop") void nop(void) {}

// The hook hands its payload back.
GUEST("astrid-hook-trigger")
capsule_result *trigger(const char *action, uint32_t action_len, const char *payload, uint32_t payload_len) {
	static capsule_result result;
	(void)action, (void)action_len;
	result = (capsule_result){{"continue", 8}, {1, {payload, payload_len}}};
	return &result;
}

GUEST("cabi_post_astrid-hook-trigger") void post_trigger(capsule_result *r) {
	(void)r;
	top = 0;
}
