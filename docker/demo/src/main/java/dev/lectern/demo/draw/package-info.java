/**
 * The demo's dataset: pictures of overlapping shapes, drawn from a seed, with their annotations.
 *
 * <p>Everything random comes from {@link dev.lectern.demo.draw.RandomNumbers} and all
 * transcendental functions are {@link StrictMath}'s, so a seed gives the same pixels on every
 * machine.
 */
package dev.lectern.demo.draw;
