// Astrid keeps the secrets, overlays and capabilities of Astrid capsules, and runs capsules.
package main

import (
	"os"

	"astrid/cmd"
)

//go:generate go run . docs markdown docs/cli

func main() { cmd.Main(os.Exit) }
