package inspect

import (
	"encoding/binary"
	"errors"
	"fmt"
	"unicode/utf8"
)

// Producer is a tool or language that a file names as having had a part in making it. Field is language,
// processed-by or sdk, or what a later convention knows.
type Producer struct {
	Field   string `json:"field"`
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Bounds on what is reported. Honest files have a handful of either.
const (
	maxProducers = 1000
	maxCustoms   = 10_000
)

// custom reports a custom section.
func (in *inspector) custom(name string, data []byte, offset int) {
	r := in.report
	switch len(r.Customs) {
	case maxCustoms:
		return
	case maxCustoms - 1:
		r.Problems = append(r.Problems, fmt.Sprintf("only the first %d custom sections are looked at", maxCustoms))
	}
	r.Customs = append(r.Customs, Custom{name, offset, len(data)})
	if name != "producers" {
		return
	}
	producers, err := parseProducers(data)
	if err != nil {
		in.problem(name, offset, err)
	}
	for _, p := range producers {
		if !in.producers[p] && len(r.Producers) < maxProducers {
			in.producers[p] = true
			r.Producers = append(r.Producers, p)
		}
	}
}

var errProducers = errors.New("it is not well formed")

// parseProducers reads a producers section (tool-conventions, ProducersSection.md): fields, each with names and
// versions. What was read before an error is returned with it.
func parseProducers(data []byte) ([]Producer, error) {
	r := &producersReader{rest: data}
	var out []Producer
	for range r.count() {
		field := r.name()
		for range r.count() {
			p := Producer{field, r.name(), r.name()}
			if r.bad {
				return out, errProducers
			}
			if out = append(out, p); len(out) == maxProducers {
				return out, nil
			}
		}
		if r.bad {
			return out, errProducers
		}
	}
	if r.bad || len(r.rest) > 0 {
		return out, errProducers
	}
	return out, nil
}

// producersReader reads until something is wrong; then everything reads as empty.
type producersReader struct {
	rest []byte
	bad  bool
}

// count reads the length of a vector of elements of at least a byte each.
func (r *producersReader) count() int {
	n, size := binary.Uvarint(r.rest)
	if r.bad || size <= 0 || n > uint64(len(r.rest)-size) {
		r.bad = true
		return 0
	}
	r.rest = r.rest[size:]
	return int(n)
}

func (r *producersReader) name() string {
	n := r.count()
	name := r.rest[:n]
	if r.bad || !utf8.Valid(name) {
		r.bad = true
		return ""
	}
	r.rest = r.rest[n:]
	return string(name)
}
