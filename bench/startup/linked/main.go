package main

import (
	"context"
	"os"

	"github.com/charmbracelet/lipgloss"
	"github.com/spf13/cobra"
	"github.com/tetratelabs/wazero"
)

func main() {
	if len(os.Args) < 2 {
		return
	}
	c := &cobra.Command{Use: lipgloss.NewStyle().Bold(true).Render("linked")}
	c.RunE = func(*cobra.Command, []string) error {
		ctx := context.Background()
		r := wazero.NewRuntime(ctx)
		defer r.Close(ctx)
		_, err := r.Instantiate(ctx, nil)
		return err
	}
	if err := c.Execute(); err != nil {
		os.Exit(1)
	}
}
