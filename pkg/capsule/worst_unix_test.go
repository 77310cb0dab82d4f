//go:build unix

package capsule_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"astrid/pkg/capsule"
	"astrid/pkg/component"
)

const (
	// worstEnv names the guest that the process is to run, when it is a child of TestWorst.
	worstEnv = "ASTRID_TEST_WORST"
	// quietEnv says that nothing else runs on the machine, so that what is stated of time can be held against it.
	quietEnv = "ASTRID_TEST_QUIET"
)

// The bounds that docs/security.md states. The memory of a process that runs a guest is more than the guest's: what it
// compiles, copies of what it passes, stacks that were outgrown, and what the collector has not come to.
const (
	worstLate    = 200 * time.Millisecond // how far past its deadline a call may end, on an idle machine
	worstMemory  = 640 << 20              // the peak of the process's memory, for a guest that runs
	worstCompile = 2 << 30                // the same for one that is compiled, within the limits of a file
)

// outcome is how a run ended.
type outcome string

const (
	ended    outcome = "returned"
	trapped  outcome = "trap"
	limited  outcome = "limit"
	late     outcome = "deadline"
	rejected outcome = "not valid"
	other    outcome = "other error"
)

func outcomeOf(err error) outcome {
	switch {
	case err == nil:
		return ended
	case errors.Is(err, context.DeadlineExceeded):
		return late
	}
	if _, ok := errors.AsType[*component.LimitError](err); ok {
		return limited
	}
	if _, ok := errors.AsType[*component.Trap](err); ok {
		return trapped
	}
	if _, ok := errors.AsType[*component.InvalidError](err); ok {
		return rejected
	}
	return other
}

// worst are the guests and how each has to end. Those without code of their own are in testdata/worst.
func worst() []worstGuest {
	return []worstGuest{
		{name: "spin", want: late},
		{name: "tree", want: late},
		{name: "calls", want: late},
		{name: "naps", want: late},
		{name: "sleep", want: late},
		{name: "start", want: late},
		{name: "nested", want: late},
		{name: "fill", want: late},
		{name: "grow", want: late},
		{name: "tables", want: late},
		{name: "logs", want: late},
		{name: "logs-huge", want: late},
		{name: "strings", want: late},
		{name: "transfer", want: late},
		{name: "realloc-spins", want: late},
		{name: "recurse", want: limited},
		{name: "frames", want: limited},
		{name: "destructors", want: limited},
		{name: "handles", want: limited},
		{name: "handles-apart", want: limited},
		{name: "options", want: limited},
		{name: "random", want: trapped},
		{name: "realloc-lies", want: trapped},
		{name: "realloc-calls", want: trapped},
		{name: "instances", want: ended, wasm: manyInstances},
		{name: "code", want: ended, wasm: muchCode, compile: true},
		{name: "locals", want: limited, wasm: manyLocals, compile: true},
	}
}

type worstGuest struct {
	name    string
	want    outcome
	wasm    func() []byte
	compile bool // compiling is what is bad about it
}

// TestWorst runs the guests that are worst for their host, each in a process of its own. With -v it prints for each how it
// ended, how long after its start or its deadline, and the most memory that the process had.
func TestWorst(t *testing.T) {
	if name := os.Getenv(worstEnv); name != "" {
		runWorst(t, name)
		return
	}
	if testing.Short() {
		t.Skip("runs two dozen processes")
	}
	t.Logf("%-14s %-10s %9s %10s %9s %9s", "guest", "outcome", "compile", "run", "late", "peak")
	for _, g := range worst() {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestWorst$", "-test.timeout=100s")
		cmd.Env = append(os.Environ(), worstEnv+"="+g.name)
		var out, errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &errs
		if err := cmd.Run(); err != nil {
			t.Errorf("%s: %v\n%s%s", g.name, err, out.Bytes(), errs.Bytes())
			continue
		}
		var r worstResult
		if err := r.parse(out.String()); err != nil {
			t.Errorf("%s: %v in %s", g.name, err, out.Bytes())
			continue
		}
		over := r.run - worstTimeout
		if r.outcome != late {
			over = 0
		}
		t.Logf("%-14s %-10s %7dms %8dms %7dms %5d MiB", g.name, r.outcome, r.compile.Milliseconds(), r.run.Milliseconds(), over.Milliseconds(), r.peak>>20)
		if r.outcome != g.want {
			t.Errorf("%s: %s, want %s: %s", g.name, r.outcome, g.want, r.text)
		}
		bound := int64(worstMemory)
		if g.compile {
			bound = worstCompile
		}
		if r.peak > bound {
			t.Errorf("%s: %d MiB of memory", g.name, r.peak>>20)
		}
		// Whatever else the machine does, it is not a multiple of the bound late.
		if over > lateness() {
			t.Errorf("%s: %s after its deadline", g.name, over)
		}
	}
}

// lateness is how late a call may be: what is stated, or on a machine that has more to do what catches one that hangs.
func lateness() time.Duration {
	if os.Getenv(quietEnv) != "" {
		return worstLate
	}
	return 20 * worstLate
}

const worstTimeout = 300 * time.Millisecond

// worstResult is what the child tells.
type worstResult struct {
	outcome      outcome
	compile, run time.Duration
	peak         int64 // bytes
	text         string
}

const worstMark = "worst: "

func (r *worstResult) print() {
	fmt.Printf("%s%q %d %d %d %q\n", worstMark, string(r.outcome), r.compile, r.run, r.peak, r.text)
}

func (r *worstResult) parse(out string) error {
	_, line, _ := strings.Cut(out, worstMark)
	_, err := fmt.Sscanf(line, "%q %d %d %d %q", (*string)(&r.outcome), (*int64)(&r.compile), (*int64)(&r.run), &r.peak, &r.text)
	return err
}

func runWorst(t *testing.T, name string) {
	for _, g := range worst() {
		if g.name != name {
			continue
		}
		var wasm []byte
		if g.wasm != nil {
			wasm = g.wasm()
		} else {
			wasm = worstFile(t, name)
		}
		timeout := worstTimeout
		if g.want != late {
			timeout = time.Minute
		}
		r := open(t, wasm, timeout)
		r.peak = peakMemory(t)
		r.print()
		return
	}
	t.Fatalf("there is no guest %q", name)
}

// TestCrowd runs guests that do not end, sixty-four at a time, and each has to end at its deadline all the same. With -v it
// prints how late the latest was, and how long the longest collection kept everything waiting.
func TestCrowd(t *testing.T) {
	w := newWorld(t)
	names := []string{"spin", "tree", "calls", "naps", "start", "nested"}
	capsules := make([]*capsule.Capsule, len(names))
	for i, name := range names {
		config := w.config("greeter")
		config.Manifest, config.ID = nil, w.id("worst")
		c, err := capsule.Open(t.Context(), worstFile(t, name), config)
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := c.Close(context.Background()); err != nil {
				t.Error(err)
			}
		}()
		capsules[i] = c
	}
	const crowd = 64
	type end struct {
		name string
		took time.Duration
		err  error
	}
	ends := make(chan end, crowd)
	for n := range crowd {
		go func() {
			call := w.as("bob")
			call.Timeout = worstTimeout
			began := time.Now()
			err := capsules[n%len(names)].Run(t.Context(), call)
			ends <- end{names[n%len(names)], time.Since(began), err}
		}()
	}
	stop := make(chan struct{})
	pauses := make(chan time.Duration)
	go func() {
		for {
			select {
			case <-stop:
				var stats debug.GCStats
				stats.Pause = make([]time.Duration, 0, 256)
				debug.ReadGCStats(&stats)
				pauses <- slices.Max(append(stats.Pause, 0))
				return
			default:
				runtime.GC()
			}
		}
	}()
	latest := time.Duration(0)
	for range crowd {
		e := <-ends
		if outcomeOf(e.err) != late {
			t.Errorf("%s: %v", e.name, e.err)
		}
		latest = max(latest, e.took-worstTimeout)
	}
	close(stop)
	t.Logf("the latest of %d was %s late; the longest pause of a collection was %s", crowd, latest, <-pauses)
	if latest > lateness() {
		t.Errorf("%s late", latest)
	}
}

// peakMemory is the most memory that the process had. What the system accounts to a process is, on Linux, also what the
// process that started it had before.
func peakMemory(t *testing.T) int64 {
	if status, err := os.ReadFile("/proc/self/status"); err == nil {
		if _, after, ok := strings.Cut(string(status), "VmHWM:"); ok {
			var kib int64
			if _, err := fmt.Sscan(after, &kib); err != nil {
				t.Fatal(err)
			}
			return kib << 10
		}
	}
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS == "darwin" {
		return usage.Maxrss
	}
	return usage.Maxrss << 10
}

func worstFile(t *testing.T, name string) []byte {
	wasm, err := os.ReadFile(filepath.Join("..", "..", "testdata", "worst", name+".wasm"))
	if err != nil {
		t.Fatal(err)
	}
	return wasm
}

func open(t *testing.T, wasm []byte, timeout time.Duration) (r worstResult) {
	w := newWorld(t)
	config := w.config("greeter")
	config.Manifest = nil
	config.ID = w.id("worst")
	began := time.Now()
	c, err := capsule.Open(t.Context(), wasm, config)
	r.compile = time.Since(began)
	if err == nil {
		began = time.Now()
		call := w.as("alice")
		call.Timeout = timeout
		err = c.Run(t.Context(), call)
		r.run = time.Since(began)
		if err := c.Close(context.Background()); err != nil {
			t.Error(err)
		}
	}
	r.outcome = outcomeOf(err)
	if err != nil {
		r.text = err.Error()
	}
	return r
}

// The binary formats of modules and components, as far as the guests below need them.

const (
	preambleModule    = "\x00asm\x01\x00\x00\x00"
	preambleComponent = "\x00asm\x0d\x00\x01\x00"
)

func leb(n int) []byte { return binary.AppendUvarint(nil, uint64(n)) }

func section(id byte, content ...[]byte) []byte {
	body := bytes.Join(content, nil)
	return append(append([]byte{id}, leb(len(body))...), body...)
}

// moduleOf is a module of n functions without parameters and results, each with that body, of which the first is run.
func moduleOf(n int, body []byte) []byte {
	body = append(leb(len(body)), body...)
	return bytes.Join([][]byte{
		[]byte(preambleModule),
		section(1, []byte{1, 0x60, 0, 0}),
		section(3, leb(n), make([]byte, n)),
		section(7, []byte{1, 3}, []byte("run"), []byte{0, 0}),
		section(10, leb(n), bytes.Repeat(body, n)),
	}, nil)
}

// manyInstances is a component of as many instances as there may be, each with a page of memory.
func manyInstances() []byte {
	module := bytes.Join([][]byte{
		[]byte(preambleModule),
		section(1, []byte{1, 0x60, 0, 0}),
		section(3, []byte{1, 0}),
		section(5, []byte{1, 0, 1}),
		section(7, []byte{1, 3}, []byte("run"), []byte{0, 0}),
		section(10, []byte{1, 2, 0, 0x0b}),
	}, nil)
	const n = 1000
	return bytes.Join([][]byte{
		[]byte(preambleComponent),
		section(1, module),
		section(2, leb(n), bytes.Repeat([]byte{0, 0, 0}, n)),
		section(6, []byte{1, 0, 0, 1, 0, 3}, []byte("run")),
		section(7, []byte{1, 0x40, 0, 1, 0}),
		section(8, []byte{1, 0, 0, 0, 0, 0}),
		section(11, []byte{1, 0, 3}, []byte("run"), []byte{1, 0, 0}),
	}, nil)
}

// muchCode is twenty megabytes of code, more than the largest capsules have, in functions that compute on what is live
// all the way.
func muchCode() []byte {
	const locals = 20
	body := []byte{1, locals, 0x7e} // i64
	for i := range 20_000 {
		body = append(body, 0x20, byte(i%locals), 0x20, byte((i+7)%locals), 0x7c, 0x21, byte((i*3)%locals))
	}
	body = append(body, 0x0b)
	return moduleOf(20<<20/len(body), body)
}

// manyLocals declares a hundred million locals in a few bytes.
func manyLocals() []byte {
	return moduleOf(1, append(append([]byte{1}, leb(100_000_000)...), 0x7e, 0x0b))
}
