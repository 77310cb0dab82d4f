package nofollow

import (
	"io/fs"
	"os"
)

// Windows has neither modes nor an owner that a number could name: a tree is as private as the ACL that it
// inherits from the user's profile. Links are refused there too.

const nonBlock = 0

func checkWriters(fs.FileInfo) error          { return nil }
func checkOwned(fs.FileInfo) error            { return nil }
func checkMode(fs.FileInfo) error             { return nil }
func checkOwner(fs.FileInfo) error            { return nil }
func checkUsable(fs.FileInfo) error           { return nil }
func settleNewDir(*os.Root, string) error     { return nil }
func tightenDir(*os.Root) error               { return nil }
func tightenFile(*os.File, fs.FileInfo) error { return nil }

// SyncDir does nothing: Windows has no way to flush a directory.
func SyncDir(*os.Root) error { return nil }

// Reachable reports true: who can get to what is in a directory is not known.
func Reachable(fs.FileInfo) bool { return true }

// Tighten does nothing: there are no modes.
func Tighten(_ *os.Root, _ string) (fs.FileMode, error) { return 0, nil }
