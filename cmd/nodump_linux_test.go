package cmd_test

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"syscall"
	"testing"
	"time"
)

// A program that waits for a secret cannot be made to dump it, and belongs to root for whoever looks into /proc.
func TestNothingIsDumped(t *testing.T) {
	c := newCLI(t).with(sh("{ ulimit -c unlimited || true; } 2>/dev/null")...)
	cmd := c.command("", "secret", "set", "--principal", "alice", "nobodys", "api_key")
	cmd.Stdin = nil
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	proc := fmt.Sprintf("/proc/%d/", cmd.Process.Pid)
	protected := func() bool {
		limits, err := os.ReadFile(proc + "limits")
		if err != nil {
			t.Fatal(err)
		}
		fi, err := os.Stat(proc + "environ")
		if err != nil {
			t.Fatal(err)
		}
		st, ok := fi.Sys().(*syscall.Stat_t)
		return ok && st.Uid == 0 && regexp.MustCompile(`Max core file size +0 +0 `).Match(limits)
	}
	for deadline := time.Now().Add(time.Minute); !protected(); {
		if time.Now().After(deadline) {
			t.Fatal("it is not protected")
		}
	}
	if _, err := io.WriteString(stdin, oldValue); err != nil {
		t.Fatal(err)
	}
	if err := stdin.Close(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if v, _ := c.secret("api_key"); v != oldValue {
		t.Errorf("%q was stored", v)
	}
}
