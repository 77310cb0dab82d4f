//go:build !unix

package cmd_test

import "github.com/rogpeppe/go-internal/testscript"

func dialog(ts *testscript.TestScript, _ bool, _ []string) {
	ts.Fatalf("there are no pseudo-terminals here: begin the script with [!unix] skip")
}
