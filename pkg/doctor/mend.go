package doctor

import (
	"context"
	"errors"

	"astrid/pkg/home"
)

// Repair is what became of a finding that Mend could do something about.
type Repair struct {
	Finding Finding
	Did     string // what was done, as a sentence without a subject; "" if there was nothing to do any more
	Err     error  // why it could not be done
}

// rounds bounds how often the tree is looked at again: mending a directory can show what is wrong below it, and a file
// may have as many things wrong with it.
const rounds = 5

// Mend mends what is safe to mend, and returns what it did and what is left. The error is that of a context that has
// ended; what was done by then is returned beside it.
func Mend(ctx context.Context, h *home.Home) (repairs []Repair, left []Finding, err error) {
	failed := map[string]bool{}
	for range rounds {
		if left, err = Examine(ctx, h); err != nil {
			return repairs, nil, err
		}
		mended := false
		for _, f := range left {
			if !f.Mends() || failed[f.Path] {
				continue
			}
			did, err := f.mend(ctx)
			if ctx.Err() != nil {
				return repairs, nil, errors.Join(ctx.Err(), err)
			}
			repairs = append(repairs, Repair{f, did, err})
			failed[f.Path] = err != nil
			mended = mended || err == nil
		}
		if !mended {
			return repairs, left, nil
		}
	}
	left, err = Examine(ctx, h)
	return repairs, left, err
}
