// The benchmark kernels, one module each: every kernel is the function that KERNEL names. See build.sh.
typedef unsigned int u32;
typedef unsigned long long u64;
typedef unsigned char u8;
#define EXPORT(name) __attribute__((export_name(name)))
#define NOINLINE __attribute__((noinline))

#if defined(FIB)
// Recursion with next to no work.
NOINLINE static u32 fib(u32 n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
EXPORT("run") u32 run(u32 n) { return fib(n); }

#elif defined(TIGHT)
// A loop of a handful of instructions.
EXPORT("run") u32 run(u32 n) {
    u32 x = n;
    for (u32 i = 0; i < n; i++) {
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
    }
    return x;
}

#elif defined(MATMUL)
#define N 128
static double a[N][N], b[N][N], c[N][N];
EXPORT("run") u32 run(u32 n) {
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) a[i][j] = i + j, b[i][j] = i - j;
    while (n--)
        for (int i = 0; i < N; i++)
            for (int j = 0; j < N; j++) {
                double s = 0;
                for (int k = 0; k < N; k++) s += a[i][k] * b[k][j];
                c[i][j] = s;
            }
    return (u32)(long long)c[N / 2][N / 3];
}

#elif defined(SIEVE)
#define N 1000000
static u8 composite[N];
EXPORT("run") u32 run(u32 n) {
    u32 count = 0;
    while (n--) {
        for (u32 i = 0; i < N; i++) composite[i] = 0;
        count = 0;
        for (u32 i = 2; i < N; i++) {
            if (composite[i]) continue;
            count++;
            for (u32 j = i + i; j < N; j += i) composite[j] = 1;
        }
    }
    return count;
}

#elif defined(SHA)
static const u32 k[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};
#define R(x, n) ((x) >> (n) | (x) << (32 - (n)))
EXPORT("run") u32 run(u32 n) {
    u32 h[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    u32 w[64];
    for (u32 block = 0; block < n; block++) {
        for (int i = 0; i < 16; i++) w[i] = block * 16 + i;
        for (int i = 16; i < 64; i++)
            w[i] = w[i - 16] + w[i - 7] + (R(w[i - 15], 7) ^ R(w[i - 15], 18) ^ w[i - 15] >> 3) +
                   (R(w[i - 2], 17) ^ R(w[i - 2], 19) ^ w[i - 2] >> 10);
        u32 s[8];
        for (int i = 0; i < 8; i++) s[i] = h[i];
        for (int i = 0; i < 64; i++) {
            u32 t = s[7] + (R(s[4], 6) ^ R(s[4], 11) ^ R(s[4], 25)) + ((s[4] & s[5]) ^ (~s[4] & s[6])) + k[i] + w[i];
            u32 v = (R(s[0], 2) ^ R(s[0], 13) ^ R(s[0], 22)) + ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
            s[7] = s[6], s[6] = s[5], s[5] = s[4], s[4] = s[3] + t;
            s[3] = s[2], s[2] = s[1], s[1] = s[0], s[0] = t + v;
        }
        for (int i = 0; i < 8; i++) h[i] += s[i];
    }
    return h[0];
}

#elif defined(COPY)
// Bulk copies of many sizes.
static u8 from[1 << 16], to[1 << 16];
EXPORT("run") u32 run(u32 n) {
    u32 x = 1, sum = 0;
    for (u32 i = 0; i < n; i++) {
        x = x * 1664525 + 1013904223;
        from[x >> 16] = (u8)i;
        __builtin_memcpy(to, from, x >> 20);
        sum += to[x >> 24];
    }
    return sum;
}

#elif defined(ICALL)
// Indirect calls of small functions.
static u32 add(u32 x) { return x + 3; }
static u32 xor(u32 x) { return x ^ 0x55; }
static u32 mul(u32 x) { return x * 5; }
static u32 rot(u32 x) { return x << 7 | x >> 25; }
static u32 (*const volatile ops[4])(u32) = {add, xor, mul, rot};
EXPORT("run") u32 run(u32 n) {
    u32 x = 1;
    for (u32 i = 0; i < n; i++) x = ops[(x ^ i) & 3](x);
    return x;
}

#elif defined(DCALL)
// Direct calls of functions that call small ones.
NOINLINE static u32 leaf(u32 x, u32 y) { return (x ^ y) * 16777619; }
NOINLINE static u32 mid(u32 x, u32 y) { return leaf(x, y) + leaf(y, x) + (x & 1 ? leaf(x, x) : 0); }
EXPORT("run") u32 run(u32 n) {
    u32 x = 1;
    for (u32 i = 0; i < n; i++) x = mid(x, i);
    return x;
}

#elif defined(INTERP)
// A byte code interpreter: a loop around a branch table.
enum { PUSH, ADD, SUB, MUL, DUP, SWAP, OVER, AND, OR, XOR, SHL, SHR, JNZ, DEC, LOAD, STORE, HALT };
static const u8 program[] = {PUSH, 7, LOAD, 1, PUSH, 3, ADD,  DUP, MUL,   PUSH, 5,    XOR, OVER, SUB, PUSH, 1, SHR,
                             OR,   PUSH, 9, AND, PUSH, 2, SHL, ADD, STORE, 1,   LOAD, 0,   DEC,  DUP, STORE, 0, JNZ, 0, HALT};
EXPORT("run") u32 run(u32 n) {
    u32 stack[64], vars[4] = {n, 1, 0, 0};
    u32 sp = 0, pc = 0;
    for (;;) switch (program[pc++]) {
        case PUSH: stack[sp++] = program[pc++]; break;
        case ADD: sp--; stack[sp - 1] += stack[sp]; break;
        case SUB: sp--; stack[sp - 1] -= stack[sp]; break;
        case MUL: sp--; stack[sp - 1] *= stack[sp]; break;
        case DUP: stack[sp] = stack[sp - 1]; sp++; break;
        case SWAP: { u32 t = stack[sp - 1]; stack[sp - 1] = stack[sp - 2]; stack[sp - 2] = t; break; }
        case OVER: stack[sp] = stack[sp - 2]; sp++; break;
        case AND: sp--; stack[sp - 1] &= stack[sp]; break;
        case OR: sp--; stack[sp - 1] |= stack[sp]; break;
        case XOR: sp--; stack[sp - 1] ^= stack[sp]; break;
        case SHL: sp--; stack[sp - 1] <<= stack[sp]; break;
        case SHR: sp--; stack[sp - 1] >>= stack[sp]; break;
        case JNZ: sp--; pc = stack[sp] ? program[pc] : pc + 1; sp = stack[sp] ? 0 : sp; break;
        case DEC: stack[sp - 1]--; break;
        case LOAD: stack[sp++] = vars[program[pc++]]; break;
        case STORE: vars[program[pc++]] = stack[--sp]; break;
        case HALT: return vars[1];
    }
}

#elif defined(HEAP)
// A priority queue: loads, stores and branches that depend on data.
#define N 65536
static u32 heap[N];
EXPORT("run") u32 run(u32 n) {
    u32 size = 0, x = 1, sum = 0;
    for (u32 i = 0; i < n; i++) {
        x = x * 1664525 + 1013904223;
        if (size < N && (size < 64 || x >> 31)) {
            u32 j = size++;
            for (; j > 0 && heap[(j - 1) / 2] > x; j = (j - 1) / 2) heap[j] = heap[(j - 1) / 2];
            heap[j] = x;
        } else {
            u32 last = heap[--size], j = 0;
            sum += heap[0];
            for (;;) {
                u32 c = 2 * j + 1;
                if (c >= size) break;
                if (c + 1 < size && heap[c + 1] < heap[c]) c++;
                if (heap[c] >= last) break;
                heap[j] = heap[c];
                j = c;
            }
            heap[j] = last;
        }
    }
    return sum;
}
#endif
