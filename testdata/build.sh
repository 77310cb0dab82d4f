#!/bin/sh
# Rebuilds every binary below testdata; with --check, rebuilds them in a copy and reports those that differ.
set -eu
testdata=$(cd "$(dirname "$0")" && pwd)

if [ "${1-}" = --check ]; then
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	cp -R "$testdata/." "$work"
	find "$work" -name '*.wasm' -exec rm {} +
	"$work/build.sh" >/dev/null
	diff -rq "$testdata" "$work" && echo "every binary is what its sources make"
	exit
fi

for script in "$testdata"/component/build.sh "$testdata"/worst/build.sh "$testdata"/world/build.sh "$testdata"/capsules/*/build.sh; do
	"$script"
done
