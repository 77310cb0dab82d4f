#!/bin/sh
# Rebuilds greeter.wasm. Needs clang and lld 14 with the wasm32 target (Debian: clang lld), node and npm.
. "$(dirname "$0")/../../tools/env.sh"
cd "$testdata/capsules/greeter"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Function names stay in, as toolchains leave them, so that a trap can say where it struck.
${CLANG:-clang} --target=wasm32 -std=c11 -O2 -Wall -Wextra -Werror -nostdlib -ffreestanding -mbulk-memory \
	-Wl,--no-entry -Wl,-z,stack-size=65536 -o "$work/core.wasm" greeter.c report.c text.c
wasm componentize "$work/core.wasm" "$testdata/wit" greeter greeter.wasm
wasm wit greeter.wasm >"$work/world.wit"
sha256sum greeter.wasm >greeter.wasm.sha256
cat greeter.wasm.sha256
