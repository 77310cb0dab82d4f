package store_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"astrid/pkg/home"
	"astrid/pkg/store"
)

func Example() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	h, err := home.At(filepath.Join(dir, ".astrid"))
	if err != nil {
		log.Fatal(err)
	}
	capsule, _ := home.ParseCapsuleID("openai")
	key, _ := home.ParseKey("api_key")
	value, err := store.NewSecret([]byte("sk-live-1"))
	if err != nil {
		log.Fatal(err)
	}

	ctx := context.Background()
	secrets := store.New(h)
	if err := secrets.Set(ctx, home.HostScope(), capsule, key, value); err != nil {
		log.Fatal(err)
	}
	got, err := secrets.Get(ctx, home.HostScope(), capsule, key)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(got, got.Len())
	fmt.Printf("%s\n", got.Reveal())
	// Output:
	// [redacted] 9
	// sk-live-1
}
