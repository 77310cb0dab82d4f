// Package nofollow opens directories and files below an [os.Root] one component at a time and follows no link.
//
// os.Root keeps a path inside its tree, but within the tree it follows links, also when it is told O_NOFOLLOW:
// a link planted at secrets/alice would serve bob's secrets to alice. Here every name is looked at first, opened
// without blocking, and compared with what was looked at, so that a link, a pipe or a swap in between is refused.
//
// The package knows nothing of the tree it walks. What it refuses it reports as a [*Refusal], without a path,
// which its caller knows better.
package nofollow
