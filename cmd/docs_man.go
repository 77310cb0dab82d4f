package cmd

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// manPages returns a page of section 1 for each command, by the name of its file. They bear no date, so that a
// release is the same whenever it is made.
func manPages(root *cobra.Command) map[string]string {
	files := map[string]string{}
	for _, c := range documented(root) {
		files[pageName(c)+".1"] = manPage(c)
	}
	return files
}

func manPage(c *cobra.Command) string {
	var b strings.Builder
	fmt.Fprintf(&b, ".TH %s 1 \"\" \"%s\" \"Astrid Manual\"\n", strings.ToUpper(pageName(c)), roff(c.Root().Name()))
	b.WriteString(".ad l\n") // a line of a list without spaces cannot be justified
	fmt.Fprintf(&b, ".SH NAME\n%s \\- %s\n", roff(pageName(c)), roff(c.Short))
	fmt.Fprintf(&b, ".SH SYNOPSIS\n%s\n", manVerbatim(c.UseLine()))
	long := c.Long
	if long == "" {
		long = c.Short + "."
	}
	b.WriteString(".SH DESCRIPTION\n")
	first := true
	for _, block := range parseLong(long) {
		switch {
		case block.heading != "":
			fmt.Fprintf(&b, ".SH %s\n", roff(block.heading))
		case block.text != "" && first:
			fmt.Fprintf(&b, "%s\n", roff(block.text))
		case block.text != "":
			fmt.Fprintf(&b, ".PP\n%s\n", roff(block.text))
		case block.verbatim != "":
			b.WriteString(manVerbatim(block.verbatim) + "\n")
		default:
			manTerms(&b, block.terms)
		}
		first = block.heading != ""
	}
	for _, section := range []struct {
		title string
		terms []term
	}{
		{"COMMANDS", manVerbs(c)},
		{"OPTIONS", flagTerms(c.LocalFlags())},
		{"JSON FIELDS", jsonFields(c)},
	} {
		if len(section.terms) > 0 {
			fmt.Fprintf(&b, ".SH %s\n", section.title)
			manTerms(&b, section.terms)
		}
	}
	if c.Example != "" {
		fmt.Fprintf(&b, ".SH EXAMPLES\n%s\n", manVerbatim(unindent(c.Example)))
	}
	if c.HasParent() {
		fmt.Fprintf(&b, ".SH SEE ALSO\n.BR %s (1)\n", roff(pageName(c.Parent())))
	}
	return b.String()
}

func manVerbs(c *cobra.Command) []term {
	var verbs []term
	for _, sub := range documented(c)[1:] {
		verbs = append(verbs, term{sub.CommandPath(), sub.Short + "; see " + pageName(sub) + "(1)"})
	}
	return verbs
}

func manTerms(b *strings.Builder, terms []term) {
	for _, t := range terms {
		fmt.Fprintf(b, ".TP\n\\fB%s\\fR\n%s\n", roff(t.word), breakable(roff(t.text)))
	}
}

// breakable lets a list without spaces go on in another line after each comma.
func breakable(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, ",", `,\:`), `,\: `, ", ")
}

func manVerbatim(text string) string { return ".PP\n.nf\n" + roff(text) + "\n.fi" }

// roff makes text mean itself. A hyphen is written so that it is one after copying, too.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(text)
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			lines[i] = `\&` + line
		}
	}
	return strings.Join(lines, "\n")
}
