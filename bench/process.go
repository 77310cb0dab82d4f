package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// processes adds the whole process of a capsule run whose code is in the cache, beside a program that links the same
// libraries and exits.
func (b *bench) processes(ctx context.Context) error {
	astrid, baseline := filepath.Join(b.dir, "astrid"), filepath.Join(b.dir, "baseline")
	for out, in := range map[string]struct{ dir, pkg string }{astrid: {b.root, "."}, baseline: {".", "./baseline"}} {
		build := exec.CommandContext(ctx, "go", "build", "-o", out, in.pkg)
		build.Dir, build.Stderr = in.dir, os.Stderr
		if err := build.Run(); err != nil {
			return fmt.Errorf("go build %s: %w", in.pkg, err)
		}
	}
	process := func(args ...string) func() error {
		return func() error {
			cmd := exec.CommandContext(ctx, args[0], args[1:]...)
			cmd.Env = append(os.Environ(), "ASTRID_HOME="+filepath.Join(b.dir, "home"))
			if out, err := cmd.CombinedOutput(); err != nil {
				return fmt.Errorf("%v: %w: %s", args, err, out)
			}
			return nil
		}
	}
	capsules := filepath.Join(b.root, "testdata", "capsules")
	greeter := process(astrid, "capsule", "run", filepath.Join(capsules, "greeter", "greeter.wasm"), "--action", "echo", "--payload", "x", "--trust")
	if err := greeter(); err != nil { // fills the cache
		return err
	}
	b.add(groupProcess, "capsule run of the greeter, warm",
		&subject{column: ours, run: timed(greeter)},
		&subject{column: empty, run: timed(process(baseline))})
	return nil
}
