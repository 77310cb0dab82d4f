package cmd

import (
	"bufio"
	"io"
	"strings"

	"github.com/charmbracelet/lipgloss"
)

// table prints rows under a header. On a terminal columns are aligned and the header is bold, and where they do not fit
// side by side, each row is a paragraph with a line for each column; piped, values are separated by tabs and there is
// no header, which is what cut and awk want.
func (a *app) table(header []string, rows [][]string) {
	out := bufio.NewWriter(a.io.Out)
	defer func() { _ = out.Flush() }() // what does not arrive is noticed where the command ends
	if !a.io.IsOutTTY() {
		for _, row := range rows {
			_, _ = out.WriteString(strings.Join(row, "\t") + "\n")
		}
		return
	}
	widths := make([]int, len(header))
	for _, row := range append([][]string{header}, rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], lipgloss.Width(cell))
		}
	}
	if fits(widths, a.io.Width()) {
		a.columns(out, widths, header, rows)
	} else {
		a.paragraphs(out, header, rows)
	}
}

// columnGap is the number of blanks between two columns.
const columnGap = 2

// fits reports whether columns can be read on a terminal of some width: the last one may be wrapped if a third of the
// line is left for it.
func fits(widths []int, width int) bool {
	last := len(widths) - 1
	before := last * columnGap
	for _, w := range widths[:last] {
		before += w
	}
	return before+min(widths[last], width/3) <= width
}

func (a *app) columns(out io.StringWriter, widths []int, header []string, rows [][]string) {
	for n, row := range append([][]string{header}, rows...) {
		var b strings.Builder
		for i, cell := range row {
			text := cell
			if n == 0 {
				text = a.paintOut(headStyle, cell)
			}
			b.WriteString(text)
			if i < len(row)-1 {
				b.WriteString(strings.Repeat(" ", widths[i]-lipgloss.Width(cell)+columnGap))
			}
		}
		_, _ = out.WriteString(b.String() + "\n")
	}
}

func (a *app) paragraphs(out io.StringWriter, header []string, rows [][]string) {
	width := 0
	for _, h := range header {
		width = max(width, lipgloss.Width(h))
	}
	for n, row := range rows {
		if n > 0 {
			_, _ = out.WriteString("\n")
		}
		for i, cell := range row {
			line := a.paintOut(headStyle, header[i])
			if cell != "" {
				line += strings.Repeat(" ", width-lipgloss.Width(header[i])+1) + cell
			}
			_, _ = out.WriteString(line + "\n")
		}
	}
}
