// Memory and text, for a program without a C library.
#pragma once

#include "sys.h"

// S is a string literal as a str.
#define S(literal) ((str){"" literal, sizeof(literal) - 1})

// A text that grows.
typedef struct {
	char *ptr;
	uint32_t len, cap;
} text;

// alloc returns size bytes, aligned to 8, that live until reset. It traps when memory is exhausted.
void *alloc(uint32_t size);

// reset frees everything that alloc and the host allocated.
void reset(void);

// realloc_lies makes every further allocation by the host end up outside the memory.
extern bool realloc_lies;

bool equal(str, str);

// number reads a decimal number from the front of *s and moves past it. It saturates.
uint32_t number(str *s);

void put(text *, str);
void put_byte(text *, char);
void put_u64(text *, uint64_t);
void put_hex32(text *, uint32_t);
// put_inert writes control characters and backslashes as \xNN, so that a value cannot end its line.
void put_inert(text *, str);
void put_hex(text *, str);
void put_base64(text *, str);

static inline str done(const text *t) { return (str){t->ptr, t->len}; }

// fnv1a32 is the 32 bit FNV-1a hash.
uint32_t fnv1a32(str);
