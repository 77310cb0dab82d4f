// Command gotest shows the output of go test -json as go test itself would, and counts the tests.
//
//	go test -json ./... | go run ./.ci/gotest [-require FILE]
//
// Passing tests are silent, failing ones are shown whole. The last line is "N passed, N failed, N skipped", in which
// a package that fails without a failing test, because it crashed or did not build, is one that failed. The command
// fails if one did, or if no test passed. With -require it also fails if a test that a document names, as
// `pkg/store.TestUnsafe`, did not run and pass, or passed because all of its parts were skipped.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
)

func main() {
	document := flag.String("require", "", "a document; the tests that it names must have passed")
	flag.Parse()
	r := &results{out: os.Stdout, said: map[string]*strings.Builder{}, broken: map[string]bool{}, ok: map[string]bool{}, parts: map[string]bool{}}
	err := r.read(os.Stdin)
	if err == nil && *document != "" {
		err = r.require(*document)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gotest:", err)
		os.Exit(2)
	}
	fmt.Printf("%d passed, %d failed, %d skipped\n", r.passed, r.failed, r.skipped)
	if r.failed > 0 || r.passed == 0 {
		os.Exit(1)
	}
}

// event is a line of go test -json: see go doc test2json. Test is empty where it is about the package.
type event struct {
	Action, Package, Test, Output string
}

type results struct {
	out                     io.Writer
	passed, failed, skipped int
	said                    map[string]*strings.Builder // by package and test, until it ends
	broken                  map[string]bool             // packages with a failing test
	ok                      map[string]bool             // tests that passed, and not for want of parts, by package.test
	parts                   map[string]bool             // whether one of a test's parts is ok; not for one without any
}

// module is what the packages' paths begin with.
const module = "astrid/"

var named = regexp.MustCompile("`([a-z][a-z/]*\\.(?:Test|Fuzz)[A-Za-z0-9_]+)`")

// require counts each test that a document names and that did not pass as one that failed.
func (r *results) require(document string) error {
	text, err := os.ReadFile(document)
	if err != nil {
		return err
	}
	names := named.FindAllStringSubmatch(string(text), -1)
	if len(names) == 0 {
		return fmt.Errorf("%s names no test", document)
	}
	for _, m := range names {
		if !r.ok[m[1]] {
			r.failed++
			fmt.Fprintf(r.out, "FAIL: %s names %s, which did not run and pass\n", document, m[1])
		}
	}
	fmt.Fprintf(r.out, "%s names %d tests\n", document, len(names))
	return nil
}

func (r *results) read(in io.Reader) error {
	for lines := bufio.NewReader(in); ; {
		line, err := lines.ReadString('\n')
		var e event
		switch {
		case line == "":
		case json.Unmarshal([]byte(line), &e) == nil:
			r.add(e)
		default:
			fmt.Fprint(r.out, line)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (r *results) add(e event) {
	key := e.Package + " " + e.Test
	switch e.Action {
	case "build-output":
		fmt.Fprint(r.out, e.Output)
	case "output":
		if r.said[key] == nil {
			r.said[key] = new(strings.Builder)
		}
		r.said[key].WriteString(e.Output)
	case "pass", "skip", "fail":
		said := r.said[key]
		delete(r.said, key)
		if said == nil {
			said = new(strings.Builder)
		}
		if e.Test != "" {
			r.test(e, said.String())
		} else {
			r.pkg(e, said.String())
		}
	}
}

// test counts a test. Its parts have been counted before.
func (r *results) test(e event, said string) {
	name := strings.TrimPrefix(e.Package, module) + "." + e.Test
	if e.Action == "pass" {
		ok, parts := r.parts[name]
		r.ok[name] = ok || !parts
	}
	if i := strings.LastIndexByte(e.Test, '/'); i >= 0 {
		whole := name[:len(name)-len(e.Test)+i]
		r.parts[whole] = r.parts[whole] || r.ok[name]
	}
	switch e.Action {
	case "pass":
		r.passed++
	case "skip":
		r.skipped++
	case "fail":
		r.failed++
		r.broken[e.Package] = true
		fmt.Fprint(r.out, said)
	}
}

// pkg shows the line of a package, and all that it said if it failed.
func (r *results) pkg(e event, said string) {
	for line := range strings.Lines(said) {
		if e.Action == "fail" || strings.Contains(line, e.Package) {
			fmt.Fprint(r.out, line)
		}
	}
	if e.Action == "fail" && !r.broken[e.Package] {
		r.failed++
	}
}
