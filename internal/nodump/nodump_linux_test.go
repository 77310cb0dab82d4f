package nodump

import (
	"fmt"
	"os"
	"os/exec"
	"testing"

	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) {
	if os.Getenv("ASTRID_TEST_NODUMP") != "" {
		os.Exit(applied())
	}
	os.Exit(m.Run())
}

// applied reports, as an exit code, whether Apply has its effect.
func applied() int {
	_ = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{Cur: 1 << 20, Max: 1 << 20}) // where that is allowed
	before, err1 := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0)
	err := Apply()
	after, err2 := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0)
	limit := unix.Rlimit{Cur: 1, Max: 1}
	err3 := unix.Getrlimit(unix.RLIMIT_CORE, &limit)
	fmt.Println("dumpable", before, after, "core", limit, err, err1, err2, err3)
	if err != nil || before != 1 || after != 0 || limit != (unix.Rlimit{}) {
		return 1
	}
	return 0
}

// The process of the test stays as it is: what it did would be for good.
func TestApply(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), exe)
	c.Env = append(os.Environ(), "ASTRID_TEST_NODUMP=1")
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
