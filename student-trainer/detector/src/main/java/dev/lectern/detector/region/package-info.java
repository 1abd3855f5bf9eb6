/**
 * Regions: the positions that an object reaches, from ground truth and priors alone, in plain Java.
 *
 * <p>What a recording keeps and what a student learns from must be the same positions; both sides
 * take them from here.
 */
package dev.lectern.detector.region;
