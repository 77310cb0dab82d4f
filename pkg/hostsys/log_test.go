package hostsys_test

import (
	"context"
	"encoding/base64"
	"errors"
	"log/slog"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"astrid/pkg/caplog"
	"astrid/pkg/home"
	"astrid/pkg/hostsys"
)

func TestLineGoesToTheInvocationsLogAndNotTheOwners(t *testing.T) {
	w := newWorld(t)
	w.provision("default", "alice")
	h := w.host(func(c *hostsys.Config) { c.Log = w.log("default") })
	ctx := h.Invocation(t.Context(), hostsys.Invocation{Caller: caller("alice"), Settings: w.settings("alice", ""), Log: w.log("alice")})
	h.Log(ctx, hostsys.LevelInfo, "for alice")

	if got, want := w.logged("alice"), "1749601600.123 INFO [greeter] for alice\n"; got != want {
		t.Errorf("alice's log holds %q, want %q", got, want)
	}
	if got := w.logged("default"); got != "" {
		t.Errorf("the owner's log holds %q", got)
	}
	if got := w.stderr.String(); got != "" {
		t.Errorf("the operator sees %q", got)
	}
}

func TestLineGoesToTheLoadTimeLogWithoutInvocation(t *testing.T) {
	w := newWorld(t)
	w.provision("default")
	h := w.host(func(c *hostsys.Config) { c.Log = w.log("default") })
	h.Log(t.Context(), hostsys.LevelDebug, "at load")
	h.Log(h.Invocation(t.Context(), hostsys.Invocation{Caller: caller("alice")}), hostsys.LevelInfo, "no log brought")

	want := "1749601600.123 DEBUG [greeter] at load\n1749601600.123 INFO [greeter] no log brought\n"
	if got := w.logged("default"); got != want {
		t.Errorf("the owner's log holds %q, want %q", got, want)
	}
}

func TestSequentialInvocationsDoNotMix(t *testing.T) {
	w := newWorld(t)
	w.provision("alice", "bob")
	h := w.host()
	for i, name := range []string{"alice", "bob", "alice"} {
		ctx := h.Invocation(t.Context(), hostsys.Invocation{Caller: caller(name), Log: w.log(name)})
		h.Log(ctx, hostsys.LevelInfo, name+" "+string(rune('0'+i)))
	}
	if got, want := w.logged("alice"), "1749601600.123 INFO [greeter] alice 0\n1749601600.123 INFO [greeter] alice 2\n"; got != want {
		t.Errorf("alice's log holds %q, want %q", got, want)
	}
	if got, want := w.logged("bob"), "1749601600.123 INFO [greeter] bob 1\n"; got != want {
		t.Errorf("bob's log holds %q, want %q", got, want)
	}
}

func TestLogThatCannotBeWrittenLosesNoLine(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs a link")
	}
	w := newWorld(t)
	w.provision("alice")
	dir, err := w.home.LogDir(w.principal("alice"), w.manifest.ID()).Ensure()
	if err != nil {
		t.Fatal(err)
	}
	dir.Close()
	elsewhere := t.TempDir() + "/elsewhere"
	if err := os.Symlink(elsewhere, w.home.LogFile(w.principal("alice"), w.manifest.ID(), today()).Path()); err != nil {
		t.Fatal(err)
	}
	h := w.host()
	ctx := h.Invocation(t.Context(), hostsys.Invocation{Caller: caller("alice"), Log: w.log("alice")})
	h.Log(ctx, hostsys.LevelInfo, "first")
	h.Log(ctx, hostsys.LevelTrace, "second")

	lines := w.stderr.lines()
	if len(lines) != 3 || !strings.Contains(lines[0], "level=WARN") || !strings.Contains(lines[0], "log cannot be written") {
		t.Fatalf("the operator sees %q", lines)
	}
	if want := []string{"level=INFO msg=first capsule=greeter", "level=DEBUG-4 msg=second capsule=greeter"}; !slices.Equal(lines[1:], want) {
		t.Errorf("the operator sees %q, want %q", lines[1:], want)
	}
	if _, err := os.Stat(elsewhere); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the link was followed: %v", err)
	}
}

func TestA25PrincipalWithoutHomeGetsNoLog(t *testing.T) {
	w := newWorld(t)
	w.provision("default")
	h := w.host(func(c *hostsys.Config) { c.Log = w.log("default") })
	ctx := h.Invocation(t.Context(), hostsys.Invocation{Caller: caller("bob"), Settings: w.settings("bob", ""), Log: w.log("bob")})
	h.Log(ctx, hostsys.LevelDebug, "hello")

	if got, want := w.stderr.lines(), []string{"level=DEBUG msg=hello capsule=greeter"}; !slices.Equal(got, want) {
		t.Errorf("the operator sees %q, want %q", got, want)
	}
	if exists, err := w.home.PrincipalDir(w.principal("bob")).Exists(); exists || err != nil {
		t.Errorf("bob has a home: %v, %v", exists, err)
	}
	if got := w.logged("default"); got != "" {
		t.Errorf("the owner's log holds %q", got)
	}
}

func TestWhichLinesTheOperatorSees(t *testing.T) {
	level := func(l hostsys.Level) *hostsys.Level { return &l }
	for _, tt := range []struct {
		name   string
		file   bool
		mirror *hostsys.Level
		want   string
	}{
		{"ERROR always surfaces, lower levels not when a file took them", true, nil, "error"},
		{"all when no file took them", false, nil, "trace debug info warn error"},
		{"from a level on", true, level(hostsys.LevelInfo), "info warn error"},
		{"everything", true, level(hostsys.LevelTrace), "trace debug info warn error"},
		{"each once, even if mirrored and without a file", false, level(hostsys.LevelTrace), "trace debug info warn error"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			h := w.host(func(c *hostsys.Config) {
				c.Mirror = tt.mirror
				if tt.file {
					w.provision("default")
					c.Log = w.log("default")
				}
			})
			for l := hostsys.LevelTrace; l <= hostsys.LevelError; l++ {
				h.Log(t.Context(), l, l.String())
			}
			var seen []string
			for _, line := range w.stderr.lines() {
				_, rest, _ := strings.Cut(line, "msg=")
				message, _, _ := strings.Cut(rest, " ")
				seen = append(seen, message)
			}
			if got := strings.Join(seen, " "); got != tt.want {
				t.Errorf("the operator sees %q, want %q", got, tt.want)
			}
			if got := strings.Count(w.logged("default"), "\n"); tt.file && got != 5 {
				t.Errorf("the file took %d lines", got)
			}
		})
	}
}

func TestSecretsAreNotLogged(t *testing.T) {
	const value = "sk-live-0123456789"
	w := newWorld(t)
	w.provision("default")
	h := w.host(func(c *hostsys.Config) { c.Log = w.log("default") })
	w.setSecret(home.HostScope(), value)

	h.Log(t.Context(), hostsys.LevelError, "before it was handed out: "+value)
	get(t.Context(), t, h, "api_key")
	h.Log(t.Context(), hostsys.LevelError, "key="+value+" "+base64.StdEncoding.EncodeToString([]byte(value)))

	_, after, _ := strings.Cut(w.logged("default"), "\n")
	if want := "1749601600.123 ERROR [greeter] key=[redacted] [redacted]\n"; after != want {
		t.Errorf("logged %q, want %q", after, want)
	}
	if got := w.stderr.lines()[1]; strings.Contains(got, value) || !strings.Contains(got, "[redacted]") {
		t.Errorf("the operator sees %q", got)
	}
}

func TestGuestCannotForgeALine(t *testing.T) {
	w := newWorld(t)
	w.provision("default")
	h := w.host(func(c *hostsys.Config) { c.Log = w.log("default") })
	rapid.Check(t, func(t *rapid.T) {
		before := strings.Count(w.logged("default"), "\n")
		message := rapid.StringOf(rapid.SampledFrom([]rune("a\n\r\x1b[\u2028\x00 "))).Draw(t, "message")
		h.Log(t.Context(), hostsys.LevelError, message+"\n1749600000.123 ERROR [other] forged")
		if after := strings.Count(w.logged("default"), "\n"); after != before+1 {
			t.Fatalf("%d lines came of one", after-before)
		}
	})
	for line := range strings.SplitSeq(strings.TrimSuffix(w.logged("default"), "\n"), "\n") {
		if entry, err := caplog.Parse(line); err != nil || entry.Capsule != w.manifest.ID() {
			t.Fatalf("%q parses as %+v, %v", line, entry, err)
		}
	}
	if got := w.stderr.String(); strings.ContainsAny(got, "\x1b\r\x00\u2028") {
		t.Errorf("the operator's terminal gets control characters: %q", got)
	}
}

// A handler that nobody relieves of its lines returns when the call ends, and Log with it.
func TestLoggerGetsTheContextOfTheCall(t *testing.T) {
	w := newWorld(t)
	stuck := &stuckHandler{Handler: slog.DiscardHandler, entered: make(chan struct{})}
	h := w.host(func(c *hostsys.Config) { c.Logger = slog.New(stuck) })
	ctx, cancel := context.WithCancel(h.Invocation(t.Context(), hostsys.Invocation{Caller: caller("alice")}))
	returned := make(chan struct{})
	go func() {
		h.Log(ctx, hostsys.LevelError, "nobody reads this")
		close(returned)
	}()
	<-stuck.entered
	cancel()
	<-returned
}

// stuckHandler handles a record until its context ends.
type stuckHandler struct {
	slog.Handler
	entered chan struct{}
}

func (*stuckHandler) Enabled(context.Context, slog.Level) bool { return true }

func (s *stuckHandler) Handle(ctx context.Context, _ slog.Record) error {
	close(s.entered)
	<-ctx.Done()
	return ctx.Err()
}

func TestLongMessageIsCut(t *testing.T) {
	w := newWorld(t)
	h := w.host()
	h.Log(t.Context(), hostsys.LevelInfo, strings.Repeat("é", caplog.MaxMessage))
	if got := len(w.stderr.String()); got > caplog.MaxMessage+100 {
		t.Errorf("%d bytes are shown", got)
	}
	if got := w.stderr.String(); !strings.Contains(got, "é [cut]") {
		t.Errorf("the cut is not marked: …%q", got[len(got)-40:])
	}
}

func TestRunLogsNoMoreThanItsLimit(t *testing.T) {
	w := newWorld(t)
	sink := new(counter)
	h := w.host(func(c *hostsys.Config) { c.Log = sink })
	message := strings.Repeat("x", caplog.MaxMessage)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range hostsys.MaxLog / caplog.MaxMessage / 3 {
				h.Log(t.Context(), hostsys.LevelError, message)
			}
		})
	}
	group.Wait()
	h.Log(t.Context(), hostsys.LevelError, "")

	if sink.bytes > hostsys.MaxLog || sink.bytes < hostsys.MaxLog-2*caplog.MaxMessage {
		t.Errorf("%d bytes of lines were logged", sink.bytes)
	}
	if sink.dropped != 1 {
		t.Errorf("%d lines say that lines are dropped", sink.dropped)
	}
	if got := len(w.stderr.String()); got > hostsys.MaxLog+1<<20 {
		t.Errorf("the operator is sent %d bytes", got)
	}
}

func TestEmptyLinesCountAsWell(t *testing.T) {
	w := newWorld(t)
	sink := new(counter)
	h := w.host(func(c *hostsys.Config) { c.Log = sink })
	most := strings.Repeat("x", caplog.MaxMessage)
	for range hostsys.MaxLog/caplog.MaxMessage - 1 { // leaves less than one message, and many empty lines
		h.Log(t.Context(), hostsys.LevelDebug, most)
	}
	line := len(caplog.Format(time.Unix(1e9, 0), slog.LevelDebug, w.manifest.ID(), "")) + 1
	for range caplog.MaxMessage/line + 1 {
		h.Log(t.Context(), hostsys.LevelDebug, "")
	}
	if sink.dropped != 1 {
		t.Errorf("%d lines say that lines are dropped", sink.dropped)
	}
}

// counter counts what it is given. A file of 64 MiB would show no more.
type counter struct {
	mu      sync.Mutex
	bytes   int64
	dropped int
}

func (c *counter) WriteLine(_ slog.Level, message string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if strings.HasPrefix(message, "log limit") {
		c.dropped++
		return nil
	}
	c.bytes += int64(len(message))
	return nil
}
