package component_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"astrid/pkg/component"
	wasm "astrid/pkg/component/binary"
)

// suiteDir names the directory with the reference tests of the Component Model, as `wasm-tools json-from-wast` turns
// them into binaries and directives: a directory for each .wast, with test.json in it.
const suiteDir = "ASTRID_WAST_DIR"

// TestSuite replays the reference tests of the specification. What each directive asks for has to happen for the
// reason that it gives: a rejection by the rule that is broken, a trap by its cause. What needs a construct that this
// runtime refuses by name is left out and counted.
func TestSuite(t *testing.T) {
	dir := os.Getenv(suiteDir)
	if dir == "" {
		t.Skip("the reference tests are not here: see testdata/README.md for how to get them, and set " + suiteDir)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*", "test.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no */test.json in %s, %v", dir, err)
	}
	var all tally
	for _, file := range files {
		name := filepath.Base(filepath.Dir(file))
		t.Run(name, func(t *testing.T) {
			s := &suite{TB: t, dir: filepath.Dir(file), rt: newRuntime(t, component.Config{Exceptions: true}), named: map[string]*guest{}, definitions: map[string]*component.Component{}}
			s.replay()
			t.Log(s.tally)
			all.add(s.tally)
		})
	}
	t.Log(all)
}

// directive is one command of test.json.
type directive struct {
	Type, Filename, Name, Text string
	Line                       int
	ModuleType                 string `json:"module_type"`
	Instance, Module           string
	Action                     action
	Expected                   []wastValue
}

type action struct {
	Module, Field string
	Args          []wastValue
}

// tally counts directives.
type tally struct {
	passed, failed, text int
	left                 map[string]int // left out, by the construct that is not supported
}

func (n *tally) leave(construct string) {
	if n.left == nil {
		n.left = map[string]int{}
	}
	n.left[construct]++
}

func (n *tally) add(m tally) {
	n.passed += m.passed
	n.failed += m.failed
	n.text += m.text
	for what, count := range m.left {
		for range count {
			n.leave(what)
		}
	}
}

func (n tally) String() string {
	out := fmt.Sprintf("%d passed, %d failed", n.passed, n.failed)
	if n.text > 0 {
		out += fmt.Sprintf(", %d of the text format", n.text)
	}
	var left []string
	for what, count := range n.left {
		left = append(left, fmt.Sprintf("%d for %s", count, what))
	}
	slices.Sort(left)
	if left != nil {
		out += ", left out: " + strings.Join(left, ", ")
	}
	return out
}

// suite replays one file. current is the instance that calls without a name go to, nil when it was left out for the
// construct in missing.
type suite struct {
	testing.TB
	dir         string
	rt          *component.Runtime
	current     *guest
	missing     string
	named       map[string]*guest
	definitions map[string]*component.Component
	tally       tally
}

func (s *suite) replay() {
	text, err := os.ReadFile(filepath.Join(s.dir, "test.json"))
	if err != nil {
		s.Fatal(err)
	}
	var script struct{ Commands []directive }
	if err := json.Unmarshal(text, &script); err != nil {
		s.Fatal(err)
	}
	for _, d := range script.Commands {
		if d.ModuleType == "text" {
			s.tally.text++
			continue
		}
		err := s.run(d)
		switch unsupported := (*unsupportedError)(nil); {
		case err == nil:
			s.tally.passed++
		case errors.As(err, &unsupported):
			s.tally.leave(unsupported.construct)
		default:
			s.tally.failed++
			s.Errorf("line %d, %s: %v", d.Line, d.Type, err)
		}
	}
}

// unsupportedError says that a directive needs a construct that is refused by name.
type unsupportedError struct{ construct string }

func (e *unsupportedError) Error() string { return e.construct + " is not supported" }

// left returns err as an *unsupportedError where it is a refusal of a construct that the runtime leaves out.
func left(err error) error {
	reason := ""
	if bad, ok := errors.AsType[*wasm.Error](err); ok && bad.Kind == wasm.Unsupported {
		reason = bad.Reason
	}
	if bad, ok := errors.AsType[*component.InvalidError](err); ok && bad.Unsupported {
		reason = bad.Reason
	}
	if construct, ok := strings.CutSuffix(reason, " is not supported"); ok {
		return &unsupportedError{construct}
	}
	return err
}

func (s *suite) run(d directive) error {
	switch d.Type {
	case "module":
		c, err := s.compile(d)
		return s.start(d.Name, c, err)
	case "module_definition":
		c, err := s.compile(d)
		if _, ok := errors.AsType[*component.LinkError](err); ok {
			return nil // it is valid, and imports code, of which nothing here makes an instance
		}
		if err == nil {
			s.definitions[d.Name] = c
		}
		s.missing = constructOf(err)
		return err
	case "module_instance":
		c := s.definitions[d.Module]
		if c == nil {
			return s.start(d.Instance, nil, &unsupportedError{s.missing})
		}
		return s.start(d.Instance, c, nil)
	case "invoke":
		_, err := s.call(d.Action)
		return err
	case "assert_return":
		return s.wantReturn(d)
	case "assert_trap":
		_, err := s.call(d.Action)
		return s.wantClass(trapClasses, d.Text, err)
	case "assert_invalid", "assert_malformed":
		c, err := s.compile(d)
		if c != nil {
			return errors.Join(errors.New("it is accepted"), c.Close(s.Context()))
		}
		if d.Type == "assert_malformed" {
			return s.wantClass(malformedClasses, d.Text, err)
		}
		return s.wantClass(invalidClasses, d.Text, err)
	}
	return errors.New("unknown directive")
}

func constructOf(err error) string {
	if e, ok := errors.AsType[*unsupportedError](err); ok {
		return e.construct
	}
	return "a definition that failed"
}

func (s *suite) compile(d directive) (*component.Component, error) {
	file, err := os.ReadFile(filepath.Join(s.dir, d.Filename))
	if err != nil {
		return nil, err
	}
	c, err := component.Compile(s.Context(), s.rt, file)
	return c, left(err)
}

// start instantiates a component and makes it the current one.
func (s *suite) start(name string, c *component.Component, err error) error {
	s.current, s.missing = nil, constructOf(err)
	if err != nil {
		return err
	}
	linked, err := component.NewLinker(s.interfaces()...).Link(s.Context(), c)
	if err != nil {
		return err
	}
	inst, err := linked.Instantiate(s.Context())
	if err != nil {
		return err
	}
	s.Cleanup(func() { _ = inst.Close(s.Context()) })
	s.current = &guest{s, linked, inst}
	if name != "" {
		s.named[name] = s.current
	}
	return nil
}

// interfaces are what the instances that have names offer to those that import them.
func (s *suite) interfaces() []*component.Interface {
	var out []*component.Interface
	for name, g := range s.named {
		i := component.NewInterface(name)
		for _, e := range g.linked.Component().Exports() {
			if fn, err := g.linked.Export(e.Name); err == nil {
				i.Func(e.Name, component.FuncDyn(func(ctx context.Context, args []component.Value) (component.Value, error) {
					return fn.Call(ctx, g.inst, args...)
				}))
			}
		}
		out = append(out, i)
	}
	return out
}

func (s *suite) call(a action) (component.Value, error) {
	g := s.current
	if a.Module != "" {
		g = s.named[a.Module]
	}
	if g == nil {
		return nil, &unsupportedError{s.missing}
	}
	fn, err := g.linked.Export(a.Field)
	if err != nil {
		return nil, err
	}
	if len(a.Args) != len(fn.Type().Params) {
		return nil, fmt.Errorf("%d arguments for %s", len(a.Args), fn.Type())
	}
	args := make([]component.Value, len(a.Args))
	for i, v := range a.Args {
		if args[i], err = v.as(fn.Type().Params[i].Type); err != nil {
			return nil, err
		}
	}
	return fn.Call(s.Context(), g.inst, args...)
}

func (s *suite) wantReturn(d directive) error {
	got, err := s.call(d.Action)
	if err != nil {
		return err
	}
	if len(d.Expected) == 0 {
		if got != nil {
			return fmt.Errorf("returned %v", got)
		}
		return nil
	}
	fn, err := s.current.linked.Export(d.Action.Field)
	if err != nil {
		return err
	}
	want, err := d.Expected[0].as(fn.Type().Result)
	if err != nil {
		return err
	}
	if !reflect.DeepEqual(got, want) {
		return fmt.Errorf("%s returned %#v, want %#v", d.Action.Field, got, want)
	}
	return nil
}
