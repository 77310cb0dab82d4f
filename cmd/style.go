package cmd

import (
	"io"
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"
)

// style names what a piece of text is; the looks are here and nowhere else.
type style int

const (
	errorStyle style = iota
	hintStyle
	goodStyle
	badStyle
	headStyle
	dimStyle
)

// render styles text for a stream, or returns it as it is when the stream has no colour. The renderer is told its
// profile: left alone, lipgloss would ask the terminal.
func render(w io.Writer, color bool, s style, text string) string {
	if !color {
		return text
	}
	r := lipgloss.NewRenderer(w)
	r.SetColorProfile(termenv.ANSI)
	look := r.NewStyle()
	switch s {
	case errorStyle, badStyle:
		look = look.Foreground(lipgloss.Color("1")).Bold(true)
	case goodStyle:
		look = look.Foreground(lipgloss.Color("2"))
	case headStyle:
		look = look.Bold(true)
	case hintStyle, dimStyle:
		look = look.Faint(true)
	}
	return look.Render(text)
}

// paint styles text for stderr.
func (a *app) paint(s style, text string) string { return render(a.io.Err, a.io.ColorErr(), s, text) }

// paintOut styles text for stdout.
func (a *app) paintOut(s style, text string) string {
	return render(a.io.Out, a.io.ColorOut(), s, text)
}

// wrap breaks text between words into lines of at most width columns, where words allow.
func wrap(text string, width int) []string {
	lines := []string{""}
	for word := range strings.FieldsSeq(text) {
		last := &lines[len(lines)-1]
		switch {
		case *last == "":
			*last = word
		case lipgloss.Width(*last)+1+lipgloss.Width(word) <= width:
			*last += " " + word
		default:
			lines = append(lines, word)
		}
	}
	return lines
}
