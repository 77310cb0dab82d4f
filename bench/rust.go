package main

import (
	"bufio"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// peer is the program in rust/, which measures wasmtime's typed API by itself and answers each line with nanoseconds.
type peer struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

func startPeer(program string, args ...string) (*peer, error) {
	p := &peer{cmd: exec.Command(program, args...)}
	var err error
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = bufio.NewReader(out)
	return p, p.cmd.Start()
}

// measure asks for n operations of a kind.
func (p *peer) measure(kind string, n int) (time.Duration, error) {
	if _, err := fmt.Fprintf(p.in, "%s %d\n", kind, n); err != nil {
		return 0, err
	}
	line, err := p.out.ReadString('\n')
	if err != nil {
		return 0, err
	}
	ns, err := strconv.ParseInt(strings.TrimSpace(line), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s: %s", kind, strings.TrimSpace(line))
	}
	return time.Duration(ns), nil
}

func (p *peer) close() {
	_ = p.in.Close()
	_ = p.cmd.Wait() // it ends with its input
}
