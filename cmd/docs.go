package cmd

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// docsCmd writes what is packaged beside the program, from the commands themselves. It is for releases and for
// docs/cli, and no part of what the program promises.
func (a *app) docsCmd() *cobra.Command {
	kinds := []string{"markdown", "man", "completions"}
	c := &cobra.Command{
		Use:       "docs " + strings.Join(kinds, "|") + " <dir>",
		Short:     "Write the reference, the man pages or the shell completions into a directory",
		Hidden:    true,
		Args:      usageArgs(cobra.ExactArgs(2)),
		ValidArgs: kinds,
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		switch args[0] {
		case "markdown":
			return writeFiles(args[1], markdownPages(c.Root()))
		case "man":
			return writeFiles(args[1], manPages(c.Root()))
		case "completions":
			files, err := completionScripts(c.Root())
			if err != nil {
				return err
			}
			return writeFiles(args[1], files)
		}
		return usagef("%s writes one of %s", c.CommandPath(), strings.Join(kinds, ", "))
	}
	return c
}

// writeFiles makes a directory hold these files, and of those that an earlier call for the same program wrote no
// others.
func writeFiles(dir string, files map[string]string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	old, err := filepath.Glob(filepath.Join(dir, "astrid*"))
	if err != nil {
		return err
	}
	for _, path := range old {
		if _, ok := files[filepath.Base(path)]; !ok {
			if err := os.Remove(path); err != nil {
				return err
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(files[name]), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func completionScripts(root *cobra.Command) (map[string]string, error) {
	files := map[string]string{}
	for name, shell := range map[string]string{"astrid.bash": "bash", "astrid.zsh": "zsh", "astrid.fish": "fish", "astrid.ps1": "powershell"} {
		var b bytes.Buffer
		if err := writeCompletion(&b, root, shell, true); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		files[name] = b.String()
	}
	return files, nil
}

// documented returns a command and those below it that have a page, in the order of their names.
func documented(c *cobra.Command) []*cobra.Command {
	if c.Hidden || c.Name() == "help" {
		return nil
	}
	c.InitDefaultHelpFlag() // as it is once a command runs: the usage line mentions flags where there are any
	all := []*cobra.Command{c}
	for _, sub := range c.Commands() {
		all = append(all, documented(sub)...)
	}
	return all
}

// pageName is the name of a command's page, without its suffix.
func pageName(c *cobra.Command) string { return strings.ReplaceAll(c.CommandPath(), " ", "-") }

// A docBlock is a piece of a command's long help: exactly one of its parts.
type docBlock struct {
	heading  string
	text     string
	terms    []term
	verbatim string
}

// term is a line of an indented list: a word and what it means.
type term struct{ word, text string }

// parseLong takes a long help apart. It is written for a terminal: a line of capitals is a heading, unindented lines
// are a paragraph, and indented ones are a list if each has a word, two blanks or more, and a text.
func parseLong(long string) []docBlock {
	var blocks []docBlock
	var lines []string
	end := func() {
		if len(lines) > 0 {
			blocks = append(blocks, parseBlock(lines))
		}
		lines = nil
	}
	for line := range strings.Lines(long) {
		line = strings.TrimRight(line, " \n")
		switch {
		case line == "":
			end()
			continue
		case len(lines) > 0 && (isIndented(lines[0]) != isIndented(line) || isHeading(lines[0])):
			end()
		}
		lines = append(lines, line)
	}
	end()
	return blocks
}

func isIndented(line string) bool { return strings.HasPrefix(line, "  ") }

func isHeading(line string) bool { return line == strings.ToUpper(line) && !isIndented(line) }

func parseBlock(lines []string) docBlock {
	switch {
	case isHeading(lines[0]):
		return docBlock{heading: lines[0]}
	case !isIndented(lines[0]):
		return docBlock{text: strings.Join(lines, " ")}
	}
	var terms []term
	for _, line := range lines {
		line = strings.TrimPrefix(line, "  ")
		word, text, ok := strings.Cut(line, "  ")
		switch {
		case isIndented(line) && len(terms) > 0: // goes on with the line before
			terms[len(terms)-1].text += " " + strings.TrimSpace(line)
		case ok && word != "":
			terms = append(terms, term{word, strings.TrimSpace(text)})
		default:
			return docBlock{verbatim: unindent(strings.Join(lines, "\n"))}
		}
	}
	return docBlock{terms: terms}
}

// unindent takes the two blanks away that help has before each line of an example.
func unindent(text string) string {
	return strings.TrimPrefix(strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n  ", "\n"), "  ")
}

// jsonFields returns the fields that a command reports, each with its type.
func jsonFields(c *cobra.Command) []term {
	var fields []term
	for line := range strings.Lines(c.Annotations[jsonFieldsAnnotation]) {
		name, typ, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		fields = append(fields, term{name, typ})
	}
	return fields
}
