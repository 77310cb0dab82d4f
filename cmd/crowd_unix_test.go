//go:build unix

package cmd_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
)

// crowd runs n processes at once and returns their exit codes and what they said.
func (c *cli) crowd(n int, command func(i int) (stdin string, args []string)) (codes []int, said []string) {
	codes, said = make([]int, n), make([]string, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			stdin, args := command(i)
			codes[i], said[i] = c.run(stdin, args...)
		})
	}
	all.Wait()
	return codes, said
}

const crowd = 64

// mayBeBusy checks that each process did what it was to do, or, on a slow machine, waited for the lock in vain and said so.
func (c *cli) mayBeBusy(codes []int, said []string) {
	c.Helper()
	done := 0
	for i, code := range codes {
		switch code {
		case 0:
			done++
		case 5:
		default:
			c.Errorf("process %d ended with %d: %s", i, code, said[i])
		}
	}
	if done == 0 {
		c.Error("none got the lock")
	}
}

// Whole values only, however many write one key.
func TestCrowdSetsOneSecret(t *testing.T) {
	if testing.Short() {
		t.Skip("starts many processes")
	}
	c := newCLI(t)
	value := func(i int) string { return strings.Repeat(fmt.Sprintf("value-%02d+", i), 1000+50*i) }
	stop, readers := make(chan struct{}), sync.WaitGroup{}
	whole := func(v string) bool {
		var i int
		_, err := fmt.Sscanf(v, "value-%02d+", &i)
		return err == nil && v == value(i)
	}
	readers.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			if v, ok := c.secret("api_key"); ok && !whole(v) {
				t.Errorf("a torn read of %d bytes", len(v))
			}
		}
	})
	codes, said := c.crowd(crowd, func(i int) (string, []string) {
		return value(i), []string{"secret", "set", "--principal", "alice", "nobodys", "api_key"}
	})
	close(stop)
	readers.Wait()
	c.mayBeBusy(codes, said)
	if v, _ := c.secret("api_key"); !whole(v) {
		t.Errorf("the value is torn: %d bytes", len(v))
	}
	c.wantClean()
}

// Each change to one file of settings counts, however many make one.
func TestCrowdSetsOneOverlay(t *testing.T) {
	if testing.Short() {
		t.Skip("starts many processes")
	}
	c := newCLI(t)
	codes, said := c.crowd(crowd, func(i int) (string, []string) {
		return "", []string{"env", "set", "--principal", "alice", "nobodys", fmt.Sprintf("key_%d=%d", i, i)}
	})
	c.mayBeBusy(codes, said)
	for i, code := range codes {
		if v, ok := c.setting(fmt.Sprintf("key_%d", i)); ok != (code == 0) || ok && v != fmt.Sprint(i) {
			t.Errorf("process %d ended with %d, and its setting is %q, %t", i, code, v, ok)
		}
	}
	c.wantClean()
}

// Who sets, who deletes and who lists a secret at the same time do not get in each other's way.
func TestCrowdSetsDeletesAndLists(t *testing.T) {
	if testing.Short() {
		t.Skip("starts many processes")
	}
	c := newCLI(t)
	c.must("steady-value", "secret", "set", "--principal", "alice", "nobodys", "steady")
	verbs := []struct {
		codes []int
		args  []string
	}{
		{[]int{0, 5}, []string{"secret", "set", "--principal", "alice", "nobodys", "api_key"}},
		{[]int{0, 4, 5}, []string{"secret", "delete", "--principal", "alice", "--yes", "nobodys", "api_key"}},
		{[]int{0}, []string{"secret", "list", "--principal", "alice"}},
	}
	codes, said := c.crowd(crowd, func(i int) (string, []string) { return oldValue, verbs[i%len(verbs)].args })
	for i, code := range codes {
		verb := verbs[i%len(verbs)]
		if !slices.Contains(verb.codes, code) {
			t.Errorf("%v ended with %d: %s", verb.args[:2], code, said[i])
		}
		if verb.args[1] == "list" && !strings.Contains(said[i], "steady") {
			t.Errorf("a list misses a secret that was there all the time: %s", said[i])
		}
	}
	if v, ok := c.secret("api_key"); ok && v != oldValue {
		t.Errorf("the value is %q", v)
	}
	if v, _ := c.secret("steady"); v != "steady-value" {
		t.Errorf("the other value is %q", v)
	}
	c.wantClean()
}
