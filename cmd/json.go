package cmd

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

// field is one named value that a command can report about a T. The same list makes the JSON object, the columns of
// the table, and the completion of --json.
type field[T any] struct {
	name string
	get  func(T) any
}

// report describes what a command reports: its fields, and which of them --json was given.
type reporter[T any] struct {
	app    *app
	fields []field[T]
	flag   string
}

// jsonFieldsAnnotation holds the field names of a command that takes --json, for messages about the flag.
const jsonFieldsAnnotation = "astrid/json-fields"

// addJSON gives a command the flag --json FIELDS.
func addJSON[T any](a *app, c *cobra.Command, fields ...field[T]) *reporter[T] {
	r := &reporter[T]{app: a, fields: fields}
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
	}
	c.Flags().StringVar(&r.flag, "json", "", "print these `fields` as JSON: "+strings.Join(names, ","))
	if c.Annotations == nil {
		c.Annotations = map[string]string{}
	}
	c.Annotations[jsonFieldsAnnotation] = strings.Join(names, ",")
	_ = c.RegisterFlagCompletionFunc("json", completeFields(names)) // the flag exists
	before := c.PreRunE
	c.PreRunE = func(c *cobra.Command, args []string) error {
		if c.Flags().Changed("json") {
			a.json = true
			if _, err := r.selected(c); err != nil {
				return err
			}
		}
		if before != nil {
			return before(c, args)
		}
		return nil
	}
	return r
}

// completeFields completes a comma-separated list of names.
func completeFields(names []string) cobra.CompletionFunc {
	return func(_ *cobra.Command, _ []string, toComplete string) ([]string, cobra.ShellCompDirective) {
		done := ""
		if i := strings.LastIndexByte(toComplete, ','); i >= 0 {
			done = toComplete[:i+1]
		}
		var out []string
		for _, n := range names {
			if !slices.Contains(strings.Split(done, ","), n) {
				out = append(out, done+n)
			}
		}
		return out, cobra.ShellCompDirectiveNoSpace | cobra.ShellCompDirectiveNoFileComp
	}
}

// jsonUsage is the error for a --json that names no field or an unknown one: it lists them.
func jsonUsage(c *cobra.Command) error {
	return withHint(usagef("--json takes a comma-separated list of fields"), "fields: %s", c.Annotations[jsonFieldsAnnotation])
}

// wanted reports whether --json was given.
func (r *reporter[T]) wanted() bool { return r.flag != "" }

func (r *reporter[T]) selected(c *cobra.Command) ([]field[T], error) {
	var out []field[T]
	for name := range strings.SplitSeq(r.flag, ",") {
		i := slices.IndexFunc(r.fields, func(f field[T]) bool { return f.name == strings.TrimSpace(name) })
		if i < 0 {
			return nil, jsonUsage(c)
		}
		out = append(out, r.fields[i])
	}
	return out, nil
}

// one prints one record as a JSON object, and many prints a list of them as an array: fields in the order asked
// for, one object or array on one line.
func (r *reporter[T]) one(c *cobra.Command, rec T) error {
	fields, err := r.selected(c)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := r.object(&b, fields, rec); err != nil {
		return err
	}
	b.WriteByte('\n')
	_, err = r.app.io.Out.Write(b.Bytes())
	return err
}

func (r *reporter[T]) many(c *cobra.Command, recs []T) error {
	fields, err := r.selected(c)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	b.WriteByte('[')
	for i, rec := range recs {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := r.object(&b, fields, rec); err != nil {
			return err
		}
	}
	b.WriteString("]\n")
	_, err = r.app.io.Out.Write(b.Bytes())
	return err
}

// object writes the fields in the order that they were asked for, which encoding a map would lose.
func (r *reporter[T]) object(b *bytes.Buffer, fields []field[T], rec T) error {
	b.WriteByte('{')
	for i, f := range fields {
		if i > 0 {
			b.WriteByte(',')
		}
		var buf bytes.Buffer
		enc := json.NewEncoder(&buf)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(f.get(rec)); err != nil {
			return err
		}
		b.WriteString(`"` + f.name + `":`)
		b.Write(escapeInvisible(bytes.TrimSuffix(buf.Bytes(), []byte("\n"))))
	}
	b.WriteByte('}')
	return nil
}

// escapeInvisible replaces what is no graphic character, such as the C1 controls and bidirectional overrides, by its
// JSON escape. JSON itself lets all of them stand from DEL up. Only strings can hold them, so the data stays the same.
func escapeInvisible(text []byte) []byte {
	hidden := func(r rune) bool { return !unicode.IsGraphic(r) }
	if bytes.IndexFunc(text, hidden) < 0 {
		return text
	}
	out := make([]byte, 0, len(text)+16)
	for _, r := range string(text) {
		if !hidden(r) {
			out = utf8.AppendRune(out, r)
			continue
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			out = fmt.Appendf(out, `\u%04x`, unit)
		}
	}
	return out
}
