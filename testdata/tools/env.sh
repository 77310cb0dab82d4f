# Sourced by the build scripts. Installs the pinned encoder outside the repository, once, and defines `wasm`, which
# runs tools/wasm.mjs. FIXTURE_TOOLS chooses the place.
set -eu
testdata=$(cd "$(dirname "$0")" && while [ ! -d tools ]; do cd ..; done && pwd)
cache=${FIXTURE_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/astrid-fixture-tools}

if ! cmp -s "$testdata/tools/package-lock.json" "$cache/package-lock.json" || [ ! -d "$cache/node_modules" ]; then
	mkdir -p "$cache"
	cp "$testdata/tools/package.json" "$testdata/tools/package-lock.json" "$cache/"
	# Not `npm ci`: it refuses a lock file that omits the optional packages of other platforms.
	(cd "$cache" && npm install --no-save --ignore-scripts --no-fund --no-audit --loglevel=error)
fi
# Node looks for modules beside the script that imports them.
cp "$testdata/tools/wasm.mjs" "$cache/"

wasm() { node "$cache/wasm.mjs" "$@"; }
