package iostreams

import "os/exec"

// Attach connects a program that the operator is to work with, such as an editor, to the terminal, until release is
// called. Where there is none, it reads In and writes to Err: Out is for results, and those are the command's.
func (s *Streams) Attach(c *exec.Cmd) (release func()) {
	tty, err := s.openTerminal()
	if err != nil {
		c.Stdin, c.Stdout, c.Stderr = s.In, s.Err, s.Err
		return func() {}
	}
	c.Stdin, c.Stdout, c.Stderr = tty.in, tty.out, tty.out
	return tty.close
}
