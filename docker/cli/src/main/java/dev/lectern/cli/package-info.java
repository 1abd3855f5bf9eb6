/** The {@code lectern} command line: one command per role, each a thin shell around its module. */
package dev.lectern.cli;
