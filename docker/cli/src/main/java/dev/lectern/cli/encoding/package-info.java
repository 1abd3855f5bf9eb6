/**
 * The choice of an encoding: what each one costs in bytes, and what it changes of the losses that a
 * user is going to train with.
 */
package dev.lectern.cli.encoding;
