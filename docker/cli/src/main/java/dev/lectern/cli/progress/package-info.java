/** How far a job is, drawn for people: a bar on a terminal, plain lines elsewhere. */
package dev.lectern.cli.progress;
