#include "text.h"

#define PAGE 65536u

extern char __heap_base; // the linker's: where data and stack end
static uintptr_t top;

void reset(void) { top = (uintptr_t)&__heap_base; }

void *alloc(uint32_t size) {
	if (!top)
		reset();
	uintptr_t at = (top + 7) & ~(uintptr_t)7;
	uint64_t end = (uint64_t)at + size;
	uint64_t have = (uint64_t)__builtin_wasm_memory_size(0) * PAGE;
	if (end > have && (end > UINT32_MAX || __builtin_wasm_memory_grow(0, (end - have + PAGE - 1) / PAGE) == (size_t)-1))
		__builtin_trap();
	top = end;
	return (void *)at;
}

bool realloc_lies;

// cabi_realloc is how the host allocates what it hands to the guest. No type of this capsule is aligned to more
// than the 8 bytes that alloc gives.
GUEST("cabi_realloc") void *cabi_realloc(void *old, uint32_t old_size, uint32_t align, uint32_t size) {
	if (realloc_lies)
		return (void *)0xfffffff0;
	if (size == 0)
		return (void *)align;
	void *p = alloc(size);
	if (old_size)
		__builtin_memcpy(p, old, old_size < size ? old_size : size);
	return p;
}

bool equal(str a, str b) {
	if (a.len != b.len)
		return false;
	for (uint32_t i = 0; i < a.len; i++)
		if (a.ptr[i] != b.ptr[i])
			return false;
	return true;
}

uint32_t number(str *s) {
	uint64_t n = 0;
	for (; s->len && *s->ptr >= '0' && *s->ptr <= '9'; s->ptr++, s->len--) {
		n = n * 10 + (uint64_t)(*s->ptr - '0');
		if (n > UINT32_MAX)
			n = UINT32_MAX;
	}
	return (uint32_t)n;
}

void put(text *t, str s) {
	if (s.len > t->cap - t->len) {
		uint32_t cap = t->cap * 2 + s.len + 256;
		char *p = alloc(cap);
		if (t->len)
			__builtin_memcpy(p, t->ptr, t->len);
		t->ptr = p;
		t->cap = cap;
	}
	if (s.len)
		__builtin_memcpy(t->ptr + t->len, s.ptr, s.len);
	t->len += s.len;
}

void put_byte(text *t, char c) { put(t, (str){&c, 1}); }

void put_u64(text *t, uint64_t n) {
	char digits[20];
	int at = sizeof digits;
	do
		digits[--at] = (char)('0' + n % 10);
	while (n /= 10);
	put(t, (str){digits + at, sizeof digits - at});
}

static const char hex[] = "0123456789abcdef";

static void put_hex8(text *t, uint8_t b) {
	char two[2] = {hex[b >> 4], hex[b & 15]};
	put(t, (str){two, 2});
}

void put_hex32(text *t, uint32_t n) {
	for (int shift = 24; shift >= 0; shift -= 8)
		put_hex8(t, (uint8_t)(n >> shift));
}

void put_inert(text *t, str s) {
	for (uint32_t i = 0; i < s.len; i++) {
		uint8_t b = (uint8_t)s.ptr[i];
		if (b < 0x20 || b == 0x7f || b == '\\') {
			put(t, S("\\x"));
			put_hex8(t, b);
		} else {
			put_byte(t, (char)b);
		}
	}
}

void put_hex(text *t, str s) {
	for (uint32_t i = 0; i < s.len; i++)
		put_hex8(t, (uint8_t)s.ptr[i]);
}

void put_base64(text *t, str s) {
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	for (uint32_t i = 0; i < s.len; i += 3) {
		uint32_t left = s.len - i, group = (uint32_t)(uint8_t)s.ptr[i] << 16;
		if (left > 1)
			group |= (uint32_t)(uint8_t)s.ptr[i + 1] << 8;
		if (left > 2)
			group |= (uint8_t)s.ptr[i + 2];
		put_byte(t, digits[group >> 18]);
		put_byte(t, digits[group >> 12 & 63]);
		put_byte(t, left > 1 ? digits[group >> 6 & 63] : '=');
		put_byte(t, left > 2 ? digits[group & 63] : '=');
	}
}

uint32_t fnv1a32(str s) {
	uint32_t h = 0x811c9dc5;
	for (uint32_t i = 0; i < s.len; i++)
		h = (h ^ (uint8_t)s.ptr[i]) * 0x01000193;
	return h;
}
