#!/bin/sh
# Rebuilds bench.wasm. Needs clang and lld 14 with the wasm32 target (Debian: clang lld), node and npm.
. "$(dirname "$0")/../../tools/env.sh"
cd "$testdata/capsules/bench"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

${CLANG:-clang} --target=wasm32 -std=c11 -O2 -Wall -Wextra -Werror -nostdlib -ffreestanding -mbulk-memory \
	-Wl,--no-entry -Wl,-z,stack-size=16384 -Wl,--strip-all -o "$work/core.wasm" bench.c
wasm componentize "$work/core.wasm" "$testdata/wit" bench bench.wasm
wasm wit bench.wasm >"$work/world.wit"
sha256sum bench.wasm >bench.wasm.sha256
cat bench.wasm.sha256
