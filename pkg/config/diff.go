package config

import (
	"context"
	"slices"
)

// Difference is a key that two views answer differently. The entries are as those of All: no secret is in them, only
// where it is.
type Difference struct {
	Key         string
	Left, Right Entry
}

// Diff returns the keys, sorted, that have another value in one view than in the other, or that cannot be read in
// either. Values are compared, not sources: a setting that equals the default is no difference, nor are two secrets with
// the same value. The error is that of a context that has ended.
func Diff(ctx context.Context, left, right *View) ([]Difference, error) {
	var out []Difference
	keys := append(left.keys(), right.keys()...)
	slices.Sort(keys)
	for _, key := range slices.Compact(keys) {
		a, secretA, err := left.entry(ctx, key)
		if err != nil {
			return nil, err
		}
		b, secretB, err := right.entry(ctx, key)
		if err != nil {
			return nil, err
		}
		unset := (a.Value.Source == Unset) != (b.Value.Source == Unset)
		if unset || a.Value.Text != b.Value.Text || !secretA.Equal(secretB) || failed(a) || failed(b) {
			out = append(out, Difference{key, a, b})
		}
	}
	return out, nil
}
