package cmd

import (
	"bytes"
	"context"
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/itchyny/gojq"
	"github.com/spf13/cobra"
)

// field is one named value that a command can report about a T: a member of the JSON object, and a word that --json
// takes. The documentation of the command tells its name and type.
type field[T any] struct {
	name string
	typ  reflect.Type
	get  func(T) any
}

// jsonField makes a field of what get returns. A pointer is null where it is nil, and so is a slice.
func jsonField[T, V any](name string, get func(T) V) field[T] {
	return field[T]{name, reflect.TypeFor[V](), func(rec T) any { return get(rec) }}
}

// jsonFieldIf is jsonField of what there is of some records only; of others it is null.
func jsonFieldIf[T, V any](name string, has func(T) bool, get func(T) V) field[T] {
	return jsonField(name, func(rec T) *V {
		if !has(rec) {
			return nil
		}
		return new(get(rec))
	})
}

// reporter is what a command reports as JSON, once its flags are known: which fields, and what --jq makes of them.
type reporter[T any] struct {
	app    *app
	fields []field[T]
	flag   string
	expr   string

	chosen []field[T] // none where no JSON is wanted
	filter *gojq.Code // nil without --jq
}

// jsonFieldsAnnotation holds the names and types of the fields of a command that takes --json, in lines of two words.
const jsonFieldsAnnotation = "astrid/json-fields"

// addJSON gives a command the flags --json FIELDS and --jq EXPRESSION.
func addJSON[T any](a *app, c *cobra.Command, fields ...field[T]) *reporter[T] {
	r := &reporter[T]{app: a, fields: fields}
	names := make([]string, len(fields))
	var annotation strings.Builder
	for i, f := range fields {
		names[i] = f.name
		fmt.Fprintf(&annotation, "%s %s\n", f.name, jsonType(f.typ))
	}
	c.Flags().StringVar(&r.flag, "json", "", "print these `fields` as JSON: "+strings.Join(names, ","))
	c.Flags().StringVar(&r.expr, "jq", "", "print what this jq `expression` makes of the JSON, of all fields without --json")
	if c.Annotations == nil {
		c.Annotations = map[string]string{}
	}
	c.Annotations[jsonFieldsAnnotation] = annotation.String()
	_ = c.RegisterFlagCompletionFunc("json", completeFields(names)) // the flag exists
	_ = c.RegisterFlagCompletionFunc("jq", cobra.NoFileCompletions) // the flag exists
	before := c.PreRunE
	c.PreRunE = func(c *cobra.Command, args []string) error {
		if err := r.parse(c); err != nil {
			return err
		}
		if before != nil {
			return before(c, args)
		}
		return nil
	}
	return r
}

// parse reads the flags before the command does anything: what is wrong with them must not be found out after it is
// done.
func (r *reporter[T]) parse(c *cobra.Command) (err error) {
	switch {
	case c.Flags().Changed("json"):
		r.chosen, err = r.selected(c)
	case c.Flags().Changed("jq"):
		r.chosen = r.fields
	}
	if err == nil && c.Flags().Changed("jq") {
		r.filter, err = compileJQ(r.expr)
	}
	return err
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
	var names []string
	for line := range strings.Lines(c.Annotations[jsonFieldsAnnotation]) {
		name, _, _ := strings.Cut(line, " ")
		names = append(names, name)
	}
	return withHint(usagef("--json takes a comma-separated list of fields"), "fields: %s", strings.Join(names, ","))
}

// wanted reports whether JSON is wanted.
func (r *reporter[T]) wanted() bool { return len(r.chosen) > 0 }

// shows reports whether the report has that field, which may be costly to have.
func (r *reporter[T]) shows(name string) bool {
	return !r.wanted() || slices.ContainsFunc(r.chosen, func(f field[T]) bool { return f.name == name })
}

func (r *reporter[T]) selected(c *cobra.Command) ([]field[T], error) {
	var out []field[T]
	for name := range strings.SplitSeq(r.flag, ",") {
		named := func(f field[T]) bool { return f.name == strings.TrimSpace(name) }
		i := slices.IndexFunc(r.fields, named)
		if i < 0 {
			return nil, jsonUsage(c)
		}
		if !slices.ContainsFunc(out, named) { // an object has a member once
			out = append(out, r.fields[i])
		}
	}
	return out, nil
}

// one prints one record as a JSON object, and many prints a list of them as an array: fields in the order asked
// for, one object or array on one line. With --jq they print what that makes of it.
func (r *reporter[T]) one(c *cobra.Command, rec T) error {
	var b bytes.Buffer
	if err := r.object(&b, rec); err != nil {
		return err
	}
	return r.emit(c.Context(), b.Bytes())
}

func (r *reporter[T]) many(c *cobra.Command, recs []T) error {
	var b bytes.Buffer
	b.WriteByte('[')
	for i, rec := range recs {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := r.object(&b, rec); err != nil {
			return err
		}
	}
	b.WriteByte(']')
	return r.emit(c.Context(), b.Bytes())
}

func (r *reporter[T]) emit(ctx context.Context, doc []byte) error {
	if r.filter != nil {
		return runJQ(ctx, r.app.io, r.filter, doc)
	}
	_, err := r.app.io.Out.Write(append(doc, '\n'))
	return err
}

// object writes the fields in the order that they were asked for, which encoding a map would lose.
func (r *reporter[T]) object(b *bytes.Buffer, rec T) error {
	b.WriteByte('{')
	for i, f := range r.chosen {
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

// jsonType says in words what a value of a Go type is in JSON.
func jsonType(t reflect.Type) string {
	if t.Implements(reflect.TypeFor[encoding.TextMarshaler]()) {
		return "string"
	}
	switch t.Kind() {
	case reflect.Pointer:
		return jsonType(t.Elem()) + " or null"
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "boolean"
	case reflect.Slice:
		return "array of " + jsonType(t.Elem()) + " or null"
	case reflect.Map:
		return "object of " + jsonType(t.Elem()) + " or null"
	case reflect.Struct:
		members := make([]string, 0, t.NumField())
		for f := range t.Fields() {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			members = append(members, name+": "+jsonType(f.Type))
		}
		return "{" + strings.Join(members, ", ") + "}"
	case reflect.Interface:
		return "any"
	}
	return "number" // nothing else is reported
}
