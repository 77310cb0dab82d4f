// Package bind ties astrid:sys to the Component Model: it offers the methods of a hostsys.Host under the names and
// types of the WIT interface. It holds no meaning of its own; what a function does is hostsys's to say, and
// whether the types fit is checked when a component is linked.
package bind
