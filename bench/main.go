package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"runtime"
)

// options are the command line's.
type options struct {
	rounds int
	only   *regexp.Regexp
	js     string
	rust   string
	root   string
	peak   string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	var o options
	flag.IntVar(&o.rounds, "rounds", 15, "rounds, of which the table shows the median")
	only := flag.String("only", "", "run only the rows whose names match this regular expression")
	flag.StringVar(&o.js, "js", "", "the component that testdata/capsules/js builds; without it its rows are left out")
	flag.StringVar(&o.rust, "rust", "", "the program that rust/ builds; without it the column of the typed Rust API is left out")
	flag.StringVar(&o.root, "root", "..", "the repository")
	flag.StringVar(&o.peak, "peak", "", "what the bench starts itself with to measure a process's memory")
	flag.Parse()
	var err error
	if o.only, err = regexp.Compile(*only); err != nil {
		return err
	}
	if o.peak != "" {
		return peakChild(ctx, o)
	}
	rows, done, err := allRows(ctx, o)
	if err != nil {
		return err
	}
	defer done()
	fmt.Printf("%s/%s, %d cores, %s, %d rounds\n\n", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(), o.rounds)
	t := newTable(os.Stdout)
	for _, r := range rows {
		if !o.only.MatchString(r.name) {
			continue
		}
		if err := r.measure(ctx, o.rounds); err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
		t.add(r)
	}
	t.flush()
	return nil
}
