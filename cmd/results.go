package cmd

import (
	"fmt"
	"io"
)

// results is stdout, and remembers whether all that went there arrived: a full disk must not look like a short list.
type results struct {
	io.Writer
	err error
}

func (r *results) Write(p []byte) (int, error) {
	n, err := r.Writer.Write(p)
	if err != nil && r.err == nil {
		r.err = fmt.Errorf("the output is not complete: %w", err)
	}
	return n, err
}
