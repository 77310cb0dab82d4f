package manifest

import (
	"crypto/sha256"
	"maps"
	"slices"

	"astrid/pkg/home"
)

// Manifest is a Capsule.toml that has passed every check. It is immutable: callers must not change what its
// fields refer to. Lists are in the order of the document.
type Manifest struct {
	Package      Package
	Components   []Component
	Imports      []Import
	Exports      []Export
	Publish      []Publish
	Subscribe    []Subscribe
	Tools        []Tool
	Capabilities Capabilities // with the lists of the components merged in
	ContextFiles []ContextFile
	Commands     []Command
	MCPServers   []MCPServer
	Uplinks      []Uplink

	id       home.CapsuleID
	env      map[string]EnvField
	unknown  []UnknownKey
	warnings []Warning
	sum      [sha256.Size]byte // of the document
}

// Is reports whether the manifest was parsed from the same bytes as another.
func (m *Manifest) Is(other *Manifest) bool { return m.sum == other.sum }

// ID returns the capsule's id, which is the name of its package.
func (m *Manifest) ID() home.CapsuleID { return m.id }

// Env returns the setting that is declared under key, and whether there is one.
func (m *Manifest) Env(key string) (EnvField, bool) {
	f, ok := m.env[key]
	return f, ok
}

// EnvKeys returns the keys of the declared settings, sorted.
func (m *Manifest) EnvKeys() []string { return slices.Sorted(maps.Keys(m.env)) }

// Unknown returns the keys that nothing reads, in the order of the document.
func (m *Manifest) Unknown() []UnknownKey { return slices.Clone(m.unknown) }

// Warnings returns what is legal but has no effect, in the order of the document.
func (m *Manifest) Warnings() []Warning { return slices.Clone(m.warnings) }

// Package is the [package] table. Name is a capsule id, Version a full semantic version and AstridVersion, if
// given, a requirement that RuntimeVersion meets. The free-form metadata table is not kept.
type Package struct {
	Name          string
	Version       string
	Description   string
	Authors       []string
	Repository    string
	Homepage      string
	Documentation string
	License       string
	LicenseFile   string
	Readme        string
	Keywords      []string
	Categories    []string
	AstridVersion string
	Publish       *bool // nil if not given
	Include       []string
	Exclude       []string
}

// Component is one [[component]]. Only the first is executed. Nothing checks Hash: what was installed vouches
// for the wasm file, not its author.
type Component struct {
	ID           string
	File         string // also spelt entrypoint; relative to the manifest
	Hash         string
	Type         string
	Link         []string
	Capabilities Capabilities // as written; see Manifest.Capabilities for the merged ones
}

// Import is one interface that the capsule wants another to export.
type Import struct {
	Namespace   string
	Interface   string
	Requirement string // a Cargo version requirement
	Optional    bool
}

// Export is one interface that the capsule offers.
type Export struct {
	Namespace string
	Interface string
	Version   string // a full semantic version
}

// Publish is a topic, or a pattern of topics, that the capsule may publish to.
type Publish struct {
	Topic  string
	WIT    string // the type of the payload; "opaque" for none
	Source Source
	Fanout bool
}

// Subscribe is a topic, or a pattern of topics, that the capsule may receive from. With a Handler, that action
// is called for every message, lower Priority first.
type Subscribe struct {
	Topic    string
	WIT      string // the type of the payload; "opaque" for none
	Source   Source
	Handler  string
	Priority uint32 // DefaultPriority unless given; without meaning if there is no handler
}

// DefaultPriority is the priority of a handler that gives none.
const DefaultPriority = 100

// Source says where the WIT of a topic comes from. Kind is version, tag, rev, branch or path, or empty if the
// manifest does not say.
type Source struct {
	Kind  string
	Value string
}

// Tool is one [[tool]] that a language model may call.
type Tool struct {
	Name           string
	Description    string // description_for_llm
	InputSchemaWIT string
	Mutable        bool
}

// ContextFile is one [[context_file]].
type ContextFile struct {
	Name string
	File string
}

// Command is one [[command]]. Kind is "slash" or "cli".
type Command struct {
	Name        string
	Description string
	File        string
	Kind        string
}

// MCPServer is one [[mcp_server]].
type MCPServer struct {
	ID          string
	Description string
	Type        string // "stdio", or what a later runtime may know
	Command     string
	Args        []string
}

// Uplink is one [[uplink]]. Profile is chat, interactive, notify or bridge.
type Uplink struct {
	Name     string
	Platform string
	Profile  string
}
