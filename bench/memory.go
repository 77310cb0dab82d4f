package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"astrid/bench/wasmtime"
	"astrid/pkg/component"
)

// peak measures a process of its own: what it took at most while it compiled a component, or loaded it from what an
// earlier one left, and called it once. Both sides are the same program, so that what links into it counts for both.
func peak(o options, args ...string) func(int) (time.Duration, error) {
	return func(int) (time.Duration, error) {
		self, err := os.Executable()
		if err != nil {
			return 0, err
		}
		cmd := exec.Command(self, "-root", o.root, "-js", o.js, "-peak", strings.Join(args, " "))
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			return 0, err
		}
		bytes, err := strconv.ParseInt(strings.TrimSpace(string(out)), 10, 64)
		return time.Duration(bytes), err
	}
}

// peakChild is the process that peak starts.
func peakChild(ctx context.Context, o options) error {
	var side, file, dir string
	if n, _ := fmt.Sscan(o.peak, &side, &file, &dir); n < 2 {
		return fmt.Errorf("-peak %q", o.peak)
	}
	wasm, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := peakRun(ctx, side, wasm, dir); err != nil {
		return err
	}
	bytes, err := highWater()
	if err != nil {
		return err
	}
	_, err = fmt.Println(bytes)
	return err
}

// highWater is the most memory that this process had. A child's rusage would tell its parent's, which it begins as.
func highWater() (int64, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	_, line, _ := strings.Cut(string(status), "VmHWM:")
	var kib int64
	_, err = fmt.Sscan(line, &kib)
	return kib << 10, err
}

// peakRun compiles or loads a component on one side, and calls it.
func peakRun(ctx context.Context, side string, wasm []byte, kept string) error {
	if side == "astrid" {
		r, err := component.NewRuntime(ctx, component.Config{Cache: kept})
		if err != nil {
			return err
		}
		l, err := link(ctx, r, wasm)
		if err != nil {
			return err
		}
		return l.fresh(ctx, "echo")
	}
	e := wasmtime.NewEngine()
	var (
		c   *wasmtime.Component
		err error
	)
	if kept == "" {
		c, err = e.Compile(wasm)
	} else {
		c, err = e.Load(kept)
	}
	if err != nil {
		return err
	}
	l, err := e.NewLinker(wasmtime.InC)
	if err != nil {
		return err
	}
	return theirs{l, c}.fresh("echo")
}
