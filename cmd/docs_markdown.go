package cmd

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// markdownPages returns the reference: a page for each command, by the name of its file.
func markdownPages(root *cobra.Command) map[string]string {
	files := map[string]string{}
	for _, c := range documented(root) {
		files[pageName(c)+".md"] = markdownPage(c)
	}
	return files
}

func markdownPage(c *cobra.Command) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s.\n\n```text\n%s\n```\n", c.CommandPath(), markdown(c.Short), c.UseLine())
	long := c.Long
	if long == c.Short {
		long = ""
	}
	for _, block := range parseLong(long) {
		switch {
		case block.heading != "":
			fmt.Fprintf(&b, "\n## %s\n", sentence(block.heading))
		case block.text != "":
			fmt.Fprintf(&b, "\n%s\n", markdown(block.text))
		case block.verbatim != "":
			fmt.Fprintf(&b, "\n```text\n%s\n```\n", block.verbatim)
		default:
			b.WriteString("\n")
			for _, t := range block.terms {
				fmt.Fprintf(&b, "- `%s`: %s\n", t.word, markdown(t.text))
			}
		}
	}
	markdownVerbs(&b, c)
	markdownTable(&b, "Flags", flagTerms(c.LocalFlags()))
	markdownTable(&b, "JSON fields", jsonFields(c))
	if c.Example != "" {
		fmt.Fprintf(&b, "\n## Examples\n\n```sh\n%s\n```\n", unindent(c.Example))
	}
	if c.HasParent() {
		fmt.Fprintf(&b, "\nSee also: [%s](%s.md)\n", c.Parent().CommandPath(), pageName(c.Parent()))
	}
	return b.String()
}

// markdownVerbs lists the verbs of a noun, and for the program all there are.
func markdownVerbs(b *strings.Builder, c *cobra.Command) {
	below := documented(c)[1:]
	if len(below) == 0 {
		return
	}
	b.WriteString("\n## Commands\n\n| | |\n|---|---|\n")
	for _, sub := range below {
		fmt.Fprintf(b, "| [%s](%s.md) | %s |\n", sub.CommandPath(), pageName(sub), cell(sub.Short))
	}
}

func markdownTable(b *strings.Builder, title string, terms []term) {
	if len(terms) == 0 {
		return
	}
	fmt.Fprintf(b, "\n## %s\n\n| | |\n|---|---|\n", title)
	for _, t := range terms {
		fmt.Fprintf(b, "| `%s` | %s |\n", strings.ReplaceAll(t.word, "|", `\|`), cell(t.text))
	}
}

// markdown makes text mean itself.
func markdown(text string) string {
	return strings.NewReplacer(`\`, `\\`, "<", `\<`, "*", `\*`, "_", `\_`, "`", "\\`", "[", `\[`).Replace(text)
}

func cell(text string) string { return strings.ReplaceAll(markdown(text), "|", `\|`) }

// sentence turns a heading of capitals into one for a page.
func sentence(heading string) string { return heading[:1] + strings.ToLower(heading[1:]) }
