//go:build unix

package tree

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// perCapsule is how many secrets each capsule has, half of them the host's and half a principal's.
const perCapsule = 100

func BenchmarkTree(b *testing.B) {
	bin := filepath.Join(b.TempDir(), "astrid")
	if out, err := exec.CommandContext(b.Context(), "go", "build", "-C", filepath.Join("..", ".."), "-o", bin, ".").CombinedOutput(); err != nil {
		b.Fatalf("go build: %v\n%s", err, out)
	}
	for _, secrets := range []int{10_000, 100_000} {
		b.Run(fmt.Sprintf("%d secrets in %d capsules", secrets, secrets/perCapsule), func(b *testing.B) {
			home := b.TempDir()
			plant(b, filepath.Join(home, ".astrid"), secrets/perCapsule)
			commands := map[string][]string{
				"find":   {"find", filepath.Join(home, ".astrid"), "-ls"},
				"list":   {bin, "secret", "list", "--principal", "alice"},
				"doctor": {bin, "doctor"},
			}
			order := []string{"find", "list", "doctor"}
			for _, name := range order { // once to warm up, and to make the key of digests
				run(b, home, commands[name])
			}
			took := map[string][]time.Duration{}
			ratios := map[string][]float64{}
			for b.Loop() {
				for _, name := range order {
					took[name] = append(took[name], run(b, home, commands[name]))
				}
				last := len(took["find"]) - 1
				for _, name := range order[1:] {
					ratios[name] = append(ratios[name], took[name][last].Seconds()/took["find"][last].Seconds())
				}
			}
			b.ReportMetric(0, "ns/op") // of all three together says nothing
			for _, name := range order {
				b.ReportMetric(float64(median(took[name]))/float64(secrets), name+"-ns/secret")
			}
			for _, name := range order[1:] {
				b.ReportMetric(median(ratios[name]), name+"/find")
			}
		})
	}
}

// plant makes a tree as astrid would write it, without its syncs, which would take minutes.
func plant(b *testing.B, root string, capsules int) {
	b.Helper()
	for _, scope := range []string{"__host__", "alice"} {
		for c := range capsules {
			dir := filepath.Join(root, "secrets", scope, fmt.Sprintf("capsule-%04d", c))
			if err := os.MkdirAll(dir, 0o700); err != nil {
				b.Fatal(err)
			}
			for k := range perCapsule / 2 {
				value := fmt.Sprintf("value %d of %s", k, dir)
				if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s_key_%02d", strings.Trim(scope, "_"), k)), []byte(value), 0o600); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
}

// run runs a command, which must succeed, and returns how long it took. What it prints goes nowhere, to all the same place.
func run(b *testing.B, home string, command []string) time.Duration {
	b.Helper()
	c := exec.CommandContext(b.Context(), command[0], command[1:]...)
	c.Env = []string{"HOME=" + home, "PATH=" + os.Getenv("PATH")}
	begin := time.Now()
	if err := c.Run(); err != nil {
		b.Fatalf("%q: %v", command, err)
	}
	return time.Since(begin)
}

func median[T time.Duration | float64](values []T) T {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
