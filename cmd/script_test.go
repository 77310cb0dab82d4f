package cmd_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"astrid/cmd"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"astrid": func() { cmd.Main(os.Exit) },
		"astrid-nobody": func() {
			if err := dropRoot(); err != nil {
				panic(err)
			}
			cmd.Main(os.Exit)
		},
	})
}

// TestScripts runs testdata/script/*.txtar. Beside the commands of testscript there are:
//
//	run CODE args...          run astrid and check its exit code
//	dialog FILE CODE args...  the same on a terminal, with the questions and answers of FILE; its screen is the file screen
//	install ID MANIFEST [META]  make a capsule installed
//	perm MODE path...         check the mode of files
//	chomp path...             take the newline off the end of files, which a script cannot write without
//	cut FILE N FROM           make FILE of the first N bytes of FROM
//	stamp path...             set the time of files to 2026-01-02T03:04:05Z
func TestScripts(t *testing.T) {
	scripts, err := filepath.Glob(filepath.Join("..", "testdata", "script", "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	shapes := readShapes(t)
	shapes.scripts = len(scripts)
	t.Cleanup(func() { shapes.complete(t) }) // runs when the scripts, which run at the same time, are done
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("..", "testdata", "script"),
		RequireUniqueNames:  true,
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Defer(shapes.done)
			return setup(env)
		},
		UpdateScripts: os.Getenv("UPDATE_SCRIPTS") != "",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"run":     shapes.run,
			"dialog":  dialog,
			"install": install,
			"perm":    perm,
			"stamp":   stamp,
			"chomp":   chomp,
			"cut":     cut,
		},
	})
}

func setup(env *testscript.Env) error {
	home := filepath.Join(env.WorkDir, "home")
	if err := os.Mkdir(home, 0o700); err != nil {
		return err
	}
	env.Setenv("HOME", home)
	env.Setenv("USERPROFILE", home)
	env.Setenv("TREE", filepath.Join(home, ".astrid"))
	env.Setenv("GORACE", "atexit_sleep_ms=0") // or each run would take a second more under the race detector
	env.Setenv("MARKED", marked)
	capsules, err := filepath.Abs(filepath.Join("..", "testdata", "capsules"))
	if err != nil {
		return err
	}
	env.Setenv("CAPSULES", capsules)
	env.Setenv("WORLDS", filepath.Join(filepath.Dir(capsules), "world"))
	env.Setenv("LONG", strings.Repeat("0123456789", 500))
	env.Setenv("TOOLONG", strings.Repeat("0123456789", 7000))
	env.Defer(func() {
		if err := searchTree(home); err != nil {
			env.T().Fatal(err)
		}
	})
	return os.WriteFile(filepath.Join(env.WorkDir, "marked"), []byte(marked), 0o600)
}

func (s *shapes) run(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: run CODE args...")
	}
	w := startWatch(ts)
	err := ts.Exec("astrid", args[1:]...)
	w.end(args, "stdout", "stderr")
	s.check(ts, args[1:])
	checkCode(ts, args[0], err)
	for _, stream := range []string{"stdout", "stderr"} {
		if strings.Contains(ts.ReadFile(stream), "\x1b") {
			ts.Fatalf("%s is no terminal and has escape sequences", stream)
		}
	}
}

func checkCode(ts *testscript.TestScript, want string, err error) {
	code := 0
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if strconv.Itoa(code) != want {
		ts.Fatalf("exit code %d, want %s", code, want)
	}
}

func install(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: install ID MANIFEST [META]")
	}
	dir := filepath.Join(ts.Getenv("TREE"), "home", "default", ".local", "capsules", args[0])
	ts.Check(os.MkdirAll(dir, 0o700))
	for i, name := range []string{"Capsule.toml", "meta.json"}[:len(args)-1] {
		ts.Check(os.WriteFile(filepath.Join(dir, name), []byte(ts.ReadFile(args[i+1])), 0o600))
	}
}

func perm(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: perm MODE path...")
	}
	if runtime.GOOS == "windows" {
		return
	}
	for _, path := range args[1:] {
		fi, err := os.Lstat(ts.MkAbs(path))
		ts.Check(err)
		if got := strconv.FormatUint(uint64(fi.Mode().Perm()), 8); got != args[0] {
			ts.Fatalf("%s has mode %s", path, got)
		}
	}
}

func stamp(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("usage: stamp path...")
	}
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, path := range args {
		ts.Check(os.Chtimes(ts.MkAbs(path), at, at))
	}
}

func chomp(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: chomp path...")
	}
	for _, path := range args {
		text, ok := strings.CutSuffix(ts.ReadFile(path), "\n")
		if !ok {
			ts.Fatalf("%s does not end with a newline", path)
		}
		ts.Check(os.WriteFile(ts.MkAbs(path), []byte(text), 0o600))
	}
}

func cut(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: cut FILE N FROM")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(ts.ReadFile(args[2])[:n]), 0o600))
}
