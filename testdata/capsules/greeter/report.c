#include "report.h"

str error_name(error_code e) {
	switch (e.code) {
	case CAPABILITY_DENIED: return S("capability-denied");
	case CONFIG_KEY_RESERVED: return S("config-key-reserved");
	case TOO_LARGE: return S("too-large");
	case REGISTRY_UNAVAILABLE: return S("registry-unavailable");
	case CANCELLED: return S("cancelled");
	case UNKNOWN: return S("unknown");
	}
	__builtin_trap(); // the host made a case up
}

static void line(text *t, str name, str value) {
	put(t, name);
	put(t, value.len ? S(" = ") : S(" =")); // no line ends in a blank
	put_inert(t, value);
	put_byte(t, '\n');
}

static void line_count(text *t, str name, uint64_t n, str unit) {
	put(t, name);
	put(t, S(" = "));
	put_u64(t, n);
	put(t, unit);
	put_byte(t, '\n');
}

static void line_unset(text *t, str name) {
	put(t, name);
	put(t, S(" unset\n"));
}

static void line_error(text *t, str name, error_code e) {
	put(t, name);
	put(t, S(" error "));
	put(t, error_name(e));
	if (e.code == UNKNOWN) {
		put(t, S(": "));
		put_inert(t, e.detail);
	}
	put_byte(t, '\n');
}

static void line_option(text *t, str name, option_str o) {
	if (o.some)
		line(t, name, o.value);
	else
		line_unset(t, name);
}

static void report_config(text *t) {
	static const struct {
		str name, key;
	} keys[] = {
		{S("config.base_url"), S("base_url")},
		{S("config.greeting"), S("greeting")},
		{S("config.tags"), S("tags")},
		{S("config.retries"), S("retries")},
		{S("config.nickname"), S("nickname")},
		{S("config.undeclared"), S("undeclared")},
		{S("config.__reserved"), S("__reserved")},
	};
	result_config r;
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		sys_get_config(keys[i].key.ptr, keys[i].key.len, &r);
		if (r.failed)
			line_error(t, keys[i].name, r.err);
		else
			line_option(t, keys[i].name, r.ok);
	}

	// The secret leaves only what proves that it arrived.
	str key = S("api_key"), name = S("secret.api_key");
	sys_get_config(key.ptr, key.len, &r);
	if (r.failed) {
		line_error(t, name, r.err);
	} else if (!r.ok.some) {
		line_unset(t, name);
	} else {
		put(t, name);
		put(t, S(" = "));
		put_u64(t, r.ok.value.len);
		put(t, S(" bytes, fnv1a "));
		put_hex32(t, fnv1a32(r.ok.value));
		put_byte(t, '\n');
	}
}

static str report_caller(text *t) {
	result_caller r;
	sys_get_caller(&r);
	if (r.failed) {
		line_error(t, S("caller"), r.err);
		return S("");
	}
	line_option(t, S("caller.principal"), r.ok.principal);
	line(t, S("caller.source-id"), r.ok.source_id);
	line(t, S("caller.timestamp"), r.ok.timestamp);
	return r.ok.source_id;
}

static void check(text *t, str name, str uuid, str capability) {
	result_check r;
	sys_check_capsule_capability(uuid.ptr, uuid.len, capability.ptr, capability.len, &r);
	if (r.failed)
		line_error(t, name, r.err);
	else
		line(t, name, r.ok ? S("allowed") : S("denied"));
}

static void report_capabilities(text *t, str caller) {
	list_str names;
	sys_enumerate_capabilities(&names);
	put(t, S("capabilities"));
	put(t, names.len ? S(" =") : S(" unset"));
	for (uint32_t i = 0; i < names.len; i++) {
		put_byte(t, ' ');
		put_inert(t, names.ptr[i]);
	}
	put_byte(t, '\n');
	check(t, S("check.caller"), caller, S("net_connect"));
	check(t, S("check.stranger"), S("00000000-0000-4000-8000-000000000000"), S("net_connect"));
	check(t, S("check.not-a-uuid"), S("not-a-uuid"), S("net_connect"));
}

static void report_sleep(text *t, str name, uint64_t ns) {
	result_sleep r;
	sys_sleep_ns(ns, &r);
	if (r.failed)
		line_error(t, name, r.err);
	else
		line(t, name, S("ok"));
}

static void report_time(text *t) {
	const uint64_t year2020 = 1577836800000;
	line(t, S("clock.after-2020"), sys_clock_ms() >= year2020 ? S("yes") : S("no"));
	uint64_t before = sys_clock_monotonic_ns();
	report_sleep(t, S("sleep.1ms"), 1000000);
	uint64_t after = sys_clock_monotonic_ns();
	line(t, S("clock.monotonic"), after >= before ? S("yes") : S("no"));
	line_count(t, S("clock.elapsed"), after - before, S(" ns"));
	report_sleep(t, S("sleep.0"), 0);
	report_sleep(t, S("sleep.over-60s"), 60000000001);
}

static void report_random(text *t, str name, uint64_t length) {
	result_bytes r;
	sys_random_bytes(length, &r);
	if (r.failed)
		line_error(t, name, r.err);
	else
		line_count(t, name, r.ok.len, S(" bytes"));
}

static void report_log(text *t) {
	static const str lines[] = {S("report at trace"), S("report at debug"), S("report at info"), S("report at warn"), S("report at error")};
	for (uint32_t level = LEVEL_TRACE; level <= LEVEL_ERROR; level++)
		sys_log(level, lines[level].ptr, lines[level].len);
	line(t, S("log"), S("trace debug info warn error"));
}

void report(text *t) {
	report_config(t);
	str caller = report_caller(t);
	report_capabilities(t, caller);
	report_time(t);
	report_random(t, S("random.32"), 32);
	report_random(t, S("random.0"), 0);
	report_random(t, S("random.4096"), 4096);
	report_random(t, S("random.4097"), 4097);
	report_log(t);
	sys_signal_ready();
	line(t, S("ready"), S("signalled"));
}
