/** Looking at a recording: its views, and what teacher and student say about them. */
package dev.lectern.inspect;
