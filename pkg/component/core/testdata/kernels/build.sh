#!/bin/sh
# Builds the kernels with clang and lld (14.0.6; the outputs are committed).
set -eu
cd "$(dirname "$0")"
for kernel in fib tight matmul sieve sha copy icall dcall interp heap; do
    clang --target=wasm32 -O2 -nostdlib -mbulk-memory -Wl,--no-entry -Wl,--strip-all \
        -D"$(echo $kernel | tr a-z A-Z)" -o $kernel.wasm kernels.c
done
