package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// table prints rows in markdown, a group as soon as all of it has been measured: each subject in a column of its own,
// with the ratio of the first one to it.
type table struct {
	out   io.Writer
	group []*row
}

func newTable(out io.Writer) *table { return &table{out: out} }

func (t *table) add(r *row) {
	if len(t.group) > 0 && t.group[0].group != r.group {
		t.flush()
	}
	t.group = append(t.group, r)
}

func (t *table) flush() {
	var columns []string
	for _, r := range t.group {
		for _, s := range r.subjects {
			if !slices.Contains(columns, s.column) {
				columns = append(columns, s.column)
			}
		}
	}
	if len(columns) == 0 {
		return
	}
	fmt.Fprintf(t.out, "| %s | %s |\n|---|%s\n", t.group[0].group, strings.Join(columns, " | "), strings.Repeat("--:|", len(columns)))
	for _, r := range t.group {
		cells := make([]string, len(columns))
		for i, s := range r.subjects {
			cell := r.unit.format(median(s.perOp))
			if i > 0 {
				cell += fmt.Sprintf(" (%.2f)", r.ratio(s))
			}
			cells[slices.Index(columns, s.column)] = cell
		}
		fmt.Fprintf(t.out, "| %s | %s |\n", r.name, strings.Join(cells, " | "))
	}
	fmt.Fprintln(t.out)
	t.group = nil
}

func (u unit) format(v float64) string {
	switch u {
	case unitRate:
		return fmt.Sprintf("%.0f/s", 1e9/v)
	case unitBytes:
		return fmt.Sprintf("%.1f MB", v/1e6)
	}
	switch d := time.Duration(v); {
	case d < 10*time.Microsecond:
		return fmt.Sprintf("%.0f ns", v)
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.1f µs", v/1e3)
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f ms", v/1e6)
	}
	return fmt.Sprintf("%.2f s", v/1e9)
}
