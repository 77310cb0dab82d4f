// Package hostsys is astrid:sys@1.0.0: what each of its ten functions means, in plain Go.
//
// It owns the meaning of the calls: which setting a key answers, who the caller is, where a log line goes,
// what the clocks read, how long a capsule may sleep, and which [ErrorCode] reports a refusal. A [Host] is one
// loaded capsule; [Host.Invocation] binds what belongs to one call from outside, and the functions find it in
// their context.
//
// It refuses to know WebAssembly (package bind ties it to a linker), where files lie (package home), how a
// value is resolved (package config) and which handler shows a line to the operator. Whatever it needs is a
// field of [Config]; nothing finds its own default.
package hostsys
