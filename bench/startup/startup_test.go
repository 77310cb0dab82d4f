package startup_test

import (
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// BenchmarkStartup runs astrid and the program that only links its libraries in turn, so that both meet the same
// machine, and reports the median time of each and the median of their ratios:
//
//	go test -run '^$' -bench Startup -benchtime 200x ./startup
func BenchmarkStartup(b *testing.B) {
	bin := b.TempDir()
	for name, dir := range map[string]string{"astrid": filepath.Join("..", ".."), "linked": "linked"} {
		c := exec.CommandContext(b.Context(), "go", "build", "-o", filepath.Join(bin, name), ".")
		c.Dir = dir // each in its own module
		if out, err := c.CombinedOutput(); err != nil {
			b.Fatalf("go build in %s: %v\n%s", dir, err, out)
		}
	}
	manifest, err := filepath.Abs(filepath.Join("..", "..", "testdata", "capsules", "greeter", "Capsule.toml"))
	if err != nil {
		b.Fatal(err)
	}
	home := b.TempDir()
	run := func(b *testing.B, name string, args ...string) time.Duration {
		b.Helper()
		c := exec.CommandContext(b.Context(), filepath.Join(bin, name), args...)
		c.Env = []string{"HOME=" + home}
		began := time.Now()
		if err := c.Run(); err != nil {
			b.Fatal(err)
		}
		return time.Since(began)
	}
	for _, args := range [][]string{{"version"}, {"capability", "check", manifest, "net_connect"}} {
		b.Run(args[0], func(b *testing.B) {
			var ours, least []time.Duration
			var ratios []float64
			for b.Loop() {
				a, l := run(b, "astrid", args...), run(b, "linked")
				ours, least = append(ours, a), append(least, l)
				ratios = append(ratios, float64(a)/float64(l))
			}
			b.ReportMetric(float64(median(ours).Microseconds()), "astrid-µs")
			b.ReportMetric(float64(median(least).Microseconds()), "linked-µs")
			b.ReportMetric(median(ratios), "ratio")
		})
	}
}

func median[T time.Duration | float64](values []T) T {
	return slices.Sorted(slices.Values(values))[len(values)/2]
}
