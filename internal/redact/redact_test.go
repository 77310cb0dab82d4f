package redact

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func setOf(secrets ...string) *Set {
	s := new(Set)
	for _, secret := range secrets {
		s.Add([]byte(secret))
	}
	return s
}

func TestString(t *testing.T) {
	const secret = "sk-live/4242?&x"
	for _, tt := range []struct {
		name     string
		secrets  []string
		in, want string
	}{
		{"nothing known", nil, "text", "text"},
		{"empty text", []string{secret}, "", ""},
		{"alone", []string{secret}, secret, "[redacted]"},
		{"within", []string{secret}, "key=" + secret + ";", "key=[redacted];"},
		{"twice", []string{secret}, secret + " " + secret, "[redacted] [redacted]"},
		{"adjoining", []string{secret}, secret + secret, "[redacted][redacted]"},
		{"beginning only", []string{secret}, secret[:len(secret)-1], secret[:len(secret)-1]},
		{"prefix of another", []string{"abcdefgh", "abcdefghij"}, "abcdefghij abcdefghi", "[redacted] [redacted]i"},
		{"suffix of another", []string{"cdefghij", "abcdefghij"}, "abcdefghij cdefghij", "[redacted] [redacted]"},
		{"within another", []string{"cdefghij", "abcdefghijkl"}, "abcdefghijk", "ab[redacted]k"},
		{"overlapping", []string{"abcdefgh", "efghijkl"}, "abcdefghijkl", "[redacted]"},
		{"overlapping itself", []string{"aaaaaaaa"}, strings.Repeat("a", 30) + "b", "[redacted]b"},
		{"chain of overlaps", []string{"abcabcab", "cabcabca"}, "x" + strings.Repeat("abc", 9) + "x", "x[redacted]cx"},
		{"seven bytes", []string{"1234567"}, "1234567", "1234567"},
		{"eight bytes", []string{"12345678"}, "12345678", "[redacted]"},
		{"other letter case", []string{"password1"}, "PASSWORD1", "PASSWORD1"},
		{"backwards", []string{"password1"}, "1drowssap", "1drowssap"},
		{"multi-byte", []string{"пароль42"}, "«пароль42»", "«[redacted]»"},
		{"trailing line feed trimmed", []string{"secret-value\n"}, "Bearer secret-value;", "Bearer [redacted];"},
		{"white space only", []string{"          "}, "a b", "a b"},
		{"hex", []string{secret}, hex.EncodeToString([]byte(secret)), "[redacted]"},
		{"upper hex", []string{secret}, strings.ToUpper(hex.EncodeToString([]byte(secret))), "[redacted]"},
		{"base64", []string{secret}, base64.StdEncoding.EncodeToString([]byte(secret + "!")), "[redacted]IQ=="},
		{"base64 padded", []string{secret + "!"}, base64.StdEncoding.EncodeToString([]byte(secret + "!")), "[redacted]"},
		{"base64 bare", []string{secret + "!"}, base64.RawURLEncoding.EncodeToString([]byte(secret + "!")), "[redacted]"},
		{
			"basic authentication",
			[]string{secret},
			"Basic " + base64.StdEncoding.EncodeToString([]byte("user:"+secret)),
			"Basic " + base64.StdEncoding.EncodeToString([]byte("user:" + secret))[:7] + "[redacted]",
		},
		{"query", []string{secret}, "?k=" + url.QueryEscape(secret) + "&v", "?k=[redacted]&v"},
		{"query with spaces", []string{"a secret of words"}, "a+secret+of+words a%20secret%20of%20words", "[redacted] [redacted]"},
		{"path", []string{secret}, "/" + url.PathEscape(secret) + "/v", "/[redacted]/v"},
		{"JSON", []string{"line one\n\"two\""}, `{"k":"line one\n\"two\""}`, `{"k":"[redacted]"}`},
		{"JSON of Go", []string{"<b>fish&chips</b>\u2028"}, `"\u003cb\u003efish\u0026chips\u003c/b\u003e\u2028"`, `"[redacted]"`},
		{"JSON of Python", []string{"épée 😀\x7f<\n\x01>"}, `"\u00e9p\u00e9e \ud83d\ude00\u007f<\n\u0001>"`, `"[redacted]"`},
		{"JSON of PHP", []string{"épée/😀"}, `"\u00e9p\u00e9e\/\ud83d\ude00"`, `"[redacted]"`},
		{"JSON with slashes escaped", []string{"épée/😀"}, `"épée\/😀"`, `"[redacted]"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := setOf(tt.secrets...).String(tt.in); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// letters make secrets overlap and be found by chance. None of them is in the marker.
func letters() *rapid.Generator[rune] { return rapid.RuneFrom([]rune("xyz+/ \nß<😀")) }

// secrets draws a few, some of them parts of each other.
func secrets(t *rapid.T) []string {
	drawn := rapid.SliceOfN(rapid.StringOfN(letters(), MinLen, 24, -1), 1, 5).Draw(t, "secrets")
	for _, s := range drawn {
		if from := rapid.IntRange(0, len(s)-1).Draw(t, "from"); len(s)-from >= MinLen {
			drawn = append(drawn, s[from:])
		}
	}
	return drawn
}

// encode draws one of the ways in which a guest might print a secret.
func encode(t *rapid.T, s string) string {
	before := strings.Repeat("u", rapid.IntRange(0, 4).Draw(t, "before"))
	after := strings.Repeat("v", rapid.IntRange(0, 4).Draw(t, "after"))
	quoted, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return rapid.SampledFrom([]string{
		s,
		strings.TrimSpace(s),
		hex.EncodeToString([]byte(s)),
		strings.ToUpper(hex.EncodeToString([]byte(s))),
		base64.StdEncoding.EncodeToString([]byte(before + s + after)),
		base64.RawStdEncoding.EncodeToString([]byte(before + s + after)),
		base64.URLEncoding.EncodeToString([]byte(before + s + after)),
		base64.RawURLEncoding.EncodeToString([]byte(before + s + after)),
		url.QueryEscape(s),
		url.PathEscape(s),
		string(quoted),
		asciiJSON(s),
		strings.ReplaceAll(string(quoted), "/", `\/`),
		strings.ReplaceAll(asciiJSON(s), "/", `\/`),
		s[:rapid.IntRange(0, len(s)).Draw(t, "cut")],
	}).Draw(t, "encoded")
}

// text draws text with secrets in it.
func text(t *rapid.T, secrets []string) string {
	var b strings.Builder
	for range rapid.IntRange(0, 8).Draw(t, "parts") {
		b.WriteString(rapid.StringOfN(letters(), 0, 12, -1).Draw(t, "filler"))
		b.WriteString(encode(t, rapid.SampledFrom(secrets).Draw(t, "secret")))
	}
	return b.String()
}

// asciiJSON is a string of [letters] as JSON in ASCII, without the quotes.
func asciiJSON(s string) string {
	return strings.NewReplacer("\n", `\n`, "ß", `\u00df`, "😀", `\ud83d\ude00`).Replace(s)
}

// survivors returns what a reader of clean text could decode to a secret.
func survivors(clean string, secrets []string) []string {
	var found []string
	report := func(form string) {
		if strings.Contains(clean, form) {
			found = append(found, form)
		}
	}
	for _, s := range secrets {
		report(s)
		if utf8.ValidString(s) { // JSON can say it
			quoted, _ := json.Marshal(s) // which does not fail
			report(string(quoted[1 : len(quoted)-1]))
			report(asciiJSON(s))
			report(strings.ReplaceAll(asciiJSON(s), "/", `\/`))
		}
		report(hex.EncodeToString([]byte(s)))
		report(strings.ToUpper(hex.EncodeToString([]byte(s))))
		for before := range 3 {
			for _, e := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
				// Characters that hold bits of the secret alone: all but the shared ones at the ends.
				whole := e.EncodeToString([]byte("uuu"[:before] + s + "vvv"))
				report(whole[(before*8+5)/6 : (before+len(s))*8/6])
			}
		}
	}
	return found
}

func TestNoSecretSurvives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		secrets := secrets(t)
		in := text(t, secrets)
		clean := setOf(secrets...).String(in)
		if found := survivors(clean, secrets); found != nil {
			t.Fatalf("%q became %q, which still holds %q", in, clean, found)
		}
	})
}

// model is String as it is defined, without any cleverness.
func model(text string, secrets []string) string {
	begins := make([]int, len(text)) // the longest form that begins here
	for _, secret := range secrets {
		eachForm([]byte(secret), func(form string) {
			for i := range begins {
				if strings.HasPrefix(text[i:], form) {
					begins[i] = max(begins[i], len(form))
				}
			}
		})
	}
	var b strings.Builder
	for i := 0; i < len(text); {
		if begins[i] == 0 {
			b.WriteByte(text[i])
			i++
			continue
		}
		b.WriteString(Marker)
		for end := i + begins[i]; i < end; i++ {
			end = max(end, i+begins[i])
		}
	}
	return b.String()
}

func TestStringIsTheModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		secrets := secrets(t)
		in := text(t, secrets)
		if got, want := setOf(secrets...).String(in), model(in, secrets); got != want {
			t.Fatalf("String(%q) = %q, want %q", in, got, want)
		}
	})
}

// Wherever a text is cut, what is before is what String makes of it, and no part of a secret that lies across the cut.
func TestSplitAtEveryByte(t *testing.T) {
	const secret, other = "hunter2-hunter2", "2-hunter2-and-more"
	in := "a " + secret + " b " + base64.StdEncoding.EncodeToString([]byte("id:"+secret)) + " c hunter2-hunter2-and-more d"
	set := setOf(secret, other)
	want := set.String(in)
	for i := range len(in) + 1 {
		s := set.current().search(in)
		s.to(i)
		if got := s.clean(s.decided()); !strings.HasPrefix(want, got) || i == len(in) && got != want {
			t.Fatalf("split at %d: %q, want %q", i, got, want)
		}
	}
}

// The forms of a long secret are known by their ends alone: what has the end of one only is none.
func TestEndOfAForm(t *testing.T) {
	secret := hex.EncodeToString([]byte("some hundred bytes that are like no others, so that it can be found at one place of a text and nowhere else"))
	set := setOf(secret)
	for _, in := range []string{"x" + secret[1:], secret[:100] + "x" + secret[101:], secret[50:]} {
		if got := set.String(in); got != in {
			t.Errorf("%q became %q", in, got)
		}
	}
	if got := set.String(secret[50:] + secret + secret[:50]); got != secret[50:]+Marker+secret[:50] {
		t.Errorf("it became %q", got)
	}
}

func TestTextWithoutSecretsIsUntouched(t *testing.T) {
	set := setOf("not in here at all", "nor this one, ever")
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.StringOf(rapid.RuneFrom([]rune("not ihereal,v\x00日"))).Filter(func(s string) bool {
			return !strings.Contains(s, "not in here at all") && !strings.Contains(s, "nor this one, ever")
		}).Draw(t, "text")
		if got := set.String(in); got != in {
			t.Fatalf("%q became %q", in, got)
		}
	})
}

func TestConcurrentUse(t *testing.T) {
	set := new(Set)
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			secret := "secret-number-" + string(rune('a'+i))
			set.Add([]byte(secret))
			if got := set.String(secret); got != Marker {
				t.Errorf("%q became %q", secret, got)
			}
		})
	}
	group.Wait()
}

func FuzzString(f *testing.F) {
	f.Add([]byte("abcdefgh"), []byte("efghijkl"), []byte("abcdefghijkl"), 3)
	f.Add([]byte("aaaaaaaa"), []byte("aaaaaaaaa"), bytes.Repeat([]byte("a"), 40), 1)
	f.Add([]byte("\x00\xff\x00\xff\x00\xff\x00\xff"), []byte(" padded \n"), []byte("00ff00ff00ff00ff"), 7)
	f.Fuzz(func(t *testing.T, a, b, text []byte, chunk int) {
		if chunk < 1 || len(a)+len(b) > 1000 || len(text) > 10000 {
			t.Skip()
		}
		set := setOf(string(a), string(b))
		clean := set.String(string(text))
		for _, secret := range [][]byte{a, b} {
			// A secret can come together from a marker and what is around it, if it holds a part of a marker.
			if len(secret) >= MinLen && !bytes.ContainsAny(secret, Marker) && strings.Contains(clean, string(secret)) {
				t.Fatalf("%q survives in %q", secret, clean)
			}
		}
		if head, cut := set.Head(string(text), chunk); !strings.HasPrefix(clean, head) || !cut && head != clean {
			t.Fatalf("the first %d are %q, the whole %q", chunk, head, clean)
		}
	})
}

func BenchmarkString(b *testing.B) {
	set := new(Set)
	for i := range 100 {
		set.Add([]byte("secret value number " + strings.Repeat("x", i)))
	}
	line := strings.Repeat("GET /v1/messages 200 in 12 ms; ", 40)
	b.SetBytes(int64(len(line)))
	for b.Loop() {
		set.String(line)
	}
}

// Head is the beginning of what String makes of the whole, and shows no part of a secret that lies across its end.
func TestHead(t *testing.T) {
	const secret = "correct-horse-battery"
	var s Set
	s.Add([]byte(secret))
	rapid.Check(t, func(t *rapid.T) {
		secrets := secrets(t)
		in := text(t, secrets)
		set := setOf(secrets...)
		whole := set.String(in)
		n := rapid.IntRange(1, len(in)+1).Draw(t, "n")
		head, cut := set.Head(in, n)
		if !strings.HasPrefix(whole, head) || !cut && head != whole || cut && len(head) <= n && len(in) <= 16*n {
			t.Fatalf("Head(%q, %d) is %q, cut %t; the whole is %q", in, n, head, cut, whole)
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 60).Draw(t, "n")
		parts := rapid.SliceOfN(rapid.SampledFrom([]string{"x", "yy", secret, secret[:10], "zzzzzzzzzzzzzzzzzzzz"}), 0, 40).Draw(t, "parts")
		text := strings.Join(parts, "")
		whole := s.String(text)
		head, cut := s.Head(text, n)
		if !strings.HasPrefix(whole, head) {
			t.Fatalf("Head(%q, %d) is %q; the whole is %q", text, n, head, whole)
		}
		if !cut && head != whole || cut && len(head) <= n && len(text) <= 16*n {
			t.Fatalf("Head(%q, %d) is %q, cut %t", text, n, head, cut)
		}
	})
	if head, cut := s.Head(strings.Repeat(secret, 1<<20), 64); !cut || len(head) > 2*32<<10 {
		t.Errorf("a text of nothing but secrets: %d bytes, cut %t", len(head), cut)
	}
}
