#!/bin/sh
# Rebuilds every .wasm of this directory from the .wat of the same name, and SHA256SUMS. Needs node and npm.
. "$(dirname "$0")/../tools/env.sh"
cd "$testdata/worst"

set --
for f in *.wat; do
	set -- "$@" "$f" "${f%.wat}.wasm"
done
wasm parse "$@"
sha256sum *.wasm >SHA256SUMS
sha256sum SHA256SUMS
