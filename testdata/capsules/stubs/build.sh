#!/bin/sh
# Rebuilds stubs.wasm and stubs-lift.wasm. Needs node and npm.
. "$(dirname "$0")/../../tools/env.sh"
cd "$testdata/capsules/stubs"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

wasm parse stubs.wat "$work/core.wasm" stubs-lift.wat stubs-lift.wasm
wasm componentize "$work/core.wasm" "$testdata/wit" stubs stubs.wasm
for f in stubs.wasm stubs-lift.wasm; do
	wasm wit $f >"$work/world.wit"
	sha256sum $f >$f.sha256
	cat $f.sha256
done
