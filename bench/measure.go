package main

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// subject does one thing n times and says how long it took. What it measures need not be a time: see row.unit.
type subject struct {
	column string
	run    func(n int) (time.Duration, error)

	perOp []float64 // by round
}

// row compares subjects. The first is what the others are compared with.
type row struct {
	name     string
	group    string
	subjects []*subject
	once     bool // one operation takes so long that a round is one, and few rounds are enough
	unit     unit // of what the subjects return; the zero value is time
}

type unit int

const (
	unitTime  unit = iota
	unitRate       // operations a second, of the time that one took
	unitBytes      // what a run returns is bytes
)

// enough is how long a subject runs in a round.
const enough = 15 * time.Millisecond

func timed(op func() error) func(n int) (time.Duration, error) {
	return func(n int) (time.Duration, error) {
		begin := time.Now()
		for range n {
			if err := op(); err != nil {
				return 0, err
			}
		}
		return time.Since(begin), nil
	}
}

// measure runs the subjects in turn. The order changes from round to round, so that none always follows the same
// other.
func (r *row) measure(ctx context.Context, rounds int) error {
	times := make([]int, len(r.subjects))
	for i, s := range r.subjects {
		times[i] = 1
		for !r.once {
			took, err := s.run(times[i])
			if err != nil {
				return fmt.Errorf("%s: %w", s.column, err)
			}
			if took >= enough || times[i] > 1<<22 {
				break
			}
			times[i] *= 2
		}
	}
	if r.once {
		rounds = min(rounds, 3)
	}
	for round := range rounds {
		for k := range r.subjects {
			if err := ctx.Err(); err != nil {
				return err
			}
			i := (round + k) % len(r.subjects)
			s := r.subjects[i]
			took, err := s.run(times[i])
			if err != nil {
				return fmt.Errorf("%s: %w", s.column, err)
			}
			s.perOp = append(s.perOp, float64(took)/float64(times[i]))
		}
	}
	return nil
}

// ratio is the median of the first subject's ratios to another, by round.
func (r *row) ratio(s *subject) float64 {
	out := make([]float64, len(s.perOp))
	for i, v := range s.perOp {
		out[i] = r.subjects[0].perOp[i] / v
	}
	return median(out)
}

func median(in []float64) float64 {
	s := slices.Sorted(slices.Values(in))
	if n := len(s); n%2 == 0 {
		return (s[n/2-1] + s[n/2]) / 2
	}
	return s[len(s)/2]
}
