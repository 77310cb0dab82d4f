// Package redact takes known secrets out of text before it leaves the program.
//
// It owns the forms in which a secret is recognised (forms.go), the search for all of them at once (matcher.go,
// search.go), and the replacement: every byte that belongs to an occurrence of any form is gone, however the occurrences
// overlap and wherever the text is cut, and no other byte is touched.
//
// It refuses to know where secrets come from and where text goes. It guards against accidents: whoever holds a
// secret and means to print it can encode it in a way that is not looked for.
package redact
