package manifest

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pelletier/go-toml/v2"
)

// treeSeeds are documents about which key may follow which, valid and not.
func treeSeeds() []string {
	return []string{
		"",
		"a = 1\nb.c = 'x'\nb.d = [1, 2, {e = 1.5}]\n",
		"[a]\n[a]\n",
		"[a.b]\n[a]\nc = 1\n",
		"[a.b]\n[a]\nb.c = 1\n",
		"[a]\nb.c = 1\n[a.b]\n",
		"[a]\nb.c = 1\n[a.b.d]\n",
		"a = {b = 1}\na.c = 2\n",
		"a = {b = 1}\n[a.c]\n",
		"a = {b.c = 1, b.d = 2}\n",
		"a = {b = 1, b = 2}\n",
		"a = [{b = 1}]\n[[a]]\n",
		"a = []\n[[a]]\n",
		"[[a]]\nb = 1\n[[a]]\nb = 2\n[a.c]\nd = 3\n[[a.e]]\n[[a.e]]\n",
		"[[a]]\n[a]\n",
		"[a]\n[[a]]\n",
		"[[a.b]]\n[a]\nc = 1\n",
		"[a.b]\n[[a]]\n",
		"a = 1\n[a.b]\n",
		"a.b = 1\na = 2\n",
		"a = 1\na = 1\n",
		"a.b.c = 1\na.b = 2\n",
		"'' = 1\n\"a.b\" = 2\na.b = 3\n",
		"a = 0x_1\n",
		"a = 0xff\nb = 0o17\nc = 0b1_0\nd = -0\ne = +1_000\n",
		"a = 9223372036854775807\nb = -9223372036854775808\n",
		"a = 9223372036854775808\n",
		"a = 1e400\n",
		"a = 1_0.0_1e+0_1\nb = inf\nc = -inf\nd = nan\ne = -0.0\n",
		"a = 1979-05-27\nb = 07:32:00.5\nc = 1979-05-27 07:32:00\nd = 1979-05-27t07:32:00z\n",
		"a = 1979-02-30\n",
		"a = \"\\u00e9\\n\"\nb = \"\"\"\n x\\\n   y\"\"\"\nc = '''\n'z''''\n",
		"a = \"\xff\"\n",
		"a = 'x\n",
		"[a\n",
		"a = [1, 2\n",
		"[]\n",
		"# \x1b\n",
	}
}

// TestTreeAgainstDecoder holds the tree against go-toml's own decoder, which knows TOML by another road.
func TestTreeAgainstDecoder(t *testing.T) {
	for _, doc := range treeSeeds() {
		t.Run(fmt.Sprintf("%.40q", doc), func(t *testing.T) { compareTree(t, doc) })
	}
}

func FuzzTree(f *testing.F) {
	for _, doc := range treeSeeds() {
		f.Add(doc)
	}
	f.Fuzz(func(t *testing.T, doc string) {
		if len(doc) > 4096 {
			return // the other decoder is slow
		}
		compareTree(t, doc)
	})
}

func compareTree(t *testing.T, doc string) {
	root, err := readTree(slices.Clip([]byte(doc)))
	var want map[string]any
	wantErr := toml.Unmarshal([]byte(doc), &want)
	var syntax *fault
	if err != nil {
		if !errors.As(err, &syntax) || syntax.pos < 0 || syntax.pos > len(doc) {
			t.Fatalf("readTree: %#v, want a fault inside the document", err)
		}
		if wantErr == nil && !strings.HasPrefix(syntax.reason, "nested deeper") {
			t.Fatalf("readTree refuses at %d (%v) what the decoder takes", syntax.pos, err)
		}
		return
	}
	if wantErr != nil {
		t.Fatalf("readTree takes what the decoder refuses: %v", wantErr)
	}
	if got, want := string(appendJSON(nil, withoutTimes(root))), string(appendJSON(nil, fromAny(want))); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// fromAny makes a tree of what the decoder gives.
func fromAny(v any) *node {
	switch v := v.(type) {
	case map[string]any:
		n := &node{kind: kindTable, fields: map[string]*node{}}
		for key := range maps.Keys(v) {
			n.fields[key] = fromAny(v[key])
		}
		return n
	case []any:
		n := &node{kind: kindArray}
		for _, item := range v {
			n.items = append(n.items, fromAny(item))
		}
		return n
	case string:
		return &node{kind: kindString, text: v}
	case float64:
		return &node{kind: kindFloat, text: formatFloat(v)}
	case time.Time, toml.LocalDateTime, toml.LocalTime, toml.LocalDate:
		return &node{kind: kindTime}
	default:
		return &node{kind: kindInteger, text: fmt.Sprint(v)}
	}
}

// withoutTimes empties the times below n: the decoder does not keep how their fractions are written.
func withoutTimes(n *node) *node {
	if n.kind == kindTime {
		n.text = ""
	}
	for _, child := range n.fields {
		withoutTimes(child)
	}
	for _, item := range n.items {
		withoutTimes(item)
	}
	return n
}

func TestTreeDepth(t *testing.T) {
	brackets := func(n int) string { return "a = " + strings.Repeat("[", n) + strings.Repeat("]", n) }
	tests := []struct {
		name, doc string
		ok        bool
	}{
		{"array at the limit", brackets(maxDepth), true},
		{"array over it", brackets(maxDepth + 1), false},
		{"array far over it", brackets(100_000), false},
		{"open array", "a = " + strings.Repeat("[", 100_000), false},
		{"dotted key", strings.Repeat("a.", maxDepth-1) + "a = 1", true},
		{"dotted key over it", strings.Repeat("a.", maxDepth) + "a = 1", false},
		{"header", "[" + strings.Repeat("a.", maxDepth-1) + "a]", true},
		{"header over it", "[" + strings.Repeat("a.", maxDepth) + "a]", false},
		{"header and inline table", "[" + strings.Repeat("a.", maxDepth-1) + "a]\nb = 1", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := readTree([]byte(test.doc)); (err == nil) != test.ok {
				t.Errorf("got %v, want success %v", err, test.ok)
			}
		})
	}
}

func TestTimeText(t *testing.T) {
	tests := []struct{ in, want string }{
		{"1979-05-27T07:32:00Z", "1979-05-27T07:32:00Z"},
		{"1979-05-27 07:32:00z", "1979-05-27T07:32:00Z"},
		{"1979-05-27t07:32:00.120000-07:00", "1979-05-27T07:32:00.120000-07:00"},
		{"1979-05-27 07:32Z", "1979-05-27T07:32:00Z"},
		{"1979-05-27T07:32+01:00", "1979-05-27T07:32:00+01:00"},
		{"1979-05-27T07:32:00", "1979-05-27T07:32:00"},
		{"1979-05-27", "1979-05-27"},
		{"07:32:00.999", "07:32:00.999"},
		{"07:32", "07:32:00"},
		{"1979-13-27", ""},
		{"1979-05-27T7:32:00Z", ""},
		{"1979-05-27T24:32:00Z", ""},
		{"1979-05-27T07:32:60Z", ""},
		{"1979-05-27T07:32:00Z12", ""},
		{"07:3", ""},
		{"07:", ""},
	}
	for _, test := range tests {
		root, err := readTree([]byte("a = " + test.in))
		got := ""
		if err == nil {
			got = root.fields["a"].text
		}
		if got != test.want {
			t.Errorf("%s: got %q (%v), want %q", test.in, got, err, test.want)
		}
	}
}

func TestFormatFloat(t *testing.T) {
	tests := []struct {
		in   float64
		want string
	}{
		{5, "5.0"},
		{0, "0.0"},
		{math.Copysign(0, -1), "-0.0"},
		{-1.5, "-1.5"},
		{0.1, "0.1"},
		{1e15, "1000000000000000.0"},
		{1e16, "1e16"},
		{1.5e16, "1.5e16"},
		{123456789012345680, "1.2345678901234568e17"},
		{1234567890123456.7, "1234567890123456.8"},
		{1e-5, "0.00001"},
		{1.25e-5, "0.0000125"},
		{1e-6, "1e-6"},
		{1e-7, "1e-7"},
		{-1.5e-7, "-1.5e-7"},
		{5e-324, "5e-324"},
		{math.MaxFloat64, "1.7976931348623157e308"},
		{math.NaN(), "null"},
		{math.Inf(1), "null"},
		{math.Inf(-1), "null"},
	}
	for _, test := range tests {
		if got := formatFloat(test.in); got != test.want {
			t.Errorf("%g: got %s, want %s", test.in, got, test.want)
		}
	}
}
