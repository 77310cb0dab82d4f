#!/bin/sh
# Rebuilds minimal.wasm, the component. Needs node and npm.
. "$(dirname "$0")/../../tools/env.sh"
cd "$testdata/capsules/minimal"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

wasm parse minimal.wat "$work/core.wasm"
wasm componentize "$work/core.wasm" "$testdata/wit" minimal minimal.wasm
wasm wit minimal.wasm >"$work/world.wit"
sha256sum minimal.wasm >minimal.wasm.sha256
cat minimal.wasm.sha256
