package paste

import (
	"slices"
	"strings"

	"astrid/internal/inert"
)

// Command returns a command that a POSIX shell reads as the program's name, the words of the verb, the arguments and the
// flags, and as nothing else. No argument is taken for a flag. The command is one inert line: of a word with a character
// that is not graphic, it has the escaped form.
func Command(verb string, args, flags []string) string {
	words := slices.Concat(args, flags)
	if slices.ContainsFunc(args, func(arg string) bool { return strings.HasPrefix(arg, "-") }) {
		words = slices.Concat(flags, []string{"--"}, args)
	}
	var b strings.Builder
	b.WriteString("astrid " + verb)
	for _, word := range words {
		b.WriteString(" " + quote(inert.Line(word)))
	}
	return b.String()
}

// quote puts a word into single quotes unless it needs none. Within double ones an interactive shell may expand its
// history.
func quote(word string) string {
	special := func(r rune) bool {
		plain := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("_-./:,+@%=", r)
		return !plain
	}
	if word != "" && !strings.ContainsFunc(word, special) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
