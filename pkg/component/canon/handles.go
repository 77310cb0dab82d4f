package canon

import (
	"reflect"
	"unsafe"
)

// Resource is the identity of a resource type: two resource types are the same when their pointers are. Host marks
// one that the host defines; Instance is the component instance that defines any other.
type Resource struct {
	Name     string // for messages
	Host     bool
	Instance int
}

// MaxHandles bounds the handles of an instance: each of its component instances may have an equal share. The
// specification allows 2^28-1 to each (Table.MAX_LENGTH), which would take gigabytes of the host's memory.
const MaxHandles = 1 << 20

// Handles is the handle table of a component instance. Index 0 is never a handle.
type Handles struct {
	entries []handle
	free    []uint32
	limit   int
}

// NewHandles makes the tables of an instance with n component instances.
func NewHandles(n int) []Handles {
	tables := make([]Handles, n)
	for i := range tables {
		tables[i].limit = MaxHandles / n
	}
	return tables
}

// Clear makes the table as it was new.
func (h *Handles) Clear() { *h = Handles{limit: h.limit} }

// handle is one entry (ResourceHandle). scope is the call that a borrowed handle must not outlive.
type handle struct {
	res   *Resource
	rep   uint32
	own   bool
	lends uint32
	scope *Scope
}

// Scope keeps the handles of one call: those that the caller lent (Subtask.lenders) and those that the callee has
// borrowed (Task.num_borrows).
type Scope struct {
	lenders []lender
	borrows int
	loans   []uint32 // reps that the host lent, to take back from its table
}

type lender struct {
	table *Handles
	index uint32
}

func (h *Handles) add(e handle) uint32 {
	if n := len(h.free); n > 0 {
		i := h.free[n-1]
		h.free = h.free[:n-1]
		h.entries[i] = e
		return i
	}
	if len(h.entries) == 0 {
		h.entries = append(h.entries, handle{})
	}
	if len(h.entries) > h.limit {
		panic(&HandlesError{h.limit})
	}
	h.entries = append(h.entries, e)
	return uint32(len(h.entries) - 1)
}

// get returns the entry of a handle to r.
func (h *Handles) get(i uint32, r *Resource) *handle {
	if uint64(i) >= uint64(len(h.entries)) || h.entries[i].res == nil {
		trap(FaultHandle, "unknown handle index %d", i)
	}
	e := &h.entries[i]
	if e.res != r {
		trap(FaultHandle, "handle %d is a %s, not a %s", i, e.res.Name, r.Name)
	}
	return e
}

func (h *Handles) remove(i uint32, r *Resource) handle {
	e := *h.get(i, r)
	if e.lends != 0 {
		trap(FaultLent, "handle %d", i)
	}
	h.entries[i] = handle{}
	h.free = append(h.free, i)
	return e
}

// Len is how many handles there are.
func (h *Handles) Len() int { return max(0, len(h.entries)-1) - len(h.free) }

// New adds an owned handle to a resource that the instance represents by rep (canon resource.new).
func (h *Handles) New(r *Resource, rep uint32) uint32 {
	return h.add(handle{res: r, rep: rep, own: true})
}

// Rep returns what the instance represents a resource of its own by (canon resource.rep).
func (h *Handles) Rep(r *Resource, i uint32) uint32 { return h.get(i, r).rep }

// Drop removes a handle (canon resource.drop). It returns the representation and whether the resource itself is to
// be destroyed.
func (h *Handles) Drop(r *Resource, i uint32) (rep uint32, destroy bool) {
	e := h.remove(i, r)
	if !e.own && e.scope != nil {
		e.scope.borrows--
	}
	return e.rep, e.own
}

// HostTable holds the Go values that an instance's handles to host resources stand for. Those that are on their way
// between host and guest are in it, too: a call that ends before they arrive loses none.
type HostTable struct {
	values  []hostValue
	free    []uint32
	stowed  []uint32  // to the guest: representations in the order in which they are lowered
	lowered int       // how many of stowed are
	lifted  []uint32  // to the host
	self    *identity // of the instance, for the references to what its guest defines
}

// identity tells instances apart by its address.
type identity struct{ _ byte }

func (t *HostTable) identity() *identity {
	if t.self == nil {
		t.self = &identity{}
	}
	return t.self
}

// Knows reports whether ref is one to a resource of this instance.
func (t *HostTable) Knows(ref *Ref) bool { return ref.home != nil && ref.home == t.self }

type hostValue struct {
	res  *Resource // nil: the place is free
	v    any
	lent bool // it stays the host's
}

// Len is how many values there are.
func (t *HostTable) Len() int { return len(t.values) - len(t.free) }

// add gives a value a representation.
func (t *HostTable) add(v hostValue) uint32 {
	if n := len(t.free); n > 0 {
		i := t.free[n-1]
		t.free = t.free[:n-1]
		t.values[i] = v
		return i
	}
	t.values = append(t.values, v)
	return uint32(len(t.values) - 1)
}

// stow adds a value that is about to be lowered as own.
func (t *HostTable) stow(r *Resource, v any) {
	t.stowed = append(t.stowed, t.add(hostValue{res: r, v: v}))
}

// lower returns the representation of the next value that was stowed.
func (t *HostTable) lower() uint32 {
	rep := t.stowed[t.lowered]
	if t.lowered++; t.lowered == len(t.stowed) {
		t.stowed, t.lowered = t.stowed[:0], 0
	}
	return rep
}

// lift returns a value that is lifted as own. It stays in the table until Deliver.
func (t *HostTable) lift(rep uint32) any {
	t.lifted = append(t.lifted, rep)
	return t.values[rep].v
}

// Deliver takes out what has been lifted as own: whoever it was lifted for has it.
func (t *HostTable) Deliver() {
	for _, rep := range t.lifted {
		t.Remove(rep)
	}
	t.lifted = t.lifted[:0]
}

// Remove takes a value out.
func (t *HostTable) Remove(rep uint32) any {
	v := t.values[rep].v
	t.values[rep] = hostValue{}
	t.free = append(t.free, rep)
	return v
}

// Drain empties the table and hands every value to fn that is not the host's.
func (t *HostTable) Drain(fn func(r *Resource, v any)) {
	values := t.values
	*t = HostTable{self: t.self}
	for _, e := range values {
		if e.res != nil && !e.lent {
			fn(e.res, e.v)
		}
	}
}

// Own is own<R> of a resource that the host represents by a T: passing it moves the value.
type Own[T any] struct{ Value T }

func (Own[T]) isOwn() {}

// Borrow is borrow<R> of a resource that the host represents by a T. It is valid during the call.
type Borrow[T any] struct{ Value T }

func (Borrow[T]) isBorrow() {}

// Ref is a handle to a resource that a guest defines, as the host holds it.
type Ref struct {
	Resource *Resource
	Rep      uint32
	Owned    bool // the host owns it: passing it as own moves it away, and then it is no longer owned

	home *identity // of the instance that it came from, the only one that it can go back to
}

// liftOwn and liftBorrow read a handle (lift_own, lift_borrow); lowerOwn and lowerBorrow write one (lower_own,
// lower_borrow).

func (c *Cx) liftOwn(i uint32, r *Resource) uint32 {
	e := c.Handles.remove(i, r)
	if !e.own {
		trap(FaultHandle, "handle %d is borrowed, not owned", i)
	}
	return e.rep
}

func (c *Cx) liftBorrow(i uint32, r *Resource) uint32 {
	e := c.Handles.get(i, r)
	e.lends++
	c.scope.lenders = append(c.scope.lenders, lender{c.Handles, i})
	return e.rep
}

func (c *Cx) lowerOwn(rep uint32, r *Resource) uint32 { return c.Handles.New(r, rep) }

func (c *Cx) lowerBorrow(rep uint32, r *Resource) uint32 {
	if !r.Host && r.Instance == c.Instance {
		return rep
	}
	c.scope.borrows++
	return c.Handles.add(handle{res: r, rep: rep, scope: c.scope})
}

// Enter begins the scope of a call whose values can hold handles and returns the one that encloses it.
func (c *Cx) Enter() (outer *Scope) {
	outer, c.scope = c.scope, &Scope{}
	return outer
}

// Leave ends it: what was lent comes back, and what was borrowed must have been dropped.
func (c *Cx) Leave(outer *Scope) {
	s := c.scope
	c.scope = outer
	for _, l := range s.lenders {
		l.table.entries[l.index].lends--
	}
	for _, rep := range s.loans {
		c.Host.Remove(rep)
	}
	if s.borrows > 0 {
		trap(FaultBorrow, "%d", s.borrows)
	}
}

// handleOp makes an op of its core: a handle is one i32 in memory as on the stack.
func handleOp(lift func(c *Cx, i uint32, dst unsafe.Pointer), lower func(c *Cx, src unsafe.Pointer) uint32) *op {
	return &op{
		load:  func(c *Cx, p uint32, dst unsafe.Pointer) { lift(c, c.u32(p), dst) },
		store: func(c *Cx, src unsafe.Pointer, p uint32) { i := lower(c, src); c.put32(p, i) },
		lift:  func(c *Cx, flat []uint64, dst unsafe.Pointer) { lift(c, uint32(flat[0]), dst) },
		lower: func(c *Cx, src unsafe.Pointer, flat []uint64) { flat[0] = uint64(lower(c, src)) },
	}
}

// handle binds Own[T] and Borrow[T] to a host's resource, and *Ref to a guest's.
func (pl *planner) handle(path string, g reflect.Type, t *Type) (*op, error) {
	r := t.Resource
	if !r.Host {
		if g != reflect.TypeFor[*Ref]() {
			return nil, &BindError{path, g, t, "want a *Ref: a guest defines the resource"}
		}
		return refOp(t), nil
	}
	v := reflect.Zero(g).Interface()
	_, own := v.(interface{ isOwn() })
	_, borrow := v.(interface{ isBorrow() })
	if own != (t.Kind == KindOwn) || borrow != (t.Kind == KindBorrow) {
		return nil, &BindError{path, g, t, "want an Own or a Borrow"}
	}
	value := g.Field(0).Type
	if want := pl.resources[r]; want != value {
		return nil, &BindError{path, g, t, "the host represents the resource by " + typeName(want)}
	}
	return hostHandleOp(t,
		func(dst unsafe.Pointer, v any) { reflect.NewAt(value, dst).Elem().Set(reflect.ValueOf(v)) },
		func(src unsafe.Pointer) any { return reflect.NewAt(value, src).Elem().Interface() }), nil
}

func typeName(t reflect.Type) string {
	if t == nil {
		return "nothing"
	}
	return t.String()
}

func refOp(t *Type) *op {
	r := t.Resource
	return handleOp(func(c *Cx, i uint32, dst unsafe.Pointer) {
		*(**Ref)(dst) = c.liftRef(i, t)
	}, func(c *Cx, src unsafe.Pointer) uint32 {
		ref := *(**Ref)(src)
		if ref == nil || ref.Resource != r {
			panic(&HostError{"a handle is not one to " + r.Name})
		}
		return c.lowerRef(ref, t)
	})
}

func (c *Cx) liftRef(i uint32, t *Type) *Ref {
	if t.Kind == KindOwn {
		return &Ref{t.Resource, c.liftOwn(i, t.Resource), true, c.Host.identity()}
	}
	return &Ref{t.Resource, c.liftBorrow(i, t.Resource), false, c.Host.identity()}
}

func (c *Cx) lowerRef(ref *Ref, t *Type) uint32 {
	if !c.Host.Knows(ref) {
		panic(&HostError{"a handle to " + t.Resource.Name + " is one of another instance"})
	}
	if t.Kind == KindBorrow {
		return c.lowerBorrow(ref.Rep, ref.Resource)
	}
	if !ref.Owned {
		panic(&HostError{"a handle to " + t.Resource.Name + " is not owned, or has been passed on"})
	}
	ref.Owned = false
	return c.lowerOwn(ref.Rep, ref.Resource)
}

// hostHandleOp makes the op of a handle to a host's resource from how Go's side holds the value.
func hostHandleOp(t *Type, put func(dst unsafe.Pointer, v any), take func(src unsafe.Pointer) any) *op {
	r := t.Resource
	if t.Kind == KindOwn {
		o := handleOp(func(c *Cx, i uint32, dst unsafe.Pointer) {
			put(dst, c.Host.lift(c.liftOwn(i, r)))
		}, func(c *Cx, _ unsafe.Pointer) uint32 {
			return c.lowerOwn(c.Host.lower(), r)
		})
		o.stow = func(c *Cx, src unsafe.Pointer) { c.Host.stow(r, take(src)) }
		return o
	}
	return handleOp(func(c *Cx, i uint32, dst unsafe.Pointer) {
		put(dst, c.Host.values[c.liftBorrow(i, r)].v)
	}, func(c *Cx, src unsafe.Pointer) uint32 {
		rep := c.Host.add(hostValue{r, take(src), true})
		c.scope.loans = append(c.scope.loans, rep)
		return c.lowerBorrow(rep, r)
	})
}
