// Astrid keeps the secrets, overlays and capabilities of Astrid capsules, and runs capsules.
package main

import (
	"os"

	"astrid/cmd"
)

func main() { os.Exit(cmd.Main()) }
