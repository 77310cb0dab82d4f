// Package envfile reads and writes lists of KEY=VALUE: .env files, what a shell can source, and JSON objects.
//
// # Reading
//
// A .env file is read strictly: what other programs read in different ways has to be quoted, and is an error if it is
// not. Nothing is expanded.
//
//	# a comment, on a line of its own or after a quoted value
//	KEY=value                a value without spaces, quotes, backslashes, backticks and #
//	KEY='two words'          everything but ' stands for itself; may go on over lines
//	KEY="it's a \"quote\""   \\ \" \$ \` \n \r \t; any other backslash is an error; may go on over lines
//	export KEY=value         the same as without export
//
// A key is letters, digits, '_', '.' and '-', and begins with a letter, a digit or '_'. It comes once. Lines end with LF or
// CRLF. The file is UTF-8 without NUL, and at most [MaxSize] bytes long. A file that begins with '{' is a JSON object instead.
//
// An [Error] names the line, and the key if there is no doubt that it is one. It never repeats anything else, because
// all else may be a secret.
//
// # Writing
//
// What [Format] writes as .env or for a shell, [Parse] reads, and a POSIX shell too, to the same values.
//
// The package refuses to know what a key means and which values it may have.
package envfile
