//go:build unix

package capsule_test

import (
	"log/slog"
	"os"
	"runtime"
	"testing"
	"time"

	"astrid/pkg/capsule"
)

// However runs end, they leave nothing behind.
func TestRunChurn(t *testing.T) {
	rounds := 170
	if testing.Short() {
		rounds = 20
	}
	w := newWorld(t)
	c := w.greeter(func(c *capsule.Config) { c.Logger = slog.New(slog.DiscardHandler) })
	churn := func(rounds int) {
		for range rounds {
			for action, want := range map[string]outcome{
				"report": ended, "boom": trapped, "badptr": trapped, "spin": late, "nap": late, "recurse": limited,
			} {
				call := w.as("alice")
				call.Stop = t.Context()
				if want == late {
					call.Timeout = time.Millisecond
				}
				if _, err := c.Trigger(t.Context(), call, action, nil); outcomeOf(err) != want {
					t.Fatalf("%s: %v", action, err)
				}
			}
		}
	}
	churn(2)
	goroutines, files, heap := runtime.NumGoroutine(), openFiles(), liveHeap()
	churn(rounds)
	if n := settled(goroutines); n > goroutines {
		t.Errorf("%d goroutines became %d", goroutines, n)
	}
	if n := openFiles(); n > files {
		t.Errorf("%d open files became %d", files, n)
	}
	if grown := int64(liveHeap()) - int64(heap); grown > 128<<10 {
		t.Errorf("the heap grew by %d bytes", grown)
	}
}

// openFiles counts the files that the process has open, where the system tells.
func openFiles() int {
	entries, _ := os.ReadDir("/proc/self/fd") // there is none on other systems
	return len(entries)
}

// liveHeap returns the bytes that are in use.
func liveHeap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
