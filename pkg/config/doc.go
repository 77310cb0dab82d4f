// Package config answers what a capsule reads when it asks for a setting, and where the answer comes from.
//
// It owns the order of resolution, for every command and for the running capsule alike: a declared secret is
// the principal's file, else the host's, and nothing else; any other key is the principal's overlay, else the
// manifest's default, else nothing. Secrets are read afresh at every lookup and are never cached, so what an
// operator sets is seen by the next call.
//
// It refuses to know how secrets, overlays and manifests are stored or parsed (pkg/store, pkg/overlay,
// pkg/manifest), and it logs nothing: a failure to read a secret is an error for the caller to report.
package config
