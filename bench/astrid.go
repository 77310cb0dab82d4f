package main

import (
	"context"
	"crypto/rand"
	"os"
	"sync/atomic"
	"time"

	"astrid/pkg/component"
	"astrid/pkg/hostsys"
)

// settings are what get-config looks in; wasmtime's host has the same.
func settings() map[string]string {
	return map[string]string{"base_url": "a value of 20 bytes.", "greeting": "hello", "retries": "5"}
}

// host is the host of the benchmarks: it does what the one in package wasmtime does.
func host() *component.Interface {
	values, start := settings(), time.Now()
	var logged atomic.Uint64
	caller := hostsys.CallerContext{SourceID: "00000000-0000-0000-0000-000000000001", Timestamp: "2025-06-11T00:26:40Z"}
	return component.NewInterface("astrid:sys/host@1.0.0").
		Errors(component.ErrorType(func(error) hostsys.ErrorCode { return hostsys.ErrorCode{Case: hostsys.Unknown} })).
		Func("get-config", component.Func1(func(_ context.Context, key string) (component.Option[string], error) {
			v, ok := values[key]
			return component.Option[string]{Value: v, Some: ok}, nil
		})).
		Func("get-caller", component.Func0(func(context.Context) (hostsys.CallerContext, error) { return caller, nil })).
		Func("log", component.Proc2(func(_ context.Context, _ hostsys.Level, m string) { logged.Add(uint64(len(m))) })).
		Func("signal-ready", component.Proc0(func(context.Context) {})).
		Func("clock-ms", component.Infallible0(func(context.Context) uint64 { return uint64(time.Now().UnixMilli()) })).
		Func("clock-monotonic-ns", component.Infallible0(func(context.Context) uint64 { return uint64(time.Since(start)) })).
		Func("sleep-ns", component.OnlyErr1(func(context.Context, uint64) error { return nil })).
		Func("random-bytes", component.Func1(func(_ context.Context, n uint64) ([]byte, error) {
			b := make([]byte, n)
			_, err := rand.Read(b)
			return b, err
		})).
		Func("check-capsule-capability", component.Func1(func(_ context.Context, r hostsys.CapabilityCheckRequest) (hostsys.CapabilityCheckResponse, error) {
			ok := r.SourceUUID == "00000000-0000-0000-0000-000000000001" && r.Capability == "net_connect"
			return hostsys.CapabilityCheckResponse{Allowed: ok}, nil
		})).
		Func("enumerate-capabilities", component.Infallible0(func(context.Context) []string { return nil }))
}

// what is the enum of the guest's world.
type what uint8

// WitCases implements the naming of the cases.
func (what) WitCases() string { return "clock config unset log check random" }

// linked is a component of the benchmarks, linked, with its exports; those of the bench guest only are nil elsewhere.
type linked struct {
	*component.Linked
	repeat *component.Export2[what, uint32, uint32]
	nop    *component.Export0[component.Unit]
	hook   *component.Export2[string, []byte, hostsys.HookResult]
}

func link(ctx context.Context, r *component.Runtime, wasm []byte) (*linked, error) {
	comp, err := component.Compile(ctx, r, wasm)
	if err != nil {
		return nil, err
	}
	l := new(linked)
	if l.Linked, err = component.NewLinker(host()).Link(ctx, comp); err != nil {
		return nil, err
	}
	// Only the bench guest has these two.
	l.repeat, _ = component.ExportFunc2[what, uint32, uint32](l.Linked, "repeat")
	l.nop, _ = component.ExportFunc0[component.Unit](l.Linked, "nop")
	l.hook, err = component.ExportFunc2[string, []byte, hostsys.HookResult](l.Linked, "astrid-hook-trigger")
	return l, err
}

// compileFresh compiles, links and lets go, with a cache directory or without.
func compileFresh(ctx context.Context, wasm []byte, cache string) error {
	r, err := component.NewRuntime(ctx, component.Config{Cache: cache})
	if err != nil {
		return err
	}
	defer r.Close(ctx)
	_, err = link(ctx, r, wasm)
	return err
}

// fresh instantiates, calls the hook and closes.
func (l *linked) fresh(ctx context.Context, action string) error {
	inst, err := l.Instantiate(ctx)
	if err != nil {
		return err
	}
	if _, err := l.hook.Call(ctx, inst, action, payload()); err != nil {
		return err
	}
	return inst.Close(ctx)
}

// pooled calls the hook in an instance of a pool, which resets it.
func (l *linked) pooled(ctx context.Context, p *component.Pool, action string) error {
	return p.Do(ctx, func(inst *component.Instance) error {
		_, err := l.hook.Call(ctx, inst, action, payload())
		return err
	})
}

// payload is what hooks are called with: 32 bytes.
func payload() []byte { return []byte("thirty-two bytes of some payload") }

func tempDir() (string, func(), error) {
	dir, err := os.MkdirTemp("", "astrid-bench-")
	return dir, func() { _ = os.RemoveAll(dir) }, err
}
