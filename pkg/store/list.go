package store

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"astrid/pkg/home"
)

// State is what is to be said of a secret.
type State string

// The states of a secret. One that is weak, too large or invalid is refused, and Entry.Err says why.
const (
	StateSecure   State = "secure"    // usable, and nobody else can reach it
	StateWeak     State = "weak"      // others can reach it: Err is a *home.UnsafeError
	StateEmpty    State = "empty"     // reads as unset; in a principal's scope it masks the host's
	StateTooLarge State = "too large" // Err is a *home.TooLargeError
	StateInvalid  State = "invalid"   // not UTF-8, or not to be read at all: Err is an *InvalidError, or of I/O
	StateOrphaned State = "orphaned"  // the capsule is known and will never read it
	StateShadowed State = "shadowed"  // the host's, where a principal has its own
)

// Entry describes a secret, without its value.
type Entry struct {
	Scope   home.Scope
	Capsule home.CapsuleID
	Key     home.Key
	Path    string
	Size    int64     // in bytes, of whatever is there
	ModTime time.Time // when it was last set
	State   State
	Digest  Digest // of a usable value, if it was asked for, and the tree has a key for it or may get one
	Err     error  // why it would be refused, or nil
}

// Stat describes a secret, as one that nothing shadows or orphans. The error is fs.ErrNotExist if there is none, or
// that of a directory above it.
func (s *Store) Stat(ctx context.Context, scope home.Scope, capsule home.CapsuleID, key home.Key) (Entry, error) {
	if err := ctx.Err(); err != nil {
		return Entry{}, err
	}
	v, err := s.home.SecretDir(scope, capsule).View()
	if err != nil {
		return Entry{}, err
	}
	defer v.Close()
	return s.describe(v, slot{scope, capsule}, key, nil)
}

// slot is what one directory of secrets belongs to.
type slot struct {
	scope   home.Scope
	capsule home.CapsuleID
}

// describe describes one secret of an open directory. It is refused for what Get would refuse it.
func (s *Store) describe(v *home.View, at slot, key home.Key, digest func(Secret) (Digest, error)) (Entry, error) {
	f := s.home.SecretFile(at.scope, at.capsule, key)
	e := Entry{Scope: at.scope, Capsule: at.capsule, Key: key, Path: f.Path()}
	data, fi, err := v.ReadPrivate(f, MaxSecret)
	if err != nil {
		refused := err
		if fi, err = v.Stat(f); err != nil {
			return Entry{}, err
		}
		e.Size, e.ModTime, e.Err, e.State = fi.Size(), fi.ModTime(), refused, StateInvalid
		switch {
		case errors.Is(refused, fs.ErrNotExist):
			return Entry{}, refused
		case isType[*home.UnsafeError](refused):
			e.State = StateWeak
		case isType[*home.TooLargeError](refused):
			e.State = StateTooLarge
		}
		return e, nil
	}
	defer clear(data)
	e.Size, e.ModTime = fi.Size(), fi.ModTime()
	secret, err := parseFile(f, data)
	switch {
	case err != nil:
		e.State, e.Err = StateInvalid, err
		return e, nil
	case secret.IsEmpty():
		e.State = StateEmpty
		return e, nil
	}
	e.State = StateSecure
	if digest != nil {
		e.Digest, err = digest(secret)
	}
	return e, err
}

func isType[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// Filter selects what List returns.
type Filter struct {
	Scopes  []home.Scope   // any of these; none means every scope
	Capsule home.CapsuleID // only this one; the zero value means every capsule
	Digests bool           // digest the values, too

	// Wanted reports whether a capsule may ever read that secret. It must say yes for a capsule of which nothing is
	// known, and may be called by many goroutines. Nil says yes to all.
	Wanted func(home.CapsuleID, home.Key) bool
}

// List describes the secrets that a filter selects, whether their capsule is installed or not: scopes in the order
// of the filter, or else by the name of their directory, and within a scope by capsule and key. Names on disk that are
// no scope, capsule or key are no secrets. A directory that must not be used is a *home.UnsafeError and ends the
// listing. The host's secrets are shadowed by those of the principals that the filter selects.
func (s *Store) List(ctx context.Context, filter Filter) ([]Entry, error) {
	entries, problems, err := s.survey(ctx, filter)
	if err != nil {
		return nil, err
	}
	for _, p := range problems {
		if !errors.Is(p.Err, ErrStray) {
			return nil, p.Err
		}
	}
	return entries, nil
}

// Problem is something in the tree of secrets that is not as it should be.
type Problem struct {
	Path  string
	State State // of the secret at that path; "" if it is none
	Err   error // what is wrong, with the path in it where somebody may have to act; nil for a secret that only has no effect
}

// ErrStray is what is wrong with a name that is no scope, capsule or key.
var ErrStray = errors.New("nothing reads a file of that name here")

// Check reports every secret that is not secure, every directory that must not be used, and every stray name, in the
// order of List. It goes on where List stops; the error is that of a context that has ended.
func (s *Store) Check(ctx context.Context, filter Filter) ([]Problem, error) {
	entries, problems, err := s.survey(ctx, filter)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if e.State != StateSecure {
			problems = append(problems, Problem{e.Path, e.State, e.Err})
		}
	}
	return problems, nil
}

// survey describes all that a filter selects, and what is in the way of describing more.
func (s *Store) survey(ctx context.Context, filter Filter) ([]Entry, []Problem, error) {
	slots, problems := s.slots(filter)
	var digest func(Secret) (Digest, error)
	if filter.Digests {
		digester := sync.OnceValues(func() (*Digester, error) { return s.Digester(ctx) })
		digest = func(secret Secret) (Digest, error) {
			d, err := digester()
			if isType[*home.LayoutError](err) {
				return "", nil // a tree in which no key may be made can be read all the same
			}
			if err != nil {
				return "", err
			}
			return d.Digest(secret), nil
		}
	}
	found := make([]struct {
		entries  []Entry
		problems []Problem
		err      error
	}, len(slots))
	parallel(len(slots), func(i int) {
		r := &found[i]
		r.entries, r.problems, r.err = s.surveySlot(ctx, slots[i], digest)
	})
	var entries []Entry
	for _, r := range found {
		if r.err != nil {
			return nil, nil, r.err
		}
		entries = append(entries, r.entries...)
		problems = append(problems, r.problems...)
	}
	judge(entries, filter.Wanted)
	return entries, problems, nil
}

// slots lists the directories of secrets that a filter selects.
func (s *Store) slots(filter Filter) (slots []slot, problems []Problem) {
	scopes := filter.Scopes
	if len(scopes) == 0 {
		scopes, problems = names(s.home.SecretsDir(), home.ParseSlot)
	}
	for _, scope := range scopes {
		if !filter.Capsule.IsZero() {
			slots = append(slots, slot{scope, filter.Capsule})
			continue
		}
		capsules, found := names(s.home.ScopeDir(scope), home.ParseCapsuleID)
		problems = append(problems, found...)
		for _, c := range capsules {
			slots = append(slots, slot{scope, c})
		}
	}
	return slots, problems
}

// names parses the names in a directory.
func names[T any](d home.Dir, parse func(string) (T, error)) ([]T, []Problem) {
	v, err := d.View()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, []Problem{{Path: d.Path(), Err: err}}
	}
	defer v.Close()
	return namesIn(v, d, parse)
}

func namesIn[T any](v *home.View, d home.Dir, parse func(string) (T, error)) (found []T, problems []Problem) {
	listed, err := v.Names()
	if err != nil {
		return nil, []Problem{{Path: d.Path(), Err: err}}
	}
	for _, on := range listed {
		if name, err := parse(on); err == nil {
			found = append(found, name)
		} else {
			problems = append(problems, Problem{Path: filepath.Join(d.Path(), on), Err: ErrStray})
		}
	}
	return found, problems
}

// surveySlot describes the secrets of one directory. The error is one that is not about a secret.
func (s *Store) surveySlot(ctx context.Context, at slot, digest func(Secret) (Digest, error)) ([]Entry, []Problem, error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	d := s.home.SecretDir(at.scope, at.capsule)
	v, err := d.View()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, []Problem{{Path: d.Path(), Err: err}}, nil
	}
	defer v.Close()
	keys, problems := namesIn(v, d, home.LookupKey)
	entries := make([]Entry, 0, len(keys))
	for _, key := range keys {
		e, err := s.describe(v, at, key, digest)
		if errors.Is(err, fs.ErrNotExist) {
			continue // deleted since it was listed
		}
		if err != nil {
			return nil, nil, err
		}
		entries = append(entries, e)
	}
	return entries, problems, nil
}

// judge finds the secrets that have no effect among those that could have one.
func judge(entries []Entry, wanted func(home.CapsuleID, home.Key) bool) {
	type name struct {
		capsule home.CapsuleID
		key     home.Key
	}
	own := map[name]bool{}
	for _, e := range entries {
		if !e.Scope.IsHost() {
			own[name{e.Capsule, e.Key}] = true
		}
	}
	for i := range entries {
		e := &entries[i]
		switch {
		case e.State != StateSecure:
		case wanted != nil && !wanted(e.Capsule, e.Key):
			e.State = StateOrphaned
		case e.Scope.IsHost() && own[name{e.Capsule, e.Key}]:
			e.State = StateShadowed
		}
	}
}

// parallel calls do for 0 to n-1, on as many goroutines as there are processors.
func parallel(n int, do func(int)) {
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		workers.Go(func() {
			for i := range next {
				do(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	workers.Wait()
}

// Compare orders entries by capsule, key and principal, the host's last: the order of a report.
func (e Entry) Compare(f Entry) int {
	return cmp.Or(
		cmp.Compare(e.Capsule.String(), f.Capsule.String()),
		cmp.Compare(e.Key.String(), f.Key.String()),
		cmp.Compare(f.Scope.String(), e.Scope.String()), // principal before host
		cmp.Compare(principalName(e.Scope), principalName(f.Scope)),
	)
}

func principalName(s home.Scope) string {
	p, _ := s.Principal()
	return p.String()
}
