// Package migrate moves secrets that an older Rust runtime left in settings files, in the clear, into the store.
//
// There a secret has no effect: a capsule is only given what the store holds. What stays in the settings is an empty
// string under the same key, by which later versions of that runtime know that the secret is kept elsewhere.
//
// The package refuses to know which keys are secrets; whoever asks for a migration says so.
package migrate
