/**
 * Families of detectors: each folder below holds a family's head and how its outputs are read;
 * {@link dev.lectern.detector.family.Families} lists them. Nothing outside names one.
 */
package dev.lectern.detector.family;
