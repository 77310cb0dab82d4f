package manifest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/Masterminds/semver/v3"
	"pgregory.net/rapid"
)

// TestRequirement is Cargo's language. No line of it was made by running our own parser.
func TestRequirement(t *testing.T) {
	tests := []struct{ req, yes, no string }{
		{"*", "0.0.0 0.8.0 9.9.9", "1.0.0-a"},
		{"1.2.3", "1.2.3 1.2.4 1.9.0", "1.2.2 2.0.0 0.2.3 1.2.4-a 2.0.0-a"},
		{"^1.2.3", "1.2.3 1.9.0", "1.2.2 2.0.0"},
		{"1.2", "1.2.0 1.2.9 1.9.0", "1.1.9 2.0.0 1.3.0-a"},
		{"1", "1.0.0 1.9.9", "0.9.9 2.0.0"},
		{"0.8", "0.8.0 0.8.9", "0.9.0 0.7.9"},
		{"0.8.1", "0.8.1 0.8.9", "0.8.0 0.9.0"},
		{"0.0.3", "0.0.3", "0.0.2 0.0.4 0.1.3"},
		{"0.0", "0.0.0 0.0.9", "0.1.0"},
		{"0", "0.0.0 0.9.9", "1.0.0"},
		{"~1.2.3", "1.2.3 1.2.9", "1.2.2 1.3.0"},
		{"~1.2", "1.2.0 1.2.9", "1.1.9 1.3.0"},
		{"~1", "1.0.0 1.9.0", "2.0.0"},
		{"=1.2.3", "1.2.3 1.2.3+build", "1.2.4 1.2.2 1.2.3-a"},
		{"=1.2", "1.2.0 1.2.9", "1.3.0 1.1.9"},
		{"=1", "1.0.0 1.9.9", "2.0.0"},
		{"1.*", "1.0.0 1.9.9", "0.9.9 2.0.0"},
		{"1.2.*", "1.2.0 1.2.9", "1.3.0 1.1.9"},
		{"0.8.x", "0.8.0 0.8.9", "0.9.0"},
		{"1.*.*", "1.0.0 1.9.9", "2.0.0"},
		{">1.2.3", "1.2.4 2.0.0", "1.2.3 1.2.2"},
		{">1.2", "1.3.0 2.0.0", "1.2.0 1.2.9"},
		{">1", "2.0.0", "1.0.0 1.9.9"},
		{">=1.2", "1.2.0 2.0.0", "1.1.9"},
		{">=1.*", "1.0.0 2.0.0", "0.9.9"},
		{"<1.2", "1.1.9 0.0.0", "1.2.0 1.2.0-a"},
		{"<1.2.3", "1.2.2", "1.2.3 1.2.3-a"},
		{"<=1.2", "1.2.9 1.0.0", "1.3.0"},
		{"<=1.2.3", "1.2.3", "1.2.4"},
		{">=0.7, <0.9", "0.7.0 0.8.0", "0.6.9 0.9.0"},
		{" >= 0.7 ,<  0.9 ", "0.8.0", "0.9.0"},
		{"^1.2.3-b", "1.2.3-b 1.2.3-b.1 1.2.3-c 1.2.3 1.9.0", "1.2.3-a 1.2.4-c 2.0.0-b"},
		{"=1.2.3-b", "1.2.3-b", "1.2.3 1.2.3-b.0 1.2.3-c"},
		{">1.2.3-b", "1.2.3-b.0 1.2.3-c 1.2.3 2.0.0", "1.2.3-b 1.2.4-c"},
		{"<1.2.3-b", "1.2.3-a 1.2.2", "1.2.3-b 1.2.3 1.2.2-a"},
		{"<=1.2.3-b", "1.2.3-b 1.2.3-a", "1.2.3-b.0 1.2.3"},
		{"~1.2.3-b", "1.2.3-b 1.2.4", "1.2.4-b 1.3.0"},
		{"1.2.3-alpha-x.1+build.5", "1.2.3-alpha-x.1 1.2.3", "1.2.3-alpha-w"},
		{"1.2.3+b-x", "1.2.3", "1.2.2"},
	}
	for _, test := range tests {
		req, err := parseRequirement(test.req)
		if err != nil {
			t.Errorf("%q: %v", test.req, err)
			continue
		}
		for v := range strings.FieldsSeq(test.yes) {
			if !req.matches("v" + v) {
				t.Errorf("%q does not match %s", test.req, v)
			}
		}
		for v := range strings.FieldsSeq(test.no) {
			if req.matches("v" + v) {
				t.Errorf("%q matches %s", test.req, v)
			}
		}
	}
}

func TestRequirementErrors(t *testing.T) {
	for _, s := range []string{
		"", " ", ",", "1,", ",1", "1,,2", "*,1", "1,*", ">*", "*.1", "1.*.1", "1.2.3.4", "01", "1.02", "v1", "a", "1.a",
		"1 2", ">=1.0 <2.0", ">=1.0 || <2.0", "!=1.0", "=>1.0", "~>1.0", "> =1", "1.", ".1", "-1", "+1", "1-a", "1.2-a",
		"1.2+b", "1.2.3-", "1.2.3-a..b", "1.2.3-01", "1.2.3+", "1.*-a", "1.2.3-é", "1_0", "0x1", "1.2.3 - 2.0.0",
		"99999999999999999999", "1.2.3-" + strings.Repeat("a", 1<<16), strings.Repeat(".", 1<<16),
		strings.Repeat("1,", 32) + "1",
	} {
		if req, err := parseRequirement(s); err == nil {
			t.Errorf("%.40q parses as %v", s, req)
		}
	}
}

// TestRequirementAgainstMasterminds compares where both languages agree: full versions with an operator.
func TestRequirementAgainstMasterminds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.IntRange(0, 3)
		version := func(name string) string {
			return fmt.Sprintf("%d.%d.%d", part.Draw(t, name), part.Draw(t, name), part.Draw(t, name))
		}
		text := rapid.SampledFrom([]string{"=", ">", ">=", "<", "<=", "~", "^"}).Draw(t, "op") + version("req")
		v := semver.MustParse(version("v"))
		if text == "~0.0.0" {
			return // there, this is every version
		}
		req, err := parseRequirement(text)
		if err != nil {
			t.Fatal(err)
		}
		want, err := semver.NewConstraint(text)
		if err != nil {
			t.Fatal(err)
		}
		if req.matches("v"+v.String()) != want.Check(v) {
			t.Fatalf("%s on %s: not %v", text, v, want.Check(v))
		}
	})
}

func FuzzRequirement(f *testing.F) {
	for _, s := range []string{"*", "1.2", "^0.8, <1", ">= 1.2.3-a+b", "1.*.*", "~>1", ""} {
		f.Add(s)
	}
	const runtime = "v" + RuntimeVersion
	f.Fuzz(func(t *testing.T, s string) {
		req, err := parseRequirement(s)
		if err != nil {
			return
		}
		// Another comparator can only narrow.
		narrower, err := parseRequirement(s + ", >=0.0.0")
		if strings.Trim(s, " ") != "*" && err == nil && narrower.matches(runtime) && !req.matches(runtime) {
			t.Errorf("%q does not match, and does with one more comparator", s)
		}
	})
}
