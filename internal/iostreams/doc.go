// Package iostreams holds the three streams of a command and what is known about them: whether they are terminals,
// how wide, and whether to colour. It is the only package that asks, the terminal about itself and the operator at
// it. Tests make streams of buffers.
package iostreams
