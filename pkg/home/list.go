package home

import (
	"encoding/hex"
	"errors"
	"io/fs"
	"strings"
	"time"
)

// Principals lists the principals that have a home, sorted. None is no error.
func (h *Home) Principals() ([]Principal, error) { return list(h.PrincipalsDir(), ParsePrincipal) }

// Capsules lists the capsules that have a directory among the installed ones, sorted. None is no error.
func (h *Home) Capsules() ([]CapsuleID, error) { return list(h.CapsulesDir(), ParseCapsuleID) }

// CapsuleBackups lists the capsules that have a [Home.CapsuleBackupDir], sorted. None is no error.
func (h *Home) CapsuleBackups() ([]CapsuleID, error) {
	return list(h.CapsulesDir(), func(name string) (CapsuleID, error) {
		id, ok := strings.CutSuffix(name, backupSuffix)
		if !ok {
			return CapsuleID{}, errForeign
		}
		return ParseCapsuleID(id)
	})
}

// Overlays lists the capsules that a principal has an overlay for, sorted. None is no error.
func (h *Home) Overlays(p Principal) ([]CapsuleID, error) {
	return list(h.EnvDir(p), ParseOverlayName)
}

// ParseOverlayName returns the capsule whose overlay has that name in [Home.EnvDir].
func ParseOverlayName(name string) (CapsuleID, error) {
	id, ok := strings.CutSuffix(name, overlaySuffix)
	if !ok {
		return CapsuleID{}, errForeign
	}
	return ParseCapsuleID(id)
}

// Scopes lists the scopes that have a directory for secrets, sorted by its name. None is no error.
func (h *Home) Scopes() ([]Scope, error) { return list(h.SecretsDir(), ParseSlot) }

// SecretCapsules lists the capsules that have a directory for secrets in a scope, sorted. None is no error.
func (h *Home) SecretCapsules(s Scope) ([]CapsuleID, error) {
	return list(h.ScopeDir(s), ParseCapsuleID)
}

// SecretKeys lists the keys that a capsule has an entry for in a scope, sorted. None is no error.
func (h *Home) SecretKeys(s Scope, c CapsuleID) ([]Key, error) {
	return list(h.SecretDir(s, c), LookupKey)
}

// LogCapsules lists the capsules that have logs for a principal. None is no error.
func (h *Home) LogCapsules(p Principal) ([]CapsuleID, error) {
	return list(h.dir("home", p.name, ".local", "log"), ParseCapsuleID)
}

// Logs lists the days, at midnight UTC, that a capsule has a log of for a principal, oldest first. None is no error.
func (h *Home) Logs(p Principal, c CapsuleID) ([]time.Time, error) {
	return list(h.LogDir(p, c), func(name string) (time.Time, error) {
		day, ok := strings.CutSuffix(name, logSuffix)
		if !ok {
			return time.Time{}, errForeign
		}
		return time.Parse(logDate, day)
	})
}

// Wasms lists the BLAKE3 sums that there is code of, by what their files are called. None is no error.
func (h *Home) Wasms() ([][32]byte, error) { return list(h.BinDir(), parseSum(wasmSuffix)) }

// Wits lists the BLAKE3 sums that there are interfaces of, in either place, by what their files are called. None is no
// error.
func (h *Home) Wits() ([][32]byte, error) {
	early, err := list(h.WitDir(), parseSum(witSuffix))
	if err != nil {
		return nil, err
	}
	late, err := list(h.WitStoreDir(), parseSum(witSuffix))
	return append(early, late...), err
}

func parseSum(suffix string) func(name string) ([32]byte, error) {
	return func(name string) (sum [32]byte, err error) {
		stem, ok := strings.CutSuffix(name, suffix)
		if !ok || len(stem) != 2*len(sum) || strings.ToLower(stem) != stem {
			return sum, errForeign
		}
		_, err = hex.Decode(sum[:], []byte(stem))
		return sum, err
	}
}

// MetaFiles lists the meta.json of whatever is installed in any principal's home, backups included: later versions of
// the Rust runtime install capsules for principals other than the default one. They are what refers to code and
// interfaces. The files need not exist.
func (h *Home) MetaFiles() ([]File, error) {
	principals, err := h.Principals()
	if err != nil {
		return nil, err
	}
	var files []File
	for _, p := range principals {
		entries, err := h.dir("home", p.name, ".local", "capsules").Entries()
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		for _, e := range entries {
			// A file that somebody left there installs nothing.
			if !e.Type().IsRegular() {
				files = append(files, h.dir("home", p.name, ".local", "capsules", e.Name()).MetaFile())
			}
		}
	}
	return files, nil
}

var errForeign = errors.New("not a name of this kind")

// list parses the names in d. One that does not parse cannot be reached through this package, so it is none of
// the things that are listed; Entries shows it.
func list[T any](d Dir, parse func(string) (T, error)) ([]T, error) {
	entries, err := d.Entries()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var found []T
	for _, e := range entries {
		if v, err := parse(e.Name()); err == nil {
			found = append(found, v)
		}
	}
	return found, nil
}
