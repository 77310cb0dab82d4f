// greeter is the capsule that the tests and the README run: it uses all ten host functions, exports all four entry
// points, and misbehaves on request. README.md says what each action does.
#include "report.h"

static void say(uint32_t level, str message) { sys_log(level, message.ptr, message.len); }

// answer returns from a hook. The host reads the result before it calls the post-return function.
static capsule_result *answer(str action, str data) {
	static capsule_result r;
	r = (capsule_result){action, {1, data}};
	return &r;
}

static capsule_result *answer_bare(str action) {
	capsule_result *r = answer(action, S(""));
	r->data.some = 0;
	return r;
}

static capsule_result *go_on(str data) { return answer(S("continue"), data); }
static capsule_result *deny(str reason) { return answer(S("deny"), reason); }

// ---- actions that behave

static capsule_result *act_report(str payload) {
	(void)payload;
	text t = {0};
	report(&t);
	return go_on(done(&t));
}

static capsule_result *act_echo(str payload) { return go_on(payload); }

static capsule_result *act_reverse(str payload) {
	char *p = alloc(payload.len);
	for (uint32_t i = 0; i < payload.len; i++)
		p[i] = payload.ptr[payload.len - 1 - i];
	return go_on((str){p, payload.len});
}

static capsule_result *act_deny(str payload) { return payload.len ? deny(payload) : answer_bare(S("deny")); }
static capsule_result *act_abort(str payload) {
	(void)payload;
	return answer_bare(S("abort"));
}
static capsule_result *act_final(str payload) { return answer(S("final"), payload); }
static capsule_result *act_modify(str payload) { return answer(S("modify"), payload); }

static capsule_result *act_config(str payload) {
	result_config r;
	sys_get_config(payload.ptr, payload.len, &r);
	if (r.failed)
		return deny(error_name(r.err));
	return r.ok.some ? go_on(r.ok.value) : deny(S("unset"));
}

static capsule_result *act_nap(str payload) {
	(void)payload;
	result_sleep r;
	say(LEVEL_DEBUG, S("nap: lies down"));
	sys_sleep_ns(30000000000, &r);
	str said = r.failed ? error_name(r.err) : S("slept");
	text t = {0};
	put(&t, S("nap: "));
	put(&t, said);
	say(LEVEL_INFO, done(&t));
	return go_on(said);
}

static capsule_result *act_grow(str payload) {
	(void)payload;
	for (uint32_t step = 256; step; step /= 2)
		while (__builtin_wasm_memory_grow(0, step) != (size_t)-1)
			;
	text t = {0};
	static char room[64]; // no memory is left to grow into
	t.ptr = room, t.cap = sizeof room;
	put_u64(&t, __builtin_wasm_memory_size(0));
	put(&t, S(" pages"));
	return go_on(done(&t));
}

// flood N [SIZE] logs N lines of at least SIZE bytes.
static capsule_result *act_flood(str payload) {
	uint32_t lines = number(&payload), size = 0;
	if (payload.len > 1) {
		payload.ptr++, payload.len--;
		size = number(&payload);
	}
	char *message = alloc(size + 32);
	for (uint32_t i = 0; i < lines; i++) {
		text t = {message, 0, size + 32};
		put(&t, S("flood "));
		put_u64(&t, i);
		while (t.len < size)
			put_byte(&t, '.');
		say(LEVEL_INFO, done(&t));
	}
	return answer_bare(S("continue"));
}

// ---- actions that misbehave

static capsule_result *act_leak(str payload) {
	(void)payload;
	result_config r;
	str key = S("api_key");
	sys_get_config(key.ptr, key.len, &r);
	if (r.failed)
		return deny(error_name(r.err));
	if (!r.ok.some)
		return deny(S("unset"));
	static void (*const forms[])(text *, str) = {put, put_base64, put_hex};
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		text t = {0};
		put(&t, S("leak "));
		forms[i](&t, r.ok.value);
		say(LEVEL_INFO, done(&t));
	}
	return go_on(r.ok.value);
}

static capsule_result *act_boom(str payload) {
	(void)payload;
	__builtin_trap();
}

static capsule_result *act_spin(str payload) {
	(void)payload;
	for (;;)
		__asm__ volatile("");
}

static volatile uint32_t stop; // never set; the optimiser cannot know

__attribute__((noinline)) static uint32_t descend(uint32_t depth) {
	if (stop)
		return depth;
	return descend(depth + 1) * 31 ^ stop;
}

static capsule_result *act_recurse(str payload) {
	text t = {0};
	put_u64(&t, descend(payload.len));
	return go_on(done(&t));
}

static capsule_result *act_naps(str payload) {
	(void)payload;
	for (result_sleep r;;) // deaf to what the host answers
		sys_sleep_ns(1000000, &r);
}

static capsule_result *act_calls(str payload) {
	(void)payload;
	for (;;)
		sys_clock_ms();
}

static capsule_result *act_oob(str payload) {
	(void)payload;
	volatile uint32_t *wild = (volatile uint32_t *)0xfffffff0;
	return answer_bare(*wild ? S("continue") : S("final"));
}

static capsule_result *act_badptr(str payload) {
	(void)payload;
	say(LEVEL_INFO, (str){(const char *)0xfffffff0, 64});
	return answer_bare(S("continue"));
}

static capsule_result *act_badutf8(str payload) {
	(void)payload;
	say(LEVEL_INFO, S("\xff\xfe\xed\xa0\x80"));
	return answer_bare(S("continue"));
}

static capsule_result *act_badlevel(str payload) {
	(void)payload;
	say(LEVEL_ERROR + 1, S("no such level"));
	return answer_bare(S("continue"));
}

static capsule_result *act_badrealloc(str payload) {
	realloc_lies = true;
	return act_config(payload);
}

static capsule_result *act_badreturn(str payload) {
	(void)payload;
	return (capsule_result *)0xfffffff0;
}

static capsule_result *act_baddata(str payload) {
	(void)payload;
	return go_on((str){(const char *)0xfffffff0, 64});
}

GUEST("astrid-hook-trigger")
capsule_result *hook(const char *action, uint32_t action_len, const char *payload, uint32_t payload_len) {
	static const struct {
		str name;
		capsule_result *(*act)(str payload);
	} actions[] = {
		{S("report"), act_report},   {S("echo"), act_echo},       {S("reverse"), act_reverse},
		{S("deny"), act_deny},       {S("abort"), act_abort},     {S("final"), act_final},
		{S("modify"), act_modify},   {S("config"), act_config},   {S("nap"), act_nap},
		{S("naps"), act_naps},       {S("grow"), act_grow},       {S("flood"), act_flood},
		{S("leak"), act_leak},       {S("boom"), act_boom},       {S("spin"), act_spin},
		{S("recurse"), act_recurse}, {S("calls"), act_calls},     {S("oob"), act_oob},
		{S("badptr"), act_badptr},   {S("badutf8"), act_badutf8}, {S("badlevel"), act_badlevel},
		{S("badrealloc"), act_badrealloc}, {S("badreturn"), act_badreturn}, {S("baddata"), act_baddata},
	};
	for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
		if (equal(actions[i].name, (str){action, action_len}))
			return actions[i].act((str){payload, payload_len});
	return deny(S("unknown action"));
}

GUEST("cabi_post_astrid-hook-trigger") void hook_done(capsule_result *r) {
	(void)r;
	reset();
}

GUEST("run") void run(void) {
	say(LEVEL_INFO, S("run: up"));
	sys_signal_ready();
	result_sleep r;
	sys_sleep_ns(10000000, &r);
	say(LEVEL_INFO, r.failed ? S("run: cut short") : S("run: done"));
	reset();
}

// describe tells what a lifecycle hook can see, which should be nothing.
static void describe(str who) {
	result_config r;
	str key = S("base_url");
	sys_get_config(key.ptr, key.len, &r);
	list_str held;
	sys_enumerate_capabilities(&held);
	text t = {0};
	put(&t, who);
	put(&t, S(": base_url "));
	put(&t, r.failed ? error_name(r.err) : r.ok.some ? S("set") : S("unset"));
	put(&t, S(", "));
	put_u64(&t, held.len);
	put(&t, S(" capabilities"));
	say(LEVEL_INFO, done(&t));
	reset();
}

GUEST("astrid-install") void install(void) {
	say(LEVEL_INFO, S("install: moving in"));
	describe(S("install"));
}

GUEST("astrid-upgrade") void upgrade(void) {
	say(LEVEL_INFO, S("upgrade: redecorating"));
	describe(S("upgrade"));
}
