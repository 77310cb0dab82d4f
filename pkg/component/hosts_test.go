package component_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"astrid/pkg/component"
)

// A component that imports all host interfaces of Astrid links with a host that has them, and not with one that lacks
// any function or resource of them.
func TestHostPackages(t *testing.T) {
	comp, err := component.Compile(t.Context(), newRuntime(t, component.Config{}), fixture(t, "hosts"))
	if err != nil {
		t.Fatal(err)
	}
	missing := func(interfaces ...*component.Interface) []string {
		_, err := component.NewLinker(interfaces...).Link(t.Context(), comp)
		unlinked, _ := errors.AsType[*component.LinkError](err)
		if unlinked == nil || unlinked.Mismatched != nil {
			t.Fatalf("%v, want what is missing", err)
		}
		return unlinked.Missing
	}
	funcs, packages := map[string]bool{}, map[string]bool{}
	for _, imp := range comp.Imports() {
		funcs[imp.Interface+"#"+imp.Func] = true
		name, _, _ := strings.Cut(imp.Interface, "/")
		packages[name] = true
	}
	resources := slices.DeleteFunc(missing(), func(name string) bool { return funcs[name] })
	want := []string{
		"astrid:fs/host@1.0.0#file-handle", "astrid:http/host@1.1.0#http-stream", "astrid:http/host@1.1.0#http-upload",
		"astrid:io/error@1.0.0#error", "astrid:io/poll@1.0.0#pollable", "astrid:io/streams@1.0.0#input-stream",
		"astrid:io/streams@1.0.0#output-stream", "astrid:ipc/host@1.0.0#subscription", "astrid:net/host@1.0.0#tcp-listener",
		"astrid:net/host@1.0.0#tcp-stream", "astrid:net/host@1.0.0#udp-socket", "astrid:net/host@1.0.0#unix-listener",
		"astrid:process/host@1.0.0#process-handle",
	}
	slices.Sort(resources)
	if diff := cmp.Diff(want, resources); diff != "" || len(packages) != 12 {
		t.Errorf("resources that differ: %s; packages: %v", diff, packages)
	}

	// host offers every import but the one that is left out.
	host := func(without string) []*component.Interface {
		byName := map[string]*component.Interface{}
		get := func(name string) *component.Interface {
			if byName[name] == nil {
				byName[name] = component.NewInterface(name)
			}
			return byName[name]
		}
		for _, imp := range comp.Imports() {
			if imp.Interface+"#"+imp.Func != without {
				get(imp.Interface).Func(imp.Func, component.FuncDyn(func(context.Context, []component.Value) (component.Value, error) {
					return nil, errors.New("not called")
				}))
			}
		}
		for _, r := range resources {
			if iface, name, _ := strings.Cut(r, "#"); r != without {
				get(iface).Resource(name, component.NewResource[fmt.Stringer](nil))
			}
		}
		var out []*component.Interface
		for _, i := range byName {
			out = append(out, i)
		}
		return out
	}
	linked, err := component.NewLinker(host("")...).Link(t.Context(), comp)
	if err != nil {
		t.Fatal(err)
	}
	instantiate(t, linked)
	for _, name := range append(resources, "astrid:io/poll@1.0.0#poll", "astrid:http/host@1.1.0#[method]http-upload.finish") {
		if got := missing(host(name)...); !slices.Equal(got, []string{name}) {
			t.Errorf("without %s: %q is missing", name, got)
		}
	}
}

// ticket and problem stand for the resources of the fixture resource-lists.
type (
	ticket  struct{ n uint32 }
	problem struct{ code uint32 }
	outcome struct {
		Case   outcomeTag
		Failed component.Own[*problem]
		Late   uint64
	}
	outcomeTag uint8
)

func (outcomeTag) WitCases() string { return "fine failed late" }

// Handles pass inside lists, variants and tuples, and each goes back or is dropped once.
func TestHandlesInValues(t *testing.T) {
	var dropped []string
	made := 0
	type own = component.Own[*ticket]
	type pair struct{ A, B own }
	poll := component.NewInterface("test:values/poll").
		Resource("ticket", component.NewResource(func(_ context.Context, t *ticket) { dropped = append(dropped, fmt.Sprint("ticket ", t.n)) })).
		Resource("problem", component.NewResource(func(_ context.Context, p *problem) { dropped = append(dropped, fmt.Sprint("problem ", p.code)) })).
		Func("make", component.Infallible1(func(_ context.Context, n uint32) own { made++; return own{Value: &ticket{n}} })).
		Func("number", component.Infallible1(func(_ context.Context, t component.Borrow[*ticket]) uint32 { return t.Value.n })).
		Func("poll", component.Infallible1(func(_ context.Context, in []component.Borrow[*ticket]) []uint32 {
			var out []uint32
			for _, t := range in {
				out = append(out, 100+t.Value.n)
			}
			return out
		})).
		Func("fail", component.Infallible1(func(_ context.Context, n uint32) outcome {
			switch {
			case n == 0:
				return outcome{}
			case n < 10:
				return outcome{Case: 1, Failed: component.Own[*problem]{Value: &problem{n}}}
			}
			return outcome{Case: 2, Late: uint64(n) + 1}
		})).
		Func("debug", component.Infallible1(func(_ context.Context, p component.Borrow[*problem]) uint32 { return 7 * p.Value.code })).
		Func("pair", component.Infallible0(func(context.Context) pair { return pair{own{Value: &ticket{4}}, own{Value: &ticket{2}}} }))

	g := open(t, "resource-lists", poll)
	want1(g, "wait-all", uint32(3), uint32(303))
	want1(g, "wait-all", uint32(0), uint32(0))
	if want := []string{"ticket 0", "ticket 1", "ticket 2"}; !slices.Equal(dropped, want) || made != 3 {
		t.Errorf("dropped %q of %d, want %q", dropped, made, want)
	}
	dropped = nil
	want1(g, "fail", uint32(0), uint32(0))
	want1(g, "fail", uint32(3), uint32(21))
	want1(g, "fail", uint32(10), uint32(11))
	want0(g, "pair", uint32(42))
	if want := []string{"problem 3", "ticket 4", "ticket 2"}; !slices.Equal(dropped, want) {
		t.Errorf("dropped %q, want %q", dropped, want)
	}
	dropped = nil
	in := []own{{Value: &ticket{1}}, {Value: &ticket{2}}, {Value: &ticket{3}}}
	out, err := call1[[]own](g, "pass", in)
	if err != nil || len(out) != 3 || out[0].Value != in[2].Value || out[2].Value != in[0].Value || dropped != nil {
		t.Errorf("pass: %v, %v; dropped %q", out, err, dropped)
	}
}
