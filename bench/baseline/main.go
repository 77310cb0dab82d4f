// Command baseline links what astrid's commands are made with and exits: what a process of that kind takes at least.
package main

import (
	"fmt"
	"os"

	"github.com/charmbracelet/lipgloss"
	"github.com/spf13/cobra"
	"github.com/tetratelabs/wazero"
)

func main() {
	if len(os.Args) > 1 { // nobody gives it one, and the linker does not know
		fmt.Println(lipgloss.NewStyle(), new(cobra.Command).Execute(), wazero.NewRuntimeConfig())
	}
}
