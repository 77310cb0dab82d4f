// Package atomicfile replaces files whole and serialises their writers.
//
// [Write] leaves the old content or the new at every instant, also after a kill or a loss of power; [Lock] is the
// advisory lock that a read-modify-write holds around it. Both work on what an [os.Root] or an open file already
// gives them: which file that is, and whether it may be touched, is the caller's to know.
package atomicfile
