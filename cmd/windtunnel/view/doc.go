// Package view shows on a terminal how runs go while they do. Frame makes the
// picture, which is a pure function of where the runs stand and of the size of
// the terminal; Screen puts it there and listens to keys. It is the one place
// that knows the libraries for terminals.
package view
