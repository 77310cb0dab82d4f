package registry

import "github.com/google/uuid"

// namespace is that of the UUIDs of capsules, shared with the Rust runtime:
// 310714d5-9c6d-4c94-8187-75258f393bb6.
var namespace = uuid.UUID{0x31, 0x07, 0x14, 0xd5, 0x9c, 0x6d, 0x4c, 0x94, 0x81, 0x87, 0x75, 0x25, 0x8f, 0x39, 0x3b, 0xb6}

// UUID returns the UUID of a capsule: version 5, over its id and the BLAKE3 hash of its wasm in lower-case hex.
// It is the same on every machine and for every principal.
func UUID(name, wasmHash string) uuid.UUID {
	return uuid.NewSHA1(namespace, []byte(name+"\x00"+wasmHash))
}
