package overlay_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"astrid/pkg/overlay"
)

// Reading takes memory in proportion to what is read, however it is made up: values are copied once for each level that
// they are nested, which has a limit.
func TestParseCost(t *testing.T) {
	const size = overlay.MaxSize - 4096
	nest := func(depth int, open, inner, end string) string {
		return strings.Repeat(open, depth) + inner + strings.Repeat(end, depth)
	}
	many := func(item func(i int) string) string {
		var b strings.Builder
		for i := 0; b.Len() < size; i++ {
			b.WriteString(item(i))
		}
		return b.String()
	}
	for name, tt := range map[string]struct {
		text string
		most int // bytes for a byte of the text
	}{
		"many keys":        {`{` + many(func(i int) string { return fmt.Sprintf(`"k%d":"",`, i) }) + `"k":""}`, 64},
		"one long string":  {`{"k":"` + strings.Repeat("x", size) + `"}`, 16},
		"all escaped":      {`{"k":"` + strings.Repeat(`\u0001`, size/6) + `"}`, 16},
		"many numbers":     {`{"k":[` + strings.Repeat("1,", size/2) + `1]}`, 32},
		"many objects":     {`{"k":[` + strings.Repeat(`{"a":1},`, size/8) + `1]}`, 64},
		"deep arrays":      {`{"k":` + nest(overlay.MaxDepth-1, "[", `"`+strings.Repeat("x", size)+`"`, "]") + `}`, 64},
		"deep objects":     {`{"k":` + nest(overlay.MaxDepth-1, `{"a":`, `"`+strings.Repeat("x", size)+`"`, "}") + `}`, 6 * overlay.MaxDepth},
		"too deep by far":  {`{"k":` + strings.Repeat("[", size), 16},
		"objects too deep": {strings.Repeat(`{"a":`, size/5), 16},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := overlay.Parse("F", []byte(tt.text))
			runtime.ReadMemStats(&after)
			if spent := after.TotalAlloc - before.TotalAlloc; spent > uint64(tt.most*len(tt.text)) {
				t.Errorf("%d bytes for each of %d, %v", spent/uint64(len(tt.text)), len(tt.text), err)
			}
		})
	}
}
