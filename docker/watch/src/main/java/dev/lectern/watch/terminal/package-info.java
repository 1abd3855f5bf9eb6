/** The fleet on a terminal of 80 columns. */
package dev.lectern.watch.terminal;
