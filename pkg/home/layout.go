package home

import (
	"encoding/hex"
	"strings"
	"time"
)

// Below the root. Scope is a principal or [HostSlot]; sum is the BLAKE3 of the content in lower-case hex.
//
//	etc/layout-version                                  "1"
//	etc/hooks/
//	etc/profiles/<principal>.toml
//	var/cache/wasm/                                     compiled capsules; ours, may be removed at any time
//	var/install/<stage>/                                what is being installed or removed; ours, see [Stage]
//	run/cli-context.toml                                the active principal
//	log/                                                logs of the daemon
//	keys/runtime.key
//	keys/digest.key                                     ours; keys the digests of secrets
//	bin/<sum>.wasm                                      capsules by content
//	wit/<sum>.wit, wit/store/<sum>.wit                  interfaces by content; where later versions keep them
//	secrets/<scope>/<capsule>/<key>
//	home/<principal>/.config/env/<capsule>.env.json
//	home/<principal>/.config/distro.lock
//	home/<principal>/.local/log/<capsule>/<date>.log
//	home/<principal>/.local/capsules/<capsule>/         Capsule.toml, meta.json; the default principal's are installed
//	home/<principal>/.local/tmp/
const (
	overlaySuffix = ".env.json"
	logSuffix     = ".log"
	logDate       = time.DateOnly
	profileSuffix = ".toml"
	wasmSuffix    = ".wasm"
	witSuffix     = ".wit"
	backupSuffix  = ".bak"
)

// ManifestName is the file in which a capsule declares what it is, wherever its directory lies.
const ManifestName = "Capsule.toml"

// MetaName is the file beside it in which an installer notes what it installed.
const MetaName = "meta.json"

func (h *Home) dir(components ...string) Dir { return Dir{h, strings.Join(components, "/")} }

// systemDirs are the directories that a tree has from its beginning, as the Rust runtime lays it out.
func (h *Home) systemDirs() []Dir {
	return []Dir{
		h.EtcDir(), h.HooksDir(), h.VarDir(), h.RunDir(), h.DaemonLogDir(), h.KeysDir(), h.BinDir(), h.WitDir(),
		h.SecretsDir(), h.PrincipalsDir(),
	}
}

// EtcDir is the configuration of the host.
func (h *Home) EtcDir() Dir { return h.dir("etc") }

// LayoutFile holds the version of the layout.
func (h *Home) LayoutFile() File { return h.EtcDir().file("layout-version") }

// HooksDir holds the hooks of the daemon.
func (h *Home) HooksDir() Dir { return h.dir("etc", "hooks") }

// ProfilesDir holds the policy of each principal, out of reach of a capsule that may read its principal's home.
func (h *Home) ProfilesDir() Dir { return h.dir("etc", "profiles") }

// ProfileFile is the policy of a principal.
func (h *Home) ProfileFile(p Principal) File { return h.ProfilesDir().file(p.suffixed(profileSuffix)) }

// VarDir is the state of the host.
func (h *Home) VarDir() Dir { return h.dir("var") }

// WasmCacheDir holds compiled capsules.
func (h *Home) WasmCacheDir() Dir { return h.dir("var", "cache", "wasm") }

// RunDir is the state of running processes.
func (h *Home) RunDir() Dir { return h.dir("run") }

// ContextFile says which principal is active.
func (h *Home) ContextFile() File { return h.RunDir().file("cli-context.toml") }

// DaemonLogDir holds the logs of the daemon. The logs of capsules are in [Home.LogDir].
func (h *Home) DaemonLogDir() Dir { return h.dir("log") }

// KeysDir holds the keys of the runtime.
func (h *Home) KeysDir() Dir { return h.dir("keys") }

// RuntimeKeyFile is the key of the runtime, a private file.
func (h *Home) RuntimeKeyFile() File { return h.KeysDir().file("runtime.key") }

// DigestKeyFile is the key of the digests that tell secrets apart, a private file.
func (h *Home) DigestKeyFile() File { return h.KeysDir().file("digest.key") }

// BinDir holds the code of installed capsules by content.
func (h *Home) BinDir() Dir { return h.dir("bin") }

// WasmFile is the code with that BLAKE3 sum.
func (h *Home) WasmFile(sum [32]byte) File {
	return h.BinDir().file(hex.EncodeToString(sum[:]) + wasmSuffix)
}

// WitDir holds interfaces by content.
func (h *Home) WitDir() Dir { return h.dir("wit") }

// WitFile is the interface with that BLAKE3 sum.
func (h *Home) WitFile(sum [32]byte) File {
	return h.WitDir().file(hex.EncodeToString(sum[:]) + witSuffix)
}

// WitStoreDir is where later versions of the Rust runtime hold interfaces.
func (h *Home) WitStoreDir() Dir { return h.dir("wit", "store") }

// WitStoreFile is where later versions of the Rust runtime hold the interface with that BLAKE3 sum.
func (h *Home) WitStoreFile(sum [32]byte) File {
	return h.WitStoreDir().file(hex.EncodeToString(sum[:]) + witSuffix)
}

// SecretsDir holds the secrets of every scope.
func (h *Home) SecretsDir() Dir { return h.dir("secrets") }

// ScopeDir holds the secrets of one scope.
func (h *Home) ScopeDir(s Scope) Dir { return h.dir("secrets", s.slot) }

// SecretDir holds the secrets of one capsule in one scope.
func (h *Home) SecretDir(s Scope, c CapsuleID) Dir { return h.dir("secrets", s.slot, c.id) }

// SecretFile holds one secret, a private file.
func (h *Home) SecretFile(s Scope, c CapsuleID, k Key) File { return h.SecretDir(s, c).file(k.name) }

// PrincipalsDir holds the homes of the principals.
func (h *Home) PrincipalsDir() Dir { return h.dir("home") }

// PrincipalDir is the home of a principal.
func (h *Home) PrincipalDir(p Principal) Dir { return h.dir("home", p.name) }

// EnvDir holds the overlays of a principal.
func (h *Home) EnvDir(p Principal) Dir { return h.dir("home", p.name, ".config", "env") }

// OverlayFile is a principal's overlay for a capsule.
func (h *Home) OverlayFile(p Principal, c CapsuleID) File {
	return h.EnvDir(p).file(c.suffixed(overlaySuffix))
}

// DistroLockFile records what a distribution installed for a principal.
func (h *Home) DistroLockFile(p Principal) File {
	return h.dir("home", p.name, ".config").file("distro.lock")
}

// LogDir holds the logs that a capsule wrote for a principal.
func (h *Home) LogDir(p Principal, c CapsuleID) Dir {
	return h.dir("home", p.name, ".local", "log", c.id)
}

// LogFile is the log of the day of that instant, in UTC.
func (h *Home) LogFile(p Principal, c CapsuleID, day time.Time) File {
	return h.LogDir(p, c).file(day.UTC().Format(logDate) + logSuffix)
}

// TmpDir is what a capsule that acts for a principal sees as /tmp.
func (h *Home) TmpDir(p Principal) Dir { return h.dir("home", p.name, ".local", "tmp") }

// CapsulesDir holds the installed capsules.
func (h *Home) CapsulesDir() Dir { return h.dir("home", DefaultPrincipal().name, ".local", "capsules") }

// CapsuleDir is an installed capsule.
func (h *Home) CapsuleDir(c CapsuleID) Dir {
	return h.dir("home", DefaultPrincipal().name, ".local", "capsules", c.id)
}

// CapsuleBackupDir is the previous version of a capsule while another takes its place, where that is not done in one
// step. If there is one and no CapsuleDir, whoever installed it was killed in between: then it is the capsule.
func (h *Home) CapsuleBackupDir(c CapsuleID) Dir {
	return h.dir("home", DefaultPrincipal().name, ".local", "capsules", c.suffixed(backupSuffix))
}

// ManifestFile is the manifest of an installed capsule.
func (h *Home) ManifestFile(c CapsuleID) File { return h.CapsuleDir(c).ManifestFile() }

// MetaFile records how a capsule was installed.
func (h *Home) MetaFile(c CapsuleID) File { return h.CapsuleDir(c).MetaFile() }

// ManifestFile is the manifest of the capsule that the directory is, wherever it lies.
func (d Dir) ManifestFile() File { return d.file(ManifestName) }

// MetaFile records how the capsule that the directory is was installed.
func (d Dir) MetaFile() File { return d.file(MetaName) }

// LegacySettingsFile is where early versions of the Rust runtime kept the settings of the capsule that the directory is.
func (d Dir) LegacySettingsFile() File { return d.file(".env.json") }

// suffixed is "" for the zero value, which no file is named, so that a missing name cannot hide in a suffix.
func (p Principal) suffixed(suffix string) string { return suffixed(p.name, suffix) }

func (c CapsuleID) suffixed(suffix string) string { return suffixed(c.id, suffix) }

func suffixed(name, suffix string) string {
	if name == "" {
		return ""
	}
	return name + suffix
}
