// Package home is the layout of ~/.astrid, the tree that the Rust runtime and this program share. It is the only
// package that knows a path.
//
// # Names
//
// A name that comes from outside becomes a [Principal], [CapsuleID], [Scope] or [Key] through its constructor,
// once. What has such a type fits in a path as it is: one component, no separator, no device, no reference.
//
// # Places
//
// A [Home] is a root; a [Dir] and a [File] are places below it. Only the methods of Home make them, so a path
// that is not in the layout cannot be expressed. Naming a place touches no disk.
//
// # Access
//
// A place is opened one component at a time from the root, and no component but the root itself may be a link.
// Directories and files must belong to the user and be writable by nobody else; files are written whole, durably, and with
// mode 0600; what is less than safe is an [*UnsafeError]. Reading creates nothing. A write creates the
// directories that it needs with mode 0700 and takes from existing ones what others may do with them.
//
// Windows has no modes, no owners to compare and no way to make a rename durable: there the tree is as private
// as the profile directory that holds it. Links are refused there too.
//
// The package refuses to know what the files hold, except for the two that say where to look: the layout version
// and the CLI's context with the active principal.
package home
