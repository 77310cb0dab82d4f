// Package tree compares what looks at every secret of a tree with find -ls, which looks at every file and nothing more.
//
//	go test -bench . -benchtime 9x ./tree
//
// Each round runs find, 'secret list' and 'doctor' one after the other as processes of their own, so that whatever else
// the machine does meets all three. The ratios are those of the median round; ns/secret tells whether the time grows with
// the number of secrets, or faster.
package tree
