#!/bin/sh
# Rebuilds minimal-core.wasm, the core module of ../minimal. Needs node and npm.
. "$(dirname "$0")/../../tools/env.sh"
cd "$testdata/capsules/minimal-core"

wasm parse ../minimal/minimal.wat minimal-core.wasm
sha256sum minimal-core.wasm >minimal-core.wasm.sha256
cat minimal-core.wasm.sha256
