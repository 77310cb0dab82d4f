package cmd

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/itchyny/gojq"

	"astrid/internal/inert"
	"astrid/internal/iostreams"
)

// compileJQ prepares a jq expression. It gets no files, no environment and no input but the document.
func compileJQ(expr string) (*gojq.Code, error) {
	query, err := gojq.Parse(expr)
	if err != nil {
		return nil, usagef("--jq: %w", err)
	}
	code, err := gojq.Compile(query)
	if err != nil {
		return nil, usagef("--jq: %w", err)
	}
	return code, nil
}

// runJQ prints what an expression makes of a JSON document, a value a line: strings as they are, everything else as
// compact JSON. On a terminal strings are made inert; JSON always is.
func runJQ(ctx context.Context, streams *iostreams.Streams, code *gojq.Code, doc []byte) error {
	input, err := decodeJSON(doc)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(streams.Out)
	values := code.RunWithContext(ctx, input)
	for {
		v, ok := values.Next()
		if !ok {
			return out.Flush()
		}
		if err, ok := v.(error); ok {
			if halt, ok := errors.AsType[*gojq.HaltError](err); ok && halt.Value() == nil {
				return out.Flush()
			}
			return errors.Join(out.Flush(), fmt.Errorf("--jq: %w", err))
		}
		text, err := jqText(v, streams.IsOutTTY())
		if err != nil {
			return err
		}
		if _, err := out.WriteString(text + "\n"); err != nil {
			return err
		}
	}
}

func jqText(v any, tty bool) (string, error) {
	if s, ok := v.(string); ok {
		if tty {
			return inert.Text(s), nil
		}
		return s, nil
	}
	b, err := gojq.Marshal(v)
	return string(escapeInvisible(b)), err
}

// decodeJSON keeps numbers as they are written.
func decodeJSON(doc []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	var v any
	err := d.Decode(&v)
	return v, err
}
